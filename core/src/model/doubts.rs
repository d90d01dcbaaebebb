//! Facts that leave it open what becomes of requests, and that no compile depends on.

use std::collections::BTreeMap;
use std::fmt;

use crate::source::{Span, Spanned};

/// What questions about a mesh are told, and what is compiled and proven is not: it takes gateways to run, and objects to be as
/// they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Services of gateways whose pods may run none, by namespace and name.
    pub gateways: BTreeMap<(String, String), GatewayDoubt>,
    /// Why it is not known which objects proxies see: clauses.
    pub objects: Vec<String>,
    /// A control plane that is not Istio's, and decides which pods have a sidecar, in words.
    pub control_plane: Option<String>,
}

impl Doubts {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.gateways.is_empty() && self.objects.is_empty() && self.control_plane.is_none()
    }
}

/// A fact that leaves it open whether what a Service receives arrives at a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayDoubt {
    /// What it is.
    pub kind: GatewayDoubtKind,
    /// Where it stands.
    pub span: Span,
}

/// What leaves it open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayDoubtKind {
    /// The only workload of these pods has no replicas: kind and name.
    NoReplicas(String),
    /// The injector does not make a gateway of the pods of a workload, and why.
    NotInjected(String, String),
    /// It may not, by a setting that cannot be followed.
    MayNotBeInjected(String, Spanned<String>),
    /// The Service also selects the pods of a workload that is no gateway.
    OtherPods(String),
    /// No address behind the Service is ready, by this object.
    NoEndpoints(String),
    /// An object gives the Service an address that is not one of a pod.
    OtherEndpoint(String, std::net::IpAddr),
}

impl fmt::Display for GatewayDoubtKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReplicas(workload) => {
                write!(f, "{workload} has `replicas: 0`, so its pods run only when something scales it")
            }
            Self::NotInjected(workload, why) => {
                write!(f, "the pods of {workload} get no proxy from the injector: {why}")
            }
            Self::MayNotBeInjected(workload, setting) => {
                write!(f, "whether the pods of {workload} get a proxy from the injector depends on {}", setting.value)
            }
            Self::OtherPods(workload) => {
                write!(f, "it selects the pods of {workload}, which run no gateway")
            }
            Self::NoEndpoints(object) => write!(f, "no address of {object} is ready"),
            Self::OtherEndpoint(object, address) => {
                write!(f, "{object} has the address `{address}`, which is not one of a pod of the cluster")
            }
        }
    }
}
