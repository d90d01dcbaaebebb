//! The runs of a request as a tree: a node is a question, a branch an answer, a leaf the end of a run.
//!
//! A question whose answers all lead to the same end is left out, so that what stays are the questions that decide.

use super::agreement::{agree, common};
use super::assumptions::{Assumption, Unknown};
use crate::trace::{Trace, Verdict};

/// One run: what it assumes, and how it ends.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) made: Vec<Assumption>,
    pub(crate) end: Trace,
}

/// Some runs that agree in all assumptions so far.
#[derive(Debug)]
pub(crate) struct DecisionTree<'r> {
    /// Assumptions of which no other answer was tried, because there are too many runs.
    untried: Vec<&'r Assumption>,
    rest: Rest<'r>,
}

#[derive(Debug)]
enum Rest<'r> {
    End(Box<Trace>),
    /// The answers that lead to one subtree, and the subtree.
    Question(Vec<(Vec<&'r Assumption>, DecisionTree<'r>)>),
}

/// One path through the tree.
#[derive(Debug)]
pub(crate) struct DecisionPath<'t, 'r> {
    /// For each question the answers that lead along it.
    pub(crate) answers: Vec<Vec<&'r Assumption>>,
    pub(crate) end: &'t Trace,
}

impl<'r> DecisionTree<'r> {
    /// The tree of some runs, which come in the order of their answers.
    pub(crate) fn of(runs: &'r [Run]) -> Option<Self> {
        Self::from(runs, 0)
    }

    fn from(runs: &'r [Run], mut depth: usize) -> Option<Self> {
        let mut untried = Vec::new();
        loop {
            let first = runs.first()?;
            let Some(question) = first.made.get(depth) else {
                return Some(Self { untried, rest: Rest::End(Box::new(first.end.clone())) });
            };
            let answer = |run: &Run| run.made.get(depth).map(|made| made.answer);
            if runs.iter().all(|run| answer(run) == Some(question.answer)) {
                untried.push(question);
                depth = depth.saturating_add(1);
                continue;
            }
            let mut branches: Vec<(Vec<&'r Assumption>, Self)> = Vec::new();
            let mut tried = 0_usize;
            for alike in runs.chunk_by(|a, b| answer(a) == answer(b)) {
                tried = tried.saturating_add(1);
                let Some(assumed) = alike.first().and_then(|run| run.made.get(depth)) else { continue };
                let Some(subtree) = Self::from(alike, depth.saturating_add(1)) else { continue };
                match branches.iter_mut().find(|(_, known)| known.is_same(&subtree)) {
                    Some((answers, known)) => {
                        answers.push(assumed);
                        known.merge(subtree);
                    }
                    None => branches.push((vec![assumed], subtree)),
                }
            }
            let decides_nothing = branches.len() == 1 && tried == question.options;
            if decides_nothing && let Some((_, mut only)) = branches.pop() {
                untried.append(&mut only.untried);
                return Some(Self { untried, rest: only.rest });
            }
            return Some(Self { untried, rest: Rest::Question(branches) });
        }
    }

    /// Whether two trees have the same questions and the same ends.
    fn is_same(&self, other: &Self) -> bool {
        let same_answers = |a: &[&Assumption], b: &[&Assumption]| {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| (a.answer, a.options, &a.unknown) == (b.answer, b.options, &b.unknown))
        };
        same_answers(&self.untried, &other.untried)
            && match (&self.rest, &other.rest) {
                (Rest::End(a), Rest::End(b)) => {
                    agree(a, b) && (a.verdict != Verdict::Unknown || a.unknown == b.unknown)
                }
                (Rest::Question(a), Rest::Question(b)) => {
                    a.len() == b.len()
                        && a.iter()
                            .zip(b)
                            .all(|((a, below_a), (b, below_b))| same_answers(a, b) && below_a.is_same(below_b))
                }
                _ => false,
            }
    }

    /// Takes in a tree that is the same; what differs between the ends is left out.
    fn merge(&mut self, other: Self) {
        match (&mut self.rest, other.rest) {
            (Rest::End(known), Rest::End(end)) => **known = common((**known).clone(), *end),
            (Rest::Question(known), Rest::Question(branches)) => {
                for ((_, known), (_, branch)) in known.iter_mut().zip(branches) {
                    known.merge(branch);
                }
            }
            _ => {}
        }
    }

    /// Every path from the root to an end.
    pub(crate) fn paths(&self) -> Vec<DecisionPath<'_, 'r>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect<'t>(&'t self, before: &mut Vec<Vec<&'r Assumption>>, paths: &mut Vec<DecisionPath<'t, 'r>>) {
        let known = before.len();
        before.extend(self.untried.iter().map(|assumption| vec![*assumption]));
        match &self.rest {
            Rest::End(end) => paths.push(DecisionPath { answers: before.clone(), end }),
            Rest::Question(branches) => {
                for (answers, subtree) in branches {
                    before.push(answers.clone());
                    subtree.collect(before, paths);
                    before.pop();
                }
            }
        }
        before.truncate(known);
    }

    /// The questions that decide, each once, in the order in which they are met.
    pub(crate) fn questions(&self) -> Vec<&'r Unknown> {
        let mut questions: Vec<&'r Unknown> = Vec::new();
        for assumption in self.paths().into_iter().flat_map(|path| path.answers).flatten() {
            if !questions.contains(&&assumption.unknown) {
                questions.push(&assumption.unknown);
            }
        }
        questions
    }
}
