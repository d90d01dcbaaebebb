//! The counts and the examples of a replay, in bounded memory.

use std::collections::BTreeMap;

use super::types::{AuditedLines, Logged, ReplayReason, ReplayResult, ReplayRow};
use crate::api::Trace;

/// So many reasons are counted apart from each other: a log can have as many as it has lines.
const MOST_REASONS: usize = 200;
/// What the others are counted as.
const OTHERS: &str = "other reasons";

/// The place of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'l> {
    pub(super) log: &'l str,
    pub(super) line: usize,
}

/// What an example shows of a line.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) request: String,
    pub(super) logged: Option<Logged>,
    pub(super) trace: Option<Trace>,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<ReplayResult, usize>,
    reasons: BTreeMap<(ReplayResult, String), usize>,
    /// By policy and rule.
    audited: BTreeMap<(String, String), usize>,
    rows: Vec<ReplayRow>,
    /// So many rows are kept of each result.
    examples: usize,
}

impl Tally {
    pub(super) fn with_examples(examples: usize) -> Self {
        Self { examples, ..Self::default() }
    }

    /// Counts a line; what is shown of it is made only where the line is an example.
    pub(super) fn count(&mut self, at: At<'_>, (result, reason): (ReplayResult, String), show: impl FnOnce() -> Shown) {
        let count = self.counts.entry(result).or_default();
        *count = count.saturating_add(1);
        if *count <= self.examples {
            let Shown { request, logged, trace } = show();
            let (log, reason) = (at.log.to_owned(), reason.clone());
            self.rows.push(ReplayRow { result, log, line: at.line, request, reason, logged, trace });
        }
        if reason.is_empty() {
            return;
        }
        let is_full = self.reasons.len() >= MOST_REASONS;
        let mut key = (result, reason);
        if is_full && !self.reasons.contains_key(&key) {
            OTHERS.clone_into(&mut key.1);
        }
        let lines = self.reasons.entry(key).or_default();
        *lines = lines.saturating_add(1);
    }

    /// Counts a line of a request that only a rule in audit mode lets through.
    pub(super) fn count_audited(&mut self, policy: String, rule: &str) {
        let lines = self.audited.entry((policy, rule.to_owned())).or_default();
        *lines = lines.saturating_add(1);
    }

    /// These rules, those of most lines first.
    pub(super) fn audited(&self) -> Vec<AuditedLines> {
        let known = self.audited.iter();
        let mut audited: Vec<AuditedLines> = known
            .map(|((policy, rule), lines)| AuditedLines { policy: policy.clone(), rule: rule.clone(), lines: *lines })
            .collect();
        audited.sort_by_key(|rule| std::cmp::Reverse(rule.lines));
        audited
    }

    pub(super) fn of(&self, result: ReplayResult) -> usize {
        self.counts.get(&result).copied().unwrap_or_default()
    }

    /// The reasons, by result, the most frequent ones first; and the examples by result.
    pub(super) fn into_parts(mut self) -> (Vec<ReplayReason>, Vec<ReplayRow>) {
        let reasons = self.reasons.into_iter();
        let mut reasons: Vec<ReplayReason> =
            reasons.map(|((result, reason), lines)| ReplayReason { result, reason, lines }).collect();
        let order = |result: ReplayResult| match result {
            ReplayResult::Differ => 0,
            ReplayResult::Unknown => 1,
            ReplayResult::Agree => 2,
            ReplayResult::LeftOut => 3,
        };
        reasons.sort_by(|a, b| (order(a.result), b.lines).cmp(&(order(b.result), a.lines)));
        self.rows.sort_by_key(|row| order(row.result));
        (reasons, self.rows)
    }
}
