//! Hosts, and which namespaces see something of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Whose;
use super::labels::Named;
use crate::istio::{DestinationRule, ExportTo, Meta, Object, Objects, OutboundMode, ServiceEntry, VirtualService};
use crate::model::{Environment, Flow, PolicySet};
use crate::resource::{Labels, OutboundTrafficPolicy};
use crate::trace::{Scheme, scheme_of};

/// What is named of one host, which may be a wildcard.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// What may be dialled.
    pub(super) doors: BTreeSet<(u16, Scheme)>,
    /// What a route names, for hosts that no ServiceEntry has.
    routed: BTreeSet<(u16, Scheme)>,
    /// Namespaces that see something of it that others do not.
    pub(super) namespaces: BTreeSet<String>,
    /// Whether all namespaces see something of it.
    pub(super) public: bool,
    /// Labels of clients that routes and policies name.
    pub(super) labels: Named,
}

impl Host {
    fn client(&mut self, flow: &Flow) {
        self.namespaces.insert(flow.client_namespace().to_owned());
        if let Some(selector) = &flow.client.selector {
            self.labels.add(Some(flow.client_namespace()), Some(flow.port()), &selector.value);
        }
    }

    fn matched(&mut self, each: &Match, public: bool, viewers: &BTreeSet<String>) {
        self.public |= public;
        self.namespaces.extend(viewers.iter().cloned());
        match each.namespace {
            // A route for one namespace makes it unlike others, with or without labels.
            Some(namespace) if public || viewers.contains(namespace) => {
                self.namespaces.insert(namespace.to_owned());
                self.labels.add(Some(namespace), each.port, each.labels);
            }
            Some(_) => {}
            None if public => self.labels.add(None, each.port, each.labels),
            None => {
                for namespace in viewers {
                    self.labels.add(Some(namespace), each.port, each.labels);
                }
            }
        }
    }
}

/// The hosts that clients see, and the namespaces that are not like others.
#[derive(Debug)]
pub(super) struct Seen<'m> {
    environment: &'m Environment,
    pub(super) hosts: BTreeMap<String, Host>,
    /// Ports that TCP without an address takes, whatever host is dialled.
    pub(super) taken: BTreeMap<u16, Host>,
    /// Namespaces whose view of public hosts is their own.
    pub(super) special: BTreeSet<String>,
    /// Labels that tell workloads of a special namespace apart, whatever they ask for.
    pub(super) everywhere: Named,
    /// What is spoken on the ports of external hosts, whoever sees them.
    pub(super) spoken: BTreeMap<(String, u16), Scheme>,
}

/// Every host that has no row of its own.
const ANY: &str = "*";

impl<'m> Seen<'m> {
    pub(super) fn of(objects: &Objects, environment: &'m Environment, set: Option<&PolicySet>) -> Self {
        let mut seen = Self {
            environment,
            hosts: BTreeMap::new(),
            taken: BTreeMap::new(),
            special: BTreeSet::new(),
            everywhere: Named::default(),
            spoken: BTreeMap::new(),
        };
        for entry in &objects.service_entries {
            seen.entry(entry);
        }
        for service in &objects.virtual_services {
            seen.route(service);
        }
        for rule in &objects.destination_rules {
            seen.rule(rule);
        }
        for sidecar in &objects.sidecars {
            let namespace = &sidecar.meta.namespace;
            seen.own(namespace);
            if let Some(selector) = &sidecar.spec.selector {
                seen.everywhere.add(Some(namespace), None, selector);
            }
            if sidecar.spec.outbound.is_some_and(|mode| mode != OutboundMode::RegistryOnly) {
                seen.unknown_hosts((*namespace != environment.root_namespace).then_some(namespace));
            }
        }
        for other in objects.others.iter().filter(|other| other.spec.parents.is_empty()) {
            seen.own(&other.meta.namespace);
            if let Some(selector) = &other.spec.selector {
                seen.everywhere.add(Some(&other.meta.namespace), None, selector);
            }
        }
        if environment.outbound_traffic_policy == OutboundTrafficPolicy::AllowAny {
            seen.unknown_hosts(None);
        }
        if let Some(set) = set {
            seen.policies(set);
        }
        seen.finish();
        seen
    }

