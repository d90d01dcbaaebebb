//! A sidecar's listeners for what leaves its pod (core/listener.go, core/httproute.go, core/tls.go).

use super::cluster::{self, Arrival};
use super::hosts::HostId;
use super::http::Way;
use super::registry::{Address, Kind, Service, ServiceId, Spoken, on_port, spoken_on};
use super::routes::MESH;
use super::walk::{Front, Proxy, Step, Walk, answered, cut, unknown};
use super::wire::{Outer, Payload, Request};
use super::{names, routes};
use crate::istio::{L4Match, L4Route, OutboundMode};
use crate::trace::Stop;

/// What a listener has for all that no other chain is for.
const CATCH_ALL: &str = "PassthroughFilterChain";

/// A filter chain of bytes: what is written for it, or its service's own cluster.
#[derive(Clone)]
struct Chain<'a> {
    /// Its server names, in order; empty for all.
    server_names: Vec<&'a str>,
    /// The same as they are written.
    written: &'a [String],
    service: ServiceId,
    /// The route, unless no VirtualService has one for this caller.
    way: Option<(&'a routes::Service<'a>, &'a L4Route)>,
    /// How near the VirtualService is.
    tier: usize,
}

impl Chain<'_> {
    /// A service's own cluster, for all that is left.
    fn of(service: ServiceId) -> Self {
        Self { server_names: Vec::new(), written: &[], service, way: None, tier: 0 }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.way, &other.way) {
            (Some((_, a)), Some((_, b))) => std::ptr::eq(*a, *b),
            (None, None) => self.service == other.service,
            _ => false,
        }
    }
}

/// What is behind a `Host` on a port.
struct VirtualHost<'a> {
    service: Option<ServiceId>,
    /// The routes of the VirtualService that owns it; none when the service's own route holds.
    ways: Vec<Way<'a>>,
}

impl<'a> Walk<'a> {
    /// From the application to the next hop.
    pub(super) fn outbound(&mut self, proxy: &Proxy<'a>) -> Step<Arrival> {
        self.arrive_at(Stop::Sidecar);
        if let Some(sidecar) = proxy.scope.sidecar {
            self.decided(&sidecar.meta, sidecar.spec.span);
        }
        let query = self.query;
        let payload = Payload::of(query);
        for id in self.world.registry.mixed(query.port) {
            if let Some(service) = self
                .world
                .registry
                .get(id)
                .filter(|_| self.world.registry.is_selected(&proxy.scope, id, &mut self.chances))
            {
                Self::unmixed(service)?;
            }
        }
        if let Some(service) = self.dialled(proxy)
            && let Some(arrival) = self.own_listener(proxy, service, &payload)?
        {
            return Ok(arrival);
        }
        for (_, id) in on_port(&proxy.scope, query.port, Kind::Network) {
            let host = self.world.registry.get(id).map_or("", |service| &*service.host);
            if self.perhaps(&format!("network {host}"), || {
                format!("whether the dialled address is in the network of `{host}` is not known")
            }) {
                let chain = self.tcp_chain(proxy, id);
                return self.bytes(proxy, &payload, &chain);
            }
        }
        let port = query.port;
        let has_http = self.exists(proxy, Kind::Http);
        let has_open = self.exists(proxy, Kind::Open);
        let has_tls = self.exists(proxy, Kind::Tls);
        if !has_http && !has_open && !has_tls {
            self.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
            return self.unmatched("virtualOutbound-catchall-tcp", proxy, &payload);
        }
        self.hop(|hop| hop.listener = Some(format!("0.0.0.0_{port}")));
        self.server_first(proxy)?;
        match &payload {
            Payload::Http(request) if has_http => {
                self.front = Front::Http;
                self.hop(|hop| hop.chain = Some("http".to_owned()));
                return self.by_host(proxy, request.clone());
            }
            Payload::Tls(Some(server_name)) if has_tls => {
                if let Some(chain) = self.by_server_name(proxy, server_name)? {
                    return self.bytes(proxy, &payload, &chain);
                }
            }
            _ => {}
        }
        if has_open && let Some(id) = self.first_open(proxy) {
            let chain = self.tcp_chain(proxy, id);
            return self.bytes(proxy, &payload, &chain);
        }
        self.unmatched(CATCH_ALL, proxy, &payload)
    }

