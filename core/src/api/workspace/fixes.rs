//! Which edits are offered: none that opens a flow. And sources with edits in them.

use super::Workspace;
use crate::api::Source;
use crate::diagnostic::{Code, Fix, Report, Withheld};

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
            if let Some(fix) = diagnostic.fix.as_ref().filter(|_| must_open_nothing(diagnostic.code)) {
                let why = self.why_withheld(fix, left);
                left = left.saturating_sub(1);
                diagnostic = match why {
                    Some(why) => diagnostic.withhold(why),
                    None => diagnostic,
                };
            }
            kept.push(diagnostic);
        }
        kept
    }

    /// Why an edit is not offered, where so many more may be compared.
    fn why_withheld(&self, fix: &Fix, left: usize) -> Option<Withheld> {
        if self.applicable(fix.clone()).is_none() {
            return Some(Withheld::Shared);
        }
        if left == 0 {
            return Some(Withheld::NotCompared);
        }
        self.opens(fix).then_some(Withheld::Opens)
    }

    /// Whether an edit opens a flow, or leaves it unknown whether it does.
    fn opens(&self, fix: &Fix) -> bool {
        let styled = self.styled(fix.clone());
        let texts = self.texts().zip(self.with_edits(&[&styled]));
        let sources: Vec<Source> = texts
            .map(|((_, read), edited)| {
                Source::text(read.name.to_string(), edited.unwrap_or_else(|| read.text.to_string()))
            })
            .collect();
        self.is_widened_by(&Self::load(&sources))
    }

    /// Whether other sources open a flow that these do not have, or leave it unknown whether they do.
    pub(in crate::api) fn is_widened_by(&self, after: &Self) -> bool {
        self.diff(after, None).map_or(true, |compared| !compared.ok || compared.widened)
    }

    /// The text of each source with these edits in it, which do not overlap; `None` for a source that has none of them.
    pub(in crate::api) fn with_edits(&self, fixes: &[&Fix]) -> Vec<Option<String>> {
        let edited = self.texts().map(|(id, read)| {
            let mut of_source: Vec<&&Fix> = fixes.iter().filter(|fix| fix.span.source == id).collect();
            if of_source.is_empty() {
                return None;
            }
            // From the end, so that the places of the others stay what they are.
            of_source.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
            let mut text = read.text.to_string();
            for fix in of_source {
                if text.get(fix.span.range()).is_some() {
                    text.replace_range(fix.span.range(), &fix.replacement);
                }
            }
            Some(text)
        });
        edited.collect()
    }
}
