use std::collections::BTreeMap;

use crate::model::PolicySet;
use crate::source::{SourceMap, Span};
use crate::syntax::{Document, Node};

/// What the rules look at.
pub(super) struct Given<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) sources: &'a SourceMap,
    /// The documents by the places of their names.
    pub(super) roots: BTreeMap<Span, &'a Node>,
}

impl<'a> Given<'a> {
    pub(super) fn of(set: &'a PolicySet, documents: &'a [Document], sources: &'a SourceMap) -> Self {
        let mut roots = BTreeMap::new();
        for document in documents {
            let items = document.root.given("items").map(Node::items).unwrap_or_default();
            for root in items.iter().chain([&document.root]) {
                if let Some(name) = root.given("metadata").and_then(|metadata| metadata.given("name")) {
                    roots.insert(name.span, root);
                }
            }
        }
        Self { set, sources, roots }
    }
}
