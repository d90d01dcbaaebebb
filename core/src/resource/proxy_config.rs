//! Istio's `ProxyConfig`: variables of the proxies of a namespace, of which one makes sidecars answer DNS.

use super::proxy_variables::{self, DNS_CAPTURE};
use super::read::is_true;
use super::shape::{Field, METADATA, Shape, open_object, optional, required};
use super::{Labels, read};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

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

/// `None` for one that the Kubernetes API refuses, which is reported.
pub(super) fn read(root: &Node, report: &mut Report) -> Option<ProxyConfigDocument> {
    let metadata = read::metadata(root)?;
    let spec = root.given("spec");
    if let Some((place, rule)) = spec.and_then(broken) {
        report.push(
            Diagnostic::new(
                &codes::REFUSED_BY_ISTIO,
                place.span,
                format!("Istio refuses ProxyConfig `{}`: {rule}", metadata.name.value),
            )
            .note("the rule is in the schema in Istio's CRD (manifests/charts/base/files/crd-all.gen.yaml)")
            .note("the object is left out of every answer, because a cluster does not have it"),
        );
        return None;
    }
    let created = root.given("metadata").and_then(|metadata| read::text(metadata, "creationTimestamp"));
    let selector = spec.and_then(|spec| spec.given("selector"));
    let variables = spec.and_then(|spec| spec.given("environmentVariables"));
    let mut dns_capture = variables.and_then(|variables| is_true(variables, DNS_CAPTURE));
    let mut not_followed = proxy_variables::not_followed(variables, &format!("ProxyConfig `{}`", metadata.name.value));
    if let Some(revision) = revision(root).filter(|_| dns_capture.is_some() || !not_followed.is_empty()) {
        // Only that revision reads it (`pkg/config/model.go`, `ObjectInRevision`).
        dns_capture = None;
        let name = &metadata.name.value;
        not_followed.push(revision.map(|revision| format!("label `istio.io/rev: {revision}` of ProxyConfig `{name}`")));
    }
    Some(ProxyConfigDocument {
        not_followed,
        name: metadata.name,
        namespace: metadata.namespace,
        created: created.map(|created| created.value),
        selector: selector
            .map(|selector| read::labels(selector, "matchLabels").map(|labels| labels.value).unwrap_or_default()),
        dns_capture,
    })
}

/// The revision of Istio that alone reads it.
fn revision(root: &Node) -> Option<Spanned<String>> {
    root.given("metadata")?.given("labels").and_then(|labels| read::text(labels, "istio.io/rev"))
}

/// The first value that is not of the type that the schema has, and what it must be.
fn broken(spec: &Node) -> Option<(&Node, String)> {
    let labels = spec.given("selector").and_then(|selector| selector.given("matchLabels"));
    let variables = spec.given("environmentVariables");
    let values = labels.into_iter().chain(variables).flat_map(Node::entries);
    // The API server drops a null before it looks.
    let mut texts = values.filter(|entry| !matches!(entry.value.kind, NodeKind::Text(_) | NodeKind::Null));
    if let Some(entry) = texts.next() {
        let rule = format!("`{}` must be a string, and this is {}", entry.key, entry.value.describe());
        return Some((&entry.value, rule));
    }
    let concurrency = spec.given("concurrency")?;
    let is_number = matches!(concurrency.kind, NodeKind::Integer(0..=2_147_483_647));
    (!is_number).then(|| (concurrency, "`concurrency` must be a whole number, and not below zero".to_owned()))
}
