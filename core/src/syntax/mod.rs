//! From YAML or JSON text to a tree in which every node knows its place.
//!
//! The terms are YAML's: documents, lists, maps, scalars. The next stage decides what a document means.

mod embedded;
mod limits;
mod outline;
mod parse;
mod path;
mod place;
mod problems;
mod refusal;
mod scalar;
mod template;
mod tree;

pub use embedded::{embedded, standing_alone};
pub use limits::Limits;
pub use parse::parse;
pub use path::path;

use crate::source::Span;

/// One document of a source. `kind: List` is still one document here.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its root.
    pub root: Node,
    /// How many nodes its text has, keys too.
    pub nodes: usize,
}

/// A value and where it stands.
///
/// What an alias stands for has the place of its anchor, where the text is.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its place: of a scalar the text with its quotes, of a list or map from the first to the last entry.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is, after Kubernetes' reading of YAML scalars.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and the like.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Everything else, and everything quoted.
    Text(Box<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the text, without duplicates, with merge keys applied.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, as the text that JSON would have.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The value of a key, when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key that is there and not null, which is how Kubernetes reads an optional field.
    pub fn given(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|value| value.kind != NodeKind::Null)
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string; `None` for anything else.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What to call this node in a message.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Integer(_) | NodeKind::Float(_) => "a number",
            NodeKind::Text(_) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }
}
