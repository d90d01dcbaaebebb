//! Istio's `ProxyConfig`: variables of the proxies of a namespace, of which one makes sidecars answer DNS.

use super::pod::DNS_CAPTURE;
use super::read::is_true;
use super::shape::{Field, METADATA, Shape, open_object, optional, required};
use super::{Labels, read};
use crate::source::Spanned;
use crate::syntax::Node;

const FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the ProxyConfig and its namespace."),
    optional("spec", Shape::Any, "The proxies, and their variables."),
];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The document.
#[derive(Debug, Clone)]
pub struct ProxyConfigDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The workloads; `None` is all of the namespace.
    pub selector: Option<Labels>,
    /// What it says about sidecars that answer DNS.
    pub dns_capture: Option<Spanned<bool>>,
}

pub(super) fn read(root: &Node) -> Option<ProxyConfigDocument> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec");
    let created = root.given("metadata").and_then(|metadata| read::text(metadata, "creationTimestamp"));
    let selector = spec.and_then(|spec| spec.given("selector"));
    Some(ProxyConfigDocument {
        name: metadata.name,
        namespace: metadata.namespace,
        created: created.map(|created| created.value),
        selector: selector
            .map(|selector| read::labels(selector, "matchLabels").map(|labels| labels.value).unwrap_or_default()),
        dns_capture: spec
            .and_then(|spec| spec.given("environmentVariables"))
            .and_then(|variables| is_true(variables, DNS_CAPTURE)),
    })
}
