//! The documents as they are written, read without judging what they mean.
//!
//! Each kind has one file with its [`Shape`] and its typed form.
//! The shape finds every wrong, missing and unknown field in one pass; the typed form then takes what is there.

mod added_labels;
mod capture;
mod changed_headers;
mod check_configuration;
mod cluster_kinds;
mod cni;
mod conform;
mod control_plane;
mod date;
pub(crate) mod duration;
mod expectations;
mod gateway_role;
mod given;
mod http_text;
mod injected_pod;
mod injector_webhooks;
mod iptables_arguments;
mod istio_gateway;
mod istio_release;
mod json_schema;
mod kind;
mod kustomized;
mod labels;
mod mesh_environment;
pub(crate) mod name_rules;
mod namespace;
mod namespace_selector;
mod openshift;
mod overrides;
mod path_normalization;
mod pod;
mod pod_parts;
mod pod_proxy_config;
mod policy;
mod protobuf;
mod proxy_config;
mod proxy_ids;
mod proxy_variables;
mod read;
mod revision_tag;
mod service;
pub mod shape;
mod templates;
pub mod unread;
mod unread_pods;
mod workload;

pub use added_labels::AddedLabels;
pub(crate) use added_labels::is_added_later;
pub use capture::{CaptureSettings, OwnTemplate, PodTemplates, Setting};
pub use changed_headers::{ChangedHeaders, ClientCertificate};
pub use check_configuration::{CheckConfiguration, ConfiguredSuppression};
pub use cluster_kinds::{CLUSTER_KINDS, ClusterKind, ClusterScope};
pub use cni::CniSettings;
pub use control_plane::{
    ControlPlaneDocument, Discovery, InjectionPolicy, InjectorSettings, Kept, MeshConfig, PodSelector,
};
pub use date::{Date, NotADate};
pub use expectations::{Expectation, Expected};
pub use gateway_role::{GatewayRole, SkippedBecause};
pub(crate) use given::is_of_no_object;
pub use given::{complete, complete_kustomization, object_at, objects};
pub use injected_pod::InjectedPod;
pub use injector_webhooks::{InjectorWebhook, InjectorWebhooks};
pub use istio_gateway::IstioGateway;
pub use istio_release::IstioRelease;
pub use json_schema::json_schema;
pub use kind::{Kind, decode, is_ignored, is_kind_of_istio};
pub use kustomized::{has_workloads_alone, may_stand_elsewhere, put_into_namespace, stands_elsewhere};
pub use labels::Labels;
pub(crate) use labels::{may_be_of_one_pod, selects};
pub use mesh_environment::{
    Authorization, CompleteKind, EnvironmentGateway, EnvironmentNamespace, EnvironmentPort, EnvironmentWorkload,
    IstioApi, MeshEnvironment, OutboundTrafficPolicy, Placement,
};
pub use namespace::NamespaceDocument;
pub use namespace_selector::{LabelRequirement, NamespaceSelector};
pub use openshift::of_openshift_2;
pub use path_normalization::PathNormalization;
pub use pod::{InjectionRequest, PodSettings, PodSidecar};
pub use pod_proxy_config::OwnProxySettings;
pub use policy::{
    Accountability, BackendFields, ByGateway, EgressRule, EgressTrafficPolicy, From, GatewayFields, HeaderFields,
    HttpFields, NAMED_SETS, NamedSet, OutlierFields, PolicyKind, PoolFields, Port, Protocol, Replacement, RequestItem,
    Retries, RuleMode, TlsFields, To, Upgrade, UpstreamFields, WithheldPaths, WithheldRequests, conversion,
};
pub use proxy_config::ProxyConfigDocument;
pub(crate) use proxy_ids::PROXY_ID;
pub use proxy_ids::RunAs;
pub use revision_tag::{RevisionTag, TagTarget};
pub use service::{ServiceDocument, ServiceDocumentPort};
pub use unread_pods::UnreadPods;
pub use workload::{RunByAnother, WorkloadDocument};

use crate::source::Spanned;

/// A port by number or by the name that a container gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortRef {
    /// The number.
    Number(u16),
    /// A name that only the workload can resolve.
    Name(String),
}

/// One document of a kind that egressc reads.
#[derive(Debug, Clone)]
pub enum Resource {
    /// `ASMEgressTrafficPolicy` or `EgressPolicy`.
    Policy(EgressTrafficPolicy),
    /// `MeshEnvironment`.
    Environment(Box<MeshEnvironment>),
    /// `EgressExpectations`.
    Expectations(Vec<Expectation>),
    /// `CheckConfiguration`.
    CheckConfiguration(CheckConfiguration),
    /// `Service`.
    Service(ServiceDocument),
    /// ASM's `IstioGateway`.
    IstioGateway(IstioGateway),
    /// Kubernetes' `Deployment` and what else runs pods.
    Workload(Box<WorkloadDocument>),
    /// A workload whose pods another object runs.
    RunByAnother(RunByAnother),
    /// Templates of pods in an object of a kind that is not read.
    UnreadPods(Vec<UnreadPods>),
    /// Kubernetes' `Namespace`.
    Namespace(NamespaceDocument),
    /// Istio's `ProxyConfig`.
    ProxyConfig(ProxyConfigDocument),
    /// Another name of a revision of Istio.
    RevisionTag(RevisionTag),
    /// The webhooks by which pods are injected.
    InjectorWebhooks(InjectorWebhooks),
    /// What a revision of Istio is configured with.
    ControlPlane(Box<ControlPlaneDocument>),
    /// What istio-cni is configured with.
    Cni(CniSettings),
}

/// `metadata`, as far as it matters.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Its name.
    pub name: Spanned<String>,
    /// Its namespace, when written.
    pub namespace: Option<Spanned<String>>,
}
