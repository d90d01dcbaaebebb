//! The requests that stand for all.
//!
//! Requests differ for Istio by the caller's namespace and labels, the name, the port and the protocol, and it only ever
//! compares these with what stands in its objects. So one request stands for each group that no object tells apart:
//! for each declared host and port, each kind of caller that some object names and one that none does, asking as
//! declared, in the other protocols, by another name and at another port.
//! Namespaces, names and ports come from the generated objects too, so that what was let in by mistake is asked for.
//!
//! Of the generated objects it is known what they never tell apart, and that is asked once instead of for each host:
//! what no object names, by each kind of caller that bytes are told apart by; gRPC from HTTP, since none looks at a
//! method; and hosts of which a stranger sees nothing, which to him are names like any other. Objects of the user's own
//! may tell all of that apart, so beside them everything is asked of every host.

mod captured;
mod direct;
mod seen;

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::Objects;
use crate::mesh::MeshConfig;
use crate::model::{Flow, PolicySet, TargetPort};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use crate::trace::{Message, Messages, Query, Scheme};
use captured::{Elsewhere, Grain, accounts, as_declared, by_message, of_host};
use direct::called_directly;
use seen::{Seen, free_port};

/// A namespace that no policy names; longer than a DNS label, so that there is no such namespace.
pub(super) const BYSTANDER: &str = "a-namespace-that-no-policy-of-this-mesh-names-and-that-cannot-be";
/// A host that no policy names: `.invalid` is reserved for that (RFC 2606).
const UNDECLARED: &str = "undeclared.invalid";
/// A service account that no workload has.
const NO_ACCOUNT: &str = "no-such-account";

/// What a request is told to.
type Ask<'a> = dyn FnMut(&Query, Span) + 'a;

/// What other objects than the generated ones tell apart.
#[derive(Debug)]
pub(super) struct More {
    /// Namespaces that see something of a host.
    pub(super) viewers: BTreeMap<String, BTreeSet<String>>,
    /// Ports that a host has.
    pub(super) ports: BTreeMap<String, BTreeSet<u16>>,
    /// Labels that workloads of a namespace are told apart by.
    pub(super) labels: BTreeMap<String, BTreeSet<Labels>>,
    /// Listeners of gateways: the gateway, the port, the name.
    pub(super) listeners: BTreeSet<(String, u16, String)>,
    /// What HTTP requests say.
    pub(super) messages: Messages,
}

/// Asks every request of the universe. The span is the declaration that it was made for. `objects` are `config` as it was
/// written; `more` is what objects tell apart that stand beside them, if any do.
pub(super) fn each(set: &PolicySet, config: &MeshConfig, objects: &Objects, more: Option<&More>, ask: &mut Ask) {
    let universe = Universe::of(set, objects, more);
    let mut elsewhere = Elsewhere::default();
    for (_, mut flows) in set.flows_by(|flow| (flow.host.value.as_str(), flow.port())) {
        flows.retain(|flow| can_be_known(set, flow));
        universe.of_host(&flows, ask);
        if more.is_none() {
            elsewhere.add(&flows, universe.free_port);
        }
    }
    elsewhere.ask(set, ask);
    direct::each(set, config, more, ask);
    for (gateway, port, name) in more.map(|more| &more.listeners).into_iter().flatten() {
        let Some(span) = set.policies.first().map(|policy| policy.name_span) else { continue };
        for scheme in [Scheme::Http, Scheme::Tls, Scheme::Tcp] {
            ask(&called_directly((gateway, *port, name), name, (BYSTANDER, NO_ACCOUNT), scheme), span);
        }
    }
}

struct Universe<'a> {
    set: &'a PolicySet,
    more: Option<&'a More>,
    grain: Grain,
    seen: Seen<'a>,
    free_port: u16,
    declared: BTreeMap<(&'a str, u16), Span>,
}

impl<'a> Universe<'a> {
    fn of(set: &'a PolicySet, objects: &'a Objects, more: Option<&'a More>) -> Self {
        let seen = Seen::of(set, objects);
        let declared = set.flows().map(|flow| ((flow.host.value.as_str(), flow.port()), flow.destination.span));
        Self {
            set,
            more,
            grain: match more {
                Some(_) => Grain::All,
                None if seen.by_address => Grain::ByAddress,
                None => Grain::ByName,
            },
            free_port: free_port(set, &seen),
            declared: declared.collect(),
            seen,
        }
    }