    fn on_port(&self, proxy: &Proxy<'a>, kind: Kind) -> Vec<(usize, ServiceId)> {
        on_port(&proxy.scope, self.query.port, kind).collect()
    }

    fn exists(&mut self, proxy: &Proxy<'a>, kind: Kind) -> bool {
        let world = self.world;
        on_port(&proxy.scope, self.query.port, kind)
            .any(|(_, id)| world.registry.is_selected(&proxy.scope, id, &mut self.chances))
    }

    /// The service whose own address the client dials, if any.
    fn dialled(&mut self, proxy: &Proxy<'a>) -> Option<ServiceId> {
        let (world, query) = (self.world, self.query);
        let (host, id) = world.canonical(&query.host, proxy.scope.namespace);
        for id in world.registry.selected(&proxy.scope, id, &mut self.chances).iter().copied() {
            let Some(service) = world.registry.get(id) else { continue };
            if !service.ports.iter().any(|port| port.number == query.port) {
                continue;
            }
            let at_its_address = match &service.address {
                Address::None | Address::Networks => false,
                Address::Cluster | Address::Automatic => true,
                Address::Fixed(_) if world.environment.dns_capture => true,
                // Addresses that nobody has are only dialled by those whom Istio's DNS gave them.
                Address::Fixed(addresses) if addresses.iter().all(|address| is_reserved(address)) => false,
                Address::Fixed(_) => self.perhaps(&format!("address {host}"), || {
                    format!("whether `{host}` resolves to an address of its ServiceEntry is not known")
                }),
            };
            if at_its_address {
                return Some(id);
            }
        }
        // An address that is dialled as such.
        if world.addresses.is_empty() || query.host.parse::<std::net::IpAddr>().is_err() {
            return None;
        }
        world.addressed(&query.host).find(|id| world.registry.is_selected(&proxy.scope, *id, &mut self.chances))
    }

    /// A listener on a service's own address; HTTP has none.
    fn own_listener(&mut self, proxy: &Proxy<'a>, id: ServiceId, payload: &Payload) -> Step<Option<Arrival>> {
        let (world, query) = (self.world, self.query);
        let Some(service) = world.registry.get(id) else { return Ok(None) };
        let Some(spoken) = service.ports.iter().find(|port| port.number == query.port).map(|port| port.spoken) else {
            return Ok(None);
        };
        if matches!(spoken, Spoken::Http | Spoken::Udp) {
            return Ok(None);
        }
        self.hop(|hop| hop.listener = Some(format!("{}_{}", address_of(service), query.port)));
        if spoken == Spoken::Any
            && let Payload::Http(request) = payload
        {
            self.front = Front::Http;
            return self.by_host(proxy, request.clone()).map(Some);
        }
        if spoken == Spoken::Tls {
            let chains = self.tls_chains(proxy, id);
            if chains.iter().all(|chain| chain.way.is_none()) {
                // The address says which service it is: no server name is asked for (core/tls.go).
                let chain = Chain::of(id);
                return self.bytes(proxy, payload, &chain).map(Some);
            }
            let name = if let Payload::Tls(name) = payload { name.clone() } else { None };
            for name in name.iter().flat_map(|name| world.hosts.domains(name)).map(|name| world.hosts.name(name)) {
                let named: Vec<Chain<'a>> =
                    chains.iter().filter(|chain| chain.server_names.contains(&name)).cloned().collect();
                if let Some(chain) = self.first_chain(name, &named)? {
                    return self.bytes(proxy, payload, &chain).map(Some);
                }
            }
            return self.unmatched(CATCH_ALL, proxy, payload).map(Some);
        }
        let chain = self.tcp_chain(proxy, id);
        self.bytes(proxy, payload, &chain).map(Some)
    }

