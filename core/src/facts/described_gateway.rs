//! A gateway as its documents describe it: its Service, and the other objects that select its pods.

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{ExportTo, Object, Service, ServicePort, TargetPort as ServiceTarget};
use crate::model::{Flow, Gateway, PolicySet, TargetPort};
use crate::resource::Labels;
use crate::scheme::container_ports;

/// Container ports that are reserved by Istio, because its proxy and agent listen on them in a gateway's pods
/// (`pkg/bootstrap/config.go`; `tools/packaging/common/envoy_bootstrap.json`; `pilot/cmd/pilot-agent/status`). A
/// listener of a Gateway on one of them is rejected, or the pod stops.
const TAKEN: [u16; 4] = [15000, 15020, 15021, 15090];
/// The label that turns the translation of ports off (`pilot/pkg/model/gateway.go`,
/// `DisableGatewayPortTranslationLabel`).
pub(super) const NOT_TRANSLATED: &str = "experimental.istio.io/disable-gateway-port-translation";

/// A gateway that policies name.
pub(super) struct DescribedGateway<'a> {
    pub(super) gateway: &'a Gateway,
    /// Its Service, if one is given.
    pub(super) service: Option<&'a Object<Service>>,
    /// All Services that are given.
    pub(super) services: &'a [Object<Service>],
    /// Gateways of its namespace that may have the same pods.
    pub(super) rivals: Vec<&'a Gateway>,
    /// Gateways of any namespace whose selector may also select its pods: the selector of a Gateway applies to all
    /// namespaces.
    pub(super) alike: Vec<&'a Gateway>,
    /// The ports that policies use, each with one flow and the namespaces of all its clients.
    used: BTreeMap<u16, (Flow<'a>, BTreeSet<&'a str>)>,
}

/// The target of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PortTarget<'a> {
    Number(u16),
    /// The name of a container port.
    Name(&'a str),
    Unknown,
}

/// The gateways that policies name.
pub(super) fn all<'a>(
    set: &'a PolicySet,
    services: &'a [Object<Service>],
) -> impl Iterator<Item = DescribedGateway<'a>> {
    let mut used: BTreeMap<&str, BTreeMap<u16, (Flow<'_>, BTreeSet<&str>)>> = BTreeMap::new();
    for flow in set.flows() {
        let ports = used.entry(flow.gateway()).or_default();
        let (_, clients) = ports.entry(flow.through.port.port).or_insert_with(|| (flow, BTreeSet::new()));
        clients.insert(flow.client_namespace());
    }
    used.into_iter().filter_map(|(name, used)| {
        let gateway = set.gateway(name)?;
        let rival = |other: &&Gateway| {
            other.name != gateway.name
                && other.namespace == gateway.namespace
                && (may_select(&other.selector, gateway, None) || other.service == gateway.service)
        };
        let service = services.iter().find(|service| is_of(service, gateway));
        let alike = |other: &&Gateway| other.name != gateway.name && may_select(&other.selector, gateway, service);
        Some(DescribedGateway {
            service,
            alike: set.environment.gateways.values().filter(alike).collect(),
            rivals: set.environment.gateways.values().filter(rival).collect(),
            gateway,
            services,
            used,
        })
    })
}

fn is_of(service: &Object<Service>, gateway: &Gateway) -> bool {
    service.meta.name == gateway.service && service.meta.namespace == gateway.namespace
}

fn is_udp(port: &ServicePort) -> bool {
    port.protocol.eq_ignore_ascii_case("udp")
}

/// Whether a selector may select the gateway's pods. Some of their labels may be unknown.
fn may_select(selector: &Labels, gateway: &Gateway, service: Option<&Object<Service>>) -> bool {
    let known = |key: &str| has_label(gateway, service, key);
    !selector.is_empty() && selector.iter().all(|(key, value)| known(key).is_none_or(|known| known == value))
}

/// The value of a label, if it is known for the gateway's pods.
fn has_label<'a>(gateway: &'a Gateway, service: Option<&'a Object<Service>>, key: &str) -> Option<&'a String> {
    let of_pods = gateway.pod_labels.as_ref().and_then(|labels| labels.get(key));
    of_pods.or_else(|| service.and_then(|service| service.spec.selector.get(key))).or_else(|| gateway.selector.get(key))
}

impl<'a> DescribedGateway<'a> {
    /// Whether istiod sees the gateway as `lower` and `prove` assume.
    ///
    /// They assume that a sidecar has a cluster for each port and chooses a pod, and that a server listens on the
    /// container port behind the Service's port of the same number. This is so if the Service is an ordinary one that
    /// every client sees and that has the ports, if no other Service may select the pods, and if each container port is
    /// behind only one port (docs/design/gateway-service.md).
    pub(super) fn is_plain(&self) -> bool {
        let of_service = self.service.is_none_or(|service| {
            let spec = &service.spec;
            !spec.is_headless()
                && !spec.node_local
                && spec.external_name.is_none()
                && spec.export_to == ExportTo::Public
                && service.meta.labels.get(NOT_TRANSLATED).is_none()
                && !self.selects_others()
                && self.used.keys().all(|port| self.has(*port))
        });
        of_service
            && !self.has_other_labels()
            && self.rivals.is_empty()
            && self.alike.is_empty()
            && self.others().next().is_none()
            && self.ports_are_apart()
    }

    /// Whether its Service selects none of its pods. A Service without a selector has endpoints that are written
    /// by hand.
    pub(super) fn selects_others(&self) -> bool {
        self.service.is_some_and(|service| {
            let selector = &service.spec.selector;
            !selector.is_empty() && !may_select(selector, self.gateway, None)
        })
    }

