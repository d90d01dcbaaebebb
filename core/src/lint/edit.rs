//! Edits that fit the text around them, be it block style, flow style or JSON.

use crate::source::{SourceMap, Span};
use crate::syntax::Node;

/// A new text and what it replaces.
pub(super) struct Edit {
    pub(super) span: Span,
    pub(super) replacement: String,
}

/// A text in quotes, which is a string whatever it looks like.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A list of texts, in flow style.
pub(super) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// Sets a key of a map: its value is replaced, or the key is put before the first one.
pub(super) fn set_key(map: &Node, key: &str, value: &str, sources: &SourceMap) -> Option<Edit> {
    match map.given(key) {
        Some(written) => Some(Edit { span: written.span, replacement: value.to_owned() }),
        None => add_key(map, key, value, sources),
    }
}

/// Puts a key before the first of a map.
pub(super) fn add_key(map: &Node, key: &str, value: &str, sources: &SourceMap) -> Option<Edit> {
    let first = map.entries().first()?.key_span;
    let here = Span { end: first.start, ..first };
    let (_, blanks) = line_before(first, sources)?;
    let key = if sources.text(first).starts_with('"') { quoted(key) } else { key.to_owned() };
    let after = if sources.text(map.span).starts_with('{') { ", ".to_owned() } else { format!("\n{blanks}") };
    Some(Edit { span: here, replacement: format!("{key}: {value}{after}") })
}

/// Puts a text behind an item of a list.
pub(super) fn add_item(items: &Node, item: &Node, text: &str, sources: &SourceMap) -> Option<Edit> {
    let own = sources.text(item.span);
    if sources.text(items.span).starts_with('[') {
        return Some(Edit { span: item.span, replacement: format!("{own}, {}", quoted(text)) });
    }
    // In block style the dash of the item stands on its line, unless somebody put a comment between them.
    let (before, blanks) = line_before(item.span, sources)?;
    let dash = before.rfind('-')?;
    let indent = blanks.get(..before.get(..dash)?.chars().count())?;
    Some(Edit { span: item.span, replacement: format!("{own}\n{indent}- {}", quoted(text)) })
}

/// What stands before a place on its line, and as many blanks.
fn line_before(place: Span, sources: &SourceMap) -> Option<(&str, String)> {
    let text = &sources.get(place.source)?.text;
    let before = text.get(..place.range().start)?;
    let line = before.rsplit('\n').next().unwrap_or(before);
    Some((line, " ".repeat(line.chars().count())))
}
