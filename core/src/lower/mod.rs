//! Model to Istio's resources. Total: what could go wrong has been refused by [`crate::check`].
//!
//! The scheme, and why it is closed in every order of apply and delete, is in ARCHITECTURE.md. In short:
//! clients see a ServiceEntry without endpoints, so that whatever is not routed to the gateway ends in nothing;
//! only the gateway's namespace sees the one that DNS fills; and every exit has a name of its own between the two,
//! the server name of the mutual TLS that carries it.

mod authorization_policy;
mod destination_rule;
mod gateway;
mod names;
mod ports;
mod service_entry;
mod shards;
mod virtual_service;

pub(crate) use authorization_policy::container_ports;
pub(crate) use names::OUTER_NAME_OVERHEAD;

use crate::check::Valid;
use crate::manifest::{Manifests, Object, Origin, Spec};
use crate::model::{Exit, Flow, Gateway, PolicySet};
use crate::resource::Placement;
use shards::HttpShards;

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

/// Where the client-side objects of a host go, and who sees them there.
struct Home {
    namespace: String,
    export_to: Vec<String>,
}

/// A client's namespace sees exactly one ServiceEntry and one VirtualService for a host.
///
/// Not in a gateway's namespace: there they would meet the real ServiceEntry of the same host, and Istio keeps one of
/// two entries of one namespace (`pilot/pkg/model/push_context.go`, `HostnameAndNamespace`).
fn home(set: &PolicySet, client_namespace: &str, flows: &[Flow]) -> Home {
    let policy_namespace = flows.iter().map(|flow| flow.policy.id.namespace.as_str()).min().unwrap_or(client_namespace);
    let beside_gateway = set.environment.gateways.values().any(|gateway| gateway.namespace == policy_namespace);
    if set.environment.placement == Placement::Client || beside_gateway {
        Home { namespace: client_namespace.to_owned(), export_to: vec![".".to_owned()] }
    } else {
        Home { namespace: policy_namespace.to_owned(), export_to: vec![client_namespace.to_owned()] }
    }
}

/// The namespace of the ServiceEntry by which clients see a host.
pub(crate) fn entry_namespace(set: &PolicySet, client_namespace: &str, flows: &[Flow]) -> String {
    home(set, client_namespace, flows).namespace
}

/// The gateway's Service, as sidecars know it.
fn service_host(set: &PolicySet, gateway: &Gateway) -> String {
    format!("{}.{}.svc.{}", gateway.service, gateway.namespace, set.environment.cluster_domain)
}
