//! Do `allow` and `deny` limit what a workload sends to a host, or does another rule let it go around them?
//!
//! The gateway reads requests of plain HTTP alone. A workload that may also pass TLS through to the same server, or send plain
//! HTTP to it by another rule, sends there what it likes.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Flow, PolicySet, wildcard};
use crate::source::Span;

/// Flows by the namespace of their clients and a name.
type FlowsByHost<'s> = BTreeMap<(&'s str, &'s str), Vec<Flow<'s>>>;

pub(super) fn warn_about_ways_around(set: &PolicySet, report: &mut Report) {
    let limited: Vec<Flow> =
        set.flows_of_any_gateway().filter(|flow| is_limited(flow) && flow.destination.backends.is_empty()).collect();
    if limited.is_empty() {
        return;
    }
    let mut by_host: FlowsByHost = BTreeMap::new();
    for flow in set.flows_of_any_gateway().filter(|flow| !is_limited(flow) && flow.destination.backends.is_empty()) {
        by_host.entry((flow.client_namespace(), &flow.host.value)).or_default().push(flow);
    }
    let mut reported: BTreeSet<(Span, Span)> = BTreeSet::new();
    for flow in limited {
        let namespace = flow.client_namespace();
        let wider = wildcard::parents(&flow.host.value).map(|above| format!("*.{above}"));
        let names: Vec<String> = std::iter::once(flow.host.value.clone()).chain(wider).collect();
        let of_names = names.iter().filter_map(|name| by_host.get(&(namespace, name.as_str())));
        // A host below a wildcard is another one: who names it means that its rule is for it alone.
        let mut others = of_names.flatten();
        let Some(other) = others.find(|other| leads_around(&flow, other)) else { continue };
        if reported.insert((flow.destination.span, other.destination.span)) {
            report.push(found(&flow, other));
        }
    }
}

/// Whether rules about requests limit a flow.
fn is_limited(flow: &Flow) -> bool {
    flow.class() == Class::Http && !flow.destination.http.rules.are_empty() && !flow.is_audited()
}

/// Whether some workload of a limited flow reaches the same server by another flow without the limits.
fn leads_around(limited: &Flow, other: &Flow) -> bool {
    let server = limited.destination.external_port();
    let is_same_server = match (other.class(), other.destination.external_port()) {
        (Class::Http, port) => {
            port == server && other.destination.upgrade.is_some() == limited.destination.upgrade.is_some()
        }
        // Where a server has HTTP on its usual port, its TLS is on the other usual one.
        (Class::Tls | Class::Tcp, 443) => matches!(server, 80 | 443),
        (Class::Tls | Class::Tcp, port) => port == server,
    };
    // Of two hosts on one port, the most specific one decides in the sidecar.
    let is_decided =
        other.class() == Class::Http && other.port() == limited.port() && other.host.value != limited.host.value;
    is_same_server && !is_decided && (other.is_audited() || limited.client.overlaps_at_gateway(other.client))
}

fn found(limited: &Flow, other: &Flow) -> Diagnostic {
    let Flow { destination, .. } = limited;
    let (name, protocol) = (&destination.name, other.destination.protocol.name());
    let (host, port) = (&other.host.value, other.port());
    Diagnostic::new(
        &codes::RULES_AVOIDED,
        destination.http_span.unwrap_or(destination.span),
        format!("a workload can avoid the rules about requests of `{name}`: it may also send {protocol} to `{host}` port {port}"),
    )
    .label(other.destination.span, "without rules about requests")
    .note(if other.class() == Class::Http {
        "both reach the same port of the host"
    } else {
        "the gateway passes these bytes on as they are, so that it sees no methods, paths and headers"
    })
    .help("remove the other destination, or give it other clients")
}
