//! Which codes a word of `select`, `ignore` or a suppression means, and which may be hidden at all.

use std::collections::BTreeSet;

use crate::api::{ExplainRequest, explain};
use crate::diagnostic::{Code, Severity, codes};

/// What every code begins with.
const LETTERS: &str = "EGR";
/// Errors of codes before this one refuse a compile. From here on are rules of style, which people may disagree with.
const FIRST_OF_STYLE: &str = "EGR07";
/// What is said about a configuration and about suppressions.
const ABOUT_CHECK: &str = "EGR08";

/// Some codes.
pub type CodeSet = BTreeSet<&'static str>;

/// The codes that some words mean.
///
/// # Errors
/// A sentence for each word that means no code.
pub fn selected(words: &[String]) -> Result<CodeSet, Vec<String>> {
    all(words, meant)
}

/// As [`selected`], for words that hide codes.
///
/// # Errors
/// Also for a word that names nothing that it could hide: who wrote it believes something else.
pub fn ignored(words: &[String]) -> Result<CodeSet, Vec<String>> {
    all(words, |word| {
        let codes = meant(word)?;
        if codes.iter().all(|code| is_always_shown(code)) {
            return Err(format!("`{word}` cannot be ignored: {}", reason(&codes)));
        }
        Ok(codes)
    })
}

/// The code of a suppression.
pub(super) fn suppressed(word: &str) -> Result<&'static Code, String> {
    let code = explain(&ExplainRequest { code: word.to_owned() }).map_err(|error| error.to_string())?;
    let code = codes::find(&code.code).ok_or_else(|| format!("there is no code `{word}`"))?;
    if is_always_shown(code) {
        return Err(format!("`{word}` cannot be hidden: {}", reason(&[code])));
    }
    if code.id.starts_with(ABOUT_CHECK) {
        return Err(format!("`{word}` cannot be hidden by a suppression: it is about suppressions"));
    }
    Ok(code)
}

/// What refuses a compile, and what says that something is not shown: without them an answer would be a wrong one.
pub(super) fn is_always_shown(code: &Code) -> bool {
    let refuses = code.severity == Severity::Error && (code.id < FIRST_OF_STYLE || code.id.starts_with(ABOUT_CHECK));
    refuses || code == &codes::TOO_MANY_DIAGNOSTICS
}

fn all(words: &[String], meant: impl Fn(&str) -> Result<Vec<&'static Code>, String>) -> Result<CodeSet, Vec<String>> {
    let mut codes = CodeSet::new();
    let mut problems = Vec::new();
    for word in words {
        match meant(word) {
            Ok(meant) => codes.extend(meant.into_iter().map(|code| code.id)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(codes) } else { Err(problems) }
}

fn reason(codes: &[&'static Code]) -> &'static str {
    match codes {
        [code] if code.severity != Severity::Error => "it says that diagnostics are not shown",
        [_] => "it is an error that refuses the policies",
        _ => "all its codes are errors that refuse the policies",
    }
}

/// The codes that begin with a word, or the one with this id or name.
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
