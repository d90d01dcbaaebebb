//! What becomes of a request, by Istio's objects and Istio's rules.
//!
//! Nothing here knows of policies: generated and hand-written objects are judged alike. Each rule names the file of
//! `istio.io/istio` that it rests on; `core/` is `pilot/pkg/networking/core/`. Indices are built once, and a query
//! looks at few objects however many there are.

mod aliases;
mod assumptions;
mod authorization;
mod chains;
mod cluster;
mod creation_order;
mod direct_calls;
mod doors;
mod gateway_bindings;
mod guard;
mod hosts;
mod http;
mod inbound;
mod listener;
mod merge_order;
mod names;
mod outbound;
mod paths;
mod registry;
mod request;
mod routes;
mod rules;
mod scope;
mod service;
mod shelves;
mod strangers;
mod targets;
mod trust_domains;
mod virtual_hosts;
mod walk;
mod wire;

use std::collections::BTreeMap;

use super::{ClientPath, Query, Stop, Trace, Unverified, Verdict};
use crate::istio::Objects;
use crate::model::Environment;
use aliases::Leads;
use assumptions::{Assumptions, MOST_RUNS};
use cluster::Arrival;
pub use direct_calls::{DirectCall, Takes};
use doors::Doors;
use hosts::Hosts;
use registry::Registry;
use routes::Routes;
use rules::Rules;
use scope::Scopes;
use service::{Backing, ServiceId};
use strangers::Strangers;
use walk::{Ending, Pods, Proxy, Step, Tell, Walk, unknown};
use wire::{Certificate, Leg, Outer, Payload};

/// How many gateways a request may cross: more is a circle.
const MOST_GATEWAYS: usize = 4;

/// Everything that a request may meet.
#[derive(Debug)]
pub struct World<'w> {
    environment: &'w Environment,
    hosts: Hosts,
    registry: Registry<'w>,
    routes: Routes<'w>,
    rules: Rules<'w>,
    scopes: Scopes<'w>,
    doors: Doors<'w>,
    strangers: Strangers<'w>,
    addresses: BTreeMap<String, Vec<ServiceId>>,
}

impl<'w> World<'w> {
    /// Reads the objects once.
    pub fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let hosts = Hosts::new(objects, environment);
        let routes = Routes::new(objects, environment, &hosts);
        let doors = Doors::new(objects, environment, &routes);
        let registry = Registry::new(objects, environment, &hosts, doors.by_host());
        let mut addresses: BTreeMap<String, Vec<ServiceId>> = BTreeMap::new();
        for (id, address) in registry.addresses() {
            addresses.entry(address.to_owned()).or_default().push(id);
        }
        for service in &objects.services {
            let address = service.spec.cluster_ip.as_ref().filter(|ip| ip.parse::<std::net::IpAddr>().is_ok());
            let Some(address) = address else { continue };
            let host = names::of_service(&service.meta.name, &service.meta.namespace, &environment.cluster_domain);
            let of_cluster = registry.anywhere(hosts.id(&host)).filter(|id| registry.is_of_cluster(*id));
            addresses.entry(address.clone()).or_default().extend(of_cluster);
        }
        Self {
            environment,
            rules: Rules::new(objects, environment, &hosts),
            hosts,
            registry,
            routes,
            scopes: Scopes::new(objects, environment),
            doors,
            strangers: Strangers::new(objects, environment),
            addresses,
        }
    }

    /// What becomes of a request, and why.
    pub fn outcome(&self, query: &Query) -> Trace {
        self.told(query, Tell::All)
    }

    /// What becomes of a request, without the way there: a proof asks very often, and only whether.
    pub fn fate(&self, query: &Query) -> Trace {
        self.told(query, Tell::End)
    }

    fn told(&self, query: &Query, tell: Tell) -> Trace {
        let mut script = Some(Vec::new());
        let mut first: Option<Trace> = None;
        let mut reasons: Vec<String> = Vec::new();
        let mut runs = 0_usize;
        while let Some(answers) = script {
            let mut walk = Walk::new(self, query, Assumptions::following(answers), tell);
            let ending = walk.run();
            let (trace, assumptions) = walk.end(ending);
            runs = runs.saturating_add(1);
            for reason in assumptions.reasons() {
                if !reason.is_empty() && !reasons.iter().any(|known| known == reason) {
                    reasons.push(reason.to_owned());
                }
            }
            let too_many = assumptions.outnumber_the_runs();
            script = assumptions.next();
            let known = match first.take() {
                None => trace,
                Some(known) if agree(&known, &trace) => common(known, trace),
                Some(known) => return unsure(if trace.verdict == Verdict::Unknown { trace } else { known }, reasons),
            };
            if known.verdict == Verdict::Unknown {
                return unsure(known, reasons);
            }
            if (too_many || runs >= MOST_RUNS) && script.is_some() {
                return unsure(known, reasons);
            }
            first = Some(known);
        }
        first.unwrap_or_else(without_a_run)
    }

    /// What may come of a request of which it cannot be known: the ways that end in something certain, each end once.
    pub fn cases(&self, query: &Query) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        let mut script = Some(Vec::new());
        for _ in 0..MOST_RUNS {
            let Some(answers) = script else { break };
            let mut walk = Walk::new(self, query, Assumptions::following(answers), Tell::End);
            let ending = walk.run();
            let (trace, assumptions) = walk.end(ending);
            script = assumptions.next();
            let case = Case { by_chance: assumptions.are_of_chance(), trace };
            if case.trace.verdict != Verdict::Unknown && !cases.contains(&case) {
                cases.push(case);
            }
        }
        cases
    }

    fn addressed(&self, address: &str) -> impl Iterator<Item = ServiceId> {
        self.addresses.get(address).into_iter().flatten().copied()
    }
}

