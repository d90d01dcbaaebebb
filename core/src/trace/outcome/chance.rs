//! What becomes of requests that chance alone sends to different places: a weight, or a proxy's choice of an endpoint, decides
//! for each request.

use super::agreement::{arrive_alike, common, either, have_same_places};
use super::decision_tree::Run;
use crate::trace::{Trace, Verdict};

/// What all runs of a request have in common, if the answers to what is not known change nothing of it; `None` otherwise.
///
/// The runs are all that there are, in the order of their answers.
pub(crate) fn merged(runs: &[Run]) -> Option<Trace> {
    from(runs, 0)
}

/// The same for runs that agree in their first assumptions.
fn from(runs: &[Run], mut depth: usize) -> Option<Trace> {
    loop {
        let first = runs.first()?;
        let Some(question) = first.made.get(depth) else {
            return Some(first.end.clone()).filter(|end| end.verdict != Verdict::Unknown);
        };
        let answer = |run: &Run| run.made.get(depth).map(|made| made.answer);
        if runs.iter().all(|run| answer(run) == Some(question.answer)) {
            depth = depth.saturating_add(1);
            continue;
        }
        let mut merged: Option<Trace> = None;
        for alike in runs.chunk_by(|a, b| answer(a) == answer(b)) {
            let end = from(alike, depth.saturating_add(1))?;
            merged = Some(match merged.take() {
                None => end,
                Some(known) if have_same_places(&known, &end) => common(known, end),
                Some(known) if question.unknown.is_of_chance() && arrive_alike(&known, &end) => either(known, end),
                Some(_) => return None,
            });
        }
        return merged;
    }
}
