//! Can a gateway hold requests to the names below a wildcard, and does the author know who can have such a name?
//!
//! The gateway resolves the name in `Host` and connects to the port in it (`DYNAMIC_DNS`), so the name that is asked for, the
//! name that is compared and the name that is resolved are one.

use std::collections::{BTreeMap, BTreeSet};

use super::shared_parents::owners_of_names;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Destination, Flow, PolicySet, wildcard};
use crate::resource::PolicyKind;
use crate::source::{Span, Spanned};

/// The first release whose gateways resolve wildcards.
const FIRST_RELEASE: u32 = 30;

pub(super) fn validate_wildcards(set: &PolicySet, report: &mut Report) {
    let mut wildcards = set.flows().filter(|flow| flow.wildcard().is_some()).peekable();
    // In ASM's kind each of them has been refused.
    if wildcards.peek().is_none() || wildcards.any(|flow| flow.policy.kind == PolicyKind::Asm) {
        return;
    }
    each(set, report);
    version_assumed(set, report);
    one_setting_for_each_port(set, report);
    more_specific_at_clients(set, report);
    more_specific_at_gateways(set, report);
}

fn each(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        for host in &destination.hosts {
            let Some(above) = wildcard::parent(host) else { continue };
            if let Some(problem) = not_readable(host, destination) {
                report.push(problem);
                continue;
            }
            if set.environment.is_before(FIRST_RELEASE) {
                report.push(
                    Diagnostic::new(
                        &codes::WILDCARD_TOO_OLD,
                        host.span,
                        format!("wildcard `{}` needs Istio 1.{FIRST_RELEASE} or later", host.value),
                    )
                    .note("gateways of earlier releases do not resolve the name in `Host`")
                    .help("list each host name, or correct `istioVersion` in the MeshEnvironment"),
                );
            }
            report.extend(other_ports(host, destination));
            settings(host, destination, report);
            report.extend(of_many_owners(host, above));
        }
    }
}

/// Once is enough: one fact is missing.
fn version_assumed(set: &PolicySet, report: &mut Report) {
    if set.environment.is_istio_before(FIRST_RELEASE, 0).is_some() {
        return;
    }
    let Some(first) = set.flows().find(|flow| flow.wildcard().is_some()) else { return };
    report.push(
        Diagnostic::new(
            &codes::WILDCARD_VERSION_ASSUMED,
            first.host.span,
            format!(
                "wildcard `{}` needs Istio 1.{FIRST_RELEASE} or later, and no document has the version, so it is assumed",
                first.host.value
            ),
        )
        .note("gateways of earlier releases do not resolve the name in `Host`")
        .help("set `istioVersion` in a MeshEnvironment"),
    );
}

/// A gateway reads the name to resolve in HTTP alone.
fn not_readable(host: &Spanned<String>, destination: &Destination) -> Option<Diagnostic> {
    let protocol = &destination.protocol;
    let (how, label, note, help) = if protocol.class() != Class::Http {
        (
            "",
            "the gateway passes these bytes on as they are",
            "between sidecar and gateway the server name is that of the rule, so the gateway does not know which name to resolve",
            "declare the port as HTTP, with `httpsUpgrade` if the host needs HTTPS, or list each host name",
        )
    } else if protocol.is_http2() && destination.upgrade.is_none() {
        (
            " in plain text",
            "HTTP/2 to the host",
            "Envoy refuses what Istio makes of it: a cluster that resolves each name speaks HTTP/2 only inside TLS",
            "declare the port as HTTP, add `httpsUpgrade`, or list each host name",
        )
    } else {
        return None;
    };
    let message = format!("wildcard `{}` cannot be used with {}{how}", host.value, protocol.name());
    let found = Diagnostic::new(&codes::WILDCARD_NOT_HTTP, host.span, message);
    Some(found.label(protocol.span, label).note(note).help(help))
}

