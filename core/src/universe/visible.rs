//! Hosts, and the namespaces that see objects for them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Messages;
use super::host::Host;
use super::labels::Named;
use super::networks::networks;
use super::outside::Outside;
use super::route_match::{RouteMatch, authorities, matches};
use super::schemes::schemes;
use super::{Aspect, Aspects};
use crate::istio::{
    DestinationRule, EndpointSlice, ExportTo, Meta, Object, Objects, Other, OutboundMode, Resolution, Service,
    ServiceEntry, Sidecar, VirtualService,
};
use crate::model::{ClientSettings, DataPlane, DeclaredHosts, Environment, PolicySet, dialled_name, wildcard};
use crate::resource::Labels;
use crate::trace::{Scheme, scheme_of};

/// The hosts that clients see, and the namespaces that differ from others.
#[derive(Debug)]
pub(super) struct Visible<'m> {
    environment: &'m Environment,
    pub(super) hosts: BTreeMap<String, Host>,
    /// Ports that TCP without an address captures for every host.
    pub(super) taken: BTreeMap<u16, Host>,
    /// Namespaces that see public hosts differently from other namespaces.
    pub(super) special: BTreeSet<String>,
    /// Those of them that are special by anything but one Sidecar for all of their workloads.
    pub(super) unlike: BTreeSet<String>,
    /// Namespaces with a Sidecar.
    with_sidecar: BTreeSet<String>,
    /// Whether an object is for all Services of a namespace, which have short names there.
    pub(super) has_hosts_of_whole_namespaces: bool,
    /// The namespaces of all ServiceEntries for a host, whoever sees them.
    declared_in: BTreeMap<String, BTreeSet<String>>,
    /// Where routes of sidecars for a host lead; `None` where that is not followed.
    leads_to: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Whether an object names all hosts.
    names_all_hosts: bool,
    /// Those of them whose proxies may allow hosts that they do not see.
    pub(super) open: BTreeSet<String>,
    /// Labels that distinguish workloads of a special namespace, for every host.
    pub(super) everywhere: Named,
    /// The scheme of each port of an external host, whether or not a client sees it.
    pub(super) spoken: BTreeMap<(String, u16), Scheme>,
    /// A port that nothing names.
    pub(super) free_port: u16,
    pub(super) declared: DeclaredHosts,
    /// Names that entries have for the addresses of policies: a client may dial the address and say such a name.
    pub(super) names_at: BTreeMap<String, BTreeSet<String>>,
    /// Whether some clients are in ambient mode.
    has_ambient: bool,
    /// Namespaces of clients that policies name.
    clients: BTreeSet<String>,
    aspects: Aspects,
}

/// What tells namespaces apart for a host.
pub(super) struct ToldApart<'v> {
    /// The host, and the destinations of its routes.
    pub(super) hosts: Vec<String>,
    /// The namespaces of objects for any of them, and those that these are exported to by name.
    pub(super) namespaces: BTreeSet<&'v str>,
}

/// Stands for every host that has no class of its own.
pub(super) const ANY: &str = "*";

