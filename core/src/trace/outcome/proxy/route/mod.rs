//! Which route takes a request, and to which cluster it sends it.

mod destination;
mod gateway_virtual_host;
mod held_routes;
mod http_action;
mod http_match;
mod l4_route;
mod preflight;
mod refused_by_envoy;
mod sidecar_virtual_host;
pub(super) mod waypoint;
mod without_path;

use std::ops::ControlFlow;

use held_routes::HeldRoutes;

use crate::istio::OutboundMode;
use crate::model::MeshSetting;
use crate::resource::OutboundTrafficPolicy;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::gateway_listener::{ChainFilter, GatewayFilterChain};
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::filter_chain::gateway::{Content, GatewayStream};
use crate::trace::outcome::proxy::filter_chain::sidecar::SidecarChain;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, answered, unknown};
use crate::trace::outcome::proxy::request::Request;
use crate::trace::outcome::proxy::target::Target;

/// The route of a sidecar.
pub(crate) fn outbound<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, chain: SidecarChain<'a>) -> Step<Target<'a>> {
    match chain {
        SidecarChain::Http(request) => http_outbound(journey, proxy, request),
        SidecarChain::HttpOf(service, request) => http_of_service(journey, proxy, service, request),
        SidecarChain::L4(chain, payload) => l4_route::outbound(journey, proxy, &chain, payload),
        SidecarChain::CatchAll(payload) => match unknown_hosts(journey, proxy)? {
            OutboundMode::RegistryOnly => ControlFlow::Continue(Target::BlackHole),
            OutboundMode::AllowAny | OutboundMode::AllowAnyDynamicDns => {
                ControlFlow::Continue(Target::Passthrough(payload))
            }
            OutboundMode::Proxy => egress_proxy(),
        },
        SidecarChain::BlackHole => ControlFlow::Continue(Target::BlackHole),
    }
}

/// The route of a gateway.
pub(crate) fn inbound<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    chain: &'a GatewayFilterChain<'a>,
    stream: GatewayStream,
) -> Step<Target<'a>> {
    match (&chain.filter, stream.content) {
        (ChainFilter::Http { hosts, .. }, Content::Http(request)) => {
            without_path::refuse(journey, &request)?;
            let matched = gateway_virtual_host::choose(journey, proxy, (chain, hosts), &request)?;
            http_action::apply(journey, proxy, matched, request)
        }
        (ChainFilter::Tcp { routes }, Content::Bytes(payload)) => {
            l4_route::of_server(journey, proxy, chain, routes, payload)
        }
        (ChainFilter::PassThrough { virtual_service, route }, Content::PassThrough(connection)) => {
            l4_route::passed_through(journey, proxy, chain, (*virtual_service, route), connection)
        }
        // A chain reads what its filter is for.
        _ => journey.failed("UF"),
    }
}

/// The route of a sidecar's connection manager, by `Host` (`core/httproute.go`).
fn http_outbound<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, request: Request) -> Step<Target<'a>> {
    refused_by_envoy::at_sidecar(journey, proxy, journey.query.port)?;
    without_path::refuse(journey, &request)?;
    if let Some(virtual_host) = sidecar_virtual_host::choose(journey, proxy, &request)? {
        return in_virtual_host(journey, proxy, virtual_host, request);
    }
    // `buildCatchAllVirtualHost` of core/httproute.go.
    let mode = unknown_hosts(journey, proxy)?;
    if mode == OutboundMode::AllowAnyDynamicDns && !names_dialled_host(journey, &request) {
        return unknown(
            "with ALLOW_ANY_DYNAMIC_DNS the sidecar resolves `Host`, which is not the host that is dialled",
        );
    }
    match mode {
        OutboundMode::RegistryOnly => {
            journey.hop(|hop| hop.route = Some("block_all".to_owned()));
            answered(502, None)
        }
        OutboundMode::AllowAny | OutboundMode::AllowAnyDynamicDns => {
            journey.hop(|hop| hop.route = Some("allow_any".to_owned()));
            ControlFlow::Continue(Target::Passthrough(Payload::Http(request)))
        }
        OutboundMode::Proxy => egress_proxy(),
    }
}

/// The route of a connection manager that is for one service: whatever `Host` is, it is the service's (`core/httproute.go`,
/// `getVirtualHostsForSniffedServicePort`).
fn http_of_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: ServiceId,
    request: Request,
) -> Step<Target<'a>> {
    without_path::refuse(journey, &request)?;
    let Some(service) = journey.context.services.get(service) else { return answered(404, Some("NR")) };
    match sidecar_virtual_host::of_service(journey, proxy, service)? {
        Some(virtual_host) => {
            if let Some(routes) = &virtual_host.1 {
                refused_by_envoy::among_held(journey, proxy, routes)?;
            }
            in_virtual_host(journey, proxy, virtual_host, request)
        }
        None => answered(404, Some("NR")),
    }
}

/// The route of a virtual host: that of a VirtualService, otherwise the service's own.
fn in_virtual_host<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (domain, routes): (&'a str, Option<HeldRoutes<'a>>),
    request: Request,
) -> Step<Target<'a>> {
    let Some(routes) = routes else {
        // The service's own route, straight to its cluster (`BuildDefaultHTTPOutboundRoute`).
        journey.hop(|hop| hop.route = Some("default".to_owned()));
        return ControlFlow::Continue(Target::service(domain, journey.query.port, Payload::Http(request)));
    };
    let Some(matched) = routes.first(journey, proxy, &request, |_| true) else {
        for each in routes.all(journey, proxy) {
            journey.decided(each.config.meta, each.route.span);
        }
        return answered(404, Some("NR"));
    };
    http_action::apply(journey, proxy, matched, request)
}

/// What a sidecar does with a host that it does not know: what its Sidecar says, and else what its control plane is
/// configured with.
fn unknown_hosts(journey: &mut Journey<'_>, proxy: &Proxy<'_>) -> Step<OutboundMode> {
    let (host, _) = journey.context.canonical(&journey.query.host, proxy.scope.namespace);
    if journey.may_have_service(&host) {
        return unknown(format!("no document describes Service `{host}`, and its name may be one of the cluster"));
    }
    let of_mesh = journey.client.outbound_traffic_policy.map(|policy| match policy {
        OutboundTrafficPolicy::RegistryOnly => OutboundMode::RegistryOnly,
        OutboundTrafficPolicy::AllowAny => OutboundMode::AllowAny,
        OutboundTrafficPolicy::AllowAnyDynamicDns => OutboundMode::AllowAnyDynamicDns,
    });
    if let Some(mode) = proxy.scope.outbound.or(of_mesh) {
        return ControlFlow::Continue(mode);
    }
    let doubt = journey.doubt(MeshSetting::OutboundTrafficPolicy);
    let is_closed = journey.assume(Unknown::OutboundTrafficPolicy, || {
        let why = doubt.unwrap_or("no document sets `outboundTrafficPolicy` for the client's sidecar");
        why.to_owned()
    });
    ControlFlow::Continue(if is_closed { OutboundMode::RegistryOnly } else { OutboundMode::AllowAny })
}

/// Whether `Host` is the name and the port that the client dialled.
fn names_dialled_host(journey: &Journey<'_>, request: &Request) -> bool {
    let query = journey.query;
    let with_port = format!("{}:{}", query.host, query.port);
    request.authority.eq_ignore_ascii_case(&with_port)
        || (query.port == 80 && request.authority.eq_ignore_ascii_case(&query.host))
}

fn egress_proxy<T>() -> Step<T> {
    unknown("`outboundTrafficPolicy.egressProxy` of a Sidecar is not modelled")
}
