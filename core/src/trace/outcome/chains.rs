//! Bytes at a sidecar: the filter chains of TLS, by server name, and of TCP (core/listener.go, core/tls.go).

use std::cell::OnceCell;

use super::assumptions::{MOST_RUNS, Unknown};
use super::cluster::{self, Arrival};
use super::creation_order::ObjectId;
use super::hosts::HostId;
use super::registry::{Kind, on_port};
use super::routes::MESH;
use super::service::{Address, Service, ServiceId, Spoken};
use super::walk::{Front, Proxy, Step, Walk, cut, unknown};
use super::wire::Payload;
use super::{names, routes};
use crate::istio::{L4Match, L4Route};

/// A filter chain of bytes: what is written for it, or its service's own cluster.
#[derive(Clone)]
pub(super) struct Chain<'a> {
    /// Its server names, in order; empty for all.
    pub(super) server_names: Vec<&'a str>,
    /// The same as they are written.
    written: &'a [String],
    service: ServiceId,
    /// The route, unless no VirtualService has one for this caller.
    pub(super) way: Option<(&'a routes::Service<'a>, &'a L4Route)>,
    /// How near the VirtualService is.
    tier: usize,
}

impl Chain<'_> {
    /// A service's own cluster, for all that is left.
    pub(super) fn of(service: ServiceId) -> Self {
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

impl<'a> Walk<'a> {
    /// The chain of a server name, the most specific first.
    pub(super) fn by_server_name(&mut self, proxy: &Proxy<'a>, server_name: &str) -> Step<Option<Chain<'a>>> {
        for name in self.world.hosts.domains(server_name) {
            let chains = self.chains_for(proxy, name);
            if !chains.is_empty() {
                return self.first_chain(proxy, self.world.hosts.name(name), &chains);
            }
        }
        Ok(None)
    }

    /// The chain that stays of those that have a server name, in the order in which they are built.
    ///
    /// Chains of equal names are told apart before they reach Envoy: the first stays (`mergeTCPFilterChains`).
    /// Others that overlap make Envoy refuse the listener.
    pub(super) fn first_chain(
        &mut self,
        proxy: &Proxy<'a>,
        name: &str,
        chains: &[Chain<'a>],
    ) -> Step<Option<Chain<'a>>> {
        let Some(first) = chains.first() else { return Ok(None) };
        let refused = || {
            unknown(format!(
                "filter chains of several VirtualServices overlap in server name `{name}`, and Envoy refuses the listener"
            ))
        };
        if chains.iter().any(|chain| chain.server_names != first.server_names) {
            return refused();
        }
        let why = || {
            format!(
                "several routes are for server name `{name}`, of which the oldest wins: the files have no creation times"
            )
        };
        if chains.iter().all(|chain| chain.is_same(first) && chain.written == first.written) {
            return Ok(Some(first.clone()));
        }
        // Those of the first service come first, and of them the oldest of the nearest circle.
        let world = self.world;
        let mut services: Vec<(usize, ServiceId)> = Vec::new();
        for chain in chains {
            if !services.iter().any(|(_, known)| *known == chain.service) {
                services.extend(world.registry.with_tier(&proxy.scope, chain.service));
            }
        }
        let service = world.registry.first_of(&services, |_, _| false, &mut self.assumptions, why);
        let of_service = || chains.iter().filter(|chain| Some(chain.service) == service);
        let Some(first) = of_service().next() else { return Ok(None) };
        if of_service().any(|chain| chain.written != first.written) {
            return refused();
        }
        let near: Vec<(&Chain<'a>, &routes::Service<'_>)> = of_service()
            .filter(|chain| chain.tier == first.tier)
            .filter_map(|chain| Some((chain, chain.way.as_ref()?.0)))
            .collect();
        let oldest = self.assumptions.oldest_of(&near, |(_, route)| route.age, |(a, _), (b, _)| a.is_same(b), why);
        Ok(Some(oldest.map_or(first, |(chain, _)| *chain).clone()))
    }

    /// Whether it is known that one chain of a service is built before another.
    fn comes_after(&self, first: &Chain<'_>, chain: &Chain<'_>) -> bool {
        match (&first.way, &chain.way) {
            (Some((a, _)), Some((b, _))) => {
                a.age.id == b.age.id || first.tier < chain.tier || self.assumptions.ages().is_before(&a.age, &b.age)
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
                services.extend(world.registry.selected(&proxy.scope, *host, &mut self.assumptions).iter());
            }
        }
        // Chains are built service by service: of several circles the nearer comes first, and ids are in the order of age
        // (`buildSidecarOutboundListeners` of core/listener.go goes through `servicesExportedToNamespace`).
        let mut ordered: Vec<(usize, ServiceId)> = Vec::new();
        for id in services {
            let Some(service) = world.registry.get(id) else { continue };
            let speaks_tls =
                service.ports.iter().any(|port| port.number == self.query.port && port.spoken == Spoken::Tls);
            if speaks_tls
                && service.address == Address::None
                && world.registry.is_selected(&proxy.scope, id, &mut self.assumptions)
            {
                ordered.extend(world.registry.with_tier(&proxy.scope, id));
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
    pub(super) fn tls_chains(&mut self, proxy: &Proxy<'a>, id: ServiceId) -> Vec<Chain<'a>> {
        let world = self.world;
        let Some(service) = world.registry.get(id) else { return Vec::new() };
        let mut chains: Vec<Chain<'a>> = Vec::new();
        for (tier, route_id) in world.routes.for_service(&proxy.scope, &world.hosts, service) {
            let Some(route) = world.routes.get(route_id) else { continue };
            for way in &route.spec.tls {
                for each in &way.matches {
                    if !self.holds(proxy, route.age.id, each) {
                        continue;
                    }
                    // The first of equal matches takes it; they are compared as they are written
                    // (`hashRuntimeTLSMatchPredicates`).
                    let server_names = sorted(&each.sni_hosts);
                    let chain =
                        Chain { server_names, written: &each.sni_hosts, service: id, way: Some((route, way)), tier };
                    let mut alike = chains.iter().filter(|known| known.written == each.sni_hosts);
                    if !alike.any(|earlier| self.comes_after(earlier, &chain)) {
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
    pub(super) fn tcp_chain(&mut self, proxy: &Proxy<'a>, id: ServiceId) -> Chain<'a> {
        let world = self.world;
        let own = Chain::of(id);
        let Some(service) = world.registry.get(id) else { return own };
        let mut found: Vec<(usize, &'a routes::Service<'a>, &'a L4Route)> = Vec::new();
        for (tier, route_id) in world.routes.for_service(&proxy.scope, &world.hosts, service) {
            if found.first().is_some_and(|(first, _, _)| *first != tier) {
                break;
            }
            let Some(route) = world.routes.get(route_id) else { continue };
            let way = route.spec.tcp.iter().find(|way| {
                way.matches.is_empty() || way.matches.iter().any(|each| self.holds(proxy, route.age.id, each))
            });
            if let Some(way) = way
                && !found.iter().any(|(_, other, _)| self.assumptions.ages().is_before(&other.age, &route.age))
            {
                found.push((tier, route, way));
            }
        }
        let oldest = self.assumptions.oldest_of(&found, |(_, route, _)| route.age, |_, _| false, || {
            format!(
                "several VirtualServices route TCP of `{}`, of which the oldest wins: the files have no creation times",
                service.host
            )
        });
        Chain { way: oldest.map(|(_, route, way)| (*route, *way)), ..own }
    }

    /// `matchTLS`, `matchTCP`: all of gateways, labels, port and namespace.
    fn holds(&mut self, proxy: &Proxy<'a>, route: ObjectId, each: &L4Match) -> bool {
        (each.gateways.is_empty() || each.gateways.iter().any(|gateway| gateway == MESH))
            && each.port.is_none_or(|port| port == self.query.port)
            && each.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
            && self.has_labels(proxy, &each.source_labels)
            && (each.subnets.is_empty() || self.is_so(Unknown::Subnets(each.subnets.clone())))
            && (each.strange.is_empty() || self.is_so(Unknown::L4Match { route, fields: each.strange.clone() }))
    }

    fn is_so(&mut self, dialled: Unknown) -> bool {
        self.perhaps(dialled, || "whether the dialled address is in `destinationSubnets` is not known".to_owned())
    }

    /// The address-less service that takes what is left of a port: the first that has one (core/listener.go,
    /// `mergeTCPFilterChains`).
    pub(super) fn first_open(&mut self, proxy: &Proxy<'a>) -> Option<ServiceId> {
        let world = self.world;
        let looks = OnceCell::new();
        let mut used: Vec<(usize, ServiceId)> = Vec::new();
        for (tier, id) in on_port(&proxy.scope, self.query.port, Kind::Open) {
            // Of a circle whose ages are known only the first matters.
            let is_older = |(known, first): &(usize, ServiceId)| {
                *known == tier && world.registry.is_before(*first, id, &self.assumptions)
            };
            if !used.iter().any(is_older)
                && world.registry.is_selected(&proxy.scope, id, &mut self.assumptions)
                && self.opens(proxy, id, &looks)
            {
                used.push((tier, id));
            }
            if are_too_many(&used) {
                break;
            }
        }
        let port = self.query.port;
        world.registry.first_of(&used, |_, _| false, &mut self.assumptions, || {
            format!("several TCP hosts without an address share port {port}, and which one takes everything depends on their ages or on Istio's version")
        })
    }

    /// Whether a service adds a chain for all that is left. One that does not say what it speaks does so only when it is
    /// the first that may be HTTP: on every address HTTP's listener counts as one that looks (core/listener.go,
    /// `listenerPortProtocol`), and such a one is not added to it.
    fn opens(&mut self, proxy: &Proxy<'a>, id: ServiceId, looks: &OnceCell<Option<ServiceId>>) -> bool {
        let (world, port) = (self.world, self.query.port);
        let is_any =
            |service: &Service<'_>| service.ports.iter().any(|each| each.number == port && each.spoken == Spoken::Any);
        if !world.registry.get(id).is_some_and(is_any) {
            return true;
        }
        *looks.get_or_init(|| self.first_that_looks(proxy)) == Some(id)
    }

    /// The first service of a port that may be HTTP.
    fn first_that_looks(&mut self, proxy: &Proxy<'a>) -> Option<ServiceId> {
        let (world, port) = (self.world, self.query.port);
        let mut used: Vec<(usize, ServiceId)> = Vec::new();
        for (tier, other) in on_port(&proxy.scope, port, Kind::Http) {
            let is_older = |(known, first): &(usize, ServiceId)| {
                *known == tier && world.registry.is_before(*first, other, &self.assumptions)
            };
            if !used.iter().any(is_older) && world.registry.is_selected(&proxy.scope, other, &mut self.assumptions) {
                used.push((tier, other));
            }
            if are_too_many(&used) {
                break;
            }
        }
        world.registry.first_of(&used, |_, _| false, &mut self.assumptions, || {
            format!("several hosts of port {port} may be HTTP, and the order of their ages matters where one does not say so")
        })
    }

    /// Follows a chain of bytes.
    pub(super) fn bytes(&mut self, proxy: &Proxy<'a>, payload: &Payload, chain: &Chain<'a>) -> Step<Arrival> {
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
        let at = self.visit;
        let weighted = self.weighed(&way.route, || cluster::destination(at, route, way), route)?;
        let host = cluster::host_of(&weighted.to, &route.meta.namespace, &world.environment.cluster_domain);
        let port = self.port_of(proxy, &host, weighted.to.port, query.port);
        self.follow(proxy, &host, port, &weighted.to.subset, payload.clone())
    }
}

/// Whether these rivals are more than can be tried: then others would not change that the answer is unknown.
fn are_too_many(rivals: &[(usize, ServiceId)]) -> bool {
    rivals.len() > MOST_RUNS && rivals.first().map(|(tier, _)| tier) == rivals.last().map(|(tier, _)| tier)
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names
}