impl<'m> Visible<'m> {
    pub(super) fn of(
        objects: &Objects,
        environment: &'m Environment,
        set: Option<&PolicySet>,
        (aspects, has_ambient): (Aspects, bool),
    ) -> Self {
        let flows = || set.into_iter().flat_map(PolicySet::flows);
        let mut visible = Self {
            environment,
            has_ambient,
            names_at: BTreeMap::new(),
            declared: set.map(PolicySet::hosts).unwrap_or_default().into_iter().collect(),
            clients: flows().map(|flow| flow.client_namespace().to_owned()).collect(),
            hosts: BTreeMap::new(),
            taken: BTreeMap::new(),
            special: BTreeSet::new(),
            unlike: BTreeSet::new(),
            with_sidecar: BTreeSet::new(),
            has_hosts_of_whole_namespaces: false,
            declared_in: BTreeMap::new(),
            leads_to: BTreeMap::new(),
            names_all_hosts: false,
            open: BTreeSet::new(),
            everywhere: Named::default(),
            spoken: BTreeMap::new(),
            free_port: 0,
            aspects,
        };
        let named: BTreeSet<&str> = objects
            .destination_rules
            .iter()
            .filter(|rule| gives_server_name(rule))
            .map(|rule| rule.spec.host.as_str())
            .collect();
        for entry in &objects.service_entries {
            visible.entry(entry, &named);
        }
        let outside = Outside::of(objects, environment);
        for service in &objects.virtual_services {
            visible.route(service, &outside);
        }
        for service in &objects.services {
            visible.external_name(service);
        }
        let headless = objects.services.iter().filter(|service| service.spec.is_headless());
        let headless: BTreeMap<(&str, &str), &Object<Service>> =
            headless.map(|each| ((&*each.meta.namespace, each.meta.istio_name()), each)).collect();
        for slice in &objects.endpoint_slices {
            if let Some(service) = headless.get(&(&*slice.meta.namespace, &*slice.spec.service)) {
                visible.outside_endpoints(slice, service);
            }
        }
        for rule in &objects.destination_rules {
            visible.rule(rule);
        }
        visible.names_all_hosts = visible.hosts.contains_key(ANY);
        for sidecar in &objects.sidecars {
            visible.sidecar(sidecar);
        }
        for other in &objects.others {
            visible.other(other);
        }
        for config in &environment.proxy_configs {
            visible.everywhere.add(Some(&config.namespace), None, &config.selector.clone().unwrap_or_default());
            visible.unlike.insert(config.namespace.clone());
            if config.dns_capture.is_some() {
                visible.own(&config.namespace);
            }
        }
        if environment.may_allow_unknown_hosts() {
            visible.unknown_hosts(None);
        }
        visible.settings_of_clients();
        if let Some(set) = set {
            visible.policies(set);
        }
        visible.finish();
        visible
    }

    /// A namespace, or one of its workloads, whose control plane or whose own settings have its sidecars answer DNS, or treat
    /// unknown hosts, otherwise than those of namespaces that are not named.
    fn settings_of_clients(&mut self) {
        let environment = self.environment;
        let nobody = Labels::new();
        let Some(anyone) = environment.clients("", &nobody).into_iter().next() else { return };
        for name in environment.namespaces.keys().filter(|name| **name != environment.root_namespace) {
            let kinds = std::iter::once(&nobody).chain(environment.special_workloads(name));
            let clients: Vec<ClientSettings> = kinds
                .flat_map(|labels| environment.clients(name, labels))
                .filter(|client| client.data_plane == DataPlane::Sidecar)
                .collect();
            if clients.iter().any(|client| client.dns_capture != anyone.dns_capture) {
                self.own(name);
            }
            let policies = || clients.iter().map(|client| client.outbound_traffic_policy);
            if policies().any(|policy| policy != anyone.outbound_traffic_policy) && self.has_clients(name) {
                self.unknown_hosts(Some(name));
            }
        }
    }

    /// A Sidecar makes its namespace differ from others, and may allow unknown hosts.
    fn sidecar(&mut self, sidecar: &Object<Sidecar>) {
        let namespace = &sidecar.meta.namespace;
        self.special(namespace);
        let is_first = self.with_sidecar.insert(namespace.clone());
        if !is_first || sidecar.spec.selector.is_some() {
            self.unlike.insert(namespace.clone());
        }
        if let Some(selector) = &sidecar.spec.selector {
            self.everywhere.add(Some(namespace), None, selector);
            // With a selector, a Sidecar of the root namespace applies only to workloads of that namespace.
            if *namespace == self.environment.root_namespace && self.has_clients(namespace) {
                self.special.insert(namespace.clone());
            }
        }
        let lets_out = sidecar.spec.outbound.is_some_and(|mode| mode != OutboundMode::RegistryOnly);
        if lets_out {
            self.unlike.insert(namespace.clone());
        }
        if lets_out && (*namespace == self.environment.root_namespace || self.has_clients(namespace)) {
            self.unknown_hosts((*namespace != self.environment.root_namespace).then_some(namespace));
            self.opens(namespace);
        }
    }

