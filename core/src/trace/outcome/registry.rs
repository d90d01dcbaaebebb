//! The hosts that the mesh knows, and who sees which.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::aliases::{Leads, aliases};
use super::assumptions::{Assumptions, Unknown};
use super::creation_order::ObjectAge;
use super::doors::GroupId;
use super::hosts::{HostId, Hosts};
use super::names;
use super::scope::Scope;
use super::service::{Address, Backing, Service, ServiceId, Spoken, differ, ports_of};
use super::shelves::{Circles, Shelves};
use crate::istio::{ExportTo, Objects, ServiceEntry};
use crate::model::Environment;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    hosts: BTreeMap<HostId, Vec<ServiceId>>,
    http: BTreeMap<u16, Vec<ServiceId>>,
    tls: BTreeMap<u16, Vec<ServiceId>>,
    open: BTreeMap<u16, Vec<ServiceId>>,
    networks: BTreeMap<u16, Vec<ServiceId>>,
    /// What is spoken where listeners are shared, each once.
    spoken: BTreeMap<u16, Vec<Spoken>>,
}

/// What a listener on every address and one port is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// HTTP, by `Host`.
    Http,
    /// TLS, by server name.
    Tls,
    /// Whatever is left.
    Open,
    /// Whatever goes to a network.
    Network,
}

/// What a short name is short for.
#[derive(Debug, Default)]
struct Short {
    /// In a namespace, as the name of a Service of its own.
    own: BTreeMap<String, HostId>,
    /// Everywhere.
    anywhere: Option<HostId>,
}

#[derive(Debug)]
pub(super) struct Registry<'w> {
    services: Vec<Service<'w>>,
    shelves: Shelves<Shelf>,
    everywhere: BTreeMap<HostId, Vec<ServiceId>>,
    /// Services of the cluster by their short names, and by the namespace in which a name is short for it.
    short: BTreeMap<String, Short>,
    /// By port; hardly ever any.
    mixed: BTreeMap<u16, Vec<ServiceId>>,
    /// Hosts that are only names for others.
    aliases: BTreeMap<HostId, Leads>,
}

