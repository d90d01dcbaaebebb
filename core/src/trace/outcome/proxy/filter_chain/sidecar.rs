//! The filter chain of a sidecar's listener: HTTP, TLS by server name, TCP (core/listener.go, core/tls.go).

use std::cell::OnceCell;
use std::ops::ControlFlow;

use crate::istio::{AttachedTo, L4Match, L4Route};
use crate::trace::outcome::assumptions::{MOST_RUNS, Unknown};
use crate::trace::outcome::creation_order::ObjectId;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Address, Conflict, Protocol, Service, different_endpoints};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port};
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{DownstreamProtocol, Journey, Proxy, Step, closed, unknown};
use crate::trace::outcome::proxy::listener::sidecar::SidecarListener;
use crate::trace::outcome::proxy::request::Request;

/// The chain of a listener for all that no other chain takes.
const CATCH_ALL: &str = "PassthroughFilterChain";

/// A filter chain of a sidecar, and what it is given.
pub(crate) enum SidecarChain<'a> {
    /// A connection manager, which routes by `Host`.
    Http(Request),
    /// A TCP proxy, which routes all bytes alike.
    L4(L4Chain<'a>, Payload),
    /// What `outboundTrafficPolicy` says about unknown traffic.
    CatchAll(Payload),
    /// The chain that closes connections to the sidecar's own port.
    BlackHole,
}

/// A filter chain of TLS or TCP: of a route of a VirtualService, or of a service's own cluster.
#[derive(Clone)]
pub(crate) struct L4Chain<'a> {
    /// Its server names, in order; empty for all.
    server_names: Vec<&'a str>,
    /// The same as they are written.
    written: &'a [String],
    pub(crate) service: ServiceId,
    /// The route, unless no VirtualService has one for this client.
    pub(crate) route: Option<(&'a VirtualServiceConfig<'a>, &'a L4Route)>,
    /// Why the sidecar sees the VirtualService.
    visibility: Visibility,
}

impl<'a> L4Chain<'a> {
    /// The chain of a service's own cluster, for all server names.
    fn of(service: ServiceId) -> Self {
        Self { server_names: Vec::new(), written: &[], service, route: None, visibility: Visibility::Own }
    }

    /// Its server names; empty for all.
    pub(crate) fn server_names(&self) -> &[&'a str] {
        &self.server_names
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.route, &other.route) {
            (Some((_, a)), Some((_, b))) => std::ptr::eq(*a, *b),
            (None, None) => self.service == other.service,
            _ => false,
        }
    }
}

/// The filter chain that takes the client's connection.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    listener: SidecarListener,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    match listener {
        SidecarListener::CapturePort => {
            journey.hop(|hop| hop.chain = Some("virtualOutbound-blackhole".to_owned()));
            ControlFlow::Continue(SidecarChain::BlackHole)
        }
        SidecarListener::VirtualOutbound => catch_all(journey, "virtualOutbound-catchall-tcp", payload),
        SidecarListener::OnAddress(id, protocol) => on_address(journey, proxy, id, protocol, payload),
        SidecarListener::OnNetwork(id) => {
            let chain = tcp_chain(journey, proxy, id);
            l4(journey, chain, payload)
        }
        SidecarListener::OnPort { http, tls, tcp } => {
            match &payload {
                Payload::Http(request) if http => {
                    let request = request.clone();
                    journey.downstream = DownstreamProtocol::Http;
                    journey.hop(|hop| hop.chain = Some("http".to_owned()));
                    return ControlFlow::Continue(SidecarChain::Http(request));
                }
                Payload::Tls(Some(server_name)) if tls => {
                    if let Some(chain) = by_server_name(journey, proxy, server_name)? {
                        return l4(journey, chain, payload);
                    }
                }
                _ => {}
            }
            if tcp && let Some(id) = first_catch_all_service(journey, proxy) {
                let chain = tcp_chain(journey, proxy, id);
                return l4(journey, chain, payload);
            }
            catch_all(journey, CATCH_ALL, payload)
        }
    }
}

