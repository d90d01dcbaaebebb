//! Does each flow speak one protocol, from the client to the external host?

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Flow, FoundBy, PolicySet};
use crate::resource::Protocol;
use crate::scheme::EntryHome;

pub(super) fn validate_protocols(set: &PolicySet, report: &mut Report) {
    upgrades(set, report);
    https_as_tcp(set, report);
    http_on_443(set, report);
    at_the_client(set, report);
    side_by_side(set, report);
    at_the_gateway(set, report);
}

fn upgrades(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        if let Some(upgrade) = &destination.upgrade
            && destination.protocol.class() != Class::Http
        {
            report.push(
                Diagnostic::new(
                    &codes::UPGRADE_NOT_HTTP,
                    upgrade.span,
                    format!("{} cannot be upgraded to HTTPS", destination.protocol.name()),
                )
                .label(destination.protocol.span, "only plain HTTP can be upgraded")
                .help("declare the port that the workload calls as HTTP, or remove `httpsUpgrade`"),
            );
        }
    }
}

/// TCP on 443 works, and takes the whole port; TLS would be told apart by name. An address has no name.
fn https_as_tcp(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let is_named = destination.found_by == FoundBy::Names;
        if destination.port.value == 443 && destination.protocol.value == Protocol::Tcp && is_named {
            report.push(
                Diagnostic::new(&codes::HTTPS_AS_TCP, destination.protocol.span, "port 443 is declared as TCP")
                    .note("HTTPS that is declared as TCP is not restricted to its server name")
                    .help("declare it as HTTPS if the workload sends TLS with a server name")
                    .fix("declare it as HTTPS", destination.protocol.span, "HTTPS"),
            );
        }
    }
}

/// Plain HTTP to port 443, which a sidecar listens for as HTTP and the gateway sends as HTTP.
///
/// An upgrade is left alone: the workload dials `http://host:443`, and the host gets HTTPS. There is no fix, since the
/// workload decides which of the two ways out is right.
fn http_on_443(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let protocol = &destination.protocol;
        if destination.port.value == 443 && protocol.class() == Class::Http && destination.upgrade.is_none() {
            report.push(
                Diagnostic::new(
                    &codes::HTTP_ON_443,
                    protocol.span,
                    format!("port 443 is declared as {}, without TLS", protocol.name()),
                )
                .note("a sidecar closes the connections of workloads that send HTTPS there")
                .note("the gateway sends plain text to port 443 of the host")
                .help("declare it as HTTPS if the workload sends HTTPS, or add `httpsUpgrade: {enabled: true}` if it sends plain HTTP"),
            );
        }
    }
}

/// The properties that must be equal for one listener or cluster: the class, and the version of plain HTTP.
fn speech(protocol: Protocol) -> (Class, bool) {
    (protocol.class(), protocol.is_http2())
}

/// A sidecar has one listener for a host and port, so its namespace must use one protocol there.
fn at_the_client(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(&str, &str, u16), Flow> = BTreeMap::new();
    for flow in set.flows_of_any_gateway() {
        let key = (flow.client.namespace.value.as_str(), flow.host.value.as_str(), flow.destination.port.value);
        let known = *first.entry(key).or_insert(flow);
        if speech(known.destination.protocol.value) != speech(flow.destination.protocol.value) {
            report.push(
                Diagnostic::new(
                    &codes::TWO_PROTOCOLS,
                    flow.destination.protocol.span,
                    format!(
                        "`{}` port {} is {} here and {} elsewhere, for clients in namespace `{}`",
                        flow.host.value,
                        flow.destination.port.value,
                        flow.destination.protocol.name(),
                        known.destination.protocol.name(),
                        flow.client.namespace.value
                    ),
                )
                .label(known.destination.protocol.span, format!("{} here", known.destination.protocol.name()))
                .note("a sidecar reads one protocol on one port of a host")
                .help("declare the same protocol in both, or move one of the two to another port"),
            );
        }
    }
}

/// Istio's registry mixes the entries of one namespace for one host, even where no client sees both, so they must agree too
/// (`pilot/pkg/serviceregistry/serviceentry/conversion.go`; instances are kept by namespace and host).
fn side_by_side(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(String, &str, u16), Flow> = BTreeMap::new();
    for ((client_namespace, host), flows) in set.flows_by(|flow| (flow.client_namespace(), flow.host.value.as_str())) {
        let namespace = EntryHome::of(set, client_namespace, &flows).namespace;
        for flow in flows.into_iter().filter(Flow::is_through_first) {
            let known = *first.entry((namespace.clone(), host, flow.port())).or_insert(flow);
            // The same clash among clients of one namespace has been reported already.
            if known.class() == flow.class() || known.client_namespace() == client_namespace {
                continue;
            }
            report.push(
                Diagnostic::new(
                    &codes::TWO_PROTOCOLS,
                    flow.destination.protocol.span,
                    format!(
                        "`{host}` port {} is {} here and {} for clients in namespace `{}`",
                        flow.port(),
                        flow.destination.protocol.name(),
                        known.destination.protocol.name(),
                        known.client_namespace()
                    ),
                )
                .label(known.destination.protocol.span, format!("{} here", known.destination.protocol.name()))
                .note(format!("both have a ServiceEntry in namespace `{namespace}`, and Istio mixes the two"))
                .help("declare the same protocol in both, or set `output.placement: client` in a MeshEnvironment"),
            );
        }
    }
}

/// A gateway has one cluster for a host and external port, so plain HTTP/1.1 and HTTP/2 cannot share it.
fn at_the_gateway(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(&str, &str, u16), Flow> = BTreeMap::new();
    for flow in set.flows().filter(|flow| flow.class() == Class::Http) {
        let Some(gateway) = set.environment.gateways.get(flow.gateway()) else { continue };
        for upstream in flow.upstreams() {
            let key = (gateway.namespace.as_str(), upstream.host.value.as_str(), upstream.port);
            let known = *first.entry(key).or_insert(flow);
            let (here, there) = (flow.destination.protocol.value, known.destination.protocol.value);
            let same_client_port = flow.host.value == known.host.value
                && flow.destination.port.value == known.destination.port.value
                && flow.client.namespace.value == known.client.namespace.value;
            // The same clash seen from the client has been reported already.
            if here.is_http2() != there.is_http2() && !same_client_port {
                report.push(
                    Diagnostic::new(
                        &codes::TWO_PROTOCOLS,
                        flow.destination.protocol.span,
                        format!(
                            "`{}` port {} is reached as {} here and as {} elsewhere",
                            upstream.host.value,
                            upstream.port,
                            here.name(),
                            there.name()
                        ),
                    )
                    .label(known.destination.protocol.span, format!("{} here", there.name()))
                    .note("a gateway uses one version of HTTP for one port of a host")
                    .help("declare the same protocol in both"),
                );
            }
        }
    }
}
