//! The gateways: which pods they are, and what their listeners are made of.

use std::collections::{BTreeMap, BTreeSet};

use super::assumptions::Assumptions;
use super::creation_order::{ObjectAge, ObjectKind};
use super::guard::Guard;
use super::listener::{Listener, Selecting};
use super::merge_order::{Variants, merged};
use super::routes::Routes;
use super::targets::Targets;
use crate::istio::{Gateway, Object, Objects, TargetPort};
use crate::model::{self, Environment};
use crate::resource::Labels;

pub(super) type GroupId = usize;

/// The pods behind a gateway's Service.
#[derive(Debug)]
pub(super) struct Group<'w> {
    /// As a trace names it.
    pub(super) name: String,
    pub(super) namespace: &'w str,
    pub(super) labels: Labels,
    /// Whether they have no other labels.
    pub(super) labels_are_all: bool,
    /// Whether Istio takes them to speak its mutual TLS.
    pub(super) speaks_mutual_tls: Option<bool>,
    /// Container ports by port of the Service; `None` where no document says.
    pub(super) ports: BTreeMap<u16, Option<u16>>,
    /// What may listen on a container port, by port of the Service and container port.
    listeners: BTreeMap<(u16, u16), Vec<Spread<'w>>>,
    /// Where servers listen.
    pub(super) targets: Targets<'w>,
    pub(super) guard: Guard<'w>,
}

/// The listeners of a container port, for one way in which servers may be spread over the ports.
#[derive(Debug)]
pub(super) struct Spread<'w> {
    /// What is not known about it; empty when all is.
    pub(super) why: String,
    pub(super) variants: Variants<'w>,
}

#[derive(Debug, Default)]
pub(super) struct Doors<'w> {
    groups: Vec<Group<'w>>,
    by_host: BTreeMap<String, GroupId>,
    /// How many of them are described gateways; these come first.
    described: usize,
}

/// Whether a selector selects pods of which some labels are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selects {
    Yes,
    Maybe,
    No,
}

/// A container port that is none of those that any document mentions.
pub(super) const UNMENTIONED: u16 = 0;

impl<'w> Doors<'w> {
    pub(super) fn new(objects: &'w Objects, environment: &'w Environment, routes: &Routes<'w>) -> Self {
        let mut doors = Self::default();
        // Of each group.
        let mut services: Vec<&str> = Vec::new();
        for gateway in environment.gateways.values() {
            let host = host(&gateway.service, &gateway.namespace, environment);
            doors.by_host.insert(host, doors.groups.len());
            doors.groups.push(known(gateway, objects, environment));
            services.push(gateway.service.as_str());
        }
        doors.described = doors.groups.len();
        for service in &objects.services {
            let host = host(&service.meta.name, &service.meta.namespace, environment);
            let chosen = |gateway: &Object<Gateway>| {
                gateway
                    .spec
                    .selector
                    .as_ref()
                    .is_some_and(|selector| selects(selector, &service.spec.selector, false) == Selects::Yes)
            };
            if doors.by_host.contains_key(&host)
                || service.spec.selector.is_empty()
                || !objects.gateways.iter().any(chosen)
            {
                continue;
            }
            // A port of UDP has no cluster in a sidecar.
            let ports = service.spec.ports.iter().filter(|port| port.protocol != "UDP").map(|port| {
                let target = match port.target {
                    TargetPort::Number(number) => Some(number),
                    TargetPort::Name(_) => None,
                };
                (port.port, target)
            });
            doors.by_host.insert(host, doors.groups.len());
            services.push(&service.meta.name);
            doors.groups.push(Group {
                name: format!("{}/{}", service.meta.namespace, service.meta.name),
                namespace: &service.meta.namespace,
                labels: service.spec.selector.clone(),
                labels_are_all: environment.complete,
                speaks_mutual_tls: service.spec.selector.get("security.istio.io/tlsMode").map(|mode| mode == "istio"),
                ports: ports.collect(),
                listeners: BTreeMap::new(),
                targets: Targets::default(),
                guard: Guard::default(),
            });
        }
        let selecting = |(at, gateway): (usize, &'w Object<Gateway>)| Selecting {
            gateway,
            age: ObjectAge::of(ObjectKind::Gateway, at, &gateway.meta),
        };
        let mut gateways: Vec<Selecting<'w>> = objects.gateways.iter().enumerate().map(selecting).collect();
        gateways.sort_by(|a, b| a.age.order(&b.age));
        for (id, (group, service)) in doors.groups.iter_mut().zip(services).enumerate() {
            group.targets = Targets::new(group, service, objects, environment);
            group.guard = Guard::new(objects, environment, group);
            group.listeners = listeners(id, group, &gateways, routes);
        }
        doors
    }

