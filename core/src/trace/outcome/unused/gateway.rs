//! Gateways and VirtualServices at a gateway that refuses the request.

use super::near::{Near, Unused, not_exported};
use crate::istio::{Gateway, GatewaySelector, Object, PortProtocol, Server, VirtualService};
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::gateway_pods::GatewayPods;
use crate::trace::outcome::istiod::merged_servers::{is_http, is_passthrough};
use crate::trace::outcome::istiod::pods::Selects;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let Some((id, port)) = near.refusing_gateway() else { return Vec::new() };
    let Some(pods) = near.context.gateways.get(id).map(|gateway| &gateway.pods) else { return Vec::new() };
    let has_chain = near.trace.hops.last().is_some_and(|hop| hop.chain.is_some());
    if has_chain { not_bound(near, pods) } else { without_chain(near, pods, port) }
}

/// Why no filter chain is for the request.
fn without_chain(near: &Near<'_, '_>, pods: &GatewayPods<'_>, port: u16) -> Vec<Unused> {
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
            (Selects::Yes, Some(server)) => unused.extend(without_route(near, gateway, server, pods)),
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

/// VirtualServices for the host that are not bound to the Gateway whose server takes the request.
fn not_bound(near: &Near<'_, '_>, pods: &GatewayPods<'_>) -> Vec<Unused> {
    let gateways: Vec<String> = near
        .decisions_at(Stop::Gateway)
        .filter(|decision| decision.kind == "Gateway")
        .map(|decision| format!("{}/{}", decision.namespace, decision.name))
        .collect();
    let [gateway] = gateways.as_slice() else { return Vec::new() };
    // Where a route or a policy decides, the host has a VirtualService here.
    if near.decisions_at(Stop::Gateway).any(|decision| decision.kind != "Gateway") {
        return Vec::new();
    }
    let all = near.context.objects.virtual_services.iter();
    let of_host = all.filter(|object| object.meta.span.is_some() && names_host(near, object));
    of_host
        .filter_map(|object| {
            let why = if object.spec.gateways.contains(gateway) {
                not_exported(&object.spec.export_to, pods.namespace)?
            } else if object.spec.of_gateway_api {
                format!(
                    "it is not attached to the listener of Gateway `{gateway}` that takes the request at the gateway"
                )
            } else {
                format!("its `gateways` do not contain `{gateway}`, whose server takes the request at the gateway")
            };
            Some(Unused::new(&object.meta, None, why))
        })
        .collect()
}

fn names_host(near: &Near<'_, '_>, object: &Object<VirtualService>) -> bool {
    object.spec.hosts.iter().any(|host| near.is_host(&near.full(host, &object.meta.namespace)))
}

/// Whether a server has a host of the request.
fn is_for(near: &Near<'_, '_>, server: &Server) -> bool {
    let is_name = |host: &str| near.names().iter().any(|name| host_name::is_within(name, host));
    server.hosts.iter().any(|host| is_name(bare(host)))
}

/// The part of `namespace/host` after the slash.
fn bare(host: &str) -> &str {
    host.split_once('/').map_or(host, |(_, host)| host)
}
