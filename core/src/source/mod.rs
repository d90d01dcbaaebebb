//! Texts, and places in them.
//!
//! Every place is a [`Span`] of bytes; lines, columns and UTF-16 units are computed at the border, by a [`LineIndex`].

mod position;
mod span;

pub use position::{LineIndex, Position, PositionEncoding};
pub use span::{Span, Spanned};

use std::sync::Arc;

/// Names one text of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// One text that was given to us, under the name it was given with.
#[derive(Debug, Clone)]
pub struct Source {
    /// What the caller calls it: a path, or any label. Never opened.
    pub name: Arc<str>,
    /// The text itself.
    pub text: Arc<str>,
}

/// The texts of one request.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// Adds a text; the answer names it in every [`Span`].
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(Source { name: name.into(), text: text.into() });
        id
    }

    /// The text with this name; `None` when the id is of another map.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::try_from(id.0).ok()?)
    }

    /// The bytes of a span, empty when the span is not of this map.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.range())).unwrap_or("")
    }

    /// All texts, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.sources)
    }
}