impl<'w> Registry<'w> {
    /// `gateways` are the groups of gateway pods by host of their Service.
    pub(super) fn new(
        objects: &'w Objects,
        environment: &'w Environment,
        hosts: &Hosts,
        gateways: &BTreeMap<String, GroupId>,
    ) -> Self {
        let mut found: Vec<(Service<'w>, &ExportTo)> = Vec::new();
        for (at, entry) in objects.service_entries.iter().enumerate() {
            for host in &entry.spec.hosts {
                let service = Service::of_entry(host, hosts, &entry.spec, &entry.meta, at, environment);
                found.push((service, &entry.spec.export_to));
            }
        }
        let mut described = Vec::new();
        for (at, service) in objects.services.iter().enumerate() {
            let host = names::of_service(&service.meta.name, &service.meta.namespace, &environment.cluster_domain);
            described.push(host.clone());
            if service.spec.external_name.is_some() {
                continue;
            }
            let gateway = gateways.get(&host).copied();
            found.push((Service::of_cluster(host, hosts, service, at, gateway), &service.spec.export_to));
        }
        for gateway in environment.gateways.values() {
            let host = names::of_service(&gateway.service, &gateway.namespace, &environment.cluster_domain);
            let Some(group) = gateways.get(&host).filter(|_| !described.contains(&host)) else { continue };
            found.push((Service::of_gateway(host, hosts, gateway, *group), &ExportTo::Public));
        }
        found.sort_by(|(a, _), (b, _)| a.age.order(&b.age));
        mark_mixed(&mut found);
        let mut registry = Self {
            services: Vec::new(),
            shelves: Shelves::default(),
            everywhere: BTreeMap::new(),
            short: BTreeMap::new(),
            mixed: BTreeMap::new(),
            aliases: BTreeMap::new(),
        };
        for (id, (service, export_to)) in found.into_iter().enumerate() {
            registry.everywhere.entry(service.id).or_default().push(id);
            if !matches!(service.backing, Backing::Entry(_)) {
                registry.shorten(&service.host, service.namespace, service.id, &environment.cluster_domain);
            }
            registry.shelves.put(export_to, service.namespace, |shelf| shelve(shelf, id, &service));
            for port in service.ports.iter().filter(|_| service.mixed) {
                registry.mixed.entry(port.number).or_default().push(id);
            }
            registry.services.push(service);
        }
        for (host, namespace, id, leads) in aliases(objects, hosts, &environment.cluster_domain) {
            registry.shorten(&host, namespace, id, &environment.cluster_domain);
            registry.aliases.insert(id, leads);
        }
        registry
    }

    /// Services on a port of which the listeners cannot be followed.
    pub(super) fn mixed(&self, port: u16) -> impl Iterator<Item = ServiceId> {
        self.mixed.get(&port).into_iter().flatten().copied()
    }

    /// The addresses that ServiceEntries give their hosts.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (ServiceId, &str)> {
        self.services.iter().enumerate().flat_map(|(id, service)| match &service.address {
            Address::Fixed(addresses) => {
                addresses.iter().map(move |address| (id, address.as_str())).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
    }

    /// Where a host leads that is only a name for another.
    pub(super) fn alias(&self, host: HostId) -> Option<Leads> {
        self.aliases.get(&host).copied()
    }

    pub(super) fn get(&self, id: ServiceId) -> Option<&Service<'w>> {
        self.services.get(id)
    }

    /// Sidecars know a cluster's Services by their short names too (core/httproute.go, `GenerateAltVirtualHosts`).
    fn shorten(&mut self, host: &str, namespace: &str, id: HostId, domain: &str) {
        let Some(of_cluster) = host.strip_suffix(domain).and_then(|host| host.strip_suffix('.')) else {
            return;
        };
        let Some(of_namespace) = of_cluster.strip_suffix(".svc") else { return };
        for name in [of_namespace, of_cluster] {
            self.short.entry(name.to_owned()).or_default().anywhere.get_or_insert(id);
        }
        if let Some(own) = of_namespace.strip_suffix(namespace).and_then(|name| name.strip_suffix('.')) {
            self.short.entry(own.to_owned()).or_default().own.insert(namespace.to_owned(), id);
        }
    }

    /// What a client of a namespace means by a name that is in short for something.
    fn in_full(&self, host: &str, namespace: &str) -> Option<HostId> {
        let short = self.short.get(host)?;
        short.own.get(namespace).copied().or(short.anywhere)
    }

    pub(super) fn seen_from(&self, namespace: &str) -> Circles<'_, Shelf> {
        self.shelves.seen_from(namespace)
    }

    /// The services of a host, whoever sees them.
    pub(super) fn anywhere(&self, host: HostId) -> impl Iterator<Item = ServiceId> {
        self.everywhere.get(&host).into_iter().flatten().copied()
    }

    /// Whether it is a Service of Kubernetes.
    pub(super) fn is_of_cluster(&self, id: ServiceId) -> bool {
        self.get(id).is_some_and(|service| !matches!(service.backing, Backing::Entry(_)))
    }

    /// The services of a host that a proxy uses: all of one namespace.
    ///
    /// Sidecars (`pilot/pkg/model/sidecar.go`, `selectServices`): their own namespace's, else the cluster's Service,
    /// else the first seen. Gateways (`appendSidecarServices`): the cluster's, else the first seen.
    pub(super) fn selected<'s>(
        &self,
        scope: &Scope<'s>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Cow<'s, [ServiceId]> {
        // Mostly there is one at most, and nothing to choose.
        let mut holding = scope.services.each().filter_map(|(_, shelf)| shelf.hosts.get(&host)).map(Vec::as_slice);
        let only = match (holding.next(), holding.next()) {
            (None, _) => return Cow::Borrowed(&[]),
            (Some([only]), None) => Some(only),
            _ => None,
        };
        if let Some(only) = only {
            let one = std::slice::from_ref(only);
            return Cow::Borrowed(if self.is_imported(scope, *only) { one } else { &[] });
        }
        let seen = self.seen(scope, host);
        let namespace = |id: ServiceId| self.get(id).map_or("", |service| service.namespace);
        let own = seen.iter().find(|(_, id)| !scope.gateway && namespace(*id) == scope.namespace);
        let of_cluster = || seen.iter().find(|(_, id)| self.is_of_cluster(*id));
        let winner = own.or_else(of_cluster).map(|(_, id)| *id).or_else(|| {
            let name = seen.first().and_then(|(_, id)| self.get(*id)).map_or("", |service| &*service.host);
            let alike = |a: ServiceId, b: ServiceId| namespace(a) == namespace(b);
            self.first_of(&seen, alike, assumptions, || {
                format!("`{name}` is defined in several namespaces, and which one is taken depends on their ages or on Istio's version")
            })
        });
        let Some(wanted) = winner.map(namespace) else { return Cow::Borrowed(&[]) };
        seen.iter().map(|(_, id)| *id).filter(|id| namespace(*id) == wanted).collect()
    }

    /// The service that Istio puts first of some, which come with how near they are and in order; `alike` ones need not be
    /// told apart.
    ///
    /// Up to 1.30 a namespace's own stand before those exported to it; from 1.31 on both are one list, by age
    /// (`push_context.go`, `servicesExportedToNamespace`). Public ones come last in both.
    pub(super) fn first_of(
        &self,
        services: &[(usize, ServiceId)],
        alike: impl Fn(ServiceId, ServiceId) -> bool,
        assumptions: &mut Assumptions,
        why: impl Fn() -> String,
    ) -> Option<ServiceId> {
        let (nearest, first) = services.first().copied()?;
        if services.len() < 2 {
            return Some(first);
        }
        let of = |holds: &dyn Fn(usize) -> bool| -> Vec<(ServiceId, ObjectAge<'w>)> {
            let ids = services.iter().filter(|(tier, _)| holds(*tier)).map(|(_, id)| *id);
            ids.filter_map(|id| Some((id, self.get(id)?.age))).collect()
        };
        let mut near = of(&|tier| tier == nearest);
        let exported = of(&|tier| nearest < 2 && tier < 2 && tier != nearest);
        if !exported.is_empty() {
            let ages = assumptions.ages();
            let is_older = |own: &ObjectAge<'_>| exported.iter().all(|(_, exported)| ages.is_before(own, exported));
            let own_are_older = near.iter().any(|(_, own)| is_older(own));
            let all_are_alike = near.iter().chain(&exported).all(|(id, _)| alike(first, *id));
            if !own_are_older && !all_are_alike && !assumptions.assume(Unknown::OwnServicesFirst, &why) {
                near.extend(exported);
                near.sort_by(|(_, a), (_, b)| a.order(b));
            }
        }
        assumptions.oldest_of(&near, |(_, age)| *age, |(a, _), (b, _)| alike(*a, *b), why).map(|(id, _)| *id)
    }

    /// The oldest of some services of one namespace.
    pub(super) fn oldest_of<'c>(
        &self,
        services: &'c [ServiceId],
        alike: impl Fn(&Service<'w>, &Service<'w>) -> bool,
        assumptions: &mut Assumptions,
    ) -> Option<&Service<'w>> {
        // Mostly there is one at most.
        if services.len() < 2 {
            return services.first().and_then(|id| self.get(*id));
        }
        let services: Vec<&Service<'w>> = services.iter().filter_map(|id| self.get(*id)).collect();
        assumptions.oldest_of(&services, |service| service.age, |a, b| alike(a, b), || {
            let host = services.first().map_or("", |service| &*service.host);
            format!("several ServiceEntries of one namespace are for `{host}`, and the oldest decides: the files have no creation times")
        }).copied()
    }

    /// Whether it is known that Istio puts one service before another that is as near.
    pub(super) fn is_before(&self, a: ServiceId, b: ServiceId, assumptions: &Assumptions) -> bool {
        match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => assumptions.ages().is_before(&a.age, &b.age),
            _ => false,
        }
    }

    /// A service that a proxy sees, with how near it is.
    pub(super) fn with_tier(&self, scope: &Scope<'_>, id: ServiceId) -> Option<(usize, ServiceId)> {
        let host = self.get(id)?.id;
        let holds = |shelf: &Shelf| shelf.hosts.get(&host).is_some_and(|ids| ids.contains(&id));
        scope.services.each().find(|(_, shelf)| holds(shelf)).map(|(tier, _)| (tier, id))
    }

    /// A host of the proxy's own namespace, whoever it is exported to.
    pub(super) fn of_namespace(&self, namespace: &str, host: HostId) -> Vec<ServiceId> {
        let own = self.anywhere(host).filter(|id| self.get(*id).is_some_and(|service| service.namespace == namespace));
        own.collect()
    }

    fn seen(&self, scope: &Scope<'_>, host: HostId) -> Vec<(usize, ServiceId)> {
        let circles = scope.services.each();
        let held =
            circles.flat_map(|(tier, shelf)| shelf.hosts.get(&host).into_iter().flatten().map(move |id| (tier, *id)));
        held.filter(|(_, id)| self.is_imported(scope, *id)).collect()
    }

    fn is_imported(&self, scope: &Scope<'_>, id: ServiceId) -> bool {
        self.get(id).is_some_and(|service| scope.imports_service(service.namespace, &service.host))
    }

    /// Whether any service that a proxy uses on a port has hosts in common with a wildcard.
    pub(super) fn any_within(
        &self,
        scope: &Scope<'_>,
        wildcard: &str,
        port: u16,
        assumptions: &mut Assumptions,
    ) -> bool {
        let seen = scope.services.each().flat_map(|(_, shelf)| shelf.hosts.values().flatten());
        seen.filter(|id| {
            self.get(**id).is_some_and(|service| {
                names::overlap(&service.host, wildcard) && service.ports.iter().any(|each| each.number == port)
            })
        })
        .any(|id| self.is_selected(scope, *id, assumptions))
    }

    /// Whether a proxy uses this service and not another of the same host.
    pub(super) fn is_selected(&self, scope: &Scope<'_>, id: ServiceId, assumptions: &mut Assumptions) -> bool {
        self.get(id).is_some_and(|service| self.selected(scope, service.id, assumptions).contains(&id))
    }
}

