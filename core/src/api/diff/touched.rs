//! Which documents the author changed, by what they say and not by where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::source::{SourceId, Span};
use crate::syntax::{Document, Node, NodeKind};

/// The documents that one side has and the other has not.
#[derive(Debug, Default)]
pub(super) struct Touched {
    before: Places,
    after: Places,
    /// Every word of theirs.
    words: BTreeSet<String>,
}

/// Where documents stand, by source and start.
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

    /// Whether a document that was changed names this.
    pub(super) fn names(&self, name: &str) -> bool {
        self.words.contains(name)
    }

    /// Whether a place before the change is in a document that is gone or says something else now.
    pub(super) fn was_changed(&self, span: Span) -> bool {
        holds(&self.before, span)
    }

    /// Whether a place after the change is in a document that is new or said something else before.
    pub(super) fn is_changed(&self, span: Span) -> bool {
        holds(&self.after, span)
    }
}

fn holds(places: &Places, span: Span) -> bool {
    let near = places.range(..=(span.source, span.start)).next_back();
    near.is_some_and(|((source, _), end)| *source == span.source && span.start <= *end)
}

/// Documents, and items of lists, by what they say.
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

/// A text that two nodes share when they say the same, in whatever order their keys stand.
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

/// Every text, and each part of those that name a namespace together with something else.
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
