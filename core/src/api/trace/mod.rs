//! The result of one request.

mod access_log;
mod case;
mod hint;
mod mermaid;
mod story;
mod types;
mod unused;

pub(super) use case::{cases, in_short, in_words};
pub(super) use story::decided;
pub use types::{
    ClientPath, Decision, Hop, Query, QueryClient, QueryTarget, Question, Trace, TraceCase, TraceFormat, TraceRequest,
    TraceResponse, UnusedObject,
};
pub(super) use unused::{not_used, unused};

use std::str::FromStr;

use super::dry_run;
use super::log_line::LogLine;
use super::workspace::{CompiledMesh, Places, Said};
use super::{OtherGateway, QueryPart, UsageError, Workspace, query};
use crate::model::{Flow, wildcard};
use crate::trace;
use crate::trace::outcome::{Alternatives, Simulation, Unused};
use crate::trace::{Intent, Intents};

/// Evaluates one request with the objects that the policies compile to and the objects in the sources.
///
/// ```
/// use egressc_core::api::{Source, TraceRequest, Verdict, trace};
///
/// let entry = r#"
/// apiVersion: networking.istio.io/v1
/// kind: ServiceEntry
/// metadata: {name: ext, namespace: mytest}
/// spec:
///   hosts: [ext.example]
///   resolution: DNS
///   ports: [{number: 80, name: http, protocol: HTTP}]
/// "#;
/// let response = trace(&TraceRequest {
///     sources: vec![Source::text("entry.yaml", entry)],
///     ask: Some("mytest,app=sleep-a -> http://ext.example/get".to_owned()),
///     ..TraceRequest::default()
/// })?;
/// assert_eq!(response.trace.map(|trace| trace.verdict), Some(Verdict::Allowed));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When the request does not contain exactly one question, or the question is not valid.
pub fn trace(request: &TraceRequest) -> Result<TraceResponse, UsageError> {
    let question = request.question()?;
    let TraceRequest { sources, position_encoding, format, render, .. } = request;
    Workspace::load(sources).position_encoding(*position_encoding).rendering(*render).trace(&question, *format)
}

impl TraceRequest {
    /// The question that the request contains.
    ///
    /// # Errors
    /// When it contains none or several, or `ask` is not a valid question.
    pub fn question(&self) -> Result<Question, UsageError> {
        let wrong = |what: &str| Err(UsageError::query(QueryPart::Question, what));
        match (&self.query, &self.ask, &self.access_log) {
            (Some(_), _, _) | (_, Some(_), _) if self.client.is_some() => {
                wrong("`client` is the client that `accessLog` belongs to, and is allowed only with `accessLog`")
            }
            (Some(query), None, None) => Ok(Question::Request(query.clone())),
            (None, Some(text), None) => text.parse(),
            (None, None, Some(line)) => Ok(Question::AccessLog { line: line.clone(), client: self.client.clone() }),
            _ => wrong("set one of `query`, `ask` and `accessLog`"),
        }
    }
}

impl From<Query> for Question {
    fn from(query: Query) -> Self {
        Self::Request(query)
    }
}

/// `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
impl FromStr for Question {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        text.parse().map(Self::Request)
    }
}

