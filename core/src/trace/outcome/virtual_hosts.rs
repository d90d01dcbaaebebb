//! HTTP at a sidecar, by `Host` (core/httproute.go, core/route/route.go).

use super::assumptions::Unknown;
use super::cluster::Arrival;
use super::hosts::HostId;
use super::http::Way;
use super::request::{Reader, Request};
use super::service::{Address, ServiceId};
use super::walk::{Proxy, Step, Walk, answered, unknown};
use super::wire::Payload;
use super::{names, routes};
use crate::istio::OutboundMode;

/// What is behind a `Host` on a port.
struct VirtualHost<'a> {
    service: Option<ServiceId>,
    /// The routes of the VirtualService that owns it; none when the service's own route holds.
    ways: Vec<Way<'a>>,
}

impl<'a> Walk<'a> {
    /// HTTP, by `Host`.
    pub(super) fn by_host(&mut self, proxy: &Proxy<'a>, request: Request) -> Step<Arrival> {
        let port = self.query.port;
        let world = self.world;
        let request = request.read_by(Reader::Sidecar, world.environment.path_normalization);
        let host = request.host();
        let (host, id) = world.canonical(&host, proxy.scope.namespace);
        let id = self.unaliased(proxy, id)?;
        let addressed = self.by_address(proxy, &host);
        for id in std::iter::once(id).chain(addressed).chain(world.hosts.covering(&host)) {
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

    /// The host that has an address among its domains (`generateVirtualHostDomains` of core/httproute.go).
    ///
    /// Each address of a ServiceEntry makes a service of its own, of which the last of a name overwrites the others; and of
    /// several hosts that have an address one keeps it.
    fn by_address(&mut self, proxy: &Proxy<'a>, address: &str) -> Option<HostId> {
        let (world, port) = (self.world, self.query.port);
        let mut owners: Vec<(HostId, bool)> = Vec::new();
        for id in world.addressed(address) {
            let Some(service) = world.registry.get(id) else { continue };
            let is_here = service.ports.iter().any(|each| each.number == port && each.spoken.may_be_http());
            if is_here && world.registry.is_selected(&proxy.scope, id, &mut self.assumptions) {
                let has_others = matches!(&service.address, Address::Fixed(addresses) if addresses.len() > 1);
                owners.push((service.id, has_others));
            }
        }
        owners.dedup();
        let owner = self.assumptions.assume_one_of(
            &owners,
            || Unknown::AddressOwner(address.to_owned()),
            || format!("several hosts have the address `{address}`, of which one keeps it"),
        );
        let (host, has_others) = owner.copied()?;
        let keeps = !has_others
            || self.perhaps(Unknown::KnownBy { host, address: address.to_owned() }, || {
                format!("`{}` has several addresses, of which a sidecar may know one", world.hosts.name(host))
            });
        keeps.then_some(host)
    }

    /// The virtual host of a domain (core/route/route.go, `BuildSidecarVirtualHostWrapper`).
    fn virtual_host(&mut self, proxy: &Proxy<'a>, id: HostId, port: u16) -> Option<VirtualHost<'a>> {
        let world = self.world;
        let domain = world.hosts.name(id);
        let ids = world.registry.selected(&proxy.scope, id, &mut self.assumptions);
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
            && world.registry.any_within(&proxy.scope, domain, port, &mut self.assumptions)
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
            let ages = self.assumptions.ages();
            if yielding.iter().any(|(_, older, _)| ages.is_before(&older.age, &route.age)) {
                continue;
            }
            if service.is_none() && (known.is_some() || !self.has_wrapper(proxy, route, port)) {
                continue;
            }
            let ways = self.ways_at_sidecar(proxy, route, port);
            // "no routes matched": the VirtualService is not there for this proxy.
            if ways.is_empty() {
                continue;
            }
            yielding.push((tier, route, ways));
        }
        let oldest = self.assumptions.oldest_of(&yielding, |(_, route, _)| route.age, |_, _| false, || {
            format!(
                "several VirtualServices are for `{domain}`, of which the oldest wins: the files have no creation times"
            )
        });
        if let Some(id) = oldest.map(|(_, route, _)| route.age.id) {
            let ways = yielding.into_iter().find(|(_, route, _)| route.age.id == id).map(|(_, _, ways)| ways);
            return Some(VirtualHost { service, ways: ways.unwrap_or_default() });
        }
        service.is_some().then_some(VirtualHost { service, ways: Vec::new() })
    }

    /// The first of some VirtualServices: the oldest of the nearest circle.
    fn first_route(&mut self, host: &str, routes: &[(usize, routes::RouteId)]) -> Option<(usize, routes::RouteId)> {
        let world = self.world;
        let (nearest, _) = routes.first().copied()?;
        let near = routes.iter().filter(|(tier, _)| *tier == nearest);
        let rivals: Vec<(routes::RouteId, &routes::Service<'_>)> =
            near.filter_map(|(_, id)| Some((*id, world.routes.get(*id)?))).collect();
        let oldest = self.assumptions.oldest_of(&rivals, |(_, route)| route.age, |_, _| false, || {
            format!(
                "several VirtualServices are for `{host}`, of which the oldest wins: the files have no creation times"
            )
        });
        oldest.map(|(id, _)| (nearest, *id))
    }

    /// Whether a VirtualService has virtual hosts on a port at all: when one of its hosts is an HTTP service there, and
    /// always on port 80 ("This is a gross HACK", core/route/route.go).
    fn has_wrapper(&mut self, proxy: &Proxy<'a>, route: &routes::Service<'a>, port: u16) -> bool {
        let world = self.world;
        port == 80
            || route.host_ids.iter().any(|host| {
                let ids = world.registry.selected(&proxy.scope, *host, &mut self.assumptions);
                ids.iter()
                    .filter_map(|id| world.registry.get(*id))
                    .flat_map(|service| &service.ports)
                    .any(|each| each.number == port && each.spoken.may_be_http())
            })
    }
}