    /// Whether its pods are known not to have the labels by which policies select them.
    pub(super) fn has_other_labels(&self) -> bool {
        !may_select(&self.gateway.selector, self.gateway, None)
    }

    /// Other Services that may select its pods.
    pub(super) fn others(&self) -> impl Iterator<Item = &'a Object<Service>> {
        self.services.iter().filter(|service| {
            service.meta.namespace == self.gateway.namespace
                && service.meta.name != self.gateway.service
                && may_select(&service.spec.selector, self.gateway, self.service)
                && self.shares_a_label(&service.spec.selector)
        })
    }

    /// Whether the pods are known to have at least one label of a selector. Otherwise the selector is for another
    /// workload.
    fn shares_a_label(&self, selector: &Labels) -> bool {
        selector.iter().any(|label| has_label(self.gateway, self.service, label.0) == Some(label.1))
    }

    /// Whether its Service has a port for which a sidecar has a cluster.
    pub(super) fn has(&self, port: u16) -> bool {
        self.service.is_none_or(|service| service.spec.ports.iter().any(|each| each.port == port && !is_udp(each)))
    }

    /// Whether no two of its ports have the same container port, and none has one that is reserved by Istio.
    fn ports_are_apart(&self) -> bool {
        let are_apart = |targets: &mut dyn Iterator<Item = (u16, PortTarget<'a>)>| {
            let mut seen = BTreeSet::new();
            let mut all = targets.flat_map(|(port, target)| self.places(port, target));
            all.all(|place| seen.insert(place))
        };
        // The facts may list other ports than the Service, and the proof uses only the facts.
        are_apart(&mut self.targets())
            && are_apart(&mut self.targets_of_facts())
            && !self.used.keys().any(|port| self.is_taken(*port))
            && self.service.is_none_or(|service| !service.spec.ports.iter().any(is_udp))
    }

    /// The possible targets of a port. A port with an unknown target may lead to the container port on which Istio's
    /// images listen for it.
    fn places(&self, port: u16, target: PortTarget<'a>) -> Vec<PortTarget<'a>> {
        let usual = container_ports(self.gateway, port).into_iter().map(PortTarget::Number);
        match target {
            PortTarget::Number(_) => vec![target],
            PortTarget::Name(_) => usual.chain([target]).collect(),
            PortTarget::Unknown => usual.collect(),
        }
    }

    /// Its ports and their targets, in Istio's order.
    fn targets(&self) -> impl Iterator<Item = (u16, PortTarget<'a>)> {
        let known = |port: u16| self.container(port).map(PortTarget::Number);
        let of_service = self.service.map(|service| {
            let target = move |port: &'a ServicePort| match &port.target {
                ServiceTarget::Number(number) => PortTarget::Number(*number),
                ServiceTarget::Name(name) => PortTarget::Name(name),
            };
            service.spec.ports.iter().map(move |port| (port.port, known(port.port).unwrap_or_else(|| target(port))))
        });
        let of_facts = self.service.is_none().then(|| self.targets_of_facts());
        of_service.into_iter().flatten().chain(of_facts.into_iter().flatten())
    }

    /// The ports that the facts list and their targets, in the order of the facts.
    fn targets_of_facts(&self) -> impl Iterator<Item = (u16, PortTarget<'a>)> {
        let mut ports: Vec<_> = self.gateway.ports.iter().collect();
        ports.sort_by_key(|port| port.place);
        let known = |port: u16| self.container(port).map_or(PortTarget::Unknown, PortTarget::Number);
        ports.into_iter().map(move |port| (port.port, known(port.port)))
    }

    /// The container port behind a port, if it is known.
    pub(super) fn container(&self, port: u16) -> Option<u16> {
        match self.gateway.port(port)?.target {
            TargetPort::Known(number) => Some(number),
            TargetPort::Unknown => None,
        }
    }

    /// Whether the container port behind a port is reserved by Istio.
    pub(super) fn is_taken(&self, port: u16) -> bool {
        self.container(port).is_some_and(|number| TAKEN.contains(&number))
    }

    /// Ports that policies use and whose container port is reserved by Istio.
    pub(super) fn taken(&self) -> impl Iterator<Item = u16> {
        self.used.keys().copied().filter(|port| self.is_taken(*port))
    }

    /// The first other port that has, or may have, the same target.
    pub(super) fn first_of(&self, port: u16) -> Option<u16> {
        let of =
            |each: u16| self.targets().find(|(known, _)| *known == each).map(|(_, target)| self.places(each, target));
        let places = of(port)?;
        let meets = |other: &u16| of(*other).is_some_and(|its| its.iter().any(|place| places.contains(place)));
        self.targets().map(|(other, _)| other).filter(|other| *other != port).find(meets)
    }

    /// Ports that policies use, each with the same container port as a lower port that policies use.
    pub(super) fn shared(&self) -> Vec<u16> {
        let behind = |port: &u16| self.container(*port);
        let before = |port: u16| self.used.keys().take_while(move |other| **other < port);
        let shares =
            |port: &u16| behind(port).is_some_and(|number| before(*port).any(|other| behind(other) == Some(number)));
        self.used.keys().copied().filter(|port| shares(port)).collect()
    }

    /// A flow that uses a port.
    pub(super) fn flow(&self, port: u16) -> Option<&Flow<'a>> {
        self.used.get(&port).map(|(flow, _)| flow)
    }

    /// Whether policies use a port.
    pub(super) fn uses(&self, port: u16) -> bool {
        self.used.contains_key(&port)
    }
}