/// One thing that may come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What comes of it then.
    pub trace: Trace,
    /// Whether some requests fare so whatever the documents do not say: a weight or an endpoint decides for each request.
    pub by_chance: bool,
}

/// Whether two ways end alike.
fn agree(known: &Trace, other: &Trace) -> bool {
    known.verdict == other.verdict
        && known.reached == other.reached
        && (known.gateway == other.gateway || known.verdict == Verdict::Blocked)
}

/// Two ways to the same end; what differs on the way there is left out.
fn common(mut known: Trace, other: Trace) -> Trace {
    if known.gateway != other.gateway {
        known.gateway = None;
    }
    if known.status != other.status {
        known.status = None;
    }
    known.closed &= other.closed;
    known.unverified = known.unverified.max(other.unverified);
    if known.response_flags != other.response_flags {
        known.response_flags = None;
    }
    if known.upstream_cluster != other.upstream_cluster {
        known.upstream_cluster = None;
    }
    for note in other.notes {
        if !known.notes.contains(&note) {
            known.notes.push(note);
        }
    }
    known
}

fn unsure(mut trace: Trace, reasons: Vec<String>) -> Trace {
    trace.verdict = Verdict::Unknown;
    trace.status = None;
    trace.closed = false;
    trace.reached = None;
    trace.response_flags = None;
    for reason in reasons {
        if !trace.unknown.contains(&reason) {
            trace.unknown.push(reason);
        }
    }
    trace
}

/// There is always a first run; this is what the type asks for.
fn without_a_run() -> Trace {
    Trace {
        verdict: Verdict::Unknown,
        status: None,
        closed: false,
        gateway: None,
        reached: None,
        response_flags: None,
        upstream_cluster: None,
        hops: Vec::new(),
        decided_by: Vec::new(),
        unknown: Vec::new(),
        notes: Vec::new(),
        unverified: Unverified::Nothing,
    }
}

impl Walk<'_> {
    fn run(&mut self) -> Ending {
        match self.go() {
            Ok(never) => match never {},
            Err(ending) => *ending,
        }
    }

    fn go(&mut self) -> Step<std::convert::Infallible> {
        let mut arrival = self.leave()?;
        for _ in 0..MOST_GATEWAYS {
            arrival = self.inbound(arrival)?;
        }
        unknown("the request goes from gateway to gateway and does not come out")
    }

    /// Out of the client's pod.
    fn leave(&mut self) -> Step<Arrival> {
        let (world, query) = (self.world, self.query);
        match &query.path {
            ClientPath::Sidecar => {
                if let Some(meta) = world.strangers.at_proxy(
                    Stop::Sidecar,
                    &query.namespace,
                    &query.labels,
                    true,
                    query.headers.contains_key("authorization"),
                ) {
                    return unknown(format!(
                        "{} `{}/{}` may change what the sidecar does",
                        meta.kind, meta.namespace, meta.name
                    ));
                }
                let scope = match world.scope_of_sidecar(&query.namespace, &query.labels, &mut self.assumptions) {
                    Ok(scope) => scope,
                    Err(why) => return unknown(why),
                };
                let proxy = Proxy { at: Stop::Sidecar, scope, pods: Pods::Client(&query.labels) };
                self.outbound(&proxy)
            }
            ClientPath::Direct { gateway, outer_sni } => {
                let Some(group) = world.doors.named(gateway) else {
                    return unknown(format!("no gateway is called `{gateway}`"));
                };
                let server_name = (!outer_sni.is_empty()).then(|| outer_sni.to_ascii_lowercase());
                let outer = Outer::Tls { server_name, certificate: Certificate::Mesh };
                Ok(Arrival { group, port: query.port, leg: Leg { outer, payload: Payload::of(query) } })
            }
            ClientPath::None => {
                let leg = Leg { outer: Outer::Plain, payload: Payload::of(query) };
                let (_, host) = world.canonical(&query.host, &query.namespace);
                let host = match world.registry.alias(host) {
                    Some(Leads::To(concrete)) => concrete,
                    _ => host,
                };
                let gateway =
                    world.registry.anywhere(host).filter_map(|id| world.registry.get(id)).find_map(|service| {
                        match service.backing {
                            Backing::Gateway(group) => Some(group),
                            _ => None,
                        }
                    });
                if let Some(group) = gateway {
                    return Ok(Arrival { group, port: query.port, leg: Leg::without_certificate(query) });
                }
                self.note("without a sidecar nothing of Istio's holds; only a NetworkPolicy would".to_owned());
                self.reached(&query.host.to_ascii_lowercase(), query.port, &leg.outer, &leg.payload)
            }
        }
    }
}
