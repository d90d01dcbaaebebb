//! Diagnostics and places, in the form of responses.

use std::collections::BTreeMap;

use crate::api;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::{LineIndex, PositionEncoding, SourceId, SourceMap, Span};
use crate::syntax::{Document, path};

/// The largest number of diagnostics: more than anybody reads, and few enough for a terminal and a browser. It is at
/// most the number that the text renderer shows, because the renderer leaves diagnostics out without regard to their
/// severity.
pub(in crate::api) const MOST_DIAGNOSTICS: usize = 500;

/// The diagnostics of a report that are shown.
pub(in crate::api) fn shown(report: Report) -> Vec<Diagnostic> {
    let mut diagnostics = once_for_each_kind(report.sorted());
    let more = diagnostics.len().saturating_sub(MOST_DIAGNOSTICS);
    if more > 0 {
        // Errors are kept, wherever they are: a refusal needs its reason.
        diagnostics.sort_by_key(Diagnostic::severity);
        diagnostics.truncate(MOST_DIAGNOSTICS);
        diagnostics = Report::from(diagnostics).sorted();
        diagnostics
            .push(Diagnostic::nowhere(&codes::TOO_MANY_DIAGNOSTICS, format!("{more} more diagnostics are not shown")));
    }
    diagnostics
}

/// A dump of a cluster contains hundreds of documents of kinds that are not read, and a folder as many files of other tools;
/// one note for each kind is enough.
fn once_for_each_kind(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_ignored = |each: &Diagnostic| each.code == &codes::KIND_NOT_READ || each.code == &codes::OBJECT_SKIPPED;
    let mut more: BTreeMap<String, usize> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|each| is_ignored(each)) {
        let count = more.entry(diagnostic.message.clone()).or_default();
        *count = count.saturating_add(1);
    }
    let mut kept = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics {
        if !is_ignored(&diagnostic) {
            kept.push(diagnostic);
        } else if let Some(count) = more.remove(&diagnostic.message) {
            kept.push(match count.saturating_sub(1) {
                0 => diagnostic,
                1 => diagnostic.note("one more document is of this kind"),
                more => diagnostic.note(format!("{more} more documents are of this kind")),
            });
        }
    }
    kept
}

/// Turns spans into places.
#[derive(Debug)]
pub(in crate::api) struct Places<'a> {
    sources: &'a SourceMap,
    documents: BTreeMap<SourceId, Vec<&'a Document>>,
    lines: BTreeMap<SourceId, LineIndex>,
    encoding: PositionEncoding,
}

impl<'a> Places<'a> {
    pub(in crate::api) fn new(sources: &'a SourceMap, documents: &'a [Document], encoding: PositionEncoding) -> Self {
        let mut by_source: BTreeMap<SourceId, Vec<&Document>> = BTreeMap::new();
        for document in documents {
            by_source.entry(document.root.span.source).or_default().push(document);
        }
        Self { sources, documents: by_source, lines: BTreeMap::new(), encoding }
    }

    pub(in crate::api) fn diagnostic(&mut self, diagnostic: &Diagnostic) -> api::Diagnostic {
        api::Diagnostic {
            code: diagnostic.code.id.to_owned(),
            slug: diagnostic.code.slug.to_owned(),
            severity: diagnostic.severity(),
            message: diagnostic.message.clone(),
            labels: diagnostic.labels.iter().map(|label| self.place(label.span, &label.message)).collect(),
            notes: diagnostic.notes.clone(),
            help: diagnostic.help.clone(),
            fix: diagnostic.fix.as_ref().map(|fix| api::Fix {
                title: fix.title.clone(),
                place: self.place(fix.span, ""),
                replacement: fix.replacement.clone(),
            }),
        }
    }

    pub(in crate::api) fn place(&mut self, span: Span, message: &str) -> api::Place {
        let (name, text) = self.sources.get(span.source).map_or(("", ""), |source| (&*source.name, &*source.text));
        let lines = self.lines.entry(span.source).or_insert_with(|| LineIndex::new(text));
        let documents = self.documents.get(&span.source).map(Vec::as_slice).unwrap_or_default();
        // Documents are in the order of the text, so the one that contains the span is found by binary search.
        let after = documents.partition_point(|document| document.root.span.start <= span.start);
        let document = after.checked_sub(1).and_then(|index| documents.get(index));
        api::Place {
            source: name.to_owned(),
            path: document.and_then(|document| path(&document.root, span)),
            start: lines.position(text, span.start, self.encoding),
            end: lines.position(text, span.end, self.encoding),
            message: message.to_owned(),
        }
    }
}