    /// `MySQL` and MongoDB wait for the server to speak: Istio keeps them apart from what must be looked at first
    /// (core/listener.go, `isConflictWithWellKnownPort`).
    fn server_first(&mut self, proxy: &Proxy<'a>) -> Step<()> {
        let port = self.query.port;
        let mut spoken = spoken_on(&proxy.scope, port);
        let is_first = |spoken: Spoken| spoken == Spoken::ServerFirst;
        if spoken.any(is_first) && spoken_on(&proxy.scope, port).any(|spoken| !is_first(spoken)) {
            return unknown(format!("port {port} has MySQL or MongoDB beside other protocols"));
        }
        Ok(())
    }

    /// What no filter chain is for (`core/listener_builder.go`, `buildOutboundCatchAllNetworkFiltersOnly`).
    fn unmatched(&mut self, chain: &str, proxy: &Proxy<'a>, payload: &Payload) -> Step<Arrival> {
        self.hop(|hop| hop.chain = Some(chain.to_owned()));
        match proxy.scope.outbound {
            OutboundMode::RegistryOnly => {
                self.cluster(|| "BlackHoleCluster".to_owned());
                cut(Some("UH"))
            }
            OutboundMode::AllowAny => self.pass_through(payload),
            OutboundMode::Proxy => unknown("`outboundTrafficPolicy.egressProxy` of a Sidecar is not modelled"),
        }
    }

    fn pass_through(&mut self, payload: &Payload) -> Step<Arrival> {
        let query = self.query;
        self.cluster(|| "PassthroughCluster".to_owned());
        self.hop(|hop| {
            hop.encryption = Some(super::wire::Leg { outer: Outer::Plain, payload: payload.clone() }.encryption());
        });
        self.note(format!("`{}` is reached past every gateway: unknown hosts are let out (ALLOW_ANY)", query.host));
        self.reached(&query.host.to_ascii_lowercase(), query.port, &Outer::Plain, payload)
    }

    /// HTTP, by `Host`.
    fn by_host(&mut self, proxy: &Proxy<'a>, request: Request) -> Step<Arrival> {
        let port = self.query.port;
        let world = self.world;
        let host = request.host();
        let (host, id) = world.canonical(&host, proxy.scope.namespace);
        for id in std::iter::once(id).chain(world.hosts.covering(&host)) {
            let domain = world.hosts.name(id);
            if domain == "*" {
                break;
            }
            let Some(VirtualHost { service, ways }) = self.virtual_host(proxy, id, port) else { continue };
            if let Some(meta) = service.and_then(|id| self.world.registry.get(id)).and_then(|service| service.meta)
                && let Some(route) = self.world.strangers.route_for(&meta.name)
            {
                return unknown(format!("Gateway API route `{route}` is for `{domain}`, which is not modelled"));
            }
            if ways.is_empty() {
                // Its own route, straight to its cluster (`BuildDefaultHTTPOutboundRoute`).
                self.hop(|hop| hop.route = Some("default".to_owned()));
                return self.follow(proxy, domain, port, "", Payload::Http(request));
            }
            let Some(way) = self.first_match(&ways, &request) else {
                for way in &ways {
                    self.decided(way.service.meta, way.route.span);
                }
                return answered(404, Some("NR"));
            };
            let (host, port, subset, request) = self.take(proxy, way, request)?;
            return self.follow(proxy, &host, port, subset, Payload::Http(request));
        }
        // `buildCatchAllVirtualHost` of core/httproute.go.
        match proxy.scope.outbound {
            OutboundMode::RegistryOnly => {
                self.hop(|hop| hop.route = Some("block_all".to_owned()));
                answered(502, None)
            }
            OutboundMode::AllowAny => {
                self.hop(|hop| hop.route = Some("allow_any".to_owned()));
                self.pass_through(&Payload::Http(request))
            }
            OutboundMode::Proxy => unknown("`outboundTrafficPolicy.egressProxy` of a Sidecar is not modelled"),
        }
    }

