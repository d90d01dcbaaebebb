//! Can a client reach the addresses of a policy as it says?

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Destination, FoundBy, PolicySet};

pub(super) fn validate_addresses(set: &PolicySet, report: &mut Report) {
    let destinations = set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations);
    for destination in destinations.filter(|destination| destination.found_by == FoundBy::Addresses) {
        if destination.protocol.class() != Class::Tcp {
            report.push(not_tcp(destination));
        }
        if let Some(fallback) = destination.upstream.fallback.first() {
            report.push(
                Diagnostic::new(
                    &codes::BACKENDS_CONTRADICT,
                    fallback.span,
                    "`fallback` cannot be used with `addresses`",
                )
                .note("a client that calls an address would reach another one")
                .help("remove `fallback`, or name the service in `hosts`"),
            );
        }
        private(destination, report);
    }
}

/// Without a name there is nothing by which HTTP or TLS could be told apart.
fn not_tcp(destination: &Destination) -> Diagnostic {
    let protocol = &destination.protocol;
    let note = if protocol.class() == Class::Tls {
        "a TLS client sends no server name for an address (RFC 6066), so the name cannot be compared"
    } else {
        "HTTP is routed by the name of the host, and an address has none"
    };
    Diagnostic::new(
        &codes::ADDRESS_NOT_TCP,
        protocol.span,
        format!("{} cannot be declared for an address", protocol.name()),
    )
    .note(note)
    .help("declare it as TCP, and the gateway passes the bytes on as they are; or name the service in `hosts`")
    .fix("declare it as TCP", protocol.span, "TCP")
}

fn private(destination: &Destination, report: &mut Report) {
    let mut said = BTreeSet::new();
    for address in &destination.hosts {
        let is_private = matches!(address.parse(), Ok(IpAddr::V4(address)) if is_private(address));
        if is_private && said.insert(address.span) {
            report.push(
                Diagnostic::new(
                    &codes::PRIVATE_ADDRESS,
                    address.span,
                    format!("`{}` is a private address", address.value),
                )
                .note("if a pod or a Service of the cluster has it, its clients would be sent through the gateway, too")
                .help("make sure that the address is outside of the cluster"),
            );
        }
    }
}

/// Private networks (RFC 1918), and those of providers, which clusters use as well (RFC 6598).
fn is_private(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private() || (first == 100 && (64..128).contains(&second))
}
