//! One listener of a gateway: the filter chains that istiod makes of the merged servers of one container port
//! (core/gateway.go, `buildGatewayListeners`).

use std::collections::BTreeMap;

use super::gateway_bindings::{GatewayBindings, GatewayVirtualHost};
use super::merged_servers::{AcceptedServer, MergedServers, SelectingGateway, is_http, is_passthrough};
use super::virtual_services::{VirtualServiceConfig, VirtualServices};
use crate::istio::{Gateway, L4Route, Object, Server};
use crate::trace::outcome::creation_order::{CreationOrder, ObjectAge};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{ContainerPort, VirtualServiceId};

/// The listener of a container port of a gateway.
#[derive(Debug)]
pub(crate) struct GatewayListener<'w> {
    pub(crate) name: String,
    pub(crate) chains: Vec<GatewayFilterChain<'w>>,
    /// The places of the chains for a server name, wildcards under their own name.
    pub(crate) by_server_name: BTreeMap<String, usize>,
    /// The place of the chain for every other server name, and for plain text.
    pub(crate) without_server_name: Option<usize>,
    /// Hosts that `AUTO_PASSTHROUGH` servers pass on to, each by the name of its cluster as server name.
    clusters: Vec<String>,
    /// Why Envoy refuses the listener as a whole.
    pub(crate) refused: Option<String>,
    /// Objects of which only the older one's servers, or chains, are kept; the first two whose ages are not known.
    pub(crate) rivals: Option<Rivals<'w>>,
}

/// Two objects of which the older one decides at a listener.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rivals<'w> {
    Gateways(ObjectAge<'w>, ObjectAge<'w>),
    VirtualServices(ObjectAge<'w>, ObjectAge<'w>),
}

/// A filter chain of a gateway's listener.
#[derive(Debug)]
pub(crate) struct GatewayFilterChain<'w> {
    pub(crate) gateway: &'w Object<Gateway>,
    age: ObjectAge<'w>,
    pub(crate) server: &'w Server,
    pub(crate) filter: ChainFilter<'w>,
    pub(crate) name: String,
}

