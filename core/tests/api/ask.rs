//! Sources of texts and of values, and the two calls that most tests make.

use egressc_core::api::{CheckRequest, CheckResponse, CompileRequest, CompileResponse, Diagnostic, Source};
use serde_json::Value;

/// Sources `0.yaml`, `1.yaml` and so on.
pub(crate) fn texts(texts: &[&str]) -> Vec<Source> {
    texts.iter().enumerate().map(|(index, text)| Source::text(format!("{index}.yaml"), *text)).collect()
}

/// Sources `0.json`, `1.json` and so on.
pub(crate) fn values(documents: &[Value]) -> Vec<Source> {
    let source = |(index, document): (usize, &Value)| Source::value(format!("{index}.json"), document.clone());
    documents.iter().enumerate().map(source).collect()
}

pub(crate) fn checked(sources: Vec<Source>) -> CheckResponse {
    egressc_core::api::check(&CheckRequest { sources, date: "2026-12-01".parse().ok(), ..CheckRequest::default() })
        .unwrap()
}

pub(crate) fn compiled(sources: Vec<Source>) -> CompileResponse {
    egressc_core::api::compile(&CompileRequest { sources, ..CompileRequest::default() }).unwrap()
}

/// Everything that a diagnostic tells a person.
pub(crate) fn words(diagnostic: &Diagnostic) -> String {
    let labels = diagnostic.labels.iter().map(|label| label.message.as_str());
    let rest = diagnostic.notes.iter().chain(&diagnostic.help).map(String::as_str);
    std::iter::once(diagnostic.message.as_str()).chain(labels).chain(rest).collect::<Vec<_>>().join(" | ")
}

/// The text with the fix of a diagnostic applied.
pub(crate) fn mended(text: &str, diagnostic: &Diagnostic) -> String {
    let fix =
        diagnostic.fix.as_ref().unwrap_or_else(|| panic!("{} has no fix: {}", diagnostic.slug, diagnostic.message));
    let offset = |at: u32| usize::try_from(at).unwrap();
    let mut text = text.to_owned();
    text.replace_range(offset(fix.place.start.offset)..offset(fix.place.end.offset), &fix.replacement);
    text
}