/// The gateway connects to the port in `Host`, and without one to the usual port.
fn other_ports(host: &Spanned<String>, destination: &Destination) -> Option<Diagnostic> {
    let upgrade = destination.upgrade.as_ref()?;
    ((destination.port.value, upgrade.value) != (80, 443)).then(|| {
        Diagnostic::new(
            &codes::WILDCARD_PORT,
            upgrade.span,
            format!("wildcard `{}` can be upgraded only from port 80 to port 443", host.value),
        )
        .label(destination.port.span, "the port that the workload calls")
        .note("the gateway connects to the port in `Host`, and without one to 443; clients leave out port 80 alone")
        .help("use port 80 and `httpsUpgrade` with port 443, or list each host name")
    })
}

/// Settings that Istio or Envoy do not take for a cluster that resolves each name.
fn settings(host: &Spanned<String>, destination: &Destination, report: &mut Report) {
    let name = &host.value;
    let mut refused = |message: String, note: &str, help: &str| {
        report.push(Diagnostic::new(&codes::WILDCARD_SETTINGS, host.span, message).note(note).help(help));
    };
    if !destination.backends.is_empty() || !destination.upstream.fallback.is_empty() {
        refused(
            format!("`backends` and `fallback` cannot be used with wildcard `{name}`"),
            "the gateway sends each request to the name in `Host`, and to no other host",
            "remove the field, or list each host name",
        );
    }
    if destination.upstream.outliers.is_some() {
        refused(
            format!("`outlierDetection` has no effect for wildcard `{name}`"),
            "each name below it has addresses of its own, and Istio applies no settings of load balancing to them",
            "remove `outlierDetection`, or list each host name",
        );
    }
    let pool = &destination.upstream.pool;
    let options = [
        ("connectionPool.tcp.idleTimeout", pool.idle_timeout.is_some()),
        ("connectionPool.http.idleTimeout", pool.http_idle_timeout.is_some()),
        ("connectionPool.http.maxRequestsPerConnection", pool.max_requests_per_connection.is_some()),
    ];
    let option = options.iter().find(|(_, is_set)| *is_set && destination.upgrade.is_none());
    if let Some((field, _)) = option {
        refused(
            format!("`{field}` cannot be used with wildcard `{name}` in plain text"),
            "Envoy refuses what Istio makes of it: a cluster that resolves each name has options of HTTP only inside TLS",
            "remove the field, add `httpsUpgrade`, or list each host name",
        );
    }
}

fn of_many_owners(host: &Spanned<String>, above: &str) -> Option<Diagnostic> {
    let owners = owners_of_names(above)?;
    let message =
        format!("`{}` also allows names that belong to others: {owners} can have a name below `{above}`", host.value);
    Some(
        Diagnostic::new(&codes::SHARED_PARENT, host.span, message)
            .note("whoever has such a name decides to which address it leads, an address of the cluster included")
            .help("list the host names that the clients need, or use a longer domain that belongs to one owner"),
    )
}

/// Settings stand at the ports of a wildcard: it has no subsets, by which the exits of a name are told apart.
fn one_setting_for_each_port(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(&str, &str, u16), Flow> = BTreeMap::new();
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flow in set.flows().filter(|flow| flow.wildcard().is_some() && flow.class() == Class::Http) {
        let Some(gateway) = set.gateway(flow.gateway()) else { continue };
        let port = flow.destination.external_port();
        let known = *first.entry((&gateway.namespace, &flow.host.value, port)).or_insert(flow);
        let settings = |flow: &Flow| (flow.destination.upgrade.is_some(), flow.destination.upstream.clone());
        if settings(&known) == settings(&flow) || !reported.insert(flow.destination.span) {
            continue;
        }
        report.push(
            Diagnostic::new(
                &codes::WILDCARD_SETTINGS,
                flow.destination.span,
                format!("port {port} of wildcard `{}` would have two sets of settings", flow.host.value),
            )
            .label(known.destination.span, "the other one")
            .note("Istio applies settings to a port of a wildcard, for all gateways of a namespace")
            .help("write the same `httpsUpgrade` and `connectionPool` in both"),
        );
    }
}

