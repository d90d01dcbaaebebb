//! What Envoys do with a request, one step a file, in the order in which an Envoy takes them: listener, filter chain,
//! HTTP codec, authorization, route, cluster, endpoint.
//!
//! This file calls the steps; no step calls another one.

mod cluster;
mod connection;
mod dialled_address;
mod endpoint;
mod external_name;
mod filter_chain;
mod headers;
mod http_codec;
mod http_inspector;
mod journey;
mod listener;
mod patches;
mod path_normalization;
mod rbac;
mod request;
mod route;
mod target;
mod ztunnel;

use std::borrow::Cow;
use std::ops::ControlFlow;

use connection::{Certificate, Connection, GatewayConnection, Payload, Transport};
use dialled_address::DialledAddress;
use filter_chain::sidecar::SidecarChain;
pub(super) use journey::Detail;
use journey::{DownstreamProtocol, End, Journey, Proxy, Step, unknown};
use request::Request;
use ztunnel::Outbound;

use super::assumptions::{Assumptions, Unknown};
use super::host_name;
use super::ids::{GatewayPodsId, ServiceId};
use super::istiod::external_names::ExternalName;
use super::istiod::gateway_pods::{GatewayPods, Pods};
use super::istiod::pods::ClientLabels;
use super::istiod::push_context::PushContext;
use super::istiod::service::Endpoints;
use super::istiod::waypoints::BoundWaypoint;
use crate::model::{Captured, ClientSettings, DataPlane};
use crate::resource::Labels;
use crate::trace::{ClientPath, Query, Stop, Trace, Verdict};

/// How many gateways a request may pass: more of them are a loop.
const MOST_GATEWAYS: usize = 4;

/// What comes of a request under some assumptions, and what else it had to assume.
pub(crate) fn run<'a>(
    context: &'a PushContext<'a>,
    query: &'a Query,
    clients: &'a [ClientSettings],
    mut assumptions: Assumptions,
    detail: Detail,
) -> (Trace, Assumptions) {
    let client = assumptions.assume_one_of(
        clients,
        || Unknown::Workload,
        || {
            "several workloads have these labels, and their traffic does not leave their pods in the same way"
                .to_owned()
        },
        |client| client.workload.as_ref().map_or_else(|| "another".to_owned(), |name| format!("`{name}`")),
    );
    let Some(client) = client else { return (Trace::of_nothing(), assumptions) };
    let mut journey = Journey::new(context, query, client, assumptions, detail);
    let end = travel(&mut journey);
    journey.trace(end)
}

/// From the client through all gateways to the end.
fn travel(journey: &mut Journey<'_>) -> End {
    if journey.context.objects.has_too_many_routes {
        return End::unknown("there are more routes of the Gateway API than are evaluated");
    }
    let mut next = client(journey);
    let mut passed: Vec<GatewayConnection> = Vec::new();
    loop {
        let connection = match next {
            ControlFlow::Continue(connection) => connection,
            ControlFlow::Break(end) => return *end,
        };
        // What comes of it there is what came of it before, unless chance decides anew.
        if passed.contains(&connection) && !journey.assumptions.have_chance() {
            journey.note("the request goes from gateway to gateway in a loop, and never arrives".to_owned());
            return End::new(Verdict::Blocked);
        }
        if passed.len() == MOST_GATEWAYS {
            return End::unknown("the request goes from gateway to gateway in a loop");
        }
        passed.push(connection.clone());
        next = gateway(journey, connection);
    }
}