/// The network filter that a filter chain ends in.
#[derive(Debug)]
pub(crate) enum ChainFilter<'w> {
    /// A connection manager, which routes by `Host`.
    Http { route: String, tls: bool, hosts: BTreeMap<String, GatewayVirtualHost<'w>> },
    /// One route for all bytes: that of the oldest of these VirtualServices.
    Tcp { routes: Vec<(VirtualServiceId, &'w L4Route)> },
    /// One route for TLS that the gateway does not terminate.
    PassThrough { virtual_service: VirtualServiceId, route: &'w L4Route },
}

impl<'w> GatewayListener<'w> {
    /// The listener of a container port; `namespace` is the gateway's, and `is_here` says which servers listen there.
    pub(crate) fn build(
        namespace: &str,
        container: ContainerPort,
        gateways: &[SelectingGateway<'w>],
        is_here: &dyn Fn(u16) -> bool,
        virtual_services: &VirtualServices<'w>,
        ages: &CreationOrder,
    ) -> Self {
        let merged = MergedServers::merge(gateways, container, is_here, ages);
        let mut listener = Self {
            name: format!("0.0.0.0_{container}"),
            chains: Vec::new(),
            by_server_name: BTreeMap::new(),
            without_server_name: None,
            clusters: Vec::new(),
            refused: merged.refused,
            rivals: merged.rivals.map(|(older, younger)| Rivals::Gateways(older, younger)),
        };
        // One Gateway may have thousands of servers and VirtualServices.
        let mut bound: BTreeMap<String, GatewayBindings<'w, '_>> = BTreeMap::new();
        for accepted in merged.accepted {
            let gateway = {
                let meta = &accepted.selecting.gateway.meta;
                format!("{}/{}", meta.namespace, meta.istio_name())
            };
            let bound = bound
                .entry(gateway)
                .or_insert_with_key(|gateway| GatewayBindings::of(virtual_services, gateway.clone(), namespace, ages));
            listener.add(accepted, bound, virtual_services, ages);
        }
        listener
    }

    /// Whether nothing listens.
    pub(crate) fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// Whether a server name is that of a cluster which a server passes on to: `outbound_.<port>_.<subset>_.<host>`
    /// (`builtAutoPassthroughFilterChains` of core/gateway.go).
    pub(crate) fn passes_to_cluster(&self, server_name: Option<&str>) -> bool {
        let host = server_name
            .filter(|_| !self.clusters.is_empty())
            .and_then(|name| name.strip_prefix("outbound_."))
            .and_then(|name| name.splitn(3, "_.").nth(2));
        host.is_some_and(|host| self.clusters.iter().any(|known| host_name::is_within(host, known)))
    }

    /// The chains, each with the server names that it is for; none is every other name.
    pub(crate) fn chains(&self) -> impl Iterator<Item = (&GatewayFilterChain<'w>, Vec<&str>)> {
        let mut names: Vec<Vec<&str>> = vec![Vec::new(); self.chains.len()];
        for (name, at) in &self.by_server_name {
            if let Some(names) = names.get_mut(*at) {
                names.push(name);
            }
        }
        self.chains.iter().zip(names)
    }

    /// Adds the filter chains of a server.
    fn add(
        &mut self,
        accepted: AcceptedServer<'w>,
        bound: &GatewayBindings<'w, '_>,
        virtual_services: &VirtualServices<'w>,
        ages: &CreationOrder,
    ) {
        let AcceptedServer { selecting: SelectingGateway { gateway, age, .. }, server, hosts, http_route } = accepted;
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
                if !terminates && let Some(ChainFilter::Http { hosts: known, .. }) = self.plain(route) {
                    for (host, more) in virtual_hosts {
                        let known = known.entry(host).or_default();
                        known.virtual_services.extend(more.virtual_services);
                        known.redirects_to_https |= more.redirects_to_https;
                    }
                    return;
                }
                let filter = ChainFilter::Http { route: route.clone(), tls: terminates, hosts: virtual_hosts };
                let server_names = if terminates { names_of_server } else { Vec::new() };
                self.add_chain(GatewayFilterChain { gateway, age, server, filter, name }, server_names, ages);
            }
            (None, false) => {
                // Without a VirtualService there is no chain ("listener missed network filter").
                let routes = bound.tcp(server, &hosts, virtual_services, ages);
                if !routes.is_empty() {
                    let filter = ChainFilter::Tcp { routes };
                    let server_names = if server.tls.is_some() { names_of_server } else { Vec::new() };
                    self.add_chain(GatewayFilterChain { gateway, age, server, filter, name }, server_names, ages);
                }
            }
            (None, true) => {
                for (place, route, condition) in bound.tls(server, &hosts, virtual_services) {
                    let Some((virtual_service, config)) = bound.virtual_service(place) else { continue };
                    let filter = ChainFilter::PassThrough { virtual_service, route };
                    let chain = GatewayFilterChain { gateway, age, server, filter, name: name.clone() };
                    // `CheckDuplicates` leaves a later match with a known name out.
                    let mut is_known = false;
                    for name in &condition.sni_hosts {
                        let Some(at) = self.by_server_name.get(name).copied() else { continue };
                        is_known = true;
                        self.note_rival_gateways(at, &chain, ages);
                        self.note_rival_virtual_services(at, &chain, (bound, place, config), ages);
                    }
                    if !is_known {
                        self.add_chain(chain, condition.sni_hosts.clone(), ages);
                    }
                }
            }
        }
    }

    /// Notes that a chain which is already built would not exist if the other Gateway were older.
    fn note_rival_gateways(&mut self, at: usize, chain: &GatewayFilterChain<'w>, ages: &CreationOrder) {
        if let Some(known) = self.chains.get(at)
            && ages.order(&known.age, &chain.age).is_none()
        {
            self.rivals.get_or_insert(Rivals::Gateways(known.age, chain.age));
        }
    }

    /// Notes the same of two VirtualServices of one visibility at one server.
    fn note_rival_virtual_services(
        &mut self,
        at: usize,
        chain: &GatewayFilterChain<'w>,
        (bound, place, config): (&GatewayBindings<'w, '_>, usize, &VirtualServiceConfig<'w>),
        ages: &CreationOrder,
    ) {
        let Some(known) = self.chains.get(at).filter(|known| std::ptr::eq(known.server, chain.server)) else { return };
        let ChainFilter::PassThrough { virtual_service, .. } = &known.filter else { return };
        let known_place = bound.order.iter().find(|(_, id)| id == virtual_service);
        let is_alike =
            known_place.map(|(visibility, _)| visibility) == bound.order.get(place).map(|(visibility, _)| visibility);
        let other = bound.virtual_services.get(*virtual_service).map(|other| other.age);
        if let Some(other) = other.filter(|other| is_alike && ages.order(other, &config.age).is_none()) {
            self.rivals.get_or_insert(Rivals::VirtualServices(other, config.age));
        }
    }

    fn plain(&mut self, route: &str) -> Option<&mut ChainFilter<'w>> {
        self.chains
            .iter_mut()
            .map(|chain| &mut chain.filter)
            .find(|filter| matches!(filter, ChainFilter::Http { route: known, tls: false, .. } if known == route))
    }

    /// Two chains for one server name make Envoy refuse the listener; Istio compares only what is written.
    fn add_chain(&mut self, chain: GatewayFilterChain<'w>, mut server_names: Vec<String>, ages: &CreationOrder) {
        server_names.sort_unstable();
        server_names.dedup();
        if let Some(name) = server_names.iter().find(|name| host_name::is_partial_wildcard(name)) {
            self.refused = Some(format!("`{name}` is no server name for Envoy, which refuses the listener"));
        }
        let at = self.chains.len();
        let duplicate = |name: &str| {
            Some(format!("two filter chains of `0.0.0.0` are for server name `{name}`, and Envoy refuses the listener"))
        };
        if server_names.is_empty() || server_names.iter().any(|name| name == "*") {
            if self.without_server_name.replace(at).is_some() {
                self.refused = duplicate("*");
            }
        } else {
            for name in server_names {
                if let Some(known) = self.by_server_name.get(&name).copied() {
                    self.refused = duplicate(&name);
                    // In the reverse order istiod would have left the passed-through match out.
                    if self
                        .chains
                        .get(known)
                        .is_some_and(|known| matches!(known.filter, ChainFilter::PassThrough { .. }))
                    {
                        self.note_rival_gateways(known, &chain, ages);
                    }
                }
                self.by_server_name.insert(name, at);
            }
        }
        self.chains.push(chain);
    }
}

/// The part of `namespace/host` after the slash.
fn bare(host: &str) -> &str {
    host.split_once('/').map_or(host, |(_, host)| host)
}

impl GatewayFilterChain<'_> {
    /// The mode of its TLS; `None` for plain text.
    pub(crate) fn mode(&self) -> Option<&str> {
        self.server.tls.as_ref().filter(|_| !is_http(self.server)).map(|tls| tls.mode.as_str())
    }
}
