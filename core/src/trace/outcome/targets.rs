//! Where the servers of Gateways listen: what istiod takes a gateway's pods to serve.
//!
//! A server's port is the number of a port of some Service, and istiod looks for it among all Services of the namespace
//! that select the pods (`pilot/pkg/serviceregistry/kube/controller/controller.go`, `GetProxyServiceTargets`), the oldest
//! first (`pilot/pkg/model/context.go`, `SetServiceTargets`). The first that has the port decides, and where none has it,
//! the number is the container's own (`pilot/pkg/model/gateway.go`, `resolvePorts`). docs/design/gateway-service.md has the
//! whole list.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::World;
use super::doors::{Group, Selects, UNMENTIONED};
use crate::istio::{self, Object, Objects};
use crate::model::{Environment, Gateway, TargetPort};
use crate::resource::Labels;

/// A Service with this label has no say in where servers listen (`pilot/pkg/model/gateway.go`,
/// `DisableGatewayPortTranslationLabel`).
const NOT_TRANSLATED: &str = "experimental.istio.io/disable-gateway-port-translation";
/// Numbers of which it is tried both ways whether they lead to a container port; there is hardly ever one.
const MOST_DOUBTS: usize = 4;

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bound {
    /// On this port of the container.
    At(u16),
    /// Behind this port of the gateway's own Service, of which no document says where it leads.
    Behind(u16),
    /// No document says.
    Somewhere,
}

/// The Services that select the pods, and what they say about ports.
#[derive(Debug, Default)]
pub(super) struct Targets<'w> {
    offers: Vec<Offer<'w>>,
}

/// What one Service says.
#[derive(Debug)]
struct Offer<'w> {
    name: &'w str,
    created: Option<&'w str>,
    /// Whether it surely selects the pods.
    sure: bool,
    ports: Vec<(u16, Bound)>,
}

/// A way in which the servers may be spread over the container's ports.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// Numbers of servers that listen here.
    pub(super) here: BTreeSet<u16>,
    /// What is not known about it; empty when all is.
    pub(super) why: String,
}

impl<'w> Targets<'w> {
    /// `service` is the gateway's own.
    pub(super) fn new(group: &Group<'w>, service: &str, objects: &'w Objects, environment: &'w Environment) -> Self {
        let mut offers = Vec::new();
        let mut by_hand = None;
        for given in objects.services.iter().filter(|given| given.meta.namespace == group.namespace) {
            let own = given.meta.name == service;
            // Without a selector somebody writes down its endpoints, which count where no Service selects the pods.
            let sure = selects(group, &given.spec.selector);
            if given.meta.labels.get(NOT_TRANSLATED).is_some() {
                continue;
            }
            let offer = |sure: bool| Offer {
                name: &given.meta.name,
                created: given.meta.created.as_deref(),
                sure,
                ports: of_service(given, own, group, environment),
            };
            if own && given.spec.selector.is_empty() {
                by_hand = Some(offer(true));
            }
            offers.extend(sure.map(offer));
        }
        for gateway in environment.gateways.values().filter(|gateway| gateway.namespace == group.namespace) {
            let is_given = |given: &Object<istio::Service>| {
                given.meta.namespace == gateway.namespace && given.meta.name == gateway.service
            };
            if objects.services.iter().any(is_given) {
                continue;
            }
            let own = gateway.service == service;
            let Some(sure) = (if own { Some(true) } else { selects(group, &gateway.selector) }) else { continue };
            offers.push(Offer { name: &gateway.service, created: None, sure, ports: of_facts(gateway, own) });
        }
        if !offers.iter().any(|offer: &Offer<'_>| offer.sure) {
            offers.extend(by_hand);
        }
        offers.sort_by(Offer::order);
        Self { offers }
    }

    /// The places at which the servers of a number may listen, the likeliest first.
    pub(super) fn bound(&self, number: u16) -> Vec<Bound> {
        let having: Vec<(&Offer<'_>, Bound)> =
            self.offers.iter().filter_map(|offer| Some((offer, offer.port(number)?))).collect();
        let may_be_first = |offer: &Offer<'_>| {
            !having.iter().any(|(other, _)| other.sure && other.is_settled(offer) && other.order(offer).is_lt())
        };
        let mut places = Vec::new();
        for (_, place) in having.iter().filter(|(offer, _)| may_be_first(offer)) {
            if !places.contains(place) {
                places.push(*place);
            }
        }
        if !having.iter().any(|(offer, _)| offer.sure) && !places.contains(&Bound::At(number)) {
            places.push(Bound::At(number));
        }
        places
    }

    /// The container port on which the servers of a number surely listen, when it is not this one.
    pub(super) fn elsewhere(&self, number: u16, container: u16) -> Option<u16> {
        match self.bound(number).as_slice() {
            [Bound::At(place)] if *place != container && container != UNMENTIONED => Some(*place),
            _ => None,
        }
    }

