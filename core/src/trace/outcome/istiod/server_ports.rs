//! On which ports of the container the servers of Gateways listen.
//!
//! A server's port is the number of a port of some Service, and istiod looks for it among all Services of the namespace
//! that select the pods (`pilot/pkg/serviceregistry/kube/controller/controller.go`, `GetProxyServiceTargets`), the oldest
//! first (`pilot/pkg/model/context.go`, `SetServiceTargets`). The first that has the port decides, and where none has it,
//! the number is the container's own (`pilot/pkg/model/gateway.go`, `resolvePorts`). docs/design/gateway-service.md has the
//! whole list.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::gateway_pods::GatewayPods;
use super::pods::Selects;
use crate::istio::{self, Object, Objects};
use crate::model::{Environment, Gateway, TargetPort};
use crate::resource::Labels;
use crate::trace::outcome::ids::ContainerPort;

/// A Service with this label does not decide where servers listen (`pilot/pkg/model/gateway.go`,
/// `DisableGatewayPortTranslationLabel`).
const NOT_TRANSLATED: &str = "experimental.istio.io/disable-gateway-port-translation";
/// How many numbers are assumed both to lead to a container port and not to; there is hardly ever one.
const MOST_UNCERTAIN: usize = 4;

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListenPort {
    /// On this port of the container.
    At(u16),
    /// On the container port behind this port of the gateway's own Service, which no document gives.
    Behind(u16),
    /// On a port that no document gives.
    Unknown,
}

/// The Services that select the pods, and what they say about ports.
#[derive(Debug, Default)]
pub(crate) struct ServerPorts<'w> {
    targets: Vec<ServiceTarget<'w>>,
}

/// What one Service says about ports (`ServiceTarget` of pilot/pkg/model/service.go).
#[derive(Debug)]
struct ServiceTarget<'w> {
    name: &'w str,
    created: Option<&'w str>,
    /// Whether it surely selects the pods.
    sure: bool,
    ports: Vec<(u16, ListenPort)>,
}

/// One possibility of which servers listen on a container port.
#[derive(Debug, Default)]
pub(crate) struct PortAssignment {
    /// Numbers of servers that listen there.
    pub(crate) numbers: BTreeSet<u16>,
    /// What is not known about it; empty when all is.
    pub(crate) why: String,
}

impl<'w> ServerPorts<'w> {
    pub(crate) fn new(pods: &GatewayPods<'w>, objects: &'w Objects, environment: &'w Environment) -> Self {
        let mut targets = Vec::new();
        let mut by_hand = None;
        for given in objects.services.iter().filter(|given| given.meta.namespace == pods.namespace) {
            let own = given.meta.istio_name() == pods.service;
            // Without a selector somebody writes down its endpoints, which count where no Service selects the pods.
            let sure = selects(pods, &given.spec.selector);
            if given.meta.labels.get(NOT_TRANSLATED).is_some() {
                continue;
            }
            let target = |sure: bool| ServiceTarget {
                name: given.meta.istio_name(),
                created: given.meta.created.as_deref(),
                sure,
                ports: of_service(given, own, pods, environment),
            };
            if own && given.spec.selector.is_empty() {
                by_hand = Some(target(true));
            }
            targets.extend(sure.map(target));
        }
        for gateway in environment.gateways.values().filter(|gateway| gateway.namespace == pods.namespace) {
            let is_given = |given: &Object<istio::Service>| {
                given.meta.namespace == gateway.namespace && given.meta.istio_name() == gateway.service
            };
            if objects.services.iter().any(is_given) {
                continue;
            }
            let own = gateway.service == pods.service;
            let Some(sure) = (if own { Some(true) } else { selects(pods, &gateway.selector) }) else { continue };
            targets.push(ServiceTarget { name: &gateway.service, created: None, sure, ports: of_facts(gateway, own) });
        }
        if !targets.iter().any(|target: &ServiceTarget<'_>| target.sure) {
            targets.extend(by_hand);
        }
        targets.sort_by(ServiceTarget::order);
        Self { targets }
    }

    /// The ports on which the servers of a number may listen, the likeliest first.
    pub(crate) fn listen_ports(&self, number: u16) -> Vec<ListenPort> {
        let having: Vec<(&ServiceTarget<'_>, ListenPort)> =
            self.targets.iter().filter_map(|target| Some((target, target.port(number)?))).collect();
        let may_be_first = |target: &ServiceTarget<'_>| {
            !having.iter().any(|(other, _)| other.sure && other.has_known_order(target) && other.order(target).is_lt())
        };
        let mut places = Vec::new();
        for (_, place) in having.iter().filter(|(target, _)| may_be_first(target)) {
            if !places.contains(place) {
                places.push(*place);
            }
        }
        if !having.iter().any(|(target, _)| target.sure) && !places.contains(&ListenPort::At(number)) {
            places.push(ListenPort::At(number));
        }
        places
    }

    /// The container port on which the servers of a number surely listen, when it is not this one.
    pub(crate) fn elsewhere(&self, number: u16, container: ContainerPort) -> Option<u16> {
        let ContainerPort::Number(container) = container else { return None };
        match self.listen_ports(number).as_slice() {
            [ListenPort::At(place)] if *place != container => Some(*place),
            _ => None,
        }
    }

