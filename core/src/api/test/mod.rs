//! Tests policies with expectations, and expectations with changed policies.

mod text;
mod types;

pub use types::{ExpectationRow, ExpectedVerdict, MutantRow, TestFormat, TestRequest, TestResponse};

use std::collections::BTreeSet;

use super::expectation::{Asked, read};
use super::trace::{cases, unused};
use super::workspace::{Compiled, CompiledMesh, Places, Said, Theirs};
use super::{Accountability, OriginRow, UsageError, Workspace, query};
use crate::check::check;
use crate::diagnostic::Report;
use crate::diagnostic::shown::on_one_line;
use crate::model::{Flow, PolicySet};
use crate::mutate::mutants;
use crate::resource::Expected;
use crate::source::Span;
use crate::trace::outcome::{Alternatives, Simulation};
use crate::trace::{Intent, Intents, Query, Reached, Trace, Verdict};

/// The largest number of flows times mutants. Each mutant is compiled, so only few mutants of a large policy set are
/// tried.
const MOST_COMPILED_FLOWS: usize = 200_000;

/// Evaluates the expectations in the sources.
///
/// ```
/// use egressc_core::api::{Source, TestRequest, test};
///
/// let expectations = r#"
/// apiVersion: egressc.dev/v1alpha1
/// kind: EgressExpectations
/// metadata: {name: nothing-gets-out}
/// spec:
///   deny:
///   - {from: "mytest,app=sleep-a", to: ["https://www.httpbin.org"]}
/// "#;
/// let mesh = r#"
/// apiVersion: egressc.dev/v1alpha1
/// kind: MeshEnvironment
/// metadata: {name: prod}
/// spec: {outboundTrafficPolicy: REGISTRY_ONLY}
/// "#;
/// let sources = vec![Source::text("expectations.yaml", expectations), Source::text("mesh.yaml", mesh)];
/// let response = test(&TestRequest { sources, ..TestRequest::default() })?;
/// assert_eq!((response.passed, response.failed), (1, 0));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When an expectation cannot be evaluated in this mesh: it calls a gateway directly, and no gateway is known, or
/// several are and it names none.
pub fn test(request: &TestRequest) -> Result<TestResponse, UsageError> {
    let TestRequest { sources, mutations, position_encoding, format, render } = request;
    let workspace = Workspace::load(sources).position_encoding(*position_encoding).rendering(*render);
    if *mutations { workspace.test_with_mutations(*format) } else { workspace.test(*format) }
}

impl Workspace {
    /// The expectations in the sources, and which of them hold, as in [`test()`]. With a format, the response also
    /// contains them as text.
    ///
    /// ```
    /// use egressc_core::api::Workspace;
    ///
    /// let response = Workspace::load(&[]).test(None)?;
    /// assert!(response.ok && response.expectations.is_empty());
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When an expectation cannot be evaluated in this mesh: it calls a gateway directly, and no gateway is known, or
    /// several are and it names none.
    pub fn test(&self, format: Option<TestFormat>) -> Result<TestResponse, UsageError> {
        self.tested(format, |_| Ok(Tried::default()))
    }

    /// The same, and also the small changes of the policies that no expectation detects. Each change is compiled, so
    /// this call takes longer, and only some changes of a large policy set are tried.
    ///
    /// ```
    /// use egressc_core::api::Workspace;
    ///
    /// let response = Workspace::load(&[]).test_with_mutations(None)?;
    /// assert!(response.mutants.is_empty());
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When an expectation cannot be evaluated in this mesh: it calls a gateway directly, and no gateway is known, or
    /// several are and it names none.
    pub fn test_with_mutations(&self, format: Option<TestFormat>) -> Result<TestResponse, UsageError> {
        self.tested(format, tried)
    }

