//! What objects that are not modelled may change of a proxy: an EnvoyFilter only what its patches match
//! (`core/envoyfilter`), an extension only the filter chains that it is put into.

use std::ops::ControlFlow;

use super::connection::Payload;
use super::filter_chain::gateway::GatewayStream;
use super::filter_chain::sidecar::SidecarChain;
use super::journey::{Journey, Proxy, Step, unknown};
use super::listener::gateway::MatchedListener;
use super::listener::sidecar::SidecarListener;
use super::target::Target;
use crate::istio::{ApplyTo, Meta, Object, Other, Patch, PatchContext, PatchOperation, Touches};
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ContainerPort;
use crate::trace::outcome::istiod::gateway_listener::{ChainFilter, GatewayFilterChain};
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::service::Service;
use crate::trace::outcome::istiod::waypoints::BoundWaypoint;

/// The listener of a sidecar for what no other listener takes.
const VIRTUAL_OUTBOUND: &str = "virtualOutbound";

/// Filters that read HTTP, and filters that pass bytes on, as Istio names them, today and long ago.
const CONNECTION_MANAGER: [&str; 2] =
    ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];
const TCP_PROXY: [&str; 2] = ["envoy.filters.network.tcp_proxy", "envoy.tcp_proxy"];

/// The listener of a connection, as patches match it.
struct PatchedListener<'a> {
    kind: ListenerKind,
    /// The port on which it listens; for a gateway also the port of its servers, as long as it is not known which one counts.
    ports: Vec<u16>,
    /// Its filter chain.
    chain: Chain<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ListenerKind {
    VirtualOutbound,
    OnEveryAddress,
    OnSomeAddress,
    OfGateway,
}

/// A filter chain, as patches match it.
struct Chain<'a> {
    http: bool,
    /// Whether it takes TLS alone.
    tls: bool,
    server_names: Vec<&'a str>,
}

/// Whether an object may change the whole proxy.
pub(crate) fn at_proxy<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>) -> Step<()> {
    touched(journey, proxy, |touches| match touches {
        Touches::All => true,
        Touches::Patched(patches) => patches.iter().any(|patch| patch.apply_to == ApplyTo::Anything),
        Touches::Extended(_) => false,
    })
}

/// Whether an object is attached to a waypoint, or to the service behind it.
pub(crate) fn at_waypoint<'a>(journey: &Journey<'a>, waypoint: &BoundWaypoint<'a>, service: &Service<'a>) -> Step<()> {
    let has_token = journey.query.headers.contains_key("authorization");
    match journey.context.unmodelled.at_waypoint(waypoint, service, has_token) {
        Some(Object { meta, .. }) => unknown(format!(
            "{} `{}/{}` is attached to waypoint `{}` or to `{}`, and it is not modelled",
            meta.kind,
            meta.namespace,
            meta.name,
            waypoint.full_name(),
            service.host
        )),
        None => ControlFlow::Continue(()),
    }
}

/// Whether an object may make a listener or a filter chain of a gateway where istiod makes none.
pub(crate) fn at_gateway_port<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, port: u16) -> Step<()> {
    let version = journey.context.environment.istio_version.as_deref();
    let Pods::Gateway(_, pods) = proxy.pods else { return ControlFlow::Continue(()) };
    let containers = pods.container_ports(port);
    let may_be_here = |wanted: u16| {
        let is_it = |container: &ContainerPort| match container {
            ContainerPort::Number(number) => *number == wanted,
            ContainerPort::Unmentioned => true,
        };
        wanted == port || containers.iter().any(is_it)
    };
    touched(journey, proxy, |touches| {
        let Touches::Patched(patches) = touches else { return false };
        patches.iter().filter(|patch| is_for(patch, proxy.at, version)).any(|patch| {
            match (patch.apply_to, patch.operation) {
                (ApplyTo::Listener, PatchOperation::Add) => patch.added_port.is_none_or(may_be_here),
                (ApplyTo::Listener | ApplyTo::ListenerFilter | ApplyTo::FilterChain, _) => {
                    patch.operation != PatchOperation::Remove && patch.object.port.is_none_or(may_be_here)
                }
                _ => false,
            }
        })
    })
}

