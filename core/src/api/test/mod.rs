//! Expectations against policies, and policies against expectations.

mod text;
mod words;

pub use words::{ExpectationRow, ExpectedVerdict, MutantRow, TestFormat, TestRequest, TestResponse};

use std::collections::BTreeSet;

use super::compile::rendered;
use super::expectation::{Asked, read};
use super::scene::{Scene, Stage};
use super::wire::{Places, shown};
use super::{OriginRow, UsageError, query};
use crate::check::check;
use crate::diagnostic::Report;
use crate::diagnostic::shown::on_one_line;
use crate::model::{Flow, PolicySet};
use crate::mutate::mutants;
use crate::resource::Expected;
use crate::source::Span;
use crate::trace::outcome::Simulation;
use crate::trace::{Intent, Intents, Query, Reached, Trace, Verdict};

/// Flows times mutants: each mutant is compiled, so that a large set takes few of them.
const MOST_COMPILED_FLOWS: usize = 200_000;

/// The request of `test`: runs the expectations in the sources.
///
/// # Errors
/// If a source has no content or two contents.
pub fn test(request: &TestRequest) -> Result<TestResponse, UsageError> {
    let Scene { sources, documents, report, expectations, stage } = Scene::of(&request.sources)?;
    let diagnostics = shown(report);
    let rendered = rendered(&sources, &diagnostics, request.render);
    let mut places = Places::new(&sources, &documents, request.position_encoding);
    let mut response = TestResponse {
        ok: stage.is_some(),
        passed: 0,
        failed: 0,
        expectations: Vec::new(),
        uncovered: Vec::new(),
        mutants: Vec::new(),
        untried: 0,
        text: None,
        diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
        rendered,
    };
    let Some(stage) = stage else { return Ok(response) };

    let asked = read(&expectations, &mut Report::default());
    let answers = answers(&asked, &stage)?;
    for (expectation, answer) in asked.iter().zip(&answers) {
        let row = row(expectation, answer, &mut places);
        let count = if row.passed { &mut response.passed } else { &mut response.failed };
        *count = count.saturating_add(1);
        response.expectations.push(row);
    }
    if let Some(set) = stage.set.as_deref() {
        response.uncovered = uncovered(set, &asked, &answers, &mut places);
        if request.mutations {
            (response.mutants, response.untried) = tried(set, &stage, &asked, &answers, &mut places)?;
        }
    }
    response.text = request.format.map(|TestFormat::Text| text::text(&response));
    Ok(response)
}

/// A request and its result.
struct Answer {
    query: Query,
    trace: Trace,
}

impl Answer {
    /// What an expectation can see of it.
    fn seen(&self) -> (Verdict, Option<bool>) {
        (self.trace.verdict, self.trace.reached.as_ref().map(|reached| reached.tls))
    }
}

fn answers(asked: &[Asked], stage: &Stage) -> Result<Vec<Answer>, UsageError> {
    let simulation = Simulation::new(&stage.objects, &stage.environment);
    asked
        .iter()
        .map(|expectation| {
            let query = query::asked(&expectation.query, stage)?;
            let trace = simulation.trace(&query);
            Ok(Answer { query, trace })
        })
        .collect()
}

/// Whether an answer is as expected.
fn holds(expectation: &Asked, seen: (Verdict, Option<bool>)) -> bool {
    match expectation.expected {
        Expected::Allow => {
            seen.0 == Verdict::Allowed && expectation.tls.is_none_or(|wanted| seen.1.is_some_and(|tls| tls == wanted))
        }
        Expected::Deny => seen.0 == Verdict::Blocked,
    }
}

fn row(expectation: &Asked, answer: &Answer, places: &mut Places) -> ExpectationRow {
    let trace = &answer.trace;
    let becomes = match (&trace.reached, trace.verdict) {
        (_, Verdict::Unknown) => format!("it is unknown: {}", trace.unknown.join("; ")),
        (Some(to), _) => {
            let via = match &trace.gateway {
                Some(gateway) => format!("through gateway `{gateway}`"),
                None => "bypassing every gateway".to_owned(),
            };
            format!("it reaches {} port {} in {}, {via}", to.host, to.port, speech(to))
        }
        (None, _) => match trace.status {
            Some(status) => format!("the response has status {status}"),
            None => "the connection is closed".to_owned(),
        },
    };
    ExpectationRow {
        expected: match expectation.expected {
            Expected::Allow => ExpectedVerdict::Allow,
            Expected::Deny => ExpectedVerdict::Deny,
        },
        query: query::wire(&answer.query),
        verdict: trace.verdict,
        passed: holds(expectation, answer.seen()),
        message: format!("{}: {becomes}", on_one_line(&answer.query.describe())),
        place: places.place(expectation.span, ""),
    }
}

fn speech(to: &Reached) -> &'static str {
    if to.tls { "TLS" } else { "plain text" }
}

/// The `to` items that no `allow` expectation reaches.
fn uncovered(set: &PolicySet, asked: &[Asked], answers: &[Answer], places: &mut Places) -> Vec<OriginRow> {
    let intents = Intents::of(set);
    let mut touched: BTreeSet<Span> = BTreeSet::new();
    for (_, answer) in asked.iter().zip(answers).filter(|(each, _)| each.expected == Expected::Allow) {
        if matches!(intents.ask(&answer.query), Intent::Arrives(_) | Intent::MayArrive(_)) {
            touched.extend(set.flows().filter(|flow| declares(flow, &answer.query)).map(|flow| flow.destination.span));
        }
    }
    let mut rows = Vec::new();
    for policy in &set.policies {
        for destination in policy.rules.iter().flat_map(|rule| &rule.destinations) {
            if !touched.contains(&destination.span) {
                rows.push(OriginRow {
                    policy: policy.id.to_string(),
                    rule: destination.name.clone(),
                    place: places.place(destination.span, ""),
                });
            }
        }
    }
    rows
}

fn declares(flow: &Flow, query: &Query) -> bool {
    flow.host.value == query.host
        && flow.port() == query.port
        && flow.client_namespace() == query.namespace
        && flow
            .client
            .selector
            .as_ref()
            .is_none_or(|labels| labels.value.iter().all(|(key, value)| query.labels.get(key) == Some(value)))
}

/// Each mutant with what the expectations say of it, and how many were left out.
fn tried(
    set: &PolicySet,
    stage: &Stage,
    asked: &[Asked],
    answers: &[Answer],
    places: &mut Places,
) -> Result<(Vec<MutantRow>, usize), UsageError> {
    let all = mutants(set);
    let room = MOST_COMPILED_FLOWS.checked_div(set.flow_count().max(1)).unwrap_or_default().max(1);
    let mut rows = Vec::new();
    for mutant in all.iter().take(room) {
        let changed = check(mutant.of(set), &mut Report::default());
        let noticed = match changed {
            // The compiler notices.
            None => true,
            Some(changed) => {
                let stage =
                    Stage::of(Some(changed), stage.environment.clone(), stage.given.clone(), &mut Report::default());
                let others = self::answers(asked, &stage)?;
                asked
                    .iter()
                    .zip(answers.iter().zip(&others))
                    .any(|(each, (before, after))| holds(each, before.seen()) != holds(each, after.seen()))
            }
        };
        rows.push(MutantRow { description: mutant.description.clone(), noticed, place: places.place(mutant.span, "") });
    }
    Ok((rows, all.len().saturating_sub(room)))
}
