use serde::{Deserialize, Serialize};

use super::UsageError;
use crate::diagnostic::{Code, Severity, codes};
use crate::resource::{NAMED_SETS, NamedSet};

/// The request of `explain`: the meaning of a diagnostic, or of a named set of requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `explain`: an object")]
pub struct ExplainRequest {
    /// A code such as `EGR0421`, or its slug, in upper or lower case; or a named set such as `@git-clone/1`.
    pub code: String,
}

/// The response of `explain`: the meaning of a diagnostic, or of a named set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExplainResponse {
    /// The code: `EGR` and four digits. Of a named set its name.
    pub code: String,
    /// The slug of the code, for people. Of a named set its name without its edition.
    pub slug: String,
    /// The severity; null for a named set.
    pub severity: Option<Severity>,
    /// The title of the page.
    pub summary: String,
    /// Its page, in Markdown.
    pub page: String,
}

/// Returns the meaning of a diagnostic code.
///
/// ```
/// use egressc_core::api::{ExplainRequest, explain};
///
/// let rule = explain(&ExplainRequest { code: "two-tcp-hosts".to_owned() })?;
/// assert_eq!(rule.code, "EGR0434");
/// assert!(rule.page.starts_with("# EGR0434"));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// If there is no such code, slug or named set.
pub fn explain(request: &ExplainRequest) -> Result<ExplainResponse, UsageError> {
    if let Some(set) = NamedSet::find(request.code.trim()) {
        return Ok(of_set(set));
    }
    if request.code.trim().starts_with('@') {
        return Err(unknown_set(&request.code));
    }
    let code = codes::find(request.code.trim()).ok_or_else(|| unknown(&request.code))?;
    Ok(ExplainResponse {
        code: code.id.to_owned(),
        slug: code.slug.to_owned(),
        severity: Some(code.severity),
        summary: code.summary.to_owned(),
        page: code.page.to_owned(),
    })
}

fn of_set(set: &NamedSet) -> ExplainResponse {
    let about = set.about();
    ExplainResponse {
        code: format!("@{}", set.name),
        slug: set.name.split('/').next().unwrap_or(set.name).to_owned(),
        severity: None,
        summary: about.lines().next().unwrap_or_default().to_owned(),
        page: format!(
            "# @{}\n\n{about}\n\n## What it stands for\n\n```yaml\n{}\n```\n",
            set.name,
            set.fields().trim_end()
        ),
    }
}

fn unknown_set(name: &str) -> UsageError {
    let known: Vec<String> = NAMED_SETS.iter().map(|set| format!("`@{}`", set.name)).collect();
    UsageError::UnknownSet { name: name.trim().to_owned(), known: known.join(" and ") }
}

fn unknown(code: &str) -> UsageError {
    let nearest = nearest(code.trim()).map(|code| format!("{} ({})", code.id, code.slug));
    UsageError::UnknownCode { code: code.to_owned(), nearest }
}

/// The code that the user probably meant: a code without its letters or zeros, or a code or slug with a typing error.
fn nearest(text: &str) -> Option<&'static Code> {
    const MOST_EDITS: usize = 2;
    // The text is longer than any code or slug, so no distance needs to be computed.
    if text.len() > 64 {
        return None;
    }
    let text = text.to_lowercase();
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number: Option<u32> = digits.parse().ok();
    let by_number = codes::ALL
        .iter()
        .copied()
        .find(|code| number.is_some() && code.id.trim_start_matches("EGR").parse().ok() == number);
    let distance =
        |code: &Code| strsim::osa_distance(&text, &code.id.to_lowercase()).min(strsim::osa_distance(&text, code.slug));
    by_number.or_else(|| {
        codes::ALL
            .iter()
            .copied()
            .map(|code| (distance(code), code))
            .filter(|(edits, _)| *edits <= MOST_EDITS)
            .min_by_key(|(edits, code)| (*edits, code.id))
            .map(|(_, code)| code)
    })
}
