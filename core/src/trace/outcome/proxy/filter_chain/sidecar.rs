//! The filter chain of a sidecar's listener: HTTP, TLS by server name, TCP (`core/listener.go`, `core/tls.go`).

use std::cell::OnceCell;
use std::ops::ControlFlow;

use ipnet::IpNet;

pub(crate) use super::l4_chains::L4Chain;
use super::on_address::AddressChains;
use super::{http_proxy, inspectors, l4_chains};
use crate::trace::outcome::assumptions::MOST_RUNS;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::{Conflict, Protocol, Service, different_endpoints, is_every_address};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::dialled_address::DialledAddress;
use crate::trace::outcome::proxy::journey::{DownstreamProtocol, Journey, Proxy, Step, closed, unknown};
use crate::trace::outcome::proxy::listener::sidecar::{PortMembers, SharedListener, SidecarListener};
use crate::trace::outcome::proxy::request::Request;

/// The chain of a listener for all that no other chain takes.
const CATCH_ALL: &str = "PassthroughFilterChain";

/// A filter chain of a sidecar, and what it is given.
pub(crate) enum SidecarChain<'a> {
    /// A connection manager, which routes by `Host`.
    Http(Request),
    /// A connection manager of one service, which routes every `Host` alike.
    HttpOf(ServiceId, Request),
    /// A TCP proxy, which routes all bytes alike.
    L4(L4Chain<'a>, Payload),
    /// What `outboundTrafficPolicy` says about unknown traffic.
    CatchAll(Payload),
    /// The chain that closes connections to the sidecar's own port.
    BlackHole,
}

/// The filter chain that takes the client's connection.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    listener: &SidecarListener,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    inspectors::wait(journey, proxy, listener, &payload)?;
    match listener {
        SidecarListener::CapturePort => {
            journey.hop(|hop| hop.chain = Some("virtualOutbound-blackhole".to_owned()));
            ControlFlow::Continue(SidecarChain::BlackHole)
        }
        SidecarListener::VirtualOutbound => catch_all(journey, "virtualOutbound-catchall-tcp", payload),
        SidecarListener::OnAddress(services) => on_address(journey, proxy, services, payload),
        SidecarListener::OnPort(shared) => on_port_of_all(journey, proxy, *shared, payload),
    }
}

/// The chain of the listener that the services of a port share: first the network of the dialled address decides, then
/// what the client sends.
fn on_port_of_all<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    shared: SharedListener,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    http_proxy::refuse(journey, proxy, shared, &payload)?;
    refuse_partial_wildcards(journey, proxy, shared.members)?;
    let of_networks = chains_of_networks(journey, proxy, shared.members);
    if !of_networks.is_empty() {
        let address = DialledAddress::of(journey, proxy);
        if l4_chains::most_specific(journey, &of_networks, address).is_some() {
            // Envoy does not go back to chains without a network, nor to one for all addresses: it takes the default.
            return match l4_chains::select(journey, proxy, of_networks, address, &payload)? {
                Some(chain) => l4(journey, chain, payload),
                None => match chain_for_all(journey, proxy, shared) {
                    Some(chain) if chain.networks.is_empty() => l4(journey, chain, payload),
                    _ => catch_all(journey, CATCH_ALL, payload),
                },
            };
        }
    }
    match &payload {
        Payload::Http(request) if shared.http => {
            let request = request.clone();
            journey.downstream = DownstreamProtocol::Http;
            journey.hop(|hop| hop.chain = Some("http".to_owned()));
            return ControlFlow::Continue(SidecarChain::Http(request));
        }
        Payload::Tls(Some(server_name)) if shared.tls => {
            if let Some(chain) = by_server_name(journey, proxy, server_name)? {
                return l4(journey, chain, payload);
            }
        }
        _ => {}
    }
    what_is_left(journey, proxy, shared, payload)
}

