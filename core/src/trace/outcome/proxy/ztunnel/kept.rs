//! Of several objects of one namespace for one host istiod sends ztunnel one (`ServicesCollection` of
//! `pilot/pkg/serviceregistry/ambient/services.go`): a Service of the cluster, or the oldest ServiceEntry. The endpoints of an
//! entry of which no host is left are no workloads (`serviceEntryWorkloadBuilder` of `workloads.go`).

use std::ops::ControlFlow;

use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Endpoints, Service};
use crate::trace::outcome::istiod::workloads::AddressedWorkload;
use crate::trace::outcome::proxy::journey::{Journey, Step, unknown};

/// Those of some services that ztunnel knows.
pub(super) fn kept(journey: &mut Journey<'_>, found: Vec<ServiceId>) -> Step<Vec<ServiceId>> {
    let mut kept = Vec::with_capacity(found.len());
    for id in found {
        if is_kept(journey, id)? {
            kept.push(id);
        }
    }
    ControlFlow::Continue(kept)
}

/// Whether ztunnel knows a service.
fn is_kept(journey: &mut Journey<'_>, id: ServiceId) -> Step<bool> {
    let context = journey.context;
    let Some(service) = context.services.get(id) else { return ControlFlow::Continue(true) };
    let rivals: Vec<(ServiceId, &Service<'_>)> = context
        .services
        .anywhere(service.id)
        .filter_map(|other| Some((other, context.services.get(other)?)))
        .filter(|(_, other)| other.namespace == service.namespace)
        .collect();
    if rivals.len() < 2 || !matches!(service.endpoints, Endpoints::Entry(_)) {
        return ControlFlow::Continue(true);
    }
    // Before, all of them were sent (istio/istio#58576).
    if journey.context.environment.is_before(29) {
        return unknown(format!(
            "which of several objects of namespace `{}` for `{}` ztunnel knows before Istio 1.29 is not modelled",
            service.namespace, service.host
        ));
    }
    if rivals.iter().any(|(other, _)| context.services.is_of_cluster(*other)) {
        return ControlFlow::Continue(false);
    }
    let why = || {
        format!(
            "several ServiceEntries of namespace `{}` are for `{}`, of which ztunnel knows the oldest: the files have no creation times",
            service.namespace, service.host
        )
    };
    let oldest = journey.assumptions.oldest_of(&rivals, |(_, other)| other.age, |_, _| false, why);
    let Some((oldest, first)) = oldest else { return ControlFlow::Continue(true) };
    // Only one that is older takes the place of another, and no order of those of one second is defined (`isBetter`).
    if rivals.iter().any(|(other, service)| other != oldest && service.age.is_as_old_as(&first.age)) {
        return unknown(format!(
            "several ServiceEntries of namespace `{}` for `{}` are of the same age, and which one ztunnel knows is not defined",
            service.namespace, service.host
        ));
    }
    ControlFlow::Continue(*oldest == id)
}

/// Those of some workloads that ztunnel knows.
pub(super) fn kept_workloads<'a>(
    journey: &mut Journey<'a>,
    workloads: &[AddressedWorkload<'a>],
) -> Step<Vec<AddressedWorkload<'a>>> {
    let context = journey.context;
    let mut kept = Vec::with_capacity(workloads.len());
    for workload in workloads {
        let of_entry = context.services.of_object(workload.meta);
        let mut is_left = of_entry.is_empty();
        for id in of_entry {
            if is_kept(journey, id)? {
                is_left = true;
                break;
            }
        }
        if is_left {
            kept.push(*workload);
        }
    }
    ControlFlow::Continue(kept)
}
