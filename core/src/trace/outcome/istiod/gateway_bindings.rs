//! The VirtualServices that are bound to a Gateway, by the hosts that they share with its servers.

use std::collections::BTreeMap;

use super::virtual_services::{VirtualServiceConfig, VirtualServices};
use super::visibility::Visibility;
use crate::istio::{L4Match, L4Route, Server};
use crate::trace::outcome::creation_order::{CreationOrder, ObjectAge};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::VirtualServiceId;

/// The VirtualServices of a host.
#[derive(Debug, Default, Clone)]
pub(crate) struct GatewayVirtualHost<'w> {
    /// In the order of servers, and by visibility at a server.
    pub(crate) virtual_services: Vec<BoundVirtualService<'w>>,
    pub(crate) redirects_to_https: bool,
}

/// A VirtualService at a server: the name of the Gateway and the number of the server's port decide which of its routes hold.
#[derive(Debug, Clone)]
pub(crate) struct BoundVirtualService<'w> {
    pub(crate) id: VirtualServiceId,
    pub(crate) visibility: Visibility,
    pub(crate) gateway: String,
    pub(crate) gateway_age: ObjectAge<'w>,
    pub(crate) server: &'w Server,
}

/// The VirtualServices of one Gateway, in order, by their hosts.
pub(crate) struct GatewayBindings<'w, 'r> {
    pub(crate) virtual_services: &'r VirtualServices<'w>,
    gateway: String,
    pub(crate) order: Vec<(Visibility, VirtualServiceId)>,
    exact: BTreeMap<&'r str, Vec<usize>>,
    wild: Vec<(&'r str, usize)>,
}

impl<'w, 'r> GatewayBindings<'w, 'r> {
    pub(crate) fn of(
        virtual_services: &'r VirtualServices<'w>,
        gateway: String,
        namespace: &str,
        ages: &CreationOrder,
    ) -> Self {
        let order = virtual_services.at_gateway(&gateway, namespace, ages);
        let mut exact: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut wild = Vec::new();
        for (at, (_, id)) in order.iter().enumerate() {
            let Some(config) = virtual_services.get(*id) else { continue };
            for host in &config.hosts {
                if host_name::is_wildcard(host) {
                    wild.push((host.as_str(), at));
                } else {
                    exact.entry(host.as_str()).or_default().push(at);
                }
            }
        }
        Self { virtual_services, gateway, order, exact, wild }
    }

    /// The VirtualServices that a server's host lets in, by place, each with the host that both have in common.
    fn sharing(&self, server_host: &str) -> Vec<(usize, String)> {
        let (namespace, host) = match server_host.split_once('/') {
            Some((namespace, host)) => (Some(namespace), host),
            None => (None, server_host),
        };
        let mut shared: Vec<(usize, String)> = Vec::new();
        if host_name::is_wildcard(host) {
            let covered = self.exact.iter().filter(|(name, _)| host_name::is_within(name, host));
            shared.extend(covered.flat_map(|(name, places)| places.iter().map(move |at| (*at, (*name).to_owned()))));
        } else {
            shared.extend(self.exact.get(host).into_iter().flatten().map(|at| (*at, host.to_owned())));
        }
        for (name, at) in &self.wild {
            // `Intersection` of pkg/config/host/names.go: the narrower of the two.
            if host_name::is_within(host, name) {
                shared.push((*at, host.to_owned()));
            } else if host_name::is_within(name, host) {
                shared.push((*at, (*name).to_owned()));
            }
        }
        shared.retain(|(at, _)| {
            namespace.is_none_or(|namespace| {
                self.virtual_service(*at).is_some_and(|(_, config)| config.meta.namespace == namespace)
            })
        });
        shared.sort_unstable();
        shared.dedup();
        shared
    }

    /// The VirtualService at a place of the order.
    pub(crate) fn virtual_service(&self, at: usize) -> Option<(VirtualServiceId, &'r VirtualServiceConfig<'w>)> {
        let (_, id) = self.order.get(at)?;
        Some((*id, self.virtual_services.get(*id)?))
    }

