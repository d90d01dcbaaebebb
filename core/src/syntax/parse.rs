use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};

use super::outline::{AliasTarget, Bulk, ItemKind, Outline};
use super::place::Place;
use super::problems::Problems;
use super::refusal::refusal;
use super::scalar::Scalar;
use super::template::{RENDER_FIRST, looks_like_template};
use super::tree::{RepeatedKey, tree};
use super::{Document, Limits, NodeKind};
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::{SourceId, SourceMap, Span};

/// Reads a source into its documents, without those that are empty.
///
/// Cannot fail: what is wrong goes to the report, and what was read before the first error of syntax is returned.
/// `Limits::total_bytes` is the caller's to check.
pub fn parse(sources: &SourceMap, id: SourceId, limits: &Limits, report: &mut Report) -> Vec<Document> {
    read(sources, id, limits, (Extent::Source, RepeatedKey::Reported), report)
}

/// Reads the first document of a source, and of a key that a map has twice the last one, as Go programs do with YAML in a
/// text: what stands behind the document may be anything (`Unmarshal` of Go's `sigs.k8s.io/yaml`).
///
/// `None` for a document that is empty.
pub(super) fn parse_first(sources: &SourceMap, id: SourceId, limits: &Limits, report: &mut Report) -> Option<Document> {
    read(sources, id, limits, (Extent::FirstDocument, RepeatedKey::LastCounts), report).pop()
}

fn read(
    sources: &SourceMap,
    id: SourceId,
    limits: &Limits,
    (extent, repeated): (Extent, RepeatedKey),
    report: &mut Report,
) -> Vec<Document> {
    let Some(source) = sources.get(id) else { return Vec::new() };
    let place = Place { id, text: &source.text };
    let mut problems = Problems::new(report);
    if let Some(problem) = too_large(place, limits).or_else(|| not_text(place)) {
        problems.push(problem);
        return Vec::new();
    }
    let mut reading = Reading {
        place,
        limits,
        repeated,
        problems,
        outline: Outline::default(),
        nodes: 0,
        counted: 0,
        added: 0,
        documents: Vec::new(),
    };
    if let Err(last) = reading.source(extent) {
        reading.problems.push(*last);
    }
    reading.documents
}

/// How much of a source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Source,
    FirstDocument,
}

/// Before anything is read: a text that is too large costs nothing.
fn too_large(place: Place<'_>, limits: &Limits) -> Option<Diagnostic> {
    // Spans count bytes in 32 bits.
    let most = limits.source_bytes.min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
    (place.text.len() > most).then(|| {
        let message = format!("the source has {} bytes, and at most {most} are allowed", place.text.len());
        Diagnostic::new(&codes::SOURCE_TOO_LARGE, place.span(most, most), message).help("split it into smaller sources")
    })
}

/// YAML's own set of characters, which is what the parser and Kubernetes' reader take; the parser's place is coarser.
fn not_text(place: Place<'_>) -> Option<Diagnostic> {
    let bad = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    let (at, c) = place.text.char_indices().find(|&(_, c)| bad(c))?;
    let message = format!("the source contains the character U+{:04X}, which is not text", u32::from(c));
    let problem = Diagnostic::new(&codes::NOT_TEXT, place.character(at), message);
    Some(if c == '\0' {
        problem.help("save it as UTF-8: this looks like UTF-16, or is not text at all")
    } else {
        problem.help(format!("remove it, or write it as `\\u{:04x}` in double quotes", u32::from(c)))
    })
}

/// Why reading ends before the source does.
type Fatal = Box<Diagnostic>;

fn too_many_nodes(place: Span) -> Fatal {
    let message = "the sources contain too many values up to this place";
    let most = Limits::DEFAULT.nodes;
    Box::new(
        Diagnostic::new(&codes::TOO_MANY_NODES, place, message)
            .note(format!("all sources together may contain at most {most} keys and values"))
            .help("remove documents that describe neither policies nor the mesh"),
    )
}

struct Reading<'a, 'l, 'r> {
    place: Place<'a>,
    limits: &'l Limits,
    repeated: RepeatedKey,
    problems: Problems<'r>,
    outline: Outline<'a>,
    /// Nodes of the text so far, and those of them in documents that are done.
    nodes: usize,
    counted: usize,
    /// Nodes that aliases added so far.
    added: usize,
    documents: Vec<Document>,
}

