//! The route of a waypoint for a port of a service (`core/listener_waypoint.go`, `buildWaypointInboundHTTPRouteConfig`,
//! `getWaypointTCPRoutes`).

use std::ops::ControlFlow;

use super::http_match::{HttpRouteMatch, matches, routes_at};
use super::{http_action, l4_route, refused_by_envoy, without_path};
use crate::istio::{L4Match, L4Route, Resolution};
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::{Endpoints, Service};
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::filter_chain::waypoint::{WaypointContent, WaypointStream};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, answered, unknown};
use crate::trace::outcome::proxy::request::Request;
use crate::trace::outcome::proxy::target::WaypointTarget;

/// The route for what goes to a service.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &'a Service<'a>,
    stream: WaypointStream,
) -> Step<WaypointTarget<'a>> {
    let used = virtual_services(journey, proxy, service);
    if let [_, _, ..] = used.as_slice()
        && let Some((_, route)) = used.iter().find(|(_, config)| config.spec.of_gateway_api)
    {
        return unknown(format!(
            "the order of the route `{}/{}` of the Gateway API among VirtualServices for `{}` at a waypoint is not modelled",
            route.meta.namespace, route.meta.name, service.host
        ));
    }
    refused_by_envoy::at_waypoint(journey, proxy, journey.query.port)?;
    match stream.content {
        WaypointContent::Http(request) => http(journey, proxy, service, request),
        WaypointContent::Bytes(payload) => bytes(journey, proxy, service, payload),
    }
}

/// The VirtualServices that a waypoint uses for a service: of its own namespace or the service's, for a host of which the
/// service has one (`getVirtualServiceForWaypoint`), in the order in which the waypoint sees them.
fn virtual_services<'a>(
    journey: &Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
) -> Vec<(Visibility, &'a VirtualServiceConfig<'a>)> {
    let context = journey.context;
    let seen = context.virtual_services.for_service(&proxy.scope, &context.hosts, service);
    let configs = seen.into_iter().filter_map(|(visibility, id)| Some((visibility, context.virtual_services.get(id)?)));
    let is_used = |config: &VirtualServiceConfig<'_>| {
        config.meta.namespace == proxy.scope.namespace || config.meta.namespace == service.namespace
    };
    configs.filter(|(_, config)| is_used(config)).collect()
}

/// Puts VirtualServices that the waypoint sees for the same reason into one of the orders that their ages allow.
fn in_order<'a, T: Copy>(
    journey: &mut Journey<'a>,
    found: &[(Visibility, T)],
    config: impl Fn(&T) -> &'a VirtualServiceConfig<'a>,
    host: &str,
) -> Vec<T> {
    let mut ordered = Vec::new();
    for alike in found.chunk_by(|(a, _), (b, _)| a == b) {
        let alike: Vec<T> = alike.iter().map(|(_, each)| *each).collect();
        ordered.extend(journey.assumptions.in_order(alike, |each| config(each).age, || {
            format!("several VirtualServices are for `{host}`, and their order at a waypoint depends on their ages, which the files do not have")
        }));
    }
    ordered
}

/// The first route of all VirtualServices that matches. A waypoint has one virtual host for the service, whatever `Host`
/// says.
fn http<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &'a Service<'a>,
    request: Request,
) -> Step<WaypointTarget<'a>> {
    without_path::refuse(journey, &request)?;
    let port = journey.query.port;
    // A name outside of the wildcard, or with a port, has no virtual host (`buildRouteVHostDomains`).
    if is_dynamic(service) && !is_of_wildcard(&request.authority, &service.host) {
        return answered(404, Some("NR"));
    }
    let mut with_routes: Vec<(Visibility, usize)> = Vec::new();
    let mut routes: Vec<(&'a VirtualServiceConfig<'a>, Vec<HttpRouteMatch<'a>>)> = Vec::new();
    for (visibility, config) in virtual_services(journey, proxy, service) {
        let found = routes_at(journey, proxy, config, MESH, port);
        if !found.is_empty() {
            with_routes.push((visibility, routes.len()));
            routes.push((config, found));
        }
    }
    if routes.is_empty() {
        // The service's own route, straight to its cluster (`BuildDefaultHTTPOutboundRoute`).
        journey.hop(|hop| hop.route = Some("default".to_owned()));
        return ControlFlow::Continue(WaypointTarget::OfChain(Payload::Http(request)));
    }
    let places = match with_routes.as_slice() {
        [(_, only)] => vec![*only],
        several => {
            let configs: Vec<(Visibility, (usize, &'a VirtualServiceConfig<'a>))> =
                several.iter().filter_map(|(visibility, at)| Some((*visibility, (*at, routes.get(*at)?.0)))).collect();
            in_order(journey, &configs, |(_, config)| config, &service.host).into_iter().map(|(at, _)| at).collect()
        }
    };
    let all: Vec<HttpRouteMatch<'a>> =
        places.iter().filter_map(|at| routes.get(*at)).flat_map(|(_, routes)| routes).copied().collect();
    let Some(matched) = all.iter().find(|route| matches(journey, route, &request)).copied() else {
        for each in &all {
            journey.decided(each.config.meta, each.route.span);
        }
        return answered(404, Some("NR"));
    };
    http_action::apply(journey, proxy, matched, request).map_continue(WaypointTarget::Routed)
}

