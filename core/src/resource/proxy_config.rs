//! Istio's `ProxyConfig`: variables of the proxies of a namespace, of which one makes sidecars answer DNS.

use super::proxy_variables::{self, DNS_CAPTURE};
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
    /// Variables that change what sidecars capture, and are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

pub(super) fn read(root: &Node) -> Option<ProxyConfigDocument> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec");
    let created = root.given("metadata").and_then(|metadata| read::text(metadata, "creationTimestamp"));
    let selector = spec.and_then(|spec| spec.given("selector"));
    let variables = spec.and_then(|spec| spec.given("environmentVariables"));
    Some(ProxyConfigDocument {
        not_followed: proxy_variables::not_followed(variables, &format!("ProxyConfig `{}`", metadata.name.value)),
        name: metadata.name,
        namespace: metadata.namespace,
        created: created.map(|created| created.value),
        selector: selector
            .map(|selector| read::labels(selector, "matchLabels").map(|labels| labels.value).unwrap_or_default()),
        dns_capture: variables.and_then(|variables| is_true(variables, DNS_CAPTURE)),
    })
}
