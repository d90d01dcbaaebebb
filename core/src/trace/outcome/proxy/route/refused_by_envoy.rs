//! Routes that Istio's webhook takes and Envoy refuses ([`crate::istio::RefusedByEnvoy`]).
//!
//! Envoy refuses the whole route configuration with them: a proxy keeps the routes that it had before, and one that has just
//! started has none. Which of these holds no document says.

use std::ops::ControlFlow;

use super::held_routes::HeldRoutes;
use super::http_match::{HttpRouteMatch, routes_at};
use super::sidecar_virtual_host::has_virtual_hosts;
use crate::trace::outcome::ids::VirtualServiceId;
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// Whether the routes of a sidecar for a port have one.
pub(super) fn at_sidecar<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, port: u16) -> Step<()> {
    for config in seen(journey, proxy) {
        if has_virtual_hosts(journey, proxy, config, port) {
            let routes = routes_at(journey, proxy, config, MESH, port);
            among(journey, &routes)?;
        }
    }
    ControlFlow::Continue(())
}

/// Whether a waypoint has one: its routes are part of its only listener.
pub(super) fn at_waypoint<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, port: u16) -> Step<()> {
    for config in seen(journey, proxy) {
        let routes = routes_at(journey, proxy, config, MESH, port);
        among(journey, &routes)?;
    }
    ControlFlow::Continue(())
}

/// Whether one is among the routes of a VirtualService.
pub(super) fn among_held<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, held: &HeldRoutes<'a>) -> Step<()> {
    if journey.context.virtual_services.refused_by_envoy().is_empty() {
        return ControlFlow::Continue(());
    }
    let routes = held.all(journey, proxy);
    among(journey, &routes)
}

/// Whether one is among these routes.
fn among(journey: &mut Journey<'_>, routes: &[HttpRouteMatch<'_>]) -> Step<()> {
    let Some((found, refused)) = routes.iter().find_map(|found| Some((found, found.route.refused.as_ref()?))) else {
        return ControlFlow::Continue(());
    };
    unknown(format!(
        "Envoy refuses {found}, and with it all routes of port {} for every host: {}",
        journey.query.port, refused.rule
    ))
}

/// The VirtualServices with such routes that a proxy sees.
fn seen<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>) -> Vec<&'a VirtualServiceConfig<'a>> {
    let all = &journey.context.virtual_services;
    let is_seen = |id: VirtualServiceId, config: &VirtualServiceConfig<'_>| {
        let mut found = config.host_ids.iter().flat_map(|host| all.for_host(&proxy.scope, *host));
        found.any(|(_, seen)| seen == id)
    };
    let refused = all.refused_by_envoy().iter().filter_map(|id| Some((*id, all.get(*id)?)));
    refused.filter(|(id, config)| is_seen(*id, config)).map(|(_, config)| config).collect()
}
