//! What ztunnel does with a connection of a client in ambient mode (ztunnel's `src/proxy/outbound.rs`, `build_request`).
//!
//! Nothing here was seen on a real ztunnel: it follows from reading its code.

use std::ops::ControlFlow;

use super::journey::{Journey, Step, unknown};
use crate::istio::{Resolution, ServiceEntry};
use crate::model::NamespaceWaypoint;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Endpoints, Service};

/// The label that binds a service, or all services of a namespace, to a waypoint.
const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// Out of the client's pod, through the ztunnel of its node: the port of the host at which the bytes arrive.
pub(crate) fn outbound(journey: &mut Journey<'_>) -> Step<u16> {
    let context = journey.context;
    let host = journey.query.host.to_ascii_lowercase();
    let (name, _) = context.canonical(&host, &journey.query.namespace);
    // It knows the services of all namespaces, whatever their `exportTo` and the client's Sidecar say.
    let domains = context.hosts.domains(&name);
    let services: Vec<ServiceId> = domains.flat_map(|id| context.services.anywhere(id)).collect();
    for id in services.iter().copied() {
        let Some(service) = context.services.get(id) else { continue };
        if let Some(waypoint) = waypoint(journey, id, service) {
            return unknown(format!("`{}` uses waypoint `{waypoint}`, and waypoints are not modelled", service.host));
        }
    }
    if services.len() > 1 {
        return unknown(format!(
            "several services have the host `{host}`, and which one ztunnel takes is not modelled"
        ));
    }
    let Some(service) = services.first().and_then(|id| context.services.get(*id)) else {
        journey.note("ztunnel lets unknown hosts out, whatever `outboundTrafficPolicy` says".to_owned());
        return ControlFlow::Continue(journey.query.port);
    };
    match &service.endpoints {
        Endpoints::Entry(entry) => through_entry(journey, service, entry),
        Endpoints::Gateway(_) | Endpoints::Pods => {
            unknown(format!("what ztunnel does with a connection to `{}` is not modelled", service.host))
        }
    }
}

/// A host of a ServiceEntry without a waypoint.
fn through_entry(journey: &mut Journey<'_>, service: &Service<'_>, entry: &ServiceEntry) -> Step<u16> {
    let port = journey.query.port;
    let is_simple = !entry.internal && !entry.selects_workloads && entry.endpoints.is_empty();
    let target = entry.ports.iter().find(|each| each.number == port).map(|each| each.target.unwrap_or(port));
    match (entry.resolution, target) {
        // Wildcards have no address that a client could dial.
        _ if host_name::is_wildcard(&service.host) => ControlFlow::Continue(port),
        (Resolution::Dns, Some(target)) if is_simple => ControlFlow::Continue(target),
        (Resolution::None, _) if entry.addresses.is_empty() && !entry.internal => ControlFlow::Continue(port),
        _ => unknown(format!("what ztunnel does with port {port} of `{}` is not modelled", service.host)),
    }
}

/// The waypoint that a service is bound to: by its own label, or by that of its namespace.
fn waypoint(journey: &mut Journey<'_>, id: ServiceId, service: &Service<'_>) -> Option<String> {
    let own = service.meta.and_then(|meta| meta.labels.get(USE_WAYPOINT));
    if let Some(own) = own {
        return (own != "none").then(|| own.to_owned());
    }
    let of_namespace = journey.context.environment.namespaces.get(service.namespace).map(|known| &known.waypoint);
    match of_namespace.unwrap_or(&NamespaceWaypoint::Unknown) {
        NamespaceWaypoint::Named(waypoint) => Some(waypoint.clone()),
        NamespaceWaypoint::None => None,
        NamespaceWaypoint::Unknown => {
            let is_bound = journey.assume(Unknown::Waypoint(id), || {
                format!("no document says whether namespace `{}` uses a waypoint", service.namespace)
            });
            is_bound.then(|| format!("of namespace {}", service.namespace))
        }
    }
}