/// Out of the client's pod.
fn client(journey: &mut Journey<'_>) -> Step<GatewayConnection> {
    let (context, query) = (journey.context, journey.query);
    let data_plane = data_plane(journey);
    let is_direct = matches!(query.path, ClientPath::Direct { .. });
    if let Some(doubt) = journey.client.ambient_doubt.as_ref().filter(|_| !is_direct) {
        return unknown(doubt.clone());
    }
    let control_plane = context.environment.doubts.control_plane.as_ref();
    // A caller that says how the traffic leaves the pod needs no document for it.
    let is_by_documents = query.path == ClientPath::Sidecar || query.path == ClientPath::from(data_plane);
    if let Some(other) = control_plane.filter(|_| is_by_documents) {
        return unknown(format!(
            "{other} decides which pods have a sidecar, and which objects it sees, by rules that are not modelled"
        ));
    }
    match &query.path {
        ClientPath::Sidecar => match data_plane {
            DataPlane::Sidecar => {
                if captures(journey)? {
                    sidecar(journey)
                } else if is_told_nowhere(journey)? {
                    journey.note(format!(
                        "the sidecar gives `{}` an address at which nothing but the sidecar itself answers, and does not capture it",
                        query.host
                    ));
                    ControlFlow::Break(Box::new(End::new(Verdict::Blocked)))
                } else {
                    past_sidecar(journey)
                }
            }
            DataPlane::Ambient => in_ambient(journey),
            DataPlane::None => without_sidecar(journey),
        },
        ClientPath::Ambient => in_ambient(journey),
        ClientPath::Direct { gateway, outer_sni } => {
            let Some(gateway) = context.gateways.named(gateway) else {
                return unknown(format!("no gateway is called `{gateway}`"));
            };
            let server_name = (!outer_sni.is_empty()).then(|| outer_sni.to_ascii_lowercase());
            let transport = Transport::Tls { server_name, certificate: Certificate::Mesh };
            let connection = Connection { transport, payload: Payload::of(query) };
            ControlFlow::Continue(GatewayConnection { gateway, port: query.port, connection })
        }
        ClientPath::None => without_sidecar(journey),
    }
}

/// The data plane of the client; what no document describes is taken to be as Istio sets it by itself, and the answer says
/// so.
fn data_plane(journey: &mut Journey<'_>) -> DataPlane {
    let client = journey.client;
    // A caller may say how the traffic leaves the pod; then nothing is taken for it.
    let is_of_documents = match journey.query.path {
        ClientPath::Sidecar => true,
        ClientPath::Ambient => client.data_plane == DataPlane::Ambient,
        ClientPath::None => client.data_plane == DataPlane::None,
        ClientPath::Direct { .. } => false,
    };
    if is_of_documents && !client.not_described.is_empty() {
        let plane = match client.data_plane {
            DataPlane::Sidecar => "have a sidecar that captures all that the documents do not exclude",
            DataPlane::Ambient => "be in ambient mode",
            DataPlane::None => "have no sidecar",
        };
        journey.assumed(format!(
            "the client is taken to {plane}: no document describes {}",
            client.not_described.join(", ")
        ));
    }
    client.data_plane
}

/// Whether the client's sidecar captures the connection.
fn captures(journey: &mut Journey<'_>) -> Step<bool> {
    let query = journey.query;
    let address = query.dialled_address();
    // istio-iptables returns what leaves by the loopback interface, unless somebody includes its network
    // (`tools/istio-iptables/pkg/capture/run.go`).
    if address.is_some_and(|address| address.is_loopback()) && !journey.client.capture.includes_loopback() {
        return unknown("a connection to a loopback address stays in the pod, and no document says what listens there");
    }
    let captured = match dialled_by_name(journey)? {
        Some(dialled) => dialled.captured(journey),
        None => journey.client.capture.captures(query.port, address),
    };
    Step::Continue(match captured {
        Captured::Yes => true,
        Captured::No(setting) => {
            journey.note(format!("the client's sidecar does not capture the connection, because of {}", setting.value));
            false
        }
        Captured::ByAddress(setting) => journey.assume(Unknown::Captured, || {
            format!(
                "whether the sidecar captures the address of `{}` is not known, because of {}",
                query.host, setting.value
            )
        }),
        Captured::NotFollowed(setting) => {
            return unknown(format!("{} may change what the client's sidecar captures", setting.value));
        }
    })
}

/// The address that the client's sidecar gives to the dialled name, where networks decide what is captured: it answers the query
/// before the client dials. `None` where nothing is known about it.
fn dialled_by_name(journey: &mut Journey<'_>) -> Step<Option<DialledAddress>> {
    if !journey.client.capture.depends_on_addresses() || !has_address_of_istio(journey) {
        return ControlFlow::Continue(None);
    }
    let proxy = proxy_of_client(journey)?;
    let dialled = DialledAddress::of(journey, &proxy);
    ControlFlow::Continue((dialled != DialledAddress::Resolved).then_some(dialled))
}

