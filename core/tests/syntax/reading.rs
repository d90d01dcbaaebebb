//! What the tests here have in common: reading one text, and saying what came of it.

use egressc_core::stages::diagnostic::Report;
use egressc_core::stages::source::{SourceMap, Span};
use egressc_core::stages::syntax::{Document, Limits, Node, NodeKind, parse};

pub(crate) struct Read {
    pub(crate) sources: SourceMap,
    pub(crate) documents: Vec<Document>,
    pub(crate) report: Report,
}

pub(crate) fn read(text: &str) -> Read {
    read_within(text, &Limits::DEFAULT)
}

pub(crate) fn read_within(text: &str, limits: &Limits) -> Read {
    let mut sources = SourceMap::default();
    // A source before it, so that a span that forgets its source is noticed.
    sources.add("other.yaml", "");
    let id = sources.add("example.yaml", text);
    let mut report = Report::default();
    let documents = parse(&sources, id, limits, &mut report);
    Read { sources, documents, report }
}

/// The documents of a text without problems.
pub(crate) fn clean(text: &str) -> Read {
    let read = read(text);
    assert_eq!(read.problems(), Vec::<String>::new(), "in {text:?}");
    read
}

impl Read {
    /// Every problem as its code, its message, and the texts of its places.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.report
            .iter()
            .map(|problem| {
                let places: Vec<_> = problem.labels.iter().map(|label| self.slice(label.span)).collect();
                format!("{}: {} @ {places:?}", problem.code.slug, problem.message)
            })
            .collect()
    }

    /// The slugs of the problems.
    pub(crate) fn slugs(&self) -> Vec<&'static str> {
        self.report.iter().map(|problem| problem.code.slug).collect()
    }

    pub(crate) fn slice(&self, span: Span) -> &str {
        self.sources.text(span)
    }

    /// The roots, one after the other, as JSON.
    pub(crate) fn json(&self) -> String {
        self.documents.iter().map(|document| json(&document.root)).collect::<Vec<_>>().join(" --- ")
    }

    pub(crate) fn nodes(&self) -> Vec<&Node> {
        let mut nodes = Vec::new();
        let mut waiting: Vec<&Node> = self.documents.iter().map(|document| &document.root).collect();
        while let Some(node) = waiting.pop() {
            nodes.push(node);
            waiting.extend(node.items());
            waiting.extend(node.entries().iter().map(|entry| &entry.value));
        }
        nodes
    }

    /// Every span that a caller may slice with.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = self.nodes().iter().map(|node| node.span).collect();
        spans.extend(self.nodes().iter().flat_map(|node| node.entries()).map(|entry| entry.key_span));
        spans.extend(self.report.iter().flat_map(|problem| &problem.labels).map(|label| label.span));
        spans
    }
}

pub(crate) fn json(node: &Node) -> String {
    value(node).to_string()
}

pub(crate) fn value(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Integer(value) => (*value).into(),
        // JSON has no infinity.
        NodeKind::Float(value) if !value.is_finite() => format!("float {value}").into(),
        NodeKind::Float(value) => (*value).into(),
        NodeKind::Text(text) => (&**text).into(),
        NodeKind::List(items) => items.iter().map(value).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), value(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
