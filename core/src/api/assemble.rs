//! The sources of a request, through the stages up to [`crate::resolve`].

use super::{SourceInput, UsageError, expectation};
use crate::check::{Valid, check};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::PolicySet;
use crate::resolve::resolve;
use crate::resource::{Expectation, Resource, decode};
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::{Document, Limits, parse};

/// What the front stages made of a request.
pub(super) struct Assembly {
    pub(super) sources: SourceMap,
    pub(super) documents: Vec<Document>,
    pub(super) report: Report,
    pub(super) expectations: Vec<Expectation>,
    pub(super) set: PolicySet,
}

impl Assembly {
    /// Checks the policies, of which there must be some.
    pub(super) fn checked(self) -> Checked {
        let Self { sources, documents, mut report, set, .. } = self;
        // Only said when nothing else is wrong: a policy that could not be read is not missing.
        if !report.has_errors() && set.policies.is_empty() {
            report.push(
                Diagnostic::nowhere(&codes::NO_POLICY, "the input contains no ASMEgressTrafficPolicy")
                    .help("add the files or folders with the policies of the mesh"),
            );
        }
        let set = check(set, &mut report);
        Checked { sources, documents, report, set }
    }
}

/// The same with the verdict of [`crate::check`].
pub(super) struct Checked {
    pub(super) sources: SourceMap,
    pub(super) documents: Vec<Document>,
    pub(super) report: Report,
    pub(super) set: Option<Valid<PolicySet>>,
}

pub(super) fn assemble(inputs: &[SourceInput]) -> Result<Assembly, UsageError> {
    let mut limits = Limits::DEFAULT;
    let mut sources = SourceMap::default();
    let mut report = Report::default();
    let mut documents = Vec::new();
    let mut total = 0_usize;
    for input in inputs {
        let Some(text) = text(input, &limits, &mut sources, &mut report)? else { continue };
        let id = sources.add(input.name.as_str(), text);
        total = total.saturating_add(sources.get(id).map_or(0, |source| source.text.len()));
        if total > limits.total_bytes {
            report.push(
                Diagnostic::new(
                    &codes::SOURCE_TOO_LARGE,
                    start(id),
                    format!("all sources together are larger than {} MiB", limits.total_bytes >> 20),
                )
                .help("compile each mesh separately, and remove documents that describe neither policies nor the mesh"),
            );
            break;
        }
        let read = parse(&sources, id, &limits, &mut report);
        limits.nodes = read.iter().fold(limits.nodes, |left, document| left.saturating_sub(document.nodes));
        documents.extend(read);
    }
    let resources: Vec<Resource> =
        documents.iter().flat_map(|document| decode(document, &sources, &mut report)).collect();
    let expectations = resources.iter().flat_map(|resource| match resource {
        Resource::Expectations(rows) => rows.as_slice(),
        _ => &[],
    });
    let expectations: Vec<Expectation> = expectations.cloned().collect();
    expectation::read(&expectations, &mut report);
    let set = resolve(resources, &mut report);
    Ok(Assembly { sources, documents, report, expectations, set })
}

fn start(source: SourceId) -> Span {
    Span { source, start: 0, end: 0 }
}

/// The text of a source; `None` when it cannot be one, which is reported.
fn text(
    input: &SourceInput,
    limits: &Limits,
    sources: &mut SourceMap,
    report: &mut Report,
) -> Result<Option<String>, UsageError> {
    match (&input.text, &input.value, &input.bytes) {
        (Some(text), None, None) => Ok(Some(text.clone())),
        // A value gets a text, so that its diagnostics have places like all others.
        (None, Some(value), None) => {
            let list =
                value.as_array().map(|items| serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}));
            let text = serde_json::to_string_pretty(list.as_ref().unwrap_or(value));
            text.map(Some).map_err(|error| UsageError::Request(error.to_string()))
        }
        (None, None, Some(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            // Its size is the first thing that is wrong with it, and the cut may have split a character.
            Err(_) if bytes.len() > limits.source_bytes => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let id = sources.add(input.name.as_str(), String::from_utf8_lossy(good).into_owned());
                let end = u32::try_from(good.len()).unwrap_or(u32::MAX);
                report.push(
                    Diagnostic::new(
                        &codes::NOT_TEXT,
                        Span { source: id, start: end, end },
                        "the source is not UTF-8 text",
                    )
                    .note(format!("the first invalid byte is number {}", end.saturating_add(1)))
                    .help("save it as UTF-8"),
                );
                Ok(None)
            }
        },
        _ => Err(UsageError::SourceContent(input.name.clone())),
    }
}
