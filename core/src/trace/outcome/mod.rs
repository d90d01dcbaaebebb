//! What becomes of a request, by Istio's objects and Istio's rules.
//!
//! Nothing here knows of policies: generated and hand-written objects are evaluated alike. `istiod` holds what the control
//! plane knows, indexed once; a request looks at few objects, however many there are. `proxy` has what an Envoy does with a
//! request, one step a file. Each rule names the file of `istio.io/istio` that it rests on; `core/` is
//! `pilot/pkg/networking/core/`.
//!
//! What the documents do not say is assumed (`assumptions`): a request runs once for each set of assumptions, and where the
//! runs end differently the verdict is `unknown`.

mod agreement;
mod alias;
mod assumptions;
mod chance;
mod condition;
mod creation_order;
mod decision_tree;
mod direct_calls;
mod host_index;
mod host_name;
mod ids;
mod istiod;
mod proxy;
mod unused;

use agreement::{agree, arrive_alike, common};
use assumptions::{Assumptions, MOST_RUNS, Unknown};
use condition::Words;
use decision_tree::{DecisionTree, Run};
pub use direct_calls::{Callers, DirectCall};
use istiod::push_context::PushContext;
pub use istiod::sidecar_services::OwnListeners;
use proxy::Detail;
pub use unused::Unused;

use super::{Missing, Query, Trace, Verdict};
use crate::istio::Objects;
use crate::model::{ClientSettings, Environment};

/// The alternatives that are shown: more of them could not be read.
const MOST_ALTERNATIVES: usize = 8;

/// The conditions of all runs of one query together, so that memory is bounded.
const MOST_CONDITIONS: usize = 10_000;

/// A mesh of proxies that istiod has configured, ready for requests.
#[derive(Debug)]
pub struct Simulation<'w> {
    context: PushContext<'w>,
}