/// Whether an object may change which listener and filter chain of a sidecar take a connection, or what the chain does.
pub(crate) fn at_sidecar_chain<'a>(
    journey: &Journey<'a>,
    proxy: &Proxy<'a>,
    listener: &SidecarListener,
    chain: &SidecarChain<'a>,
) -> Step<()> {
    if proxy.unmodelled.is_empty() {
        return ControlFlow::Continue(());
    }
    let chain = match chain {
        SidecarChain::Http(_) | SidecarChain::HttpOf(..) => Chain { http: true, tls: false, server_names: Vec::new() },
        SidecarChain::L4(chain, payload) => {
            Chain { http: false, tls: matches!(payload, Payload::Tls(_)), server_names: chain.server_names().to_vec() }
        }
        SidecarChain::CatchAll(_) | SidecarChain::BlackHole => {
            Chain { http: false, tls: false, server_names: Vec::new() }
        }
    };
    let kind = match listener {
        SidecarListener::VirtualOutbound | SidecarListener::CapturePort => ListenerKind::VirtualOutbound,
        SidecarListener::OnAddress(..) => ListenerKind::OnSomeAddress,
        SidecarListener::OnPort(_) => ListenerKind::OnEveryAddress,
    };
    at_chain(journey, proxy, &PatchedListener { kind, ports: vec![journey.query.port], chain })
}

/// The same of a gateway.
pub(crate) fn at_gateway_chain<'a>(
    journey: &Journey<'a>,
    proxy: &Proxy<'a>,
    found: &MatchedListener<'a>,
    chain: &'a GatewayFilterChain<'a>,
) -> Step<()> {
    if proxy.unmodelled.is_empty() {
        return ControlFlow::Continue(());
    }
    let names = found.listener.chains().find(|(known, _)| std::ptr::eq(*known, chain)).map(|(_, names)| names);
    let chain = Chain {
        http: matches!(chain.filter, ChainFilter::Http { .. }),
        tls: chain.server.tls.is_some(),
        server_names: names.unwrap_or_default(),
    };
    at_chain(journey, proxy, &PatchedListener { kind: ListenerKind::OfGateway, ports: gateway_ports(found), chain })
}

fn gateway_ports(found: &MatchedListener<'_>) -> Vec<u16> {
    let servers = found.listener.chains().map(|(chain, _)| chain.server.port);
    let container = match found.container {
        ContainerPort::Number(number) => Some(number),
        // It may be any port, which `matches_port` takes for every one.
        ContainerPort::Unmentioned => None,
    };
    container.into_iter().chain(servers).chain([found.port]).collect()
}

fn at_chain<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, listener: &PatchedListener<'_>) -> Step<()> {
    let version = journey.context.environment.istio_version.as_deref();
    touched(journey, proxy, |touches| match touches {
        Touches::All => true,
        Touches::Patched(patches) => patches.iter().any(|patch| {
            is_for(patch, proxy.at, version) && (changes_listener(patch, listener) || changes_chain(patch, listener))
        }),
        Touches::Extended(extension) => {
            let is_on_port = extension.ports.is_empty() || extension.ports.iter().any(|port| listener.has_port(*port));
            // The catch-all has no extensions (core/listener_builder.go, `buildOutboundCatchAllNetworkFiltersOnly`).
            let has_extensions = listener.kind != ListenerKind::VirtualOutbound;
            is_on_port && has_extensions && (!extension.of_http || listener.chain.http)
        }
    })
}

