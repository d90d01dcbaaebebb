//! Takes values out of a tree without judging them: what is not understood is named, so that it can be doubted.

use crate::resource::Labels;
use crate::source::{SourceMap, Span};
use crate::syntax::{Entry, Node, NodeKind};

/// A map of an object, and whether egressc made the object: then its places are in no text.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n> {
    node: &'n Node,
    made: bool,
}

impl<'n> Fields<'n> {
    pub(super) fn new(node: &'n Node, made: bool) -> Self {
        Self { node, made }
    }

    /// Where it stands; `None` in what egressc made.
    pub(super) fn span(self) -> Option<Span> {
        (!self.made).then_some(self.node.span)
    }

    /// A value that is there: Kubernetes drops nulls before it looks.
    pub(super) fn get(self, key: &str) -> Option<&'n Node> {
        self.node.get(key).filter(|value| value.kind != NodeKind::Null)
    }

    pub(super) fn has(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn text(self, key: &str) -> Option<String> {
        self.get(key).and_then(scalar)
    }

    pub(super) fn number(self, key: &str) -> Option<i64> {
        match &self.get(key)?.kind {
            NodeKind::Integer(number) => Some(*number),
            NodeKind::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn port(self, key: &str) -> Option<u16> {
        self.number(key).and_then(|number| u16::try_from(number).ok()).filter(|port| *port != 0)
    }

    pub(super) fn flag(self, key: &str) -> bool {
        matches!(self.get(key).map(|node| &node.kind), Some(NodeKind::Bool(true)))
    }

    pub(super) fn child(self, key: &str) -> Option<Self> {
        self.get(key).map(|node| Self { node, made: self.made })
    }

    pub(super) fn items(self, key: &str) -> impl Iterator<Item = Self> {
        self.get(key).map(Node::items).unwrap_or_default().iter().map(move |node| Self { node, made: self.made })
    }

    pub(super) fn entries(self) -> impl Iterator<Item = (&'n str, Self)> {
        self.node.entries().iter().map(move |entry| (&*entry.key, Self { node: &entry.value, made: self.made }))
    }

    pub(super) fn texts(self, key: &str) -> Vec<String> {
        self.get(key).map(Node::items).unwrap_or_default().iter().filter_map(scalar).collect()
    }

    pub(super) fn labels(self, key: &str) -> Option<Labels> {
        let entries = self.get(key)?.entries();
        Some(entries.iter().filter_map(|entry| Some((entry.key.to_string(), scalar(&entry.value)?))).collect())
    }

    /// The text of the map itself, when it is none but a scalar.
    pub(super) fn itself(self) -> Option<String> {
        scalar(self.node)
    }

    /// Keys that have a value and are not among those that are understood.
    pub(super) fn strange(self, known: &[&str]) -> Vec<String> {
        let strange = |entry: &&Entry| !known.contains(&&*entry.key) && !is_empty(&entry.value);
        self.node.entries().iter().filter(strange).map(|entry| entry.key.to_string()).collect()
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null => true,
        NodeKind::List(items) => items.is_empty(),
        _ => false,
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Text(text) => Some(text.to_string()),
        NodeKind::Integer(number) => Some(number.to_string()),
        NodeKind::Float(number) => Some(number.to_string()),
        NodeKind::Bool(fact) => Some(fact.to_string()),
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

/// A generated object as a tree. Its places mean nothing.
pub(super) fn tree(value: &serde_json::Value) -> Node {
    let nowhere = Span { source: SourceMap::default().add("", ""), start: 0, end: 0 };
    node(value, nowhere)
}

/// Calls itself once for each level: what egressc makes is shallow, and what a caller hands over was read from text.
fn node(value: &serde_json::Value, span: Span) -> Node {
    use serde_json::Value;
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(fact) => NodeKind::Bool(*fact),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => NodeKind::Integer(number),
            (None, Some(number)) => NodeKind::Float(number),
            (None, None) => NodeKind::Text(number.to_string().into()),
        },
        Value::String(text) => NodeKind::Text(text.as_str().into()),
        Value::Array(items) => NodeKind::List(items.iter().map(|item| node(item, span)).collect()),
        Value::Object(map) => NodeKind::Map(
            map.iter()
                .map(|(key, value)| Entry { key: key.as_str().into(), key_span: span, value: node(value, span) })
                .collect(),
        ),
    };
    Node { span, kind }
}
