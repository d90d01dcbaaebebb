//! The numbers by which parts of the mesh name each other.

use std::fmt::{Display, Formatter};

/// A service, in the order of age: see `istiod::service_index`.
pub(crate) type ServiceId = usize;
/// A VirtualService, in the order of age: see `istiod::virtual_services`.
pub(crate) type VirtualServiceId = usize;
/// The pods of a gateway: see `istiod::gateways`.
pub(crate) type GatewayPodsId = usize;
/// The proxy that a request is at: how many proxies it has passed before.
pub(crate) type Visit = usize;

/// A port on which the container of a pod may listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ContainerPort {
    Number(u16),
    /// One that no document mentions.
    Unmentioned,
}

impl Display for ContainerPort {
    /// Istio's names of listeners and routes have a number; 0 stands for a port that no document mentions.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Unmentioned => 0.fmt(f),
        }
    }
}
