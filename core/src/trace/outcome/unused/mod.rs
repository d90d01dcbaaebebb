//! Why objects near a request are not used.
//!
//! This is looked for only after a request has been traced, and only where a person asks for one request. Nothing is said
//! where it is not certain, and an object that no person wrote is passed over.

mod admission;
mod authorization_policy;
mod dead_end;
mod destination_rule;
mod gateway;
mod gateway_tls;
mod matches;
mod named_cluster;
mod near;
mod service;
mod service_entry;
mod shadowed;
mod sidecar;
mod subset;
mod unattached;
mod virtual_service;

pub use near::Unused;

use super::istiod::pods::ClientLabels;
use super::istiod::push_context::PushContext;
use crate::model::ClientSettings;
use crate::trace::{Query, Stop, Trace};
use near::Near;

/// Why a request goes no further, where no object can be named for it.
pub(crate) fn dead_end(context: &PushContext<'_>, query: &Query, trace: &Trace) -> Vec<String> {
    let Some(client) = client(context, query) else { return Vec::new() };
    dead_end::notes(&Near::new(context, query, ClientLabels::of(query, &client), trace))
}

/// The objects near a request that are not used, with the reasons.
pub(crate) fn unused(context: &PushContext<'_>, query: &Query, trace: &Trace) -> Vec<Unused> {
    let Some(client) = client(context, query) else { return Vec::new() };
    let near = Near::new(context, query, ClientLabels::of(query, &client), trace);
    let mut unused = Vec::new();
    // Where no sidecar takes the request, no object is used on the way out, and the trace has a note about it.
    if trace.hops.iter().any(|hop| hop.at == Stop::Sidecar) {
        unused.extend(sidecar::unused(&near));
        unused.extend(service_entry::unused(&near));
        unused.extend(service::unused(&near));
        unused.extend(virtual_service::unused(&near));
        unused.extend(destination_rule::unused(&near));
        unused.extend(authorization_policy::unused(&near));
    }
    unused.extend(gateway::unused(&near));
    unused.extend(admission::unused(&near));
    unused.extend(unattached::unused(&near));
    unused
}

/// One of the clients that the request may come from.
fn client(context: &PushContext<'_>, query: &Query) -> Option<ClientSettings> {
    context.environment.clients(&query.namespace, &query.labels).into_iter().next()
}