    fn tested(
        &self,
        format: Option<TestFormat>,
        tried: impl FnOnce(Trial<'_, '_>) -> Result<Tried, UsageError>,
    ) -> Result<TestResponse, UsageError> {
        let (report, mesh) = self.mesh();
        let (Said { diagnostics, rendered }, mut places) = self.say(report);
        let mut response = TestResponse {
            ok: mesh.is_some(),
            passed: 0,
            failed: 0,
            expectations: Vec::new(),
            uncovered: Vec::new(),
            mutants: Vec::new(),
            untried: 0,
            assumed: Vec::new(),
            text: None,
            diagnostics,
            rendered,
        };
        let Some(mesh) = mesh else { return Ok(response) };

        let asked = read(self.expectations(), &mut Report::default());
        let simulation = Simulation::new(mesh.objects, mesh.environment);
        let answers = answers(&asked, &mesh, &simulation)?;
        for (expectation, answer) in asked.iter().zip(&answers) {
            let row = row(expectation, answer, &simulation, &mut places);
            for text in &answer.trace.assumed {
                if !response.assumed.contains(text) {
                    response.assumed.push(text.clone());
                }
            }
            let count = if row.passed { &mut response.passed } else { &mut response.failed };
            *count = count.saturating_add(1);
            response.expectations.push(row);
        }
        if let Some(set) = mesh.set {
            response.uncovered = uncovered(set, &asked, &answers, &mut places);
            let trial = Trial { set, mesh: &mesh, asked: &asked, answers: &answers, places: &mut places };
            let Tried { mutants, untried } = tried(trial)?;
            (response.mutants, response.untried) = (mutants, untried);
        }
        response.text = format.map(|TestFormat::Text| text::text(&response));
        Ok(response)
    }
}

/// A request and its result.
struct Answer {
    query: Query,
    trace: Trace,
}

impl Answer {
    /// The part of the result that an expectation compares.
    fn seen(&self) -> Seen<'_> {
        let tls = self.trace.reached.as_ref().map(|reached| reached.tls);
        let gateways = self.trace.gateways();
        Seen {
            verdict: self.trace.verdict,
            tls,
            gateways,
            hosts: self.trace.places().map(|place| place.host.as_str()).collect(),
        }
    }
}

/// The part of a result that an expectation compares.
struct Seen<'t> {
    verdict: Verdict,
    tls: Option<bool>,
    gateways: BTreeSet<&'t str>,
    hosts: BTreeSet<&'t str>,
}

fn answers(asked: &[Asked], mesh: &CompiledMesh, simulation: &Simulation) -> Result<Vec<Answer>, UsageError> {
    let intents = mesh.set.map(Intents::of);
    asked
        .iter()
        .map(|expectation| {
            let query = query::asked(&expectation.query, mesh)?;
            let mut trace = simulation.trace(&query);
            trace.verdict = intents.as_ref().map_or(trace.verdict, |intents| intents.verdict(&query, &trace));
            Ok(Answer { query, trace })
        })
        .collect()
}

/// Whether a result is as expected.
fn holds(expectation: &Asked, seen: &Seen<'_>) -> bool {
    match expectation.expected {
        Expected::Allow => {
            let are = |wanted: &BTreeSet<String>, seen: &BTreeSet<&str>| {
                wanted.iter().map(String::as_str).eq(seen.iter().copied())
            };
            seen.verdict == Verdict::Allowed
                && expectation.tls.is_none_or(|wanted| seen.tls.is_some_and(|tls| tls == wanted))
                && expectation.arrives_at.as_ref().is_none_or(|wanted| are(wanted, &seen.hosts))
                && expectation.through.as_ref().is_none_or(|wanted| are(wanted, &seen.gateways))
        }
        Expected::Deny => seen.verdict == Verdict::Blocked,
    }
}

fn row(expectation: &Asked, answer: &Answer, simulation: &Simulation, places: &mut Places) -> ExpectationRow {
    let trace = &answer.trace;
    let alternatives = match trace.verdict {
        Verdict::Unknown => simulation.alternatives(&answer.query),
        _ => Alternatives::default(),
    };
    let becomes = match (&trace.reached, trace.verdict) {
        (_, Verdict::Unknown) => format!("it is unknown: {}", trace.unknown.join("; ")),
        (Some(to), _) => {
            let via = match &trace.gateway {
                Some(gateway) => {
                    let others = trace.other_gateways().map(|other| format!(" or `{}`", other.gateway));
                    format!("through gateway `{gateway}`{}", others.collect::<String>())
                }
                None => "bypassing every gateway".to_owned(),
            };
            let others = trace.also_reached.iter().map(|place| format!(" or {} port {}", place.host, place.port));
            let others: String = others.collect();
            format!("it reaches {} port {}{others} in {}, {via}", to.host, to.port, speech(to))
        }
        (None, _) => match trace.status {
            Some(status) => format!("the response has status {status}"),
            None => "the connection is closed".to_owned(),
        },
    };
    let passed = holds(expectation, &answer.seen());
    let objects = if passed { Vec::new() } else { simulation.unused(&answer.query, trace) };
    let (unused, more_unused) = unused(objects, places);
    ExpectationRow {
        expected: match expectation.expected {
            Expected::Allow => ExpectedVerdict::Allow,
            Expected::Deny => ExpectedVerdict::Deny,
        },
        query: query::as_asked(&answer.query),
        verdict: trace.verdict,
        passed,
        message: format!("{}: {becomes}", on_one_line(&answer.query.describe())),
        more_cases: alternatives.more,
        cases: cases(alternatives.shown),
        missing: alternatives.missing,
        unused,
        more_unused,
        place: places.place(expectation.span, ""),
    }
}

