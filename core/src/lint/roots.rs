use std::collections::BTreeMap;

use crate::source::Span;
use crate::syntax::{Document, Node};

/// The objects of documents, also those of lists, by the places of their names.
pub(super) fn roots(documents: &[Document]) -> BTreeMap<Span, &Node> {
    let mut roots = BTreeMap::new();
    for document in documents {
        let items = document.root.given("items").map(Node::items).unwrap_or_default();
        for root in items.iter().chain([&document.root]) {
            if let Some(name) = root.given("metadata").and_then(|metadata| metadata.given("name")) {
                roots.insert(name.span, root);
            }
        }
    }
    roots
}
