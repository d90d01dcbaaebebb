//! Which traffic does a TCP port without an address take?
//!
//! Without DNS capture a sidecar has no address for a TCP host, so its listener is for every address on that port
//! (`pilot/pkg/networking/core/listener.go`; istio/istio#58696).

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Flow, PolicySet};

pub(super) fn validate_tcp_ports(set: &PolicySet, report: &mut Report) {
    if set.environment.dns_capture {
        return;
    }
    let mut ports: BTreeMap<(&str, u16), Vec<Flow>> = BTreeMap::new();
    for flow in set.flows_of_any_gateway() {
        ports.entry((flow.client.namespace.value.as_str(), flow.destination.port.value)).or_default().push(flow);
    }
    for ((namespace, port), flows) in ports {
        let tcp = || flows.iter().filter(|flow| flow.takes_port());
        let Some(first) = tcp().next() else { continue };
        let mut hosts: BTreeMap<&str, &Flow> = BTreeMap::new();
        for flow in tcp().filter(|flow| flow.host.value != first.host.value) {
            hosts.entry(&flow.host.value).or_insert(flow);
        }
        for second in hosts.values() {
            two_hosts(namespace, port, first, second, report);
        }
        if hosts.is_empty() {
            diverted(namespace, port, first, &flows, report);
        }
        if let Some(http) = flows.iter().find(|flow| flow.class() == Class::Http) {
            http_beside_tcp(namespace, port, first, http, report);
        }
    }
}

fn two_hosts(namespace: &str, port: u16, first: &Flow, second: &Flow, report: &mut Report) {
    report.push(
        Diagnostic::new(&codes::TWO_TCP_HOSTS, second.host.span, format!("two TCP hosts on port {port} cannot be distinguished in namespace `{namespace}`"))
            .label(first.host.span, "the other host")
            .note("without an address for each host, Istio keeps the first listener and drops the second")
            .help("declare the hosts as TLS if the workloads send TLS, use different ports, or turn on DNS capture (`dnsCapture: true`)"),
    );
}

fn diverted(namespace: &str, port: u16, tcp: &Flow, flows: &[Flow], report: &mut Report) {
    let named = |class| flows.iter().filter(move |flow| flow.class() == class);
    let spared: BTreeSet<String> = named(Class::Tls).map(|flow| format!("`{}`", flow.host.value)).collect();
    let addresses: BTreeSet<String> =
        flows.iter().filter_map(Flow::address).map(|address| format!("`{address}`")).collect();
    let taking = || flows.iter().filter(|flow| flow.takes_port());
    let clients: BTreeSet<String> = taking().map(|flow| flow.client.describe()).collect();
    let whole_namespace = taking().any(|flow| flow.client.selector.is_none() || flow.is_audited());

    let mut found = Diagnostic::new(
        &codes::TCP_TAKES_PORT,
        tcp.destination.port.span,
        format!("TCP without an address matches all traffic of port {port} in namespace `{namespace}`"),
    )
    .label(tcp.host.span, "this host receives it")
    .note(format!(
        "traffic from {} to any {}external address on port {port} arrives at `{}`",
        if whole_namespace { format!("every workload in namespace `{namespace}`") } else { join(clients) },
        if addresses.is_empty() { "" } else { "other " },
        tcp.host.value
    ));
    if !spared.is_empty() {
        found =
            found.note(format!("TLS with the server name {} is matched by that name and not affected", join(spared)));
    }
    if !addresses.is_empty() {
        found = found.note(format!("traffic to {} has a listener of its own and is not affected", join(addresses)));
    }
    if !whole_namespace {
        found = found
            .note(format!("other workloads in namespace `{namespace}` cannot reach external addresses on this port"));
    }
    report.push(
        found.help("declare the host as TLS if the workloads send TLS, or turn on DNS capture (`dnsCapture: true`)"),
    );
}

fn join(words: BTreeSet<String>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" or ")
}

fn http_beside_tcp(namespace: &str, port: u16, tcp: &Flow, http: &Flow, report: &mut Report) {
    report.push(
        Diagnostic::new(&codes::HTTP_BESIDE_TCP, tcp.destination.protocol.span, format!("TCP and HTTP share port {port} in namespace `{namespace}`"))
            .label(http.destination.protocol.span, "HTTP here")
            .note("a sidecar distinguishes them by the first bytes that the client sends, so a protocol in which the server sends first is delayed")
            .help("use different ports, or turn on DNS capture (`dnsCapture: true`)"),
    );
}