/// Whether the address that the client dials is one that only its sidecar knows.
fn is_told_nowhere(journey: &mut Journey<'_>) -> Step<bool> {
    // Without any capture the sidecar answers no query.
    if journey.client.capture.off.is_some() || !has_address_of_istio(journey) {
        return ControlFlow::Continue(false);
    }
    let proxy = proxy_of_client(journey)?;
    ControlFlow::Continue(DialledAddress::of(journey, &proxy).is_nowhere())
}

/// Whether a ServiceEntry gives the dialled name an address, or has Istio give it one.
fn has_address_of_istio(journey: &Journey<'_>) -> bool {
    let (context, query) = (journey.context, journey.query);
    let (_, host) = context.canonical(&query.host, &query.namespace);
    query.dialled_address().is_none() && context.services.has_address_of_istio(host)
}

/// A client in ambient mode.
fn in_ambient(journey: &mut Journey<'_>) -> Step<GatewayConnection> {
    let payload = Payload::of(journey.query);
    match ztunnel::outbound(journey)? {
        Outbound::Straight { host, port } => {
            endpoint::arrival::arrive(journey, &host, port, &Connection::plain(payload))
        }
        Outbound::Waypoint(waypoint, service) => through_waypoint(journey, &waypoint, service, payload),
    }
}

/// Through the waypoint of a service.
fn through_waypoint<'a>(
    journey: &mut Journey<'a>,
    waypoint: &BoundWaypoint<'a>,
    id: ServiceId,
    payload: Payload,
) -> Step<GatewayConnection> {
    let context = journey.context;
    let Some(service) = context.services.get(id) else { return journey.failed("UH") };
    let proxy = waypoint_proxy(journey, waypoint)?;
    match context.services_of_waypoint(waypoint, service.id, &mut journey.assumptions) {
        Ok(known) if known.len() > 1 => return unknown(cluster::waypoint::several(waypoint, &service.host)),
        Ok(_) => {}
        Err(why) => return unknown(why),
    }
    patches::at_waypoint(journey, waypoint, service)?;
    let stream = filter_chain::waypoint::choose(journey, service, payload)?;
    let stream = http_codec::at_waypoint(journey, stream)?;
    let policies = context.waypoints.policies(waypoint, service);
    rbac::authorize_at_waypoint(journey, &policies, &stream)?;
    let target = route::waypoint::choose(journey, &proxy, service, stream)?;
    let cluster = cluster::waypoint::choose(journey, &proxy, (waypoint, id), target)?;
    endpoint::connect(journey, &proxy, cluster)
}

/// A client without a sidecar.
fn without_sidecar(journey: &mut Journey<'_>) -> Step<GatewayConnection> {
    journey.note("without a sidecar no rule of Istio applies; only a NetworkPolicy can block the request".to_owned());
    past_sidecar(journey)
}

/// A connection that no proxy of the client takes: it reaches a gateway's Service, or the host itself.
fn past_sidecar(journey: &mut Journey<'_>) -> Step<GatewayConnection> {
    let (context, query) = (journey.context, journey.query);
    let (_, host) = context.canonical(&query.host, &query.namespace);
    let host = match context.services.external_name(host) {
        Some(ExternalName::Host(concrete)) => concrete,
        _ => host,
    };
    let services = context.services.anywhere(host).filter_map(|id| context.services.get(id));
    let gateway = services.into_iter().find_map(|service| match service.endpoints {
        Endpoints::Gateway(gateway) => Some(gateway),
        _ => None,
    });
    if let Some(gateway) = gateway {
        let connection = Connection::without_certificate(query);
        return ControlFlow::Continue(GatewayConnection { gateway, port: query.port, connection });
    }
    let connection = Connection::plain(Payload::of(query));
    endpoint::arrival::arrive(journey, &query.host.to_ascii_lowercase(), query.port, &connection)
}

