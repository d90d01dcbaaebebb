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
    let (before, blanks) = line_before(first, sources)?;
    let key = if sources.text(first).starts_with('"') { quoted(key) } else { key.to_owned() };
    if sources.text(map.span).starts_with('{') {
        return Some(Edit { span: here, replacement: format!("{key}: {value}, ") });
    }
    let comments = comments_above(first, sources).filter(|_| before.trim().is_empty());
    Some(match comments {
        // Comments right above the first key are about it, and stay with it.
        Some(length) => {
            let start = first.start.saturating_sub(length);
            Edit { span: Span { start, end: start, ..first }, replacement: format!("{before}{key}: {value}\n") }
        }
        None => Edit { span: here, replacement: format!("{key}: {value}\n{blanks}") },
    })
}

/// Puts a text behind an item of a list.
pub(super) fn add_item(items: &Node, item: &Node, text: &str, sources: &SourceMap) -> Option<Edit> {
    let own = sources.text(item.span);
    let comment = comment_behind(item.span, sources);
    if sources.text(items.span).starts_with('[') {
        // A comment ends the line, so that it stays with its item only where the new one stands before both.
        let replacement =
            if comment.is_empty() { format!("{own}, {}", quoted(text)) } else { format!("{}, {own}", quoted(text)) };
        return Some(Edit { span: item.span, replacement });
    }
    // In block style the dash of the item stands on its line, unless somebody put a comment between them.
    let (before, blanks) = line_before(item.span, sources)?;
    let dash = before.rfind('-')?;
    let indent = blanks.get(..before.get(..dash)?.chars().count())?;
    let length = u32::try_from(comment.len()).ok()?;
    let span = Span { end: item.span.end.saturating_add(length), ..item.span };
    Some(Edit { span, replacement: format!("{own}{comment}\n{indent}- {}", quoted(text)) })
}

/// The comment behind a place on its line, with the blanks before it.
fn comment_behind(place: Span, sources: &SourceMap) -> &str {
    let behind = sources.get(place.source).and_then(|source| source.text.get(place.range().end..)).unwrap_or_default();
    let line = behind.split(['\r', '\n']).next().unwrap_or_default();
    let blanks = line.len().saturating_sub(line.trim_start().len());
    if blanks > 0 && line.trim_start().starts_with('#') { line } else { "" }
}

/// How long the lines are that stand right above a place and have nothing but a comment, with the blanks before the place.
fn comments_above(place: Span, sources: &SourceMap) -> Option<u32> {
    let text = sources.get(place.source)?.text.get(..place.range().start)?;
    let above = text.get(..text.rfind('\n')?.saturating_add(1))?;
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let comments: usize = above.split_inclusive('\n').rev().take_while(is_comment).map(str::len).sum();
    let blanks = text.len().saturating_sub(above.len());
    if comments == 0 { None } else { u32::try_from(comments.saturating_add(blanks)).ok() }
}

/// What stands before a place on its line, and as many blanks.
fn line_before(place: Span, sources: &SourceMap) -> Option<(&str, String)> {
    let text = &sources.get(place.source)?.text;
    let before = text.get(..place.range().start)?;
    let line = before.rsplit('\n').next().unwrap_or(before);
    Some((line, " ".repeat(line.chars().count())))
}