impl World<'_> {
    /// The name that the registry has for what a client of a namespace calls so.
    pub(super) fn canonical<'h>(&'h self, host: &'h str, namespace: &str) -> (Cow<'h, str>, HostId) {
        let host = names::lowered(host.trim_end_matches('.'));
        let id = self.hosts.id(&host);
        if self.registry.everywhere.contains_key(&id) {
            return (host, id);
        }
        match self.registry.in_full(&host, namespace) {
            Some(id) => (Cow::Borrowed(self.hosts.name(id)), id),
            None => (host, id),
        }
    }
}

/// The services that a kind of traffic on a port is for, in the order in which listeners are built.
pub(super) fn on_port<'s>(
    scope: &Scope<'s>,
    port: u16,
    kind: Kind,
) -> impl Iterator<Item = (usize, ServiceId)> + use<'s> {
    scope.services.each().flat_map(move |(tier, shelf)| {
        let ports = match kind {
            Kind::Http => &shelf.http,
            Kind::Tls => &shelf.tls,
            Kind::Open => &shelf.open,
            Kind::Network => &shelf.networks,
        };
        ports.get(&port).into_iter().flatten().map(move |id| (tier, *id))
    })
}

/// What the listeners on a port that services share speak.
pub(super) fn spoken_on<'s>(scope: &Scope<'s>, port: u16) -> impl Iterator<Item = Spoken> + use<'s> {
    scope.services.each().filter_map(move |(_, shelf)| shelf.spoken.get(&port)).flatten().copied()
}

