//! `MeshEnvironment`: what is known about the mesh, in egressc's own kind.

use super::read;
use super::shape::{Field, METADATA, Shape, Text, list, object, optional, required};
use super::{Labels, PortRef};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

const PORT: Shape = object(&[
    required("port", Shape::Port, "Port of the gateway's Service."),
    optional(
        "targetPort",
        Shape::PortOrName,
        "Port on which the gateway's container listens; AuthorizationPolicies match this port.",
    ),
    optional(
        "class",
        Shape::Choice(&["http", "tls"]),
        "Which traffic uses this port if a policy does not set a port. Defaults to `http` for port 80, and to `tls` for other ports.",
    ),
]);

const GATEWAY: Shape = object(&[
    required("name", Shape::Text(Text::Label), "Name of the gateway; policies use it in `byEgressGateway.name`."),
    optional("namespace", Shape::Text(Text::Label), "Namespace of its Service and pods. Defaults to `istio-system`."),
    optional("service", Shape::Text(Text::Label), "Name of its Service. Defaults to `istio-<name>`."),
    optional("podLabels", Shape::Labels, "Labels of its pods. Defaults to `istio: <name>`."),
    optional(
        "authorization",
        Shape::Choice(&["shared", "managed", "off"]),
        "`shared` denies undeclared callers of declared destinations and does not affect other traffic. `managed` allows only declared traffic. `off` writes no AuthorizationPolicy.",
    ),
    optional(
        "ports",
        list(&PORT),
        "Ports of its Service, in the order of the Service: of two ports with the same container port Istio keeps the first.",
    ),
]);

const WORKLOAD: Shape = object(&[
    required("name", Shape::Text(Text::Subdomain), "Name of the workload."),
    optional("labels", Shape::Labels, "Labels of its pods."),
    optional("serviceAccount", Shape::Text(Text::Subdomain), "Its service account. Defaults to `default`."),
    optional("sidecar", Shape::Bool, "Whether its pods have a sidecar. Defaults to the injection of the namespace."),
]);

const NAMESPACE: Shape = object(&[
    required("name", Shape::Text(Text::Label), "Name of the namespace."),
    optional("injection", Shape::Bool, "Whether sidecars are injected into the pods of the namespace."),
    optional("workloads", list(&WORKLOAD), "Its workloads. If the field is present, it must list all of them."),
]);

const FIELDS: &[Field] = &[
    required("apiVersion", Shape::Choice(&["egressc.dev/v1alpha1"]), "API version."),
    required("kind", Shape::Choice(&["MeshEnvironment"]), "Kind of the document."),
    required("metadata", METADATA, "Name of the mesh; it has no effect."),
    required(
        "spec",
        object(&[
            optional(
                "istioVersion",
                Shape::Text(Text::Free),
                "Istio's version, for example `1.30`; write it in quotes.",
            ),
            optional("rootNamespace", Shape::Text(Text::Label), "Istio's root namespace. Defaults to `istio-system`."),
            optional(
                "trustDomain",
                Shape::Text(Text::Subdomain),
                "Trust domain of workload identities. Defaults to `cluster.local`.",
            ),
            optional(
                "clusterDomain",
                Shape::Text(Text::Subdomain),
                "DNS domain of the cluster. Defaults to `cluster.local`.",
            ),
            optional(
                "outboundTrafficPolicy",
                Shape::Choice(&OutboundTrafficPolicy::WORDS),
                "What a sidecar does with traffic to unknown hosts. egressc requires REGISTRY_ONLY.",
            ),
            optional(
                "dnsCapture",
                Shape::Bool,
                "Whether sidecars answer DNS queries (`ISTIO_META_DNS_CAPTURE`). If so, TCP hosts are distinguished by address.",
            ),
            optional(
                "complete",
                Shape::Bool,
                "Whether everything is given: every gateway, namespace, Service and workload.",
            ),
            optional(
                "completeKinds",
                list(&Shape::Choice(&CompleteKind::WORDS)),
                "The kinds of which every object is given, where not all kinds are.",
            ),
            optional("gateways", list(&GATEWAY), "The egress gateways."),
            optional("namespaces", list(&NAMESPACE), "Namespaces and their workloads."),
            optional(
                "output",
                object(&[
                    optional(
                        "istioApi",
                        Shape::Choice(&["v1", "v1beta1"]),
                        "API version of the resources; `v1` needs Istio 1.22.",
                    ),
                    optional(
                        "placement",
                        Shape::Choice(&["policy", "client"]),
                        "Namespace of the resources for clients: `policy` is the namespace of the policy, `client` is the namespace of each client, for clients whose Sidecar does not import the policy's namespace.",
                    ),
                ]),
                "Options for the compiled resources.",
            ),
        ]),
        "The description of the mesh.",
    ),
];

