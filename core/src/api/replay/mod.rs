//! Verdicts against the access logs of a real mesh.
//!
//! `docs/design/replay.md` says what is compared, and what a line cannot show.

mod comparison;
mod left_out;
mod lines;
mod not_logged;
mod question;
mod tally;
mod text;
mod types;
mod writer;

pub use types::{
    AccessLog, AuditedLines, Logged, ReplayFormat, ReplayReason, ReplayRequest, ReplayResponse, ReplayResult, ReplayRow,
};

use std::collections::BTreeMap;

use super::dry_run;
use super::log_line::LogLine;
use super::trace::as_shown;
use super::workspace::{CompiledMesh, Places, Said};
use super::{QueryClient, UsageError, Workspace};
use crate::model::Flow;
use crate::trace::outcome::Simulation;
use crate::trace::{Intents, Query, Trace};
use comparison::{Comparison, compare};
use left_out::LeftOut;
use lines::{Line, Lines};
use not_logged::not_logged;
use question::Question;
use tally::{At, Shown, Tally};
use writer::Writer;

/// So many lines of each result are shown, if the caller sets no number.
const EXAMPLES: usize = 5;
/// At most so many are shown.
const MOST_EXAMPLES: usize = 1_000;
/// So many evaluated requests are remembered: most lines of a log repeat a request.
const MOST_REMEMBERED: usize = 4_096;
/// A request with a longer path is not remembered, so that memory is bounded.
const MOST_REMEMBERED_PATH: usize = 1 << 10;

/// Compares the verdicts with the lines of access logs.
///
/// ```
/// use egressc_core::api::{AccessLog, ReplayRequest, Source, replay};
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
/// let line = r#"{"method": "GET", "path": "/", "protocol": "HTTP/1.1", "authority": "ext.example",
///     "response_code": 200, "response_code_details": "via_upstream", "upstream_cluster": "outbound|80||ext.example",
///     "downstream_local_address": "93.184.216.34:80"}"#;
/// let response = replay(&ReplayRequest {
///     sources: vec![Source::text("entry.yaml", entry)],
///     logs: vec![AccessLog::new("sleep-a.log", line.replace('\n', ""), "mytest,app=sleep-a".parse().ok())],
///     ..ReplayRequest::default()
/// })?;
/// assert_eq!((response.agree, response.differ), (1, 0));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When the client of a log is not valid.
pub fn replay(request: &ReplayRequest) -> Result<ReplayResponse, UsageError> {
    let ReplayRequest { sources, logs, examples, position_encoding, format, render } = request;
    let workspace = Workspace::load(sources).position_encoding(*position_encoding).rendering(*render);
    let mut replay = workspace.replay(*examples);
    for AccessLog { name, text, client } in logs {
        replay.begin(name, client.as_ref())?;
        replay.read(text.as_bytes());
    }
    Ok(replay.end(*format))
}

impl Workspace {
    /// Begins to compare the verdicts with access logs, which may be of any size: the pieces of a log are read one after
    /// the other, and memory is bounded.
    ///
    /// `examples` is the largest number of rows for each result; the default is 5.
    ///
    /// ```
    /// use egressc_core::api::Workspace;
    ///
    /// let workspace = Workspace::load(&[]);
    /// let mut replay = workspace.replay(None);
    /// replay.begin("sleep-a.log", Some(&"mytest,app=sleep-a".parse()?))?;
    /// replay.read(b"not a line of an ");
    /// replay.read(b"access log\n");
    /// let response = replay.end(None);
    /// assert_eq!((response.left_out, response.agree), (1, 0));
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    pub fn replay(&self, examples: Option<usize>) -> Replay<'_> {
        let (report, mesh) = self.mesh();
        let (said, places) = self.say(report);
        Replay {
            evaluator: mesh.map(|mesh| Evaluator {
                mesh,
                simulation: Simulation::new(mesh.objects, mesh.environment),
                intents: mesh.set.filter(|set| set.has_audited_rules()).map(Intents::of),
                places,
                remembered: BTreeMap::new(),
            }),
            said,
            lines: Lines::default(),
            log: Log::default(),
            tally: Tally::with_examples(examples.unwrap_or(EXAMPLES).min(MOST_EXAMPLES)),
        }
    }
}