impl<'w> Simulation<'w> {
    /// Reads the objects once.
    pub fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        Self { context: PushContext::new(objects, environment) }
    }

    /// What becomes of a request, and why.
    pub fn trace(&self, query: &Query) -> Trace {
        self.all_runs(query, Detail::Hops)
    }

    /// What becomes of a request, without hops and decisions: this is cheaper, and a proof asks very often.
    pub fn trace_end(&self, query: &Query) -> Trace {
        self.all_runs(query, Detail::EndOnly)
    }

    /// One run for each set of assumptions; where they end differently the answer is unknown.
    fn all_runs(&self, query: &Query, detail: Detail) -> Trace {
        let clients = self.context.environment.clients(&query.namespace, &query.labels);
        let mut script = Some(Vec::new());
        let mut first: Option<Trace> = None;
        let mut reasons: Vec<(String, Unknown)> = Vec::new();
        let unsure = |trace, reasons| unsure(trace, reasons, Words { context: &self.context });
        let mut runs = 0_usize;
        while let Some(answers) = script {
            let changed_at = answers.len().checked_sub(1);
            let (trace, assumptions) =
                proxy::run(&self.context, query, &clients, Assumptions::following(answers), detail);
            runs = runs.saturating_add(1);
            for made in assumptions.made() {
                if !made.why.is_empty() && !reasons.iter().any(|(known, _)| *known == made.why) {
                    reasons.push((made.why.clone(), made.unknown.clone()));
                }
            }
            let too_many = assumptions.outnumber_the_runs();
            let changed = changed_at.and_then(|at| assumptions.made().get(at)).filter(|made| !made.why.is_empty());
            script = assumptions.next();
            let known = match first.take() {
                None => trace,
                Some(known) if agree(&known, &trace) => common(known, trace),
                Some(_) if trace.verdict == Verdict::Unknown => return unsure(trace, reasons),
                Some(known) => {
                    if arrive_alike(&known, &trace)
                        && let Some(merged) = self.by_chance(query, &clients, detail)
                    {
                        return merged;
                    }
                    // All runs before ended alike, so that the question whose answer changed last decides.
                    if let Some(changed) = changed {
                        reasons.retain(|(why, _)| *why == changed.why);
                    }
                    return unsure(known, reasons);
                }
            };
            if known.verdict == Verdict::Unknown {
                return unsure(known, reasons);
            }
            if (too_many || runs >= MOST_RUNS) && script.is_some() {
                return unsure(known, reasons);
            }
            first = Some(known);
        }
        first.unwrap_or_else(Trace::of_nothing)
    }

    /// What becomes of a request that chance alone sends to several places; `None` where something else decides, too.
    fn by_chance(&self, query: &Query, clients: &[ClientSettings], detail: Detail) -> Option<Trace> {
        let mut runs: Vec<Run> = Vec::new();
        let mut script = Some(Vec::new());
        while let Some(answers) = script {
            if runs.len() >= MOST_RUNS {
                return None;
            }
            let (end, assumptions) = proxy::run(&self.context, query, clients, Assumptions::following(answers), detail);
            if assumptions.outnumber_the_runs() {
                return None;
            }
            script = assumptions.next();
            runs.push(Run { made: assumptions.into_made(), end });
        }
        chance::merged(&runs)
    }

    /// What may become of a request of which it cannot be known: each certain end of a run once.
    pub fn cases(&self, query: &Query) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        let clients = self.context.environment.clients(&query.namespace, &query.labels);
        let mut script = Some(Vec::new());
        for _ in 0..MOST_RUNS {
            let Some(answers) = script else { break };
            let (trace, assumptions) =
                proxy::run(&self.context, query, &clients, Assumptions::following(answers), Detail::EndOnly);
            script = assumptions.next();
            let case = Case { by_chance: assumptions.are_of_chance(), trace };
            if case.trace.verdict != Verdict::Unknown && !cases.contains(&case) {
                cases.push(case);
            }
        }
        cases
    }

    /// Every way that a request may take, with hops and decisions.
    pub fn ways(&self, query: &Query) -> Ways {
        let mut ways = Ways::default();
        let clients = self.context.environment.clients(&query.namespace, &query.labels);
        let mut script = Some(Vec::new());
        for _ in 0..MOST_RUNS {
            let Some(answers) = script else { break };
            let (way, assumptions) =
                proxy::run(&self.context, query, &clients, Assumptions::following(answers), Detail::Hops);
            ways.runs = ways.runs.saturating_add(1);
            ways.has_more = way.verdict == Verdict::Unknown || assumptions.outnumber_the_runs();
            script = assumptions.next();
            if !ways.all.contains(&way) {
                ways.all.push(way);
            }
            if ways.has_more {
                return ways;
            }
        }
        ways.has_more = script.is_some();
        ways
    }

    /// What may become of a request whose result is unknown, and under which conditions.
    ///
    /// Conditions that decide nothing are left out. A request has this only where it is asked for: it runs for every set of
    /// answers, and not just until two ends differ.
    pub fn alternatives(&self, query: &Query) -> Alternatives {
        let mut runs: Vec<Run> = Vec::new();
        let mut script = Some(Vec::new());
        let mut conditions = 0_usize;
        let clients = self.context.environment.clients(&query.namespace, &query.labels);
        while let Some(answers) = script.take_if(|_| runs.len() < MOST_RUNS && conditions < MOST_CONDITIONS) {
            let (end, assumptions) =
                proxy::run(&self.context, query, &clients, Assumptions::following(answers), Detail::EndOnly);
            script = assumptions.next();
            conditions = conditions.saturating_add(assumptions.count());
            runs.push(Run { made: assumptions.into_made(), end });
        }
        let Some(tree) = DecisionTree::of(&runs) else { return Alternatives::default() };
        let words = Words { context: &self.context };
        let mut alternatives = Alternatives::default();
        for question in tree.questions() {
            if let Some(document) = words.missing(question)
                && !alternatives.missing.contains(&document)
            {
                alternatives.missing.push(document);
            }
        }
        let paths = tree.paths();
        if paths.len() < 2 && script.is_none() {
            return alternatives;
        }
        alternatives.more = paths.len().saturating_sub(MOST_ALTERNATIVES).max(usize::from(script.is_some()));
        let shown = paths.into_iter().take(MOST_ALTERNATIVES).map(|path| Alternative {
            conditions: path.answers.iter().map(|answers| words.condition(answers)).collect(),
            end: path.end.clone(),
        });
        alternatives.shown = shown.collect();
        alternatives
    }

    /// The objects near a traced request that are not used, with the reasons.
    pub fn unused(&self, query: &Query, trace: &Trace) -> Vec<Unused> {
        unused::unused(&self.context, query, trace)
    }

    /// Why a traced request goes no further, where no object can be named for it.
    pub fn dead_end(&self, query: &Query, trace: &Trace) -> Vec<String> {
        unused::dead_end(&self.context, query, trace)
    }

    /// Why a traced request is diverted to another name, where its own ServiceEntry says so.
    pub fn alias(&self, query: &Query, trace: &Trace) -> Option<String> {
        alias::note(&self.context, query, trace)
    }

    /// Whether there is a gateway of this name.
    pub fn knows_gateway(&self, name: &str) -> bool {
        self.context.gateways.named(name).is_some()
    }

    /// The hosts of the gateways' Services, with their ports.
    pub fn gateway_services(&self) -> Vec<(String, u16)> {
        let gateways = &self.context.gateways;
        let all = gateways.by_host().iter().filter_map(|(host, id)| Some((host, gateways.get(*id)?)));
        all.flat_map(|(host, gateway)| gateway.pods.ports.keys().map(move |port| (host.clone(), *port))).collect()
    }

    /// The listeners that services of a namespace itself, and hosts that its Sidecar names, each with its namespace, make on a port
    /// of its sidecars.
    pub fn own_listeners<'h>(
        &self,
        namespace: &str,
        named_hosts: impl Iterator<Item = (&'h str, &'h str)>,
        port: u16,
    ) -> OwnListeners {
        let named = named_hosts.map(|(namespace, host)| (namespace, self.context.hosts.id(host)));
        self.context.services.own_listeners(namespace, named, port)
    }

    /// The calls to gateways that pass no sidecar.
    pub fn direct_calls(&self) -> std::collections::BTreeSet<DirectCall> {
        direct_calls::direct_calls(&self.context)
    }

    /// The container ports that may be behind a port of a gateway's Service; `None` for one that no document names.
    pub fn container_ports(&self, gateway: &str, port: u16) -> Vec<Option<u16>> {
        self.context.container_ports(gateway, port)
    }

    /// The container ports on which a gateway may listen for servers of a port; `None` for one that no document names.
    pub fn listen_ports(&self, gateway: &str, port: u16) -> Vec<Option<u16>> {
        self.context.listen_ports(gateway, port)
    }
}

