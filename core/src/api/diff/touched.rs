//! Which documents the author changed. Documents are compared by their content, not by their position.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::source::{SourceId, Span};
use crate::syntax::{Document, Node, NodeKind};

/// The documents that only one side has.
#[derive(Debug, Default)]
pub(super) struct Touched {
    before: Places,
    after: Places,
    /// Every word of these documents.
    words: BTreeSet<String>,
}

/// The places of documents: the end, by source and start.
type Places = BTreeMap<(SourceId, u32), u32>;

impl Touched {
    pub(super) fn between(before: &[Document], after: &[Document]) -> Self {
        let (old, new) = (contents(before), contents(after));
        let mut touched = Self::default();
        for (_, nodes) in old.iter().filter(|(content, _)| !new.contains_key(*content)) {
            for node in nodes {
                touched.before.insert((node.span.source, node.span.start), node.span.end);
                words(node, &mut touched.words);
            }
        }
        for (_, nodes) in new.iter().filter(|(content, _)| !old.contains_key(*content)) {
            for node in nodes {
                touched.after.insert((node.span.source, node.span.start), node.span.end);
                words(node, &mut touched.words);
            }
        }
        touched
    }

    /// Whether a changed document contains this name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.words.contains(name)
    }

    /// Whether a place before the change is in a document that was deleted or changed.
    pub(super) fn was_changed(&self, span: Span) -> bool {
        holds(&self.before, span)
    }

    /// Whether a place after the change is in a document that is new or was changed.
    pub(super) fn is_changed(&self, span: Span) -> bool {
        holds(&self.after, span)
    }
}

fn holds(places: &Places, span: Span) -> bool {
    let near = places.range(..=(span.source, span.start)).next_back();
    near.is_some_and(|((source, _), end)| *source == span.source && span.start <= *end)
}

/// Documents, and items of lists, by their content.
fn contents(documents: &[Document]) -> BTreeMap<String, Vec<&Node>> {
    let mut contents: BTreeMap<String, Vec<&Node>> = BTreeMap::new();
    for document in documents {
        let root = &document.root;
        let is_list =
            matches!(root.get("kind").map(|kind| &kind.kind), Some(NodeKind::Text(kind)) if kind.ends_with("List"));
        let nodes = match root.get("items") {
            Some(items) if is_list => items.items().iter().collect(),
            _ => vec![root],
        };
        for node in nodes {
            let mut text = String::new();
            write(node, &mut text);
            contents.entry(text).or_default().push(node);
        }
    }
    contents
}

/// Writes the content of a node as text. The text does not depend on the order of keys.
fn write(node: &Node, out: &mut String) {
    // Writing to a text cannot fail.
    let _ = match &node.kind {
        NodeKind::Null => write!(out, "~"),
        NodeKind::Bool(value) => write!(out, "{value}"),
        NodeKind::Integer(value) => write!(out, "{value}"),
        NodeKind::Float(value) => write!(out, "{value:?}"),
        NodeKind::Text(text) => write!(out, "{text:?}"),
        NodeKind::List(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            write!(out, "]")
        }
        NodeKind::Map(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for entry in sorted {
                let _ = write!(out, "{:?}:", entry.key);
                write(&entry.value, out);
                out.push(',');
            }
            write!(out, "}}")
        }
    };
}

/// Collects every text, and its parts between slashes, because a text may contain a namespace together with a name.
fn words(node: &Node, words_of: &mut BTreeSet<String>) {
    match &node.kind {
        NodeKind::Text(text) => {
            words_of.insert(text.to_string());
            words_of.extend(text.split('/').map(str::to_owned));
        }
        NodeKind::Map(entries) => entries.iter().for_each(|entry| words(&entry.value, words_of)),
        NodeKind::List(items) => items.iter().for_each(|item| words(item, words_of)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) => {}
    }
}
