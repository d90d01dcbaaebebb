//! YAML in a text of a document, as Kubernetes' `ConfigMap` holds it.

use super::parse::parse_first;
use super::{Entry, Limits, Node, NodeKind, parse};
use crate::diagnostic::Report;
use crate::source::{SourceMap, Span};

/// A text in a text is a configuration, never a mesh.
const LIMITS: Limits = Limits { nodes: 100_000, documents: 1, alias_nodes: 10_000, ..Limits::DEFAULT };

/// The document in the text of an entry, as Go programs read it: of several the first, and of equal keys the last. `None` when
/// it holds none.
///
/// Its places are in the source around it: of a block text the very lines, of any other the entry's key.
pub fn embedded(entry: &Entry, sources: &SourceMap, report: &mut Report) -> Option<Node> {
    let text = entry.value.text()?;
    let mut own = SourceMap::default();
    let id = own.add("", text);
    let mut found = Report::default();
    let document = parse_first(&own, id, &LIMITS, &mut found);
    let lines = LineMap::of(entry, text, sources);
    for mut diagnostic in found.sorted() {
        for label in &mut diagnostic.labels {
            label.span = lines.outside(label.span);
        }
        diagnostic.fix = None;
        report.push(diagnostic);
    }
    let mut root = document?.root;
    relocate(&mut root, &lines);
    Some(root)
}

/// YAML in a text whose places do not matter; `None` for one that is not a single document without a problem.
pub fn standing_alone(text: &str) -> Option<Node> {
    let mut own = SourceMap::default();
    let id = own.add("", text);
    let mut found = Report::default();
    let mut documents = parse(&own, id, &LIMITS, &mut found).into_iter();
    let only = documents.next().filter(|_| documents.next().is_none())?;
    (!found.has_errors()).then_some(only.root)
}

/// Calls itself once for each level, of which there are few.
fn relocate(node: &mut Node, lines: &LineMap) {
    node.span = lines.outside(node.span);
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(|item| relocate(item, lines)),
        NodeKind::Map(entries) => {
            for entry in entries {
                entry.key_span = lines.outside(entry.key_span);
                relocate(&mut entry.value, lines);
            }
        }
        _ => {}
    }
}

/// Where the lines of a text stand in the source around it.
struct LineMap {
    key: Span,
    /// The first byte of each line, inside and outside; empty when the text is written otherwise.
    starts: Vec<(u32, u32)>,
}

impl LineMap {
    fn of(entry: &Entry, text: &str, sources: &SourceMap) -> Self {
        let span = entry.value.span;
        Self { key: entry.key_span, starts: starts(text, sources.text(span), span.start).unwrap_or_default() }
    }

    fn outside(&self, inside: Span) -> Span {
        match (self.offset(inside.start), self.offset(inside.end)) {
            (Some(start), Some(end)) => Span { source: self.key.source, start, end: end.max(start) },
            _ => self.key,
        }
    }

    fn offset(&self, inside: u32) -> Option<u32> {
        let line = self.starts.partition_point(|(start, _)| *start <= inside).checked_sub(1)?;
        let (start, outside) = self.starts.get(line)?;
        Some(outside.saturating_add(inside.saturating_sub(*start)))
    }
}

/// `None` when a line of the text is not a line of the source with blanks before it.
fn starts(text: &str, around: &str, around_start: u32) -> Option<Vec<(u32, u32)>> {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut starts = Vec::new();
    let mut inside = 0_u32;
    let mut outside = around_start;
    let mut lines = around.split('\n').peekable();
    let header = lines.next_if(|line| line.trim_start().starts_with('|'));
    outside = outside.saturating_add(header.map_or(0, |line| length(line).saturating_add(1)));
    for line in text.trim_end().split('\n') {
        let outer = lines.next()?;
        let blanks = outer.trim_end_matches('\r').strip_suffix(line)?;
        if !blanks.trim_start().is_empty() {
            return None;
        }
        starts.push((inside, outside.saturating_add(length(blanks))));
        inside = inside.saturating_add(length(line)).saturating_add(1);
        outside = outside.saturating_add(length(outer)).saturating_add(1);
    }
    Some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of every scalar of the inner document, as its place in the outer source has it.
    fn places(source: &str) -> Vec<String> {
        let mut sources = SourceMap::default();
        let id = sources.add("cm.yaml", source);
        let mut report = Report::default();
        let documents = parse(&sources, id, &Limits::DEFAULT, &mut report);
        let root = &documents.first().unwrap().root;
        let inner = embedded(root.entries().first().unwrap(), &sources, &mut report).unwrap();
        assert!(!report.has_errors(), "{report:?}");
        let entries = inner.entries().iter();
        entries
            .flat_map(|entry| [sources.text(entry.key_span), sources.text(entry.value.span)])
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_block_text_is_pointed_into() {
        let expected = ["é", "1", "trustDomain", "a.b"];
        for header in ["|", "|-", "|+", "|2", "| # why"] {
            assert_eq!(places(&format!("mesh: {header}\n  é: 1\n\n  trustDomain: a.b\n")), expected, "{header}");
        }
        assert_eq!(places("mesh: |\r\n  é: 1\r\n  trustDomain: a.b\r\n"), expected);
    }

    #[test]
    fn any_other_text_is_pointed_at_by_its_key() {
        assert_eq!(places("mesh: \"a: 1\\nb: 2\"\n"), ["mesh"; 4]);
        assert_eq!(places("mesh: >\n  a: 1\n\n  b: 2\n"), ["mesh"; 4]);
    }
}