/// Whether an object may change the routes that take a request for a host. Chains that read no HTTP have no routes.
pub(crate) fn at_sidecar_routes<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, chain: &SidecarChain<'a>) -> Step<()> {
    match chain {
        SidecarChain::Http(request) | SidecarChain::HttpOf(_, request) if !proxy.unmodelled.is_empty() => {
            at_routes(journey, proxy, &[journey.query.port], &request.host())
        }
        _ => ControlFlow::Continue(()),
    }
}

/// The same of a gateway.
pub(crate) fn at_gateway_routes<'a>(
    journey: &Journey<'a>,
    proxy: &Proxy<'a>,
    found: &MatchedListener<'a>,
    stream: &GatewayStream,
) -> Step<()> {
    match stream.request() {
        Some(request) if !proxy.unmodelled.is_empty() => {
            at_routes(journey, proxy, &gateway_ports(found), &request.host())
        }
        _ => ControlFlow::Continue(()),
    }
}

fn at_routes<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, ports: &[u16], host: &str) -> Step<()> {
    let version = journey.context.environment.istio_version.as_deref();
    let may_be_of = |patch: &Patch| {
        let is_of_host = |name: &String| may_be_host(journey, proxy, name, host);
        patch.object.virtual_host.iter().all(is_of_host)
    };
    let is_of_port = |patch: &Patch| {
        let by_number = patch.object.port.is_none_or(|port| ports.contains(&port));
        // A sidecar calls them by the port, or by host and port; a gateway's have longer names (core/httproute.go,
        // `BuildHTTPRoutes`).
        let by_name = patch.object.name.as_deref().is_none_or(|name| {
            let last = name.rsplit_once(':').map_or(name, |(_, port)| port);
            proxy.at == Stop::Gateway || ports.iter().any(|port| last == port.to_string())
        });
        by_number && by_name
    };
    touched(journey, proxy, |touches| {
        let Touches::Patched(patches) = touches else { return false };
        patches.iter().filter(|patch| is_for(patch, proxy.at, version) && is_of_port(patch)).any(|patch| {
            match (patch.apply_to, patch.operation) {
                // "only merge is applicable for route configuration."
                (ApplyTo::RouteConfiguration, operation) => operation == PatchOperation::Change,
                // One that is taken away leaves the others as they are.
                (ApplyTo::VirtualHost, PatchOperation::Remove) | (ApplyTo::HttpRoute, _) => may_be_of(patch),
                // One that is added or changed may get other domains.
                (ApplyTo::VirtualHost, PatchOperation::Add | PatchOperation::Change) => true,
                _ => false,
            }
        })
    })
}

/// Whether a virtual host of this name, `host:port`, or a domain, may take a request for a host.
fn may_be_host(journey: &Journey<'_>, proxy: &Proxy<'_>, name: &str, host: &str) -> bool {
    let named = host_name::lowered(host_name::without_port(name)).into_owned();
    // `allow_any`, `block_all`, `blackhole` and `*` are no host's.
    if !named.contains('.') {
        return true;
    }
    let context = journey.context;
    let full = |name: &str| {
        let (name, id) = context.canonical(name, proxy.scope.namespace);
        let short = context.host_of_short_name(&name, proxy.scope.namespace).filter(|_| !context.services.is_known(id));
        short.map_or(name.clone().into_owned(), |id| context.hosts.name(id).to_owned())
    };
    // The virtual host of a headless Service takes requests for all names below it.
    let mut below = host.match_indices('.').filter_map(|(at, _)| host.get(at.saturating_add(1)..));
    let named_in_full = full(&named);
    host_name::is_within(host, &named)
        || host_name::is_within(&full(host), &named_in_full)
        || (context.services.is_headless(context.hosts.id(&named_in_full))
            && below.any(|name| full(name) == named_in_full))
}

