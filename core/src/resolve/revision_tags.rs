//! Tags: namespaces and pods may name a revision of Istio by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::{ControlPlaneDocument, Kept, RevisionTag, TagTarget};

/// The revisions that tags stand for.
#[derive(Debug, Default)]
pub(super) struct RevisionTags {
    revisions: BTreeMap<String, BTreeSet<String>>,
}

impl RevisionTags {
    pub(super) fn new(tags: &[RevisionTag], control_planes: &[ControlPlaneDocument]) -> Self {
        let mut revisions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let of_documents = tags.iter().filter_map(|tag| Some((&tag.name, revision(&tag.target, control_planes)?)));
        let of_values =
            control_planes.iter().flat_map(|document| document.tags.iter().map(|tag| (tag, document.revision.clone())));
        for (tag, revision) in of_documents.chain(of_values) {
            revisions.entry(tag.clone()).or_default().insert(revision);
        }
        // One name for a tag and for a revision: which of their webhooks comes first, or is still there, no document says.
        for (tag, targets) in &mut revisions {
            if control_planes.iter().any(|document| document.revision == *tag) {
                targets.insert(tag.clone());
            }
        }
        Self { revisions }
    }

    /// The revision that a name stands for: itself, where it is no tag. The name of several is none of them.
    pub(super) fn revision(&self, name: &str) -> String {
        match self.revisions.get(name) {
            Some(targets) => targets.iter().map(String::as_str).collect::<Vec<_>>().join(" or "),
            None => name.to_owned(),
        }
    }

    /// The tags.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, String)> {
        self.revisions.keys().map(|tag| (tag.as_str(), self.revision(tag)))
    }
}

fn revision(target: &TagTarget, control_planes: &[ControlPlaneDocument]) -> Option<String> {
    let of = |kept: Kept, name: &String| {
        let found = control_planes.iter().find(|document| document.kept == kept && document.name.value == *name);
        found.map(|document| document.revision.clone())
    };
    match target {
        TagTarget::Revision(revision) => Some(revision.clone()),
        TagTarget::IstioRevision(name) => Some(of(Kept::IstioRevision, name).unwrap_or_else(|| name.clone())),
        TagTarget::Istio(name) => of(Kept::Istio, name),
    }
}
