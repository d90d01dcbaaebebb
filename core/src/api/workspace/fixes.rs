//! Which edits are offered: none that opens a flow.

use super::Workspace;
use crate::api::Source;
use crate::diagnostic::{Code, Fix, Report};
use crate::source::{self, SourceId};

/// So many edits of one answer are compared, among at most so many objects: each takes as long as `diff`. Others are not offered.
const MOST_COMPARED: usize = 16;
const MOST_OBJECTS: usize = 500;

/// Whether the edits of a code are offered only where they open nothing. Beside policies an edit may give back a flow that a policy
/// declares; its author decides that, and `check --fix` leaves it out.
fn must_open_nothing(code: &Code) -> bool {
    code.id.starts_with("EGR07")
}

impl Workspace {
    /// Takes away the edits in objects that people wrote by hand that would open anything.
    pub(super) fn without_fixes_that_open(&self, report: Report) -> Report {
        let mut left = if self.given().metas().count() > MOST_OBJECTS { 0 } else { MOST_COMPARED };
        let mut kept = Report::default();
        for mut diagnostic in report.into_diagnostics() {
            if let Some(fix) = diagnostic.fix.take_if(|_| must_open_nothing(diagnostic.code)) {
                diagnostic.fix = self.applicable(fix).filter(|fix| left > 0 && !self.opens(fix));
                left = left.saturating_sub(1);
            }
            kept.push(diagnostic);
        }
        kept
    }

    /// Whether an edit opens a flow, or leaves it unknown whether it does.
    fn opens(&self, fix: &Fix) -> bool {
        let edited = |(id, source): (SourceId, &source::Source)| {
            let mut text = source.text.to_string();
            let range = fix.span.range();
            if id == fix.span.source && text.get(range.clone()).is_some() {
                text.replace_range(range, &fix.replacement);
            }
            Source::text(source.name.to_string(), text)
        };
        let sources: Vec<Source> = self.sources.iter().map(edited).collect();
        let compared = self.diff(&Self::load(&sources), None);
        compared.map_or(true, |compared| !compared.ok || compared.widened)
    }
}