/// Whether an object may change the cluster that a request is sent to.
pub(crate) fn at_cluster<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, target: &Target<'a>) -> Step<()> {
    if proxy.unmodelled.is_empty() {
        return ControlFlow::Continue(());
    }
    let (name, service) = match target {
        Target::Outbound { host, port, subset, .. } => {
            (format!("outbound|{port}|{subset}|{host}"), Some((host.to_ascii_lowercase(), *port, *subset)))
        }
        Target::Passthrough(_) => ("PassthroughCluster".to_owned(), None),
        Target::BlackHole => ("BlackHoleCluster".to_owned(), None),
    };
    let version = journey.context.environment.istio_version.as_deref();
    touched(journey, proxy, |touches| {
        let Touches::Patched(patches) = touches else { return false };
        patches.iter().filter(|patch| patch.apply_to == ApplyTo::Cluster && is_for(patch, proxy.at, version)).any(
            |patch| {
                let wanted = &patch.object;
                if patch.operation == PatchOperation::Add {
                    return patch.added_name.as_ref().is_none_or(|added| *added == name);
                }
                if let Some(wanted) = &wanted.name {
                    return *wanted == name;
                }
                let is_service = |host: &String| service.as_ref().is_some_and(|(known, _, _)| known == host);
                let is_subset = |subset: &String| service.as_ref().is_some_and(|(_, _, known)| known == subset);
                let is_port = |port: u16| service.as_ref().is_some_and(|(_, known, _)| *known == port);
                wanted.service.as_ref().is_none_or(is_service)
                    && wanted.subset.as_ref().is_none_or(is_subset)
                    && wanted.port.is_none_or(is_port)
            },
        )
    })
}

/// Whether a patch is for proxies of this kind and version.
fn is_for(patch: &Patch, at: Stop, version: Option<&str>) -> bool {
    let is_added_listener = patch.apply_to == ApplyTo::Listener && patch.operation == PatchOperation::Add;
    let of_kind = match (patch.context, at) {
        (PatchContext::Any, _)
        | (PatchContext::SidecarOutbound, Stop::Sidecar)
        | (PatchContext::Gateway, Stop::Gateway) => true,
        // Envoy has one list of listeners, whatever direction they are for.
        (PatchContext::Other, Stop::Sidecar) => is_added_listener,
        _ => false,
    };
    of_kind && patch.proxy_version.as_deref().is_none_or(|wanted| may_be_version(wanted, version))
}

/// Whether a version may match a regular expression: one that is not simple may match any.
fn may_be_version(pattern: &str, version: Option<&str>) -> bool {
    let Some(version) = version else { return true };
    let Some(rest) = pattern.strip_prefix('^') else { return true };
    let mut prefix = String::new();
    let mut rest = rest.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\\' if rest.peek() == Some(&'.') => {
                rest.next();
                prefix.push('.');
            }
            digit if digit.is_ascii_digit() => prefix.push(digit),
            // What comes after the plain beginning only narrows it, unless it makes the last character optional.
            '?' | '*' | '+' | '{' | '|' => return true,
            _ => break,
        }
    }
    // An alternative may begin otherwise.
    if rest.any(|next| next == '|') {
        return true;
    }
    // A version is `1.30`, and the proxy's goes on: `1.30.3`.
    version.starts_with(&prefix) || prefix.starts_with(version)
}

/// Whether a patch changes which listener or filter chain takes a connection.
fn changes_listener(patch: &Patch, listener: &PatchedListener<'_>) -> bool {
    // All that a pod sends comes to this listener first, and it leads to the others.
    let is_first = |is_port: bool| {
        let wanted = patch.object.name.as_deref();
        listener.kind != ListenerKind::OfGateway && is_port && wanted.is_none_or(|name| name == VIRTUAL_OUTBOUND)
    };
    match (patch.apply_to, patch.operation) {
        (ApplyTo::Listener, PatchOperation::Add) => patch.added_port.is_none_or(|port| listener.has_port(port)),
        (ApplyTo::Listener, _) => {
            is_first(patch.object.port.is_none_or(|port| port == 15001)) || listener.is_matched(patch, true)
        }
        // Of the virtual listeners the port is not compared (`listenerMatch`).
        (ApplyTo::ListenerFilter, _) => is_first(true) || listener.is_matched(patch, false),
        // One that is changed may take other connections too.
        (ApplyTo::FilterChain, PatchOperation::Add | PatchOperation::Change) => listener.is_matched(patch, false),
        _ => false,
    }
}

