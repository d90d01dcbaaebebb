//! Which rule would allow a request that no rule allows.

use std::net::Ipv4Addr;

use crate::check::{ClusterNames, host_problem};
use crate::model::{Class, Flow, PolicySet, wildcard};
use crate::source::Spanned;
use crate::trace::{ClientPath, Query, Scheme};

/// What to add so that a request is allowed, or why nothing needs to be added; `None` if it is allowed already.
pub(super) fn of(set: &PolicySet, query: &Query, declared: Option<bool>) -> Option<String> {
    match (&query.path, declared) {
        (ClientPath::None | ClientPath::Ambient, _) => Some(
            "policies apply only to traffic that a sidecar captures; inject a sidecar into the workload, and restrict its namespace with a NetworkPolicy"
                .to_owned(),
        ),
        (_, Some(true) | None) | (ClientPath::Direct { .. }, _) => None,
        (ClientPath::Sidecar, Some(false)) => Some(missing(set, query)),
    }
}

/// The nearest declaration, and what is missing in it.
fn missing(set: &PolicySet, query: &Query) -> String {
    let of_host: Vec<Flow> = set.flows().filter(|flow| wildcard::has(&flow.host.value, &query.host)).collect();
    let class = match query.scheme {
        Scheme::Http | Scheme::Grpc => Class::Http,
        Scheme::Https | Scheme::Tls => Class::Tls,
        Scheme::Tcp => Class::Tcp,
    };
    // An address has no name, so whatever is sent to it is TCP.
    let is_address = query.host.parse::<Ipv4Addr>().is_ok();
    let item = if is_address {
        format!("address `{}` and port {{number: {}, protocol: TCP}}", query.host, query.port)
    } else {
        format!("host `{}` and port {{number: {}, protocol: {}}}", query.host, query.port, protocol(query.scheme))
    };
    let fits = |flow: &&Flow| flow.port() == query.port && (flow.class() == class || is_address);
    let from_here = |flow: &&Flow| flow.client_namespace() == query.namespace && selects(flow, query);
    if let Some(flow) = of_host.iter().find(|flow| fits(flow) && from_here(flow)) {
        let rule = format!("rule `{}` of `{}`", flow.destination.name, flow.policy.id);
        if !flow.destination.http.rules.are_empty() {
            return format!(
                "{rule} allows this workload other requests to that host: its `allow` and `deny` compare the method, the path and the headers"
            );
        }
        if flow.wildcard().is_some() {
            return format!(
                "{rule} allows this workload names below `{}` in lower case, with no other port in `Host` than the declared one; if a more specific host is declared for its namespace, that rule decides",
                flow.host.value
            );
        }
    }
    if let Some(flow) = of_host.iter().find(fits) {
        let who = flow.client.describe();
        return format!(
            "rule `{}` of `{}` allows this request for {who}; another `from` item in that rule would allow it",
            flow.destination.name, flow.policy.id
        );
    }
    if let Some(flow) = of_host.iter().find(from_here).or_else(|| of_host.first()) {
        return format!(
            "rule `{}` of `{}` allows {} port {} of that host; a `to` item with {item} would allow this request",
            flow.destination.name,
            flow.policy.id,
            flow.destination.protocol.value.name(),
            flow.port(),
        );
    }
    if is_address {
        return format!(
            "no rule names `{}`; a rule of an EgressPolicy from `{}` with {item} would allow this request",
            query.host, query.namespace
        );
    }
    if let Some(problem) = set.policies.first().and_then(|policy| {
        let host = Spanned::new(query.host.clone(), policy.name_span);
        host_problem(&host, &ClusterNames::of(set))
    }) {
        return format!("no rule can name `{}`: {} ({})", query.host, problem.message, problem.code.id);
    }
    format!("no rule names `{}`; a rule from `{}` with {item} would allow this request", query.host, query.namespace)
}

fn selects(flow: &Flow, query: &Query) -> bool {
    flow.client
        .selector
        .as_ref()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| query.labels.get(key) == Some(value)))
}

fn protocol(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Http => "HTTP",
        Scheme::Grpc => "GRPC",
        Scheme::Https => "HTTPS",
        Scheme::Tls => "TLS",
        Scheme::Tcp => "TCP",
    }
}
