//! The listener of a sidecar that takes what leaves its pod (core/listener.go, `buildSidecarOutboundListeners`).

use std::ops::ControlFlow;

use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{
    Address, Conflict, Endpoints, Port, Protocol, Service, different_endpoints,
};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port, protocols_on};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::connection::Payload;
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
    /// One on the network of a service.
    OnNetwork(ServiceId),
    /// One on every address, and which kinds of filter chains it has.
    OnPort { http: bool, tls: bool, tcp: bool },
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
    if let Some(id) = dialled(journey, proxy)
        && let Some(service) = context.services.get(id)
        && let Some(protocol) = service.ports.iter().find(|each| each.number == port).map(|each| each.protocol)
        && !matches!(protocol, Protocol::Http | Protocol::Udp)
    {
        journey.hop(|hop| hop.listener = Some(format!("{}_{port}", address_of(service))));
        return ControlFlow::Continue(SidecarListener::OnAddress(id, protocol));
    }
    for (_, id) in on_port(&proxy.scope, port, PortListener::Network) {
        if is_dialled_network(journey, proxy, id) {
            return ControlFlow::Continue(SidecarListener::OnNetwork(id));
        }
    }
    let http = has_chain(journey, proxy, PortListener::Http);
    let tcp = has_chain(journey, proxy, PortListener::Tcp);
    let tls = has_chain(journey, proxy, PortListener::Tls);
    let http = http || (matches!(payload, Payload::Http(_)) && may_have_http_service(journey));
    if !http && !tcp && !tls {
        journey.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
        return ControlFlow::Continue(SidecarListener::VirtualOutbound);
    }
    journey.hop(|hop| hop.listener = Some(format!("0.0.0.0_{port}")));
    if has_server_first_conflict(journey, proxy) {
        return unknown(format!("port {port} has MySQL or MongoDB beside other protocols"));
    }
    ControlFlow::Continue(SidecarListener::OnPort { http, tls, tcp })
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
    if kinds.into_iter().any(|kind| has_chain(journey, proxy, kind)) {
        return unknown(format!(
            "a host on port {} makes a second listener on a port that the sidecar itself has, and Envoy refuses one of them",
            journey.query.port
        ));
    }
    journey.hop(|hop| hop.listener = Some("virtualOutbound".to_owned()));
    ControlFlow::Continue(SidecarListener::CapturePort)
}

/// Whether any service on the dialled port makes filter chains of a kind.
fn has_chain<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, kind: PortListener) -> bool {
    let services = &journey.context.services;
    on_port(&proxy.scope, journey.query.port, kind).any(|(_, id)| {
        services.is_selected(&proxy.scope, id, &mut journey.assumptions) && journey.is_on_every_address(id)
    })
}

/// Whether a Service that no document describes may have HTTP on the dialled port: then the sidecar reads the request and
/// routes it by `Host`, and does not pass it on to the host that takes the rest of the port. What is compiled rests on there being none.
fn may_have_http_service(journey: &mut Journey<'_>) -> bool {
    let environment = journey.context.environment;
    let port = journey.query.port;
    !environment.complete
        && !environment.has_policies
        && !journey.assume(Unknown::HttpService(port), || {
            format!("no document says whether a Service of the cluster has HTTP on port {port}, so that sidecars route by `Host` there")
        })
}

/// Whether the dialled address is in a network of a service.
fn is_dialled_network<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, id: ServiceId) -> bool {
    let services = &journey.context.services;
    let Some(service) = services.get(id) else { return false };
    if !services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
        return false;
    }
    let has_every_address = matches!(service.endpoints, Endpoints::Entry(entry)
        if entry.addresses.iter().any(|address| address.ends_with("/0")));
    has_every_address
        || journey.assume(Unknown::Network(id), || {
            format!("whether the dialled address is in the network of `{}` is not known", service.host)
        })
}

/// The service whose own address the client dials, if any.
fn dialled<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Option<ServiceId> {
    let (context, query) = (journey.context, journey.query);
    let (host, id) = context.canonical(&query.host, proxy.scope.namespace);
    for id in context.services.selected(&proxy.scope, id, &mut journey.assumptions).iter().copied() {
        let Some(service) = context.services.get(id) else { continue };
        if !service.ports.iter().any(|port| port.number == query.port) {
            continue;
        }
        let is_at_its_address = match &service.address {
            Address::None | Address::Networks => false,
            Address::Cluster => true,
            Address::Automatic => journey.answers_dns(),
            Address::Fixed(_) if journey.answers_dns() => true,
            // Only a client whom Istio's DNS gave such an address dials it, since no host has it.
            Address::Fixed(addresses) if addresses.iter().all(|address| is_reserved(address)) => false,
            Address::Fixed(_) => journey.assume(Unknown::ResolvesTo(id), || {
                format!("whether `{host}` resolves to an address of its ServiceEntry is not known")
            }),
        };
        if is_at_its_address {
            return Some(id);
        }
    }
    // The client dials an address, not a name.
    if !context.has_addresses() || query.host.parse::<std::net::IpAddr>().is_err() {
        return None;
    }
    let mut dialled: Vec<(Visibility, ServiceId)> = Vec::new();
    for id in context.at_address(&query.host) {
        if context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            dialled.extend(context.services.with_visibility(&proxy.scope, id));
        }
    }
    dialled.sort_unstable();
    context.services.first_of(&dialled, |_, _| false, &mut journey.assumptions, || {
        format!("several hosts have the address `{}`, and which one is taken depends on their ages or on Istio's version", query.host)
    })
}

/// Whether `MySQL` or MongoDB, whose server sends the first bytes, has a port with other protocols: Istio keeps them apart
/// from what must be looked at first (core/listener.go, `isConflictWithWellKnownPort`).
fn has_server_first_conflict<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>) -> bool {
    let port = journey.query.port;
    let is_server_first = |protocol: Protocol| protocol == Protocol::ServerFirst;
    protocols_on(&proxy.scope, port).any(is_server_first)
        && protocols_on(&proxy.scope, port).any(|protocol| !is_server_first(protocol))
}

fn address_of(service: &Service<'_>) -> String {
    match &service.address {
        Address::Fixed(addresses) => addresses.first().cloned().unwrap_or_default(),
        Address::Cluster | Address::Automatic | Address::None | Address::Networks => service.host.to_string(),
    }
}

/// 240.0.0.0/4: no host has such an address.
fn is_reserved(address: &str) -> bool {
    address
        .parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.octets().first().is_some_and(|first| *first >= 240))
}
