//! What we say about a text: data, without colour, line numbers or line breaks.
//!
//! [`render`] turns it into something to read.

pub mod codes;
pub mod render;
pub(crate) mod shown;

pub use codes::Code;
pub use shown::{is_hidden, on_one_line};

use serde::{Deserialize, Serialize};

use crate::source::{SourceMap, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is compiled.
    Error,
    /// It compiles, and something is probably not as meant.
    Warning,
    /// Worth knowing: what was assumed, what was left out.
    Note,
}

/// One thing to say.
///
/// Its texts contain parts of given documents. Each part is kept on one line and cannot steer a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule speaks; it fixes the severity and has a page.
    pub code: &'static Code,
    /// The one sentence to keep if there were room for one: what is wrong.
    pub message: String,
    /// Where: the first is the place to look at, the others are what it clashes with.
    pub labels: Vec<Label>,
    /// Why it matters here.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// An edit that does it.
    pub fix: Option<Fix>,
    /// An edit that is not offered, and why.
    pub withheld: Option<(Fix, Withheld)>,
}

/// Why an edit is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It opens a flow, or it is unknown whether it does.
    Opens,
    /// It may let in requests that come from outside of the mesh, which are not compared.
    LetsIn,
    /// Several objects share what it changes, by an anchor.
    Shared,
    /// There are too many edits, or too many objects, to compare its flows.
    NotCompared,
}

/// A place and what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words for this place; empty when the message says it all.
    pub message: String,
}

/// An edit that a tool may apply: one place, one new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// What to replace.
    pub span: Span,
    /// With what.
    pub replacement: String,
}

impl Diagnostic {
    /// A diagnostic about one place.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self::nowhere(code, message).label(span, "")
    }

    /// A diagnostic about something that is missing, so that no place can be shown.
    pub fn nowhere(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: on_one_line(&message.into()),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
            withheld: None,
        }
    }

    /// A diagnostic about one place, where that is known.
    pub fn at(code: &'static Code, span: Option<Span>, message: impl Into<String>) -> Self {
        let diagnostic = Self::nowhere(code, message);
        match span {
            Some(span) => diagnostic.label(span, ""),
            None => diagnostic,
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: on_one_line(&message.into()) });
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(on_one_line(&note.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(on_one_line(&help.into()));
        self
    }

    /// Offers an edit.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: on_one_line(&title.into()), span, replacement: replacement.into() });
        self
    }

    /// Takes the edit back for a reason.
    #[must_use]
    pub fn withhold(mut self, why: Withheld) -> Self {
        self.withheld = self.fix.take().map(|fix| (fix, why)).or(self.withheld);
        self
    }

    /// The severity of its code.
    pub fn severity(&self) -> Severity {
        self.code.severity
    }

    /// The place to look at first.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

impl Fix {
    /// The edit in the style of what it replaces: JSON has its keys and texts in quotes, and lines end as those around it do.
    #[must_use]
    pub fn in_style(mut self, sources: &SourceMap) -> Self {
        let replaced = sources.text(self.span);
        let was_quoted = replaced.len() > 1 && replaced.starts_with('"') && replaced.ends_with('"');
        // What begins otherwise is a map, a list or a text in quotes, and a number loses its quotes on purpose.
        let is_word = self.replacement.starts_with(|c: char| c.is_ascii_alphabetic())
            && !matches!(&*self.replacement, "true" | "false" | "null")
            && !self.replacement.contains(['"', '\\', '\n']);
        if was_quoted && is_word {
            self.replacement = format!("\"{}\"", self.replacement);
        }
        if self.replacement.contains('\n') && ends_lines_with_cr(self.span, sources) {
            self.replacement = self.replacement.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        self
    }
}

/// Whether the line of a place ends with CR and LF, or where it is the last one, the line before it.
fn ends_lines_with_cr(place: Span, sources: &SourceMap) -> bool {
    let Some(text) = sources.get(place.source).map(|source| &*source.text) else { return false };
    let start = place.range().start;
    let (before, behind) = (text.get(..start).unwrap_or_default(), text.get(start..).unwrap_or_default());
    match (behind.split_once('\n'), before.rsplit_once('\n')) {
        (Some((line, _)), _) if !line.is_empty() => line.ends_with('\r'),
        (Some(_), _) => before.ends_with('\r'),
        (None, Some((line, _))) => line.ends_with('\r'),
        (None, None) => false,
    }
}

/// What one run has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl From<Vec<Diagnostic>> for Report {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }
}

impl Report {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds some.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.extend(diagnostics);
    }

    /// Whether anything was refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }

    /// In the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }

    /// All of them, in the order they were found.
    pub fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        self.diagnostics.into_iter()
    }

    /// In reading order: by place, then by code; the same thing once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by(|a, b| {
            (a.span().is_none(), a.span(), a.code.id, &a.message).cmp(&(
                b.span().is_none(),
                b.span(),
                b.code.id,
                &b.message,
            ))
        });
        self.diagnostics.dedup();
        self.diagnostics
    }
}