/// Access logs that are compared with the verdicts of a [`Workspace`], from [`Workspace::replay`].
#[derive(Debug)]
pub struct Replay<'w> {
    /// `None` if an error refuses all questions.
    evaluator: Option<Evaluator<'w>>,
    said: Said,
    lines: Lines,
    log: Log,
    tally: Tally,
}

/// The log at hand.
#[derive(Debug, Default)]
struct Log {
    name: String,
    /// The number of the line that was read last.
    line: usize,
    /// The proxy that wrote it; `None` if each line names its own.
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Evaluator<'w> {
    mesh: CompiledMesh<'w>,
    simulation: Simulation<'w>,
    /// What policies with rules in audit mode let through.
    intents: Option<Intents<'w>>,
    places: Places<'w>,
    remembered: BTreeMap<Query, Trace>,
}

impl Replay<'_> {
    /// Begins with a log. The client is the workload whose sidecar wrote it; with the path `direct` and a gateway, the log
    /// is that of the gateway. Without a client, the field `kubernetes` of each JSON line must name the workload.
    ///
    /// # Errors
    /// When the client is not valid, or no document describes the gateway.
    pub fn begin(&mut self, name: impl Into<String>, client: Option<&QueryClient>) -> Result<(), UsageError> {
        self.end_of_log();
        let writer = match (&self.evaluator, client) {
            (Some(evaluator), Some(client)) => Some(Writer::of(client, &evaluator.simulation)?),
            _ => None,
        };
        self.log = Log { name: name.into(), line: 0, writer };
        Ok(())
    }

    /// Reads the next piece of the log, which may end anywhere in a line.
    pub fn read(&mut self, piece: &[u8]) {
        let Self { evaluator: Some(evaluator), lines, log, tally, .. } = self else { return };
        lines.read(piece, &mut |line| evaluator.line(line, log, tally));
    }

    /// Whether all sources could be evaluated; if not, lines are not read.
    pub fn ok(&self) -> bool {
        self.evaluator.is_some()
    }

    /// The result. With a format, the response also contains it as text.
    pub fn end(mut self, format: Option<ReplayFormat>) -> ReplayResponse {
        self.end_of_log();
        let Said { diagnostics, rendered } = self.said;
        let count = |result| self.tally.of(result);
        let mut response = ReplayResponse {
            ok: self.evaluator.is_some(),
            agree: count(ReplayResult::Agree),
            differ: count(ReplayResult::Differ),
            unknown: count(ReplayResult::Unknown),
            left_out: count(ReplayResult::LeftOut),
            reasons: Vec::new(),
            audited: self.tally.audited(),
            rows: Vec::new(),
            text: None,
            diagnostics,
            rendered,
        };
        (response.reasons, response.rows) = self.tally.into_parts();
        response.text = format.map(|ReplayFormat::Text| text::text(&response));
        response
    }

    fn end_of_log(&mut self) {
        let Self { evaluator: Some(evaluator), lines, log, tally, .. } = self else { return };
        lines.end(&mut |line| evaluator.line(line, log, tally));
    }
}

/// A line that was compared.
struct Compared {
    line: LogLine,
    query: Query,
    trace: Trace,
    comparison: Comparison,
}

