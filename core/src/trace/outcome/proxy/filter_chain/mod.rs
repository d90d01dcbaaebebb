//! Which filter chain of a listener takes a connection.

pub(super) mod inbound;
pub(super) mod outbound;
