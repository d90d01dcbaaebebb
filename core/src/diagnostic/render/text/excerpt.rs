//! The lines of a source around some labels, fit to be shown.
//!
//! The renderer draws them; it is given no more text than it shows, and none that could harm a terminal.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::shown::on_one_line;
use crate::diagnostic::{Fix, Label};
use crate::source::{LineIndex, PositionEncoding, SourceId, SourceMap, Span};

/// Labels of one diagnostic that are shown.
const MOST_LABELS: usize = 12;
/// Labels that are no further apart share an excerpt.
const NEAR: usize = 3;
/// A line with more characters is cut to a window around its label.
const LONGEST_LINE: usize = 160;
/// Of a long line, what is shown before and behind the first character of the label.
const BEFORE: usize = 40;
const BEHIND: usize = 80;
/// A fix over more lines is described, not drawn.
const MOST_FIXED_LINES: usize = 10;
const TAB: &str = "    ";

/// Some lines, and what is to be seen in them.
pub(super) struct Excerpt {
    pub(super) text: String,
    /// The number of the first line.
    pub(super) line: usize,
    /// Name, line and column of the first label.
    pub(super) place: String,
    pub(super) marks: Vec<Mark>,
}

/// A label in an excerpt.
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) primary: bool,
}

/// A fix in its lines.
pub(super) struct Replaced {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) range: Range<usize>,
    pub(super) replacement: String,
}

/// The sources, and the line starts of those that were asked for.
pub(super) struct Lines<'a> {
    sources: &'a SourceMap,
    indexes: BTreeMap<SourceId, LineIndex>,
}

/// A place in a line.
struct Spot<'a> {
    name: &'a str,
    /// The source from the start of the line on.
    rest: &'a str,
    /// The line, without its end.
    text: &'a str,
    /// Where the line starts in the source.
    start: usize,
    number: usize,
    column: u32,
}

/// A label and its line; what goes on in further lines is left out.
struct Placed<'a> {
    place: Spot<'a>,
    /// In the line.
    range: Range<usize>,
    message: &'a str,
    primary: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        Self { sources, indexes: BTreeMap::new() }
    }

    fn place(&mut self, source: SourceId, offset: u32) -> Option<Spot<'a>> {
        let given = self.sources.get(source)?;
        let index = self.indexes.entry(source).or_insert_with(|| LineIndex::new(&given.text));
        let bytes = index.position(&given.text, offset, PositionEncoding::Utf8);
        let characters = index.position(&given.text, offset, PositionEncoding::Utf32);
        let start = bytes.offset.saturating_sub(bytes.column.saturating_sub(1));
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let rest = given.text.get(start..)?;
        let text = first_line(rest);
        let number = usize::try_from(bytes.line).unwrap_or(usize::MAX);
        Some(Spot { name: &given.name, rest, text, start, number, column: characters.column })
    }

    fn placed(&mut self, label: &'a Label, primary: bool) -> Option<Placed<'a>> {
        let place = self.place(label.span.source, label.span.start)?;
        let within = |at: usize| at.saturating_sub(place.start).min(place.text.len());
        let Range { start, end } = label.span.range();
        let range = within(start)..within(end).max(within(start));
        Some(Placed { range, message: &label.message, primary, place })
    }
}

/// The excerpts for the labels of one diagnostic, that of the first label first.
pub(super) fn excerpts<'a>(lines: &mut Lines<'a>, labels: &'a [Label]) -> Vec<Excerpt> {
    let mut blocks: Vec<(SourceId, Vec<Placed<'a>>)> = Vec::new();
    for (number, label) in labels.iter().take(MOST_LABELS).enumerate() {
        let Some(placed) = lines.placed(label, number == 0) else { continue };
        let near = |(source, block): &&mut (SourceId, Vec<Placed<'a>>)| {
            *source == label.span.source && block.iter().any(|other| fit_together(&other.place, &placed.place))
        };
        match blocks.iter_mut().find(near) {
            Some((_, block)) => block.push(placed),
            None => blocks.push((label.span.source, vec![placed])),
        }
    }
    blocks.into_iter().filter_map(|(_, block)| excerpt(&block)).collect()
}