/// The ways that a request may take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// Those that differ.
    pub all: Vec<Trace>,
    /// Whether there are more than are followed.
    pub has_more: bool,
    /// How many times the request was evaluated for them.
    pub runs: usize,
}

/// One thing that may come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What comes of it then.
    pub trace: Trace,
    /// Whether this happens to some requests, whatever the documents do not say: a weight or an endpoint decides for each
    /// request.
    pub by_chance: bool,
}

/// What may become of a request whose result is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alternatives {
    /// Some of them.
    pub shown: Vec<Alternative>,
    /// How many more there are; at least, where not all were tried.
    pub more: usize,
    /// The documents that would settle which of them holds.
    pub missing: Vec<String>,
}

/// One thing that may come of a request, and when it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// All of these must hold.
    pub conditions: Vec<String>,
    /// What comes of the request then.
    pub end: Trace,
}

/// The same, when it is unknown for some reasons.
fn unsure(mut trace: Trace, reasons: Vec<(String, Unknown)>, words: Words<'_, '_>) -> Trace {
    trace.verdict = Verdict::Unknown;
    trace.status = None;
    trace.closed = false;
    trace.reached = None;
    trace.also_reached.clear();
    trace.response_flags = None;
    for (reason, question) in reasons {
        if let Some(document) = words.missing(&question) {
            trace.missing.push(Missing { reason: reason.clone(), document });
        }
        if !trace.unknown.contains(&reason) {
            trace.unknown.push(reason);
        }
    }
    trace
}
