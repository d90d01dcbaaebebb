//! Filter chains of TLS and TCP: of routes of VirtualServices, or of a service's own cluster (`core/tls.go`).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ipnet::IpNet;

use crate::istio::{L4Match, L4Route};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::creation_order::ObjectId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Service, is_every_address};
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::dialled_address::DialledAddress;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// A filter chain of TLS or TCP: of a route of a VirtualService, or of a service's own cluster.
#[derive(Clone)]
pub(crate) struct L4Chain<'a> {
    /// Its server names, in order; empty for all.
    pub(super) server_names: Vec<&'a str>,
    /// The same as they are written.
    pub(super) written: &'a [String],
    /// The networks of the address that a client dials; empty for all.
    pub(super) networks: Vec<IpNet>,
    pub(crate) service: ServiceId,
    /// The route, unless no VirtualService has one for this client.
    pub(crate) route: Option<(&'a VirtualServiceConfig<'a>, &'a L4Route)>,
    /// Why the sidecar sees the VirtualService.
    pub(super) visibility: Visibility,
}

impl<'a> L4Chain<'a> {
    /// The chain of a service's own cluster, for all server names.
    pub(super) fn of(service: ServiceId) -> Self {
        let (server_names, networks) = (Vec::new(), Vec::new());
        Self { server_names, written: &[], networks, service, route: None, visibility: Visibility::Own }
    }

    /// Its server names; empty for all.
    pub(crate) fn server_names(&self) -> &[&'a str] {
        &self.server_names
    }

    /// Whether another chain matches the same connections (`conflictsWith` of `core/listener.go`).
    pub(super) fn matches_the_same(&self, other: &Self) -> bool {
        let names =
            |chain: &Self| chain.server_names.iter().copied().filter(|name| *name != "*").collect::<BTreeSet<_>>();
        names(self) == names(other) && are_alike(&self.networks, &other.networks)
    }

    /// A route of a VirtualService is the same for several chains.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.route, &other.route) {
            (Some((_, a)), Some((_, b))) => std::ptr::eq(*a, *b),
            (None, None) => self.service == other.service,
            _ => false,
        }
    }
}

/// The chain that stays of those for a server name, which come in the order in which istiod builds them.
///
/// Of chains with equal names istiod keeps the first (`mergeTCPFilterChains`). Others that overlap make Envoy refuse the
/// listener.
pub(super) fn first_chain<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    name: &str,
    chains: &[L4Chain<'a>],
) -> Step<Option<L4Chain<'a>>> {
    let Some(first) = chains.first() else { return ControlFlow::Continue(None) };
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
        return ControlFlow::Continue(Some(first.clone()));
    }
    // The first service's chains come first, and of them those of the first visibility, the oldest first.
    let context = journey.context;
    let mut services: Vec<(Visibility, ServiceId)> = Vec::new();
    for chain in chains {
        if !services.iter().any(|(_, known)| *known == chain.service) {
            services.extend(context.services.with_visibility(&proxy.scope, chain.service));
        }
    }
    let service = context.services.first_of(&services, |_, _| false, &mut journey.assumptions, why);
    let of_service = || chains.iter().filter(|chain| Some(chain.service) == service);
    let Some(first) = of_service().next() else { return ControlFlow::Continue(None) };
    if of_service().any(|chain| chain.written != first.written) {
        return refused();
    }
    let first_visible: Vec<(&L4Chain<'a>, &VirtualServiceConfig<'_>)> = of_service()
        .filter(|chain| chain.visibility == first.visibility)
        .filter_map(|chain| Some((chain, chain.route.as_ref()?.0)))
        .collect();
    let oldest =
        journey.assumptions.oldest_of(&first_visible, |(_, route)| route.age, |(a, _), (b, _)| a.is_same(b), why);
    ControlFlow::Continue(Some(oldest.map_or(first, |(chain, _)| *chain).clone()))
}

