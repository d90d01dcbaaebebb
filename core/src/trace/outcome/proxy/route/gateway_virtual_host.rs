//! The virtual host of a gateway for a request, and its first route that matches (`core/gateway.go`,
//! `buildGatewayHTTPRouteConfig`; `core/route/route.go`, `SortVHostRoutes`).

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::held_routes::HeldRoutes;
use super::http_match::HttpRouteMatch;
use super::refused_by_envoy;
use crate::trace::outcome::assumptions::MOST_RUNS;
use crate::trace::outcome::creation_order::ObjectAge;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::gateway_bindings::{BoundVirtualService, GatewayVirtualHost};
use crate::trace::outcome::istiod::gateway_listener::GatewayFilterChain;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, answered};
use crate::trace::outcome::proxy::request::Request;

/// The routes of one VirtualService at a server of a gateway.
struct BoundRoutes<'a> {
    bound: &'a BoundVirtualService<'a>,
    age: ObjectAge<'a>,
    routes: HeldRoutes<'a>,
}

impl BoundRoutes<'_> {
    /// Whether only the ages of the VirtualServices say which comes first.
    fn is_ordered_by_age(&self, other: &Self) -> bool {
        std::ptr::eq(self.bound.server, other.bound.server) && self.bound.visibility == other.bound.visibility
    }

    fn is_of_one_gateway(&self, other: &Self) -> bool {
        self.bound.gateway_age.id == other.bound.gateway_age.id
    }
}

/// The route that takes the request.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (chain, hosts): (&GatewayFilterChain<'a>, &'a BTreeMap<String, GatewayVirtualHost<'a>>),
    request: &Request,
) -> Step<HttpRouteMatch<'a>> {
    if !journey.context.virtual_services.refused_by_envoy().is_empty() {
        for virtual_host in hosts.values() {
            for each in bound_routes(journey, proxy, virtual_host) {
                refused_by_envoy::among_held(journey, proxy, &each.routes)?;
            }
        }
    }
    let host = request.host();
    // A host of which no route holds here has no virtual host.
    let mut found = None;
    for virtual_host in domains(&host).filter_map(|domain| hosts.get(&domain)) {
        let routes = bound_routes(journey, proxy, virtual_host);
        if !routes.is_empty() || virtual_host.redirects_to_https {
            found = Some((virtual_host, routes));
            break;
        }
    }
    let Some((virtual_host, routes)) = found else { return answered(404, Some("NR")) };
    if virtual_host.redirects_to_https && chain.mode().is_none() {
        return answered(301, None);
    }
    match first_match(journey, proxy, &routes, request) {
        Some(matched) => ControlFlow::Continue(matched),
        None => answered(404, Some("NR")),
    }
}

/// The routes of a virtual host, by VirtualService; one without any is left out.
fn bound_routes<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    virtual_host: &'a GatewayVirtualHost<'a>,
) -> Vec<BoundRoutes<'a>> {
    let context = journey.context;
    let mut all = Vec::new();
    for bound in &virtual_host.virtual_services {
        let Some(config) = context.virtual_services.get(bound.id) else { continue };
        let routes = HeldRoutes::of(journey, proxy, config, (&bound.gateway, bound.server.port));
        all.extend(routes.map(|routes| BoundRoutes { bound, age: config.age, routes }));
    }
    all
}

/// The first route that matches: those that match every request come last (`SortVHostRoutes`).
fn first_match<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    all: &[BoundRoutes<'a>],
    request: &Request,
) -> Option<HttpRouteMatch<'a>> {
    first_where(journey, proxy, all, request, |route| !route.is_catch_all())
        .or_else(|| first_where(journey, proxy, all, request, HttpRouteMatch::is_catch_all))
}

/// The first route that matches, of those that are `wanted`.
fn first_where<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    all: &[BoundRoutes<'a>],
    request: &Request,
    wanted: impl Fn(&HttpRouteMatch<'a>) -> bool,
) -> Option<HttpRouteMatch<'a>> {
    let first_of =
        |journey: &mut Journey<'a>, each: &BoundRoutes<'a>| each.routes.first(journey, proxy, request, &wanted);
    // Mostly there is one VirtualService.
    if let [only] = all {
        return first_of(journey, only);
    }
    // Their routes come in the order of Gateways, of servers, of visibility and of VirtualServices.
    let mut matching: Vec<(&BoundRoutes<'a>, HttpRouteMatch<'a>)> = Vec::new();
    for each in all {
        let ages = journey.assumptions.ages();
        let comes_later = matching.iter().any(|(known, _)| {
            if known.is_of_one_gateway(each) {
                !known.is_ordered_by_age(each) || ages.is_before(&known.age, &each.age)
            } else {
                ages.is_before(&known.bound.gateway_age, &each.bound.gateway_age)
            }
        });
        if !comes_later && let Some(route) = first_of(journey, each) {
            matching.push((each, route));
        }
        if matching.len() > MOST_RUNS {
            break;
        }
    }
    let why = |matching: &[(&BoundRoutes<'a>, HttpRouteMatch<'a>)]| {
        let metas = matching.iter().map(|(each, _)| each.routes.config().meta);
        let names: Vec<String> = metas.map(|meta| format!("`{}/{}`", meta.namespace, meta.name)).collect();
        format!(
            "VirtualServices {} are for one host of a gateway, and the order of their routes depends on their ages",
            names.join(", ")
        )
    };
    let assumptions = &mut journey.assumptions;
    let (oldest, _) = *assumptions.oldest_of(
        &matching,
        |(each, _)| each.bound.gateway_age,
        |(a, _), (b, _)| a.is_of_one_gateway(b),
        || why(&matching),
    )?;
    // The first that is there is of the first visibility at its first server.
    let (first, _) = *matching.iter().find(|(each, _)| each.is_of_one_gateway(oldest))?;
    let rivals: Vec<(&BoundRoutes<'a>, HttpRouteMatch<'a>)> = matching
        .iter()
        .filter(|(each, _)| each.is_of_one_gateway(first) && first.is_ordered_by_age(each))
        .copied()
        .collect();
    assumptions.oldest_of(&rivals, |(each, _)| each.age, |_, _| false, || why(&matching)).map(|(_, route)| *route)
}

/// The domains of virtual hosts that a host may be of: itself, then wildcards from the longest on.
fn domains(host: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(host.to_owned()).chain(host_name::wildcard_domains(host))
}
