//! Gateways and VirtualServices at a gateway that refuses the request.

use super::gateway_tls::Arriving;
use super::matches::{AtProxy, failing, http_matches};
use super::near::{Near, Unused, bare, not_exported, shown_hosts};
use crate::istio::{Answer, Gateway, GatewaySelector, HttpRoute, Object, PortProtocol, Server, VirtualService};
use crate::source::Span;
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::gateway_pods::GatewayPods;
use crate::trace::outcome::istiod::merged_servers::{is_http, is_passthrough};
use crate::trace::outcome::istiod::pods::Selects;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let Some((id, port)) = near.refusing_gateway() else { return Vec::new() };
    let Some(pods) = near.context.gateways.get(id).map(|gateway| &gateway.pods) else { return Vec::new() };
    let Some(hop) = near.trace.hops.last() else { return Vec::new() };
    if hop.chain.is_some() {
        let mut unused: Vec<Unused> = failed_handshake(near).into_iter().collect();
        unused.extend(not_bound(near, pods));
        return unused;
    }
    // Where something listens, the connection has not what the filter chains are for.
    let arriving = hop.listener.as_ref().and_then(|_| Arriving::of(near));
    without_chain(near, (pods, port), arriving.as_ref())
}

/// Why TLS ends badly at the server that takes the connection.
fn failed_handshake(near: &Near<'_, '_>) -> Option<Unused> {
    let hop = near.trace.hops.last().filter(|hop| hop.cluster.is_none())?;
    if near.trace.response_flags != Some("UF") {
        return None;
    }
    let (gateway, server) = near.server_of(hop)?;
    Arriving::of(near)?.fails_at(gateway, server)
}

