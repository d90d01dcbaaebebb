//! Where a proxy sends a request: the cluster that a route or a filter chain names.

use std::borrow::Cow;

use super::connection::Payload;

/// The cluster that a route or a filter chain names, and what is sent there.
pub(crate) enum Target<'a> {
    /// The cluster of a service's port: `outbound|<port>|<subset>|<host>`.
    Outbound { host: Cow<'a, str>, port: u16, subset: &'a str, payload: Payload },
    /// `PassthroughCluster`: the address that the client dialled.
    Passthrough(Payload),
    /// `BlackHoleCluster`, which has no endpoint.
    BlackHole,
}

/// Where a waypoint sends what goes to one of its services.
pub(crate) enum WaypointTarget<'a> {
    /// To the cluster of the filter chain, which is that of the service.
    OfChain(Payload),
    /// To the destination of a route.
    Routed(Target<'a>),
}

impl<'a> Target<'a> {
    /// A service's port, without a subset.
    pub(crate) fn service(host: &'a str, port: u16, payload: Payload) -> Self {
        Self::Outbound { host: Cow::Borrowed(host), port, subset: "", payload }
    }
}
