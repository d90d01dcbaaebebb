//! Model to Istio's resources. Total: what could go wrong has been refused by [`crate::check`].
//!
//! The scheme, and why it is closed in every order of apply and delete, is in docs/design/scheme.md. In short:
//! clients see a ServiceEntry without endpoints, so that a request that is not routed to the gateway reaches nothing;
//! only the gateway's namespace sees the one that DNS fills; and every exit has a name of its own between the two,
//! the server name of the mutual TLS that carries it.

mod audited;
mod authorization_policy;
mod destination_rule;
mod expression;
mod external_host;
mod failover;
mod gateway;
mod http_routes;
mod object;
mod ports;
mod service_entry;
mod virtual_service;

use crate::check::Valid;
use crate::manifest::Manifests;
use crate::model::PolicySet;
use crate::scheme::HttpShards;

/// Makes the resources of a policy set.
pub fn lower(set: &Valid<PolicySet>) -> Manifests {
    let set: &PolicySet = set;
    let shards = HttpShards::of(set);
    let mut objects = Vec::new();
    objects.extend(authorization_policy::lower(set, &shards));
    objects.extend(service_entry::real(set));
    objects.extend(external_host::lower(set));
    objects.extend(destination_rule::to_gateways(set, &shards));
    objects.extend(gateway::lower(set, &shards));
    objects.extend(virtual_service::at_gateways(set, &shards));
    objects.extend(service_entry::hollow(set));
    objects.extend(virtual_service::at_clients(set, &shards));
    Manifests { objects }
}
