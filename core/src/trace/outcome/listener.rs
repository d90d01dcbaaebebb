//! One listener of a gateway: the servers of all Gateways on one container port, merged as Istio does.

use std::collections::{BTreeMap, BTreeSet};

use super::creation_order::{CreationOrder, ObjectAge};
use super::doors::Group;
use super::gateway_bindings::{BoundTo, VirtualHost};
use super::names;
use super::routes::{self, RouteId, Routes};
use crate::istio::{Gateway, L4Route, Object, Server};

#[derive(Debug)]
pub(super) struct Listener<'w> {
    pub(super) name: String,
    chains: Vec<Chain<'w>>,
    by_server_name: BTreeMap<String, usize>,
    without_server_name: Option<usize>,
    /// Hosts that `AUTO_PASSTHROUGH` servers pass on to, each by the name of its cluster as server name.
    clusters: Vec<String>,
    /// Why Envoy refuses the listener as a whole.
    pub(super) refused: Option<String>,
    /// Objects of which only the older one's servers, or chains, are kept; the first two whose ages are not known.
    pub(super) rivals: Option<Rivals<'w>>,
}

/// Two objects of which the older has its way at a listener.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rivals<'w> {
    Gateways(ObjectAge<'w>, ObjectAge<'w>),
    VirtualServices(ObjectAge<'w>, ObjectAge<'w>),
}

/// A Gateway that selects the pods.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selecting<'w> {
    pub(super) gateway: &'w Object<Gateway>,
    pub(super) age: ObjectAge<'w>,
}

#[derive(Debug)]
pub(super) struct Chain<'w> {
    pub(super) gateway: &'w Object<Gateway>,
    age: ObjectAge<'w>,
    pub(super) server: &'w Server,
    pub(super) kind: Kind<'w>,
    pub(super) name: String,
}

