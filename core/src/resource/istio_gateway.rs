//! ASM's `IstioGateway`, from which ASM makes the gateway's Service `istio-<name>` and its pods.

use super::Labels;
use super::read;
use super::service::{self, ServiceDocumentPort};
use super::shape::{Field, METADATA, Shape, Text, list, open_object, optional, required};
use crate::source::Spanned;
use crate::syntax::Node;

const PORT: Shape = open_object(&[
    required("port", Shape::Port, "Port of the gateway's Service."),
    optional("name", Shape::Text(Text::Unread), "Name of the port; its prefix sets the protocol."),
    optional("targetPort", Shape::PortOrName, "Port of the gateway's pods."),
    optional("protocol", Shape::Text(Text::Unread), "Protocol, in the form of Kubernetes or of ASM."),
]);

const FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the gateway; its namespace is `istio-system`."),
    required(
        "spec",
        open_object(&[
            optional("podLabels", Shape::Any, "Labels added to the gateway's pods."),
            optional("ports", list(&PORT), "Ports of the gateway."),
        ]),
        "The gateway.",
    ),
];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The document.
#[derive(Debug, Clone)]
pub struct IstioGateway {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `spec.podLabels`.
    pub pod_labels: Option<Spanned<Labels>>,
    /// `spec.ports`.
    pub ports: Vec<ServiceDocumentPort>,
}

pub(super) fn read(root: &Node) -> Option<IstioGateway> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec")?;
    Some(IstioGateway {
        name: metadata.name,
        namespace: metadata.namespace,
        pod_labels: read::labels(spec, "podLabels"),
        ports: read::each(spec, "ports", service::port),
    })
}
