//! The calls to gateways that pass no sidecar: by which names, and by whom.

use std::collections::BTreeSet;

use super::host_name;
use super::istiod::gateway_bindings::GatewayVirtualHost;
use super::istiod::gateway_listener::{ChainFilter, GatewayFilterChain, GatewayListener};
use super::istiod::push_context::PushContext;
use super::istiod::service::Endpoints;
use crate::istio::{Answer, Destination, Pattern};
use crate::trace::Scheme;

/// A call to a gateway that passes no sidecar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectCall {
    /// The gateway, by the name that a trace has for it.
    pub gateway: String,
    /// The host of its Service.
    pub service: String,
    /// The port of its Service.
    pub port: u16,
    /// The server name of the TLS to the gateway.
    pub server_name: String,
    /// The host to request; it may be a wildcard.
    pub host: String,
    /// The port of that host; `None` where routes by `Host` decide.
    pub external_port: Option<u16>,
    /// Who may call.
    pub callers: Callers,
}

/// Whose connections a listener takes, before any authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callers {
    /// Clients with a certificate of the mesh.
    WithMeshCertificate,
    /// All clients that use this scheme.
    Anyone(Scheme),
}

/// Every listener of a gateway, by each name that it routes. Of listeners that take calls without a mesh certificate only
/// the names that are routed to external hosts. A listener behind several Services is called by the Service of the described
/// gateway.
///
/// An HTTP listener is called by the first of its names, as sidecars do, and by the name of the host, which it takes as well.
pub(super) fn direct_calls(context: &PushContext<'_>) -> BTreeSet<DirectCall> {
    let mut calls = BTreeSet::new();
    for (service, id) in context.gateways.by_host() {
        let Some(gateway) = context.gateways.get(*id) else { continue };
        for port in gateway.pods.ports.keys().copied() {
            let containers = gateway.pods.container_ports(port);
            if context.gateways.are_behind_another(*id, &containers) {
                continue;
            }
            let listeners = containers.iter().flat_map(|container| gateway.listeners(port, *container));
            for (chain, outer_names) in listeners.flat_map(GatewayListener::chains) {
                let call = |outer: &str, host: &str, external_port, callers| DirectCall {
                    gateway: gateway.pods.name.clone(),
                    service: service.clone(),
                    port,
                    server_name: outer.to_owned(),
                    host: host.to_owned(),
                    external_port,
                    callers,
                };
                if chain.mode() == Some("ISTIO_MUTUAL") {
                    with_certificate(context, chain, &outer_names, &mut |outer, host, external_port| {
                        calls.insert(call(outer, host, external_port, Callers::WithMeshCertificate));
                    });
                } else {
                    without_certificate(context, chain, &outer_names, &mut |host, external_port, scheme| {
                        calls.insert(call("", host, external_port, Callers::Anyone(scheme)));
                    });
                }
            }
        }
    }
    calls
}

fn with_certificate(
    context: &PushContext<'_>,
    chain: &GatewayFilterChain<'_>,
    outer_names: &[&str],
    call: &mut dyn FnMut(&str, &str, Option<u16>),
) {
    let first = first_name(chain);
    match &chain.filter {
        ChainFilter::Http { hosts, .. } => {
            let routed = hosts.iter().filter(|(_, host)| !host.virtual_services.is_empty());
            for host in routed.flat_map(|(host, known)| names(context, host, known)) {
                call(first, &host, None);
                if outer_names.binary_search(&host.as_str()).is_ok() {
                    call(&host, &host, None);
                }
            }
        }
        ChainFilter::Tcp { routes } => {
            for (id, route) in routes {
                let Some(config) = context.virtual_services.get(*id) else { continue };
                for to in route.route.iter().map(|weighted| &weighted.to) {
                    let host = full(context, to, &config.meta.namespace);
                    for outer in outer_names.iter().copied().chain(outer_names.is_empty().then_some(first)) {
                        call(outer, &host, to.port);
                    }
                }
            }
        }
        ChainFilter::PassThrough { .. } => {}
    }
}