/// Through the client's sidecar.
fn sidecar(journey: &mut Journey<'_>) -> Step<GatewayConnection> {
    journey.downstream = DownstreamProtocol::Tcp;
    let mut proxy = sidecar_of_client(journey)?;
    for name in names_of_request(journey.query) {
        if let Some(reason) = journey.context.written_with_capitals(name) {
            return unknown(reason);
        }
    }
    let payload = Payload::of(journey.query);
    let is_http = matches!(payload, Payload::Http(_));
    let payload = http_inspector::look_at(payload);
    // A listener for one port whose protocol is HTTP does not look.
    if is_http && matches!(payload, Payload::Opaque) && proxy.scope.listeners.is_some_and(|all| all.of_port.is_some()) {
        return unknown("what an egress listener of a Sidecar does with a request that is no HTTP is not modelled");
    }
    let listener = listener::sidecar::choose(journey, &proxy, &payload)?;
    let chain = filter_chain::sidecar::choose(journey, &proxy, &listener, payload)?;
    patches::at_sidecar_chain(journey, &proxy, &listener, &chain)?;
    let chain = http_codec::at_sidecar(journey, chain)?;
    if let Some(scope) = proxy.scope.of_routes(journey.query.port) {
        match chain {
            SidecarChain::Http(_) => proxy.scope = scope,
            SidecarChain::HttpOf(..) => {
                return unknown(
                    "the routes of a service with an address are those of an egress listener for its port, which is not modelled beside another listener",
                );
            }
            SidecarChain::L4(..) | SidecarChain::CatchAll(_) | SidecarChain::BlackHole => {}
        }
    }
    patches::at_sidecar_routes(journey, &proxy, &chain)?;
    let target = route::outbound(journey, &proxy, chain)?;
    let target = cluster::behind_external_name(journey, &proxy, target)?;
    patches::at_cluster(journey, &proxy, &target)?;
    let cluster = cluster::choose(journey, &proxy, target)?;
    endpoint::connect(journey, &proxy, cluster)
}

/// The names that a request has: the one that is dialled, `Host` and the server name.
fn names_of_request(query: &Query) -> impl Iterator<Item = &str> {
    let in_header = query.written_authority();
    let in_header = in_header.map(host_name::without_port);
    [Some(query.host.as_str()), in_header, query.sni.as_deref()].into_iter().flatten()
}

/// Through a gateway.
fn gateway(journey: &mut Journey<'_>, arrival: GatewayConnection) -> Step<GatewayConnection> {
    let GatewayConnection { gateway: id, port, connection } = arrival;
    let Some(gateway) = journey.context.gateways.get(id) else { return journey.failed("UH") };
    let proxy = gateway_proxy(journey, id, &gateway.pods, (port, &connection))?;
    patches::at_gateway_port(journey, &proxy, port)?;
    let listener = listener::gateway::choose(journey, (id, gateway), port, &connection)?;
    let chain = filter_chain::gateway::choose(journey, gateway, &listener, &connection)?;
    patches::at_gateway_chain(journey, &proxy, &listener, chain)?;
    let stream = filter_chain::gateway::open(journey, chain, connection)?;
    let stream = http_codec::at_gateway(journey, stream)?;
    let host = stream.request().map(Request::host).or_else(|| stream.server_name.clone());
    if let Some(reason) = host.and_then(|host| journey.context.written_with_capitals(&host)) {
        return unknown(reason);
    }
    rbac::authorize(journey, (id, gateway), &listener, &stream)?;
    patches::at_gateway_routes(journey, &proxy, &listener, &stream)?;
    let target = route::inbound(journey, &proxy, chain, stream)?;
    let target = cluster::behind_external_name(journey, &proxy, target)?;
    patches::at_cluster(journey, &proxy, &target)?;
    let cluster = cluster::choose(journey, &proxy, target)?;
    endpoint::connect(journey, &proxy, cluster)
}

