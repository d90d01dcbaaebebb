//! Reads `metadata`, and whether the object is what egressc wrote.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::object::{Marks, Meta};
use crate::origin::{self, Claim, DigestContent};

/// The metadata of a document; `None` for what is no object of Kubernetes.
pub(super) fn read(document: Fields<'_>, spec: Fields<'_>) -> Option<Meta> {
    let (kind, api_version) = (document.text("kind")?, document.text("apiVersion")?);
    let metadata = document.child("metadata")?;
    let mut meta = Meta {
        group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind,
        namespace: metadata.text("namespace").unwrap_or_else(|| "default".to_owned()),
        name: metadata.text("name")?,
        istio_name: None,
        labels: metadata.marks("labels"),
        annotations: metadata.marks("annotations"),
        created: metadata.text("creationTimestamp"),
        claim: Claim::Holds,
        span: metadata.child("name").and_then(Fields::span),
    };
    if let Fields::Given(_) = document {
        let (label, annotation) = (|key: &str| meta.labels.get(key), |key: &str| meta.annotations.get(key));
        meta.claim = Claim::of(label, annotation, || digest(&meta, spec));
    }
    Some(meta)
}

/// The digest that egressc would have written.
fn digest(meta: &Meta, spec: Fields<'_>) -> Option<String> {
    fn counting(marks: &Marks) -> BTreeMap<&str, &str> {
        marks.iter().filter(|(key, _)| origin::counts(key)).collect()
    }
    let content = DigestContent {
        group: &meta.group,
        kind: &meta.kind,
        namespace: &meta.namespace,
        name: &meta.name,
        labels: counting(&meta.labels),
        annotations: counting(&meta.annotations),
        spec,
    };
    content.digest()
}