fn speech(to: &Reached) -> &'static str {
    if to.tls { "TLS" } else { "plain text" }
}

/// The `to` items that no `allow` expectation covers.
fn uncovered(set: &PolicySet, asked: &[Asked], answers: &[Answer], places: &mut Places) -> Vec<OriginRow> {
    let intents = Intents::of(set);
    let mut touched: BTreeSet<Span> = BTreeSet::new();
    for (_, answer) in asked.iter().zip(answers).filter(|(each, _)| each.expected == Expected::Allow) {
        if matches!(intents.ask(&answer.query), Intent::Arrives(_) | Intent::MayArrive(_)) {
            let host = intents.declaration(&answer.query, None).map(|flow| &flow.host.value);
            let of_host = set.flows().filter(|flow| Some(&flow.host.value) == host);
            touched.extend(of_host.filter(|flow| declares(flow, &answer.query)).map(|flow| flow.destination.span));
        }
    }
    let accountability = set.accountability();
    let mut rows = Vec::new();
    for policy in &set.policies {
        for destination in policy.rules.iter().flat_map(|rule| &rule.destinations) {
            if !touched.contains(&destination.span) {
                rows.push(OriginRow {
                    policy: policy.id.to_string(),
                    rule: destination.name.clone(),
                    place: places.place(destination.span, ""),
                    accountability: Accountability::at(destination.span, &accountability),
                });
            }
        }
    }
    rows
}

fn declares(flow: &Flow, query: &Query) -> bool {
    flow.port() == query.port
        && flow.client_namespace() == query.namespace
        && flow
            .client
            .selector
            .as_ref()
            .is_none_or(|labels| labels.value.iter().all(|(key, value)| query.labels.get(key) == Some(value)))
}

/// Evaluated expectations, which are evaluated again with changed policies.
struct Trial<'t, 'p> {
    set: &'t PolicySet,
    mesh: &'t CompiledMesh<'t>,
    asked: &'t [Asked],
    answers: &'t [Answer],
    places: &'t mut Places<'p>,
}

/// The mutants, with the result of the expectations for each, and the number of mutants that were left out.
#[derive(Default)]
struct Tried {
    mutants: Vec<MutantRow>,
    untried: usize,
}

fn tried(Trial { set, mesh, asked, answers, places }: Trial<'_, '_>) -> Result<Tried, UsageError> {
    let all = mutants(set);
    let room = MOST_COMPILED_FLOWS.checked_div(set.flow_count().max(1)).unwrap_or_default().max(1);
    let mut rows = Vec::new();
    for mutant in all.iter().take(room) {
        let changed = check(mutant.of(set), &mut Report::default());
        let noticed = match changed {
            // The change does not compile, so it is noticed without an expectation.
            None => true,
            Some(changed) => {
                let compiled = Compiled::of(&changed);
                let theirs = Theirs::of(mesh.given.clone(), &compiled);
                let together = compiled.objects.and(&theirs.objects);
                let mesh = CompiledMesh {
                    environment: mesh.environment,
                    set: Some(&changed),
                    manifests: &compiled.manifests,
                    given: &theirs.objects,
                    objects: &together,
                };
                let others = self::answers(asked, &mesh, &Simulation::new(mesh.objects, mesh.environment))?;
                asked
                    .iter()
                    .zip(answers.iter().zip(&others))
                    .any(|(each, (before, after))| holds(each, &before.seen()) != holds(each, &after.seen()))
            }
        };
        rows.push(MutantRow { description: mutant.description.clone(), noticed, place: places.place(mutant.span, "") });
    }
    Ok(Tried { mutants: rows, untried: all.len().saturating_sub(room) })
}
