//! By which names the gateways may be called.

use std::collections::BTreeSet;

use super::World;
use super::cluster;
use super::gateway_bindings::VirtualHost;
use super::listener::{Chain, Kind, Listener};
use super::names;
use super::service::Backing;
use crate::istio::{Answer, Destination, Pattern};
use crate::trace::Scheme;

/// A way to call a gateway, past every sidecar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectCall {
    /// The gateway, by the name that a trace has for it.
    pub gateway: String,
    /// The host of its Service.
    pub service: String,
    /// The port of its Service.
    pub port: u16,
    /// The server name of the TLS to the gateway.
    pub outer: String,
    /// What to ask for; may be a wildcard.
    pub host: String,
    /// The port of the host behind it; `None` where routes by `Host` decide.
    pub leads_to: Option<u16>,
    /// Who may call.
    pub takes: Takes,
}

/// Whom a listener lets in, before anybody is authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    /// Those with a certificate of the mesh.
    MeshCertificates,
    /// Everybody who speaks this.
    Anybody(Scheme),
}

impl World<'_> {
    /// Whether there is a gateway of this name.
    pub fn knows_gateway(&self, name: &str) -> bool {
        self.doors.named(name).is_some()
    }

    /// The hosts of the gateways' Services, with their ports.
    pub fn gateway_services(&self) -> Vec<(String, u16)> {
        let services = self.doors.by_host().iter();
        let groups = services.filter_map(|(host, id)| Some((host, self.doors.get(*id)?)));
        groups.flat_map(|(host, group)| group.ports.keys().map(move |port| (host.clone(), *port))).collect()
    }

    /// Every listener of a gateway, by each name that something is behind; of those that anybody may call, only what leads
    /// to external hosts. A listener that several Services lead to is called by the one that describes the gateway.
    ///
    /// An HTTP listener is called by the first of its names, as sidecars do, and by the host's own, which it answers to
    /// as well.
    pub fn direct_calls(&self) -> BTreeSet<DirectCall> {
        let mut calls = BTreeSet::new();
        for (service, id) in self.doors.by_host() {
            let Some(group) = self.doors.get(*id) else { continue };
            for port in group.ports.keys().copied() {
                let containers = group.container_ports(port);
                if self.doors.are_behind_another(*id, &containers) {
                    continue;
                }
                let listeners = containers.iter().flat_map(|container| group.listeners(port, *container));
                for (chain, outer_names) in listeners.flat_map(Listener::chains) {
                    let call = |outer: &str, host: &str, leads_to, takes| DirectCall {
                        gateway: group.name.clone(),
                        service: service.clone(),
                        port,
                        outer: outer.to_owned(),
                        host: host.to_owned(),
                        leads_to,
                        takes,
                    };
                    if chain.mode() == Some("ISTIO_MUTUAL") {
                        self.with_certificate(chain, &outer_names, &mut |outer, host, leads_to| {
                            calls.insert(call(outer, host, leads_to, Takes::MeshCertificates));
                        });
                    } else {
                        self.without_certificate(chain, &outer_names, &mut |host, leads_to, scheme| {
                            calls.insert(call("", host, leads_to, Takes::Anybody(scheme)));
                        });
                    }
                }
            }
        }
        calls
    }

    fn with_certificate(&self, chain: &Chain<'_>, outer_names: &[&str], call: &mut dyn FnMut(&str, &str, Option<u16>)) {
        let first = first_name(chain);
        match &chain.kind {
            Kind::Http { hosts, .. } => {
                let routed = hosts.iter().filter(|(_, host)| !host.routes.is_empty());
                for host in routed.flat_map(|(host, known)| self.names(host, known)) {
                    call(first, &host, None);
                    if outer_names.binary_search(&host.as_str()).is_ok() {
                        call(&host, &host, None);
                    }
                }
            }
            Kind::Tcp { ways } => {
                for (route, way) in ways {
                    let Some(route) = self.routes.get(*route) else { continue };
                    for to in way.route.iter().map(|weighted| &weighted.to) {
                        let host = self.full(to, &route.meta.namespace);
                        for outer in outer_names.iter().copied().chain(outer_names.is_empty().then_some(first)) {
                            call(outer, &host, to.port);
                        }
                    }
                }
            }
            Kind::PassThrough { .. } => {}
        }
    }

    fn without_certificate(
        &self,
        chain: &Chain<'_>,
        outer_names: &[&str],
        call: &mut dyn FnMut(&str, Option<u16>, Scheme),
    ) {
        let opens = chain.mode().is_some();
        match &chain.kind {
            Kind::Http { hosts, .. } => {
                for (host, known) in hosts {
                    let mut routes = known.routes.iter().filter_map(|bound| self.routes.get(bound.route));
                    let leads_out = routes.any(|route| {
                        // Where such a route leads is not followed.
                        if route.spec.http.iter().any(|route| !route.strange.is_empty()) {
                            return true;
                        }
                        let sent = route.spec.http.iter().flat_map(|route| match &route.answer {
                            Answer::Send(destinations) => destinations.as_slice(),
                            Answer::Direct(_) | Answer::Redirect(_) => &[],
                        });
                        sent.into_iter().any(|to| self.is_external(&to.to, &route.meta.namespace))
                    });
                    for host in self.names(host, known).iter().filter(|_| leads_out) {
                        call(host, None, if opens { Scheme::Https } else { Scheme::Http });
                    }
                }
            }
            Kind::Tcp { ways } => {
                for (route, way) in ways {
                    let Some(route) = self.routes.get(*route) else { continue };
                    for to in way.route.iter().map(|weighted| &weighted.to) {
                        if self.is_external(to, &route.meta.namespace) {
                            let name = outer_names.first().copied();
                            let host = self.full(to, &route.meta.namespace);
                            call(name.unwrap_or(&host), to.port, if opens { Scheme::Tls } else { Scheme::Tcp });
                        }
                    }
                }
            }
            Kind::PassThrough { route, way } => {
                let Some(route) = self.routes.get(*route) else { return };
                let mut sent = way.route.iter().map(|weighted| &weighted.to);
                if let Some(to) = sent.find(|to| self.is_external(to, &route.meta.namespace)) {
                    for name in outer_names.iter().copied().chain(outer_names.is_empty().then_some("*")) {
                        call(name, to.port, Scheme::Https);
                    }
                }
            }
        }
    }

    /// A virtual host, and the names below it that its routes ask for in `Host`.
    fn names(&self, host: &str, virtual_host: &VirtualHost) -> BTreeSet<String> {
        let routes = virtual_host.routes.iter().filter_map(|bound| self.routes.get(bound.route));
        let matches = routes.flat_map(|route| &route.spec.http).flat_map(|route| &route.matches);
        let asked = matches.filter_map(|each| match &each.authority {
            Some(Pattern::Exact(name)) => Some(names::without_port(&name.to_ascii_lowercase()).to_owned()),
            _ => None,
        });
        std::iter::once(host.to_owned()).chain(asked.filter(|name| names::is_within(name, host))).collect()
    }

    fn full(&self, to: &Destination, namespace: &str) -> String {
        cluster::host_of(to, namespace, &self.environment.cluster_domain).into_owned()
    }

    /// Whether a route leads to a host of a ServiceEntry.
    fn is_external(&self, to: &Destination, namespace: &str) -> bool {
        let id = self.hosts.id(&self.full(to, namespace));
        let mut services = self.registry.anywhere(id).filter_map(|id| self.registry.get(id));
        services.any(|service| matches!(service.backing, Backing::Entry(_)))
    }
}

/// The first name of a server; a wildcard stands for a name below it.
fn first_name<'c>(chain: &'c Chain<'_>) -> &'c str {
    let name = chain.server.hosts.first().map_or("*", String::as_str);
    let name = name.split_once('/').map_or(name, |(_, name)| name);
    if names::is_wildcard(name) { name.trim_start_matches(['*', '.']) } else { name }
}