    /// The virtual host of a domain (core/route/route.go, `BuildSidecarVirtualHostWrapper`).
    fn virtual_host(&mut self, proxy: &Proxy<'a>, id: HostId, port: u16) -> Option<VirtualHost<'a>> {
        let world = self.world;
        let domain = world.hosts.name(id);
        let ids = world.registry.selected(&proxy.scope, id, &mut self.chances);
        let on_port = |id: &ServiceId| {
            world
                .registry
                .get(*id)
                .and_then(|service| service.ports.iter().find(|each| each.number == port))
                .map(|each| each.spoken)
        };
        // The last of several overwrites the others in `servicesByName`.
        let known = ids.iter().rev().find_map(|id| Some((*id, on_port(id)?)));
        let service = known.filter(|(_, spoken)| spoken.may_be_http()).map(|(id, _)| id);
        let exact = world.routes.for_host(&proxy.scope, id);
        // A wildcard that is for any service is not for hosts that nobody has registered (`separateVSHostsAndServices`).
        if service.is_none()
            && names::is_wildcard(domain)
            && !exact.is_empty()
            && world.registry.any_within(&proxy.scope, domain, port, &mut self.chances)
        {
            return None;
        }
        let mut owners = exact;
        if service.is_some() && (owners.is_empty() || names::is_wildcard(domain)) {
            // A wildcard's owns a service only where nothing more specific is for it, and then it is the first of its
            // name, whether or not it says anything to this proxy (`computeWildcardHostVirtualServiceIndex`).
            if owners.is_empty() {
                let mut wildcards =
                    world.hosts.covering(domain).map(|wildcard| world.routes.for_host(&proxy.scope, wildcard));
                owners = wildcards.find(|found| !found.is_empty()).unwrap_or_default();
            }
            owners = self.first_route(domain, &owners).into_iter().collect();
        }
        let mut yielding: Vec<(usize, &'a routes::Service<'a>, Vec<Way<'a>>)> = Vec::new();
        for (tier, id) in owners {
            if yielding.first().is_some_and(|(first, _, _)| *first != tier) {
                break;
            }
            let Some(route) = world.routes.get(id) else { continue };
            if service.is_none() && (known.is_some() || !self.has_wrapper(proxy, route, port)) {
                continue;
            }
            let ways = self.ways_at_sidecar(proxy, route, port);
            // "no routes matched": the VirtualService is not there for this proxy.
            if ways.is_empty() {
                continue;
            }
            if yielding.iter().all(|(_, other, _)| !other.age.is_settled(&route.age)) {
                yielding.push((tier, route, ways));
            }
        }
        let pick = self.chances.choose(format_args!("owner {domain}"), yielding.len(), || {
            format!(
                "several VirtualServices are for `{domain}`, of which the oldest wins: the files have no creation times"
            )
        });
        if let Some((_, _, ways)) = yielding.into_iter().nth(pick) {
            return Some(VirtualHost { service, ways });
        }
        service.is_some().then_some(VirtualHost { service, ways: Vec::new() })
    }

    /// The first of some VirtualServices, as far as their ages are known.
    fn first_route(&mut self, host: &str, routes: &[(usize, routes::RouteId)]) -> Option<(usize, routes::RouteId)> {
        let world = self.world;
        let (nearest, first) = routes.first().copied()?;
        let age = |id: routes::RouteId| world.routes.get(id).map(|route| &route.age);
        let unsettled = |id: routes::RouteId| match (age(first), age(id)) {
            (Some(first), Some(other)) => !first.is_settled(other),
            _ => false,
        };
        let rivals: Vec<routes::RouteId> = routes
            .iter()
            .filter(|(tier, id)| *tier == nearest && (*id == first || unsettled(*id)))
            .map(|(_, id)| *id)
            .collect();
        let pick = self.chances.choose(format_args!("first route {host}"), rivals.len(), || {
            format!(
                "several VirtualServices are for `{host}`, of which the oldest wins: the files have no creation times"
            )
        });
        rivals.get(pick).map(|id| (nearest, *id))
    }

    /// Whether a VirtualService has virtual hosts on a port at all: when one of its hosts is an HTTP service there, and
    /// always on port 80 ("This is a gross HACK", core/route/route.go).
    fn has_wrapper(&mut self, proxy: &Proxy<'a>, route: &routes::Service<'a>, port: u16) -> bool {
        let world = self.world;
        port == 80
            || route.host_ids.iter().any(|host| {
                let ids = world.registry.selected(&proxy.scope, *host, &mut self.chances);
                ids.iter()
                    .filter_map(|id| world.registry.get(*id))
                    .flat_map(|service| &service.ports)
                    .any(|each| each.number == port && each.spoken.may_be_http())
            })
    }

    /// The chain of a server name, the most specific first.
    fn by_server_name(&mut self, proxy: &Proxy<'a>, server_name: &str) -> Step<Option<Chain<'a>>> {
        for name in self.world.hosts.domains(server_name) {
            let chains = self.chains_for(proxy, name);
            if !chains.is_empty() {
                return self.first_chain(self.world.hosts.name(name), &chains);
            }
        }
        Ok(None)
    }

    /// The chain that stays of those that have a server name, in the order in which they are built.
    ///
    /// Chains of equal names are told apart before they reach Envoy: the first stays (`mergeTCPFilterChains`).
    /// Others that overlap make Envoy refuse the listener.
    fn first_chain(&mut self, name: &str, chains: &[Chain<'a>]) -> Step<Option<Chain<'a>>> {
        let Some(first) = chains.first() else { return Ok(None) };
        let again = |chain: &Chain<'_>| chain.service == first.service && chain.written != first.written;
        if chains.iter().any(|chain| chain.server_names != first.server_names || again(chain)) {
            return unknown(format!(
                "filter chains of several VirtualServices overlap in server name `{name}`, and Envoy refuses the listener"
            ));
        }
        let mut rivals: Vec<&Chain<'a>> = vec![first];
        for chain in chains {
            if !rivals.iter().any(|rival| rival.is_same(chain)) && !self.comes_after(first, chain) {
                rivals.push(chain);
            }
        }
        let pick = self.chances.choose(format_args!("chain {name}"), rivals.len(), || {
            format!("several routes are for server name `{name}`, of which the oldest wins: the files have no creation times")
        });
        Ok(rivals.get(pick).map(|chain| (*chain).clone()))
    }

    /// Whether it is known that one chain is built before another.
    fn comes_after(&self, first: &Chain<'_>, chain: &Chain<'_>) -> bool {
        self.world.registry.is_settled(first.service, chain.service)
            && match (&first.way, &chain.way) {
                (Some((a, _)), Some((b, _))) => {
                    std::ptr::eq(*a, *b) || first.tier != chain.tier || a.age.is_settled(&b.age)
                }
                _ => true,
            }
    }

    /// The chains of a port that have a server name, in the order in which they are built.
    fn chains_for(&mut self, proxy: &Proxy<'a>, name: HostId) -> Vec<Chain<'a>> {
        let world = self.world;
        let mut hosts: Vec<HostId> = vec![name];
        let mut any_wildcard = false;
        for (_, id) in world.routes.for_server_name(&proxy.scope, name) {
            if let Some(route) = world.routes.get(id) {
                any_wildcard |= route.hosts.iter().any(|host| names::is_wildcard(host));
                hosts.extend(&route.host_ids);
            }
        }
        // A service of a wildcard host is for its VirtualServices' hosts too.
        let covering: Vec<HostId> =
            hosts.iter().flat_map(|host| world.hosts.covering(world.hosts.name(*host))).collect();
        hosts.extend(covering);
        hosts.sort_unstable();
        hosts.dedup();
        let mut services: Vec<ServiceId> = Vec::new();
        if any_wildcard {
            let overlaps =
                |service: &Service<'_>| hosts.iter().any(|host| names::overlap(world.hosts.name(*host), &service.host));
            let all = on_port(&proxy.scope, self.query.port, Kind::Tls).map(|(_, id)| id);
            services.extend(all.filter(|id| world.registry.get(*id).is_some_and(overlaps)));
        } else {
            for host in &hosts {
                services.extend(world.registry.selected(&proxy.scope, *host, &mut self.chances).iter());
            }
        }
        // Ids are in the order of age; of several circles the nearer comes first.
        let mut ordered: Vec<(usize, ServiceId)> = Vec::new();
        for id in services {
            let Some(service) = world.registry.get(id) else { continue };
            let speaks_tls =
                service.ports.iter().any(|port| port.number == self.query.port && port.spoken == Spoken::Tls);
            if speaks_tls
                && service.address == Address::None
                && world.registry.is_selected(&proxy.scope, id, &mut self.chances)
            {
                ordered.push((0, id));
            }
        }
        ordered.sort_unstable();
        ordered.dedup();
        let name = world.hosts.name(name);
        let chains = ordered.into_iter().flat_map(|(_, id)| self.tls_chains(proxy, id));
        chains.filter(|chain| chain.server_names.contains(&name)).collect()
    }

    /// `buildSidecarOutboundTLSFilterChainOpts`: the `tls` matches that hold for this caller; without any, the service's
    /// own cluster.
    fn tls_chains(&mut self, proxy: &Proxy<'a>, id: ServiceId) -> Vec<Chain<'a>> {
        let world = self.world;
        let Some(service) = world.registry.get(id) else { return Vec::new() };
        let mut chains: Vec<Chain<'a>> = Vec::new();
        for (tier, route_id) in world.routes.for_service(&proxy.scope, &world.hosts, service) {
            let Some(route) = world.routes.get(route_id) else { continue };
            for way in &route.spec.tls {
                for each in &way.matches {
                    if !self.holds(proxy, each) {
                        continue;
                    }
                    // The first of equal matches takes it; they are compared as they are written
                    // (`hashRuntimeTLSMatchPredicates`).
                    let server_names = sorted(&each.sni_hosts);
                    let chain =
                        Chain { server_names, written: &each.sni_hosts, service: id, way: Some((route, way)), tier };
                    let earlier = chains.iter().find(|known| known.written == each.sni_hosts);
                    if earlier.is_none_or(|earlier| !self.comes_after(earlier, &chain)) {
                        chains.push(chain);
                    }
                }
            }
        }
        if chains.is_empty() {
            chains.push(Chain { server_names: vec![&service.host], ..Chain::of(id) });
        }
        chains
    }

    /// `buildSidecarOutboundTCPFilterChainOpts`: the first `tcp` route that holds; without any, the service's cluster.
    fn tcp_chain(&mut self, proxy: &Proxy<'a>, id: ServiceId) -> Chain<'a> {
        let world = self.world;
        let own = Chain::of(id);
        let Some(service) = world.registry.get(id) else { return own };
        let mut found: Vec<(usize, &'a routes::Service<'a>, &'a L4Route)> = Vec::new();
        for (tier, route_id) in world.routes.for_service(&proxy.scope, &world.hosts, service) {
            if found.first().is_some_and(|(first, _, _)| *first != tier) {
                break;
            }
            let Some(route) = world.routes.get(route_id) else { continue };
            let way = route
                .spec
                .tcp
                .iter()
                .find(|way| way.matches.is_empty() || way.matches.iter().any(|each| self.holds(proxy, each)));
            if let Some(way) = way
                && found.iter().all(|(_, other, _)| !other.age.is_settled(&route.age))
            {
                found.push((tier, route, way));
            }
        }
        let pick = self.chances.choose(format_args!("tcp {}", service.host), found.len(), || {
            format!(
                "several VirtualServices route TCP of `{}`, of which the oldest wins: the files have no creation times",
                service.host
            )
        });
        Chain { way: found.get(pick).map(|(_, route, way)| (*route, *way)), ..own }
    }

    /// `matchTLS`, `matchTCP`: all of gateways, labels, port and namespace.
    fn holds(&mut self, proxy: &Proxy<'a>, each: &L4Match) -> bool {
        (each.gateways.is_empty() || each.gateways.iter().any(|gateway| gateway == MESH))
            && each.port.is_none_or(|port| port == self.query.port)
            && each.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
            && self.has_labels(proxy, &each.source_labels)
            && ((each.subnets.is_empty() && each.strange.is_empty())
                || self.perhaps(&format!("subnets {:?}", each.subnets), || {
                    "whether the dialled address is in `destinationSubnets` is not known".to_owned()
                }))
    }

    /// The address-less service that takes what is left of a port: the first that has one (core/listener.go,
    /// `mergeTCPFilterChains`).
    fn first_open(&mut self, proxy: &Proxy<'a>) -> Option<ServiceId> {
        let world = self.world;
        let mut used: Vec<(usize, ServiceId)> = Vec::new();
        for (tier, id) in self.on_port(proxy, Kind::Open) {
            // Of a circle whose ages are known only the first matters.
            let follows = used.iter().any(|(known, first)| *known == tier && world.registry.is_settled(*first, id));
            if !follows && world.registry.is_selected(&proxy.scope, id, &mut self.chances) && self.opens(proxy, id) {
                used.push((tier, id));
            }
        }
        let firsts = world.registry.firsts(&used);
        let port = self.query.port;
        let pick = self.chances.choose(format_args!("open {port}"), firsts.len(), || {
            format!("several TCP hosts without an address share port {port}, and which one takes everything depends on their ages or on Istio's version")
        });
        firsts.get(pick).copied()
    }

    /// Whether a service adds a chain for all that is left. One that does not say what it speaks does so only when it is
    /// the first that may be HTTP: on every address HTTP's listener counts as one that looks (core/listener.go,
    /// `listenerPortProtocol`), and such a one is not added to it.
    fn opens(&mut self, proxy: &Proxy<'a>, id: ServiceId) -> bool {
        let (world, port) = (self.world, self.query.port);
        let is_any =
            |service: &Service<'_>| service.ports.iter().any(|each| each.number == port && each.spoken == Spoken::Any);
        if !world.registry.get(id).is_some_and(is_any) {
            return true;
        }
        let mut used = Vec::new();
        for (tier, other) in self.on_port(proxy, Kind::Http) {
            if world.registry.is_selected(&proxy.scope, other, &mut self.chances) {
                used.push((tier, other));
            }
        }
        let firsts = world.registry.firsts(&used);
        let pick = self.chances.choose(format_args!("first that may be HTTP on {port}"), firsts.len(), || {
            format!("several hosts of port {port} may be HTTP, and the order of their ages matters where one does not say so")
        });
        firsts.get(pick) == Some(&id)
    }

    /// Follows a chain of bytes.
    fn bytes(&mut self, proxy: &Proxy<'a>, payload: &Payload, chain: &Chain<'a>) -> Step<Arrival> {
        self.front = Front::Bytes;
        let (world, query) = (self.world, self.query);
        let Some(service) = world.registry.get(chain.service) else { return cut(Some("NR")) };
        if let Some(meta) = service.meta {
            self.decided(meta, service.span);
            if let Some(route) = world.strangers.route_for(&meta.name) {
                return unknown(format!(
                    "Gateway API route `{route}` is for `{}`, which is not modelled",
                    service.host
                ));
            }
        }
        self.hop(|hop| {
            let named =
                if chain.server_names.is_empty() { service.host.to_string() } else { chain.server_names.join(",") };
            hop.chain = Some(named);
        });
        let Some((route, way)) = chain.way else {
            let port = match service.ports.as_slice() {
                [only] => only.number,
                _ => query.port,
            };
            return self.follow(proxy, &service.host, port, "", payload.clone());
        };
        self.decided(route.meta, way.span);
        let weighted = self.weighed(&way.route, route)?;
        let host = cluster::host_of(&weighted.to, &route.meta.namespace, &world.environment.cluster_domain);
        let port = self.port_of(proxy, &host, weighted.to.port, query.port);
        self.follow(proxy, &host, port, &weighted.to.subset, payload.clone())
    }
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn address_of(service: &Service<'_>) -> String {
    match &service.address {
        Address::Fixed(addresses) => addresses.first().cloned().unwrap_or_default(),
        Address::Cluster | Address::Automatic | Address::None | Address::Networks => service.host.to_string(),
    }
}

/// 240.0.0.0/4: no host has such an address.
fn is_reserved(address: &str) -> bool {
    address
        .parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.octets().first().is_some_and(|first| *first >= 240))
}