/// In a sidecar the most specific host decides for all workloads of the namespace.
fn more_specific_at_clients(set: &PolicySet, report: &mut Report) {
    let http = || set.flows_of_any_gateway().filter(|flow| flow.class() == Class::Http);
    let mut wildcards: BTreeMap<(&str, &str, u16), Vec<Flow>> = BTreeMap::new();
    for flow in http() {
        if let Some(above) = flow.wildcard() {
            wildcards.entry((above, flow.client_namespace(), flow.port())).or_default().push(flow);
        }
    }
    for ((host, namespace, port), flows) in
        set.flows_by(|flow| (flow.host.value.as_str(), flow.client_namespace(), flow.port()))
    {
        let name = wildcard::parent(host).unwrap_or(host);
        let wider = || wildcard::parents(name).filter_map(|above| wildcards.get(&(above, namespace, port))).flatten();
        let tcp = flows.iter().find(|flow| flow.class() == Class::Tcp && flow.address().is_none());
        if let (Some(tcp), Some(wide)) = (tcp, wider().find(|wide| wide.destination.upgrade.is_some())) {
            report.push(
                Diagnostic::new(
                    &codes::TWO_PROTOCOLS,
                    tcp.destination.protocol.span,
                    format!("`{host}` port {port} is TCP here, and `{}` port {port} is HTTP", wide.host.value),
                )
                .label(wide.destination.protocol.span, "HTTP here")
                .note("HTTP that a workload sends to that host would reach it in TLS by the one rule and as it is by the other")
                .help("declare the same protocol in both, or move one of the two to another port"),
            );
        }
        let flows: Vec<Flow> = flows.into_iter().filter(|flow| flow.class() == Class::Http).collect();
        let Some(first) = flows.first() else { continue };
        let is_left_out =
            |wide: &&Flow| !flows.iter().any(|flow| flow.is_audited() || flow.client.has_all_of(wide.client));
        let Some(wide) = wider().find(is_left_out) else { continue };
        report.push(
            Diagnostic::new(
                &codes::NARROWER_HOST,
                first.host.span,
                format!(
                    "`{host}` port {port} is not allowed for {}, whom `{}` allows",
                    wide.client.describe(),
                    wide.host.value
                ),
            )
            .label(wide.host.span, "the wildcard")
            .note(format!("in a namespace the most specific host decides on a port, and `{host}` is more specific"))
            .help("add these clients to the rule of the more specific host, if they need it"),
        );
    }
}

/// At a gateway the most specific host decides for all namespaces, so a namespace that sends to the wildcard there has to
/// send to the more specific host itself.
fn more_specific_at_gateways(set: &PolicySet, report: &mut Report) {
    let mut exits: BTreeMap<(&str, u16, &str), Vec<Flow>> = BTreeMap::new();
    for flow in set.flows().filter(|flow| flow.class() == Class::Http) {
        let exit = flow.exit();
        exits.entry((exit.gateway, exit.gateway_port, exit.host)).or_default().push(flow);
    }
    for ((gateway, gateway_port, host), flows) in &exits {
        let name = wildcard::parent(host).unwrap_or(host);
        let declared: BTreeSet<(&str, u16)> = flows.iter().map(|flow| (flow.client_namespace(), flow.port())).collect();
        let Some(first) = flows.first() else { continue };
        for above in wildcard::parents(name) {
            let wide = format!("*.{above}");
            let Some(wider) = exits.get(&(*gateway, *gateway_port, wide.as_str())) else { continue };
            let is_missing = |flow: &&Flow| !declared.contains(&(flow.client_namespace(), flow.port()));
            let Some(missing) = wider.iter().find(is_missing) else { continue };
            report.push(
                Diagnostic::new(
                    &codes::NARROWER_AT_GATEWAY,
                    first.host.span,
                    format!(
                        "port {gateway_port} of gateway `{gateway}` would use the rule for `{host}` for requests of namespace `{}` to `{wide}`",
                        missing.client_namespace()
                    ),
                )
                .label(missing.host.span, format!("`{wide}` is allowed here, on port {}", missing.port()))
                .note("a gateway port distinguishes requests only by their host, and the most specific host decides for all clients")
                .help(format!(
                    "send one of the two through another gateway port, or also declare `{host}` port {} for namespace `{}`",
                    missing.port(),
                    missing.client_namespace()
                )),
            );
        }
    }
}
