//! The listener of a sidecar that takes what leaves its pod (`core/listener.go`, `buildSidecarOutboundListeners`).

use std::net::IpAddr;
use std::ops::ControlFlow;

use crate::istio::is_private;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::headless_endpoints::EndpointFact;
use crate::trace::outcome::istiod::service::{
    Address, Conflict, EndpointChoice, Port, Protocol, Service, different_endpoints,
};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port, protocols_on};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::dialled_address::{DialledAddress, is_automatic};
use crate::trace::outcome::proxy::external_name;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// The ports to which a pod's traffic is redirected: outbound and inbound (tools/istio-iptables, `ProxyOutboundCapturePort`,
/// `ProxyInboundCapturePort`).
const CAPTURE_PORTS: [u16; 2] = [15001, 15006];

/// A listener of a sidecar.
pub(crate) enum SidecarListener {
    /// The one that all traffic of the pod goes to first, for what no other listener takes.
    VirtualOutbound,
    /// The same, called on its own port.
    CapturePort,
    /// One on the address of some services, in the order in which the sidecar sees them as far as it is known; mostly of one.
    OnAddress(Vec<(Visibility, ServiceId)>),
    /// One on every address.
    OnPort(SharedListener),
}

/// The listener on every address that the services of a port share.
#[derive(Clone, Copy)]
pub(crate) struct SharedListener {
    /// Whether it has a filter chain of HTTP.
    pub(crate) http: bool,
    /// Whether it has filter chains for server names.
    pub(crate) tls: bool,
    /// Whether it has a filter chain for all that is left.
    pub(crate) tcp: bool,
    pub(crate) members: PortMembers,
}

/// Which services of a port share its listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortMembers {
    All,
    /// Those of this protocol.
    Only(Protocol),
    /// Those whose protocol shares a listener with others.
    Sharing,
}

impl PortMembers {
    pub(crate) fn include(self, protocol: Protocol) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => protocol == only,
            Self::Sharing => !protocol.shares_no_listener(),
        }
    }
}

/// The listener that takes the client's connection.
pub(crate) fn choose<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, payload: &Payload) -> Step<SidecarListener> {
    let (context, port) = (journey.context, journey.query.port);
    if let Some((_, setting)) = context.environment.moved_ports.iter().find(|(moved, _)| *moved == port) {
        return unknown(format!("{setting} may have sidecars take port {port} for themselves, or leave it to others"));
    }
    if CAPTURE_PORTS.contains(&port) {
        return capture_port(journey, proxy);
    }
    external_name::dialled(journey, proxy, payload)?;
    if let Some(service) = has_unknown_listener(journey, proxy) {
        return unknown(different_endpoints(service));
    }
    if let Some(address) = automatic_address(journey, proxy, payload) {
        return unknown(format!("`{address}` is an address that Istio gives to a host, and no document says to which"));
    }
    // An address may be of both kinds: the first service keeps the listener.
    let mut at_address = at_dialled_address(journey, proxy);
    let own = at_address.first().and_then(|(_, id)| context.services.get(*id)).map(address_of);
    at_address.extend(at_endpoint(journey, proxy));
    at_address.sort_unstable();
    at_address.dedup();
    if !at_address.is_empty() {
        let dialled =
            || journey.query.address.map_or_else(|| journey.query.host.clone(), |address| address.to_string());
        let address = own.unwrap_or_else(dialled);
        journey.hop(|hop| hop.listener = Some(format!("{address}_{port}")));
        return ControlFlow::Continue(SidecarListener::OnAddress(at_address));
    }
    let members = members(journey, proxy);
    let http = has_chain(journey, proxy, PortListener::Http, members);
    let tcp = has_chain(journey, proxy, PortListener::Tcp, members);
    let tls = has_chain(journey, proxy, PortListener::Tls, members);
    let networks = has_chain(journey, proxy, PortListener::Network, members);
    let http = http || (matches!(payload, Payload::Http(_)) && may_have_http_service(journey));
    if !http && !tcp && !tls && !networks {
        journey.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
        return ControlFlow::Continue(SidecarListener::VirtualOutbound);
    }
    journey.hop(|hop| hop.listener = Some(format!("0.0.0.0_{port}")));
    ControlFlow::Continue(SidecarListener::OnPort(SharedListener { http, tls, tcp, members }))
}