/// The client's sidecar, which takes the request.
fn sidecar_of_client<'a>(journey: &mut Journey<'a>) -> Step<Proxy<'a>> {
    let proxy = proxy_of_client(journey)?;
    journey.arrive_at(Stop::Sidecar);
    if let Some(sidecar) = proxy.scope.sidecar {
        journey.decided(&sidecar.meta, sidecar.spec.span);
    }
    patches::at_proxy(journey, &proxy)?;
    ControlFlow::Continue(proxy)
}

/// The client's sidecar, with what it sees of the mesh.
fn proxy_of_client<'a>(journey: &mut Journey<'a>) -> Step<Proxy<'a>> {
    let (context, query) = (journey.context, journey.query);
    let environment = context.environment;
    if let Some(setting) = environment.not_followed.first().filter(|_| !environment.has_policies) {
        return unknown(format!("which objects the sidecar sees is not known: {setting}"));
    }
    if let Some(setting) = environment.doubts.objects.first() {
        return unknown(format!("which objects the sidecar sees is not known: {setting}"));
    }
    if let Some(meta) = context.unmodelled.of_other_revision(journey.client.revision.as_deref()) {
        return unknown(format!(
            "{} `{}/{}` is for one revision of Istio, and it is not known to be that of the client",
            meta.kind, meta.namespace, meta.name
        ));
    }
    let labels = ClientLabels::of(query, journey.client);
    let selected_by = |selector: &Labels| labels.selected_by(selector);
    let unmodelled = context.unmodelled.at_proxy(Stop::Sidecar, &query.namespace, selected_by, has_token(query));
    let client = (labels, journey.client.dns_capture);
    let dialled = (query.host.as_str(), query.port);
    let scope = match context.sidecar_scope(&query.namespace, client, dialled, &mut journey.assumptions) {
        Ok(scope) => scope,
        Err(why) => return unknown(why),
    };
    ControlFlow::Continue(Proxy { at: Stop::Sidecar, scope, pods: Pods::Client(labels), unmodelled })
}

/// A gateway's Envoy, with what it sees of the mesh.
fn gateway_proxy<'a>(
    journey: &mut Journey<'a>,
    id: GatewayPodsId,
    pods: &'a GatewayPods<'a>,
    (port, connection): (u16, &Connection),
) -> Step<Proxy<'a>> {
    let context = journey.context;
    journey.arrive_at(Stop::Gateway);
    journey.visit = journey.visit.saturating_add(1);
    // A client without a sidecar calls it itself.
    if let Some(reason) = pods.may_run_none() {
        return unknown(reason);
    }
    journey.crosses(&pods.name, port, connection.encryption());
    if let Some(setting) = pods.proxy_protocol {
        return unknown(format!(
            "{setting} has the pods of gateway `{}` want the PROXY protocol first, which is not modelled",
            pods.name
        ));
    }
    let has_token = has_token(journey.query);
    let selected_by = |selector: &Labels| pods.labels.selected_by(selector);
    let unmodelled = context.unmodelled.at_proxy(Stop::Gateway, pods.namespace, selected_by, has_token);
    let scope = context.gateway_scope(pods.namespace);
    let proxy = Proxy { at: Stop::Gateway, scope, pods: Pods::Gateway(id, pods), unmodelled };
    patches::at_proxy(journey, &proxy)?;
    ControlFlow::Continue(proxy)
}

/// A waypoint's Envoy, with what it sees of the mesh.
fn waypoint_proxy<'a>(journey: &mut Journey<'a>, waypoint: &BoundWaypoint<'a>) -> Step<Proxy<'a>> {
    journey.arrive_at(Stop::Waypoint);
    journey.visit = journey.visit.saturating_add(1);
    journey.gateway = Some(Cow::Owned(waypoint.full_name()));
    if waypoint.gateway.is_some_and(|gateway| gateway.spec.is_ready.is_none()) {
        journey.assumed(format!(
            "waypoint `{}` is taken to be ready: if it is not, ztunnel connects to the host itself",
            waypoint.full_name()
        ));
    }
    let scope = journey.context.gateway_scope(waypoint.namespace);
    ControlFlow::Continue(Proxy { at: Stop::Waypoint, scope, pods: Pods::Waypoint, unmodelled: Vec::new() })
}

fn has_token(query: &Query) -> bool {
    query.headers.contains_key("authorization")
}