/// Whether a patch changes the filter chain that takes a connection (`filterChainMatch`, `networkFilterMatch`).
fn changes_chain(patch: &Patch, listener: &PatchedListener<'_>) -> bool {
    let chain = &listener.chain;
    match (patch.apply_to, patch.operation) {
        (ApplyTo::FilterChain, PatchOperation::Remove) | (ApplyTo::NetworkFilter, _) => {}
        (ApplyTo::HttpFilter, _) if chain.http => {}
        _ => return false,
    }
    if !listener.is_matched(patch, false) {
        return false;
    }
    // In the virtual listener a chain has the port, and the one for unknown traffic has none.
    if listener.kind == ListenerKind::VirtualOutbound && patch.object.port.is_some() {
        return false;
    }
    let Some(wanted) = &patch.object.filter_chain else { return true };
    let has_name = |name: &String| chain.server_names.contains(&name.as_str());
    let has_filter = |name: &String| {
        if CONNECTION_MANAGER.contains(&name.as_str()) {
            chain.http
        } else {
            !TCP_PROXY.contains(&name.as_str()) || !chain.http
        }
    };
    wanted.sni.as_ref().is_none_or(has_name)
        && wanted.transport_protocol.as_deref().is_none_or(|protocol| protocol != "tls" || chain.tls)
        // Only chains of the virtual listeners have a port of their own.
        && wanted.destination_port.is_none()
        && wanted.filter.as_ref().is_none_or(has_filter)
}

impl PatchedListener<'_> {
    fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }

    /// `listenerMatch`: of a virtual listener the port counts only for patches of the listener itself.
    fn is_matched(&self, patch: &Patch, is_of_listener: bool) -> bool {
        let is_port = |port: u16| match self.kind {
            ListenerKind::VirtualOutbound => !is_of_listener || port == 15001,
            _ => self.has_port(port),
        };
        patch.object.port.is_none_or(is_port) && patch.object.name.as_deref().is_none_or(|name| self.may_be(name))
    }

    /// Whether it may have this name: `<address>_<port>`, or the name of the virtual listener.
    fn may_be(&self, name: &str) -> bool {
        let Some((address, port)) = name.rsplit_once('_') else {
            return self.kind == ListenerKind::VirtualOutbound && name == VIRTUAL_OUTBOUND;
        };
        let is_every_address = matches!(address, "0.0.0.0" | "[::]" | "::");
        let is_address = match self.kind {
            ListenerKind::VirtualOutbound => return false,
            ListenerKind::OnEveryAddress => is_every_address,
            ListenerKind::OnSomeAddress => !is_every_address,
            ListenerKind::OfGateway => true,
        };
        is_address && self.ports.iter().any(|known| known.to_string() == port)
    }
}

/// Ends the journey where one of the proxy's objects touches what it meets.
fn touched<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, touches: impl Fn(&Touches) -> bool) -> Step<()> {
    let found: Option<&Object<Other>> = proxy.unmodelled.iter().copied().find(|object| touches(&object.spec.touches));
    let Some(Object { meta: Meta { kind, namespace, name, .. }, .. }) = found else {
        return ControlFlow::Continue(());
    };
    match (proxy.at, journey.gateway.as_deref()) {
        (Stop::Gateway, Some(gateway)) => {
            unknown(format!("{kind} `{namespace}/{name}` may change what gateway `{gateway}` does"))
        }
        _ => unknown(format!("{kind} `{namespace}/{name}` may change what the sidecar does")),
    }
}