    /// The possibilities of which servers of these numbers listen on a container port behind a port of the Service.
    pub(crate) fn assignments(
        &self,
        numbers: &BTreeSet<u16>,
        port: u16,
        container: ContainerPort,
    ) -> Vec<PortAssignment> {
        let mut certain = BTreeSet::new();
        let mut uncertain = Vec::new();
        for number in numbers {
            let here = |place: &ListenPort| match *place {
                ListenPort::At(number) => Some(ContainerPort::Number(number) == container),
                ListenPort::Behind(behind) => Some(behind == port),
                ListenPort::Unknown => None,
            };
            let places: BTreeSet<Option<bool>> = self.listen_ports(*number).iter().map(here).collect();
            if places.contains(&None) || places.len() > 1 {
                uncertain.push(*number);
            } else if places.contains(&Some(true)) {
                certain.insert(*number);
            }
        }
        if uncertain.is_empty() {
            return vec![PortAssignment { numbers: certain, why: String::new() }];
        }
        uncertain.truncate(MOST_UNCERTAIN);
        let mut sets = vec![certain];
        for number in &uncertain {
            let with = sets.clone().into_iter().map(|mut set| {
                set.insert(*number);
                set
            });
            sets = with.chain(sets.clone()).collect();
        }
        let reasons: BTreeSet<String> = uncertain.iter().map(|number| self.why(*number)).collect();
        let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
        sets.into_iter().map(|numbers| PortAssignment { numbers, why: why.clone() }).collect()
    }

    /// Why it is not known where the servers of a number listen.
    fn why(&self, number: u16) -> String {
        let having: Vec<&ServiceTarget<'_>> =
            self.targets.iter().filter(|target| target.port(number).is_some()).collect();
        let names: Vec<String> = having.iter().map(|target| format!("`{}`", target.name)).collect();
        let names = names.join(" and ");
        if having.iter().any(|target| !target.sure) {
            format!(
                "whether Services {names} all select the pods is not known, and the oldest that does decides where servers of port {number} listen"
            )
        } else if having.len() > 1 {
            format!(
                "Services {names} select the same pods, and the oldest decides where servers of port {number} listen: the files have no creation times"
            )
        } else {
            format!("which container port is behind port {number} of Service {names} is not known")
        }
    }
}

impl ServiceTarget<'_> {
    fn port(&self, number: u16) -> Option<ListenPort> {
        self.ports.iter().find(|(known, _)| *known == number).map(|(_, place)| *place)
    }

    /// The oldest first, then by host; all are of one namespace.
    fn order(&self, other: &Self) -> Ordering {
        let created = self.created.unwrap_or_default().cmp(other.created.unwrap_or_default());
        created.then_with(|| format!("{}.", self.name).cmp(&format!("{}.", other.name)))
    }

    fn has_known_order(&self, other: &Self) -> bool {
        self.created.is_some() && other.created.is_some()
    }
}

/// Whether a Service selects the pods, surely or assume. One of which no label is known to be the pods' is taken for
/// another's: few pods have the labels of two workloads, and files list many Services.
fn selects(pods: &GatewayPods<'_>, selector: &Labels) -> Option<bool> {
    // `labels.Match` of pkg/config/labels: no label selects nothing.
    if selector.is_empty() {
        return None;
    }
    let shares = || selector.iter().any(|(key, value)| pods.labels.known.get(key) == Some(value));
    match pods.labels.selected_by(selector) {
        Selects::Yes => Some(true),
        Selects::Maybe if shares() => Some(false),
        Selects::Maybe | Selects::No => None,
    }
}

/// `GetProxyServiceTargetsByPod`: in order, each container port and protocol once.
fn of_service(
    given: &Object<istio::Service>,
    own: bool,
    pods: &GatewayPods<'_>,
    environment: &Environment,
) -> Vec<(u16, ListenPort)> {
    let mut in_namespace = environment.gateways.values().filter(|gateway| gateway.namespace == pods.namespace);
    let known = in_namespace.find(|gateway| gateway.service == given.meta.istio_name());
    let named = |name: &str| pods.named_ports.get(name).copied();
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for port in &given.spec.ports {
        let udp = port.protocol == "UDP";
        let of_facts = known.filter(|_| !udp).and_then(|gateway| gateway.port(port.port));
        let (place, name) = match (of_facts.map(|port| port.target), &port.target) {
            (Some(TargetPort::Known(number)), _) => (ListenPort::At(number), None),
            (_, istio::TargetPort::Number(number)) => (ListenPort::At(*number), None),
            (_, istio::TargetPort::Name(name)) => match named(name) {
                Some(number) => (ListenPort::At(number), None),
                None if own => (ListenPort::Behind(port.port), Some(name.as_str())),
                None => (ListenPort::Unknown, Some(name.as_str())),
            },
        };
        // Ports of one target name have one target port, whichever it is.
        let target = name.map_or(Some(place), |_| None);
        if seen.insert((target, name, port.protocol.to_ascii_lowercase())) {
            ports.push((port.port, place));
        }
    }
    ports
}

/// The same of a Service that is known from a MeshEnvironment alone, or not at all: what its ports are called follows from
/// their class.
fn of_facts(gateway: &Gateway, own: bool) -> Vec<(u16, ListenPort)> {
    let mut listed: Vec<_> = gateway.ports.iter().collect();
    listed.sort_by_key(|port| port.place);
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for port in listed {
        let place = match port.target {
            TargetPort::Known(number) => ListenPort::At(number),
            TargetPort::Unknown if own => ListenPort::Behind(port.port),
            TargetPort::Unknown => ListenPort::Unknown,
        };
        if matches!(place, ListenPort::Behind(_) | ListenPort::Unknown) || seen.insert((place, port.http)) {
            ports.push((port.port, place));
        }
    }
    ports
}