/// The fields of the kind.
pub(super) const SHAPE: Shape = object(FIELDS);

/// What happens to traffic that the registry does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboundTrafficPolicy {
    /// It is blocked.
    RegistryOnly,
    /// It is let out.
    AllowAny,
    /// It is let out; of plain HTTP the `Host` is resolved, and not the address that the client dialled. Since Istio 1.31.
    AllowAnyDynamicDns,
}

impl OutboundTrafficPolicy {
    /// The words of `outboundTrafficPolicy.mode`.
    pub(super) const WORDS: [&str; 3] = ["REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS"];

    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word {
            "REGISTRY_ONLY" => Some(Self::RegistryOnly),
            "ALLOW_ANY" => Some(Self::AllowAny),
            "ALLOW_ANY_DYNAMIC_DNS" => Some(Self::AllowAnyDynamicDns),
            _ => None,
        }
    }
}

/// How far the gateway's AuthorizationPolicies go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    /// Undeclared callers of declared destinations are denied; other traffic is left alone.
    Shared,
    /// Only declared traffic is admitted.
    Managed,
    /// None are written.
    Off,
}

/// API version of the resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IstioApi {
    /// `networking.istio.io/v1`.
    V1,
    /// `networking.istio.io/v1beta1`.
    V1Beta1,
}

/// Where client-side resources go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// To the policy's namespace, exported to the clients'.
    Policy,
    /// To each client's namespace.
    Client,
}

/// A kind of which a document may say that every object is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompleteKind {
    /// Egress gateways.
    Gateway,
    /// Namespaces.
    Namespace,
    /// Services of the cluster.
    Service,
    /// Deployments and all else that makes pods.
    Workload,
}

impl CompleteKind {
    /// The words of `completeKinds`, in the order of the variants.
    pub(super) const WORDS: [&str; 4] = ["Gateway", "Namespace", "Service", "Workload"];

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "Gateway" => Some(Self::Gateway),
            "Namespace" => Some(Self::Namespace),
            "Service" => Some(Self::Service),
            "Workload" => Some(Self::Workload),
            _ => None,
        }
    }
}

/// The document.
#[derive(Debug, Clone)]
pub struct MeshEnvironment {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `spec.istioVersion`.
    pub istio_version: Option<Spanned<String>>,
    /// `spec.rootNamespace`.
    pub root_namespace: Option<Spanned<String>>,
    /// `spec.trustDomain`.
    pub trust_domain: Option<Spanned<String>>,
    /// `spec.clusterDomain`.
    pub cluster_domain: Option<Spanned<String>>,
    /// `spec.outboundTrafficPolicy`.
    pub outbound_traffic_policy: Option<Spanned<OutboundTrafficPolicy>>,
    /// `spec.dnsCapture`.
    pub dns_capture: Option<Spanned<bool>>,
    /// `spec.complete`.
    pub complete: Option<Spanned<bool>>,
    /// `spec.completeKinds`.
    pub complete_kinds: Vec<CompleteKind>,
    /// `spec.gateways`.
    pub gateways: Vec<EnvironmentGateway>,
    /// `spec.namespaces`.
    pub namespaces: Vec<EnvironmentNamespace>,
    /// `spec.output.istioApi`.
    pub istio_api: Option<IstioApi>,
    /// `spec.output.placement`.
    pub placement: Option<Placement>,
}

/// An item of `gateways`.
#[derive(Debug, Clone)]
pub struct EnvironmentGateway {
    /// `name`.
    pub name: Spanned<String>,
    /// `namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `service`.
    pub service: Option<Spanned<String>>,
    /// `podLabels`.
    pub pod_labels: Option<Spanned<Labels>>,
    /// `authorization`.
    pub authorization: Option<Spanned<Authorization>>,
    /// `ports`; `None` when the field is absent.
    pub ports: Option<Vec<EnvironmentPort>>,
}