/// A server name with a wildcard for a part of a label makes Envoy refuse the whole listener of the port.
fn refuse_partial_wildcards<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, members: PortMembers) -> Step<()> {
    let (context, port) = (journey.context, journey.query.port);
    if !context.hosts.any_partial_wildcard() || !members.include(Protocol::Tls) {
        return ControlFlow::Continue(());
    }
    let kinds = [PortListener::Tls, PortListener::Network];
    for (_, id) in kinds.into_iter().flat_map(|kind| on_port(&proxy.scope, port, kind)) {
        if context.services.get(id).and_then(|service| service.protocol_of(port)) == Some(Protocol::Tls)
            && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            && journey.is_on_every_address(id)
        {
            let chains = l4_chains::tls_chains(journey, proxy, id, &[]);
            l4_chains::refuse_partial_wildcards(&chains)?;
        }
    }
    ControlFlow::Continue(())
}

/// The chain for what no other one takes.
fn what_is_left<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    shared: SharedListener,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    // A chain for the network of all addresses is no default: beside a chain for plain text Envoy looks there for what is
    // plain text, and then takes the default.
    let is_plain = !(shared.tls && matches!(payload, Payload::Tls(_)));
    match chain_for_all(journey, proxy, shared) {
        Some(chain) if chain.networks.is_empty() || !shared.http || !is_plain => l4(journey, chain, payload),
        _ => catch_all(journey, CATCH_ALL, payload),
    }
}

/// The chain of TCP for all addresses, which has no network or only that of all addresses.
fn chain_for_all<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, shared: SharedListener) -> Option<L4Chain<'a>> {
    let id = shared.tcp.then(|| first_catch_all_service(journey, proxy, shared.members)).flatten()?;
    let networks = journey.context.services.get(id).map_or(&[][..], |service| service.address.networks());
    let networks: Vec<IpNet> = networks.iter().filter(|network| is_every_address(network)).copied().collect();
    let chains = l4_chains::tcp_chains(journey, proxy, id, &networks);
    chains.into_iter().find(|chain| chain.networks.iter().all(is_every_address))
}

/// The chains of a port's shared listener that are for some networks only, in the order in which istiod builds them.
fn chains_of_networks<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, members: PortMembers) -> Vec<L4Chain<'a>> {
    let (context, port) = (journey.context, journey.query.port);
    let mut services: Vec<(Visibility, ServiceId)> = on_port(&proxy.scope, port, PortListener::Network).collect();
    // A VirtualService may be for some networks of any service.
    if context.virtual_services.any_subnets() {
        services.extend(on_port(&proxy.scope, port, PortListener::Tls));
        services.extend(on_port(&proxy.scope, port, PortListener::Tcp));
        services.sort_unstable();
        services.dedup();
    }
    let first_sniffing = OnceCell::new();
    let mut found = Vec::new();
    for (_, id) in services {
        let Some(service) = context.services.get(id) else { continue };
        let Some(protocol) = service.protocol_of(port).filter(|protocol| members.include(*protocol)) else { continue };
        if !context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            || !journey.is_on_every_address(id)
            || !has_catch_all_chain(journey, proxy, id, &first_sniffing)
        {
            continue;
        }
        // Each network of an entry makes a service of its own (`convertServices` of
        // pilot/pkg/serviceregistry/serviceentry/conversion.go).
        let mut own: Vec<&[IpNet]> = service.address.networks().chunks(1).collect();
        if service.address.networks().is_empty() {
            own.push(&[]);
        }
        for networks in own {
            let chains = match protocol {
                Protocol::Tls => l4_chains::tls_chains(journey, proxy, id, networks),
                _ => l4_chains::tcp_chains(journey, proxy, id, networks),
            };
            found.extend(chains.into_iter().filter(|chain| !chain.networks.iter().all(is_every_address)));
        }
    }
    found
}

/// The chain of a listener on an address.
fn on_address<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    services: &[(Visibility, ServiceId)],
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    let chains = AddressChains::of(journey, proxy, services)?;
    match (chains.http, payload) {
        (Some(id), Payload::Http(request)) => {
            journey.downstream = DownstreamProtocol::Http;
            ControlFlow::Continue(SidecarChain::HttpOf(id, request))
        }
        (_, payload) => {
            l4_chains::refuse_partial_wildcards(&chains.l4)?;
            on_own_chains(journey, proxy, chains.l4, payload)
        }
    }
}

