//! What becomes of one request.

mod access_log;
mod hint;
mod mermaid;
mod story;
mod words;

pub use words::{
    QueryClient, QueryTarget, TraceFormat, TraceRequest, TraceResponse, WireDecision, WireHop, WirePath, WireQuery,
    WireTrace,
};

use super::compile::rendered;
use super::scene::{Scene, Stage};
use super::wire::{Places, shown};
use super::{UsageError, query};
use crate::trace::outcome::Simulation;
use crate::trace::{ClientPath, Decision, Intent, Intents, Query, Trace};
use access_log::LogLine;

/// Evaluates one request with the objects that the policies compile to and the objects in the sources.
///
/// # Errors
/// When the request cannot be understood, or a source has no or two contents.
pub fn trace(request: &TraceRequest) -> Result<TraceResponse, UsageError> {
    let asked = Asked::of(request)?;
    let Scene { sources, documents, report, stage, .. } = Scene::of(&request.sources)?;
    let diagnostics = shown(report);
    let rendered = rendered(&sources, &diagnostics, request.render);
    let mut places = Places::new(&sources, &documents, request.position_encoding);
    let mut response = TraceResponse {
        ok: stage.is_some(),
        trace: None,
        declared: None,
        hint: None,
        text: None,
        diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
        rendered,
    };
    let Some(stage) = stage else { return Ok(response) };

    let answer = answer(&asked, &stage)?;
    response.declared = answer.declared;
    response.hint = stage.set.as_deref().and_then(|set| hint::of(set, &answer.query, answer.declared));
    let wire = wire(&answer.query, answer.trace, &stage, &mut places);
    response.text = request.format.map(|format| match format {
        TraceFormat::Text => story::text(&wire, &answer.query, response.declared, response.hint.as_deref()),
        TraceFormat::Mermaid => mermaid::text(&wire),
    });
    response.trace = Some(wire);
    Ok(response)
}

/// What a request asks.
enum Asked {
    Request(WireQuery),
    Log(LogLine, Option<QueryClient>),
}

impl Asked {
    fn of(request: &TraceRequest) -> Result<Self, UsageError> {
        let wrong = |what: &str| Err(UsageError::Query(what.to_owned()));
        match (&request.query, &request.ask, &request.access_log) {
            (Some(_), _, _) | (_, Some(_), _) if request.client.is_some() => {
                wrong("`client` is the client that `accessLog` belongs to, and is allowed only with `accessLog`")
            }
            (Some(query), None, None) => Ok(Self::Request(query.clone())),
            (None, Some(text), None) => Ok(Self::Request(text.parse()?)),
            (None, None, Some(line)) => Ok(Self::Log(line.parse()?, request.client.clone())),
            _ => wrong("set one of `query`, `ask` and `accessLog`"),
        }
    }
}

/// A request and its result.
struct Answer {
    query: Query,
    trace: Trace,
    declared: Option<bool>,
}

fn answer(asked: &Asked, stage: &Stage) -> Result<Answer, UsageError> {
    let simulation = Simulation::new(&stage.objects, &stage.environment);
    let intents = stage.set.as_deref().map(Intents::of);
    match asked {
        Asked::Request(wire) => {
            let query = query::asked(wire, stage)?;
            let trace = simulation.trace(&query);
            let declared = intents.and_then(|intents| declared(&intents, &query, &trace));
            Ok(Answer { query, trace, declared })
        }
        Asked::Log(line, from) => {
            let (query, trace) = line.explain(from.as_ref(), stage, &simulation)?;
            let declared = intents.and_then(|intents| declared(&intents, &query, &trace));
            Ok(Answer { query, trace, declared })
        }
    }
}

/// Whether the policies allow a request.
fn declared(intents: &Intents, query: &Query, trace: &Trace) -> Option<bool> {
    match intents.ask(query) {
        Intent::Arrives(_) | Intent::MayArrive(_) => Some(true),
        Intent::Diverted(_) | Intent::Blocked => Some(false),
        Intent::ByIdentity => match (&query.path, &trace.reached) {
            (ClientPath::Direct { gateway, .. }, Some(reached)) => Some(intents.admits(query, gateway, reached)),
            _ => None,
        },
        Intent::NotCaptured => None,
    }
}

/// A trace as it leaves.
fn wire(query: &Query, trace: Trace, stage: &Stage, places: &mut Places) -> WireTrace {
    WireTrace {
        query: query::wire(query),
        verdict: trace.verdict,
        status: trace.status,
        closed: trace.closed,
        gateway: trace.gateway,
        reached: trace.reached,
        response_flags: trace.response_flags.map(str::to_owned),
        upstream_cluster: trace.upstream_cluster,
        hops: trace
            .hops
            .into_iter()
            .map(|hop| WireHop {
                at: hop.at,
                listener: hop.listener,
                chain: hop.chain,
                route: hop.route,
                cluster: hop.cluster,
                encryption: hop.encryption,
                decided_by: hop.decided_by,
            })
            .collect(),
        decided_by: trace.decided_by.into_iter().map(|decision| decided(decision, query, stage, places)).collect(),
        unknown: trace.unknown,
        notes: trace.notes,
    }
}

/// What egressc made stands where the `to` item stands that it was made for.
///
/// An object that many rules share is shown for the rule that speaks of the host, if one does.
fn decided(decision: Decision, query: &Query, stage: &Stage, places: &mut Places) -> WireDecision {
    let made = stage.config.objects.iter().find(|object| {
        decision.span.is_none()
            && object.spec.kind() == decision.kind
            && object.namespace == decision.namespace
            && object.name == decision.name
    });
    let origin = made.and_then(|object| {
        let about_host = |span| {
            stage.set.as_deref().is_some_and(|set| {
                set.flows().any(|flow| {
                    flow.destination.span == span
                        && flow.host.value == query.host
                        && (query.path != ClientPath::Sidecar || flow.port() == query.port)
                })
            })
        };
        let mut near = object.origins.iter().filter(|origin| about_host(origin.span));
        near.next().or_else(|| object.origins.first().filter(|_| object.origins.len() == 1))
    });
    WireDecision {
        kind: decision.kind,
        namespace: decision.namespace,
        name: decision.name,
        span: decision.span.or(origin.map(|origin| origin.span)).map(|span| places.place(span, "")),
        policy: origin.map(|origin| origin.policy.to_string()).or(decision.policy),
        rule: origin.map(|origin| origin.rule.clone()).or(decision.rule),
    }
}
