//! VirtualServices for the host of the request, at the client's sidecar.

use super::near::{Near, Unused, not_exported};
use super::sidecar::not_imported;
use crate::istio::{HttpMatch, L4Match, L4Route, Object, VirtualService};
use crate::resource::Labels;
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::pods::has_all;
use crate::trace::outcome::istiod::service::Protocol;
use crate::trace::outcome::istiod::virtual_services::MESH;

/// How many matches are named that do not hold.
const MOST_MATCHES: usize = 3;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let mut unused = Vec::new();
    // A sidecar takes one VirtualService for a host; where one is used, others are for other clients.
    let one_is_used = near.decisions_at(Stop::Sidecar).any(|decision| is_route(&decision.kind));
    for object in near.context.objects.virtual_services.iter().filter(|object| object.meta.span.is_some()) {
        let full = |host: &String| near.full(host, &object.meta.namespace).into_owned();
        if !object.spec.hosts.iter().any(|host| near.is_host(&full(host))) {
            unused.extend(short_name(near, object));
            continue;
        }
        unused.extend(absent_gateways(near, object));
        unused.extend(ignored_labels(near, object));
        if !one_is_used
            && !near.is_used(&object.meta)
            && let Some(why) = why(near, object)
        {
            unused.push(Unused::new(&object.meta, None, why));
        }
    }
    unused
}

/// Whether a kind is a VirtualService, or is made one.
fn is_route(kind: &str) -> bool {
    kind == "VirtualService" || kind.ends_with("Route")
}

