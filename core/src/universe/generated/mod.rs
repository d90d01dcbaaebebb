//! The requests that stand for all requests to generated objects.
//!
//! Istio tells requests apart by the caller's namespace and labels, the name, the port and the protocol, and only ever
//! compares these with the values in its objects. So one request stands for each group that no object tells apart. Each
//! declared host and port is asked for by each kind of caller that some object names and by one that no object names: as
//! declared, in the other protocols, by another name and at another port.
//! Namespaces, names and ports are also taken from the generated objects, so a mistake that lets something in is found.
//!
//! Some things are never told apart by generated objects, and are asked once instead of for each host: names that no
//! object has, by each kind of caller that routes for bytes tell apart; gRPC and HTTP, because no object compares a method;
//! and hosts of which another namespace sees nothing, which are like any other name there. The user's own objects may tell
//! all of these apart, so with them [`super::Universe`] is asked.

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
use captured::{Dialled, Undeclared, accounts, as_declared, of_host};
use visible::{SidecarView, free_port};

/// Asks every request. `objects` are the `manifests` as Istio reads them.
pub(crate) fn each(set: &PolicySet, manifests: &Manifests, objects: &Objects, ask: &mut Ask) {
    let hosts = HostRequests::of(set, objects);
    let mut undeclared = Undeclared::default();
    for (_, mut flows) in set.flows_by(|flow| (flow.host.value.as_str(), flow.port())) {
        flows.retain(|flow| can_be_known(set, flow));
        hosts.of_host(&flows, ask);
        undeclared.add(&flows, hosts.free_port);
    }
    undeclared.ask(set, ask);
    direct::each(set, manifests, ask);
}

/// The requests to declared hosts.
struct HostRequests<'a> {
    set: &'a PolicySet,
    dialled: Dialled,
    visible: SidecarView<'a>,
    free_port: u16,
    declared: BTreeMap<(&'a str, u16), Span>,
}

impl<'a> HostRequests<'a> {
    fn of(set: &'a PolicySet, objects: &'a Objects) -> Self {
        let visible = SidecarView::of(set, objects);
        let declared = set.flows().map(|flow| ((flow.host.value.as_str(), flow.port()), flow.destination.span));
        Self {
            set,
            dialled: if visible.by_address { Dialled::ByAddress } else { Dialled::ByName },
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
                    of_host(&self.dialled, flow, caller, &ports, ask);
                }
            }
        }
        if !self.other_namespaces_see() {
            let nobody = Labels::new();
            let labels = flow.client.selector.as_ref().map_or(&nobody, |selector| &selector.value);
            for account in accounts(self.set, OTHER_NAMESPACE, labels) {
                ask(&as_declared(flow, (OTHER_NAMESPACE, labels, account)), flow.destination.span);
            }
        }
    }

    /// Whether a namespace that no policy names may see something.
    fn other_namespaces_see(&self) -> bool {
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
        if self.other_namespaces_see() {
            // With the same labels as a declared workload.
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
