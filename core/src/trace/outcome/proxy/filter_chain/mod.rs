//! Which filter chain of a listener takes a connection.

pub(super) mod gateway;
mod http_proxy;
mod inspectors;
mod l4_chains;
mod on_address;
pub(super) mod sidecar;
pub(super) mod waypoint;