/// `ResolveVirtualServiceShortnames` of pilot/pkg/model/virtualservice.go: a name without a dot is a Service of the
/// VirtualService's namespace. In a ServiceEntry it is the host itself.
fn short_name(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<Unused> {
    let why = object.spec.hosts.iter().find_map(|host| near.short_name(host, &object.meta.namespace))?;
    Some(Unused::new(&object.meta, object.spec.span, why))
}

/// Gateways that the VirtualService names and that no object is. This is the cause of nothing where the VirtualService is for
/// sidecars as well and the request ends at one, or where it holds at the gateway by another name.
fn absent_gateways(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<Unused> {
    let ends_before = near.refusing_gateway().is_none() && object.spec.gateways.iter().any(|gateway| gateway == MESH);
    if ends_before || near.is_used_at(Stop::Gateway, &object.meta) {
        return None;
    }
    let is_given = |name: &str| {
        let mut gateways = near.context.objects.gateways.iter();
        gateways
            .any(|gateway| name.split_once('/') == Some((gateway.meta.namespace.as_str(), gateway.meta.istio_name())))
    };
    let absent: Vec<String> = object
        .spec
        .gateways
        .iter()
        .filter(|gateway| *gateway != MESH && !is_given(gateway))
        .map(|gateway| format!("`{gateway}`"))
        .collect();
    (!absent.is_empty()).then(|| {
        let why = format!("it names Gateway {} in `gateways`, and no such Gateway is given", absent.join(" and "));
        Unused::new(&object.meta, None, why)
    })
}

/// `sourceMatchHTTP` of core/route/route.go: labels beside `gateways` are not compared.
fn ignored_labels(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<Unused> {
    let is_used = |route: &crate::istio::HttpRoute| {
        near.is_used_at(Stop::Sidecar, &object.meta)
            && near.decisions_at(Stop::Sidecar).any(|decision| decision.span.is_some() && decision.span == route.span)
    };
    let (at, route) = object.spec.http.iter().enumerate().find(|(_, route)| is_used(route))?;
    let is_ignored = |condition: &HttpMatch| {
        condition.gateways.iter().any(|gateway| gateway == MESH)
            && !has_all(&near.query.labels, &condition.source_labels)
    };
    let each = route.matches.iter().position(is_ignored)?;
    let why = format!(
        "the `sourceLabels` of `http[{at}].match[{each}]` are ignored beside `gateways`, so that this route is for every client"
    );
    Some(Unused::new(&object.meta, route.span, why))
}

fn why(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<String> {
    let (query, spec) = (near.query, &object.spec);
    if !spec.gateways.iter().any(|gateway| gateway == MESH) {
        // At a gateway it may be used, or another file has the reason.
        return near.trace.gateway.is_none().then(|| {
            let names: Vec<String> = spec.gateways.iter().map(|gateway| near.gateway(gateway)).collect();
            let names = names.join(", ");
            if spec.of_gateway_api {
                format!("it applies only at {names}: no ServiceEntry or Service is among its `parentRefs`")
            } else {
                format!("it applies only at Gateway {names}: its `gateways` do not contain `mesh`")
            }
        });
    }
    if let Some(why) = not_exported(&spec.export_to, &query.namespace) {
        return Some(why);
    }
    let scope = near.scope.as_ref()?;
    let hosts: Vec<String> =
        spec.hosts.iter().map(|host| near.full(host, &object.meta.namespace).into_owned()).collect();
    if let Some(why) = not_imported(scope, |scope| scope.imports_virtual_service(&object.meta.namespace, &hosts)) {
        return Some(why);
    }
    let written = [("http", spec.http.is_empty()), ("tls", spec.tls.is_empty()), ("tcp", spec.tcp.is_empty())];
    let written: Vec<String> =
        written.into_iter().filter(|(_, is_empty)| !is_empty).map(|(kind, _)| format!("`{kind}`")).collect();
    let written = written.join(" and ");
    let Some((service, protocol)) = near.service() else {
        // Port 80 has the routes of hosts that nobody has registered (core/route/route.go).
        let is_http = query.port == 80 && query.scheme.is_http() && !spec.http.is_empty();
        return if is_http { failing(http_matches(near, spec)) } else { None };
    };
    let of_other_protocol = || {
        (!written.is_empty()).then(|| format!("its {written} routes do not apply: {}", near.port_of(service, protocol)))
    };
    match protocol {
        Protocol::Http if !query.scheme.is_http() => {
            let port = near.port_of(service, protocol);
            (!spec.http.is_empty())
                .then(|| format!("its {written} routes do not apply: {port}, and the request is not plain HTTP"))
        }
        Protocol::Http if spec.http.is_empty() => of_other_protocol(),
        Protocol::Http => failing(http_matches(near, spec)),
        // `buildSidecarOutboundTCPFilterChainOpts` of core/tls.go leaves ports of TLS out.
        Protocol::Tls if spec.tls.is_empty() => of_other_protocol(),
        Protocol::Tls => failing(l4_matches(near, "tls", &spec.tls)),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo if spec.tcp.is_empty() => of_other_protocol(),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo => failing(l4_matches(near, "tcp", &spec.tcp)),
        Protocol::Unspecified | Protocol::Udp => None,
    }
}

/// Why each match fails; `None` where one holds, or may hold.
type Failing = Option<Vec<String>>;

fn failing(matches: Failing) -> Option<String> {
    let reasons = matches?;
    let shown: Vec<&str> = reasons.iter().take(MOST_MATCHES).map(String::as_str).collect();
    let more = reasons.len().saturating_sub(MOST_MATCHES);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("no match holds for this request: {}{more}", shown.join(", ")))
}

fn http_matches(near: &Near<'_, '_>, spec: &VirtualService) -> Failing {
    let mut reasons = Vec::new();
    for (at, route) in spec.http.iter().enumerate() {
        if route.matches.is_empty() {
            return None;
        }
        for (each, condition) in route.matches.iter().enumerate() {
            let why = port(near, condition.port).or_else(|| {
                if condition.gateways.is_empty() {
                    source(near, condition.source_namespace.as_deref(), &condition.source_labels)
                } else {
                    gateways(&condition.gateways)
                }
            })?;
            reasons.push(format!("`http[{at}].match[{each}]` {why}"));
        }
    }
    Some(reasons)
}

fn l4_matches(near: &Near<'_, '_>, kind: &str, routes: &[L4Route]) -> Failing {
    let mut reasons = Vec::new();
    for (at, route) in routes.iter().enumerate() {
        if route.matches.is_empty() {
            return None;
        }
        for (each, condition) in route.matches.iter().enumerate() {
            let why = port(near, condition.port)
                .or_else(|| gateways(&condition.gateways))
                .or_else(|| source(near, condition.source_namespace.as_deref(), &condition.source_labels))
                .or_else(|| server_name(near, kind, condition))?;
            reasons.push(format!("`{kind}[{at}].match[{each}]` {why}"));
        }
    }
    Some(reasons)
}

fn port(near: &Near<'_, '_>, wanted: Option<u16>) -> Option<String> {
    wanted.filter(|wanted| *wanted != near.query.port).map(|wanted| format!("is for port {wanted}"))
}

fn gateways(gateways: &[String]) -> Option<String> {
    if gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH) {
        return None;
    }
    let names: Vec<String> = gateways.iter().map(|gateway| format!("`{gateway}`")).collect();
    Some(format!("is for Gateway {}", names.join(", ")))
}

fn source(near: &Near<'_, '_>, namespace: Option<&str>, labels: &Labels) -> Option<String> {
    if let Some(namespace) = namespace.filter(|namespace| *namespace != near.query.namespace) {
        return Some(format!("is for clients of namespace `{namespace}`"));
    }
    if has_all(&near.query.labels, labels) {
        return None;
    }
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
    Some(format!("is for clients with the labels {}", labels.join(", ")))
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