/// The address that a client dials, or names in `Host`, where it is one that Istio itself has given to a host of this port.
fn automatic_address<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, payload: &Payload) -> Option<IpAddr> {
    let (context, query) = (journey.context, journey.query);
    let dialled = query.address.or_else(|| host_name::address(&query.host));
    let in_header = match payload {
        Payload::Http(request) => request.host().parse().ok(),
        _ => None,
    };
    let is_given = |address: &IpAddr| is_automatic(*address) && context.at_address(*address).next().is_none();
    let (dialled, in_header) = (dialled.filter(is_given), in_header.filter(is_given));
    let found = dialled.or(in_header)?;
    let is_of = |service: &Service<'_>| {
        let protocol = service.protocol_of(query.port);
        service.address == Address::Automatic
            && protocol.is_some_and(
                |protocol| if protocol == Protocol::Http { in_header.is_some() } else { dialled.is_some() },
            )
    };
    let any = context.services.on_this_port(&proxy.scope, query.port).any(is_of);
    Some(found).filter(|_| any && journey.has_automatic_addresses())
}

/// A service for which it is not known whether the listener that takes the connection is its own: the client dials it, or it
/// may make the port's shared listener one of HTTP.
fn has_unknown_listener<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Option<&'a Service<'a>> {
    let (context, query) = (journey.context, journey.query);
    let (_, host) = context.canonical(&query.host, proxy.scope.namespace);
    for id in context.services.conflicting(query.port) {
        if context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            return context.services.get(id);
        }
    }
    let dialled = context.services.selected(&proxy.scope, host, &mut journey.assumptions);
    let is_unknown = |service: &&Service<'_>| {
        let is_here = |port: &Port| port.number == query.port && port.protocol != Protocol::Http;
        service.conflict == Conflict::Listeners && service.ports.iter().any(is_here)
    };
    dialled.iter().filter_map(|id| context.services.get(*id)).find(is_unknown)
}

/// A port on which the sidecar listens for all traffic of its pod: its own chain closes what was meant for the port
/// (`core/listener_builder.go`, `virtualOutbound-blackhole`). TLS and TCP make a second listener there, of which Envoy takes
/// one.
fn capture_port<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Step<SidecarListener> {
    let kinds = [PortListener::Tls, PortListener::Tcp, PortListener::Network];
    if kinds.into_iter().any(|kind| has_chain(journey, proxy, kind, PortMembers::All)) {
        return unknown(format!(
            "a host on port {} makes a second listener on a port that the sidecar itself has, and Envoy refuses one of them",
            journey.query.port
        ));
    }
    journey.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
    ControlFlow::Continue(SidecarListener::CapturePort)
}

/// Whether any service on the dialled port makes filter chains of a kind.
fn has_chain<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, kind: PortListener, members: PortMembers) -> bool {
    let port = journey.query.port;
    let is_member = |service: &Service<'_>| service.protocol_of(port).is_some_and(|protocol| members.include(protocol));
    journey.any_on_port(&proxy.scope, kind, is_member)
}

/// Whether a Service that no document describes may have HTTP on the dialled port: then the sidecar reads the request and
/// routes it by `Host`, and does not pass it on to the host that takes the rest of the port. What is compiled rests on there being none.
fn may_have_http_service(journey: &mut Journey<'_>) -> bool {
    let environment = journey.context.environment;
    let port = journey.query.port;
    !environment.complete.services
        && !environment.has_policies
        && !journey.assume(Unknown::HttpService(port), || {
            format!("no document says whether a Service of the cluster has HTTP on port {port}, so that sidecars route by `Host` there")
        })
}

