//! Objects of the Gateway API, and what Istio makes of them (`pilot/pkg/config/kube/gateway`).
//!
//! Documents are read first, and converted when all are there: a route becomes a VirtualService, a listener a Gateway, a
//! `BackendTLSPolicy` a DestinationRule, and a Gateway has a Service and pods of its own. The rest of the core knows Istio's
//! objects alone; each keeps the kind, name and place of the object that it is made of. What cannot be converted is a route
//! that says why (`HttpRoute::unknown`), so that only its own requests are unknown.

mod attachment;
mod backend_ref;
mod backend_tls;
mod backends;
mod conversion;
mod deployment;
mod documents;
mod gateway;
mod host_names;
mod http_rule;
mod listeners;
mod precedence;
mod reference;
mod refused_by_envoy;
mod route;
mod routes;
mod rule;
mod tls_rules;
pub(super) mod x_backend;

pub use deployment::class_of;
pub use documents::{GatewayApi, UnattachedRoute};