    /// Whether something that only this namespace sees is for clients, and not for the gateway that is there.
    fn has_clients(&self, namespace: &str) -> bool {
        if !self.environment.gateways.values().any(|gateway| gateway.namespace == namespace) {
            return true;
        }
        self.environment.namespaces.get(namespace).is_some_and(|known| {
            known.injection.as_ref().is_some_and(|injection| injection.value)
                || known.known().any(|workload| workload.sidecar == Some(true))
        })
    }

    fn own(&mut self, namespace: &str) {
        // The root namespace's hold everywhere, where nothing is nearer.
        if namespace != self.environment.root_namespace && self.has_clients(namespace) {
            self.special.insert(namespace.to_owned());
        }
    }

    fn in_cluster(&self, host: &str) -> bool {
        !host.contains('.') && host != ANY || host.ends_with(&format!(".svc.{}", self.environment.cluster_domain))
    }

    fn viewers(&self, export_to: &ExportTo, own: &str) -> (bool, BTreeSet<String>) {
        let (public, namespaces) = match export_to {
            ExportTo::Nobody => return (false, BTreeSet::new()),
            // Its own namespace prefers it to others'.
            ExportTo::Public => (true, BTreeSet::from([own.to_owned()])),
            ExportTo::Namespaces(namespaces) => (false, namespaces.clone()),
        };
        (public, namespaces.into_iter().filter(|namespace| self.has_clients(namespace)).collect())
    }

    fn entry(&mut self, entry: &Object<ServiceEntry>) {
        let doors: Vec<(u16, Scheme)> = entry
            .spec
            .ports
            .iter()
            .flat_map(|port| schemes(&port.protocol).iter().map(|scheme| (port.number, *scheme)))
            .collect();
        for host in &entry.spec.hosts {
            for (port, scheme) in doors.iter().rev() {
                self.spoken.insert((host.clone(), *port), *scheme);
            }
        }
        let (public, namespaces) = self.viewers(&entry.spec.export_to, &entry.meta.namespace);
        if entry.spec.internal || (!public && namespaces.is_empty()) {
            return;
        }
        for host in &entry.spec.hosts {
            let known = self.hosts.entry(host.clone()).or_default();
            known.public |= public;
            known.namespaces.extend(namespaces.iter().cloned());
            known.doors.extend(doors.iter().copied());
        }
        // Without an address such a port is everybody's.
        for (port, _) in doors.iter().filter(|(_, scheme)| *scheme == Scheme::Tcp) {
            let any = self.taken.entry(*port).or_default();
            any.public |= public;
            any.namespaces.extend(namespaces.iter().cloned());
        }
    }

    fn route(&mut self, service: &Object<VirtualService>) {
        let Object { meta, spec } = service;
        if !spec.gateways.iter().any(|gateway| gateway == "mesh") {
            return;
        }
        let (public, namespaces) = self.viewers(&spec.export_to, &meta.namespace);
        if !public && namespaces.is_empty() {
            return;
        }
        let matches = matches(spec);
        let hosts: Vec<&String> = spec.hosts.iter().filter(|host| !self.in_cluster(host)).collect();
        for each in &matches {
            let port = each.port.unwrap_or(usual(each.scheme));
            for host in &hosts {
                let known = self.hosts.entry((*host).clone()).or_default();
                known.routed.insert((port, each.scheme));
                known.matched(each, public, &namespaces);
            }
            if each.scheme == Scheme::Tcp {
                self.taken.entry(port).or_default().matched(each, public, &namespaces);
            }
        }
    }

