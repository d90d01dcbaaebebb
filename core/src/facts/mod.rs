//! Checks whether each gateway's Service leads to the listeners that the generated objects need.
//!
//! [`crate::check`] decides whether a policy is right by itself. Whether the gateway's Service, the other Services of
//! its pods and their ports carry the flows depends on istiod's rules, so this stage evaluates the flows in the mesh as
//! it was given. Only `compile` and `check` run it. The other calls do not need it: they also answer questions about a
//! mesh with bad facts, because the evaluator applies the facts.
//!
//! Most gateways are plain ([`DescribedGateway::is_plain`]). For these nothing is evaluated, because istiod sees what
//! `prove` assumes.

mod cause;
mod described_gateway;

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::model::{Flow, PolicySet};
use crate::resource::Authorization;
use crate::scheme::container_ports;
use crate::source::Span;
use crate::trace::outcome::Simulation;
use crate::trace::{Hop, Intent, Intents, Query, Trace, Verdict};
use crate::universe::generated::{can_be_known, declared as as_declared};
use cause::Cause;
use described_gateway::DescribedGateway;

/// Compares the facts about the gateways that policies name with the needs of their flows. `ours` are the generated
/// objects. Of the `given` objects only the Services are used, because they are facts about the mesh.
pub(crate) fn check(set: &PolicySet, ours: &Objects, given: &Objects, report: &mut Report) {
    let all: Vec<DescribedGateway<'_>> =
        described_gateway::all(set, &given.services).filter(|described| !described.is_plain()).collect();
    if all.is_empty() {
        return;
    }
    let services = Objects { services: given.services.clone(), ..Objects::default() };
    let together = ours.and(&services);
    let simulations = if given.services.is_empty() {
        vec![(Settled::No, Simulation::new(ours, &set.environment))]
    } else {
        // The proof does not use the Services, so a flow that fails without them must be reported here too.
        vec![
            (Settled::ByServices, Simulation::new(&together, &set.environment)),
            (Settled::No, Simulation::new(ours, &set.environment)),
        ]
    };
    let intents = Intents::of(set);
    let mut flows = set.flows_by(Flow::gateway);
    for described in &all {
        let mut failed: BTreeMap<(u16, Cause<'_>), (Failure<'_>, &Simulation<'_>)> = BTreeMap::new();
        let flows = flows.remove(described.gateway.name.as_str()).unwrap_or_default();
        for (settled, simulation) in &simulations {
            for flow in flows.iter().copied().filter(|flow| can_be_known(set, flow)) {
                for query in as_declared(set, &flow) {
                    let Some(trace) = failing(set, (&intents, simulation), &flow, &query) else { continue };
                    let port = flow.through.port.port;
                    let cause = described.cause(port, &flow, simulation);
                    let failure = Failure { flow, query, trace, port, settled: *settled };
                    let (known, _) = failed.entry((port, cause)).or_insert((failure, simulation));
                    if *settled == Settled::No {
                        known.settled = Settled::No;
                    }
                }
            }
        }
        for port in described.shared() {
            let Some(flow) = described.flow(port) else { continue };
            let cause = Cause::Shared { other: described.first_of(port).unwrap_or(port) };
            // A flow that fails for this cause is reported below.
            if !failed.keys().any(|(failed, known)| *failed == port && known.is_of_one_container_port()) {
                report.push(described.diagnostic(
                    &codes::LEADS_ELSEWHERE,
                    port,
                    &cause,
                    place(described, flow, &cause),
                ));
            }
        }
        for ((_, cause), (failure, simulation)) in &failed {
            report.push(failure.diagnostic(described, cause, simulation));
        }
        for port in described.taken().filter(|port| !failed.keys().any(|(failed, _)| failed == port)) {
            let Some(flow) = described.flow(port) else { continue };
            let cause = Cause::Taken;
            report.push(described.diagnostic(&codes::LEADS_ELSEWHERE, port, &cause, place(described, flow, &cause)));
        }
    }
}

/// Whether an unknown result could be settled by more documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// The Services could settle it.
    ByServices,
    /// No document could settle it.
    No,
}