/// The chain of a listener on a service's own address.
fn on_address<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: ServiceId,
    protocol: Protocol,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    match (protocol, payload) {
        (Protocol::Unspecified, Payload::Http(request)) => {
            journey.downstream = DownstreamProtocol::Http;
            ControlFlow::Continue(SidecarChain::Http(request))
        }
        (Protocol::Tls, payload) => {
            let chains = tls_chains(journey, proxy, id);
            if chains.iter().all(|chain| chain.route.is_none()) {
                // The address says which service it is, so the chain asks for no server name (core/tls.go).
                return l4(journey, L4Chain::of(id), payload);
            }
            let hosts = &journey.context.hosts;
            let name = if let Payload::Tls(name) = &payload { name.clone() } else { None };
            for name in name.iter().flat_map(|name| hosts.domains(name)).map(|name| hosts.name(name)) {
                let named: Vec<L4Chain<'a>> =
                    chains.iter().filter(|chain| chain.server_names.contains(&name)).cloned().collect();
                if let Some(chain) = first_chain(journey, proxy, name, &named)? {
                    return l4(journey, chain, payload);
                }
            }
            catch_all(journey, CATCH_ALL, payload)
        }
        (_, payload) => {
            let chain = tcp_chain(journey, proxy, id);
            l4(journey, chain, payload)
        }
    }
}

/// What no other filter chain takes (`core/listener_builder.go`, `buildOutboundCatchAllNetworkFiltersOnly`).
fn catch_all<'a>(journey: &mut Journey<'a>, chain: &str, payload: Payload) -> Step<SidecarChain<'a>> {
    journey.hop(|hop| hop.chain = Some(chain.to_owned()));
    ControlFlow::Continue(SidecarChain::CatchAll(payload))
}

/// A chain of TLS or TCP takes the connection.
fn l4<'a>(journey: &mut Journey<'a>, chain: L4Chain<'a>, payload: Payload) -> Step<SidecarChain<'a>> {
    journey.downstream = DownstreamProtocol::Tcp;
    let context = journey.context;
    let Some(service) = context.services.get(chain.service) else { return closed(Some("NR")) };
    if service.conflict == Conflict::Listeners {
        return unknown(different_endpoints(service));
    }
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    let port = journey.query.port;
    let protocol = service.ports.iter().find(|each| each.number == port).map(|each| each.protocol);
    let changes: &[AttachedTo] = match protocol {
        Some(Protocol::Tls) => &[AttachedTo::Tls],
        Some(Protocol::Tcp | Protocol::ServerFirst) => &[AttachedTo::Tcp],
        _ => &[AttachedTo::Tls, AttachedTo::Tcp],
    };
    if let Some(reason) = context.attached(service.id, changes, port) {
        return unknown(reason);
    }
    journey.hop(|hop| {
        let has_names = !chain.server_names.is_empty();
        hop.chain = Some(if has_names { chain.server_names.join(",") } else { service.host.to_string() });
    });
    ControlFlow::Continue(SidecarChain::L4(chain, payload))
}

/// The chain of a server name, the most specific first.
fn by_server_name<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, server_name: &str) -> Step<Option<L4Chain<'a>>> {
    for name in journey.context.hosts.domains(server_name) {
        let chains = chains_for(journey, proxy, name);
        if !chains.is_empty() {
            return first_chain(journey, proxy, journey.context.hosts.name(name), &chains);
        }
    }
    ControlFlow::Continue(None)
}

/// The chain that stays of those for a server name, which come in the order in which istiod builds them.
///
/// Of chains with equal names istiod keeps the first (`mergeTCPFilterChains`). Others that overlap make Envoy refuse the
/// listener.
fn first_chain<'a>(
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

