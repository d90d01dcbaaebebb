//! The requests that stand for all requests to generated objects.
//!
//! Istio distinguishes requests by the caller's namespace and labels, the name, the port and the protocol, and only
//! compares these with the values in its objects. So one request stands for each group that no object distinguishes.
//! Each kind of caller that some object names, and one that no object names, sends requests to each declared host and
//! port: as declared, in the other protocols, by another name and at another port. Namespaces, names and ports are also
//! taken from the generated objects, so that a mistake that allows too much is found.
//!
//! Generated objects never distinguish some requests, so these are made once instead of for each host: names that no
//! object has, for each kind of caller that routes for bytes distinguish; gRPC and HTTP, because no object compares a
//! method but where a policy has rules about requests, which have requests of their own ([`messages`]); and hosts of which another namespace sees nothing, because they are like any other name there. Addresses that policies name, and
//! those next to them, have requests of their own ([`at_addresses`]). The user's
//! own objects may distinguish all of these, so [`super::Universe`] makes the requests for them.

mod ask;
mod at_addresses;
mod captured;
mod direct;
mod messages;
mod visible;

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::Objects;
use crate::manifest::Manifests;
use crate::model::{Flow, PolicySet, TargetPort, wildcard};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use crate::trace::Query;
use crate::universe::query::OTHER_NAMESPACE;
use ask::Ask;
use captured::{Dialled, Undeclared, accounts, accounts_for, as_declared, of_backends, of_host};
use messages::RuleMessages;
use visible::{SidecarView, free_port};

/// Passes every request to `ask`. `objects` are the `manifests` as Istio reads them.
pub(crate) fn each(set: &PolicySet, manifests: &Manifests, objects: &Objects, ask: &mut Ask) {
    let hosts = HostRequests::of(set, objects);
    let mut undeclared = Undeclared::default();
    for (_, mut flows) in set.flows_by(|flow| (flow.host.value.as_str(), flow.port())) {
        flows.retain(|flow| can_be_known(set, flow));
        hosts.of_host(&flows, ask);
        undeclared.add(&flows, hosts.free_port);
    }
    undeclared.ask(set, ask);
    at_addresses::each(set, hosts.free_port, ask);
    direct::each(set, manifests, &hosts.messages, ask);
}

/// The requests to declared hosts.
struct HostRequests<'a> {
    set: &'a PolicySet,
    dialled: Dialled,
    visible: SidecarView<'a>,
    free_port: u16,
    declared: BTreeMap<(&'a str, u16), Span>,
    messages: RuleMessages,
    /// The flows of wildcards, by what these are below.
    wildcards: BTreeMap<&'a str, Vec<Flow<'a>>>,
    /// The flows that name accounts, by host.
    of_accounts: BTreeMap<&'a str, Vec<Flow<'a>>>,
}

impl<'a> HostRequests<'a> {
    fn of(set: &'a PolicySet, objects: &'a Objects) -> Self {
        let visible = SidecarView::of(set, objects);
        let declared = set.flows().map(|flow| ((flow.host.value.as_str(), flow.port()), flow.destination.span));
        let mut wildcards: BTreeMap<&str, Vec<Flow>> = BTreeMap::new();
        let mut of_accounts: BTreeMap<&str, Vec<Flow>> = BTreeMap::new();
        for flow in set.flows() {
            if flow.client.service_accounts.is_some() {
                of_accounts.entry(&flow.host.value).or_default().push(flow);
            }
            if let Some(above) = flow.wildcard() {
                wildcards.entry(above).or_default().push(flow);
            }
        }
        Self {
            wildcards,
            of_accounts,
            set,
            dialled: if visible.by_address { Dialled::ByAddress } else { Dialled::ByName },
            free_port: free_port(set, &visible),
            declared: declared.collect(),
            messages: RuleMessages::of(set, objects),
            visible,
        }
    }

