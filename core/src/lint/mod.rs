//! Mistakes in the user's own Istio objects that can be seen without asking for a request.
//!
//! [`crate::prove`] says what an object does to the declared flows; here is said why, and how to mend it.
//! One file for each kind of object. A rule speaks only where the documents leave no doubt.

mod authorization_policy;
mod edit;

use std::collections::BTreeMap;

use crate::diagnostic::Report;
use crate::istio::Objects;
use crate::model::PolicySet;
use crate::source::{SourceMap, Span};
use crate::syntax::{Document, Node};

/// What the rules look at.
struct Given<'a> {
    set: &'a PolicySet,
    sources: &'a SourceMap,
    /// The documents by the places of their names.
    roots: BTreeMap<Span, &'a Node>,
}

/// Applies every rule.
pub fn lint(set: &PolicySet, theirs: &Objects, documents: &[Document], sources: &SourceMap, report: &mut Report) {
    if theirs.is_empty() {
        return;
    }
    let mut roots = BTreeMap::new();
    for document in documents {
        let items = document.root.given("items").map(Node::items).unwrap_or_default();
        for root in items.iter().chain([&document.root]) {
            if let Some(name) = root.given("metadata").and_then(|metadata| metadata.given("name")) {
                roots.insert(name.span, root);
            }
        }
    }
    let given = Given { set, sources, roots };
    authorization_policy::lint(&given, theirs, report);
}