/// An item of a gateway's `ports`.
#[derive(Debug, Clone)]
pub struct EnvironmentPort {
    /// `port`.
    pub port: Spanned<u16>,
    /// `targetPort`.
    pub target: Option<Spanned<PortRef>>,
    /// Whether `class` is `http`; `None` when absent.
    pub http: Option<bool>,
}

/// An item of `namespaces`.
#[derive(Debug, Clone)]
pub struct EnvironmentNamespace {
    /// `name`.
    pub name: Spanned<String>,
    /// `injection`.
    pub injection: Option<Spanned<bool>>,
    /// `workloads`; `None` when the field is absent.
    pub workloads: Option<Vec<EnvironmentWorkload>>,
}

/// An item of `workloads`.
#[derive(Debug, Clone)]
pub struct EnvironmentWorkload {
    /// `name`.
    pub name: Spanned<String>,
    /// `labels`.
    pub labels: Labels,
    /// `serviceAccount`.
    pub service_account: Option<Spanned<String>>,
    /// `sidecar`.
    pub sidecar: Option<bool>,
    /// The whole item.
    pub span: Span,
}

impl MeshEnvironment {
    /// Whether every object of a kind is given.
    pub fn is_complete(&self, kind: CompleteKind) -> bool {
        self.complete.as_ref().is_some_and(|complete| complete.value) || self.complete_kinds.contains(&kind)
    }
}

pub(super) fn read(root: &Node) -> Option<MeshEnvironment> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec")?;
    let output = spec.given("output");
    Some(MeshEnvironment {
        name: metadata.name,
        istio_version: read::text(spec, "istioVersion"),
        root_namespace: read::text(spec, "rootNamespace"),
        trust_domain: read::text(spec, "trustDomain"),
        cluster_domain: read::text(spec, "clusterDomain"),
        outbound_traffic_policy: word(spec, "outboundTrafficPolicy", OutboundTrafficPolicy::of_word),
        dns_capture: read::boolean(spec, "dnsCapture"),
        complete: read::boolean(spec, "complete"),
        complete_kinds: read::each(spec, "completeKinds", |kind| CompleteKind::of_word(kind.text()?)),
        gateways: read::each(spec, "gateways", gateway),
        namespaces: read::each(spec, "namespaces", namespace),
        istio_api: output
            .and_then(|output| {
                word(output, "istioApi", |word| match word {
                    "v1" => Some(IstioApi::V1),
                    "v1beta1" => Some(IstioApi::V1Beta1),
                    _ => None,
                })
            })
            .map(|api| api.value),
        placement: output
            .and_then(|output| {
                word(output, "placement", |word| match word {
                    "policy" => Some(Placement::Policy),
                    "client" => Some(Placement::Client),
                    _ => None,
                })
            })
            .map(|placement| placement.value),
    })
}

fn word<T>(node: &Node, key: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<Spanned<T>> {
    let text = read::text(node, key)?;
    Some(Spanned::new(meaning(&text)?, text.span))
}

fn gateway(node: &Node) -> Option<EnvironmentGateway> {
    Some(EnvironmentGateway {
        name: read::text(node, "name")?,
        namespace: read::text(node, "namespace"),
        service: read::text(node, "service"),
        pod_labels: read::labels(node, "podLabels"),
        authorization: word(node, "authorization", |word| match word {
            "shared" => Some(Authorization::Shared),
            "managed" => Some(Authorization::Managed),
            "off" => Some(Authorization::Off),
            _ => None,
        }),
        ports: node.given("ports").map(|_| {
            read::each(node, "ports", |port| {
                Some(EnvironmentPort {
                    port: read::port(port, "port")?,
                    target: read::port_ref(port, "targetPort"),
                    http: read::text(port, "class").map(|class| *class == "http"),
                })
            })
        }),
    })
}

fn namespace(node: &Node) -> Option<EnvironmentNamespace> {
    Some(EnvironmentNamespace {
        name: read::text(node, "name")?,
        injection: read::boolean(node, "injection"),
        workloads: node.given("workloads").map(|_| {
            read::each(node, "workloads", |workload| {
                Some(EnvironmentWorkload {
                    name: read::text(workload, "name")?,
                    labels: read::labels(workload, "labels").map(|labels| labels.value).unwrap_or_default(),
                    service_account: read::text(workload, "serviceAccount"),
                    sidecar: read::boolean(workload, "sidecar").map(|sidecar| sidecar.value),
                    span: workload.span,
                })
            })
        }),
    })
}