    /// Makes the requests for a host and port that these flows declare.
    fn of_host(&self, flows: &[Flow<'a>], ask: &mut Ask) {
        let Some(flow) = flows.first() else { return };
        let ports = self.ports(flow, flows);
        let messages = self.messages.about(&flow.host.value);
        let named = self.naming_accounts(flow, &ports);
        for (namespace, kinds) in self.kinds(flow, flows) {
            for labels in &kinds {
                for account in accounts_for(self.set, &named, namespace, labels) {
                    let caller = (namespace, labels, account);
                    of_host(&self.dialled, flow, caller, &ports, messages, ask);
                    of_backends(flow, caller, &ports, ask);
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

    /// Whether a namespace that no policy names may see a generated object.
    fn other_namespaces_see(&self) -> bool {
        self.visible.by_everybody
    }

    /// The kinds of callers that are distinguished: for each namespace, the labels of workloads.
    fn kinds(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<&'a str, BTreeSet<Labels>> {
        let host = flow.registry_name();
        let mut namespaces: BTreeMap<&str, BTreeSet<Labels>> = BTreeMap::new();
        let labels = |flow: &Flow<'a>| flow.client.selector.as_ref().map(|selector| selector.value.clone());
        for flow in flows {
            namespaces.entry(flow.client_namespace()).or_default().extend(labels(flow));
        }
        // A client of a wildcard above it may ask for this host.
        for above in self.wildcards(flow) {
            namespaces.entry(above.client_namespace()).or_default().extend(labels(above));
        }
        for namespace in self.visible.by.get(&*host).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        if self.other_namespaces_see() {
            // A workload there has the same labels as a declared one: labels alone must not be enough.
            namespaces.entry(OTHER_NAMESPACE).or_default().extend(labels(flow));
        }
        for kinds in namespaces.values_mut() {
            kinds.insert(Labels::new());
        }
        namespaces
    }

    /// The flows that name accounts, to the host of a flow at any port, to wildcards above it, to its backends and fallbacks, and
    /// to hosts that take one of its ports: bytes for this host may end there.
    fn naming_accounts(&self, flow: &Flow<'a>, ports: &BTreeMap<u16, Span>) -> Vec<Flow<'a>> {
        let of_host = self.of_accounts.get(flow.host.value.as_str()).into_iter().flatten();
        let of_wildcards = self.wildcards(flow).filter(|flow| flow.client.service_accounts.is_some());
        let taking = self.of_accounts.values().flatten();
        let taking = taking.filter(|other| other.takes_port() && ports.contains_key(&other.port()));
        let mut all: Vec<Flow<'a>> = of_host.chain(of_wildcards).chain(taking).copied().collect();
        for name in flow.upstreams().iter().flat_map(|upstream| upstream.into_names()) {
            all.extend(self.of_accounts.get(name).into_iter().flatten());
            let above = wildcard::parents(name).filter_map(|above| self.wildcards.get(above)).flatten();
            all.extend(above.filter(|flow| flow.client.service_accounts.is_some()));
        }
        all
    }

    /// The flows of wildcards above the host of a flow.
    fn wildcards(&self, flow: &Flow<'a>) -> impl Iterator<Item = &Flow<'a>> {
        let name = wildcard::parent(&flow.host.value).unwrap_or(&flow.host.value);
        wildcard::parents(name).filter_map(|above| self.wildcards.get(above)).flatten()
    }

    /// The ports at which requests for a host are made, each with its nearest declaration.
    fn ports(&self, flow: &Flow<'a>, flows: &[Flow<'a>]) -> BTreeMap<u16, Span> {
        let host = flow.host.value.as_str();
        let registered = flow.registry_name();
        let mut ports = BTreeSet::from([flow.port()]);
        // The objects of an upgraded host also contain the port of its TLS.
        ports.extend(flows.iter().flat_map(Flow::upstreams).map(|upstream| upstream.port));
        ports.extend(self.visible.ports.get(&*registered).into_iter().flatten());
        ports.extend(self.wildcards(flow).map(Flow::port));
        let nearest = |port| self.declared.get(&(host, port)).copied().unwrap_or(flow.destination.span);
        ports.into_iter().map(|port| (port, nearest(port))).collect()
    }
}

/// The requests that a flow declares, one for each service account that its workloads are known to have.
pub(crate) fn declared(set: &PolicySet, flow: &Flow) -> Vec<Query> {
    let nobody = Labels::new();
    let labels = flow.client.selector.as_ref().map_or(&nobody, |selector| &selector.value);
    let accounts = match &flow.client.service_accounts {
        Some(named) => named.iter().map(|name| Some(name.as_str())).collect(),
        None => accounts(set, flow.client_namespace(), labels),
    };
    accounts.into_iter().map(|account| as_declared(flow, (flow.client_namespace(), labels, account))).collect()
}

/// Whether the result of a flow can be known at each gateway of its destination. If the container port is unknown, an ALLOW rule
/// may not match it; EGR0410 reports that.
pub(crate) fn can_be_known(set: &PolicySet, flow: &Flow) -> bool {
    flow.destination.through.iter().all(|through| {
        set.gateway(&through.gateway.value).is_some_and(|gateway| {
            let port = gateway.port(through.port.port).map(|port| port.target);
            gateway.authorization != Authorization::Managed || matches!(port, Some(TargetPort::Known(_)))
        })
    })
}
