//! Istio's resources as egressc writes them.
//!
//! There are two vocabularies for Istio's resources, because writing and reading want opposite things.
//!
//! - `manifest` is what is *written*. It has only the fields that egressc sets, and each has a type that cannot hold
//!   anything else: a port is a number, a resolution is one of two. An object knows the rules that it was made for.
//! - [`crate::istio`] is what is *read*. Anyone may have written the object, so every field that changes an answer is
//!   there, most are optional, each knows its place in the text, and what is not understood is kept by name.
//!
//! The evaluator reads generated objects through `istio` too. It sees what was written and not what was meant, so a
//! mistake in `lower` cannot hide from the proof.
//!
//! Field names are those of `istio.io/api`. They are in alphabetical order, because the digest of [`crate::origin`]
//! depends on the order. A field that is not set is not written.

mod authorization_policy;
mod destination_rule;
mod gateway;
mod service_entry;
mod virtual_service;

pub use authorization_policy::{
    AuthorizationAction, AuthorizationEffect, AuthorizationPolicy, AuthorizationRule, Condition, Operation,
    OperationRule, Selector, Source, SourceRule,
};
pub use destination_rule::{
    ConnectionPool, ConnectionPoolHttp, ConnectionPoolTcp, DestinationRule, HostPolicy, LoadBalancer,
    LocalityLbSetting, OutlierDetection, PortPolicy, Subset, TlsSettings, TrafficPolicy,
};
pub use gateway::{Gateway, Server, ServerTls};
pub use service_entry::{EntryEndpoint, Location, Resolution, ServiceEntry, ServicePort};
pub use virtual_service::{
    Destination, DirectResponse, HeaderOperations, Headers, HttpMatch, HttpRetry, HttpRoute, PortSelector,
    RouteDestination, StringMatch, TcpMatch, TcpRoute, TlsMatch, TlsRoute, VirtualService,
};

use serde::Serialize;

use crate::model::PolicyId;
use crate::resource::IstioApi;
use crate::source::Span;

/// All resources of a policy set, in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The resources.
    pub objects: Vec<Object>,
}

/// One resource. `emit` makes of it what the Kubernetes API takes.
#[derive(Debug, Clone)]
pub struct Object {
    /// The version of Istio's API that it is written for.
    pub api: IstioApi,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// Its kind and `spec`.
    pub spec: Spec,
    /// What it was made for, in order, each once.
    pub origins: Vec<Origin>,
}

/// A destination of a policy that a resource was made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The policy.
    pub policy: PolicyId,
    /// The rule, by name.
    pub rule: String,
    /// The `to` item.
    pub span: Span,
}

/// A kind and its `spec`, in the order in which kinds are written: what denies comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Spec {
    /// `security.istio.io` `AuthorizationPolicy`.
    AuthorizationPolicy(AuthorizationPolicy),
    /// `networking.istio.io` `ServiceEntry`.
    ServiceEntry(ServiceEntry),
    /// `networking.istio.io` `DestinationRule`.
    DestinationRule(DestinationRule),
    /// `networking.istio.io` `Gateway`.
    Gateway(Gateway),
    /// `networking.istio.io` `VirtualService`.
    VirtualService(VirtualService),
}

impl Spec {
    /// The kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AuthorizationPolicy(_) => "AuthorizationPolicy",
            Self::ServiceEntry(_) => "ServiceEntry",
            Self::DestinationRule(_) => "DestinationRule",
            Self::Gateway(_) => "Gateway",
            Self::VirtualService(_) => "VirtualService",
        }
    }

    /// The API group.
    pub fn group(&self) -> &'static str {
        match self {
            Self::AuthorizationPolicy(_) => "security.istio.io",
            Self::ServiceEntry(_) | Self::DestinationRule(_) | Self::Gateway(_) | Self::VirtualService(_) => {
                "networking.istio.io"
            }
        }
    }
}
