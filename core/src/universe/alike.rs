//! Namespaces whose Sidecars are alike, and which have nothing of their own to do with a host: what becomes of a request for it
//! is the same for all of them, so that one stands for the others.
//!
//! A mesh in which each namespace has a Sidecar for its own hosts would otherwise have a row for each namespace and each host
//! of the others. Two namespaces are alike where each has one Sidecar for all of its workloads, with the same hosts if `.`
//! stands for the own namespace, and nothing else that makes it special ([`super::visible`]). For a host and a port they are
//! told apart if an object of the namespace, or one that is exported to it by name, is for the host or for a destination of its
//! routes; or if their own services make other listeners on the port.

use std::collections::{BTreeMap, BTreeSet};

use super::ClientNamespace;
use super::identities::Identities;
use super::visible::Visible;
use crate::istio::{Object, Objects, OutboundMode, Sidecar};
use crate::model::{ClientSettings, DataPlane, Environment};
use crate::resource::Labels;
use crate::trace::outcome::{OwnListeners, Simulation};

/// So few namespaces have a row each: this is easier to read.
const FEW: usize = 16;

/// The largest number of namespaces that are looked at for all ports together.
const MOST_LOOKS: usize = 20_000_000;

/// Namespaces that are alike, as far as a host and a port do not tell them apart.
#[derive(Debug)]
pub(super) struct AlikeNamespaces<'k> {
    /// Sorted by their names.
    all: Vec<AlikeNamespace<'k>>,
    /// The namespaces whose Sidecar names a host.
    by_named_host: BTreeMap<String, Vec<&'k str>>,
    /// Whether workloads of any of them are given, which labels may tell apart.
    pub(super) have_workloads: bool,
    by_port: BTreeMap<u16, GroupsOfPort>,
}

#[derive(Debug)]
struct AlikeNamespace<'k> {
    name: &'k str,
    kind: usize,
    /// The hosts that its Sidecar names, each with the namespace before it.
    named_hosts: Vec<(&'k str, String)>,
}

/// The namespaces of one kind that a port does not tell apart, by their places; and those that are alone.
#[derive(Debug, Default)]
struct GroupsOfPort {
    groups: BTreeMap<(usize, OwnListeners), Vec<usize>>,
    alone: Vec<usize>,
}

/// What the Sidecars of namespaces are alike in: the wildcards among the hosts, and whether there are others; `None` where all
/// hosts are imported.
type SidecarKind = (OutboundMode, Option<(BTreeSet<String>, bool)>);

