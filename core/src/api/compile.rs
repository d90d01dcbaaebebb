use std::collections::{BTreeMap, BTreeSet};

use super::assemble::{Checked, assemble};
use super::scene::written;
use super::wire::{Places, shown};
use super::{
    CheckRequest, CheckResponse, CompileRequest, CompileResponse, Format, GatewayPortRow, OriginRow, Rendering,
    ResourceOrigins, UsageError, WirePlace,
};
use crate::check::Valid;
use crate::diagnostic::{Diagnostic, Report, render};
use crate::emit;
use crate::facts;
use crate::istio::Objects;
use crate::lint::lint;
use crate::lower::lower;
use crate::manifest::{Manifests, Object};
use crate::model::PolicySet;
use crate::prove::{apply, past_sidecars, prove, without_ours};
use crate::source::{SourceMap, Span};
use crate::syntax::Document;

/// Compiles a policy set to the resources that enforce it.
///
/// # Errors
/// If a source has no content or two contents. A refused policy is not an error here: `ok` is false.
pub fn compile(request: &CompileRequest) -> Result<CompileResponse, UsageError> {
    let Checked { sources, documents, mut report, set } = assemble(&request.sources)?.checked();
    let output = set.and_then(|set| output(set, &documents, &sources, &mut report));
    let diagnostics = shown(report);
    let rendered = rendered(&sources, &diagnostics, request.render);
    let mut places = Places::new(&sources, &documents, request.position_encoding);
    let mut response = CompileResponse {
        ok: output.is_some(),
        resources: Vec::new(),
        origins: Vec::new(),
        gateway_ports: Vec::new(),
        diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
        text: None,
        rendered,
    };
    let Some(Output { set, config }) = output else { return Ok(response) };

    response.gateway_ports = gateway_ports(&set);
    response.text = request.format.map(|format| text(&config.objects, format)).transpose()?;
    // Shared objects have the same origins many times over; each place is worked out once.
    let mut known: BTreeMap<Span, WirePlace> = BTreeMap::new();
    for object in &config.objects {
        let origins = object.origins.iter().map(|origin| OriginRow {
            policy: origin.policy.to_string(),
            rule: origin.rule.clone(),
            place: known.entry(origin.span).or_insert_with(|| places.place(origin.span, "")).clone(),
        });
        response.origins.push(ResourceOrigins {
            kind: object.spec.kind().to_owned(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            origins: origins.collect(),
        });
    }
    response.resources = config.objects;
    Ok(response)
}

/// What a policy set compiles to.
struct Output {
    set: Valid<PolicySet>,
    config: Manifests,
}

/// Lowers a set, holds the facts against it, proves the result, and applies the user's own objects to it; nothing when one finds an error.
fn output(set: Valid<PolicySet>, documents: &[Document], sources: &SourceMap, report: &mut Report) -> Option<Output> {
    let config = lower(&set);
    let proven = written(&config);
    let given = Objects::decode(documents.iter().map(|document| &document.root));
    facts::check(&set, &proven, &given, report);
    // Where the facts are bad, the proof would blame us.
    if !report.has_errors() {
        prove(&set, &config, &proven, report);
    }
    if !report.has_errors() {
        let theirs = without_ours(given, &proven, report);
        lint(&set, &theirs, documents, sources, report);
        apply(&set, &proven, &theirs, report);
        past_sidecars(&set, report);
    }
    (!report.has_errors()).then_some(Output { set, config })
}

/// Says what [`compile`] would say, without giving the resources.
///
/// # Errors
/// If a source has no content or two contents.
pub fn check(request: &CheckRequest) -> Result<CheckResponse, UsageError> {
    let Checked { sources, documents, mut report, set } = assemble(&request.sources)?.checked();
    let gateway_ports = set.as_deref().map(gateway_ports).unwrap_or_default();
    let ok = set.and_then(|set| output(set, &documents, &sources, &mut report)).is_some();
    let diagnostics = shown(report);
    let mut places = Places::new(&sources, &documents, request.position_encoding);
    Ok(CheckResponse {
        ok,
        gateway_ports,
        diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
        rendered: rendered(&sources, &diagnostics, request.render),
    })
}

pub(super) fn rendered(
    sources: &SourceMap,
    diagnostics: &[Diagnostic],
    rendering: Option<Rendering>,
) -> Option<String> {
    let style = match rendering? {
        Rendering::Plain => render::Style::Plain,
        Rendering::Coloured => render::Style::Coloured,
    };
    Some(render::text(sources, diagnostics, style))
}

fn text(resources: &[Object], format: Format) -> Result<String, UsageError> {
    match format {
        Format::Yaml => emit::yaml(resources).map_err(|error| UsageError::Answer(error.to_string())),
        Format::Json => emit::json(resources).map_err(|error| UsageError::Answer(error.to_string())),
    }
}

fn gateway_ports(set: &PolicySet) -> Vec<GatewayPortRow> {
    let rows: BTreeSet<GatewayPortRow> = set
        .flows()
        .map(|flow| GatewayPortRow {
            host: flow.host.value.clone(),
            port: flow.port(),
            gateway: flow.policy.gateway.value.clone(),
            gateway_port: flow.destination.gateway_port.port,
            allocated: flow.destination.gateway_port.span.is_none(),
        })
        .collect();
    rows.into_iter().collect()
}
