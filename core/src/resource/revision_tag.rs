//! Tags: other names of revisions of Istio, by which namespaces and pods select a revision.

use super::read;
use super::shape::{Field, OBJECT_METADATA, Shape, open_object, optional, required};
use crate::syntax::Node;

const FIELDS: &[Field] = &[
    required("metadata", OBJECT_METADATA, "Name of the tag, or labels that say it."),
    optional("spec", Shape::Any, "What the tag is for."),
];

/// The fields of the kinds that are read.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RevisionTag {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub target: TagTarget,
}

/// What a tag stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagTarget {
    /// A revision.
    Revision(String),
    /// The revision of Sail's `IstioRevision` of this name.
    IstioRevision(String),
    /// The revision of Sail's `Istio` of this name.
    Istio(String),
}

/// Sail's `IstioRevisionTag` (`api/v1/istiorevisiontag_types.go` of istio-ecosystem/sail-operator). Its status has the revision that
/// is in use.
pub(super) fn of_sail(root: &Node) -> Option<RevisionTag> {
    let name = read::metadata(root)?.name.value;
    let in_use = root.given("status").and_then(|status| read::text(status, "istioRevision"));
    let target = if let Some(revision) = in_use.filter(|revision| !revision.is_empty()) {
        TagTarget::IstioRevision(revision.value)
    } else {
        let target = root.given("spec")?.given("targetRef")?;
        let named = read::text(target, "name")?.value;
        match read::text(target, "kind")?.as_str() {
            "IstioRevision" => TagTarget::IstioRevision(named),
            "Istio" => TagTarget::Istio(named),
            _ => return None,
        }
    };
    Some(RevisionTag { name, target })
}
