//! Kubernetes' `Service`, as far as an egress gateway needs it.

use super::read;
use super::shape::{Field, METADATA, Shape, Text, list, open_object, optional, required};
use super::{Labels, PortRef};
use crate::source::Spanned;
use crate::syntax::Node;

const PORT: Shape = open_object(&[
    required("port", Shape::Port, "Port of the Service."),
    optional("name", Shape::Text(Text::Unread), "Name of the port; its prefix sets the protocol."),
    optional("targetPort", Shape::PortOrName, "Port of the pods."),
    optional("protocol", Shape::Text(Text::Unread), "Transport protocol."),
    optional("appProtocol", Shape::Text(Text::Unread), "Application protocol."),
]);

const FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name and namespace."),
    optional(
        "spec",
        open_object(&[
            optional("selector", Shape::Any, "Labels of the pods."),
            optional("ports", list(&PORT), "Ports."),
        ]),
        "The Service.",
    ),
];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The document.
#[derive(Debug, Clone)]
pub struct ServiceDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `spec.selector`.
    pub selector: Labels,
    /// `spec.ports`.
    pub ports: Vec<ServiceDocumentPort>,
    /// Whether it has an IPv6 address, or is to have one.
    pub is_ipv6: bool,
}

/// An item of `ports`; ASM's `IstioGateway` has the same.
#[derive(Debug, Clone)]
pub struct ServiceDocumentPort {
    /// `port`.
    pub port: Spanned<u16>,
    /// `targetPort`.
    pub target: Option<Spanned<PortRef>>,
    /// `name`.
    pub name: Option<String>,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
    /// `protocol`: a transport in Kubernetes, in ASM's documents often an application protocol.
    pub protocol: Option<String>,
}

pub(super) fn read(root: &Node) -> Option<ServiceDocument> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec");
    Some(ServiceDocument {
        name: metadata.name,
        namespace: metadata.namespace,
        selector: spec.and_then(|spec| read::labels(spec, "selector")).map(|labels| labels.value).unwrap_or_default(),
        ports: spec.map(|spec| read::each(spec, "ports", port)).unwrap_or_default(),
        is_ipv6: spec.is_some_and(is_ipv6),
    })
}

fn is_ipv6(spec: &Node) -> bool {
    let texts = |key| spec.given(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    let own = spec.given("clusterIP").and_then(Node::text);
    texts("ipFamilies").any(|family| family == "IPv6")
        || texts("clusterIPs").chain(own).any(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

pub(super) fn port(node: &Node) -> Option<ServiceDocumentPort> {
    let text = |key| read::text(node, key).map(|text| text.value);
    Some(ServiceDocumentPort {
        port: read::port(node, "port")?,
        target: read::port_ref(node, "targetPort"),
        name: text("name"),
        app_protocol: text("appProtocol"),
        protocol: text("protocol"),
    })
}