/// One of the chains of a listener on an address.
fn on_own_chains<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    chains: Vec<L4Chain<'a>>,
    payload: Payload,
) -> Step<SidecarChain<'a>> {
    // Mostly there is one, for every address.
    let address = if chains.iter().all(|chain| chain.networks.is_empty()) {
        DialledAddress::Resolved
    } else {
        DialledAddress::of(journey, proxy)
    };
    let of_all = chains.iter().find(|chain| chain.networks.is_empty() && chain.server_names.is_empty()).cloned();
    match l4_chains::select(journey, proxy, chains, address, &payload)?.or(of_all) {
        Some(chain) => l4(journey, chain, payload),
        None => catch_all(journey, CATCH_ALL, payload),
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
    // A VirtualService may be for the service or not, whatever name the client dials.
    if let Some(reason) = context.written_with_capitals(&service.host) {
        return unknown(reason);
    }
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    journey.hop(|hop| {
        let has_names = !chain.server_names.is_empty();
        hop.chain = Some(if has_names { chain.server_names.join(",") } else { service.host.to_string() });
    });
    ControlFlow::Continue(SidecarChain::L4(chain, payload))
}

/// The chain of a server name, the most specific first.
fn by_server_name<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, server_name: &str) -> Step<Option<L4Chain<'a>>> {
    let context = journey.context;
    // Of an `ExternalName` Service the short names are server names, too (core/tls.go, `GenerateAltVirtualHosts`).
    let (_, canonical) = context.canonical(server_name, proxy.scope.namespace);
    let alias = context.services.external_name(canonical).map(|_| canonical);
    for name in alias.into_iter().chain(context.hosts.domains(server_name)) {
        let chains = chains_for(journey, proxy, name);
        if !chains.is_empty() {
            return l4_chains::first_chain(journey, proxy, journey.context.hosts.name(name), &chains);
        }
    }
    ControlFlow::Continue(None)
}

/// The chains of a port for a server name, in the order in which istiod builds them.
fn chains_for<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, name: HostId) -> Vec<L4Chain<'a>> {
    let context = journey.context;
    let mut hosts: Vec<HostId> = vec![name];
    if let Some(ExternalName::Host(concrete)) = context.services.external_name(name) {
        hosts.push(concrete);
    }
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
            && service.has_chains_for_every_address()
            && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            && journey.is_on_every_address(id)
        {
            ordered.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    ordered.sort_unstable();
    ordered.dedup();
    let name = context.hosts.name(name);
    let chains = ordered.into_iter().flat_map(|(_, id)| l4_chains::tls_chains(journey, proxy, id, &[]));
    // Those for some networks only are looked at before; for the network of all addresses istiod writes none.
    let is_one =
        |chain: &L4Chain<'_>| chain.networks.iter().all(is_every_address) && chain.server_names.contains(&name);
    chains.filter(is_one).collect()
}

/// The service without an address whose chain takes what is left of a port: the first that has one (`core/listener.go`,
/// `mergeTCPFilterChains`).
fn first_catch_all_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    members: PortMembers,
) -> Option<ServiceId> {
    let (context, port) = (journey.context, journey.query.port);
    let is_member = |id: ServiceId| {
        let protocol = context.services.get(id).and_then(|service| service.protocol_of(port));
        protocol.is_some_and(|protocol| members.include(protocol))
    };
    let first_sniffing = OnceCell::new();
    let mut used: Vec<(Visibility, ServiceId)> = Vec::new();
    for (visibility, id) in on_port(&proxy.scope, journey.query.port, PortListener::Tcp) {
        // Of services of one visibility whose ages are known only the first matters.
        let is_older = |(known, first): &(Visibility, ServiceId)| {
            *known == visibility && context.services.is_before(*first, id, &journey.assumptions)
        };
        if !used.iter().any(is_older)
            && is_member(id)
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
    context.services.first_of(&used, |_, _| false, &mut journey.assumptions, || {
        format!("several TCP hosts without an address share port {port}, and their ages or Istio's version decide which one receives all traffic")
    })
}

/// Whether a service adds a chain for what is left. A service whose port has no protocol does so only where it is the first
/// that may be HTTP: on every address the listener of HTTP counts as one that sniffs (`core/listener.go`,
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
