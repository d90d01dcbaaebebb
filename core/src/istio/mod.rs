//! Istio's objects as they are read, whoever wrote them.
//!
//! Reading is tolerant: an object is taken as far as it is understood, and what is not understood is kept by name,
//! so that the evaluator can answer `unknown` where it would have to guess.
//!
//! What egressc writes has types of its own in `manifest`, whose page says why there are two vocabularies.

mod apply_to;
mod authorization_policy;
mod capitals;
mod default_exports;
mod destination_rule;
mod endpoint_slice;
mod envoy_filter;
mod export_to;
mod fields;
mod gateway;
mod gateway_api;
mod harmless_patch;
mod metadata;
mod object;
mod objects;
mod other;
mod pattern;
mod protocol;
mod re2;
mod regex_size;
mod selected_workloads;
mod service;
mod service_entry;
mod sidecar;
mod target_reference;
mod traffic_extension;
mod validation;
mod virtual_service;
mod waypoint;
mod workload_entry;

pub use apply_to::ApplyTo;
pub use authorization_policy::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Listed, Operation, Source,
};
pub use default_exports::DefaultExports;
pub use destination_rule::{DestinationRule, PASSTHROUGH, Subset, TlsMode, TlsSettings, TrafficPolicy, UpstreamHttp};
pub use endpoint_slice::{EndpointSlice, ServiceEndpoint, is_private};
pub use envoy_filter::{ObjectMatch, Patch, PatchContext, PatchOperation};
pub use export_to::ExportTo;
pub use gateway::{Gateway, GatewaySelector, Server, ServerTls};
pub use gateway_api::{GatewayApi, UnattachedRoute, class_of};
pub use object::{Marks, Meta, Object};
pub use objects::Objects;
pub use other::{Other, Touches};
pub use pattern::Pattern;
pub use protocol::PortProtocol;
pub use re2::Re2;
pub use service::{MadePods, Service, ServicePort, TargetPort};
pub use service_entry::{Endpoint, EntryPort, Resolution, ServiceEntry};
pub use sidecar::{EgressListener, ListenerPort, OutboundMode, Sidecar};
pub use target_reference::TargetReference;
pub use traffic_extension::TrafficExtension;
pub use validation::{BrokenRule, RefusedObject, UnknownField};
pub use virtual_service::{
    Answer, CorsPolicy, Destination, Fault, HeaderChanges, HttpMatch, HttpRoute, L4Match, L4Route, Redirect,
    RefusedByEnvoy, Rewrite, VirtualService, Weighted,
};
use virtual_service::{too_large, unknown_command};
pub use waypoint::{AllowedRoutes, WAYPOINT_CLASS, Waypoint};
pub use workload_entry::WorkloadEntry;

/// The fields of an object that Istio does not know, and that the API server drops.
pub fn unknown_fields(document: &crate::syntax::Node) -> Vec<UnknownField> {
    validation::unknown_fields(fields::Fields::Given(document))
}