    pub(super) fn get(&self, id: GroupId) -> Option<&Group<'w>> {
        self.groups.get(id)
    }

    /// Whether container ports of a group are those that a described gateway's own Service leads to already.
    pub(super) fn are_behind_another(&self, id: GroupId, containers: &[u16]) -> bool {
        let Some(group) = self.groups.get(id).filter(|_| id >= self.described) else { return false };
        self.groups.iter().take(self.described).any(|known| {
            let leads_there = |container: &u16| known.ports.values().any(|target| *target == Some(*container));
            known.namespace == group.namespace
                && selects(&group.labels, &known.labels, known.labels_are_all) == Selects::Yes
                && containers.iter().all(leads_there)
        })
    }

    pub(super) fn by_host(&self) -> &BTreeMap<String, GroupId> {
        &self.by_host
    }

    /// The gateway that a trace or a policy calls so.
    pub(super) fn named(&self, name: &str) -> Option<GroupId> {
        self.groups
            .iter()
            .position(|group| group.name == name || group.name.split_once('/').is_some_and(|(_, short)| short == name))
    }
}

impl<'w> Group<'w> {
    /// The container ports that may be behind a port of the Service; several where no document says.
    ///
    /// Istio's own gateway images listen on 8080 and 8443 for 80 and 443.
    pub(super) fn container_ports(&self, port: u16) -> Vec<u16> {
        if let Some(target) = self.ports.get(&port).copied().flatten() {
            return vec![target];
        }
        let usual = match port {
            80 => Some(8080),
            443 => Some(8443),
            _ => None,
        };
        [Some(port), usual, Some(UNMENTIONED)].into_iter().flatten().collect()
    }

    /// The ways in which servers may be spread over a container port.
    pub(super) fn spreads(&self, port: u16, container: u16) -> &[Spread<'w>] {
        self.listeners.get(&(port, container)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every listener that may be on a container port.
    pub(super) fn listeners(&self, port: u16, container: u16) -> impl Iterator<Item = &Listener<'w>> {
        self.spreads(port, container).iter().flat_map(|spread| spread.variants.listeners())
    }

    /// Whether a selector selects these pods, whose number it is: labels that are not known are assumed.
    pub(super) fn have(
        &self,
        id: GroupId,
        selector: &Labels,
        assumptions: &mut Assumptions,
        why: impl Fn() -> String,
    ) -> bool {
        match self.is_selected(selector) {
            Selects::Yes => true,
            Selects::No => false,
            Selects::Maybe => {
                self.unknown_of(selector).all(|(key, value)| assumptions.assume_label(id, key, value, &why))
            }
        }
    }

    /// The labels of a selector of which it is not known whether the pods have them.
    pub(super) fn unknown_of<'s>(&self, selector: &'s Labels) -> impl Iterator<Item = (&'s String, &'s String)> {
        selector.iter().filter(|(key, _)| !self.labels.contains_key(*key))
    }

    /// Whether a selector selects these pods.
    pub(super) fn is_selected(&self, selector: &Labels) -> Selects {
        selects(selector, &self.labels, self.labels_are_all)
    }
}

