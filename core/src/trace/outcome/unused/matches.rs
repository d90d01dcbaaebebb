//! Why no match of a VirtualService holds at a proxy, as far as istiod decides it when it makes the routes.

use super::near::Near;
use crate::istio::{L4Match, L4Route, VirtualService};
use crate::resource::Labels;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::gateway_pods::GatewayPods;
use crate::trace::outcome::istiod::pods::Selects;
use crate::trace::outcome::istiod::virtual_services::MESH;

/// How many matches are named that do not hold.
const MOST_MATCHES: usize = 3;

/// The proxy that the routes are made for.
#[derive(Clone, Copy)]
pub(super) enum AtProxy<'n> {
    /// The client's sidecar.
    Sidecar,
    /// A gateway, with the name of the Gateway and the port of the server that takes the request.
    Gateway(&'n GatewayPods<'n>, &'n str, u16),
}

/// Why each match fails; `None` where one holds, or may hold.
pub(super) type Failing = Option<Vec<String>>;

/// The same in one sentence.
pub(super) fn failing(at: AtProxy<'_>, matches: Failing) -> Option<String> {
    let reasons = matches?;
    let shown: Vec<&str> = reasons.iter().take(MOST_MATCHES).map(String::as_str).collect();
    let more = reasons.len().saturating_sub(MOST_MATCHES);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let place = match at {
        AtProxy::Sidecar => String::new(),
        AtProxy::Gateway(_, gateway, port) => format!(" at port {port} of Gateway `{gateway}`"),
    };
    (!shown.is_empty()).then(|| format!("no match holds for this request{place}: {}{more}", shown.join(", ")))
}

pub(super) fn http_matches(near: &Near<'_, '_>, at: AtProxy<'_>, spec: &VirtualService) -> Failing {
    let mut reasons = Vec::new();
    for (number, route) in spec.http.iter().enumerate() {
        if route.matches.is_empty() {
            return None;
        }
        for (each, condition) in route.matches.iter().enumerate() {
            let of_source = || source(near, at, condition.source_namespace.as_deref(), &condition.source_labels);
            let why = match at {
                AtProxy::Sidecar => port(near, at, condition.port).or_else(|| gateways(at, &condition.gateways)),
                AtProxy::Gateway(..) => gateways(at, &condition.gateways).or_else(|| port(near, at, condition.port)),
            };
            let why = why.or_else(|| of_source().filter(|_| condition.gateways.is_empty()))?;
            reasons.push(format!("`http[{number}].match[{each}]` {why}"));
        }
    }
    Some(reasons)
}

pub(super) fn l4_matches(near: &Near<'_, '_>, kind: &str, routes: &[L4Route]) -> Failing {
    let mut reasons = Vec::new();
    for (number, route) in routes.iter().enumerate() {
        if route.matches.is_empty() {
            return None;
        }
        for (each, condition) in route.matches.iter().enumerate() {
            let why = port(near, AtProxy::Sidecar, condition.port)
                .or_else(|| gateways(AtProxy::Sidecar, &condition.gateways))
                .or_else(|| {
                    source(near, AtProxy::Sidecar, condition.source_namespace.as_deref(), &condition.source_labels)
                })
                .or_else(|| server_name(near, kind, condition))?;
            reasons.push(format!("`{kind}[{number}].match[{each}]` {why}"));
        }
    }
    Some(reasons)
}

/// At a gateway it is the server's port, and not that of its pods or of the host.
fn port(near: &Near<'_, '_>, at: AtProxy<'_>, wanted: Option<u16>) -> Option<String> {
    let port = match at {
        AtProxy::Sidecar => near.query.port,
        AtProxy::Gateway(_, _, port) => port,
    };
    wanted.filter(|wanted| *wanted != port).map(|wanted| format!("is for port {wanted}"))
}

fn gateways(at: AtProxy<'_>, gateways: &[String]) -> Option<String> {
    let own = match at {
        AtProxy::Sidecar => MESH,
        AtProxy::Gateway(_, gateway, _) => gateway,
    };
    if gateways.is_empty() || gateways.iter().any(|gateway| gateway == own) {
        return None;
    }
    let names: Vec<String> =
        gateways.iter().filter(|gateway| *gateway != MESH).map(|gateway| format!("`{gateway}`")).collect();
    Some(if names.is_empty() {
        format!("is for sidecars (`{MESH}`)")
    } else {
        format!("is for Gateway {}", names.join(", "))
    })
}

fn source(near: &Near<'_, '_>, at: AtProxy<'_>, namespace: Option<&str>, labels: &Labels) -> Option<String> {
    let (own, selects) = match at {
        AtProxy::Sidecar => (near.query.namespace.as_str(), near.client.selected_by(labels)),
        AtProxy::Gateway(pods, _, _) => (pods.namespace, pods.labels.selected_by(labels)),
    };
    // A gateway compares its own namespace and labels (`sourceMatchHTTP` of core/route/route.go).
    let who = match at {
        AtProxy::Sidecar => "",
        AtProxy::Gateway(..) => ", and the gateway is taken for the client here",
    };
    if let Some(namespace) = namespace.filter(|namespace| *namespace != own) {
        return Some(format!("is for clients of namespace `{namespace}`{who}"));
    }
    if selects != Selects::No {
        return None;
    }
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
    Some(format!("is for clients with the labels {}{who}", labels.join(", ")))
}

fn server_name(near: &Near<'_, '_>, kind: &str, condition: &L4Match) -> Option<String> {
    if kind != "tls" || !condition.subnets.is_empty() || !condition.unsupported.is_empty() {
        return None;
    }
    let Some(name) = near.query.sni.as_deref().map(str::to_ascii_lowercase) else {
        return Some("needs a server name, and the request has none".to_owned());
    };
    let is_for_it = |host: &String| host_name::is_within(&name, host);
    (!condition.sni_hosts.iter().any(is_for_it)).then(|| format!("has no server name `{name}` in `sniHosts`"))
}