    /// An object that may change sidecars in a way that is not modelled.
    fn other(&mut self, other: &Object<Other>) {
        // Mutual TLS alone opens no way out.
        if !other.spec.at_sidecars || other.meta.kind == "PeerAuthentication" {
            return;
        }
        let namespace = &other.meta.namespace;
        self.own(namespace);
        self.opens(namespace);
        let Some(selector) = &other.spec.selector else { return };
        // In the root namespace, an object with a selector selects workloads of all namespaces.
        let whose = (*namespace != self.environment.root_namespace).then_some(namespace.as_str());
        // A policy is also for workloads that come later.
        if self.environment.has_policies || !self.environment.complete.workloads {
            self.everywhere.add(whose, None, selector);
            return;
        }
        // Of workloads that do not exist nothing could be said but that such an object may change them.
        let environment = self.environment;
        for (name, known) in environment.namespaces.iter().filter(|(name, _)| whose.is_none_or(|whose| whose == *name))
        {
            if known.that_may_have(selector).iter().any(|workload| workload.may_have(selector)) {
                self.everywhere.add(Some(name), None, selector);
            }
        }
    }

    /// Whether an object that only this namespace sees applies to clients, and not only to the gateway in the
    /// namespace.
    fn has_clients(&self, namespace: &str) -> bool {
        if !self.environment.gateways.values().any(|gateway| gateway.namespace == namespace) {
            return true;
        }
        self.environment.namespaces.get(namespace).is_some_and(|known| {
            known.injection.as_ref().is_some_and(|injection| injection.value)
                || known.known().any(|workload| workload.data_plane == Some(DataPlane::Sidecar))
        })
    }

    /// Something other than a Sidecar makes a namespace special.
    fn own(&mut self, namespace: &str) {
        self.special(namespace);
        self.unlike.insert(namespace.to_owned());
    }

    fn special(&mut self, namespace: &str) {
        // Objects of the root namespace apply to every namespace that has none of its own.
        if namespace != self.environment.root_namespace && self.has_clients(namespace) {
            self.special.insert(namespace.to_owned());
        }
    }

    fn opens(&mut self, namespace: &str) {
        if self.special.contains(namespace) {
            self.open.insert(namespace.to_owned());
        }
    }

    fn in_cluster(&self, host: &str) -> bool {
        !host.contains('.') && host != ANY || host.ends_with(&format!(".svc.{}", self.environment.cluster_domain))
    }

    fn viewers(&self, export_to: &ExportTo, own: &str) -> (bool, BTreeSet<String>) {
        let (public, namespaces) = match export_to {
            ExportTo::Nobody => return (false, BTreeSet::new()),
            // The object's own namespace prefers it to the objects of others.
            ExportTo::Public => (true, BTreeSet::from([own.to_owned()])),
            ExportTo::Namespaces(namespaces) => (false, namespaces.clone()),
        };
        (public, namespaces.into_iter().filter(|namespace| self.has_clients(namespace)).collect())
    }

