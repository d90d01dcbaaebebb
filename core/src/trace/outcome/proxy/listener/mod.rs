//! Which listener takes a connection.

pub(super) mod gateway;
pub(super) mod sidecar;