#[derive(Debug)]
pub(super) enum Kind<'w> {
    /// Routes by `Host`.
    Http { route: String, tls: bool, hosts: BTreeMap<String, VirtualHost<'w>> },
    /// One route for all of it; several VirtualServices that the oldest wins among.
    Tcp { ways: Vec<(RouteId, &'w L4Route)> },
    /// TLS that is not opened.
    PassThrough { route: RouteId, way: &'w L4Route },
}

impl<'w> Listener<'w> {
    /// `mergeGateways` of pilot/pkg/model/gateway.go for one port, then `buildGatewayListeners` of core/gateway.go.
    pub(super) fn merge(
        group: &Group<'w>,
        container: u16,
        gateways: &[Selecting<'w>],
        here: &dyn Fn(u16) -> bool,
        routes: &Routes<'w>,
        ages: &CreationOrder,
    ) -> Self {
        let mut merge = Merge::default();
        for selecting in gateways {
            for server in selecting.gateway.spec.servers.iter().filter(|server| here(server.port)) {
                merge.add(*selecting, server, container, ages);
            }
        }
        let mut listener = Self {
            name: format!("0.0.0.0_{container}"),
            chains: Vec::new(),
            by_server_name: BTreeMap::new(),
            without_server_name: None,
            clusters: Vec::new(),
            refused: merge.refused,
            rivals: merge.rivals.map(|(older, younger)| Rivals::Gateways(older, younger)),
        };
        // One Gateway may have thousands of servers and VirtualServices.
        let mut bound: BTreeMap<String, BoundTo<'w, '_>> = BTreeMap::new();
        for accepted in merge.accepted {
            let gateway = {
                let meta = &accepted.selecting.gateway.meta;
                format!("{}/{}", meta.namespace, meta.name)
            };
            let bound = bound
                .entry(gateway)
                .or_insert_with_key(|gateway| BoundTo::of(routes, gateway.clone(), group.namespace, ages));
            listener.build(accepted, bound, routes, ages);
        }
        listener
    }

    /// Whether anything listens at all.
    pub(super) fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// Envoy's choice: the exact server name, then the longest wildcard, then the chain without one.
    pub(super) fn chain(&self, server_name: Option<&str>) -> Option<&Chain<'w>> {
        let by_name = server_name.and_then(|name| {
            let name = name.to_ascii_lowercase();
            self.by_server_name
                .get(&name)
                .copied()
                .or_else(|| names::wildcards(&name).find_map(|wildcard| self.by_server_name.get(&wildcard).copied()))
        });
        by_name.or(self.without_server_name).and_then(|at| self.chains.get(at))
    }

    /// Whether a server name is that of a cluster which a server passes on to: `outbound_.<port>_.<subset>_.<host>`
    /// (`builtAutoPassthroughFilterChains` of core/gateway.go).
    pub(super) fn passes_to_cluster(&self, server_name: Option<&str>) -> bool {
        let host = server_name
            .filter(|_| !self.clusters.is_empty())
            .and_then(|name| name.strip_prefix("outbound_."))
            .and_then(|name| name.splitn(3, "_.").nth(2));
        host.is_some_and(|host| self.clusters.iter().any(|known| names::is_within(host, known)))
    }

    /// The chains, each with the server names that it is for; none is every other name.
    pub(super) fn chains(&self) -> impl Iterator<Item = (&Chain<'w>, Vec<&str>)> {
        let mut names: Vec<Vec<&str>> = vec![Vec::new(); self.chains.len()];
        for (name, at) in &self.by_server_name {
            if let Some(names) = names.get_mut(*at) {
                names.push(name);
            }
        }
        self.chains.iter().zip(names)
    }

    fn build(&mut self, accepted: Accepted<'w>, bound: &BoundTo<'w, '_>, routes: &Routes<'w>, ages: &CreationOrder) {
        let Accepted { selecting: Selecting { gateway, age }, server, hosts, http_route } = accepted;
        let names_of_server: Vec<String> = hosts.iter().map(|host| bare(host).to_owned()).collect();
        let name = if server.port_name.is_empty() { server.port.to_string() } else { server.port_name.clone() };
        let terminates = server.tls.is_some() && !is_http(server) && !is_passthrough(server);
        if server.tls.as_ref().is_some_and(|tls| tls.mode == "AUTO_PASSTHROUGH") && http_route.is_none() {
            // Its chains are the clusters', and `tls` routes are not looked at.
            self.clusters.extend(names_of_server);
            return;
        }
        match (&http_route, is_passthrough(server)) {
            (Some(route), _) => {
                let virtual_hosts = bound.virtual_hosts(server, age, &hosts);
                // Plain servers of one port share a route configuration (`ServersByRouteName`).
                if !terminates && let Some(Kind::Http { hosts: known, .. }) = self.plain(route) {
                    for (host, more) in virtual_hosts {
                        let known = known.entry(host).or_default();
                        known.routes.extend(more.routes);
                        known.redirects_to_https |= more.redirects_to_https;
                    }
                    return;
                }
                let kind = Kind::Http { route: route.clone(), tls: terminates, hosts: virtual_hosts };
                let server_names = if terminates { names_of_server } else { Vec::new() };
                self.chain_for(Chain { gateway, age, server, kind, name }, server_names, ages);
            }
            (None, false) => {
                // Without a VirtualService there is no chain ("listener missed network filter").
                let ways = bound.tcp(server, &hosts, routes, ages);
                if !ways.is_empty() {
                    let kind = Kind::Tcp { ways };
                    let server_names = if server.tls.is_some() { names_of_server } else { Vec::new() };
                    self.chain_for(Chain { gateway, age, server, kind, name }, server_names, ages);
                }
            }
            (None, true) => {
                for (place, way, each) in bound.tls(server, &hosts, routes) {
                    let Some((route, service)) = bound.route(place) else { continue };
                    let kind = Kind::PassThrough { route, way };
                    let chain = Chain { gateway, age, server, kind, name: name.clone() };
                    // `CheckDuplicates` leaves a later match with a known name out.
                    let mut is_known = false;
                    for name in &each.sni_hosts {
                        let Some(at) = self.by_server_name.get(name).copied() else { continue };
                        is_known = true;
                        self.clash(at, &chain, ages);
                        self.clash_of_routes(at, &chain, (bound, place, service), ages);
                    }
                    if !is_known {
                        self.chain_for(chain, each.sni_hosts.clone(), ages);
                    }
                }
            }
        }
    }

    /// Notes that a chain that is built already would not be there, had another Gateway been older.
    fn clash(&mut self, at: usize, chain: &Chain<'w>, ages: &CreationOrder) {
        if let Some(known) = self.chains.get(at)
            && ages.order(&known.age, &chain.age).is_none()
        {
            self.rivals.get_or_insert(Rivals::Gateways(known.age, chain.age));
        }
    }

    /// The same of VirtualServices of one circle at one server.
    fn clash_of_routes(
        &mut self,
        at: usize,
        chain: &Chain<'w>,
        (bound, place, service): (&BoundTo<'w, '_>, usize, &routes::Service<'w>),
        ages: &CreationOrder,
    ) {
        let Some(known) = self.chains.get(at).filter(|known| std::ptr::eq(known.server, chain.server)) else { return };
        let Kind::PassThrough { route, .. } = &known.kind else { return };
        let tier =
            |of: &dyn Fn(&(usize, RouteId)) -> bool| bound.order.iter().find(|each| of(each)).map(|(tier, _)| *tier);
        let is_near = tier(&|(_, id)| id == route) == bound.order.get(place).map(|(tier, _)| *tier);
        let other = bound.routes.get(*route).map(|other| other.age);
        if let Some(other) = other.filter(|other| is_near && ages.order(other, &service.age).is_none()) {
            self.rivals.get_or_insert(Rivals::VirtualServices(other, service.age));
        }
    }

    fn plain(&mut self, route: &str) -> Option<&mut Kind<'w>> {
        self.chains
            .iter_mut()
            .map(|chain| &mut chain.kind)
            .find(|kind| matches!(kind, Kind::Http { route: known, tls: false, .. } if known == route))
    }

    /// Two chains for one server name make Envoy refuse the listener; Istio compares only what is written.
    fn chain_for(&mut self, chain: Chain<'w>, mut server_names: Vec<String>, ages: &CreationOrder) {
        server_names.sort_unstable();
        server_names.dedup();
        let at = self.chains.len();
        let twice = |name: &str| {
            Some(format!("two filter chains of `0.0.0.0` are for server name `{name}`, and Envoy refuses the listener"))
        };
        if server_names.is_empty() || server_names.iter().any(|name| name == "*") {
            if self.without_server_name.replace(at).is_some() {
                self.refused = twice("*");
            }
        } else {
            for name in server_names {
                if let Some(known) = self.by_server_name.get(&name).copied() {
                    self.refused = twice(&name);
                    // The other way round a match that is passed through would have been left out.
                    if self.chains.get(known).is_some_and(|known| matches!(known.kind, Kind::PassThrough { .. })) {
                        self.clash(known, &chain, ages);
                    }
                }
                self.by_server_name.insert(name, at);
            }
        }
        self.chains.push(chain);
    }
}

/// `PASSTHROUGH`, which is also what `tls: {}` means.
fn is_passthrough(server: &Server) -> bool {
    server.tls.as_ref().is_some_and(|tls| matches!(tls.mode.as_str(), "PASSTHROUGH" | "AUTO_PASSTHROUGH"))
}

fn is_http(server: &Server) -> bool {
    matches!(server.protocol.to_ascii_lowercase().as_str(), "http" | "http2" | "grpc" | "grpc-web" | "http_proxy")
}

/// The part of `namespace/host` after the slash.
fn bare(host: &str) -> &str {
    host.split_once('/').map_or(host, |(_, host)| host)
}

#[derive(Debug)]
struct Accepted<'w> {
    selecting: Selecting<'w>,
    server: &'w Server,
    /// `namespace/host`, or `host` for all namespaces.
    hosts: Vec<String>,
    /// The route configuration of HTTP servers.
    http_route: Option<String>,
}

#[derive(Debug, Default)]
struct Merge<'w> {
    accepted: Vec<Accepted<'w>>,
    https_routes: BTreeSet<String>,
    tls_hosts: BTreeMap<String, ObjectAge<'w>>,
    /// The Gateways of TLS that came before any plain text.
    tls_owners: Vec<ObjectAge<'w>>,
    /// The first plain text of the port: whether it is HTTP, and whose.
    plain: Option<(bool, ObjectAge<'w>)>,
    rivals: Option<(ObjectAge<'w>, ObjectAge<'w>)>,
    refused: Option<String>,
}

impl<'w> Merge<'w> {
    fn add(&mut self, selecting: Selecting<'w>, server: &'w Server, container: u16, ages: &CreationOrder) {
        let Selecting { gateway, age } = selecting;
        if server.bind.is_some() {
            self.refused = Some(format!(
                "Gateway `{}/{}` binds an address, which is not modelled",
                gateway.meta.namespace, gateway.meta.name
            ));
            return;
        }
        let mut rivals = self.rivals;
        // Were this one the older, the other's server would fare otherwise.
        let mut clash = |older: ObjectAge<'w>| {
            if ages.order(&older, &age).is_none() {
                rivals.get_or_insert((older, age));
            }
        };
        let hosts = sanitized(server, &gateway.meta.namespace);
        let http = is_http(server);
        let is_plain = server.tls.is_none() || http;
        let mut is_left_out = false;
        // Names are compared as they are written, before anything else is looked at.
        if server.tls.is_some() {
            for owner in hosts.iter().filter_map(|host| self.tls_hosts.get(host)) {
                is_left_out = true;
                clash(*owner);
            }
            if !is_left_out {
                self.tls_hosts.extend(hosts.iter().map(|host| (host.clone(), age)));
            }
        }
        // Plain text that comes first lets nothing beside it but HTTP beside HTTP.
        if !is_left_out
            && let Some((first_is_http, owner)) = self.plain
            && !(first_is_http && http)
        {
            is_left_out = true;
            clash(owner);
        }
        // After TLS plain text gets a chain of its own, and would have been alone had it come first.
        if !is_left_out && is_plain {
            self.tls_owners.iter().for_each(|owner| clash(*owner));
            self.plain.get_or_insert((http, age));
        } else if !is_left_out && self.tls_owners.last() != Some(&age) {
            self.tls_owners.push(age);
        }
        self.rivals = rivals;
        if is_left_out {
            return;
        }
        let http_route = if http {
            Some(format!("http.{container}"))
        } else if server.protocol.eq_ignore_ascii_case("https") && !is_passthrough(server) && server.tls.is_some() {
            Some(format!("https.{}.{}.{}.{}", server.port, server.port_name, gateway.meta.name, gateway.meta.namespace))
        } else {
            None
        };
        // A second HTTPS server of one name has no route configuration of its own.
        if let Some(route) = http_route.as_ref().filter(|_| !http)
            && !self.https_routes.insert(route.clone())
        {
            return;
        }
        self.accepted.push(Accepted { selecting, server, hosts, http_route });
    }
}

/// `sanitizeServerHostNamespace`: `./h` is of the Gateway's namespace, `*/h` of any.
fn sanitized(server: &Server, namespace: &str) -> Vec<String> {
    if server.hosts.iter().any(|host| host == "*/*") {
        return vec!["*".to_owned()];
    }
    let resolve = |host: &String| match host.split_once('/') {
        Some((".", host)) => format!("{namespace}/{host}"),
        Some(("*", host)) => host.to_owned(),
        _ => host.clone(),
    };
    server.hosts.iter().map(resolve).collect()
}

impl Chain<'_> {
    /// The mode of its TLS; `None` for plain text.
    pub(super) fn mode(&self) -> Option<&str> {
        self.server.tls.as_ref().filter(|_| !is_http(self.server)).map(|tls| tls.mode.as_str())
    }
}