fn without_certificate(
    context: &PushContext<'_>,
    chain: &GatewayFilterChain<'_>,
    outer_names: &[&str],
    call: &mut dyn FnMut(&str, Option<u16>, Scheme),
) {
    let terminates = chain.mode().is_some();
    match &chain.filter {
        ChainFilter::Http { hosts, .. } => {
            for (host, known) in hosts {
                let mut bound =
                    known.virtual_services.iter().filter_map(|bound| context.virtual_services.get(bound.id));
                let is_routed_out = bound.any(|config| {
                    // A route with a field that is not modelled may go anywhere.
                    if config.spec.http.iter().any(|route| !route.unsupported.is_empty()) {
                        return true;
                    }
                    let sent = config.spec.http.iter().flat_map(|route| match &route.answer {
                        Answer::Send(destinations) => destinations.as_slice(),
                        Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => &[],
                    });
                    sent.into_iter().any(|to| is_external(context, &to.to, &config.meta.namespace))
                });
                for host in names(context, host, known).iter().filter(|_| is_routed_out) {
                    call(host, None, if terminates { Scheme::Https } else { Scheme::Http });
                }
            }
        }
        ChainFilter::Tcp { routes } => {
            for (id, route) in routes {
                let Some(config) = context.virtual_services.get(*id) else { continue };
                for to in route.route.iter().map(|weighted| &weighted.to) {
                    if is_external(context, to, &config.meta.namespace) {
                        let name = outer_names.first().copied();
                        let host = full(context, to, &config.meta.namespace);
                        call(name.unwrap_or(&host), to.port, if terminates { Scheme::Tls } else { Scheme::Tcp });
                    }
                }
            }
        }
        ChainFilter::PassThrough { virtual_service, route } => {
            let Some(config) = context.virtual_services.get(*virtual_service) else { return };
            let mut sent = route.route.iter().map(|weighted| &weighted.to);
            if let Some(to) = sent.find(|to| is_external(context, to, &config.meta.namespace)) {
                for name in outer_names.iter().copied().chain(outer_names.is_empty().then_some("*")) {
                    call(name, to.port, Scheme::Https);
                }
            }
        }
    }
}

/// A virtual host, and the names below it that its routes ask for in `Host`.
fn names(context: &PushContext<'_>, host: &str, virtual_host: &GatewayVirtualHost) -> BTreeSet<String> {
    let bound = virtual_host.virtual_services.iter().filter_map(|bound| context.virtual_services.get(bound.id));
    let matches = bound.flat_map(|config| &config.spec.http).flat_map(|route| &route.matches);
    let asked = matches.filter_map(|each| match &each.authority {
        Some(Pattern::Exact(name)) => Some(host_name::without_port(&name.to_ascii_lowercase()).to_owned()),
        _ => None,
    });
    std::iter::once(host.to_owned()).chain(asked.filter(|name| host_name::is_within(name, host))).collect()
}

fn full(context: &PushContext<'_>, to: &Destination, namespace: &str) -> String {
    host_name::full(&to.host, namespace, &context.environment.cluster_domain).into_owned()
}

/// Whether a destination is a host of a ServiceEntry.
fn is_external(context: &PushContext<'_>, to: &Destination, namespace: &str) -> bool {
    let id = context.hosts.id(&full(context, to, namespace));
    let mut services = context.services.anywhere(id).filter_map(|id| context.services.get(id));
    services.any(|service| matches!(service.endpoints, Endpoints::Entry(_)))
}

/// The first name of a server; a wildcard stands for a name below it.
fn first_name<'c>(chain: &'c GatewayFilterChain<'_>) -> &'c str {
    let name = chain.server.hosts.first().map_or("*", String::as_str);
    let name = name.split_once('/').map_or(name, |(_, name)| name);
    if host_name::is_wildcard(name) { name.trim_start_matches(['*', '.']) } else { name }
}
