//! Reads sources, through the stages up to [`crate::resolve`].
//!
//! A document is parsed once, and read twice. [`crate::resource`] reads egressc's own kinds and the facts of the mesh,
//! and reports every field that is wrong. [`crate::istio`] reads Istio's kinds, keeps the names of fields that it does
//! not support, and reports nothing; the same code reads the resources that a compile writes, which are not documents.
//! Only `Service` is read by both, for different fields. A single reader would need both rules for every field.

use std::collections::BTreeSet;

use serde_json::json;

use super::discovery::{discover, export_by_default};
use super::gateway_doubts::keep_gateway_doubts;
use super::kustomizations::apply_namespaces;
use super::other_meshes::doubt_other_control_planes;
use super::patches::{self, is_kustomization_file, left_out, patches};
use crate::api::expectation::read as read_expectations;
use crate::api::{Content, Source};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::lint::{refused, refused_by_envoy};
use crate::model::PolicySet;
use crate::resolve::resolve;
use crate::resource::{self, CheckConfiguration, Expectation, Resource, decode, is_ignored};
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::{Document, Limits, parse};

/// The result of the stages up to `resolve`, also if the sources are wrong.
#[derive(Debug)]
pub struct Loaded {
    /// The texts.
    pub sources: SourceMap,
    /// The documents of the texts.
    pub documents: Vec<Document>,
    /// The diagnostics so far.
    pub report: Report,
    /// The expectations.
    pub expectations: Vec<Expectation>,
    /// What `check` shows and hides.
    pub configurations: Vec<CheckConfiguration>,
    /// The policies, and the facts of the mesh.
    pub set: PolicySet,
    /// Istio's objects among the documents, including those that egressc made.
    pub objects: Objects,
    /// The sources that are templates of Helm without a policy: none of their documents is read, and `report` has the errors.
    pub templates: BTreeSet<SourceId>,
}

/// Reads and links all documents of some sources.
pub fn load(inputs: &[Source]) -> Loaded {
    let mut limits = Limits::DEFAULT;
    let mut sources = SourceMap::default();
    let mut report = Report::default();
    let mut documents = Vec::new();
    let mut templates = BTreeSet::new();
    let mut total = 0_usize;
    for input in inputs {
        let Some(text) = text(input, &limits, &mut sources, &mut report) else { continue };
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
        let mut problems = Report::default();
        let mut read = parse(&sources, id, &limits, &mut problems);
        read.iter_mut().for_each(resource::complete);
        if is_kustomization_file(&input.name) {
            read.iter_mut().for_each(resource::complete_kustomization);
        }
        if problems.has_errors() && sources.get(id).is_some_and(|source| is_template(&source.text)) {
            templates.insert(id);
            read.clear();
        }
        report.extend(problems.sorted().into_iter().filter(|problem| !is_harmless(problem, &read)));
        limits.nodes = read.iter().fold(limits.nodes, |left, document| left.saturating_sub(document.nodes));
        documents.extend(read);
    }
    let patches = patches(&documents, &sources);
    let mut doubts = patches::doubts(&documents, &patches, &sources);
    if !patches.is_empty() {
        documents.retain(|document| !patches.contains(&document.root.span.source));
        let is_of_patch = |each: &Diagnostic| each.span().is_some_and(|span| patches.contains(&span.source));
        report = Report::from(report.into_diagnostics().filter(|each| !is_of_patch(each)).collect::<Vec<_>>());
        report.extend(left_out(&patches, &sources));
    }
    doubts.extend(apply_namespaces(&mut documents, &sources, &mut report));
    let given = resource::objects(&documents, &mut report);
    let resources: Vec<Resource> = given.iter().filter_map(|object| decode(object, &sources, &mut report)).collect();
    let expectations = resources.iter().flat_map(|resource| match resource {
        Resource::Expectations(rows) => rows.as_slice(),
        _ => &[],
    });
    let expectations: Vec<Expectation> = expectations.cloned().collect();
    let configurations = resources.iter().filter_map(|resource| match resource {
        Resource::CheckConfiguration(configuration) => Some(configuration.clone()),
        _ => None,
    });
    let configurations = configurations.collect();
    read_expectations(&expectations, &mut report);
    let mut set = resolve(resources, &mut report);
    set.doubts.objects.extend(doubts);
    doubt_other_control_planes(&given, &mut set.doubts, &mut report);
    let mut objects = Objects::decode(given);
    discover(&mut objects, &mut set, &mut report);
    objects.select_workload_entries();
    let mut objects = objects.converted(&set.environment.cluster_domain, set.environment.istio_version.as_deref());
    export_by_default(&mut objects, &set.environment);
    keep_gateway_doubts(&mut set, &objects, &mut report);
    refused(&objects, &documents, &mut report);
    refused_by_envoy(&objects, &documents, &mut report);
    Loaded { sources, documents, report, expectations, configurations, set, objects, templates }
}

/// Whether a text that is no YAML is a template, which has objects only after Helm has rendered it. One with a policy is not left
/// out, so that its policy is not missed.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
        && text.contains("}}")
        && !text.contains("ASMEgressTrafficPolicy")
        && !text.contains("egressc.dev")
}

/// Whether a mistake changes no answer: `kubectl` takes the last of two equal keys.
fn is_harmless(problem: &Diagnostic, documents: &[Document]) -> bool {
    let place = problem.labels.first().map(|label| label.span);
    problem.code == &codes::DUPLICATE_KEY
        && place.is_some_and(|place| documents.iter().any(|document| is_ignored(document, place)))
}

fn start(source: SourceId) -> Span {
    Span { source, start: 0, end: 0 }
}

/// The text of a source; `None` if it is not valid, which is reported.
fn text(input: &Source, limits: &Limits, sources: &mut SourceMap, report: &mut Report) -> Option<String> {
    match &input.content {
        Content::Text(text) => Some(text.clone()),
        // A value is written as text, so that its diagnostics have places like all others.
        Content::Value(value) => Some(match value.as_array() {
            Some(items) => format!("{:#}", json!({"apiVersion": "v1", "kind": "List", "items": items})),
            None => format!("{value:#}"),
        }),
        Content::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            // A source over the size limit is reported as too large, also if the limit splits a character.
            Err(_) if bytes.len() > limits.source_bytes => Some(String::from_utf8_lossy(bytes).into_owned()),
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
                None
            }
        },
    }
}