impl<'k> AlikeNamespaces<'k> {
    /// Those of a mesh; `policies` are the namespaces that policies name.
    pub(super) fn of(
        objects: &'k Objects,
        environment: &'k Environment,
        visible: &Visible<'_>,
        identities: &Identities,
        (policies, simulation): (&BTreeSet<&str>, &Simulation<'_>),
    ) -> Self {
        let mut found =
            Self { all: Vec::new(), by_named_host: BTreeMap::new(), have_workloads: false, by_port: BTreeMap::new() };
        let mut kinds: BTreeMap<(SidecarKind, bool), Vec<(ClientSettings, usize)>> = BTreeMap::new();
        let Some(named) = identities.namespaces().filter(|_| !visible.has_hosts_of_whole_namespaces) else {
            return found;
        };
        let mut number = 0_usize;
        for sidecar in &objects.sidecars {
            let name = sidecar.meta.namespace.as_str();
            let is_named = named.contains(name) || policies.contains(name);
            if is_named || !visible.special.contains(name) || visible.unlike.contains(name) {
                continue;
            }
            let Some((kind, named_hosts)) = sidecar_kind(sidecar) else { continue };
            let Some(client) = only_client(name, environment) else { continue };
            let known = environment.namespaces.get(name);
            found.have_workloads |= known.is_some_and(|known| known.known().next().is_some());
            let of_kind = kinds.entry((kind, known.is_some_and(|known| known.workloads.is_some()))).or_default();
            let kind = if let Some((_, kind)) = of_kind.iter().find(|(known, _)| *known == client) {
                *kind
            } else {
                number = number.saturating_add(1);
                of_kind.push((client, number));
                number
            };
            for (_, host) in &named_hosts {
                found.by_named_host.entry(host.clone()).or_default().push(name);
            }
            found.all.push(AlikeNamespace { name, kind, named_hosts });
        }
        found.all.sort_unstable_by_key(|each| each.name);
        let public = visible.hosts.values().filter(|host| host.public);
        let ports: BTreeSet<u16> = public.flat_map(|host| &host.ports).map(|(port, _)| *port).collect();
        // For so many ports nobody looks.
        if ports.len().saturating_mul(found.all.len()) > MOST_LOOKS {
            return Self { all: Vec::new(), by_named_host: BTreeMap::new(), ..found };
        }
        found.by_port = ports.into_iter().map(|port| (port, found.groups_of(port, simulation))).collect();
        found
    }

    /// The namespaces whose Sidecar names a host.
    pub(super) fn naming(&self, host: &str) -> impl Iterator<Item = &'k str> {
        self.by_named_host.get(host).into_iter().flatten().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn contains(&self, namespace: &str) -> bool {
        self.place(namespace).is_some()
    }

    fn place(&self, namespace: &str) -> Option<usize> {
        self.all.binary_search_by(|each| each.name.cmp(namespace)).ok()
    }

    /// The clients for a host on a port, but for namespaces that the host tells apart.
    pub(super) fn clients(&self, port: u16, told_apart: &BTreeSet<&str>) -> Vec<ClientNamespace> {
        let Some(of_port) = self.by_port.get(&port) else { return Vec::new() };
        let others: BTreeSet<usize> = told_apart.iter().filter_map(|name| self.place(name)).collect();
        let named = |at: &usize| self.all.get(*at).map(|each| ClientNamespace::Named(each.name.to_owned()));
        let is_left = |at: &&usize| !others.contains(*at);
        let mut clients: Vec<ClientNamespace> = of_port.alone.iter().filter(is_left).filter_map(named).collect();
        for members in of_port.groups.values() {
            let is_member = |at: &&usize| members.binary_search(*at).is_ok();
            let left = members.len().saturating_sub(others.iter().filter(is_member).count());
            let mut each = members.iter().filter(is_left);
            if left <= FEW {
                clients.extend(each.filter_map(named));
            } else if let Some(first) = each.next().and_then(|at| self.all.get(*at)) {
                clients.push(ClientNamespace::Alike { first: first.name.to_owned(), others: left.saturating_sub(1) });
            }
        }
        clients
    }

    fn groups_of(&self, port: u16, simulation: &Simulation<'_>) -> GroupsOfPort {
        let mut found = GroupsOfPort::default();
        for (at, each) in self.all.iter().enumerate() {
            let named_hosts = each.named_hosts.iter().map(|(namespace, host)| (*namespace, host.as_str()));
            match simulation.own_listeners(each.name, named_hosts, port) {
                OwnListeners::Unusual => found.alone.push(at),
                listeners @ OwnListeners::Usual { .. } => {
                    found.groups.entry((each.kind, listeners)).or_default().push(at);
                }
            }
        }
        found
    }
}

/// The kind of a Sidecar and the hosts that it names, each with its namespace; `None` for one that may be unlike all others.
fn sidecar_kind(sidecar: &Object<Sidecar>) -> Option<(SidecarKind, Vec<(&str, String)>)> {
    let own = sidecar.meta.namespace.as_str();
    let outbound = sidecar.spec.outbound.unwrap_or(OutboundMode::RegistryOnly);
    let hosts = match sidecar.spec.egress.as_slice() {
        [] => return Some(((outbound, None), Vec::new())),
        [only] if only.port.is_none() && only.bind.is_none() && !only.not_captured && only.unsupported.is_empty() => {
            &only.hosts
        }
        _ => return None,
    };
    let (mut wild, mut named) = (BTreeSet::new(), Vec::new());
    for (namespace, host) in hosts.iter().filter_map(|host| host.split_once('/')) {
        let namespace = if namespace == own { "." } else { namespace };
        match host.strip_prefix('*') {
            _ if namespace.starts_with('~') => return None,
            Some(_) => {
                wild.insert(format!("{namespace}/{host}"));
            }
            None => named.push((if namespace == "." { own } else { namespace }, host.to_ascii_lowercase())),
        }
    }
    let has_named = !named.is_empty();
    Some(((outbound, Some((wild, has_named))), named))
}

/// The settings of the clients of a namespace, if its workloads do not differ in them.
fn only_client(namespace: &str, environment: &Environment) -> Option<ClientSettings> {
    let clients = environment.clients(namespace, &Labels::new());
    let [client] = clients.as_slice() else { return None };
    let is_plain = client.data_plane == DataPlane::Sidecar && client.workload.is_none();
    let is_alone = is_plain && environment.special_workloads(namespace).next().is_none();
    is_alone.then(|| client.clone())
}
