//! `--select` and `--ignore`: which codes a run of `check` shows.

use std::collections::BTreeSet;

use egressc_core::api::{ExplainRequest, Severity, explain};
use egressc_core::stages::diagnostic::{Code, codes};

use crate::exit::Failure;

/// What every code begins with.
const LETTERS: &str = "EGR";
/// Errors of codes before this one refuse a compile. From here on are rules of style, which people may disagree with.
const FIRST_OF_STYLE: &str = "EGR07";

/// The codes that are shown.
#[derive(Debug)]
pub(crate) struct Selection {
    /// All of them, if `None`.
    selected: Option<BTreeSet<&'static str>>,
    ignored: BTreeSet<&'static str>,
}

impl Selection {
    /// Names every word that is wrong at once.
    pub(crate) fn read(select: &[String], ignore: &[String]) -> Result<Self, Failure> {
        let mut failure = Failure::new();
        let mut selected = BTreeSet::new();
        for word in select {
            match meant(word) {
                Ok(codes) => selected.extend(codes.into_iter().map(|code| code.id)),
                Err(problem) => failure.push(format!("--select: {problem}")),
            }
        }
        let mut ignored = BTreeSet::new();
        for word in ignore {
            match meant(word) {
                // The word names nothing that it could hide: who wrote it believes something else.
                Ok(codes) if codes.iter().all(|code| is_always_shown(code)) => {
                    failure.push(format!("--ignore: `{word}` cannot be ignored: {}", reason(&codes)));
                }
                Ok(codes) => ignored.extend(codes.into_iter().map(|code| code.id)),
                Err(problem) => failure.push(format!("--ignore: {problem}")),
            }
        }
        let selected = (!select.is_empty()).then_some(selected);
        if failure.is_empty() { Ok(Self { selected, ignored }) } else { Err(failure) }
    }

    /// Whether the diagnostics of a code are shown.
    pub(crate) fn shows(&self, code: &Code) -> bool {
        let is_selected = self.selected.as_ref().is_none_or(|selected| selected.contains(code.id));
        is_always_shown(code) || (is_selected && !self.ignored.contains(code.id))
    }
}

/// What refuses a compile, and what says that something is not shown: without them an answer would be a wrong one.
fn is_always_shown(code: &Code) -> bool {
    (code.severity == Severity::Error && code.id < FIRST_OF_STYLE) || code == &codes::TOO_MANY_DIAGNOSTICS
}

fn reason(codes: &[&'static Code]) -> &'static str {
    match codes {
        [code] if code.severity != Severity::Error => "it says that diagnostics are not shown",
        [_] => "it is an error that refuses the policies",
        _ => "all its codes are errors that refuse the policies",
    }
}

/// The codes that a word means: those that begin with it, or the one with this id or name.
fn meant(word: &str) -> Result<Vec<&'static Code>, String> {
    let word = word.trim();
    let start = word.to_ascii_uppercase();
    let digits = start.strip_prefix(LETTERS).unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let begun: Vec<&Code> = codes::ALL.iter().copied().filter(|code| code.id.starts_with(&start)).collect();
        if !begun.is_empty() {
            return Ok(begun);
        }
    }
    let found = explain(&ExplainRequest { code: word.to_owned() }).map_err(|error| error.to_string())?;
    Ok(codes::find(&found.code).into_iter().collect())
}