/// The chains of a port for a server name, in the order in which istiod builds them.
fn chains_for<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, name: HostId) -> Vec<L4Chain<'a>> {
    let context = journey.context;
    let mut hosts: Vec<HostId> = vec![name];
    let mut any_wildcard = false;
    for (_, id) in context.virtual_services.for_server_name(&proxy.scope, name) {
        if let Some(route) = context.virtual_services.get(id) {
            any_wildcard |= route.hosts.iter().any(|host| host_name::is_wildcard(host));
            hosts.extend(&route.host_ids);
        }
    }
    // A service of a wildcard host is for its VirtualServices' hosts too.
    let covering: Vec<HostId> =
        hosts.iter().flat_map(|host| context.hosts.covering(context.hosts.name(*host))).collect();
    hosts.extend(covering);
    hosts.sort_unstable();
    hosts.dedup();
    let mut services: Vec<ServiceId> = Vec::new();
    if any_wildcard {
        let overlaps = |service: &Service<'_>| {
            hosts.iter().any(|host| host_name::overlap(context.hosts.name(*host), &service.host))
        };
        let all = on_port(&proxy.scope, journey.query.port, PortListener::Tls).map(|(_, id)| id);
        services.extend(all.filter(|id| context.services.get(*id).is_some_and(overlaps)));
    } else {
        for host in &hosts {
            services.extend(context.services.selected(&proxy.scope, *host, &mut journey.assumptions).iter());
        }
    }
    // Chains are built service by service, in the order of visibility; ids are in the order of age
    // (`buildSidecarOutboundListeners` of core/listener.go goes through `servicesExportedToNamespace`).
    let mut ordered: Vec<(Visibility, ServiceId)> = Vec::new();
    for id in services {
        let Some(service) = context.services.get(id) else { continue };
        let speaks_tls =
            service.ports.iter().any(|port| port.number == journey.query.port && port.protocol == Protocol::Tls);
        if speaks_tls
            && matches!(service.address, Address::None | Address::Automatic)
            && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            && journey.is_on_every_address(id)
        {
            ordered.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    ordered.sort_unstable();
    ordered.dedup();
    let name = context.hosts.name(name);
    let chains = ordered.into_iter().flat_map(|(_, id)| tls_chains(journey, proxy, id));
    chains.filter(|chain| chain.server_names.contains(&name)).collect()
}

/// `buildSidecarOutboundTLSFilterChainOpts`: the `tls` matches that hold for this client; without any, the service's
/// own cluster.
fn tls_chains<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, id: ServiceId) -> Vec<L4Chain<'a>> {
    let context = journey.context;
    let Some(service) = context.services.get(id) else { return Vec::new() };
    let mut chains: Vec<L4Chain<'a>> = Vec::new();
    for (visibility, config_id) in context.virtual_services.for_service(&proxy.scope, &context.hosts, service) {
        let Some(config) = context.virtual_services.get(config_id) else { continue };
        for route in &config.spec.tls {
            for condition in &route.matches {
                if !holds(journey, proxy, config.age.id, condition) {
                    continue;
                }
                let chain = L4Chain {
                    server_names: sorted(&condition.sni_hosts),
                    written: &condition.sni_hosts,
                    service: id,
                    route: Some((config, route)),
                    visibility,
                };
                // The first of equal matches stays; they are compared as they are written
                // (`hashRuntimeTLSMatchPredicates`).
                let mut equal = chains.iter().filter(|known| known.written == condition.sni_hosts);
                if !equal.any(|earlier| is_built_before(journey, earlier, &chain)) {
                    chains.push(chain);
                }
            }
        }
    }
    if chains.is_empty() {
        chains.push(L4Chain { server_names: vec![&service.host], ..L4Chain::of(id) });
    }
    chains
}

/// `buildSidecarOutboundTCPFilterChainOpts`: the first `tcp` route that holds; without any, the service's cluster.
fn tcp_chain<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, id: ServiceId) -> L4Chain<'a> {
    let context = journey.context;
    let own = L4Chain::of(id);
    let Some(service) = context.services.get(id) else { return own };
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
        if let Some(route) = route
            && !found.iter().any(|(_, other, _)| journey.assumptions.ages().is_before(&other.age, &config.age))
        {
            found.push((visibility, config, route));
        }
    }
    let oldest = journey.assumptions.oldest_of(
        &found,
        |(_, config, _)| config.age,
        |_, _| false,
        || {
            format!(
                "several VirtualServices route TCP of `{}`, of which the oldest wins: the files have no creation times",
                service.host
            )
        },
    );
    L4Chain { route: oldest.map(|(_, config, route)| (*config, *route)), ..own }
}

