//! Results for a terminal.

use std::fmt::Write;

use super::{ExpectedVerdict, TestResponse};
use crate::api::Place;
use crate::api::trace::{in_words, not_used};
use crate::diagnostic::shown::on_one_line;

pub(super) fn text(response: &TestResponse) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let mut say = |line: String| {
        let _ = writeln!(out, "{}", on_one_line(&line));
    };
    for row in response.expectations.iter().filter(|row| !row.passed) {
        let expected = match row.expected {
            ExpectedVerdict::Allow => "allow",
            ExpectedVerdict::Deny => "deny",
        };
        say(format!("FAILED {}: expected {expected}: {}", place(&row.place), row.message));
        for case in &row.cases {
            say(format!("  case: {}", in_words(case)));
        }
        if row.more_cases > 0 {
            say(format!("  case: and {} more", row.more_cases));
        }
        for document in &row.missing {
            say(format!("  missing: {document}"));
        }
        for object in &row.unused {
            say(format!("  not used: {}", not_used(object)));
        }
        if row.more_unused > 0 {
            say(format!("  not used: {} more objects", row.more_unused));
        }
    }
    for row in &response.uncovered {
        say(format!(
            "uncovered {}: no `allow` expectation reaches `{}` of `{}`",
            place(&row.place),
            row.rule,
            row.policy
        ));
    }
    let noticed = response.mutants.iter().filter(|mutant| mutant.noticed).count();
    for mutant in response.mutants.iter().filter(|mutant| !mutant.noticed) {
        say(format!("unnoticed {}: {}", place(&mutant.place), mutant.description));
    }
    if !response.mutants.is_empty() {
        let untried = if response.untried > 0 { format!(", {} not tested", response.untried) } else { String::new() };
        say(format!("the expectations notice {noticed} of {} mutations{untried}", response.mutants.len()));
    }
    for text in &response.assumed {
        say(format!("assumed: {text}"));
    }
    say(format!("{} passed, {} failed", response.passed, response.failed));
    out
}

fn place(place: &Place) -> String {
    format!("{}:{}:{}", place.source, place.start.line, place.start.column)
}
