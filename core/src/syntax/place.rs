//! From the parser's places to spans.

use crate::source::{SourceId, Span};

/// One source, and spans in it. All are on character boundaries and inside the text, even where the parser's are not.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) id: SourceId,
    pub(super) text: &'a str,
}

impl<'a> Place<'a> {
    /// A span of bytes; what does not fit is moved to the left until it does.
    pub(super) fn span(self, start: usize, end: usize) -> Span {
        let start = self.boundary(start);
        let end = self.boundary(end).max(start);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { source: self.id, start: offset(start), end: offset(end) }
    }

    /// The span of what the parser gives with an event.
    pub(super) fn event(self, span: granit_parser::Span) -> Span {
        let at = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(self.text.len());
        self.span(at(span.start), at(span.end))
    }

    /// The character at an offset; nothing at the end of the text or of a line.
    pub(super) fn character(self, at: usize) -> Span {
        let length = self.after(at).chars().next().filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8);
        self.span(at, at.saturating_add(length))
    }

    /// The text before an offset.
    pub(super) fn before(self, at: usize) -> &'a str {
        self.text.get(..self.boundary(at)).unwrap_or("")
    }

    /// The text from an offset on.
    pub(super) fn after(self, at: usize) -> &'a str {
        self.text.get(self.boundary(at)..).unwrap_or("")
    }

    /// The text of a span.
    pub(super) fn slice(self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    fn boundary(self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    }
}
