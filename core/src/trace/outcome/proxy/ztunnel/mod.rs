//! What ztunnel does with a connection of a client in ambient mode (ztunnel's `src/proxy/outbound.rs`, `build_request`).
//!
//! Nothing here was seen on a real ztunnel: it follows from reading its code.

mod dialled;
mod kept;
mod upstream;

use std::net::IpAddr;
use std::ops::ControlFlow;

use dialled::{Addressee, dialled, resolved_name};
use kept::kept_workloads;
use upstream::{Upstream, upstream};

use super::journey::{Journey, Step, closed, unknown};
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{EndpointChoice, Service};
use crate::trace::outcome::istiod::waypoints::{Binding, BoundWaypoint};
use crate::trace::outcome::istiod::workloads::AddressedWorkload;

/// Where ztunnel sends a connection.
pub(crate) enum Outbound<'a> {
    /// To a host, at this port.
    Straight { host: String, port: u16 },
    /// To the waypoint of a service.
    Waypoint(BoundWaypoint<'a>, ServiceId),
}

/// Out of the client's pod, through the ztunnel of its node.
///
/// ztunnel knows the services of all namespaces, whatever their `exportTo` and the client's Sidecar say.
pub(crate) fn outbound<'a>(journey: &mut Journey<'a>) -> Step<Outbound<'a>> {
    match dialled(journey)? {
        Addressee::Nothing => {
            journey.note("ztunnel lets unknown hosts out, whatever `outboundTrafficPolicy` says".to_owned());
            to_dialled_address(journey)
        }
        Addressee::Service(service) => to_service(journey, service),
        Addressee::Workload { address, service } => to_workload(journey, address, service),
    }
}

/// To the dialled address itself, and the host there.
fn to_dialled_address<'a>(journey: &Journey<'a>) -> Step<Outbound<'a>> {
    let query = journey.query;
    let host = match resolved_name(journey)? {
        (name, true) => name.into_owned(),
        (_, false) => query.host.to_ascii_lowercase(),
    };
    ControlFlow::Continue(Outbound::Straight { host, port: query.port })
}

/// To a service: through its waypoint if it has one.
fn to_service<'a>(journey: &mut Journey<'a>, id: ServiceId) -> Step<Outbound<'a>> {
    let context = journey.context;
    let Some(service) = context.services.get(id) else { return to_dialled_address(journey) };
    // The names of a headless Service are those of its pods' addresses, and these are no service's.
    if service.choice == EndpointChoice::OriginalDestination {
        return unknown(format!(
            "`{}` is a headless Service, so that its clients dial pods, whose addresses no document has",
            service.host
        ));
    }
    match context.waypoints.of(service, &mut journey.assumptions) {
        Binding::Bound(waypoint) => return ControlFlow::Continue(Outbound::Waypoint(waypoint, id)),
        Binding::Unmodelled(why) => return unknown(why),
        Binding::Unbound(why) => why.into_iter().for_each(|why| journey.note(why)),
    }
    decided(journey, service);
    match upstream(journey, service)? {
        Upstream::Endpoint(host, port) => ControlFlow::Continue(Outbound::Straight { host, port }),
        // Such a service had no endpoint before (istio/istio#57656).
        Upstream::OriginalDestination if journey.context.environment.is_before(28) => unknown(format!(
            "what ztunnel does with `{}`, with resolution NONE, before Istio 1.28 is not modelled",
            service.host
        )),
        Upstream::OriginalDestination => to_dialled_address(journey),
        Upstream::Missing(why) => {
            journey.note(format!("{why}, so ztunnel closes the connection"));
            closed(None)
        }
    }
}

/// To the address of a workload. ztunnel asks for no waypoint of a service there, even where a service has the same address,
/// and sends what has no upstream to the address itself.
fn to_workload<'a>(journey: &mut Journey<'a>, address: IpAddr, id: Option<ServiceId>) -> Step<Outbound<'a>> {
    let context = journey.context;
    let at_address = kept_workloads(journey, context.workloads.at(address))?;
    if let Some(workload) = at_address.first() {
        journey.note(format!(
            "`{address}` is the address of a workload ({} `{}/{}`), so that ztunnel asks for no waypoint of a service",
            workload.meta.kind, workload.meta.namespace, workload.meta.name
        ));
    }
    let Some(service) = id.and_then(|id| context.services.get(id)) else {
        past_waypoints_of(journey, at_address.into_iter(), address)?;
        return to_dialled_address(journey);
    };
    decided(journey, service);
    match upstream(journey, service)? {
        Upstream::Endpoint(host, port) => {
            past_waypoints_of(journey, AddressedWorkload::of_service(service), address)?;
            ControlFlow::Continue(Outbound::Straight { host, port })
        }
        Upstream::OriginalDestination | Upstream::Missing(_) => to_dialled_address(journey),
    }
}

/// None of some workloads has a waypoint.
fn past_waypoints_of<'a>(
    journey: &mut Journey<'a>,
    workloads: impl Iterator<Item = AddressedWorkload<'a>>,
    address: IpAddr,
) -> Step<()> {
    let context = journey.context;
    for workload in workloads {
        match context.waypoints.of_workload(workload, &mut journey.assumptions) {
            Binding::Bound(waypoint) => {
                return unknown(format!(
                    "waypoint `{}` takes what clients send to the address `{address}`, which is not modelled",
                    waypoint.full_name()
                ));
            }
            Binding::Unmodelled(why) => return unknown(why),
            Binding::Unbound(why) => why.into_iter().for_each(|why| journey.note(why)),
        }
    }
    ControlFlow::Continue(())
}

fn decided<'a>(journey: &mut Journey<'a>, service: &'a Service<'a>) {
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
}