/// The services whose own address the client dials, and that have a listener there: several may share an address.
fn at_dialled_address<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Vec<(Visibility, ServiceId)> {
    let (context, port) = (journey.context, journey.query.port);
    let listens = |id: &ServiceId| {
        let protocol = context.services.get(*id).and_then(|service| service.protocol_of(port));
        protocol.is_some_and(|protocol| !matches!(protocol, Protocol::Http | Protocol::Udp))
    };
    let alone = |id: ServiceId| {
        let seen = Some(id).filter(&listens).and_then(|id| context.services.with_visibility(&proxy.scope, id));
        seen.into_iter().collect()
    };
    // Nobody else has the address that the cluster gives to a Service.
    let (host, _) = external_name::dialled_host(journey, proxy.scope.namespace);
    for id in context.services.selected(&proxy.scope, host, &mut journey.assumptions).iter().copied() {
        if context.services.get(id).is_some_and(|service| service.address == Address::Cluster) {
            return alone(id);
        }
    }
    let address = match DialledAddress::of(journey, proxy) {
        DialledAddress::Known(address) => address,
        DialledAddress::Automatic(id) => return alone(id),
        DialledAddress::Resolved => return Vec::new(),
    };
    let mut found: Vec<(Visibility, ServiceId)> = Vec::new();
    for id in context.at_address(address).filter(listens) {
        if context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            found.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The headless Services of which the client dials an endpoint: a sidecar listens on the address of each.
fn at_endpoint<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Vec<(Visibility, ServiceId)> {
    let (context, query) = (journey.context, journey.query);
    if !context.services.any_headless() {
        return Vec::new();
    }
    let is_headless = |(_, service): &(ServiceId, &Service<'_>)| {
        let protocol = service.protocol_of(query.port);
        service.choice == EndpointChoice::OriginalDestination
            && protocol.is_some_and(|protocol| !matches!(protocol, Protocol::Http | Protocol::Udp))
    };
    let candidates: Vec<(ServiceId, &Service<'_>)> =
        context.services.ids_on_port(&proxy.scope, query.port).filter(is_headless).collect();
    let literal = query.address.or_else(|| host_name::address(&query.host));
    let mut found = Vec::new();
    for (id, service) in candidates {
        let is_there = match literal {
            Some(address) => is_endpoint(journey, (id, service), address),
            None => is_name_of_pod(journey, proxy, service),
        };
        if is_there && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            found.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    found
}

/// Whether an address is that of an endpoint of a headless Service. What is compiled rests on there being none among the
/// addresses of others that no document gives.
fn is_endpoint(journey: &mut Journey<'_>, (id, service): (ServiceId, &Service<'_>), address: IpAddr) -> bool {
    let host = &service.host;
    match journey.context.headless_endpoints.is_endpoint(address, id) {
        EndpointFact::Yes => true,
        EndpointFact::No => false,
        EndpointFact::WhenReady => journey.assume(Unknown::EndpointOf(id, address), || {
            format!("whether endpoint `{address}` of the headless Service `{host}` is ready is not known: it was not when its EndpointSlice was written")
        }),
        EndpointFact::NotGiven if journey.context.environment.has_policies && !is_private(address) => false,
        EndpointFact::NotGiven => journey.assume(Unknown::EndpointOf(id, address), || {
            format!("whether `{address}` is an endpoint of the headless Service `{host}` is not known: no EndpointSlice of it is given")
        }),
    }
}

/// Whether a name is one below that of a headless Service, as pods of a `StatefulSet` have it.
fn is_name_of_pod<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, service: &Service<'_>) -> bool {
    let (context, host) = (journey.context, &journey.query.host);
    if context.services.is_known(context.canonical(host, proxy.scope.namespace).1) {
        return false;
    }
    let mut above = host.match_indices('.').filter_map(|(at, _)| host.get(at.saturating_add(1)..));
    above.any(|name| context.canonical(name, proxy.scope.namespace).1 == service.id)
}

/// Which services of the dialled port share the listener on every address.
///
/// `MySQL` and MongoDB, whose server may send the first bytes, share none with what must be looked at first: the first
/// service decides whether the listener is for them (`core/listener.go`, `isConflictWithWellKnownPort`).
fn members<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> PortMembers {
    let (context, port) = (journey.context, journey.query.port);
    let mut protocols = protocols_on(&proxy.scope, port);
    if !protocols.any(Protocol::shares_no_listener) {
        return PortMembers::All;
    }
    let kinds = [PortListener::Http, PortListener::Tls, PortListener::Tcp, PortListener::Network];
    let on_port: Vec<(Visibility, ServiceId)> =
        kinds.iter().flat_map(|kind| on_port(&proxy.scope, port, *kind)).collect();
    let mut found: Vec<(Visibility, ServiceId)> = Vec::new();
    for (visibility, id) in on_port {
        if context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) && journey.is_on_every_address(id) {
            found.push((visibility, id));
        }
    }
    found.sort_unstable();
    found.dedup();
    let of = |id: ServiceId| {
        let protocol = context.services.get(id).and_then(|service| service.protocol_of(port));
        protocol.filter(|protocol| protocol.shares_no_listener())
    };
    let first = context.services.first_of(&found, |a, b| of(a) == of(b), &mut journey.assumptions, || {
        format!("port {port} has MySQL or MongoDB beside other protocols, and which of them the sidecar listens for depends on their ages or on Istio's version")
    });
    first.and_then(of).map_or(PortMembers::Sharing, PortMembers::Only)
}

fn address_of(service: &Service<'_>) -> String {
    match &service.address {
        Address::Fixed(addresses) => addresses.first().cloned().unwrap_or_default(),
        Address::Cluster | Address::Automatic | Address::None | Address::Networks(..) => service.host.to_string(),
    }
}