    fn rule(&mut self, rule: &Object<DestinationRule>) {
        let Object { meta, spec } = rule;
        // What egressc makes is for namespaces that have rows already.
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

    /// Hosts that nothing names are let out, for a namespace or for all.
    fn unknown_hosts(&mut self, namespace: Option<&String>) {
        let any = self.hosts.entry(ANY.to_owned()).or_default();
        any.doors.extend([(80, Scheme::Http), (443, Scheme::Https)]);
        any.namespaces.extend(namespace.cloned());
        any.public |= namespace.is_none();
    }

    fn policies(&mut self, set: &PolicySet) {
        for flow in set.flows() {
            let scheme = scheme_of(&flow);
            let door = (flow.port(), scheme);
            let host = self.hosts.entry(flow.host.value.clone()).or_default();
            host.doors.insert(door);
            host.client(&flow);
            if scheme == Scheme::Tcp {
                self.taken.entry(flow.port()).or_default().client(&flow);
            }
        }
    }

    fn finish(&mut self) {
        for (port, host) in &mut self.taken {
            host.doors.insert((*port, Scheme::Tcp));
        }
        for host in self.hosts.values_mut() {
            if host.doors.is_empty() {
                host.doors = std::mem::take(&mut host.routed);
            }
            let speaks_grpc = |door: &(u16, Scheme)| door.1 == Scheme::Grpc;
            // A port that a policy declares for gRPC is the same port as the entry's HTTP/2.
            let grpc: Vec<u16> = host.doors.iter().filter(|door| speaks_grpc(door)).map(|(port, _)| *port).collect();
            for port in grpc {
                host.doors.remove(&(port, Scheme::Http));
            }
        }
    }

    /// How many questions there are at the least, without what hosts and routes add to it.
    pub(super) fn count(&self) -> usize {
        let kinds = |namespace: &String| {
            let named = self.everywhere.of(&Whose::Named(namespace.clone()), 0).collect::<BTreeSet<_>>();
            named.len().saturating_add(1)
        };
        let special = self.special.iter().map(kinds).fold(0, usize::saturating_add);
        let of_host = |host: &Host| {
            let clients = if host.public { special.max(host.namespaces.len()) } else { host.namespaces.len() };
            host.doors.len().saturating_mul(clients.saturating_add(1))
        };
        self.hosts.values().map(of_host).fold(0, usize::saturating_add)
    }

    /// The wildcards that cover a host and that something names, the nearest first.
    pub(super) fn covering<'s>(&'s self, host: &'s str) -> impl Iterator<Item = &'s Host> + 's {
        let name = host.strip_prefix('*').unwrap_or(host);
        let suffixes = name.match_indices('.').filter_map(move |(at, _)| name.get(at..));
        suffixes
            .map(|suffix| format!("*{suffix}"))
            .filter(move |wild| wild != host)
            .filter_map(|wild| self.hosts.get(&wild))
    }
}

/// `.` and nothing at all as Istio reads them for DestinationRules.
fn viewers_of_rule(rule: &DestinationRule, meta: &Meta) -> BTreeSet<String> {
    let own = || meta.namespace.clone();
    if rule.export_to.is_empty() || rule.export_to.contains(ANY) {
        return BTreeSet::from([own()]);
    }
    rule.export_to.iter().map(|each| if each == "." { own() } else { each.clone() }).collect()
}

/// What a match names.
struct Match<'s> {
    scheme: Scheme,
    port: Option<u16>,
    labels: &'s Labels,
    namespace: Option<&'s str>,
}

fn matches(service: &VirtualService) -> Vec<Match<'_>> {
    static NOBODY: Labels = Labels::new();
    let mut matches = Vec::new();
    for route in &service.http {
        if route.matches.is_empty() {
            matches.push(Match { scheme: Scheme::Http, port: None, labels: &NOBODY, namespace: None });
        }
        matches.extend(route.matches.iter().map(|each| Match {
            scheme: Scheme::Http,
            port: each.port,
            labels: &each.source_labels,
            namespace: each.source_namespace.as_deref(),
        }));
    }
    for (scheme, routes) in [(Scheme::Https, &service.tls), (Scheme::Tcp, &service.tcp)] {
        matches.extend(routes.iter().flat_map(|route| &route.matches).map(|each| Match {
            scheme,
            port: each.port,
            labels: &each.source_labels,
            namespace: each.source_namespace.as_deref(),
        }));
    }
    matches.retain(|each| each.scheme != Scheme::Tcp || each.port.is_some());
    matches
}

fn usual(scheme: Scheme) -> u16 {
    if scheme.is_tls() { 443 } else { 80 }
}

/// How a port is asked for; where nothing is said, a proxy looks at the first bytes.
fn schemes(protocol: &str) -> &'static [Scheme] {
    match protocol.to_ascii_lowercase().as_str() {
        "http" | "http_proxy" => &[Scheme::Http],
        "http2" | "grpc" | "grpc-web" => &[Scheme::Grpc],
        "https" => &[Scheme::Https],
        "tls" => &[Scheme::Tls],
        "tcp" | "mongo" | "mysql" | "redis" => &[Scheme::Tcp],
        "udp" => &[],
        _ => &[Scheme::Http, Scheme::Https],
    }
}
