//! Which filter chain of a listener takes a connection.

pub(super) mod gateway;
pub(super) mod sidecar;