    fn entry(&mut self, entry: &Object<ServiceEntry>, with_server_name: &BTreeSet<&str>) {
        let ports: Vec<(u16, Scheme)> = entry
            .spec
            .ports
            .iter()
            .flat_map(|port| schemes(&port.protocol).iter().map(|scheme| (port.number, *scheme)))
            .collect();
        let of_whole_namespace = format!(".svc.{}", self.environment.cluster_domain);
        for host in entry.spec.hosts.iter().map(|host| dialled_name(host)) {
            self.has_hosts_of_whole_namespaces |= host.starts_with("*.") && host.ends_with(&of_whole_namespace);
            self.declared_in.entry(host.to_string()).or_default().insert(entry.meta.namespace.clone());
            for (port, scheme) in ports.iter().rev() {
                self.spoken.insert((host.to_string(), *port), *scheme);
            }
        }
        let (public, namespaces) = self.viewers(&entry.spec.export_to, &entry.meta.namespace);
        // An entry that is marked as part of the mesh may still lead to a declared host.
        let is_declared = |name: &str| self.declared.have(&dialled_name(&name.to_ascii_lowercase()));
        let ends_anywhere = matches!(entry.spec.resolution, Resolution::None | Resolution::Dynamic);
        let leads_out = !self.declared.is_empty()
            && (ends_anywhere
                || entry.spec.selector.is_some()
                || entry.spec.hosts.iter().any(|host| {
                    host.starts_with('*') || is_declared(host) || with_server_name.contains(host.as_str())
                })
                || entry.spec.endpoints.iter().any(|each| is_declared(&each.address)));
        // Clients in ambient mode know the host, whoever sees the entry.
        if (entry.spec.internal && !leads_out) || (!public && namespaces.is_empty() && !self.has_ambient) {
            return;
        }
        for address in self.declared_addresses(&entry.spec) {
            let others = entry.spec.hosts.iter().filter(|host| *dialled_name(host) != *address);
            let others: Vec<String> = others.cloned().collect();
            self.names_at.entry(address).or_default().extend(others);
        }
        let hosts = entry.spec.hosts.iter().map(|host| dialled_name(host).into_owned());
        for host in hosts.chain(self.declared_addresses(&entry.spec)).collect::<BTreeSet<_>>() {
            let known = self.hosts.entry(host).or_default();
            known.public |= public;
            known.namespaces.extend(namespaces.iter().cloned());
            known.ports.extend(ports.iter().copied());
        }
        // A TCP port without an address captures the traffic to all hosts.
        let taken = ports.iter().filter(|(_, scheme)| *scheme == Scheme::Tcp && self.aspects.has(Aspect::TakenPorts));
        for (port, _) in taken {
            let any = self.taken.entry(*port).or_default();
            any.public |= public;
            any.namespaces.extend(namespaces.iter().cloned());
        }
    }

    /// The addresses of policies that an entry has, too: who sees it may reach them in another way.
    fn declared_addresses(&self, entry: &ServiceEntry) -> Vec<String> {
        let networks = networks(&entry.addresses);
        let is_there = |address: IpAddr| networks.iter().any(|network| network.contains(&address));
        let declared = self.declared.names().filter(|_| !networks.is_empty());
        declared.filter(|host| host.parse().is_ok_and(is_there)).map(str::to_owned).collect()
    }

    /// A Service that is only an alias of a declared host.
    fn external_name(&mut self, service: &Object<Service>) {
        let Object { meta, spec } = service;
        let is_declared = spec.external_name.as_ref().is_some_and(|name| self.declared.have(name));
        let (public, namespaces) = self.viewers(&spec.export_to, &meta.namespace);
        if !is_declared || !self.aspects.has(Aspect::ClusterNames) || (!public && namespaces.is_empty()) {
            return;
        }
        let host = format!("{}.{}.svc.{}", meta.istio_name(), meta.namespace, self.environment.cluster_domain);
        let known = self.hosts.entry(host).or_default();
        known.public |= public;
        known.namespaces.extend(namespaces);
        known.ports.extend(spec.ports.iter().map(|port| (port.port, Scheme::Http)));
        if spec.ports.is_empty() {
            known.ports.insert((80, Scheme::Http));
        }
    }

