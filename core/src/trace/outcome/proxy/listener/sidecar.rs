//! The listener of a sidecar that takes what leaves its pod (`core/listener.go`, `buildSidecarOutboundListeners`).

use std::ops::ControlFlow;

use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Address, Conflict, Port, Protocol, Service, different_endpoints};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port, protocols_on};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::dialled_address::DialledAddress;
use crate::trace::outcome::proxy::external_name;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// The ports to which a pod's traffic is redirected: outbound and inbound (tools/istio-iptables, `ProxyOutboundCapturePort`,
/// `ProxyInboundCapturePort`).
const CAPTURE_PORTS: [u16; 2] = [15001, 15006];

/// A listener of a sidecar.
#[derive(Clone, Copy)]
pub(crate) enum SidecarListener {
    /// The one that all traffic of the pod goes to first, for what no other listener takes.
    VirtualOutbound,
    /// The same, called on its own port.
    CapturePort,
    /// One on the address of a service, whose port has this protocol.
    OnAddress(ServiceId, Protocol),
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
    if CAPTURE_PORTS.contains(&port) {
        return capture_port(journey, proxy);
    }
    external_name::dialled(journey, proxy, payload)?;
    if let Some(service) = has_unknown_listener(journey, proxy) {
        return unknown(different_endpoints(service));
    }
    if let Some((id, protocol)) = at_dialled_address(journey, proxy)
        && let Some(service) = context.services.get(id)
    {
        journey.hop(|hop| hop.listener = Some(format!("{}_{port}", address_of(service))));
        return ControlFlow::Continue(SidecarListener::OnAddress(id, protocol));
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
    let (services, port) = (&journey.context.services, journey.query.port);
    on_port(&proxy.scope, port, kind).any(|(_, id)| {
        services.get(id).and_then(|service| service.protocol_of(port)).is_some_and(|protocol| members.include(protocol))
            && services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            && journey.is_on_every_address(id)
    })
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

/// The service whose own address the client dials, with the protocol of the port, if the service has a listener there.
fn at_dialled_address<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Option<(ServiceId, Protocol)> {
    let (context, port) = (journey.context, journey.query.port);
    let listens = |id: ServiceId| {
        let protocol = context.services.get(id)?.protocol_of(port)?;
        (!matches!(protocol, Protocol::Http | Protocol::Udp)).then_some((id, protocol))
    };
    // Nobody else has the address that the cluster gives to a Service.
    let (host, _) = external_name::dialled_host(journey, proxy.scope.namespace);
    for id in context.services.selected(&proxy.scope, host, &mut journey.assumptions).iter().copied() {
        if context.services.get(id).is_some_and(|service| service.address == Address::Cluster) {
            return listens(id);
        }
    }
    let address = match DialledAddress::of(journey, proxy) {
        DialledAddress::Known(address) => address,
        DialledAddress::Automatic(id) => return listens(id),
        DialledAddress::Resolved => return None,
    };
    let mut found: Vec<(Visibility, ServiceId)> = Vec::new();
    for id in context.at_address(address).filter(|id| listens(*id).is_some()) {
        if context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            found.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    found.sort_unstable();
    let first = context.services.first_of(&found, |_, _| false, &mut journey.assumptions, || {
        format!("several hosts have the address `{address}`, and which one is taken depends on their ages or on Istio's version")
    });
    first.and_then(listens)
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