impl Workspace {
    /// The result of one request, as in [`trace()`]. With a format, the response also contains it as text.
    ///
    /// ```
    /// use egressc_core::api::{Question, TraceFormat, Workspace};
    ///
    /// let question: Question = "mytest,app=sleep-a -> https://www.httpbin.org".parse()?;
    /// let response = Workspace::load(&[]).trace(&question, Some(TraceFormat::Text))?;
    /// // No document says what sidecars do with unknown hosts.
    /// assert!(response.text.is_some_and(|text| text.starts_with("unknown")));
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When the question is not valid.
    pub fn trace(&self, question: &Question, format: Option<TraceFormat>) -> Result<TraceResponse, UsageError> {
        let asked = Asked::of(question)?;
        let (report, mesh) = self.mesh();
        let (Said { diagnostics, rendered }, mut places) = self.say(report);
        let mut response = TraceResponse {
            ok: mesh.is_some(),
            trace: None,
            declared: None,
            audit: false,
            hint: None,
            text: None,
            diagnostics,
            rendered,
        };
        let Some(mesh) = mesh else { return Ok(response) };

        let answer = answer(&asked, &mesh)?;
        response.declared = answer.declared;
        response.audit = answer.audit;
        response.hint = mesh.set.and_then(|set| hint::of(set, &answer.query, answer.declared));
        let described = answer.query.describe();
        let trace = shown(answer, &mesh, &mut places);
        response.text = format.map(|format| match format {
            TraceFormat::Text => story::text(&trace, &described, response.declared, response.hint.as_deref()),
            TraceFormat::Mermaid => mermaid::text(&trace),
        });
        response.trace = Some(trace);
        Ok(response)
    }
}

