//! A request and its trace, with what the reasons have in common.

use std::borrow::Cow;

use crate::istio::{ExportTo, Gateway, Meta, Object, Objects, Server, ServiceEntry};
use crate::source::Span;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::GatewayPodsId;
use crate::trace::outcome::istiod::pods::ClientLabels;
use crate::trace::outcome::istiod::push_context::PushContext;
use crate::trace::outcome::istiod::service::{Endpoints, Protocol, Service};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;
use crate::trace::{Decision, Hop, Query, Stop, Trace, Verdict};

/// An object near a request that is not used, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The object.
    pub object: Decision,
    /// Why it is not used, as a clause with `it`.
    pub why: String,
}

impl Unused {
    pub(crate) fn new(meta: &Meta, span: Option<Span>, why: String) -> Self {
        let (policy, rule) = meta.origin();
        let object = Decision {
            kind: meta.kind.clone(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            span: span.or(meta.span),
            policy,
            rule,
        };
        Self { object, why }
    }
}

/// A request through a sidecar, and what came of it.
pub(crate) struct Near<'n, 'w> {
    pub(crate) context: &'n PushContext<'w>,
    pub(crate) query: &'n Query,
    pub(crate) trace: &'n Trace,
    /// The labels of the client.
    pub(crate) client: ClientLabels<'n>,
    /// What the sidecar sees; `None` where that depends on what is not known.
    pub(crate) scope: Option<SidecarScope<'n>>,
    /// The names that the request has: the one that is dialled in full, `Host`, and the server name.
    names: Vec<String>,
}

impl<'n, 'w> Near<'n, 'w> {
    pub(crate) fn new(
        context: &'n PushContext<'w>,
        query: &'n Query,
        client: ClientLabels<'n>,
        trace: &'n Trace,
    ) -> Self {
        let mut assumptions = Assumptions::default();
        let dialled = (query.host.as_str(), query.port);
        let scope = context.sidecar_scope(&query.namespace, (client, None), dialled, &mut assumptions).ok();
        // What is routed by `Host` meets the objects that the routes are made of.
        let by_host = trace.hops.iter().any(|hop| hop.at == Stop::Sidecar && hop.chain.as_deref() == Some("http"));
        let of_routes = |scope: SidecarScope<'n>| scope.of_routes(query.port).filter(|_| by_host).unwrap_or(scope);
        let scope = scope.map(of_routes);
        let mut names = vec![context.canonical(&query.host, &query.namespace).0.into_owned()];
        let header = query.headers.get("host").map(|host| host_name::without_port(host));
        for name in [header, query.sni.as_deref()].into_iter().flatten() {
            let name = context.canonical(name, &query.namespace).0.into_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self { context, query, trace, client, scope: scope.filter(|_| assumptions.count() == 0), names }
    }

    /// The `Host` that the request says itself.
    pub(crate) fn host_header(&self) -> Option<&'n str> {
        let headers = &self.query.headers;
        headers.get("host").or_else(|| headers.get(":authority")).map(String::as_str)
    }

    /// The name by which a sidecar that reads HTTP looks for a route.
    pub(crate) fn http_host(&self) -> &'n str {
        self.host_header().map_or(self.query.host.as_str(), host_name::without_port)
    }

