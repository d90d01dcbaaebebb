//! Kubernetes' `Namespace`: whether its pods get sidecars.

use super::read;
use super::shape::{Field, METADATA, Shape, open_object, required};
use crate::source::Spanned;
use crate::syntax::Node;

const FIELDS: &[Field] = &[required("metadata", METADATA, "Name of the namespace and its labels.")];

/// The fields of the kind that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// The document.
#[derive(Debug, Clone)]
pub struct NamespaceDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// What its labels say about sidecars; nothing when it has none of Istio's.
    pub injection: Option<Spanned<bool>>,
}

pub(super) fn read(root: &Node) -> Option<NamespaceDocument> {
    let name = read::metadata(root)?.name;
    let labels = root.given("metadata").and_then(|metadata| metadata.given("labels"));
    let label = |key| labels.and_then(|labels| read::text(labels, key)).filter(|value| !value.is_empty());
    // The first wins over the second (Istio's docs on injection); ambient captures without sidecars.
    let injection = label("istio-injection")
        .map(|says| says.map(|word| word == "enabled"))
        .or_else(|| label("istio.io/rev").map(|revision| revision.map(|_| true)))
        .or_else(|| {
            let mode = label("istio.io/dataplane-mode").filter(|mode| mode.value == "ambient");
            mode.map(|mode| mode.map(|_| false))
        });
    Some(NamespaceDocument { name, injection })
}