impl<'a> Reading<'a, '_, '_> {
    fn source(&mut self, extent: Extent) -> Result<(), Fatal> {
        let mut options =
            granit_parser::options! { emit_unresolved_aliases: true, block_scalar_eof_without_line_feed: true };
        // One more than our own limit, so that ours is reached first wherever the parser does not look ahead.
        options.flow_nesting_limit = self.limits.depth.saturating_add(1);
        options.block_nesting_limit = self.limits.depth.saturating_add(1);
        let mut started = 0usize;
        for event in Parser::new_from_str_with_options(self.place.text, options) {
            let (event, span) = event.map_err(|error| self.refused(&error))?;
            if matches!(event, Event::DocumentStart(..)) {
                started = started.saturating_add(1);
                if started > self.limits.documents {
                    return Err(self.too_many_documents(self.place.event(span)));
                }
            }
            let is_end = extent == Extent::FirstDocument && matches!(event, Event::DocumentEnd);
            self.event(event, span)?;
            if is_end || self.problems.full() {
                break;
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'a>, span: granit_parser::Span) -> Result<(), Fatal> {
        if matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(..)) {
            self.nodes = self.nodes.saturating_add(1);
            if self.nodes > self.limits.nodes {
                return Err(too_many_nodes(self.place.event(span)));
            }
        }
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let place = self.scalar_place(span, style);
                let shape = self.scalar(value, style, tag.as_deref(), span);
                self.outline.leaf(place, anchor, shape, Bulk { nodes: 1, depth: 0 });
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.collection_tag("seq", tag.as_deref(), span);
                let place = self.list_place(span, style);
                self.open(place, anchor, ItemKind::List)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.collection_tag("map", tag.as_deref(), span);
                self.open(self.place.event(span), anchor, ItemKind::Map)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // Only a bracket takes up room; a block's end is noticed at the next event.
                let end = self.place.event(span);
                self.outline.close((end.start < end.end).then_some(end.end));
            }
            Event::Alias(anchor) => self.alias(anchor, self.place.event(span))?,
            Event::UnresolvedAlias(_) => {
                let place = self.place.event(span);
                self.unknown_alias(place);
            }
            Event::DocumentEnd => {
                let outline = std::mem::take(&mut self.outline);
                let root = tree(&outline, self.place, self.repeated, &mut self.problems);
                let nodes = self.nodes.saturating_sub(self.counted);
                self.counted = self.nodes;
                let root = root.filter(|root| root.kind != NodeKind::Null);
                self.documents.extend(root.map(|root| Document { root, nodes }));
            }
            // Nothing that is asked for is left; the parser may learn new events.
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, place: Span, anchor: usize, shape: ItemKind<'a>) -> Result<(), Fatal> {
        if self.outline.depth() >= self.limits.depth {
            return Err(self.too_deep(self.place.character(place.range().start)));
        }
        self.outline.open(place, anchor, shape);
        Ok(())
    }