/// Why no filter chain is for the request.
fn without_chain(
    near: &Near<'_, '_>,
    (pods, port): (&GatewayPods<'_>, u16),
    arriving: Option<&Arriving>,
) -> Vec<Unused> {
    let mut unused = Vec::new();
    for gateway in near.context.objects.gateways.iter().filter(|gateway| gateway.meta.span.is_some()) {
        let servers = || gateway.spec.servers.iter().filter(|server| is_for(near, server));
        let Some(first) = servers().next() else { continue };
        let selects = match &gateway.spec.pods {
            GatewaySelector::All => Selects::Yes,
            GatewaySelector::Labelled(labels) => pods.labels.selected_by(labels),
            GatewaySelector::BehindServices { namespace, hosts } => {
                let host = near.full(pods.service, pods.namespace);
                let is_bound = namespace == pods.namespace && hosts.iter().any(|bound| **bound == *host);
                if is_bound { Selects::Yes } else { Selects::No }
            }
        };
        match (selects, servers().find(|server| server.port == port)) {
            (Selects::No, Some(server)) => {
                let why = format!("its selector does not select the pods of gateway `{}`", pods.name);
                unused.push(Unused::new(&gateway.meta, server.span, why));
            }
            (Selects::Yes, Some(server)) => {
                let of_server = without_route(near, gateway, server, pods);
                let has_chain = of_server.is_empty();
                unused.extend(of_server);
                let no_chain = arriving.filter(|_| has_chain);
                unused.extend(no_chain.and_then(|arriving| arriving.finds_no_chain(gateway, server)));
            }
            (Selects::Yes, None) => {
                let why = format!(
                    "its server is for port {}, and the request arrives at port {port} of gateway `{}`",
                    first.port, pods.name
                );
                unused.push(Unused::new(&gateway.meta, first.span, why));
            }
            (Selects::Maybe, _) | (Selects::No, None) => {}
        }
    }
    unused
}

/// `createGatewayTCPFilterChainOpts` and `buildGatewayNetworkFiltersFromTLSRoutes` of core/gateway.go: a server that is not
/// HTTP has a filter chain only where a VirtualService has a route of its kind.
fn without_route(
    near: &Near<'_, '_>,
    gateway: &Object<Gateway>,
    server: &Server,
    pods: &GatewayPods<'_>,
) -> Vec<Unused> {
    let (needed, because) = match &server.tls {
        _ if is_http(server) => return Vec::new(),
        Some(_) if PortProtocol::parse(&server.protocol) == PortProtocol::Https && !is_passthrough(server) => {
            return Vec::new();
        }
        Some(tls) if tls.mode == "PASSTHROUGH" => ("tls", "passes TLS through".to_owned()),
        Some(_) if is_passthrough(server) => return Vec::new(),
        Some(tls) => ("tcp", format!("terminates TLS (mode {})", tls.mode)),
        None => ("tcp", "has no TLS".to_owned()),
    };
    let name = format!("{}/{}", gateway.meta.namespace, gateway.meta.istio_name());
    let shares_host = |object: &&Object<VirtualService>| {
        object.spec.hosts.iter().any(|host| {
            let host = near.full(host, &object.meta.namespace);
            server.hosts.iter().any(|other| host_name::overlap(&host, bare(other)))
        })
    };
    let all = near.context.objects.virtual_services.iter();
    let bound: Vec<&Object<VirtualService>> =
        all.filter(|object| object.spec.gateways.contains(&name)).filter(shares_host).collect();
    let port = server.port;
    if bound.is_empty() {
        let why =
            format!("its server for port {port} has no filter chain: no VirtualService for its hosts is bound to it");
        return vec![Unused::new(&gateway.meta, server.span, why)];
    }
    let routes = |object: &Object<VirtualService>| match needed {
        "tls" => !object.spec.tls.is_empty(),
        _ => !object.spec.tcp.is_empty(),
    };
    let mut unused = Vec::new();
    let is_seen = |object: &&&Object<VirtualService>| not_exported(&object.spec.export_to, pods.namespace).is_none();
    if !bound.iter().filter(is_seen).any(|object| routes(object)) {
        let why = format!(
            "its server for port {port} has no filter chain: it {because} and needs a `{needed}` route, and no VirtualService that is bound to it has one"
        );
        unused.push(Unused::new(&gateway.meta, server.span, why));
    }
    for object in bound.iter().filter(|object| object.meta.span.is_some() && names_host(near, object)) {
        let why = match not_exported(&object.spec.export_to, pods.namespace) {
            Some(why) => why,
            None if routes(object) => continue,
            None => format!(
                "it has no `{needed}` route, and the server of Gateway `{name}` for port {port} {because} and needs one"
            ),
        };
        unused.push(Unused::new(&object.meta, None, why));
    }
    unused
}

/// VirtualServices for the host that have no route at the server of the Gateway that takes the request.
fn not_bound(near: &Near<'_, '_>, pods: &GatewayPods<'_>) -> Vec<Unused> {
    let Some((gateway, server)) = near.trace.hops.last().and_then(|hop| near.server_of(hop)) else {
        return Vec::new();
    };
    // Where a route or a policy decides, the host has a VirtualService here.
    if near.decisions_at(Stop::Gateway).any(|decision| decision.kind != gateway.meta.kind) {
        return Vec::new();
    }
    let name = format!("{}/{}", gateway.meta.namespace, gateway.meta.istio_name());
    let host = host_at_gateway(near);
    if let Some(host) = host.as_deref().filter(|host| !has_host(server, host)) {
        let why = format!(
            "its server for port {} is for {}, and the request arrives with `Host: {host}`",
            server.port,
            shown_hosts(server)
        );
        return vec![Unused::new(&gateway.meta, server.span, why)];
    }
    let all = near.context.objects.virtual_services.iter();
    let of_host = all.filter(|object| object.meta.span.is_some() && names_host(near, object));
    of_host
        .filter_map(|object| {
            let why = if object.spec.gateways.contains(&name) {
                not_exported(&object.spec.export_to, pods.namespace).or_else(|| {
                    let host = host.as_deref()?;
                    let of_namespace = of_another_namespace(gateway, server, (object, host));
                    of_namespace.or_else(|| no_route(near, object, host, AtProxy::Gateway(pods, &name, server.port)))
                })?
            } else if object.spec.of_gateway_api {
                format!("it is not attached to the listener of Gateway `{name}` that takes the request at the gateway")
            } else {
                format!("its `gateways` do not contain `{name}`, whose server takes the request at the gateway")
            };
            Some(Unused::new(&object.meta, None, why))
        })
        .collect()
}

/// Whether a server is for a host.
fn has_host(server: &Server, host: &str) -> bool {
    server.hosts.iter().any(|known| host_name::is_within(host, bare(known)))
}

/// `namespace/host` of a server takes VirtualServices of that namespace alone (`PickMatchingVirtualServicesForServer` of
/// core/gateway.go).
fn of_another_namespace(
    gateway: &Object<Gateway>,
    server: &Server,
    (object, host): (&Object<VirtualService>, &str),
) -> Option<String> {
    let own = &gateway.meta.namespace;
    let mut namespaces: Vec<&str> = Vec::new();
    for known in server.hosts.iter().filter(|known| host_name::is_within(host, bare(known))) {
        match known.split_once('/') {
            None | Some(("*", _)) => return None,
            Some((".", _)) => namespaces.push(own),
            Some((namespace, _)) => namespaces.push(namespace),
        }
    }
    if namespaces.is_empty() || namespaces.contains(&object.meta.namespace.as_str()) {
        return None;
    }
    Some(format!(
        "the server of Gateway `{own}/{}` for port {} takes VirtualServices of namespace `{}` alone for `{host}` (`hosts`)",
        gateway.meta.name,
        server.port,
        namespaces.join("`, `")
    ))
}

/// Why a VirtualService that is bound to the Gateway has no route there for a request of HTTP.
fn no_route(near: &Near<'_, '_>, object: &Object<VirtualService>, host: &str, at: AtProxy<'_>) -> Option<String> {
    let has_host = object
        .spec
        .hosts
        .iter()
        .any(|known| known == "*" || host_name::is_within(host, &near.full(known, &object.meta.namespace)));
    if has_host {
        return failing(at, http_matches(near, at, &object.spec));
    }
    Some(format!("its hosts do not contain `{host}`, the `Host` with which the request arrives at the gateway"))
}

/// The name by which a gateway that answers 404 looks for a route; `None` where a route of the sidecar may have changed it.
fn host_at_gateway(near: &Near<'_, '_>) -> Option<String> {
    if near.trace.status != Some(404) || !near.query.scheme.is_http() {
        return None;
    }
    let routes = near.context.objects.virtual_services.iter().flat_map(|object| &object.spec.http);
    let is_used =
        |span: Option<Span>| span.is_some() && near.decisions_at(Stop::Sidecar).any(|decision| decision.span == span);
    let mut used = routes.filter(|route| is_used(route.span));
    let changes = |route: &HttpRoute| {
        let of_destinations = match &route.answer {
            Answer::Send(destinations) => destinations.iter().any(|each| each.headers.authority().is_some()),
            Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => false,
        };
        of_destinations || route.headers.authority().is_some()
    };
    let route = used.next();
    if used.next().is_some() || route.is_some_and(changes) {
        return None;
    }
    let rewritten = route.and_then(|route| route.rewrite.as_ref()?.authority.as_deref());
    let written = rewritten.or_else(|| near.host_header()).unwrap_or(&near.query.host);
    Some(host_name::without_port(written).to_ascii_lowercase())
}

fn names_host(near: &Near<'_, '_>, object: &Object<VirtualService>) -> bool {
    near.is_used_at(Stop::Sidecar, &object.meta)
        || object.spec.hosts.iter().any(|host| near.is_host(&near.full(host, &object.meta.namespace)))
}

/// Whether a server has a host of the request.
fn is_for(near: &Near<'_, '_>, server: &Server) -> bool {
    let is_name = |host: &str| near.names().iter().any(|name| host_name::is_within(name, host));
    server.hosts.iter().any(|host| is_name(bare(host)))
}
