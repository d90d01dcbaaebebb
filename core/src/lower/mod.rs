//! Model to Istio's resources. Total: what could go wrong has been refused by [`crate::check`].
//!
//! The scheme, and why it is closed in every order of apply and delete, is in docs/design/scheme.md. In short:
//! clients see a ServiceEntry without endpoints, so that whatever is not routed to the gateway ends in nothing;
//! only the gateway's namespace sees the one that DNS fills; and every exit has a name of its own between the two,
//! the server name of the mutual TLS that carries it.

mod authorization_policy;
mod destination_rule;
mod gateway;
mod ports;
mod service_entry;
mod virtual_service;

use crate::check::Valid;
use crate::manifest::{Manifests, Object, Origin, Spec};
use crate::model::{Exit, Flow, Gateway, PolicySet};
use crate::scheme::HttpShards;

/// Makes the resources of a policy set.
pub fn lower(set: &Valid<PolicySet>) -> Manifests {
    let set: &PolicySet = set;
    let shards = HttpShards::of(set);
    let mut objects = Vec::new();
    objects.extend(authorization_policy::lower(set));
    objects.extend(service_entry::real(set));
    objects.extend(destination_rule::to_hosts(set));
    objects.extend(destination_rule::to_gateways(set, &shards));
    objects.extend(gateway::lower(set, &shards));
    objects.extend(virtual_service::at_gateways(set, &shards));
    objects.extend(service_entry::hollow(set));
    objects.extend(virtual_service::at_clients(set, &shards));
    Manifests { objects }
}

fn object(
    set: &PolicySet,
    namespace: impl Into<String>,
    name: impl Into<String>,
    spec: Spec,
    flows: &[Flow],
) -> Object {
    let mut origins: Vec<Origin> = flows
        .iter()
        .map(|flow| Origin {
            policy: flow.policy.id.clone(),
            rule: flow.destination.name.clone(),
            span: flow.destination.span,
        })
        .collect();
    origins.sort_unstable();
    origins.dedup();
    Object { api: set.environment.istio_api, namespace: namespace.into(), name: name.into(), spec, origins }
}

/// The exits with their gateways and flows.
fn exits(set: &PolicySet) -> impl Iterator<Item = (Exit<'_>, &Gateway, Vec<Flow<'_>>)> {
    set.flows_by(Flow::exit).into_iter().filter_map(|(exit, flows)| Some((exit, set.gateway(exit.gateway)?, flows)))
}

/// The gateway's Service, as sidecars know it.
fn service_host(set: &PolicySet, gateway: &Gateway) -> String {
    format!("{}.{}.svc.{}", gateway.service, gateway.namespace, set.environment.cluster_domain)
}
