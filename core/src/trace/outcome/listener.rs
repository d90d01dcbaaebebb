//! One listener of a gateway: the servers of all Gateways on one container port, merged as Istio does.

use std::collections::{BTreeMap, BTreeSet};

use super::age::Age;
use super::doors::Group;
use super::names;
use super::routes::{RouteId, Routes};
use crate::istio::{Gateway, L4Match, L4Route, Object, Server};

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
    /// Servers of two Gateways of which only the older one's is kept.
    conflict: bool,
}

#[derive(Debug)]
pub(super) struct Chain<'w> {
    pub(super) gateway: &'w Object<Gateway>,
    pub(super) server: &'w Server,
    pub(super) kind: Kind<'w>,
    pub(super) name: String,
}

#[derive(Debug)]
pub(super) enum Kind<'w> {
    /// Routes by `Host`.
    Http { route: String, tls: bool, hosts: BTreeMap<String, VirtualHost> },
    /// One route for all of it; several VirtualServices that the oldest wins among.
    Tcp { ways: Vec<(RouteId, &'w L4Route)> },
    /// TLS that is not opened.
    PassThrough { route: RouteId, way: &'w L4Route },
}

/// The VirtualServices of a host.
#[derive(Debug, Default, Clone)]
pub(super) struct VirtualHost {
    pub(super) routes: Vec<Bound>,
    pub(super) redirects_to_https: bool,
}

/// A VirtualService at a server: the name of the Gateway and the number of the server's port decide which of its routes hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) route: RouteId,
    pub(super) gateway: String,
    pub(super) port: u16,
}

impl<'w> Listener<'w> {
    /// `mergeGateways` of pilot/pkg/model/gateway.go for one port, then `buildGatewayListeners` of core/gateway.go.
    pub(super) fn merge(
        group: &Group<'w>,
        container: u16,
        gateways: &[&'w Object<Gateway>],
        here: &dyn Fn(u16) -> bool,
        routes: &Routes<'w>,
    ) -> Self {
        let mut merge = Merge::default();
        for gateway in gateways {
            for server in gateway.spec.servers.iter().filter(|server| here(server.port)) {
                merge.add(gateway, server, container);
            }
        }
        let mut listener = Self {
            name: format!("0.0.0.0_{container}"),
            chains: Vec::new(),
            by_server_name: BTreeMap::new(),
            without_server_name: None,
            clusters: Vec::new(),
            refused: merge.refused,
            conflict: merge.conflict,
        };
        // One Gateway may have thousands of servers and VirtualServices.
        let mut bound: BTreeMap<String, BoundTo<'w, '_>> = BTreeMap::new();
        for accepted in merge.accepted {
            let gateway = format!("{}/{}", accepted.gateway.meta.namespace, accepted.gateway.meta.name);
            let bound = bound
                .entry(gateway)
                .or_insert_with_key(|gateway| BoundTo::of(routes, gateway.clone(), group.namespace));
            listener.build(accepted, bound, routes);
        }
        listener
    }

    /// Why the order of the Gateways matters, when their ages are not known.
    pub(super) fn age_decides(&self, gateways: &[&Object<Gateway>]) -> Option<String> {
        let ages: Vec<Age> = gateways.iter().map(|gateway| Age::of(&gateway.meta)).collect();
        let settled = ages
            .iter()
            .enumerate()
            .all(|(at, a)| ages.iter().enumerate().all(|(other, b)| at == other || a.is_settled(b)));
        (self.conflict && !settled).then(|| {
            format!("Gateways conflict on `{}` and the oldest wins: the files have no creation times", self.name)
        })
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

    fn build(&mut self, accepted: Accepted<'w>, bound: &BoundTo<'w, '_>, routes: &Routes<'w>) {
        let Accepted { gateway, server, hosts, http_route, .. } = accepted;
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
                let virtual_hosts = bound.virtual_hosts(server, &hosts);
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
                self.chain_for(Chain { gateway, server, kind, name }, server_names);
            }
            (None, false) => {
                // Without a VirtualService there is no chain ("listener missed network filter").
                let ways = bound.tcp(server, &hosts, routes);
                if !ways.is_empty() {
                    let kind = Kind::Tcp { ways };
                    let server_names = if server.tls.is_some() { names_of_server } else { Vec::new() };
                    self.chain_for(Chain { gateway, server, kind, name }, server_names);
                }
            }
            (None, true) => {
                for (route, way, each) in bound.tls(server, &hosts, routes) {
                    // `CheckDuplicates` leaves a later match with a known name out.
                    if each.sni_hosts.iter().any(|name| self.by_server_name.contains_key(name)) {
                        continue;
                    }
                    let chain = Chain { gateway, server, kind: Kind::PassThrough { route, way }, name: name.clone() };
                    self.chain_for(chain, each.sni_hosts.clone());
                }
            }
        }
    }

    fn plain(&mut self, route: &str) -> Option<&mut Kind<'w>> {
        self.chains
            .iter_mut()
            .map(|chain| &mut chain.kind)
            .find(|kind| matches!(kind, Kind::Http { route: known, tls: false, .. } if known == route))
    }

    /// Two chains for one server name make Envoy refuse the listener; Istio compares only what is written.
    fn chain_for(&mut self, chain: Chain<'w>, mut server_names: Vec<String>) {
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
                if self.by_server_name.contains_key(&name) {
                    self.refused = twice(&name);
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
    gateway: &'w Object<Gateway>,
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
    tls_hosts: BTreeMap<String, &'w str>,
    plain_is_http: Option<bool>,
    plain_owner: Option<&'w str>,
    any: bool,
    conflict: bool,
    refused: Option<String>,
}

impl<'w> Merge<'w> {
    fn add(&mut self, gateway: &'w Object<Gateway>, server: &'w Server, container: u16) {
        if server.bind.is_some() {
            self.refused = Some(format!(
                "Gateway `{}/{}` binds an address, which is not modelled",
                gateway.meta.namespace, gateway.meta.name
            ));
            return;
        }
        let owner = gateway.meta.name.as_str();
        let hosts = sanitized(server, &gateway.meta.namespace);
        // Names are compared as they are written, before anything else is looked at.
        if server.tls.is_some() {
            if let Some(first) = hosts.iter().find_map(|host| self.tls_hosts.get(host)) {
                self.conflict |= *first != owner;
                return;
            }
            self.tls_hosts.extend(hosts.iter().map(|host| (host.clone(), owner)));
        }
        let http = is_http(server);
        let plain = server.tls.is_none() || http;
        match (self.any, self.plain_is_http) {
            // Plain text came first: only HTTP beside HTTP is merged.
            (true, Some(first_is_http)) => {
                if !(first_is_http && http) {
                    self.conflict |= self.plain_owner != Some(owner);
                    return;
                }
            }
            // TLS came first: plain text gets a chain of its own, and would have been alone had it come first.
            (true, None) if plain => {
                self.conflict = true;
                self.plain_is_http = Some(http);
                self.plain_owner = Some(owner);
            }
            (true, None) => {}
            (false, _) => {
                self.any = true;
                if plain {
                    self.plain_is_http = Some(http);
                    self.plain_owner = Some(owner);
                }
            }
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
        self.accepted.push(Accepted { gateway, server, hosts, http_route });
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

/// The VirtualServices of one Gateway, in order, by their hosts.
struct BoundTo<'w, 'r> {
    routes: &'r Routes<'w>,
    gateway: String,
    order: Vec<(usize, RouteId)>,
    exact: BTreeMap<&'r str, Vec<usize>>,
    wild: Vec<(&'r str, usize)>,
}

impl<'w, 'r> BoundTo<'w, 'r> {
    fn of(routes: &'r Routes<'w>, gateway: String, namespace: &str) -> Self {
        let order = routes.at_gateway(&gateway, namespace);
        let mut exact: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut wild = Vec::new();
        for (at, (_, id)) in order.iter().enumerate() {
            let Some(route) = routes.get(*id) else { continue };
            for host in &route.hosts {
                if names::is_wildcard(host) {
                    wild.push((host.as_str(), at));
                } else {
                    exact.entry(host.as_str()).or_default().push(at);
                }
            }
        }
        Self { routes, gateway, order, exact, wild }
    }

    /// The VirtualServices that a server's host lets in, by place, each with the host that both have in common.
    fn sharing(&self, server_host: &str) -> Vec<(usize, String)> {
        let (namespace, host) = match server_host.split_once('/') {
            Some((namespace, host)) => (Some(namespace), host),
            None => (None, server_host),
        };
        let mut shared: Vec<(usize, String)> = Vec::new();
        if names::is_wildcard(host) {
            let covered = self.exact.iter().filter(|(name, _)| names::is_within(name, host));
            shared.extend(covered.flat_map(|(name, places)| places.iter().map(move |at| (*at, (*name).to_owned()))));
        } else {
            shared.extend(self.exact.get(host).into_iter().flatten().map(|at| (*at, host.to_owned())));
        }
        for (name, at) in &self.wild {
            // `Intersection` of pkg/config/host/names.go: the narrower of the two.
            if names::is_within(host, name) {
                shared.push((*at, host.to_owned()));
            } else if names::is_within(name, host) {
                shared.push((*at, (*name).to_owned()));
            }
        }
        shared.retain(|(at, _)| {
            namespace
                .is_none_or(|namespace| self.route(*at).is_some_and(|(_, route)| route.meta.namespace == namespace))
        });
        shared.sort_unstable();
        shared.dedup();
        shared
    }

    fn route(&self, at: usize) -> Option<(RouteId, &'r super::routes::Service<'w>)> {
        let (_, id) = self.order.get(at)?;
        Some((*id, self.routes.get(*id)?))
    }

    /// `buildGatewayHTTPRouteConfig` of core/gateway.go: one host in several VirtualServices has the routes of all.
    fn virtual_hosts(&self, server: &Server, hosts: &[String]) -> BTreeMap<String, VirtualHost> {
        let redirects_to_https = server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        let mut shared: Vec<(usize, String)> = hosts.iter().flat_map(|host| self.sharing(host)).collect();
        shared.sort_unstable();
        shared.dedup();
        let mut virtual_hosts: BTreeMap<String, VirtualHost> = BTreeMap::new();
        for (at, host) in shared {
            let Some((route, _)) = self.route(at) else { continue };
            let virtual_host = virtual_hosts.entry(host).or_default();
            virtual_host.routes.push(Bound { route, gateway: self.gateway.clone(), port: server.port });
            virtual_host.redirects_to_https |= redirects_to_https;
        }
        if redirects_to_https {
            for host in hosts {
                virtual_hosts.entry(host.clone()).or_default().redirects_to_https = true;
            }
        }
        virtual_hosts
    }

    /// `buildGatewayNetworkFiltersFromTCPRoutes`: the first `tcp` route of the first VirtualService that has one.
    fn tcp(&self, server: &Server, hosts: &[String], routes: &Routes<'w>) -> Vec<(RouteId, &'w L4Route)> {
        let mut places: Vec<usize> = hosts.iter().flat_map(|host| self.sharing(host)).map(|(at, _)| at).collect();
        places.sort_unstable();
        places.dedup();
        let mut ways: Vec<(usize, RouteId, &'w L4Route)> = Vec::new();
        for at in places {
            let Some((tier, id)) = self.order.get(at).copied() else { continue };
            let Some(service) = routes.get(id) else { continue };
            // A later circle never comes before an earlier one.
            if ways.first().is_some_and(|(first, _, _)| *first != tier) {
                break;
            }
            let spec = service.spec;
            let way = spec
                .tcp
                .iter()
                .find(|way| way.matches.is_empty() || way.matches.iter().any(|each| self.holds(each, server)));
            if let Some(way) = way {
                let settled = ways
                    .iter()
                    .all(|(_, other, _)| routes.get(*other).is_some_and(|other| other.age.is_settled(&service.age)));
                if ways.is_empty() || !settled {
                    ways.push((tier, id, way));
                }
            }
        }
        ways.into_iter().map(|(_, id, way)| (id, way)).collect()
    }

    /// `buildGatewayNetworkFiltersFromTLSRoutes`.
    fn tls(&self, server: &Server, hosts: &[String], routes: &Routes<'w>) -> Vec<(RouteId, &'w L4Route, &'w L4Match)> {
        let mut places: Vec<usize> = hosts.iter().flat_map(|host| self.sharing(host)).map(|(at, _)| at).collect();
        places.sort_unstable();
        places.dedup();
        let mut ways = Vec::new();
        for (_, id) in places.into_iter().filter_map(|at| self.order.get(at).copied()) {
            let Some(spec) = routes.get(id).map(|service| service.spec) else { continue };
            for way in &spec.tls {
                ways.extend(way.matches.iter().filter(|each| self.holds(each, server)).map(|each| (id, way, each)));
            }
        }
        ways
    }

    /// `l4SingleMatch`: labels and namespaces of callers are not looked at here.
    fn holds(&self, each: &L4Match, server: &Server) -> bool {
        each.port.is_none_or(|port| port == server.port)
            && (each.gateways.is_empty() || each.gateways.contains(&self.gateway))
    }
}

impl Chain<'_> {
    /// The mode of its TLS; `None` for plain text.
    pub(super) fn mode(&self) -> Option<&str> {
        self.server.tls.as_ref().filter(|_| !is_http(self.server)).map(|tls| tls.mode.as_str())
    }
}