/// A question; a log line in it is parsed.
enum Asked<'q> {
    Request(&'q Query),
    Log(Box<LogLine>, Option<&'q QueryClient>),
}

impl<'q> Asked<'q> {
    fn of(question: &'q Question) -> Result<Self, UsageError> {
        Ok(match question {
            Question::Request(query) => Self::Request(query),
            Question::AccessLog { line, client } => Self::Log(Box::new(line.parse()?), client.as_ref()),
        })
    }
}

/// A request and its result.
struct Answer {
    query: trace::Query,
    trace: trace::Trace,
    alternatives: Alternatives,
    unused: Vec<Unused>,
    declared: Option<bool>,
    audit: bool,
}

fn answer(asked: &Asked, mesh: &CompiledMesh) -> Result<Answer, UsageError> {
    let simulation = Simulation::new(mesh.objects, mesh.environment);
    let (query, mut trace) = match asked {
        Asked::Request(asked) => {
            let query = query::asked(asked, mesh)?;
            let trace = simulation.trace(&query);
            (query, trace)
        }
        Asked::Log(line, from) => line.explain(*from, mesh, &simulation)?,
    };
    let intents = mesh.set.map(Intents::of);
    let declared = intents.as_ref().and_then(|intents| declared(intents, &query, &trace));
    let by_dry_run = match asked {
        Asked::Log(line, _) if trace.reached.is_some() => dry_run::refused(line, mesh, &query.namespace),
        Asked::Log(..) | Asked::Request(_) => None,
    };
    let by_intent = intents.as_ref().is_some_and(|intents| intents.opens_by_audit(&query, &trace));
    let audit = by_intent || by_dry_run.is_some();
    let verdict = intents.as_ref().map(|intents| intents.verdict(&query, &trace));
    if audit {
        let declared = intents.filter(|_| by_intent);
        let rule = declared.and_then(|intents| intents.declaration(&query, trace.reached.as_ref()));
        trace.notes.extend(rule.or(by_dry_run).map(|flow| in_audit_mode(&flow)));
    }
    let mut answer = explained((query, trace), &simulation);
    answer.trace.verdict = verdict.unwrap_or(answer.trace.verdict);
    Ok(Answer { declared, audit, ..answer })
}

fn in_audit_mode(flow: &Flow) -> String {
    let (rule, policy) = (&flow.destination.name, &flow.policy.id);
    format!("rule `{rule}` of `{policy}` is in audit mode; if it is enforced, this request is blocked")
}

/// A request that is evaluated, with what belongs to its result.
fn explained((query, mut trace): (trace::Query, trace::Trace), simulation: &Simulation<'_>) -> Answer {
    let alternatives = match trace.verdict {
        trace::Verdict::Unknown => simulation.alternatives(&query),
        _ => Alternatives::default(),
    };
    trace.notes.append(&mut trace.weights);
    trace.notes.extend(simulation.alias(&query, &trace));
    trace.notes.extend(simulation.dead_end(&query, &trace));
    let unused = simulation.unused(&query, &trace);
    Answer { query, trace, alternatives, unused, declared: None, audit: false }
}

/// A request that is evaluated, in the form of responses.
pub(super) fn as_shown(
    evaluated: (trace::Query, trace::Trace),
    simulation: &Simulation<'_>,
    mesh: &CompiledMesh<'_>,
    places: &mut Places<'_>,
) -> Trace {
    shown(explained(evaluated, simulation), mesh, places)
}

/// Whether the policies allow a request.
fn declared(intents: &Intents, query: &trace::Query, trace: &trace::Trace) -> Option<bool> {
    match intents.ask(query) {
        Intent::Arrives(_) | Intent::MayArrive(_) => Some(true),
        Intent::Diverted(_) | Intent::Blocked => Some(false),
        Intent::ByIdentity => match (&query.path, &trace.reached) {
            (trace::ClientPath::Direct { .. }, Some(_)) => Some(intents.admits_all(query, trace)),
            _ => None,
        },
        Intent::NotCaptured => None,
    }
}

/// A trace in the form of the response.
fn shown(answer: Answer, mesh: &CompiledMesh, places: &mut Places) -> Trace {
    let Answer { query, trace, alternatives, unused: objects, .. } = answer;
    let (unused, more_unused) = unused(objects, places);
    let other_gateways =
        trace.other_gateways().map(|crossed| OtherGateway::new(&crossed.gateway, crossed.port)).collect();
    Trace {
        query: query::as_asked(&query),
        verdict: trace.verdict,
        status: trace.status,
        closed: trace.closed,
        gateway: trace.gateway,
        other_gateways,
        reached: trace.reached,
        also_reached: trace.also_reached,
        response_flags: trace.response_flags.map(str::to_owned),
        upstream_cluster: trace.upstream_cluster,
        hops: trace
            .hops
            .into_iter()
            .map(|hop| Hop {
                at: hop.at,
                listener: hop.listener,
                chain: hop.chain,
                route: hop.route,
                cluster: hop.cluster,
                encryption: hop.encryption,
                decided_by: hop.decided_by,
            })
            .collect(),
        deciders_are_known: !trace.has_other_deciders,
        decided_by: trace.decided_by.into_iter().map(|decision| decision_of(decision, &query, mesh, places)).collect(),
        unknown: trace.unknown,
        more_cases: alternatives.more,
        cases: cases(alternatives.shown),
        missing: alternatives.missing,
        assumed: trace.assumed,
        notes: trace.notes,
        unused,
        more_unused,
    }
}

/// The place of an object that egressc made is the `to` item that it was made for.
///
/// An object that many rules share is shown with the rule for the host, if there is one.
fn decision_of(decision: trace::Decision, query: &trace::Query, mesh: &CompiledMesh, places: &mut Places) -> Decision {
    let made = mesh.manifests.objects.iter().find(|object| {
        decision.span.is_none()
            && object.spec.kind() == decision.kind
            && object.namespace == decision.namespace
            && object.name == decision.name
    });
    let origin = made.and_then(|object| {
        let about_host = |span| {
            mesh.set.is_some_and(|set| {
                set.flows().any(|flow| {
                    flow.destination.span == span
                        && wildcard::has(&flow.host.value, &query.host)
                        && (query.path != trace::ClientPath::Sidecar || flow.port() == query.port)
                })
            })
        };
        let mut near = object.origins.iter().filter(|origin| about_host(origin.span));
        near.next().or_else(|| object.origins.first().filter(|_| object.origins.len() == 1))
    });
    Decision {
        kind: decision.kind,
        namespace: decision.namespace,
        name: decision.name,
        span: decision.span.or(origin.map(|origin| origin.span)).map(|span| places.place(span, "")),
        policy: origin.map(|origin| origin.policy.to_string()).or(decision.policy),
        rule: origin.map(|origin| origin.rule.clone()).or(decision.rule),
    }
}