/// `matchTLS`, `matchTCP`: all of gateways, labels, port and namespace.
fn holds<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, virtual_service: ObjectId, condition: &L4Match) -> bool {
    (condition.gateways.is_empty() || condition.gateways.iter().any(|gateway| gateway == MESH))
        && condition.port.is_none_or(|port| port == journey.query.port)
        && condition.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
        && proxy.has_labels(&condition.source_labels, &mut journey.assumptions)
        && (condition.subnets.is_empty() || is_dialled(journey, Unknown::Subnets(condition.subnets.clone())))
        && (condition.unsupported.is_empty() || {
            let fields = condition.unsupported.clone();
            is_dialled(journey, Unknown::L4Match { route: virtual_service, fields })
        })
}

fn is_dialled(journey: &mut Journey<'_>, unknown: Unknown) -> bool {
    journey.assume(unknown, || "whether the dialled address is in `destinationSubnets` is not known".to_owned())
}

/// The service without an address whose chain takes what is left of a port: the first that has one (core/listener.go,
/// `mergeTCPFilterChains`).
fn first_catch_all_service<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Option<ServiceId> {
    let context = journey.context;
    let first_sniffing = OnceCell::new();
    let mut used: Vec<(Visibility, ServiceId)> = Vec::new();
    for (visibility, id) in on_port(&proxy.scope, journey.query.port, PortListener::Tcp) {
        // Of services of one visibility whose ages are known only the first matters.
        let is_older = |(known, first): &(Visibility, ServiceId)| {
            *known == visibility && context.services.is_before(*first, id, &journey.assumptions)
        };
        if !used.iter().any(is_older)
            && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            && journey.is_on_every_address(id)
            && has_catch_all_chain(journey, proxy, id, &first_sniffing)
        {
            used.push((visibility, id));
        }
        if are_too_many(&used) {
            break;
        }
    }
    let port = journey.query.port;
    context.services.first_of(&used, |_, _| false, &mut journey.assumptions, || {
        format!("several TCP hosts without an address share port {port}, and their ages or Istio's version decide which one receives all traffic")
    })
}

/// Whether a service adds a chain for what is left. A service whose port has no protocol does so only where it is the first
/// that may be HTTP: on every address the listener of HTTP counts as one that sniffs (core/listener.go,
/// `listenerPortProtocol`), and a second one of that kind is not added to it.
fn has_catch_all_chain<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: ServiceId,
    first_sniffing: &OnceCell<Option<ServiceId>>,
) -> bool {
    let (context, port) = (journey.context, journey.query.port);
    let is_any = |service: &Service<'_>| {
        service.ports.iter().any(|each| each.number == port && each.protocol == Protocol::Unspecified)
    };
    if !context.services.get(id).is_some_and(is_any) {
        return true;
    }
    *first_sniffing.get_or_init(|| first_sniffing_service(journey, proxy)) == Some(id)
}

/// The first service of a port that may be HTTP.
fn first_sniffing_service<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Option<ServiceId> {
    let (context, port) = (journey.context, journey.query.port);
    let mut used: Vec<(Visibility, ServiceId)> = Vec::new();
    for (visibility, other) in on_port(&proxy.scope, port, PortListener::Http) {
        let is_older = |(known, first): &(Visibility, ServiceId)| {
            *known == visibility && context.services.is_before(*first, other, &journey.assumptions)
        };
        if !used.iter().any(is_older)
            && context.services.is_selected(&proxy.scope, other, &mut journey.assumptions)
            && journey.is_on_every_address(other)
        {
            used.push((visibility, other));
        }
        if are_too_many(&used) {
            break;
        }
    }
    context.services.first_of(&used, |_, _| false, &mut journey.assumptions, || {
        format!("several hosts on port {port} may be HTTP, and where a port has no protocol the order of their ages decides")
    })
}

/// Whether these rivals are more than can be tried: then others would not change that the answer is unknown.
fn are_too_many(rivals: &[(Visibility, ServiceId)]) -> bool {
    rivals.len() > MOST_RUNS
        && rivals.first().map(|(visibility, _)| visibility) == rivals.last().map(|(visibility, _)| visibility)
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names
}