/// What becomes of a declared request that does not arrive through the gateway of its flow. What the other gateways of its
/// destination do is asked for the flows through them.
fn failing(
    set: &PolicySet,
    (intents, simulation): (&Intents<'_>, &Simulation<'_>),
    flow: &Flow<'_>,
    query: &Query,
) -> Option<Trace> {
    let all = || Some(simulation.trace_end(query)).filter(|trace| !arrives(intents, query, trace));
    if flow.destination.through.len() < 2 {
        return all();
    }
    let gateway = set.gateway(flow.gateway())?;
    let service = format!("{}.{}.svc.{}", gateway.service, gateway.namespace, set.environment.cluster_domain);
    let ways = simulation.ways(query);
    if ways.has_more {
        return all();
    }
    let leads_here = |way: &Trace| {
        let first = way.hops.iter().find_map(Hop::outbound);
        first.is_some_and(|(_, _, host)| host == service)
    };
    let meant = intents.ask(query);
    let fails = |way: &Trace| match (&meant, &way.reached) {
        (Intent::Arrives(to) | Intent::MayArrive(to), Some(_)) => !way.arrives_within(to) || way.gateway.is_none(),
        (Intent::Arrives(_), None) => true,
        _ => way.verdict == Verdict::Unknown,
    };
    ways.all.into_iter().find(|way| leads_here(way) && fails(way))
}

fn arrives(intents: &Intents<'_>, query: &Query, trace: &Trace) -> bool {
    match (intents.ask(query), &trace.reached) {
        (Intent::Arrives(to) | Intent::MayArrive(to), Some(_)) => {
            trace.arrives_exactly_at(&to) && trace.gateway.is_some()
        }
        // Two policies may be about one workload: `check` has refused the combinations that cannot be intended.
        (Intent::Arrives(_), None) => false,
        _ => trace.verdict != Verdict::Unknown,
    }
}

/// The place of the fact, or the policy's if no document describes the gateway.
fn place(described: &DescribedGateway<'_>, flow: &Flow<'_>, cause: &Cause<'_>) -> Span {
    described.place(flow.through.port.port, cause).unwrap_or(flow.through.gateway.span)
}

/// A declared flow that does not arrive, or whose result is unknown.
struct Failure<'a> {
    flow: Flow<'a>,
    query: Query,
    trace: Trace,
    port: u16,
    settled: Settled,
}

impl Failure<'_> {
    fn diagnostic(
        &self,
        described: &DescribedGateway<'_>,
        cause: &Cause<'_>,
        simulation: &Simulation<'_>,
    ) -> Diagnostic {
        let unknown = self.trace.verdict == Verdict::Unknown;
        let strange = self.opened(described, simulation);
        let code = if unknown && strange.is_none() && self.settled == Settled::ByServices {
            &codes::MAY_LEAD_ELSEWHERE
        } else {
            &codes::LEADS_ELSEWHERE
        };
        let mut found = described.diagnostic(code, self.port, cause, place(described, &self.flow, cause));
        let how = match (unknown, self.trace.status, &self.trace.reached) {
            (true, ..) => format!("the result is unknown: {}", self.trace.unknown.join("; ")),
            (false, Some(status), _) => format!("the response is {status}"),
            (false, None, Some(reached)) => format!("it reaches {}, bypassing the gateway", reached.host),
            (false, None, None) => "the connection is closed".to_owned(),
        };
        found = found.note(format!("{}: {how}", self.query.describe()));
        if let Some((listens, named)) = strange {
            let named = named.iter().map(u16::to_string).collect::<Vec<_>>().join(" and ");
            let may = if unknown { "may listen" } else { "listens" };
            found = found.note(format!(
                "the gateway {may} on container port {listens}, and its AuthorizationPolicies match only {named}: no rule checks the callers of port {listens} in its pods"
            ));
        }
        found
    }

    /// The container port on which the gateway may listen and that no rule of its AuthorizationPolicies matches, and
    /// the ports that the rules match.
    fn opened(&self, described: &DescribedGateway<'_>, simulation: &Simulation<'_>) -> Option<(u16, Vec<u16>)> {
        if described.gateway.authorization != Authorization::Shared {
            return None;
        }
        let named = container_ports(described.gateway, self.port);
        let listens = simulation.listen_ports(&described.gateway.name, self.port).into_iter().flatten();
        listens.into_iter().find(|port| !named.contains(port)).map(|port| (port, named))
    }
}
