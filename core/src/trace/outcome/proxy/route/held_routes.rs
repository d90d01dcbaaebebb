//! The routes of a VirtualService at a proxy: all of them in a list, or by an index where there are many.

use super::http_match::{HttpRouteMatch, is_made, matches, routes_at};
use crate::trace::Stop;
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::route_index::{RequestAttributes, RequestSource, RouteIndex, RoutePlace};
use crate::trace::outcome::istiod::virtual_services::VirtualServiceConfig;
use crate::trace::outcome::proxy::journey::{Journey, Proxy};
use crate::trace::outcome::proxy::request::Request;

/// The routes of a VirtualService that hold at a proxy on a port: at least one.
pub(crate) struct HeldRoutes<'a> {
    config: &'a VirtualServiceConfig<'a>,
    gateway: &'a str,
    port: u16,
    routes: Held<'a>,
}

enum Held<'a> {
    Listed(Vec<HttpRouteMatch<'a>>),
    /// The matches are looked up. So it is only where no match asks for labels that are not known: what is assumed of them must
    /// not depend on the request.
    Indexed(&'a RouteIndex<'a>),
}

impl<'a> HeldRoutes<'a> {
    /// Those of a VirtualService; `None` where none holds.
    pub(super) fn of(
        journey: &mut Journey<'a>,
        proxy: &Proxy<'a>,
        config: &'a VirtualServiceConfig<'a>,
        (gateway, port): (&'a str, u16),
    ) -> Option<Self> {
        let Some(index) = config.index.as_ref().filter(|index| !index.has_labels || knows_labels(proxy)) else {
            let routes = routes_at(journey, proxy, config, gateway, port);
            return (!routes.is_empty()).then_some(Self { config, gateway, port, routes: Held::Listed(routes) });
        };
        let is_one = |place: RoutePlace<'a>| {
            place.condition.is_none_or(|condition| is_made(journey, proxy, condition, (gateway, port)))
        };
        let any = index.always_holds || index.of_source(&source(proxy, gateway)).any(is_one);
        any.then_some(Self { config, gateway, port, routes: Held::Indexed(index) })
    }

    pub(super) fn config(&self) -> &'a VirtualServiceConfig<'a> {
        self.config
    }

    /// All of them, in Envoy's order.
    pub(super) fn all(&self, journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Vec<HttpRouteMatch<'a>> {
        match &self.routes {
            Held::Listed(routes) => routes.clone(),
            Held::Indexed(_) => routes_at(journey, proxy, self.config, self.gateway, self.port),
        }
    }

    /// The first that matches a request, of those that are `wanted`.
    pub(super) fn first(
        &self,
        journey: &mut Journey<'a>,
        proxy: &Proxy<'a>,
        request: &Request,
        wanted: impl Fn(&HttpRouteMatch<'a>) -> bool,
    ) -> Option<HttpRouteMatch<'a>> {
        let index = match &self.routes {
            Held::Listed(routes) => {
                return routes.iter().find(|route| wanted(route) && matches(journey, route, request)).copied();
            }
            Held::Indexed(index) => *index,
        };
        let header = |name: &str| request.known_header(name);
        let attributes = RequestAttributes {
            source: source(proxy, self.gateway),
            path: request.known_path(),
            authority: request.known_authority(),
            header: &header,
        };
        for RoutePlace { route, condition } in index.of_request(&attributes) {
            if condition.is_some_and(|each| !is_made(journey, proxy, each, (self.gateway, self.port))) {
                continue;
            }
            let route = HttpRouteMatch { config: self.config, route, condition, port: self.port };
            if wanted(&route) && matches(journey, &route, request) {
                return Some(route);
            }
            // Nothing gets past it.
            if route.is_catch_all() {
                break;
            }
        }
        None
    }
}

/// Whether nothing is assumed of the labels of a proxy's pods.
fn knows_labels(proxy: &Proxy<'_>) -> bool {
    match proxy.pods {
        Pods::Client(labels) => labels.are_all_known(),
        Pods::Gateway(..) => false,
        Pods::Waypoint => true,
    }
}

fn source<'k>(proxy: &Proxy<'k>, gateway: &'k str) -> RequestSource<'k> {
    let client = match proxy.pods {
        Pods::Client(labels) if proxy.at == Stop::Sidecar => Some(labels),
        _ => None,
    };
    RequestSource { gateway, namespace: proxy.scope.namespace, client }
}