    /// The names that the request has.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a host, as Istio knows it, is one of the request's. `*` is for every request, so it is near none.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        host != "*" && self.names.iter().any(|name| host_name::is_within(name, host))
    }

    /// The host of an object in full.
    pub(crate) fn full<'h>(&self, host: &'h str, namespace: &str) -> Cow<'h, str> {
        host_name::full(host, namespace, &self.context.environment.cluster_domain)
    }

    /// Why the host of an object is not the request's, though it is written alike: a name without a dot is a Service of the
    /// object's namespace (`ResolveShortnameToFQDN` of pilot/pkg/model/config.go), and in a ServiceEntry it is the host
    /// itself. Where no ServiceEntry of the name is seen, the request is for such a Service, too, if there is one.
    pub(crate) fn short_name(&self, host: &str, namespace: &str) -> Option<String> {
        let full = self.full(host, namespace);
        if *full == *host || !self.names.iter().any(|name| name == host) {
            return None;
        }
        let entries = self.context.objects.service_entries.iter();
        let entry = entries
            .filter(|entry| not_exported(&entry.spec.export_to, &self.query.namespace).is_none())
            .find(|entry| entry.spec.hosts.iter().any(|known| known == host))?;
        Some(format!(
            "its host `{host}` is a short name and means `{full}`, while the request is for `{host}`, the host of ServiceEntry `{}/{}`",
            entry.meta.namespace, entry.meta.name
        ))
    }

    /// A Gateway as a person finds it, by the name that VirtualServices have for it.
    pub(crate) fn gateway(&self, name: &str) -> String {
        let is_it = |meta: &Meta| name.split_once('/') == Some((meta.namespace.as_str(), meta.istio_name()));
        let mut gateways = self.context.objects.gateways.iter().map(|gateway| &gateway.meta);
        match gateways.find(|meta| is_it(meta)).filter(|meta| meta.istio_name.is_some()) {
            Some(meta) => format!("{} `{}/{}`", meta.kind, meta.namespace, meta.name),
            None => format!("`{name}`"),
        }
    }

    /// Whether an object decided anything on the way.
    pub(crate) fn is_used(&self, meta: &Meta) -> bool {
        self.trace.decided_by.iter().any(|decision| is(decision, meta))
    }

    /// Whether an object decided anything at the proxies of one kind.
    pub(crate) fn is_used_at(&self, stop: Stop, meta: &Meta) -> bool {
        self.decisions_at(stop).any(|decision| is(decision, meta))
    }

    /// What decided at the proxies of one kind.
    pub(crate) fn decisions_at(&self, stop: Stop) -> impl Iterator<Item = &Decision> {
        let hops = self.trace.hops.iter().filter(move |hop| hop.at == stop);
        hops.flat_map(|hop: &Hop| &hop.decided_by).filter_map(|at| self.trace.decided_by.get(*at))
    }

    /// The service that the sidecar uses for the host that is dialled, with the protocol of the port. `None` where there is
    /// none, or several.
    pub(crate) fn service(&self) -> Option<(&Service<'w>, Protocol)> {
        let scope = self.scope.as_ref()?;
        let mut assumptions = Assumptions::default();
        for name in &self.names {
            let selected = self.context.services.selected(scope, self.context.hosts.id(name), &mut assumptions);
            if assumptions.count() > 0 || selected.len() > 1 {
                return None;
            }
            let service = selected.first().and_then(|id| self.context.services.get(*id));
            let on_port = |service: &&Service<'_>| {
                service.ports.iter().find(|port| port.number == self.query.port).map(|port| port.protocol)
            };
            if let Some(service) = service
                && let Some(protocol) = on_port(&service)
            {
                return Some((service, protocol));
            }
        }
        None
    }

    /// The service of an entry for a host of the request; `None` where there are several.
    pub(crate) fn only_service(&self, entry: &Object<ServiceEntry>) -> Option<&Service<'w>> {
        let mut hosts = entry.spec.hosts.iter().filter(|host| self.is_host(host));
        let host = hosts.next().filter(|_| hosts.next().is_none())?;
        let services = &self.context.services;
        let all = services.anywhere(self.context.hosts.id(host)).filter_map(|id| services.get(id));
        let mut own = all.filter(|service| service.meta.is_some_and(|meta| std::ptr::eq(meta, &raw const entry.meta)));
        own.next().filter(|_| own.next().is_none())
    }

    /// The service whose filter chain of TCP at the sidecar has this name, where an object of it decided.
    pub(crate) fn service_of_chain(&self, chain: &str) -> Option<&Service<'w>> {
        let services = &self.context.services;
        let all = services.anywhere(self.context.hosts.id(chain)).filter_map(|id| services.get(id));
        let mut used = all.filter(|service| service.meta.is_some_and(|meta| self.is_used_at(Stop::Sidecar, meta)));
        used.next().filter(|_| used.next().is_none())
    }

    /// A port of a service as a person finds it: `port 80 of ServiceEntry `shop/one` has protocol HTTPS`.
    pub(crate) fn port_of(&self, service: &Service<'_>, protocol: Protocol) -> String {
        let port = self.query.port;
        let written = match &service.endpoints {
            Endpoints::Entry(entry) => entry.ports.iter().find(|each| each.number == port).map(|each| &each.protocol),
            Endpoints::Gateway(_) | Endpoints::Pods => None,
        };
        let protocol = written.filter(|written| !written.is_empty()).cloned().unwrap_or_else(|| {
            match protocol {
                Protocol::Http => "HTTP",
                Protocol::Tls => "TLS",
                Protocol::Tcp | Protocol::MySql | Protocol::Mongo => "TCP",
                Protocol::Udp => "UDP",
                Protocol::Unspecified => "that is not specified",
            }
            .to_owned()
        });
        let object = service.meta.map_or_else(
            || format!("`{}`", service.host),
            |meta| format!("{} `{}/{}`", meta.kind, meta.namespace, meta.name),
        );
        format!("port {port} of {object} has protocol {protocol}")
    }

    /// The server that takes the request at a hop at a gateway, and its Gateway.
    pub(crate) fn server_of(&self, hop: &Hop) -> Option<(&'n Object<Gateway>, &'n Server)> {
        let decided = || hop.decided_by.iter().filter_map(|at| self.trace.decided_by.get(*at));
        let objects: &'n Objects = self.context.objects;
        let mut servers = objects.gateways.iter().filter(|gateway| gateway.meta.span.is_some()).flat_map(|gateway| {
            let is_it = move |span: Option<Span>| {
                decided().any(|decision| is(decision, &gateway.meta) && decision.span == span.or(gateway.meta.span))
            };
            gateway.spec.servers.iter().filter(move |server| is_it(server.span)).map(move |server| (gateway, server))
        });
        let only = servers.next()?;
        servers.next().is_none().then_some(only)
    }

    /// The gateway at which the request is refused, and the port of its Service.
    pub(crate) fn refusing_gateway(&self) -> Option<(GatewayPodsId, u16)> {
        if self.trace.verdict != Verdict::Blocked || self.trace.hops.last()?.at != Stop::Gateway {
            return None;
        }
        let id = self.context.gateways.named(self.trace.gateway.as_deref()?)?;
        let before = self.trace.hops.iter().rev().nth(1);
        // `outbound|443|subset|host`; a client that calls the gateway itself dials the port.
        let port = match before.and_then(|hop| hop.cluster.as_deref()) {
            Some(cluster) => cluster.split('|').nth(1)?.parse().ok()?,
            None => self.query.port,
        };
        Some((id, port))
    }
}

