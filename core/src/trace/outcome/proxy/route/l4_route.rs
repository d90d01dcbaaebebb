//! Routes of TLS and TCP.

use std::ops::ControlFlow;

use super::destination;
use crate::istio::L4Route;
use crate::trace::outcome::assumptions::{RoutePart, Unknown};
use crate::trace::outcome::ids::{VirtualServiceId, Visit};
use crate::trace::outcome::istiod::gateway_listener::GatewayFilterChain;
use crate::trace::outcome::istiod::virtual_services::VirtualServiceConfig;
use crate::trace::outcome::proxy::connection::{Certificate, Connection, Payload, Transport};
use crate::trace::outcome::proxy::filter_chain::sidecar::L4Chain;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, closed, unknown};
use crate::trace::outcome::proxy::target::Target;

/// The route of a sidecar's filter chain; without a VirtualService's, to the cluster of the service.
pub(crate) fn outbound<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    chain: &L4Chain<'a>,
    payload: Payload,
) -> Step<Target<'a>> {
    let port = journey.query.port;
    if let Some((config, route)) = chain.route {
        return follow(journey, proxy, (config, route), port, payload);
    }
    let Some(service) = journey.context.services.get(chain.service) else { return closed(Some("NR")) };
    let port = match service.ports.as_slice() {
        [only] => only.number,
        _ => port,
    };
    ControlFlow::Continue(Target::service(&service.host, port, payload))
}

/// The route of a gateway's server of TCP: that of the oldest VirtualService.
pub(crate) fn of_server<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    chain: &'a GatewayFilterChain<'a>,
    routes: &'a [(VirtualServiceId, &'a L4Route)],
    payload: Payload,
) -> Step<Target<'a>> {
    let virtual_services = &journey.context.virtual_services;
    let rivals: Vec<(&'a VirtualServiceConfig<'a>, &'a L4Route)> =
        routes.iter().filter_map(|(id, route)| Some((virtual_services.get(*id)?, *route))).collect();
    let is_read = |(config, _): &(&'a VirtualServiceConfig<'a>, &'a L4Route), journey: &mut Journey<'a>| {
        !config.spec.is_alpha || journey.reads_alpha(config.meta)
    };
    let rivals: Vec<_> = rivals.into_iter().filter(|rival| is_read(rival, journey)).collect();
    let oldest = journey.assumptions.oldest_of(&rivals, |(config, _)| config.age, |_, _| false, || {
        format!("several VirtualServices route server `{}` of a gateway, of which the oldest wins: the files have no creation times", chain.name)
    });
    let Some(oldest) = oldest.copied() else { return journey.failed("UF") };
    follow(journey, proxy, oldest, chain.server.port, payload)
}

/// The route of TLS that a gateway does not terminate.
pub(crate) fn passed_through<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    chain: &'a GatewayFilterChain<'a>,
    (virtual_service, route): (VirtualServiceId, &'a L4Route),
    connection: Connection,
) -> Step<Target<'a>> {
    let Some(config) = journey.context.virtual_services.get(virtual_service) else { return journey.failed("UF") };
    if config.spec.is_alpha && !journey.reads_alpha(config.meta) {
        return journey.failed("UF");
    }
    let payload = match connection.transport {
        Transport::Plain => connection.payload,
        // The host behind the gateway has no certificate of the mesh.
        Transport::Tls { certificate: Certificate::Mesh, .. } => return journey.failed("UF"),
        Transport::Tls { certificate: Certificate::Custom, .. } => {
            return unknown("it is not known whether a host accepts the client certificate of a DestinationRule");
        }
        Transport::Tls { certificate: Certificate::None, server_name } => match connection.payload {
            // The sidecar's own TLS goes through to the host.
            Payload::Http(_) | Payload::Opaque => Payload::Tls(server_name),
            Payload::Tls(_) => {
                return journey.tls_inside_tls("the host behind the gateway");
            }
        },
    };
    follow(journey, proxy, (config, route), chain.server.port, payload)
}

/// One of the destinations of a route; `port` is the listener's.
pub(super) fn follow<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (config, route): (&'a VirtualServiceConfig<'a>, &'a L4Route),
    port: u16,
    payload: Payload,
) -> Step<Target<'a>> {
    journey.decided(config.meta, route.span);
    if let Some(reason) = &route.unknown {
        return unknown(reason.clone());
    }
    let at = journey.visit;
    let weighted = destination::weighted(journey, &route.route, || question(at, config, route), config)?;
    if weighted.to.host.is_empty() {
        journey.cluster(|| "UnknownService".to_owned());
        return journey.failed("NC");
    }
    let host = destination::host(journey, &weighted.to, &config.meta.namespace);
    let port = destination::port(journey, proxy, &host, weighted.to.port, port);
    ControlFlow::Continue(Target::Outbound { host, port, subset: &weighted.to.subset, payload })
}

/// Which destination of a route the bytes take at a proxy.
fn question(at: Visit, config: &VirtualServiceConfig<'_>, route: &L4Route) -> Unknown {
    let place = |routes: &[L4Route]| routes.iter().position(|known| std::ptr::eq(known, route));
    let part = match place(&config.spec.tls) {
        Some(at) => RoutePart::Tls(at),
        None => RoutePart::Tcp(place(&config.spec.tcp).unwrap_or_default()),
    };
    Unknown::Destination { at, route: config.age.id, part }
}