    /// Addresses outside of the cluster that are endpoints of a headless Service: sidecars let clients through to them on its
    /// ports that are not for HTTP.
    fn outside_endpoints(&mut self, slice: &Object<EndpointSlice>, Object { meta, spec }: &Object<Service>) {
        let (public, namespaces) = self.viewers(&spec.export_to, &meta.namespace);
        if !public && namespaces.is_empty() {
            return;
        }
        let schemes = spec.ports.iter().flat_map(|port| {
            let schemes = if port.protocol.is_empty() { &[Scheme::Tcp][..] } else { schemes(&port.protocol) };
            schemes.iter().filter(|scheme| !scheme.is_http()).map(|scheme| (port.port, *scheme))
        });
        let ports: Vec<(u16, Scheme)> = schemes.collect();
        for endpoint in slice.spec.endpoints.iter().filter(|endpoint| endpoint.may_be_outside() && !ports.is_empty()) {
            let known = self.hosts.entry(endpoint.address.to_string()).or_default();
            known.public |= public;
            known.namespaces.extend(namespaces.iter().cloned());
            known.ports.extend(ports.iter().copied());
        }
    }

    fn route(&mut self, service: &Object<VirtualService>, outside: &Outside) {
        let Object { meta, spec } = service;
        if !spec.gateways.iter().any(|gateway| gateway == "mesh") {
            // At a gateway it takes its names from a wildcard above them.
            for host in spec.hosts.iter().filter(|host| self.declared.have_by_wildcard(host)) {
                self.hosts.entry(host.clone()).or_default();
            }
            return;
        }
        let (public, mut namespaces) = self.viewers(&spec.export_to, &meta.namespace);
        if !public && namespaces.is_empty() {
            return;
        }
        // A gateway may allow the namespaces of clients and deny all others.
        if public && outside.has_route_to_gateway(spec, &meta.namespace) {
            namespaces.extend(self.clients.iter().cloned());
        }
        let matches = matches(spec);
        let leads_out = self.aspects.has(Aspect::ClusterNames) && outside.is_reached_by(spec, &meta.namespace);
        let asked = |host: &&String| leads_out || !self.in_cluster(host);
        let mut hosts: Vec<String> =
            spec.hosts.iter().filter(asked).map(|host| self.environment.full_name(host, &meta.namespace)).collect();
        hosts.extend(authorities(spec));
        let destinations = outside.followed_destinations(spec, &meta.namespace);
        let server_names = spec.tls.iter().flat_map(|route| &route.matches).flat_map(|each| &each.sni_hosts);
        for host in hosts.iter().chain(server_names).map(|host| dialled_name(host)) {
            let known = self.leads_to.entry(host.into_owned()).or_insert_with(|| Some(BTreeSet::new()));
            match (known.as_mut(), &destinations) {
                (Some(known), Some(more)) => known.extend(more.iter().cloned()),
                _ => *known = None,
            }
        }
        for host in &hosts {
            if let Some(ports) = outside.ports(host) {
                let known = self.hosts.entry(dialled_name(host).into_owned()).or_default();
                known.ports.extend(ports);
                known.public |= public;
                known.namespaces.extend(namespaces.iter().cloned());
            }
        }
        for each in &matches {
            let port = each.port.unwrap_or(each.usual_port());
            for host in &hosts {
                let known = self.hosts.entry(dialled_name(host).into_owned()).or_default();
                known.routed.insert((port, each.scheme));
                known.matched(each, public, &namespaces);
            }
            if each.scheme == Scheme::Tcp {
                self.taken.entry(port).or_default().matched(each, public, &namespaces);
            }
        }
        self.server_names(spec, public, &namespaces);
        let said = || spec.tls.iter().flat_map(|route| &route.matches).flat_map(|each| &each.sni_hosts).cloned();
        for names in self.names_at.values_mut().filter(|names| spec.hosts.iter().any(|host| names.contains(host))) {
            names.extend(said());
        }
    }

