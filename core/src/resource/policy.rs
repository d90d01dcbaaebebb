//! `ASMEgressTrafficPolicy`, in `v1` and `v1beta1` alike.
//!
//! Source: the Go types of `aliyun/alibabacloud-servicemesh-api`; the fields are the same in both versions.

use super::Labels;
use super::read;
use super::shape::{Field, METADATA, Shape, Text, object, optional, required, some};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

const BY_GATEWAY: Shape = object(&[
    optional(
        "name",
        Shape::Text(Text::Label),
        "Name of the egress gateway: the name of the IstioGateway in ASM, or of the entry in `gateways` of a MeshEnvironment, not of the Service.",
    ),
    optional("port", Shape::Port, "Port of the gateway. Defaults to the gateway's lowest port for the protocol."),
]);

const FROM: Shape = object(&[
    required("namespace", Shape::Text(Text::Label), "Namespace of the workloads that may send requests."),
    optional(
        "workloadSelector",
        Shape::Selector,
        "Labels that a workload must have, all of them. If absent, the rule applies to every workload in the namespace.",
    ),
]);

const PORT: Shape = object(&[
    required(
        "number",
        Shape::Port,
        "Port that the workload calls. It is also the external port, unless `httpsUpgrade` sets another.",
    ),
    required(
        "protocol",
        Shape::Choice(Protocol::NAMES),
        "Protocol that the workload sends. HTTP, HTTP2, GRPC and GRPC-WEB are plain text and matched by host; HTTPS and TLS are matched by server name; TCP and MONGO are matched only by port.",
    ),
    optional("name", Shape::Text(Text::Free), "Name of the port; it has no effect."),
    optional("targetPort", Shape::Port, "Deprecated in Istio; egressc ignores it."),
    optional("target_port", Shape::Port, "Deprecated in Istio; egressc ignores it."),
]);

const HTTPS_UPGRADE: Shape = object(&[
    optional("enabled", Shape::Bool, "Whether the gateway sends HTTPS if the workload sends HTTP."),
    optional("port", Shape::Port, "External port of the HTTPS connection. Defaults to 443."),
]);

const HOST: Shape = Shape::Text(Text::Unread);

const TO: Shape = object(&[
    optional(
        "name",
        Shape::Text(Text::Free),
        "Name of the external service; every resource compiled from this item contains it.",
    ),
    required(
        "hosts",
        some(&HOST, 50),
        "DNS names of the external service. Requests for each name go to that name; the names can have different addresses.",
    ),
    required("port", PORT, "Port and protocol that the workload uses."),
    optional("byEgressGateway", BY_GATEWAY, "The gateway port for this traffic."),
    optional("httpsUpgrade", HTTPS_UPGRADE, "The gateway sends plain HTTP of the workload as HTTPS."),
]);

const RULE: Shape = object(&[
    optional("name", Shape::Text(Text::Free), "Name of the rule; messages and annotations use it."),
    required("from", some(&FROM, 10_000), "The clients that may send requests."),
    required("to", some(&TO, 10_000), "The destinations that the clients may reach."),
]);

const FIELDS: &[Field] = &[
    required(
        "apiVersion",
        Shape::Choice(&["istio.alibabacloud.com/v1", "istio.alibabacloud.com/v1beta1"]),
        "API version; both versions have the same meaning.",
    ),
    required("kind", Shape::Choice(&["ASMEgressTrafficPolicy"]), "Kind of the document."),
    required(
        "metadata",
        METADATA,
        "By convention the name is `egress-by-<gateway>` and the namespace is `istio-egress`.",
    ),
    required(
        "spec",
        object(&[
            required(
                "byEgressGateway",
                BY_GATEWAY,
                "The egress gateway of all rules. Its port is the default for rules without a port.",
            ),
            required(
                "egressRules",
                some(&RULE, 100_000),
                "The rules: which clients may reach which destinations. All other requests are blocked.",
            ),
        ]),
        "The policy.",
    ),
    optional("status", Shape::Any, "Written by ASM; egressc ignores it."),
];

/// The fields of the kind.
pub(super) const SHAPE: Shape = object(FIELDS);

/// What a workload sends, by Istio's names (`istio.io/api` `networking/v1/gateway.proto`, `Port.protocol`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1.1 in plain text.
    Http,
    /// HTTP/2 in plain text.
    Http2,
    /// gRPC in plain text.
    Grpc,
    /// gRPC-Web in plain text.
    GrpcWeb,
    /// HTTPS, ended by the external host.
    Https,
    /// TLS, ended by the external host.
    Tls,
    /// Any bytes.
    Tcp,
    /// MongoDB's wire protocol; treated as TCP.
    Mongo,
}

