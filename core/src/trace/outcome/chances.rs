//! What cannot be known is tried both ways.
//!
//! An evaluation asks questions in an order that depends on the answers so far. It is run once for each way to answer
//! them; only when the runs end differently is the answer `unknown`, and the questions say why.

use std::fmt::Display;

/// The runs of one query. More could not be read as reasons anyway.
pub(super) const MOST_RUNS: usize = 64;

/// The questions of one run and how they are answered in it.
#[derive(Debug, Default)]
pub(super) struct Chances {
    script: Vec<usize>,
    asked: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    key: String,
    options: usize,
    answer: usize,
    why: String,
}

impl Chances {
    /// A run in which the first questions are answered so, and the others with 0.
    pub(super) fn following(script: Vec<usize>) -> Self {
        Self { script, asked: Vec::new() }
    }

    /// Answers with less than `options`; the same key gets the same answer throughout a run.
    pub(super) fn choose(&mut self, key: impl Display, options: usize, why: impl FnOnce() -> String) -> usize {
        // Nearly always; so a key is not even written for it.
        if options < 2 {
            return 0;
        }
        let key = key.to_string();
        if let Some(known) = self.asked.iter().find(|question| question.key == key) {
            return known.answer;
        }
        let answer = self.script.get(self.asked.len()).copied().unwrap_or(0);
        self.asked.push(Question { key, options, answer, why: why() });
        answer
    }

    /// The next run's script; `None` after the last.
    pub(super) fn next(&self) -> Option<Vec<usize>> {
        let last = self.asked.iter().rposition(|question| question.answer.saturating_add(1) < question.options)?;
        let mut script: Vec<usize> = self.asked.iter().take(last).map(|question| question.answer).collect();
        script.push(self.asked.get(last)?.answer.saturating_add(1));
        Some(script)
    }

    /// Whether a question has more answers than there are runs: however many run, not every way is tried.
    pub(super) fn outnumber_the_runs(&self) -> bool {
        self.asked.iter().any(|question| question.options > MOST_RUNS)
    }

    /// What was asked.
    pub(super) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(|question| question.why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_tried_once() {
        let mut seen = Vec::new();
        let mut script = Some(Vec::new());
        while let Some(answers) = script {
            let mut chances = Chances::following(answers);
            let first = chances.choose("a", 2, String::new);
            let second = if first == 0 { chances.choose("b", 3, String::new) } else { 9 };
            assert_eq!(chances.choose("a", 2, String::new), first, "a key is answered once");
            seen.push((first, second));
            script = chances.next();
        }
        assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 9)]);
    }

    #[test]
    fn a_question_may_have_more_answers_than_there_are_runs() {
        let mut chances = Chances::default();
        chances.choose("a", MOST_RUNS, String::new);
        assert!(!chances.outnumber_the_runs());
        chances.choose("b", MOST_RUNS.saturating_add(1), String::new);
        assert!(chances.outnumber_the_runs() && chances.next().is_some());
    }
}
