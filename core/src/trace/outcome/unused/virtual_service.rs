//! VirtualServices for the host of the request, at the client's sidecar.

use super::matches::{AtProxy, failing, http_matches, l4_matches};
use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, not_exported};
use super::shadowed::by_another;
use super::sidecar::not_imported;
use crate::istio::{HttpMatch, L4Route, Object, VirtualService};
use crate::source::Span;
use crate::trace::Stop;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::istiod::pods::Selects;
use crate::trace::outcome::istiod::service::{Protocol, Service};
use crate::trace::outcome::istiod::virtual_services::MESH;

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
        unused.extend(leads_back(near, object));
        if near.is_used(&object.meta) {
            continue;
        }
        let why = if one_is_used { by_another(near, object) } else { why(near, object) };
        if let Some(why) = why {
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
            && near.client.selected_by(&condition.source_labels) == Selects::No
    };
    let each = route.matches.iter().position(is_ignored)?;
    let why = format!(
        "the `sourceLabels` of `http[{at}].match[{each}]` are ignored beside `gateways`, so that this route is for every client"
    );
    Some(Unused::new(&object.meta, route.span, why))
}

/// `sourceMatchHTTP` and `matchTLS` of core: a match without `gateways` holds at every proxy that the VirtualService is for.
fn leads_back(near: &Near<'_, '_>, object: &Object<VirtualService>) -> Option<Unused> {
    let hop = near.trace.hops.last()?;
    let cluster = NamedCluster::of(near, hop).filter(|cluster| cluster.is_of_itself(near))?;
    let decided = || hop.decided_by.iter().filter_map(|at| near.trace.decided_by.get(*at));
    let is_used = |span: Option<Span>| span.is_some() && decided().any(|decision| decision.span == span);
    let spec = &object.spec;
    let http = spec.http.iter().enumerate().find(|(_, route)| is_used(route.span)).map(|(number, route)| {
        let each = route.matches.iter().position(|condition| condition.gateways.is_empty());
        ("http", number, route.matches.is_empty(), each, route.span)
    });
    let l4 = |kind: &'static str, routes: &[L4Route]| {
        routes.iter().enumerate().find(|(_, route)| is_used(route.span)).map(|(number, route)| {
            let each = route.matches.iter().position(|condition| condition.gateways.is_empty());
            (kind, number, route.matches.is_empty(), each, route.span)
        })
    };
    let (kind, number, has_none, each, span) =
        http.or_else(|| l4("tls", &spec.tls)).or_else(|| l4("tcp", &spec.tcp))?;
    let place = match each {
        Some(each) => format!("`{kind}[{number}].match[{each}]` has no `gateways`"),
        None if has_none => format!("`{kind}[{number}]` has no `match` with `gateways`"),
        None => return None,
    };
    let why = format!(
        "{place}, so the route holds at {}, too, and leads back to it; with `gateways: [mesh]` it is for sidecars alone",
        cluster.proxy()
    );
    Some(Unused::new(&object.meta, span, why))
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
        if !query.scheme.is_http() || spec.http.is_empty() {
            return None;
        }
        return match query.port {
            80 => failing(AtProxy::Sidecar, http_matches(near, AtProxy::Sidecar, spec)),
            port => no_virtual_host(near, &hosts).then(|| {
                format!("none of its hosts is that of a ServiceEntry or Service with an HTTP port {port}, and for others it has a virtual host on port 80 alone")
            }),
        };
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
        Protocol::Http => failing(AtProxy::Sidecar, http_matches(near, AtProxy::Sidecar, spec)),
        // `buildSidecarOutboundTCPFilterChainOpts` of core/tls.go leaves ports of TLS out.
        Protocol::Tls if spec.tls.is_empty() => of_other_protocol(),
        Protocol::Tls => failing(AtProxy::Sidecar, l4_matches(near, "tls", &spec.tls)),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo if spec.tcp.is_empty() => of_other_protocol(),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo => {
            failing(AtProxy::Sidecar, l4_matches(near, "tcp", &spec.tcp))
        }
        Protocol::Unspecified | Protocol::Udp => None,
    }
}

/// Whether none of the hosts of a VirtualService has an HTTP port of that number ("This is a gross HACK" of
/// core/route/route.go).
fn no_virtual_host(near: &Near<'_, '_>, hosts: &[String]) -> bool {
    let Some(scope) = near.scope.as_ref().filter(|scope| scope.listeners.is_none()) else { return false };
    let (services, mut assumptions) = (&near.context.services, Assumptions::default());
    let has_it = |service: &Service<'_>| service.protocol_of(near.query.port).is_some_and(Protocol::may_be_http);
    let any = hosts.iter().any(|host| {
        let ids = services.selected(scope, near.context.hosts.id(host), &mut assumptions);
        ids.iter().filter_map(|id| services.get(*id)).any(has_it)
    });
    !any && assumptions.count() == 0
}