/// Instances are kept by namespace and host, whoever sees which object (`serviceentry/conversion.go`,
/// `push_context.go`, `initServiceRegistry`): objects that differ in their endpoints, or in what a port speaks or leads to, mix.
fn mark_mixed<'w>(found: &mut [(Service<'w>, &ExportTo)]) {
    let mut heads: BTreeMap<(&str, HostId), &ServiceEntry> = BTreeMap::new();
    let mut mixed: BTreeSet<(&'w str, HostId)> = BTreeSet::new();
    // Whichever is the oldest: a port is compared with the first object that has it.
    let mut ports: BTreeMap<(&str, HostId, u16), (Spoken, u16)> = BTreeMap::new();
    for (service, _) in found.iter() {
        let Backing::Entry(entry) = service.backing else { continue };
        let key = (service.namespace, service.id);
        let head = *heads.entry(key).or_insert(entry);
        if std::ptr::eq(head, entry) {
            continue;
        }
        let said = [head, entry].into_iter().flat_map(ports_of);
        let mut differs = differ(head, entry);
        for (port, said) in said {
            differs |= *ports.entry((key.0, key.1, port)).or_insert(said) != said;
        }
        if differs {
            mixed.insert(key);
        }
    }
    for (service, _) in found.iter_mut().filter(|_| !mixed.is_empty()) {
        service.mixed = mixed.contains(&(service.namespace, service.id));
    }
}

fn shelve(shelf: &mut Shelf, id: ServiceId, service: &Service<'_>) {
    shelf.hosts.entry(service.id).or_default().push(id);
    for port in &service.ports {
        let shared = matches!((port.spoken, &service.address), (Spoken::Http, _) | (_, Address::None));
        if shared && port.spoken != Spoken::Udp {
            let spoken = shelf.spoken.entry(port.number).or_default();
            if !spoken.contains(&port.spoken) {
                spoken.push(port.spoken);
            }
        }
        let put = |shelf: &mut BTreeMap<u16, Vec<ServiceId>>| shelf.entry(port.number).or_default().push(id);
        // HTTP is told apart by `Host`, whatever the address; the rest has a listener of its own where it has an address
        // (core/listener.go, `buildSidecarOutboundListener`).
        match (port.spoken, &service.address) {
            (Spoken::Http, _) => put(&mut shelf.http),
            (Spoken::Udp, _) | (_, Address::Cluster | Address::Automatic | Address::Fixed(_)) => {}
            (_, Address::Networks) => put(&mut shelf.networks),
            (Spoken::Tls, Address::None) => put(&mut shelf.tls),
            (Spoken::Tcp | Spoken::ServerFirst, Address::None) => put(&mut shelf.open),
            (Spoken::Any, Address::None) => {
                put(&mut shelf.http);
                put(&mut shelf.open);
            }
        }
    }
}