fn is(decision: &Decision, meta: &Meta) -> bool {
    decision.kind == meta.kind && decision.namespace == meta.namespace && decision.name == meta.name
}

/// Why a namespace does not see an object; `None` where it does.
pub(crate) fn not_exported(export_to: &ExportTo, namespace: &str) -> Option<String> {
    match export_to {
        ExportTo::Public => None,
        ExportTo::Nobody => Some("its `exportTo` hides it from every namespace".to_owned()),
        ExportTo::Namespaces(namespaces) if namespaces.contains(namespace) => None,
        ExportTo::Namespaces(namespaces) => {
            let names: Vec<String> = namespaces.iter().map(|name| format!("`{name}`")).collect();
            let names = match names.get(..4) {
                Some(first) if names.len() > 4 => {
                    format!("{} and {} more", first.join(", "), names.len().saturating_sub(4))
                }
                _ => names.join(", "),
            };
            Some(format!("it is exported to {names}, and not to `{namespace}`"))
        }
    }
}

/// The part of `namespace/host` after the slash.
pub(crate) fn bare(host: &str) -> &str {
    host.split_once('/').map_or(host, |(_, host)| host)
}

/// The hosts of a server, for people.
pub(crate) fn shown_hosts(server: &Server) -> String {
    let hosts: Vec<String> = server.hosts.iter().take(4).map(|host| format!("`{}`", bare(host))).collect();
    let more = if server.hosts.len() > hosts.len() { " and others" } else { "" };
    format!("{}{more}", hosts.join(", "))
}