impl Protocol {
    const NAMES: &'static [&'static str] = &["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP", "MONGO"];

    const ALL: [Self; 8] =
        [Self::Http, Self::Http2, Self::Grpc, Self::GrpcWeb, Self::Https, Self::Tls, Self::Tcp, Self::Mongo];

    /// Its name in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Http2 => "HTTP2",
            Self::Grpc => "GRPC",
            Self::GrpcWeb => "GRPC-WEB",
            Self::Https => "HTTPS",
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
            Self::Mongo => "MONGO",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

/// The document.
#[derive(Debug, Clone)]
pub struct EgressTrafficPolicy {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `spec.byEgressGateway.name`.
    pub gateway: Option<Spanned<String>>,
    /// `spec.byEgressGateway.port`: the default of all rules.
    pub gateway_port: Option<Spanned<u16>>,
    /// `spec.byEgressGateway`, to point at when it names no gateway.
    pub gateway_span: Option<Span>,
    /// `spec.egressRules`.
    pub rules: Vec<EgressRule>,
}

/// An item of `egressRules`.
#[derive(Debug, Clone)]
pub struct EgressRule {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `from`.
    pub from: Vec<From>,
    /// `to`.
    pub to: Vec<To>,
}

/// An item of `from`.
#[derive(Debug, Clone)]
pub struct From {
    /// `namespace`.
    pub namespace: Spanned<String>,
    /// `workloadSelector`; `None` is the whole namespace.
    pub selector: Option<Spanned<Labels>>,
}

/// An item of `to`.
#[derive(Debug, Clone)]
pub struct To {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `hosts`, as written.
    pub hosts: Vec<Spanned<String>>,
    /// `port`.
    pub port: Port,
    /// `byEgressGateway.name`.
    pub gateway: Option<Spanned<String>>,
    /// `byEgressGateway.port`.
    pub gateway_port: Option<Spanned<u16>>,
    /// `httpsUpgrade`.
    pub upgrade: Option<Upgrade>,
    /// The whole item.
    pub span: Span,
}

/// `port`.
#[derive(Debug, Clone)]
pub struct Port {
    /// `number`.
    pub number: Spanned<u16>,
    /// `protocol`.
    pub protocol: Spanned<Protocol>,
}

/// `httpsUpgrade`.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// `enabled`; absent is off.
    pub enabled: Option<Spanned<bool>>,
    /// `port`.
    pub port: Option<Spanned<u16>>,
    /// The whole field.
    pub span: Span,
}

pub(super) fn read(root: &Node) -> Option<EgressTrafficPolicy> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec")?;
    let by_gateway = spec.given("byEgressGateway");
    Some(EgressTrafficPolicy {
        name: metadata.name,
        namespace: metadata.namespace,
        gateway: by_gateway.and_then(|node| read::text(node, "name")),
        gateway_port: by_gateway.and_then(|node| read::port(node, "port")),
        gateway_span: by_gateway.map(|node| node.span),
        rules: read::each(spec, "egressRules", |rule| {
            Some(EgressRule {
                name: read::text(rule, "name"),
                from: read::each(rule, "from", from),
                to: read::each(rule, "to", to),
            })
        }),
    })
}

fn from(node: &Node) -> Option<From> {
    Some(From { namespace: read::text(node, "namespace")?, selector: read::labels(node, "workloadSelector") })
}

fn to(node: &Node) -> Option<To> {
    let by_gateway = node.given("byEgressGateway");
    let port = node.given("port")?;
    let protocol = read::text(port, "protocol")?;
    Some(To {
        name: read::text(node, "name"),
        hosts: read::each(node, "hosts", |host| Some(Spanned::new(host.text()?.to_owned(), host.span))),
        port: Port {
            number: read::port(port, "number")?,
            protocol: Spanned::new(Protocol::of(&protocol)?, protocol.span),
        },
        gateway: by_gateway.and_then(|node| read::text(node, "name")),
        gateway_port: by_gateway.and_then(|node| read::port(node, "port")),
        upgrade: node.given("httpsUpgrade").map(|upgrade| Upgrade {
            enabled: read::boolean(upgrade, "enabled"),
            port: read::port(upgrade, "port"),
            span: upgrade.span,
        }),
        span: node.span,
    })
}
