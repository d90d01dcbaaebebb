//! Which route takes a request, and to which cluster it sends it.

mod destination;
mod gateway_virtual_host;
mod http_action;
mod http_match;
mod l4_route;
mod sidecar_virtual_host;

use std::ops::ControlFlow;

use crate::istio::OutboundMode;
use crate::trace::outcome::istiod::gateway_listener::{ChainFilter, GatewayFilterChain};
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::filter_chain::gateway::{Content, GatewayStream};
use crate::trace::outcome::proxy::filter_chain::sidecar::SidecarChain;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, answered, unknown};
use crate::trace::outcome::proxy::request::{ConnectionManager, Request};
use crate::trace::outcome::proxy::target::Target;

/// The route of a sidecar.
pub(crate) fn outbound<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, chain: SidecarChain<'a>) -> Step<Target<'a>> {
    match chain {
        SidecarChain::Http(request) => http_outbound(journey, proxy, request),
        SidecarChain::L4(chain, payload) => l4_route::outbound(journey, proxy, &chain, payload),
        SidecarChain::CatchAll(payload) => match proxy.scope.outbound {
            OutboundMode::RegistryOnly => ControlFlow::Continue(Target::BlackHole),
            OutboundMode::AllowAny => ControlFlow::Continue(Target::Passthrough(payload)),
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

/// The route of a sidecar's connection manager, by `Host` (core/httproute.go).
fn http_outbound<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, request: Request) -> Step<Target<'a>> {
    let port = journey.query.port;
    let request = request.read_by(ConnectionManager::Sidecar, journey.context.environment.path_normalization);
    if let Some((domain, routes)) = sidecar_virtual_host::choose(journey, proxy, &request)? {
        if routes.is_empty() {
            // The service's own route, straight to its cluster (`BuildDefaultHTTPOutboundRoute`).
            journey.hop(|hop| hop.route = Some("default".to_owned()));
            return ControlFlow::Continue(Target::service(domain, port, Payload::Http(request)));
        }
        let Some(matched) = http_match::first_match(journey, &routes, &request) else {
            for each in &routes {
                journey.decided(each.config.meta, each.route.span);
            }
            return answered(404, Some("NR"));
        };
        return http_action::apply(journey, proxy, matched, request);
    }
    // `buildCatchAllVirtualHost` of core/httproute.go.
    match proxy.scope.outbound {
        OutboundMode::RegistryOnly => {
            journey.hop(|hop| hop.route = Some("block_all".to_owned()));
            answered(502, None)
        }
        OutboundMode::AllowAny => {
            journey.hop(|hop| hop.route = Some("allow_any".to_owned()));
            ControlFlow::Continue(Target::Passthrough(Payload::Http(request)))
        }
        OutboundMode::Proxy => egress_proxy(),
    }
}

fn egress_proxy<T>() -> Step<T> {
    unknown("`outboundTrafficPolicy.egressProxy` of a Sidecar is not modelled")
}
