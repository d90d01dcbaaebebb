//! The requests that stand for all, of generated objects.
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
//! may tell all of that apart, so beside them [`super::Universe`] is asked.

mod ask;
mod captured;
mod direct;
mod visible;

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::Objects;
use crate::manifest::Manifests;
use crate::model::{Flow, PolicySet, TargetPort};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use crate::trace::Query;
use crate::universe::query::OTHER_NAMESPACE;
use ask::Ask;
use captured::{Elsewhere, Grain, accounts, as_declared, of_host};
use visible::{Visible, free_port};

/// Asks every request of the universe. The span is the declaration that it was made for. `objects` are `manifests` as it was
/// written.
pub(crate) fn each(set: &PolicySet, manifests: &Manifests, objects: &Objects, ask: &mut Ask) {
    let universe = Universe::of(set, objects);
    let mut elsewhere = Elsewhere::default();
    for (_, mut flows) in set.flows_by(|flow| (flow.host.value.as_str(), flow.port())) {
        flows.retain(|flow| can_be_known(set, flow));
        universe.of_host(&flows, ask);
        elsewhere.add(&flows, universe.free_port);
    }
    elsewhere.ask(set, ask);
    direct::each(set, manifests, ask);
}

struct Universe<'a> {
    set: &'a PolicySet,
    grain: Grain,
    visible: Visible<'a>,
    free_port: u16,
    declared: BTreeMap<(&'a str, u16), Span>,
}

impl<'a> Universe<'a> {
    fn of(set: &'a PolicySet, objects: &'a Objects) -> Self {
        let visible = Visible::of(set, objects);
        let declared = set.flows().map(|flow| ((flow.host.value.as_str(), flow.port()), flow.destination.span));
        Self {
            set,
            grain: if visible.by_address { Grain::ByAddress } else { Grain::ByName },
            free_port: free_port(set, &visible),
            declared: declared.collect(),
            visible,
        }
    }

    /// Asks for a host and port that these flows declare.
    fn of_host(&self, flows: &[Flow<'a>], ask: &mut Ask) {
        let Some(flow) = flows.first() else { return };
        let ports = self.ports(flow, flows);
        for (namespace, kinds) in self.kinds(flow, flows) {
            for labels in &kinds {
                for account in accounts(self.set, namespace, labels) {
                    let caller = (namespace, labels, account);
                    of_host(&self.grain, flow, caller, &ports, ask);
                }
            }
        }
        if !self.strangers_see() {
            let nobody = Labels::new();
            let labels = flow.client.selector.as_ref().map_or(&nobody, |selector| &selector.value);
            for account in accounts(self.set, OTHER_NAMESPACE, labels) {
                ask(&as_declared(flow, (OTHER_NAMESPACE, labels, account)), flow.destination.span);
            }
        }
    }

    /// Whether a namespace that no policy names may see something.
    fn strangers_see(&self) -> bool {
        self.visible.by_everybody
    }

    /// The kinds of callers that are told apart: by namespace, the labels of workloads.
    fn kinds(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<&'a str, BTreeSet<Labels>> {
        let host = flow.host.value.as_str();
        let mut namespaces: BTreeMap<&str, BTreeSet<Labels>> = BTreeMap::new();
        let labels = |flow: &Flow<'a>| flow.client.selector.as_ref().map(|selector| selector.value.clone());
        for flow in flows {
            namespaces.entry(flow.client_namespace()).or_default().extend(labels(flow));
        }
        for namespace in self.visible.by.get(host).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        if self.strangers_see() {
            // With the very labels of a declared workload.
            namespaces.entry(OTHER_NAMESPACE).or_default().extend(labels(flow));
        }
        for kinds in namespaces.values_mut() {
            kinds.insert(Labels::new());
        }
        namespaces
    }

    /// The ports to ask for a host at, each with the declaration that it is nearest to.
    fn ports(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<u16, Span> {
        let host = flow.host.value.as_str();
        let mut ports = BTreeSet::from([flow.port()]);
        // An upgraded host is known by the port of its TLS as well.
        ports.extend(flows.iter().map(|flow| flow.exit().port));
        ports.extend(self.visible.ports.get(host).into_iter().flatten());
        let nearest = |port| self.declared.get(&(host, port)).copied().unwrap_or(flow.destination.span);
        ports.into_iter().map(|port| (port, nearest(port))).collect()
    }
}

/// The requests that a flow declares, by each service account that its workloads are known to have.
pub(crate) fn declared(set: &PolicySet, flow: &Flow) -> Vec<Query> {
    let nobody = Labels::new();
    let labels = flow.client.selector.as_ref().map_or(&nobody, |selector| &selector.value);
    let accounts = accounts(set, flow.client_namespace(), labels);
    accounts.into_iter().map(|account| as_declared(flow, (flow.client_namespace(), labels, account))).collect()
}

/// Whether it can be known what becomes of a flow: an ALLOW for a container port that nobody knows may miss it, which
/// EGR0410 has said.
pub(crate) fn can_be_known(set: &PolicySet, flow: &Flow) -> bool {
    set.gateway(&flow.policy.gateway.value).is_some_and(|gateway| {
        let port = gateway.port(flow.destination.gateway_port.port).map(|port| port.target);
        gateway.authorization != Authorization::Managed || matches!(port, Some(TargetPort::Known(_)))
    })
}