    /// Asks for a host and port that these flows declare.
    fn of_host(&self, flows: &[Flow<'a>], ask: &mut Ask) {
        let Some(flow) = flows.first() else { return };
        let ports = self.ports(flow, flows);
        let messages = self.more.map(|more| more.messages.about(&flow.host.value)).unwrap_or_default();
        for (namespace, kinds) in self.kinds(flow, flows) {
            for labels in &kinds {
                for account in accounts(self.set, namespace, labels) {
                    let caller = (namespace, labels, account);
                    of_host(&self.grain, flow, caller, &ports, ask);
                    by_message(&messages, flow, caller, &ports, ask);
                }
            }
        }
        if !self.strangers_see() {
            let nobody = Labels::new();
            let labels = flow.client.selector.as_ref().map_or(&nobody, |selector| &selector.value);
            for account in accounts(self.set, BYSTANDER, labels) {
                ask(&as_declared(flow, (BYSTANDER, labels, account)), flow.destination.span);
            }
        }
    }

    /// Whether a namespace that no policy names may see something.
    fn strangers_see(&self) -> bool {
        self.more.is_some() || self.seen.by_everybody
    }

    /// The kinds of callers that are told apart: by namespace, the labels of workloads.
    fn kinds(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<&'a str, BTreeSet<Labels>> {
        let host = flow.host.value.as_str();
        let mut namespaces: BTreeMap<&str, BTreeSet<Labels>> = BTreeMap::new();
        let labels = |flow: &Flow<'a>| flow.client.selector.as_ref().map(|selector| selector.value.clone());
        for flow in flows {
            namespaces.entry(flow.client_namespace()).or_default().extend(labels(flow));
        }
        for namespace in self.seen.by.get(host).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        for namespace in self.more.and_then(|more| more.viewers.get(host)).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        if self.strangers_see() {
            // With the very labels of a declared workload.
            namespaces.entry(BYSTANDER).or_default().extend(labels(flow));
        }
        for (namespace, kinds) in &mut namespaces {
            kinds.insert(Labels::new());
            for told in self.more.and_then(|more| more.labels.get(*namespace)).into_iter().flatten() {
                let both: Vec<Labels> = kinds.iter().filter_map(|known| together(known, told)).collect();
                kinds.extend(both);
            }
        }
        namespaces
    }

    /// The ports to ask for a host at, each with the declaration that it is nearest to.
    fn ports(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<u16, Span> {
        let host = flow.host.value.as_str();
        let mut ports = BTreeSet::from([flow.port()]);
        // An upgraded host is known by the port of its TLS as well.
        ports.extend(flows.iter().map(|flow| flow.exit().port));
        ports.extend(self.seen.ports.get(host).into_iter().flatten());
        ports.extend(self.more.and_then(|more| more.ports.get(host)).into_iter().flatten());
        ports.extend(self.more.map(|_| self.free_port));
        let nearest = |port| self.declared.get(&(host, port)).copied().unwrap_or(flow.destination.span);
        ports.into_iter().map(|port| (port, nearest(port))).collect()
    }
}

/// The same request in each of these messages.
fn in_messages(query: &Query, messages: &BTreeSet<&Message>, span: Span, ask: &mut Ask) {
    for message in messages {
        let mut query = query.clone();
        query.method.clone_from(&message.method);
        query.http_path.clone_from(&message.path);
        query.headers.extend(message.headers.clone());
        ask(&query, span);
    }
}

/// The labels of a workload of both kinds; `None` when there is none.
fn together(one: &Labels, other: &Labels) -> Option<Labels> {
    let clash = other.iter().any(|(key, value)| one.get(key).is_some_and(|known| known != value));
    (!clash).then(|| one.iter().chain(other).map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether it can be known what becomes of a flow: an ALLOW for a container port that nobody knows may miss it, which
/// EGR0410 has said.
fn can_be_known(set: &PolicySet, flow: &Flow) -> bool {
    set.gateway(&flow.policy.gateway.value).is_some_and(|gateway| {
        let port = gateway.port(flow.destination.gateway_port.port).map(|port| port.target);
        gateway.authorization != Authorization::Managed || matches!(port, Some(TargetPort::Known(_)))
    })
}
