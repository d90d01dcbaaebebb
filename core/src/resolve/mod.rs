//! Documents to model: fills in defaults, links policies to the gateways they name, chooses gateway ports.
//!
//! It links what can be linked and reports the rest. [`crate::check`] decides whether the result may be used.

mod addresses;
mod backends;
mod capture;
mod control_planes;
mod environment;
mod facts;
mod gateway;
mod gateway_doubts;
mod gateway_ports;
mod http;
mod in_force;
mod injection;
mod named_sets;
mod namespace;
mod policy;
mod revision_tags;
mod service_pods;
mod through;
mod tools;
mod undone_sets;
mod unread_pods;
mod upgrade;
mod upstream;
mod webhooks;

pub(crate) use gateway::assume_usual;
pub(crate) use policy::POLICY_NAMESPACE;

use crate::diagnostic::Report;
use crate::model::{Doubts, Gateway, PolicySet};
use crate::resource::Resource;
use facts::Facts;

/// Links the documents of one request.
pub fn resolve(resources: Vec<Resource>, report: &mut Report) -> PolicySet {
    let (policies, facts) = Facts::sort(resources, report);
    let mut environment = environment::environment(&facts, report);
    let policies = policy::distinct(policies, report);
    // What is compiled rests on REGISTRY_ONLY, and a note says so where no document does.
    let has_policies = !policies.is_empty();
    let policies =
        policies.iter().filter_map(|document| policy::policy(document, &facts, &mut environment, report)).collect();
    gateway::listed(&facts, &mut environment);
    environment.has_policies = has_policies;
    if facts.services.iter().any(|service| service.is_ipv6) {
        environment.with_ipv6();
    }
    let overlays = facts.control_planes.iter().flat_map(|document| &document.overlays);
    let objects = overlays.map(|overlay| format!("the mesh has `{}`", overlay.value)).collect();
    let doubts = Doubts { gateways: gateway_doubts::gateway_doubts(&facts), objects, ..Doubts::default() };
    PolicySet { environment, policies, doubts }
}

/// The egress gateways that documents describe, whether a policy names them or not.
pub fn egress_gateways(resources: Vec<Resource>) -> Vec<Gateway> {
    let (_, facts) = Facts::sort(resources, &mut Report::default());
    gateway::egress(&facts)
}