    fn scalar(
        &mut self,
        value: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: granit_parser::Span,
    ) -> ItemKind<'a> {
        let plain = style == ScalarStyle::Plain;
        let merges = value == "<<" && self.outline.key_follows();
        let Some(tag) = tag else {
            return match plain {
                true if merges => ItemKind::Merge,
                true => ItemKind::Scalar(Scalar::plain(value)),
                false => ItemKind::Scalar(Scalar::Text(value)),
            };
        };
        let name = name(tag);
        match name.as_deref() {
            Some("!" | "str") => return ItemKind::Scalar(Scalar::Text(value)),
            // Written by tools that spell every tag out.
            Some("merge") if merges => return ItemKind::Merge,
            Some(known @ ("int" | "float" | "bool" | "null")) => {
                if let Some(scalar) = Scalar::tagged(known, value.clone()) {
                    return ItemKind::Scalar(scalar);
                }
                self.bad_tag(
                    span,
                    &format!("does not match the value `{}`", shown(&value)),
                    "remove it, or correct the value",
                );
            }
            Some("binary") => self.bad_tag(span, "cannot be written in JSON", "write the decoded text"),
            Some("seq" | "map") => self.bad_tag(span, "does not match a scalar", "remove it"),
            _ => self.bad_tag(span, "is unknown", "remove it: Kubernetes decides the type of a value by its form"),
        }
        ItemKind::Scalar(if plain { Scalar::plain(value) } else { Scalar::Text(value) })
    }

    fn collection_tag(&mut self, expected: &str, tag: Option<&Tag>, span: granit_parser::Span) {
        let Some(tag) = tag else { return };
        match name(tag).as_deref() {
            Some(name) if name == "!" || name == expected => {}
            Some("seq") => self.bad_tag(span, "does not match a map", "remove it"),
            Some("map") => self.bad_tag(span, "does not match a list", "remove it"),
            Some("str" | "int" | "float" | "bool" | "null") => {
                self.bad_tag(span, "does not match a list or map", "remove it");
            }
            _ => self.bad_tag(span, "is unknown", "remove it: Kubernetes decides the type of a value by its form"),
        }
    }

    fn alias(&mut self, anchor: usize, place: Span) -> Result<(), Fatal> {
        match self.outline.target(anchor) {
            AliasTarget::Item(item, bulk) => {
                self.added = self.added.saturating_add(bulk.nodes);
                if self.added > self.limits.alias_nodes {
                    return Err(self.expansion(place));
                }
                if self.outline.depth().saturating_add(bulk.depth) > self.limits.depth {
                    return Err(self.too_deep(place));
                }
                self.outline.leaf(place, 0, ItemKind::Alias(item), bulk);
            }
            AliasTarget::Itself => {
                self.bad_alias(place, "is inside the value that it refers to", "write the value itself");
            }
            AliasTarget::Nothing => self.unknown_alias(place),
        }
        Ok(())
    }

    /// A block text ends with its last line, not with the empty lines behind it; nothing stands after its colon.
    fn scalar_place(&self, span: granit_parser::Span, style: ScalarStyle) -> Span {
        let mut place = self.place.event(span);
        let start = place.range().start;
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            place = self.place.span(start, start.saturating_add(self.place.slice(place).trim_end().len()));
        } else if place.start == place.end
            && let Some(key_end) = self.outline.value_follows()
        {
            let behind_key = self.place.after(usize::try_from(key_end).unwrap_or(usize::MAX));
            let behind_blanks = behind_key.trim_start();
            if behind_blanks.starts_with(':') {
                let colon = self.place.text.len().saturating_sub(behind_blanks.len());
                let behind_colon = colon.saturating_add(1);
                // A property of the empty value stands between the colon and its place.
                place = self.place.span(start.max(behind_colon), start.max(behind_colon));
            }
        }
        place
    }

    /// A list begins with its first dash, also where the parser notices it only behind the dash.
    fn list_place(&self, span: granit_parser::Span, style: StructureStyle) -> Span {
        let place = self.place.event(span);
        let start = place.range().start;
        if style == StructureStyle::Flow || self.place.after(start).starts_with("- ") {
            return place;
        }
        match self.place.before(start).trim_end().strip_suffix('-') {
            Some(before) => self.place.span(before.len(), start),
            None => place,
        }
    }

    fn refused(&self, error: &ScanError) -> Fatal {
        let at = error.marker().byte_offset().unwrap_or(self.place.text.len());
        let place = self.place.character(at);
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(place);
        }
        let (message, help) = refusal(error.kind());
        let problem = Diagnostic::new(&codes::SYNTAX, place, message);
        let of_template = looks_like_template(self.place, at).then_some(RENDER_FIRST);
        Box::new(match of_template.or(help) {
            Some(help) => problem.help(help),
            None => problem,
        })
    }

    fn too_deep(&self, place: Span) -> Fatal {
        let message = format!("lists and maps are nested more than {} levels deep", self.limits.depth);
        Box::new(Diagnostic::new(&codes::TOO_DEEP, place, message))
    }

    fn too_many_documents(&self, place: Span) -> Fatal {
        let message = format!("the source contains more than {} documents", self.limits.documents);
        Box::new(Diagnostic::new(&codes::TOO_MANY_DOCUMENTS, place, message).help("split it into smaller sources"))
    }

    fn expansion(&self, place: Span) -> Fatal {
        let message = format!("aliases add more than {} values to this source", self.limits.alias_nodes);
        Box::new(
            Diagnostic::new(&codes::ALIAS_EXPANSION, place, message)
                .help("write the values themselves, or split the source"),
        )
    }

    /// A text that begins with `*` is an alias, whatever its author meant by it.
    fn unknown_alias(&mut self, place: Span) {
        let text = self.place.slice(place);
        let help = if text.starts_with("*.") {
            format!("put it in quotes if it is a wildcard: `\"{}\"`", shown(text))
        } else {
            "define its anchor earlier in the same document, or put the text in quotes".to_owned()
        };
        self.bad_alias(place, "has no anchor", &help);
    }

    fn bad_alias(&mut self, place: Span, what: &str, help: &str) {
        let message = format!("alias `{}` {what}", shown(self.place.slice(place)));
        self.problems.push(Diagnostic::new(&codes::BAD_ALIAS, place, message).help(help));
        self.outline.leaf(place, 0, ItemKind::Missing, Bulk { nodes: 1, depth: 0 });
    }

    fn bad_tag(&mut self, span: granit_parser::Span, what: &str, help: &str) {
        let place = self.place.event(span.tag_span().unwrap_or(span));
        let message = format!("tag `{}` {what}", shown(self.place.slice(place)));
        self.problems.push(Diagnostic::new(&codes::BAD_TAG, place, message).help(help));
    }
}

/// The name of a tag of YAML's own, and `!` for the one that says only "not plain".
fn name(tag: &Tag) -> Option<Cow<'_, str>> {
    match tag.parts() {
        ("", "!") => Some(Cow::Borrowed("!")),
        _ => tag.suffix_in_namespace("tag:yaml.org,2002:"),
    }
}