/// A server name with a wildcard for a part of a label makes Envoy refuse the listener.
pub(super) fn refuse_partial_wildcards(chains: &[L4Chain<'_>]) -> Step<()> {
    let mut names = chains.iter().flat_map(|chain| &chain.server_names);
    match names.find(|name| host_name::is_partial_wildcard(name)) {
        Some(name) => unknown(format!("`{name}` is no server name for Envoy, which refuses the listener")),
        None => ControlFlow::Continue(()),
    }
}

/// Whether it is known that one chain of a service is built before another.
fn is_built_before(journey: &Journey<'_>, first: &L4Chain<'_>, chain: &L4Chain<'_>) -> bool {
    match (&first.route, &chain.route) {
        (Some((a, _)), Some((b, _))) => {
            a.age.id == b.age.id
                || first.visibility < chain.visibility
                || journey.assumptions.ages().is_before(&a.age, &b.age)
        }
        _ => true,
    }
}

/// `buildSidecarOutboundTLSFilterChainOpts`: the `tls` matches that hold for this client; without any, the service's
/// own cluster. `networks` are those of the service's address.
pub(super) fn tls_chains<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: ServiceId,
    networks: &[IpNet],
) -> Vec<L4Chain<'a>> {
    let context = journey.context;
    let Some(service) = context.services.get(id) else { return Vec::new() };
    let mut chains: Vec<(L4Chain<'a>, &'a [String])> = Vec::new();
    // Networks of a match stay for the matches after it, too.
    let mut networks = networks.to_vec();
    for (visibility, config) in configs(journey, proxy, service) {
        for route in &config.spec.tls {
            for condition in &route.matches {
                if !holds(journey, proxy, config.age.id, condition) {
                    continue;
                }
                if !condition.subnets.is_empty() {
                    networks = parsed(&condition.subnets);
                }
                let chain = L4Chain {
                    server_names: sorted(&condition.sni_hosts),
                    written: &condition.sni_hosts,
                    networks: networks.clone(),
                    service: id,
                    route: Some((config, route)),
                    visibility,
                };
                // The first of equal matches stays; they are compared as they are written
                // (`hashRuntimeTLSMatchPredicates`).
                let mut equal = chains
                    .iter()
                    .filter(|(known, subnets)| known.written == condition.sni_hosts && **subnets == condition.subnets);
                if !equal.any(|(earlier, _)| is_built_before(journey, earlier, &chain)) {
                    chains.push((chain, &condition.subnets));
                }
            }
        }
    }
    let mut chains: Vec<L4Chain<'a>> = chains.into_iter().map(|(chain, _)| chain).collect();
    if chains.is_empty() {
        let mut server_names = vec![&*service.host];
        server_names.extend(context.services.names_of(service.id).map(|name| context.hosts.name(name)));
        chains.push(L4Chain { server_names, networks, ..L4Chain::of(id) });
    }
    chains
}

/// `buildSidecarOutboundTCPFilterChainOpts`: the first `tcp` route that holds; without any, the service's cluster. Routes
/// for some networks have chains of their own before it. `networks` are those of the service's address.
pub(super) fn tcp_chains<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: ServiceId,
    networks: &[IpNet],
) -> Vec<L4Chain<'a>> {
    let context = journey.context;
    let own = L4Chain { networks: networks.to_vec(), ..L4Chain::of(id) };
    let Some(service) = context.services.get(id) else { return vec![own] };
    if !context.virtual_services.any_subnets() {
        return vec![L4Chain { route: first_tcp_route(journey, proxy, service), ..own }];
    }
    let mut chains: Vec<L4Chain<'a>> = Vec::new();
    let mut has_own_networks = false;
    for (visibility, config) in configs(journey, proxy, service) {
        for route in &config.spec.tcp {
            let mut subnets: Vec<IpNet> = Vec::new();
            let mut is_for_all = route.matches.is_empty();
            for condition in &route.matches {
                if holds(journey, proxy, config.age.id, condition) {
                    is_for_all |= condition.subnets.is_empty();
                    subnets.extend(parsed(&condition.subnets));
                }
            }
            let route = Some((config, route));
            if is_for_all {
                chains.push(L4Chain { route, visibility, ..own });
                return chains;
            }
            if !subnets.is_empty() {
                has_own_networks |= are_alike(&subnets, networks);
                chains.push(L4Chain { route, visibility, networks: subnets, ..own.clone() });
            }
        }
    }
    if !has_own_networks {
        chains.push(own);
    }
    chains
}

/// The first `tcp` route that holds, where no route is for some networks alone.
fn first_tcp_route<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
) -> Option<(&'a VirtualServiceConfig<'a>, &'a L4Route)> {
    let context = journey.context;
    let mut found: Vec<(Visibility, &'a VirtualServiceConfig<'a>, &'a L4Route)> = Vec::new();
    for (visibility, config_id) in context.virtual_services.for_service(&proxy.scope, &context.hosts, service) {
        if found.first().is_some_and(|(first, _, _)| *first != visibility) {
            break;
        }
        let Some(config) = context.virtual_services.get(config_id) else { continue };
        let holds = |route: &&L4Route| {
            route.matches.is_empty()
                || route.matches.iter().any(|condition| holds(journey, proxy, config.age.id, condition))
        };
        let route = config.spec.tcp.iter().find(holds);
        if let Some(route) = route.filter(|_| is_read(journey, config))
            && !found.iter().any(|(_, other, _)| journey.assumptions.ages().is_before(&other.age, &config.age))
        {
            found.push((visibility, config, route));
        }
    }
    let why = || {
        format!(
            "several VirtualServices route TCP of `{}`, of which the oldest wins: the files have no creation times",
            service.host
        )
    };
    let oldest = journey.assumptions.oldest_of(&found, |(_, config, _)| config.age, |_, _| false, why);
    oldest.map(|(_, config, route)| (*config, *route))
}

/// Whether istiod has a VirtualService: one that it makes of an alpha kind depends on a flag.
fn is_read(journey: &mut Journey<'_>, config: &VirtualServiceConfig<'_>) -> bool {
    let has_l4 = !config.spec.tls.is_empty() || !config.spec.tcp.is_empty();
    !(config.spec.is_alpha && has_l4) || journey.reads_alpha(config.meta)
}

/// The VirtualServices of a service. Their order matters where matches are for some networks.
fn configs<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
) -> Vec<(Visibility, &'a VirtualServiceConfig<'a>)> {
    let virtual_services = &journey.context.virtual_services;
    let ids = virtual_services.for_service(&proxy.scope, &journey.context.hosts, service);
    let found: Vec<(Visibility, &'a VirtualServiceConfig<'a>)> = ids
        .into_iter()
        .filter_map(|(visibility, id)| Some((visibility, virtual_services.get(id)?)))
        .filter(|(_, config)| is_read(journey, config))
        .collect();
    if !virtual_services.any_subnets() {
        return found;
    }
    let why = || {
        format!(
            "several VirtualServices route `{}`, some for networks of their own, and their order decides: the files have no creation times",
            service.host
        )
    };
    let alike = found.chunk_by(|(a, _), (b, _)| a == b);
    alike.flat_map(|alike| journey.assumptions.in_order(alike.to_vec(), |(_, config)| config.age, why)).collect()
}