    /// `buildGatewayHTTPRouteConfig` of core/gateway.go: one host in several VirtualServices has the routes of all.
    pub(crate) fn virtual_hosts(
        &self,
        server: &'w Server,
        gateway_age: ObjectAge<'w>,
        hosts: &[String],
    ) -> BTreeMap<String, GatewayVirtualHost<'w>> {
        let redirects_to_https = server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        let mut shared: Vec<(usize, String)> = hosts.iter().flat_map(|host| self.sharing(host)).collect();
        shared.sort_unstable();
        shared.dedup();
        let mut virtual_hosts: BTreeMap<String, GatewayVirtualHost<'w>> = BTreeMap::new();
        for (at, host) in shared {
            let Some((visibility, id)) = self.order.get(at).copied() else { continue };
            let virtual_host = virtual_hosts.entry(host).or_default();
            virtual_host.virtual_services.push(BoundVirtualService {
                id,
                visibility,
                gateway: self.gateway.clone(),
                gateway_age,
                server,
            });
            virtual_host.redirects_to_https |= redirects_to_https;
        }
        if redirects_to_https {
            for host in hosts {
                virtual_hosts.entry(host.clone()).or_default().redirects_to_https = true;
            }
        }
        virtual_hosts
    }

    /// `buildGatewayNetworkFiltersFromTCPRoutes`: the first `tcp` route of the first VirtualService that has one. Several
    /// where it is not known which of them is the oldest.
    pub(crate) fn tcp(
        &self,
        server: &Server,
        hosts: &[String],
        virtual_services: &VirtualServices<'w>,
        ages: &CreationOrder,
    ) -> Vec<(VirtualServiceId, &'w L4Route)> {
        let mut found: Vec<(Visibility, VirtualServiceId, &'w L4Route)> = Vec::new();
        for at in self.places(hosts) {
            let Some((visibility, id)) = self.order.get(at).copied() else { continue };
            let Some(config) = virtual_services.get(id) else { continue };
            // One of a later visibility never comes before one of an earlier visibility.
            if found.first().is_some_and(|(first, _, _)| *first != visibility) {
                break;
            }
            let holds = |route: &&L4Route| {
                route.matches.is_empty() || route.matches.iter().any(|condition| self.holds(condition, server))
            };
            // A TLSRoute has `tls` routes, also where the gateway terminates the TLS.
            let of_tls = || {
                let matched = |route: &&L4Route| route.matches.iter().any(|condition| self.holds(condition, server));
                config.spec.tls.iter().find(matched).filter(|_| config.meta.kind == "TLSRoute")
            };
            if let Some(route) = config.spec.tcp.iter().find(holds).or_else(of_tls) {
                let is_older = |other: VirtualServiceId| {
                    virtual_services.get(other).is_some_and(|other| ages.is_before(&other.age, &config.age))
                };
                if !found.iter().any(|(_, other, _)| is_older(*other)) {
                    found.push((visibility, id, route));
                }
            }
        }
        found.into_iter().map(|(_, id, route)| (id, route)).collect()
    }

    /// `buildGatewayNetworkFiltersFromTLSRoutes`: each `tls` route with a match that holds, and the place of its
    /// VirtualService.
    pub(crate) fn tls(
        &self,
        server: &Server,
        hosts: &[String],
        virtual_services: &VirtualServices<'w>,
    ) -> Vec<(usize, &'w L4Route, &'w L4Match)> {
        let mut found = Vec::new();
        for at in self.places(hosts) {
            let config = self.order.get(at).and_then(|(_, id)| virtual_services.get(*id));
            let Some(spec) = config.map(|config| config.spec) else { continue };
            for route in &spec.tls {
                let holding = route.matches.iter().filter(|condition| self.holds(condition, server));
                found.extend(holding.map(|condition| (at, route, condition)));
            }
        }
        found
    }

    /// The places of the VirtualServices that any host of a server lets in.
    fn places(&self, hosts: &[String]) -> Vec<usize> {
        let mut places: Vec<usize> = hosts.iter().flat_map(|host| self.sharing(host)).map(|(at, _)| at).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// `l4SingleMatch`: labels and namespaces of callers are not looked at here.
    fn holds(&self, condition: &L4Match, server: &Server) -> bool {
        condition.port.is_none_or(|port| port == server.port)
            && (condition.gateways.is_empty() || condition.gateways.contains(&self.gateway))
    }
}