fn fit_together(a: &Spot<'_>, b: &Spot<'_>) -> bool {
    a.number.abs_diff(b.number) <= NEAR && !is_long(a.text) && !is_long(b.text)
}

fn excerpt(block: &[Placed<'_>]) -> Option<Excerpt> {
    let head = block.first()?;
    let first = block.iter().min_by_key(|placed| placed.place.number)?;
    let last = block.iter().map(|placed| placed.place.number).max()?;
    let mut text = String::new();
    let mut marks = Vec::new();
    for (number, line) in (first.place.number..=last).zip(first.place.rest.split('\n')) {
        if number > first.place.number {
            text.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let here = || block.iter().filter(|placed| placed.place.number == number);
        let window = window(line, here().next().map_or(0, |placed| placed.range.start));
        if window.start > 0 {
            text.push('…');
        }
        let base = text.len();
        // Where an offset of the line comes to lie, by what is shown before it.
        let shown = |offset: usize| {
            let offset = offset.clamp(window.start, window.end);
            base.saturating_add(line.get(window.start..offset).map_or(0, |before| tame(before).len()))
        };
        marks.extend(here().map(|placed| Mark {
            range: shown(placed.range.start)..shown(placed.range.end),
            message: placed.message.to_owned(),
            primary: placed.primary,
        }));
        text.push_str(&tame(line.get(window.clone()).unwrap_or("")));
        if window.end < line.len() {
            text.push('…');
        }
    }
    let Spot { name, number, column, .. } = head.place;
    let name: String = on_one_line(name).chars().take(LONGEST_LINE).collect();
    Some(Excerpt { text, line: first.place.number, place: format!("{name}:{number}:{column}"), marks })
}

/// The lines that a fix changes, and where and to what; `None` when that is too much to draw.
pub(super) fn replaced(lines: &mut Lines<'_>, fix: &Fix) -> Option<Replaced> {
    let Span { source, start, end } = fix.span;
    let (from, to) = (lines.place(source, start)?, lines.place(source, end)?);
    let count = to.number.checked_sub(from.number)?.saturating_add(1);
    let whole: Vec<&str> =
        from.rest.split('\n').take(count).map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let new: Vec<&str> = fix.replacement.split('\n').collect();
    if whole.len().max(new.len()) > MOST_FIXED_LINES || whole.iter().chain(&new).any(|line| is_long(line)) {
        return None;
    }
    let shown: Vec<String> = whole.iter().map(|line| tame(line)).collect();
    let text = shown.join("\n");
    let column = |place: &Spot<'_>, offset: u32| {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).saturating_sub(place.start).min(place.text.len());
        place.text.get(..offset).map_or(0, |before| tame(before).len())
    };
    let last_line = text.len().saturating_sub(shown.last()?.len());
    let range = column(&from, start)..last_line.saturating_add(column(&to, end));
    let replacement = new.iter().map(|line| tame(line)).collect::<Vec<_>>().join("\n");
    Some(Replaced { text, line: from.number, range, replacement })
}

/// What is shown of a line.
fn window(line: &str, place: usize) -> Range<usize> {
    if !is_long(line) {
        return 0..line.len();
    }
    let place = if line.is_char_boundary(place) { place } else { 0 };
    let before = line.get(..place).unwrap_or("").char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    let behind = line.get(place..).unwrap_or("").char_indices().nth(BEHIND);
    before..behind.map_or(line.len(), |(at, _)| place.saturating_add(at))
}

fn is_long(line: &str) -> bool {
    line.chars().nth(LONGEST_LINE).is_some()
}

fn first_line(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or("");
    line.strip_suffix('\r').unwrap_or(line)
}

fn tame(text: &str) -> String {
    on_one_line(&text.replace('\t', TAB))
}