    /// A `tls` match applies to its server names, at the ports of the hosts of its VirtualService (core/tls.go).
    fn server_names(&mut self, service: &VirtualService, public: bool, viewers: &BTreeSet<String>) {
        let of_hosts: BTreeSet<u16> = service
            .hosts
            .iter()
            .filter_map(|host| self.hosts.get(host))
            .flat_map(|host| &host.ports)
            .filter(|(_, scheme)| scheme.is_tls())
            .map(|(port, _)| *port)
            .collect();
        for each in service.tls.iter().flat_map(|route| &route.matches) {
            let found = RouteMatch {
                scheme: Scheme::Https,
                port: each.port,
                labels: &each.source_labels,
                namespace: each.source_namespace.as_deref(),
            };
            for name in each.sni_hosts.iter().filter(|name| !service.hosts.contains(name)) {
                let ports = each.port.map_or_else(|| of_hosts.clone(), |port| BTreeSet::from([port]));
                let known = self.hosts.entry(name.clone()).or_default();
                known.ports.extend(ports.into_iter().map(|port| (port, Scheme::Https)));
                known.matched(&found, public, viewers);
            }
        }
    }

    fn rule(&mut self, rule: &Object<DestinationRule>) {
        let Object { meta, spec } = rule;
        // The rules that egressc makes are for namespaces that have rows already.
        if meta.span.is_none() {
            return;
        }
        let viewers = viewers_of_rule(spec, meta);
        if spec.host == ANY || self.in_cluster(&spec.host) {
            for namespace in viewers {
                self.own(&namespace);
            }
        } else {
            let namespaces: Vec<String> = viewers.into_iter().filter(|name| self.has_clients(name)).collect();
            self.hosts.entry(spec.host.clone()).or_default().namespaces.extend(namespaces);
        }
    }

    /// Adds hosts that nothing names, which are allowed in one namespace or in all.
    fn unknown_hosts(&mut self, namespace: Option<&String>) {
        let any = self.hosts.entry(ANY.to_owned()).or_default();
        any.ports.extend([(80, Scheme::Http), (443, Scheme::Https)]);
        any.namespaces.extend(namespace.cloned());
        any.public |= namespace.is_none();
    }

    fn policies(&mut self, set: &PolicySet) {
        for flow in set.flows() {
            let scheme = scheme_of(&flow);
            let port = (flow.port(), scheme);
            let host = self.hosts.entry(flow.host.value.clone()).or_default();
            host.ports.insert(port);
            host.client(&flow);
            if flow.takes_port() {
                self.taken.entry(flow.port()).or_default().client(&flow);
            }
            // A wildcard declares the hosts below it, too, that an object names.
            if flow.wildcard().is_some() {
                for (_, host) in self.hosts.iter_mut().filter(|(name, _)| wildcard::is_below(name, &flow.host.value)) {
                    host.ports.insert(port);
                    host.client(&flow);
                }
            }
        }
    }

    fn finish(&mut self) {
        if !self.aspects.has(Aspect::OwnHosts) {
            self.hosts.retain(|name, _| name == ANY || self.declared.have(name));
        }
        if !self.aspects.has(Aspect::UnknownHosts) {
            self.hosts.remove(ANY);
        }
        for (port, host) in &mut self.taken {
            host.ports.insert((*port, Scheme::Tcp));
        }
        for host in self.hosts.values_mut() {
            if host.ports.is_empty() {
                host.ports = std::mem::take(&mut host.routed);
            }
            let speaks_grpc = |port: &(u16, Scheme)| port.1 == Scheme::Grpc;
            // A port that a policy declares for gRPC is the same port as the HTTP/2 port of the entry.
            let grpc: Vec<u16> = host.ports.iter().filter(|port| speaks_grpc(port)).map(|(port, _)| *port).collect();
            for port in grpc {
                host.ports.remove(&(port, Scheme::Http));
            }
        }
        let gateways = self.environment.gateways.values().flat_map(|gateway| &gateway.ports).map(|port| port.port);
        let named = self.hosts.values().flat_map(|host| &host.ports).map(|(port, _)| *port);
        let used: BTreeSet<u16> = named.chain(self.taken.keys().copied()).chain(gateways).collect();
        self.free_port = (7001..=u16::MAX).find(|port| !used.contains(port)).unwrap_or(7001);
    }