    /// The ways in which servers of these numbers may be spread over a container port behind a port of the Service.
    pub(super) fn spreads(&self, numbers: &BTreeSet<u16>, port: u16, container: u16) -> Vec<Spread> {
        let mut certain = BTreeSet::new();
        let mut doubtful = Vec::new();
        for number in numbers {
            let here = |place: &Bound| match *place {
                Bound::At(number) => Some(number == container && container != UNMENTIONED),
                Bound::Behind(behind) => Some(behind == port),
                Bound::Somewhere => None,
            };
            let places: BTreeSet<Option<bool>> = self.bound(*number).iter().map(here).collect();
            if places.contains(&None) || places.len() > 1 {
                doubtful.push(*number);
            } else if places.contains(&Some(true)) {
                certain.insert(*number);
            }
        }
        if doubtful.is_empty() {
            return vec![Spread { here: certain, why: String::new() }];
        }
        doubtful.truncate(MOST_DOUBTS);
        let mut sets = vec![certain];
        for number in &doubtful {
            let with = sets.clone().into_iter().map(|mut set| {
                set.insert(*number);
                set
            });
            sets = with.chain(sets.clone()).collect();
        }
        let reasons: BTreeSet<String> = doubtful.iter().map(|number| self.why(*number)).collect();
        let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
        sets.into_iter().map(|here| Spread { here, why: why.clone() }).collect()
    }

    /// Why it is not known where the servers of a number listen.
    fn why(&self, number: u16) -> String {
        let having: Vec<&Offer<'_>> = self.offers.iter().filter(|offer| offer.port(number).is_some()).collect();
        let names: Vec<String> = having.iter().map(|offer| format!("`{}`", offer.name)).collect();
        let names = names.join(" and ");
        if having.iter().any(|offer| !offer.sure) {
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

impl World<'_> {
    /// The container ports on which a gateway may listen for servers of a port; `None` for one that no document names.
    pub fn listens(&self, gateway: &str, port: u16) -> Vec<Option<u16>> {
        let Some(group) = self.doors.named(gateway).and_then(|group| self.doors.get(group)) else { return Vec::new() };
        let number = |place: Bound| match place {
            Bound::At(number) => Some(number),
            Bound::Behind(_) | Bound::Somewhere => None,
        };
        group.targets.bound(port).into_iter().map(number).collect()
    }
}

impl Offer<'_> {
    fn port(&self, number: u16) -> Option<Bound> {
        self.ports.iter().find(|(known, _)| *known == number).map(|(_, place)| *place)
    }

    /// The oldest first, then by host; all are of one namespace.
    fn order(&self, other: &Self) -> Ordering {
        let created = self.created.unwrap_or_default().cmp(other.created.unwrap_or_default());
        created.then_with(|| format!("{}.", self.name).cmp(&format!("{}.", other.name)))
    }

    fn is_settled(&self, other: &Self) -> bool {
        self.created.is_some() && other.created.is_some()
    }
}

/// Whether a Service selects the pods, surely or perhaps. One of which no label is known to be the pods' is taken for
/// another's: few pods have the labels of two workloads, and files list many Services.
fn selects(group: &Group<'_>, selector: &Labels) -> Option<bool> {
    // `labels.Match` of pkg/config/labels: no label selects nothing.
    if selector.is_empty() {
        return None;
    }
    let shares = || selector.iter().any(|(key, value)| group.labels.get(key) == Some(value));
    match group.is_selected(selector) {
        Selects::Yes => Some(true),
        Selects::Maybe if shares() => Some(false),
        Selects::Maybe | Selects::No => None,
    }
}

/// `GetProxyServiceTargetsByPod`: in order, each container port and protocol once.
fn of_service(
    given: &Object<istio::Service>,
    own: bool,
    group: &Group<'_>,
    environment: &Environment,
) -> Vec<(u16, Bound)> {
    let in_namespace = || environment.gateways.values().filter(|gateway| gateway.namespace == group.namespace);
    let known = in_namespace().find(|gateway| gateway.service == given.meta.name);
    let named = |name: &str| {
        let mut pods = in_namespace().filter(|gateway| group.is_selected(&gateway.selector) == Selects::Yes);
        pods.find_map(|gateway| gateway.pod_ports.get(name)).copied()
    };
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for port in &given.spec.ports {
        let udp = port.protocol == "UDP";
        let of_facts = known.filter(|_| !udp).and_then(|gateway| gateway.port(port.port));
        let (place, name) = match (of_facts.map(|port| port.target), &port.target) {
            (Some(TargetPort::Known(number)), _) => (Bound::At(number), None),
            (_, istio::TargetPort::Number(number)) => (Bound::At(*number), None),
            (_, istio::TargetPort::Name(name)) => match named(name) {
                Some(number) => (Bound::At(number), None),
                None if own => (Bound::Behind(port.port), Some(name.as_str())),
                None => (Bound::Somewhere, Some(name.as_str())),
            },
        };
        // What has one name leads to one port, wherever that is.
        let target = name.map_or(Some(place), |_| None);
        if seen.insert((target, name, port.protocol.to_ascii_lowercase())) {
            ports.push((port.port, place));
        }
    }
    ports
}

/// The same of a Service that is known from a MeshEnvironment alone, or not at all: what its ports are called follows from
/// their class.
fn of_facts(gateway: &Gateway, own: bool) -> Vec<(u16, Bound)> {
    let mut listed: Vec<_> = gateway.ports.iter().collect();
    listed.sort_by_key(|port| port.place);
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for port in listed {
        let place = match port.target {
            TargetPort::Known(number) => Bound::At(number),
            TargetPort::Unknown if own => Bound::Behind(port.port),
            TargetPort::Unknown => Bound::Somewhere,
        };
        if matches!(place, Bound::Behind(_) | Bound::Somewhere) || seen.insert((place, port.http)) {
            ports.push((port.port, place));
        }
    }
    ports
}
