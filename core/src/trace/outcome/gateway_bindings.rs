//! The VirtualServices that are bound to a Gateway, by the hosts that they share with its servers.

use std::collections::BTreeMap;

use super::creation_order::{CreationOrder, ObjectAge};
use super::names;
use super::routes::{self, RouteId, Routes};
use crate::istio::{L4Match, L4Route, Server};

/// The VirtualServices of a host.
#[derive(Debug, Default, Clone)]
pub(super) struct VirtualHost<'w> {
    /// In the order of servers, and of circles at a server.
    pub(super) routes: Vec<Bound<'w>>,
    pub(super) redirects_to_https: bool,
}

/// A VirtualService at a server: the name of the Gateway and the number of the server's port decide which of its routes hold.
#[derive(Debug, Clone)]
pub(super) struct Bound<'w> {
    pub(super) route: RouteId,
    /// How near it is.
    pub(super) tier: usize,
    pub(super) gateway: String,
    pub(super) gateway_age: ObjectAge<'w>,
    pub(super) server: &'w Server,
}

/// The VirtualServices of one Gateway, in order, by their hosts.
pub(super) struct BoundTo<'w, 'r> {
    pub(super) routes: &'r Routes<'w>,
    gateway: String,
    /// With how near they are.
    pub(super) order: Vec<(usize, RouteId)>,
    exact: BTreeMap<&'r str, Vec<usize>>,
    wild: Vec<(&'r str, usize)>,
}

impl<'w, 'r> BoundTo<'w, 'r> {
    pub(super) fn of(routes: &'r Routes<'w>, gateway: String, namespace: &str, ages: &CreationOrder) -> Self {
        let order = routes.at_gateway(&gateway, namespace, ages);
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

    pub(super) fn route(&self, at: usize) -> Option<(RouteId, &'r routes::Service<'w>)> {
        let (_, id) = self.order.get(at)?;
        Some((*id, self.routes.get(*id)?))
    }

    /// `buildGatewayHTTPRouteConfig` of core/gateway.go: one host in several VirtualServices has the routes of all.
    pub(super) fn virtual_hosts(
        &self,
        server: &'w Server,
        gateway_age: ObjectAge<'w>,
        hosts: &[String],
    ) -> BTreeMap<String, VirtualHost<'w>> {
        let redirects_to_https = server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        let mut shared: Vec<(usize, String)> = hosts.iter().flat_map(|host| self.sharing(host)).collect();
        shared.sort_unstable();
        shared.dedup();
        let mut virtual_hosts: BTreeMap<String, VirtualHost<'w>> = BTreeMap::new();
        for (at, host) in shared {
            let Some((tier, route)) = self.order.get(at).copied() else { continue };
            let virtual_host = virtual_hosts.entry(host).or_default();
            virtual_host.routes.push(Bound { route, tier, gateway: self.gateway.clone(), gateway_age, server });
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
    pub(super) fn tcp(
        &self,
        server: &Server,
        hosts: &[String],
        routes: &Routes<'w>,
        ages: &CreationOrder,
    ) -> Vec<(RouteId, &'w L4Route)> {
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
                let is_before =
                    |other: RouteId| routes.get(other).is_some_and(|other| ages.is_before(&other.age, &service.age));
                if !ways.iter().any(|(_, other, _)| is_before(*other)) {
                    ways.push((tier, id, way));
                }
            }
        }
        ways.into_iter().map(|(_, id, way)| (id, way)).collect()
    }

    /// `buildGatewayNetworkFiltersFromTLSRoutes`; each with the place of its VirtualService.
    pub(super) fn tls(
        &self,
        server: &Server,
        hosts: &[String],
        routes: &Routes<'w>,
    ) -> Vec<(usize, &'w L4Route, &'w L4Match)> {
        let mut places: Vec<usize> = hosts.iter().flat_map(|host| self.sharing(host)).map(|(at, _)| at).collect();
        places.sort_unstable();
        places.dedup();
        let mut ways = Vec::new();
        for at in places {
            let Some(spec) = self.order.get(at).and_then(|(_, id)| routes.get(*id)).map(|service| service.spec) else {
                continue;
            };
            for way in &spec.tls {
                ways.extend(way.matches.iter().filter(|each| self.holds(each, server)).map(|each| (at, way, each)));
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