/// Whether a selector selects pods of which these labels are known.
pub(super) fn selects(selector: &Labels, labels: &Labels, labels_are_all: bool) -> Selects {
    let mut all_known = true;
    for (key, value) in selector {
        match labels.get(key) {
            Some(known) if known == value => {}
            Some(_) => return Selects::No,
            None if labels_are_all && !is_added_later(key) => return Selects::No,
            None => all_known = false,
        }
    }
    if all_known { Selects::Yes } else { Selects::Maybe }
}

/// Labels that pods get after somebody wrote theirs down (`pkg/kube/inject/webhook.go`; Kubernetes' controllers).
fn is_added_later(key: &str) -> bool {
    matches!(
        key,
        "pod-template-hash"
            | "controller-revision-hash"
            | "statefulset.kubernetes.io/pod-name"
            | "istio.io/rev"
            | "security.istio.io/tlsMode"
            | "service.istio.io/canonical-name"
            | "service.istio.io/canonical-revision"
            | "topology.istio.io/network"
    )
}

fn host(service: &str, namespace: &str, environment: &Environment) -> String {
    super::names::of_service(service, namespace, &environment.cluster_domain)
}

fn known<'w>(gateway: &'w model::Gateway, objects: &Objects, environment: &Environment) -> Group<'w> {
    let mut labels = gateway.selector.clone();
    let described = objects
        .services
        .iter()
        .find(|service| service.meta.name == gateway.service && service.meta.namespace == gateway.namespace);
    if let Some(service) = described {
        labels.extend(service.spec.selector.clone());
    }
    labels.extend(gateway.pod_labels.clone().unwrap_or_default());
    let speaks = gateway.tls_mode_istio.as_ref().map(|fact| fact.value);
    Group {
        name: gateway.name.clone(),
        namespace: &gateway.namespace,
        speaks_mutual_tls: labels.get("security.istio.io/tlsMode").map(|mode| mode == "istio").or(speaks),
        labels,
        labels_are_all: environment.complete || gateway.pod_labels.is_some(),
        ports: gateway
            .ports
            .iter()
            .map(|port| match port.target {
                model::TargetPort::Known(target) => (port.port, Some(target)),
                model::TargetPort::Unknown => (port.port, None),
            })
            .collect(),
        listeners: BTreeMap::new(),
        targets: Targets::default(),
        guard: Guard::default(),
    }
}

/// Every listener that a connection to the Service may end at.
fn listeners<'w>(
    id: GroupId,
    group: &Group<'w>,
    gateways: &[Selecting<'w>],
    routes: &Routes<'w>,
) -> BTreeMap<(u16, u16), Vec<Spread<'w>>> {
    let may_select = |selecting: &&Selecting<'w>| {
        let selector = selecting.gateway.spec.selector.as_ref();
        selector.is_none_or(|selector| group.is_selected(selector) != Selects::No)
    };
    let selected: Vec<Selecting<'w>> = gateways.iter().filter(may_select).copied().collect();
    let servers = selected.iter().flat_map(|selecting| &selecting.gateway.spec.servers);
    let numbers: BTreeSet<u16> = servers.map(|server| server.port).collect();
    let mut listeners = BTreeMap::new();
    for port in group.ports.keys() {
        for container in group.container_ports(*port) {
            let spreads = group.targets.spreads(&numbers, *port, container).into_iter().map(|spread| {
                let here = |number: u16| spread.here.contains(&number);
                let is_here =
                    |selecting: &&Selecting<'w>| selecting.gateway.spec.servers.iter().any(|server| here(server.port));
                let at_port: Vec<Selecting<'w>> = selected.iter().filter(is_here).copied().collect();
                let variants = merged((id, group), container, &at_port, &here, routes);
                Spread { why: spread.why, variants }
            });
            listeners.insert((*port, container), spreads.collect());
        }
    }
    listeners
}