fn is_dynamic(service: &Service<'_>) -> bool {
    matches!(service.endpoints, Endpoints::Entry(entry) if entry.resolution == Resolution::Dynamic)
}

/// Whether Envoy's virtual host of a wildcard takes this `Host`: its port is a part of the text that is compared.
fn is_of_wildcard(authority: &str, wildcard: &str) -> bool {
    let authority = authority.to_ascii_lowercase();
    let suffix = wildcard.strip_prefix('*').unwrap_or(wildcard);
    host_name::is_wildcard(wildcard) && authority.len() > suffix.len() && authority.ends_with(suffix)
}

/// The first route of TLS for the service, or else of TCP: the server name of the client does not count.
fn bytes<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &'a Service<'a>,
    payload: Payload,
) -> Step<WaypointTarget<'a>> {
    let port = journey.query.port;
    for of_kind in [tls_route, tcp_route] {
        let mut found: Vec<(Visibility, (&'a VirtualServiceConfig<'a>, &'a L4Route))> = Vec::new();
        for (visibility, config) in virtual_services(journey, proxy, service) {
            if let Some(route) = of_kind(config, &service.host, port)? {
                found.push((visibility, (config, route)));
            }
        }
        if let Some(first) = in_order(journey, &found, |(config, _)| config, &service.host).first().copied() {
            return l4_route::follow(journey, proxy, first, port, payload).map_continue(WaypointTarget::Routed);
        }
    }
    ControlFlow::Continue(WaypointTarget::OfChain(payload))
}

type FoundRoute<'a> = Step<Option<&'a L4Route>>;

/// `getTLSRouteMatch`: a match counts only where its one server name is the service's host.
fn tls_route<'a>(config: &'a VirtualServiceConfig<'a>, host: &str, port: u16) -> FoundRoute<'a> {
    let is_for_host = |each: &L4Match| matches!(each.sni_hosts.as_slice(), [only] if only == host);
    route_of(&config.spec.tls, config, port, is_for_host)
}

/// `getTCPRouteMatch`.
fn tcp_route<'a>(config: &'a VirtualServiceConfig<'a>, _: &str, port: u16) -> FoundRoute<'a> {
    route_of(&config.spec.tcp, config, port, |_| true)
}

/// The first route without a match, or with one that holds (`matchTLS` and `matchTCP` of `core/tls.go`, without labels and
/// namespace of a client).
fn route_of<'a>(
    routes: &'a [L4Route],
    config: &VirtualServiceConfig<'_>,
    port: u16,
    is_for_host: impl Fn(&L4Match) -> bool,
) -> FoundRoute<'a> {
    for route in routes {
        let holds = |each: &&L4Match| {
            is_for_host(each)
                && each.port.is_none_or(|wanted| wanted == port)
                && each.source_labels.is_empty()
                && each.source_namespace.is_none()
                && (each.gateways.is_empty() || each.gateways.iter().any(|gateway| gateway == MESH))
        };
        if let Some(odd) = route.matches.iter().filter(holds).find(|each| !each.unsupported.is_empty()) {
            let field = odd.unsupported.first().map_or("", String::as_str);
            return unknown(format!("`{field}` of a match of {config} is not modelled"));
        }
        if route.matches.is_empty() || route.matches.iter().any(|each| holds(&each)) {
            return ControlFlow::Continue(Some(route));
        }
    }
    ControlFlow::Continue(None)
}
