//! Why results are unknown, over all rows: a person wants to know which document to add first.

use std::collections::BTreeMap;

use super::UnknownReason;
use crate::reach::FlowOutcome;

/// What one document would settle; or a reason that no document settles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Missing(String),
    Reason(String),
}

/// The causes, each with its number of rows and the first reason.
#[derive(Debug, Default)]
pub(super) struct Unknowns {
    rows: BTreeMap<Cause, (usize, String)>,
}

impl Unknowns {
    /// Counts a row.
    pub(super) fn count(&mut self, answer: &FlowOutcome) {
        let mut counted: Vec<Cause> = Vec::new();
        for reason in &answer.unknown {
            let missing = answer.missing.iter().find(|missing| missing.reason == *reason);
            let cause = missing
                .map_or_else(|| Cause::Reason(reason.clone()), |missing| Cause::Missing(missing.document.clone()));
            if counted.contains(&cause) {
                continue;
            }
            let (rows, _) = self.rows.entry(cause.clone()).or_insert_with(|| (0, reason.clone()));
            *rows = rows.saturating_add(1);
            counted.push(cause);
        }
    }

    /// Those of most rows first.
    pub(super) fn sorted(self) -> Vec<UnknownReason> {
        let reason = |(cause, (rows, reason)): (Cause, (usize, String))| UnknownReason {
            rows,
            missing: match cause {
                Cause::Missing(document) => Some(document),
                Cause::Reason(_) => None,
            },
            reason,
        };
        let mut sorted: Vec<UnknownReason> = self.rows.into_iter().map(reason).collect();
        // The sort is stable, so equal numbers stay in the order of their words.
        sorted.sort_by_key(|each| std::cmp::Reverse(each.rows));
        sorted
    }
}