impl Evaluator<'_> {
    /// Compares the next line of a log, and counts it.
    fn line(&mut self, line: Line<'_>, log: &mut Log, tally: &mut Tally) {
        log.line = log.line.saturating_add(1);
        let at = At { log: &log.name, line: log.line };
        let text = match line {
            Line::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| LeftOut::NotRead),
            Line::TooLong => Err(LeftOut::TooLong),
        };
        if text.is_ok_and(|text| text.trim().is_empty()) {
            return;
        }
        let compared = text
            .and_then(|text| text.parse::<LogLine>().map_err(|_| LeftOut::NotRead))
            .map_err(|why| (None, why))
            .and_then(|line| self.compared(line, log.writer.as_ref()));
        let Compared { line, query, trace, comparison } = match compared {
            Ok(compared) => compared,
            Err((line, why)) => {
                let reason = (ReplayResult::LeftOut, why.in_words().to_owned());
                let logged = || line.as_deref().map(logged);
                tally.count(at, reason, || Shown { logged: logged(), ..Shown::default() });
                return;
            }
        };
        if comparison == Comparison::Agree
            && let Some(flow) = self.audited(&line, &query, &trace)
        {
            tally.count_audited(flow.policy.id.to_string(), &flow.destination.name);
        }
        let result = match comparison {
            Comparison::Agree => (ReplayResult::Agree, String::new()),
            Comparison::Differ(reason) => (ReplayResult::Differ, reason),
            Comparison::Unknown(reason) => (ReplayResult::Unknown, reason),
        };
        tally.count(at, result, || Shown {
            request: query.describe(),
            logged: Some(logged(&line)),
            trace: Some(as_shown((query, trace), &self.simulation, &self.mesh, &mut self.places)),
        });
    }

    /// The comparison of a line; of several requests that may have left it, the first with the best result.
    fn compared(
        &mut self,
        line: LogLine,
        writer: Option<&Writer>,
    ) -> Result<Compared, (Option<Box<LogLine>>, LeftOut)> {
        let own = match (writer, &line.client) {
            (None, Some(client)) => Writer::of(client, &self.simulation).ok(),
            _ => None,
        };
        let question = match (LeftOut::of(&line), writer.or(own.as_ref())) {
            (Some(why), _) => Err(why),
            (None, None) => Err(LeftOut::NoClient),
            (None, Some(writer)) => {
                Question::of(&line, writer, &self.mesh, &self.simulation).map(|question| (question, writer))
            }
        };
        let (question, writer) = match question {
            Ok(found) => found,
            Err(why) => return Err((Some(Box::new(line)), why)),
        };
        let mut best: Option<(Query, Trace, Comparison)> = None;
        for query in question.queries {
            let trace = self.trace(&query);
            let comparison = match compare(&line, writer.stop(), &trace) {
                Comparison::Differ(_) if trace.has_other_ways => {
                    Comparison::Unknown("requests that end in this way take several ways".to_owned())
                }
                // The listener for connections to the workload logs in the same way, with no field that tells them apart.
                Comparison::Differ(_)
                    if line.cluster.is_none() && line.method.is_none() && line.server_name.is_none() =>
                {
                    Comparison::Unknown("the line may be about an inbound connection".to_owned())
                }
                Comparison::Differ(_) if !question.is_named => {
                    Comparison::Unknown("the line does not contain the host of the request".to_owned())
                }
                other => other,
            };
            let rank = |comparison: &Comparison| match comparison {
                Comparison::Agree => 0,
                Comparison::Unknown(_) => 1,
                Comparison::Differ(_) => 2,
            };
            let agrees = comparison == Comparison::Agree;
            if best.as_ref().is_none_or(|(.., known)| rank(&comparison) < rank(known)) {
                best = Some((query, trace, comparison));
            }
            if agrees {
                break;
            }
        }
        let Some((query, trace, mut comparison)) = best else { return Err((Some(Box::new(line)), LeftOut::NoQuery)) };
        if matches!(comparison, Comparison::Differ(_))
            && let Some(why) = not_logged(&line, self.mesh.objects)
        {
            comparison = Comparison::Unknown(why);
        }
        Ok(Compared { line, query, trace, comparison })
    }

    /// The flow by which alone a request arrives, of a rule in audit mode.
    fn audited(&self, line: &LogLine, query: &Query, trace: &Trace) -> Option<Flow<'_>> {
        let intents = self.intents.as_ref().filter(|_| trace.reached.is_some())?;
        if intents.opens_by_audit(query, trace) {
            return intents.declaration(query, trace.reached.as_ref());
        }
        dry_run::refused(line, &self.mesh, &query.namespace)
    }

    fn trace(&mut self, query: &Query) -> Trace {
        if let Some(known) = self.remembered.get(query) {
            return known.clone();
        }
        let trace = self.simulation.trace(query);
        if self.remembered.len() >= MOST_REMEMBERED {
            self.remembered.clear();
        }
        if query.http_path.as_ref().is_none_or(|path| path.len() <= MOST_REMEMBERED_PATH) {
            self.remembered.insert(query.clone(), trace.clone());
        }
        trace
    }
}

fn logged(line: &LogLine) -> Logged {
    Logged {
        status: line.status,
        response_flags: line.flags.clone(),
        details: line.details.clone().or_else(|| line.termination.clone()),
        upstream_cluster: line.cluster.clone(),
        route: line.route.clone(),
    }
}