/// The chain of some that takes a connection to an address: by the most specific network, then by server name.
pub(super) fn select<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    mut chains: Vec<L4Chain<'a>>,
    address: DialledAddress,
    payload: &Payload,
) -> Step<Option<L4Chain<'a>>> {
    let network = most_specific(journey, &chains, address);
    chains.retain(|chain| match &network {
        Some(network) => chain.networks.iter().any(|each| each.trunc() == *network),
        None => chain.networks.iter().all(is_every_address),
    });
    if let Payload::Tls(Some(name)) = payload {
        let hosts = &journey.context.hosts;
        for domain in hosts.domains(name) {
            let domain = hosts.name(domain);
            let is_named = |chain: &&L4Chain<'_>| chain.server_names.contains(&domain);
            let named: Vec<L4Chain<'a>> = chains.iter().filter(is_named).cloned().collect();
            if !named.is_empty() {
                return first_of_network(journey, proxy, domain, &named);
            }
        }
    }
    chains.retain(|chain| chain.server_names.is_empty());
    first_of_network(journey, proxy, "", &chains)
}

/// The first of the chains for one network and server name. Istio leaves out the later ones of equal matches; matches that
/// overlap in one network only make Envoy refuse the listener.
fn first_of_network<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    name: &str,
    chains: &[L4Chain<'a>],
) -> Step<Option<L4Chain<'a>>> {
    let Some((first, others)) = chains.split_first() else { return ControlFlow::Continue(None) };
    if others.iter().any(|other| !are_alike(&first.networks, &other.networks)) {
        return unknown("filter chains overlap in a network, and Envoy refuses the listener");
    }
    first_chain(journey, proxy, name, chains)
}

/// The most specific network of some chains that an address is in.
pub(super) fn most_specific(
    journey: &mut Journey<'_>,
    chains: &[L4Chain<'_>],
    address: DialledAddress,
) -> Option<IpNet> {
    let networks = chains.iter().flat_map(|chain| &chain.networks).filter(|network| !is_every_address(network));
    let mut networks: Vec<IpNet> = networks.map(IpNet::trunc).collect();
    networks.sort_by_key(|network| (std::cmp::Reverse(network.prefix_len()), *network));
    networks.dedup();
    networks.into_iter().find(|network| address.is_in(journey, network))
}

/// Whether networks are the same, in any order.
fn are_alike(some: &[IpNet], others: &[IpNet]) -> bool {
    let set = |networks: &[IpNet]| -> BTreeSet<IpNet> {
        networks.iter().filter(|network| !is_every_address(network)).map(IpNet::trunc).collect()
    };
    set(some) == set(others)
}

/// Networks as they are written: an address alone is one, too.
fn parsed(networks: &[String]) -> Vec<IpNet> {
    let parse = |text: &String| text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<std::net::IpAddr>().ok()?)));
    networks.iter().filter_map(parse).collect()
}

/// `matchTLS`, `matchTCP`: all of gateways, labels, port and namespace. `sourceSubnet` counts nowhere.
fn holds<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, virtual_service: ObjectId, condition: &L4Match) -> bool {
    (condition.gateways.is_empty() || condition.gateways.iter().any(|gateway| gateway == MESH))
        && condition.port.is_none_or(|port| port == journey.query.port)
        && condition.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
        && proxy.has_labels(&condition.source_labels, &mut journey.assumptions)
        && (condition.unsupported.is_empty() || {
            let fields = condition.unsupported.clone();
            let why =
                || format!("`{}` of a VirtualService's match is not modelled", condition.unsupported.join("`, `"));
            journey.assume(Unknown::L4Match { route: virtual_service, fields }, why)
        })
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names
}