    /// The namespaces that an object tells apart for a host, or for a destination of its routes. `None` where namespaces whose
    /// Sidecars are alike may be told apart by something else.
    pub(super) fn told_apart(&self, name: &str) -> Option<ToldApart<'_>> {
        let is_plain = name.contains('.') && !name.starts_with('*') && !self.in_cluster(name);
        if !is_plain || self.declared.have(name) || self.names_all_hosts {
            return None;
        }
        let leads_to = match self.leads_to.get(name) {
            Some(leads_to) => leads_to.as_ref()?.iter().map(String::as_str).collect(),
            None => Vec::new(),
        };
        let mut found = ToldApart { hosts: vec![name.to_owned()], namespaces: BTreeSet::new() };
        found.hosts.extend(leads_to.into_iter().map(str::to_owned));
        for name in &found.hosts {
            if self.covering(name).next().is_some() {
                return None;
            }
            let viewers = self.hosts.get(name).into_iter().flat_map(|host| &host.namespaces);
            let declaring = self.declared_in.get(name).into_iter().flatten();
            found.namespaces.extend(viewers.chain(declaring).map(String::as_str));
        }
        Some(found)
    }

    /// A lower bound of the number of classes for hosts, where these namespaces are special and alike with none.
    pub(super) fn count(&self, messages: &Messages, special: &BTreeSet<String>) -> usize {
        let nobody = Labels::new();
        // Where no sidecar captures anything there are no such classes.
        let is_captured = |namespace: &&String| {
            !self.environment.namespaces.contains_key(*namespace)
                || self.environment.most_open_data_plane(namespace, &nobody) != DataPlane::None
        };
        let of_special: usize = special
            .iter()
            .filter(is_captured)
            .map(|namespace| self.everywhere.count_of(namespace, 0).saturating_add(1))
            .sum();
        let of_host = |(name, host): (&String, &Host)| {
            let messages = messages.count_about(name).saturating_add(1);
            let named = host.namespaces.union(&host.clients).filter(is_captured).count();
            let clients = if host.public { of_special.max(named) } else { named };
            let of_port = |(port, scheme): &(u16, Scheme)| {
                let kinds = host.labels.count_everywhere(*port).saturating_add(1);
                let messages = if scheme.is_http() { messages } else { 1 };
                clients.saturating_add(kinds).saturating_mul(messages)
            };
            host.ports.iter().map(of_port).fold(0, usize::saturating_add)
        };
        self.hosts.iter().map(of_host).fold(0, usize::saturating_add)
    }

    /// The wildcards that something names and that match a host, the nearest first; Istio compares the ends of names.
    pub(super) fn covering<'s>(&'s self, host: &'s str) -> impl Iterator<Item = &'s Host> + 's {
        let name = host.strip_prefix('*').unwrap_or(host);
        let suffixes = name.char_indices().filter_map(move |(at, _)| name.get(at..));
        suffixes
            .map(|suffix| format!("*{suffix}"))
            .filter(move |wild| wild != host)
            .filter_map(|wild| self.hosts.get(&wild))
    }
}

/// Whether a rule of the user's own sets the server name of a connection. It matters because gateways allow clients by
/// that name.
fn gives_server_name(rule: &Object<DestinationRule>) -> bool {
    rule.meta.span.is_some()
        && rule.spec.traffic_policy.as_ref().is_some_and(|policy| {
            let of_ports = policy.ports.values().filter_map(|port| port.tls.as_ref());
            policy.tls.iter().chain(of_ports).any(|tls| tls.sni.is_some())
        })
}

/// The namespaces that a DestinationRule names in `exportTo`; `.`, `*` and an empty list stand for its own namespace.
fn viewers_of_rule(rule: &DestinationRule, meta: &Meta) -> BTreeSet<String> {
    let own = || meta.namespace.clone();
    if rule.export_to.is_empty() || rule.export_to.contains(ANY) {
        return BTreeSet::from([own()]);
    }
    rule.export_to.iter().map(|each| if each == "." { own() } else { each.clone() }).collect()
}
