//! What every format is made of.

use egressc_core::api::{Diagnostic, Place, Severity, Source, Suppressed};
use egressc_core::stages::ObjectName;

use super::fingerprint::fingerprints;
use crate::inputs::{STDIN, identity};
use crate::terminal::printed;

/// The diagnostics that are shown, and what they are about.
pub(crate) struct Findings<'a> {
    pub(crate) diagnostics: &'a [Diagnostic],
    /// For each of them, the object that it is about.
    pub(crate) objects: &'a [Option<ObjectName>],
    /// Those that a suppression hides.
    pub(crate) suppressed: &'a [Suppressed],
    /// For each of them, the object that it is about.
    pub(crate) suppressed_objects: &'a [Option<ObjectName>],
    pub(crate) sources: &'a [Source],
    /// The mildest severity that fails the run.
    pub(crate) fails_from: Severity,
}

/// One diagnostic.
pub(super) struct Finding<'a> {
    pub(super) diagnostic: &'a Diagnostic,
    pub(super) object: Option<&'a ObjectName>,
    /// The same as long as the finding is the same, whatever moves around it. No two of a run have the same one.
    pub(super) fingerprint: String,
    /// Whether it fails the run.
    pub(super) fails: bool,
    /// What hides it.
    pub(super) suppression: Option<&'a Suppressed>,
}

impl<'a> Findings<'a> {
    /// Those that are shown.
    pub(super) fn iter(&self) -> impl Iterator<Item = Finding<'a>> {
        self.all().filter(|finding| finding.suppression.is_none())
    }

    /// Those that are shown, and after them those that are suppressed.
    pub(super) fn all(&self) -> impl Iterator<Item = Finding<'a>> {
        let shown = self.diagnostics.iter().zip(self.objects).map(|(diagnostic, object)| (diagnostic, object, None));
        let suppressed = self.suppressed.iter().zip(self.suppressed_objects);
        let suppressed = suppressed.map(|(hidden, object)| (&hidden.diagnostic, object, Some(hidden)));
        let all: Vec<_> = shown.chain(suppressed).collect();
        let fingerprints = fingerprints(all.iter().map(|(diagnostic, object, _)| (*diagnostic, object.as_ref())));
        let fails_from = self.fails_from;
        all.into_iter().zip(fingerprints).map(move |((diagnostic, object, suppression), fingerprint)| Finding {
            diagnostic,
            object: object.as_ref(),
            fingerprint,
            fails: suppression.is_none() && diagnostic.severity <= fails_from,
            suppression,
        })
    }

    /// A file for what has no place, in formats whose readers refuse a whole report for one finding without a file.
    pub(super) fn first_file(&self) -> &'a str {
        self.sources.first().map_or(STDIN, |source| &source.name)
    }
}

impl<'a> Finding<'a> {
    pub(super) fn place(&self) -> Option<&'a Place> {
        self.diagnostic.labels.first()
    }

    /// The message, and below it what its places show, why it matters, and what to do.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![self.diagnostic.message.clone()];
        let spoken = self.diagnostic.labels.iter().filter(|label| !label.message.is_empty());
        lines.extend(spoken.map(|label| {
            format!("{}:{}:{}: {}", identity(&label.source), label.start.line, label.start.column, label.message)
        }));
        lines.extend(self.remarks());
        lines.iter().map(|line| printed(line)).collect::<Vec<_>>().join("\n")
    }

    /// Why it matters, and what to do.
    pub(super) fn remarks(&self) -> impl Iterator<Item = String> {
        let notes = self.diagnostic.notes.iter().map(|note| format!("note: {note}"));
        notes.chain(self.diagnostic.help.iter().map(|help| format!("help: {help}")))
    }
}
