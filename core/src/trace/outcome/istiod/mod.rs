//! What istiod knows of the mesh and sends to its proxies: built once, before any request.
//!
//! Nothing here knows the proxies that use it. [`push_context::PushContext`] holds it all.

pub(super) mod authorization_policies;
pub(super) mod destination_rules;
pub(super) mod egress_listeners;
mod entry_conflicts;
pub(super) mod external_names;
pub(super) mod gateway_bindings;
pub(super) mod gateway_listener;
pub(super) mod gateway_pods;
pub(super) mod gateways;
pub(crate) mod headless_endpoints;
pub(super) mod listener_clusters;
pub(crate) mod merged_servers;
pub(super) mod pods;
mod possible_listeners;
pub(super) mod push_context;
pub(super) mod route_index;
pub(super) mod rule_list;
mod selector_index;
pub(super) mod server_ports;
pub(super) mod service;
mod service_group;
mod service_index;
pub(super) mod sidecar_scope;
pub(super) mod sidecar_services;
mod sidecar_virtual_services;
pub(super) mod text_index;
pub(super) mod trust_domains;
mod unmodelled;
pub(super) mod virtual_services;
pub(super) mod visibility;
pub(super) mod waypoints;
pub(super) mod workloads;
