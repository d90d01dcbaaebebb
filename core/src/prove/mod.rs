//! Holds what was lowered against what was declared: the compile's own proof.
//!
//! Over a finite set of requests that stands for all ([`crate::universe`]), what the policies mean and what Istio would do
//! with the generated objects must agree. **Sound**: no byte reaches a destination that is not declared for that client,
//! and none that gives away its caller or goes to a server that is not verified.
//! **Complete**: every declared flow arrives as declared. **Apart**: a namespace that no policy names is answered as if
//! there were none. A mismatch, or an answer that cannot be known, refuses the compile and names the request. It can
//! only be a bug of egressc, and it is better found here than in a mesh.

mod made_before;
mod own;
mod past_sidecars;

pub use made_before::without_ours;
pub use own::{apply, apply_asking};
pub use past_sidecars::past_sidecars;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Valid;
use crate::diagnostic::{Code, Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::manifest::Manifests;
use crate::model::PolicySet;
use crate::source::Span;
use crate::trace::outcome::Simulation;
use crate::trace::{ClientPath, Intent, Intents, Query, Reached, Scheme, Trace, Verdict};
use crate::universe::OTHER_NAMESPACE;
use crate::universe::generated::{self, can_be_known};

/// Witnesses of one compile; the first says as much as a hundred.
const MOST_WITNESSES: usize = 5;

/// Proves the objects of a policy set: `objects` are the `manifests` as Istio reads them.
pub fn prove(set: &Valid<PolicySet>, manifests: &Manifests, objects: &Objects, report: &mut Report) {
    let simulation = Simulation::new(objects, &set.environment);
    let nothing = Objects::default();
    let mut apart = Apart { without: Simulation::new(&nothing, &set.environment), known: BTreeMap::new() };
    let intents = Intents::of(set);
    let mut witnesses = 0_usize;
    generated::each(set, manifests, objects, &mut |query, span| {
        if witnesses < MOST_WITNESSES {
            let trace = simulation.trace_end(query);
            // An ALLOW for an unknown container port has been reported as EGR0410.
            let excused = trace.verdict == Verdict::Unknown
                && intents.declaration(query, None).is_some_and(|flow| !can_be_known(set, &flow));
            if excused {
                return;
            }
            if trace.verdict == Verdict::Unknown && ends_as_left_open(&intents, &simulation, query) {
                return;
            }
            if let Some(witness) = judge(&intents, query, &trace, span).or_else(|| apart.judge(query, &trace, span)) {
                witnesses = witnesses.saturating_add(1);
                report.push(witness);
            }
        }
    });
}

/// Namespaces that no policy names.
struct Apart<'w> {
    /// The mesh without the generated objects.
    without: Simulation<'w>,
    /// The result there; it is the same for all undeclared hosts.
    known: BTreeMap<(Scheme, u16), (Option<u16>, bool)>,
}

impl Apart<'_> {
    /// Whether the generated objects change the answers in such a namespace.
    fn judge(&mut self, query: &Query, trace: &Trace, span: Span) -> Option<Diagnostic> {
        if query.namespace != OTHER_NAMESPACE || query.path != ClientPath::Sidecar {
            return None;
        }
        let without = self.known.entry((query.scheme, query.port)).or_insert_with(|| {
            let trace = self.without.trace_end(query);
            (trace.status, trace.closed)
        });
        (*without != (trace.status, trace.closed)).then(|| {
            witness(
                &codes::UNSOUND,
                query,
                span,
                "the policies do not name it, and the result is not the same as without the policies",
            )
        })
    }
}

/// Compares the result of a request with the policies; returns a diagnostic if they differ.
fn judge(intents: &Intents, query: &Query, trace: &Trace, span: Span) -> Option<Diagnostic> {
    let found = |code: &'static Code, what: String| Some(witness(code, query, span, &what));
    let intent = intents.ask(query);
    if trace.verdict == Verdict::Unknown && intent != Intent::NotCaptured {
        return found(&codes::UNPROVEN, format!("the result is unknown: {}", trace.unknown.join("; ")));
    }
    match (intent, &trace.reached) {
        (Intent::NotCaptured, _) | (Intent::Blocked | Intent::MayArrive(_) | Intent::ByIdentity, None) => None,
        (Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to), Some(_))
            if trace.arrives_exactly_at(&to) && intents.crosses_exactly(query, trace) =>
        {
            trace.notes.first().and_then(|note| found(&codes::UNSOUND, note.clone()))
        }
        (Intent::ByIdentity, Some(_)) if intents.admits_all(query, trace) => {
            trace.notes.first().and_then(|note| found(&codes::UNSOUND, note.clone()))
        }
        (Intent::Arrives(to) | Intent::Diverted(to), None) => {
            found(&codes::INCOMPLETE, format!("it does not reach {}", describe_all(&to)))
        }
        (Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to), Some(_))
            if trace.arrives_within(&to) && intents.crosses_exactly(query, trace) =>
        {
            let missing = to.into_iter().filter(|place| !trace.places().any(|known| known == place)).collect();
            found(&codes::INCOMPLETE, format!("it never reaches {}", describe_all(&missing)))
        }
        (_, Some(_)) => {
            let gateways =
                trace.gateways().into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            let way = if gateways.is_empty() {
                ", bypassing every gateway".to_owned()
            } else {
                format!(" through gateway {gateways}")
            };
            found(&codes::UNSOUND, format!("it reaches {}{way}", describe_all(&trace.places().cloned().collect())))
        }
    }
}

/// Whether the policies leave the result of a request open, and each way that it may take is one that they allow.
fn ends_as_left_open(intents: &Intents, simulation: &Simulation, query: &Query) -> bool {
    if !intents.leave_open(query) {
        return false;
    }
    let intent = intents.ask(query);
    let ways = simulation.ways(query);
    let is_fine = |way: &Trace| match (&intent, &way.reached) {
        (Intent::MayArrive(_) | Intent::ByIdentity, None) => true,
        (Intent::MayArrive(to), Some(_)) => way.arrives_within(to) && intents.crosses_within(query, way),
        (Intent::ByIdentity, Some(_)) => intents.admits_all(query, way),
        _ => false,
    };
    !ways.has_more && !ways.all.is_empty() && ways.all.iter().all(|way| way.notes.is_empty() && is_fine(way))
}

fn witness(code: &'static Code, query: &Query, span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(code, span, format!("{}: {what}", query.describe()))
        .note("no resource is written")
        .help("this is a bug in egressc; please report it with this policy")
}

fn describe(reached: &Reached) -> String {
    let how = if reached.tls { "TLS" } else { "plain text" };
    format!("{} port {} in {how}", reached.host, reached.port)
}

fn describe_all(places: &BTreeSet<Reached>) -> String {
    places.iter().map(describe).collect::<Vec<_>>().join(" or ")
}
