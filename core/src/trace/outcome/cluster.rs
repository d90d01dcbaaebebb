//! Where a proxy's cluster leads, and in what.

use std::borrow::Cow;
use std::fmt::Display;

use super::aliases::Leads;
use super::assumptions::{RoutePart, Unknown, Visit};
use super::doors::GroupId;
use super::hosts::HostId;
use super::service::{Backing, Endpoints, Service, ServiceId, Spoken};
use super::walk::{Proxy, Step, Walk, unknown};
use super::wire::{CALLER, Certificate, Leg, Outer, Payload};
use super::{names, routes, rules};
use crate::istio::{Destination, L4Route, Resolution, ServiceEntry, TlsMode, TlsSettings, Weighted};
use crate::trace::{Stop, Unverified};

/// The label of pods that speak Istio's mutual TLS.
const TLS_MODE: &str = "security.istio.io/tlsMode";

/// A proxy's cluster: a service's port, and a subset of its endpoints.
struct Cluster<'s, 'w> {
    service: &'s Service<'w>,
    port: u16,
    subset: &'s str,
    settings: rules::Settings<'w>,
}

/// A connection that arrives at a gateway.
pub(super) struct Arrival {
    pub(super) group: GroupId,
    /// The port of the gateway's Service.
    pub(super) port: u16,
    pub(super) leg: Leg,
}

impl<'a> Walk<'a> {
    /// One of the places that a route goes to. Of several each is possible.
    pub(super) fn weighed<'r>(
        &mut self,
        route: &'r [Weighted],
        unknown_destination: impl FnOnce() -> Unknown,
        key: &impl Display,
    ) -> Step<&'r Weighted> {
        let possible: Vec<&Weighted> = if route.len() == 1 {
            route.iter().collect()
        } else {
            route.iter().filter(|each| each.weight > 0).collect()
        };
        let picked = self
            .assumptions
            .assume_one_of(&possible, unknown_destination, || format!("{key} has several destinations by weight"));
        match picked {
            Some(weighted) => Ok(weighted),
            None => unknown(format!("{key} has no destination")),
        }
    }

    /// The port of a destination that names none: the only one of its service, else the listener's
    /// (core/route/route.go, `GetDestinationCluster`).
    pub(super) fn port_of(&mut self, proxy: &Proxy<'a>, host: &str, written: Option<u16>, listener: u16) -> u16 {
        if let Some(port) = written {
            return port;
        }
        let world = self.world;
        let selected = self.used(proxy, world.hosts.id(host));
        let only = |service: &Service<'_>| match service.ports.as_slice() {
            [only] => Some(only.number),
            _ => None,
        };
        let oldest = world.registry.oldest_of(&selected, |a, b| only(a) == only(b), &mut self.assumptions);
        oldest.and_then(only).unwrap_or(listener)
    }

    /// Follows a proxy's cluster.
    pub(super) fn follow(
        &mut self,
        proxy: &Proxy<'a>,
        host: &str,
        port: u16,
        subset: &str,
        payload: Payload,
    ) -> Step<Arrival> {
        self.cluster(|| format!("outbound|{port}|{subset}|{host}"));
        let world = self.world;
        // A route to an alias goes to the cluster of the host that it is for (core/route/route.go, `GetDestinationCluster`).
        match world.registry.alias(world.hosts.id(host)) {
            Some(Leads::To(concrete)) if world.registry.anywhere(concrete).next().is_some() => {
                return unknown(format!("a route to the ExternalName Service `{host}` is not modelled"));
            }
            Some(Leads::To(_) | Leads::Nowhere) => return self.failed("NC"),
            None => {}
        }
        let ids = self.used(proxy, world.hosts.id(host));
        let Some(service) = self.with_port(&ids, port) else {
            // No such service or port, no such cluster.
            return self.failed("NC");
        };
        if let Some(meta) = service.meta {
            self.decided(meta, service.span);
        }
        Self::unmixed(service)?;
        if let Some(reason) = self.disagreement(&ids) {
            return unknown(reason);
        }
        let found = world.rules.find(&world.hosts, proxy.scope.namespace, proxy.pods, service, &mut self.assumptions);
        let Some(settings) = found.settings(&service.host, port, subset, &mut self.assumptions) else {
            for object in found.objects() {
                self.decided(&object.meta, object.spec.span);
            }
            // A subset that no DestinationRule has is a cluster that does not exist.
            return self.failed("NC");
        };
        if let Some(meta) = settings.meta {
            self.decided(meta, settings.span);
        }
        if let Some(field) = settings.strange.first() {
            return unknown(format!("`{field}` of a DestinationRule for `{host}` is not modelled"));
        }
        let cluster = Cluster { service, port, subset, settings };
        match &service.backing {
            Backing::Gateway(group) => self.enter_gateway(proxy, *group, &cluster, payload),
            Backing::Pods => unknown(format!("whether the pods of `{host}` take the request is not modelled")),
            Backing::Entry(entry) => self.enter_host(proxy, entry, &cluster, payload),
        }
    }

    /// The service of some of one host that has a port: of several the oldest.
    fn with_port(&mut self, ids: &[ServiceId], port: u16) -> Option<&'a Service<'a>> {
        let world = self.world;
        let services = ids.iter().filter_map(|id| world.registry.get(*id));
        // There are no clusters for UDP (core/cluster.go, `buildOutboundClusters`).
        let has_it =
            |service: &&Service<'_>| service.ports.iter().any(|each| each.number == port && each.spoken != Spoken::Udp);
        let mut having = services.filter(has_it);
        let first = having.next()?;
        let mut rivals: Vec<&'a Service<'a>> = having.collect();
        if rivals.is_empty() {
            return Some(first);
        }
        rivals.insert(0, first);
        let why = || of_one_namespace(&rivals.iter().map(|service| (*service, ())).collect::<Vec<_>>());
        self.assumptions.oldest_of(&rivals, |service| service.age, |_, _| false, why).copied()
    }

    /// Whether a sidecar would not see a host if no VirtualService named it.
    pub(super) fn is_pulled_in(&mut self, proxy: &Proxy<'_>, host: &str) -> bool {
        let world = self.world;
        world.registry.selected(&proxy.scope, world.hosts.id(host), &mut self.assumptions).is_empty()
    }

    /// The services of a host that a proxy has clusters for.
    fn used(&mut self, proxy: &Proxy<'a>, host: HostId) -> Cow<'a, [ServiceId]> {
        let selected = self.world.registry.selected(&proxy.scope, host, &mut self.assumptions);
        if selected.is_empty() && !proxy.scope.gateway { self.pulled_in(proxy, host) } else { selected }
    }

    /// A sidecar also gets the services that its VirtualServices name (`sidecar.go`, `collectImportedServices`): those of
    /// its own namespace even where they are not exported to it, else what it would see without a Sidecar.
    fn pulled_in(&mut self, proxy: &Proxy<'a>, host: HostId) -> Cow<'a, [ServiceId]> {
        let world = self.world;
        let own = world.registry.of_namespace(proxy.scope.namespace, host);
        if !own.is_empty() {
            return Cow::Owned(own);
        }
        world.registry.selected(&world.scope_of_all(proxy.scope.namespace), host, &mut self.assumptions)
    }

    /// Objects of one namespace for one host share their endpoints, seen or not; when they want different ones, listeners
    /// and clusters are more than can be followed here.
    pub(super) fn unmixed(service: &Service<'_>) -> Step<()> {
        if service.mixed {
            return unknown(format!(
                "ServiceEntries of namespace `{}` for `{}` have different endpoints, and Istio mixes them",
                service.namespace, service.host
            ));
        }
        Ok(())
    }

    /// Ports of several objects of one namespace are merged only when the objects are alike in the rest
    /// (`sidecar.go`, `canMergeServices`); else those of the later ones have no cluster.
    fn disagreement(&mut self, ids: &[ServiceId]) -> Option<String> {
        if ids.len() < 2 {
            return None;
        }
        let entries: Vec<(&Service<'_>, &ServiceEntry)> = ids
            .iter()
            .filter_map(|id| self.world.registry.get(*id))
            .filter_map(|service| match &service.backing {
                Backing::Entry(entry) => Some((service, *entry)),
                _ => None,
            })
            .collect();
        let numbers = |entry: &ServiceEntry| {
            entry.ports.iter().map(|port| port.number).collect::<std::collections::BTreeSet<u16>>()
        };
        let differs_from = |(first, head): &(&Service<'_>, &ServiceEntry)| {
            entries.iter().any(|(service, entry)| {
                numbers(entry) != numbers(head)
                    && (entry.exports != head.exports
                        || service.meta.map(|meta| &meta.labels) != first.meta.map(|meta| &meta.labels))
            })
        };
        let alike =
            |a: &(&Service<'_>, &ServiceEntry), b: &(&Service<'_>, &ServiceEntry)| differs_from(a) == differs_from(b);
        let oldest =
            self.assumptions.oldest_of(&entries, |(service, _)| service.age, alike, || of_one_namespace(&entries));
        let first = oldest.filter(|oldest| differs_from(oldest)).map(|(service, _)| service)?;
        Some({
            format!(
                "ServiceEntries of namespace `{}` for `{}` differ, and the ports of all but the oldest have no cluster",
                first.namespace, first.host
            )
        })
    }

    fn enter_gateway(
        &mut self,
        proxy: &Proxy<'a>,
        group: GroupId,
        cluster: &Cluster<'_, 'a>,
        payload: Payload,
    ) -> Step<Arrival> {
        let Cluster { service, port, subset, settings } = cluster;
        let Some(pods) = self.world.doors.get(group) else { return self.failed("UH") };
        let dialled = self.world.canonical(&self.query.host, proxy.scope.namespace).1 == service.id;
        match service.endpoints {
            // Gateways choose a pod even so.
            Endpoints::AsDialled if proxy.at == Stop::Sidecar && !dialled => {
                return self.as_dialled(proxy, cluster, payload);
            }
            Endpoints::OfTheNode => {
                let near = self.perhaps(Unknown::OnTheNode(group), || {
                    format!(
                        "Service `{}` leads to pods of the caller's node only, and whether one runs there is not known",
                        service.host
                    )
                });
                if !near {
                    return self.failed("UH");
                }
            }
            Endpoints::All | Endpoints::AsDialled => {}
        }
        if let Some(labels) = settings.labels.filter(|labels| !labels.is_empty()) {
            let why = || format!("whether pods of gateway `{}` are in subset `{subset}` is not known", pods.name);
            if !pods.have(group, labels, &mut self.assumptions, why) {
                return self.failed("UH");
            }
        }
        let server_name = |settings: Option<&TlsSettings>| {
            settings
                .and_then(|tls| tls.sni.clone())
                .unwrap_or_else(|| format!("outbound_.{port}_.{subset}_.{}", service.host))
        };
        let outer = match settings.tls.map(|tls| (tls, tls.mode)) {
            Some((_, TlsMode::Disable)) => Outer::Plain,
            Some((tls, TlsMode::IstioMutual)) => {
                if !tls.subject_alt_names.is_empty() {
                    let identity = Unknown::Identity { gateway: group, names: tls.subject_alt_names.clone() };
                    let known = self.perhaps(identity, || {
                        format!("whether gateway `{}` has an identity of `subjectAltNames` is not known", pods.name)
                    });
                    if !known {
                        return self.failed("UF");
                    }
                }
                Outer::Tls { server_name: Some(server_name(Some(tls))), certificate: Certificate::Mesh }
            }
            Some((tls, TlsMode::Simple)) => Outer::Tls {
                server_name: tls.sni.clone().or_else(|| automatic(&payload)),
                certificate: Certificate::Nobody,
            },
            Some((tls, TlsMode::Mutual)) => Outer::Tls {
                server_name: tls.sni.clone().or_else(|| automatic(&payload)),
                certificate: Certificate::Own,
            },
            Some((_, TlsMode::Strange)) => return unknown("a TLS mode of a DestinationRule is not understood"),
            // Without automatic mutual TLS only a DestinationRule begins any (core/cluster_tls.go, `buildUpstreamTLSSettings`).
            None if !self.world.environment.auto_mtls => Outer::Plain,
            // Automatic mutual TLS goes by the pods' label (core/cluster_tls.go, `istioMtlsTransportSocketMatch`).
            None => {
                if let Some(other) = self.world.strangers.peer_authentication(pods.namespace) {
                    return unknown(format!("PeerAuthentication `{other}` may turn mutual TLS off"));
                }
                let perhaps = || {
                    format!(
                        "whether the pods of gateway `{}` have the label `security.istio.io/tlsMode: istio` is not known",
                        pods.name
                    )
                };
                let speaks = pods
                    .speaks_mutual_tls
                    .unwrap_or_else(|| self.assumptions.assume_label(group, TLS_MODE, "istio", perhaps));
                if speaks {
                    Outer::Tls { server_name: Some(server_name(None)), certificate: Certificate::Mesh }
                } else {
                    Outer::Plain
                }
            }
        };
        let leg = Leg { outer, payload };
        self.hop(|hop| hop.encryption = Some(leg.encryption()));
        Ok(Arrival { group, port: *port, leg })
    }

    /// A headless Service of Kubernetes: the sidecar connects to whatever address the client dialled, in the mutual TLS
    /// that is for the Service's pods (`core/cluster_tls.go`: no match by label where the cluster is `ORIGINAL_DST`).
    fn as_dialled(&mut self, proxy: &Proxy<'a>, cluster: &Cluster<'_, 'a>, payload: Payload) -> Step<Arrival> {
        let Cluster { service, settings, .. } = cluster;
        let query = self.query;
        let outer = match settings.tls.map(|tls| (tls, tls.mode)) {
            Some((_, TlsMode::Disable)) => Outer::Plain,
            None if !self.world.environment.auto_mtls => Outer::Plain,
            // What is outside of the mesh has none of its certificates.
            None | Some((_, TlsMode::IstioMutual)) => {
                self.note(format!(
                    "`{}` is headless, so the sidecar connects to `{}` itself, past the gateway",
                    service.host, query.host
                ));
                return self.failed("UF");
            }
            Some(_) => {
                return unknown(format!("TLS of a DestinationRule to the headless `{}` is not modelled", service.host));
            }
        };
        let dialled = self.world.canonical(&query.host, proxy.scope.namespace).1;
        if self.world.registry.anywhere(dialled).any(|id| self.world.registry.is_of_cluster(id)) {
            return unknown(format!("the pods of `{}` are not modelled", query.host));
        }
        let leg = Leg { outer, payload };
        self.hop(|hop| hop.encryption = Some(leg.encryption()));
        self.note(format!("`{}` is reached past every gateway", query.host));
        self.reached(&query.host.to_ascii_lowercase(), query.port, &leg.outer, &leg.payload)
    }

    fn enter_host(
        &mut self,
        proxy: &Proxy<'a>,
        entry: &ServiceEntry,
        cluster: &Cluster<'_, 'a>,
        payload: Payload,
    ) -> Step<Arrival> {
        let Cluster { service, settings, .. } = cluster;
        if let Some(field) = entry.strange.first() {
            return unknown(format!("`{field}` of a ServiceEntry for `{}` is not modelled", service.host));
        }
        let (host, port) = self.endpoint(proxy, entry, cluster)?;
        let outer = match settings.tls.map(|tls| (tls, tls.mode)) {
            // No automatic mutual TLS with what is outside of the mesh (core/cluster_tls.go, `buildUpstreamTLSSettings`).
            None if entry.internal => {
                return unknown(format!(
                    "`{host}` is said to be of the mesh, and whether it speaks mutual TLS is not known"
                ));
            }
            None | Some((_, TlsMode::Disable)) => Outer::Plain,
            // Outside of the mesh nobody has its certificates; an endpoint that is written down may be of the mesh all the same.
            Some((_, TlsMode::IstioMutual)) => {
                let environment = &self.world.environment;
                return match entry.endpoints.iter().find(|endpoint| environment.may_be_of_mesh(&endpoint.address)) {
                    Some(endpoint) => unknown(format!(
                        "whether endpoint `{}` of `{}` has a certificate of the mesh is not known",
                        endpoint.address, service.host
                    )),
                    None => self.failed("UF"),
                };
            }
            Some((_, TlsMode::Strange)) => return unknown("a TLS mode of a DestinationRule is not understood"),
            Some((tls, TlsMode::Simple | TlsMode::Mutual)) => self.originate(proxy, tls, entry, &host, &payload)?,
        };
        let leg = Leg { outer, payload };
        self.hop(|hop| hop.encryption = Some(leg.encryption()));
        if matches!((&leg.outer, &leg.payload), (Outer::Tls { .. }, Payload::Tls(_))) {
            return unknown(format!("`{host}` gets TLS inside TLS: the client's handshake is data to it"));
        }
        if proxy.at == Stop::Sidecar {
            self.note(format!("`{host}` is reached past every gateway"));
        } else if matches!(&leg.payload, Payload::Http(request) if request.tells_caller()) {
            self.note(format!("`{host}` is told who calls: no route removes `{CALLER}`"));
        }
        self.reached(&host, port, &leg.outer, &leg.payload)
    }

    /// TLS that the proxy begins (`core/cluster_tls.go`, `constructUpstreamTLS`, `setAutoSniAndAutoSanValidation`).
    fn originate(
        &mut self,
        proxy: &Proxy<'_>,
        tls: &TlsSettings,
        entry: &ServiceEntry,
        host: &str,
        payload: &Payload,
    ) -> Step<Outer> {
        // A Secret is for gateways; a sidecar without a selector's DestinationRule gets no TLS at all.
        if proxy.at == Stop::Sidecar && tls.credential_name.is_some() {
            return unknown("`credentialName` of a DestinationRule at a sidecar is not modelled");
        }
        let server_name = tls.sni.clone().or_else(|| automatic(payload));
        let names = if tls.subject_alt_names.is_empty() { &entry.subject_alt_names } else { &tls.subject_alt_names };
        let automatic_name =
            tls.sni.is_none() && tls.subject_alt_names.is_empty() && matches!(payload, Payload::Http(_));
        if tls.insecure {
            self.unverified = self.unverified.max(Unverified::Everything);
            self.note(format!("TLS to `{host}` does not verify the server at all"));
        } else if names.is_empty() && !automatic_name {
            self.unverified = self.unverified.max(Unverified::Name);
            self.note(format!(
                "TLS to `{host}` verifies that the certificate is trusted, but not that it is of `{host}`"
            ));
        } else if !names.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            let certificate = Unknown::Certificate { host: host.to_owned(), names: names.clone() };
            let sure = self.perhaps(certificate, || {
                format!("whether the certificate of `{host}` has one of the names {} is not known", names.join(", "))
            });
            if !sure {
                return self.failed("UF");
            }
        }
        let certificate = if tls.mode == TlsMode::Mutual { Certificate::Own } else { Certificate::Nobody };
        Ok(Outer::Tls { server_name, certificate })
    }

    /// The address of a ServiceEntry's host, as far as it has a name.
    fn endpoint(&mut self, proxy: &Proxy<'_>, entry: &ServiceEntry, cluster: &Cluster<'_, 'a>) -> Step<(String, u16)> {
        let Cluster { service, port, settings, .. } = cluster;
        let written = entry.ports.iter().find(|each| each.number == *port);
        let target = written.and_then(|each| each.target).unwrap_or(*port);
        if entry.selects_workloads {
            return unknown(format!("the endpoints of `{}` are workloads that are not given", service.host));
        }
        match entry.resolution {
            // Wherever the client dialled; a gateway has nothing to go by (core/cluster.go, `convertResolution`).
            Resolution::None if proxy.at == Stop::Sidecar => {
                let port = written.and_then(|each| each.target).unwrap_or(self.query.port);
                return Ok((self.query.host.clone(), port));
            }
            Resolution::None if entry.endpoints.is_empty() => return self.failed("UH"),
            Resolution::Dynamic => return unknown(format!("DYNAMIC_DNS of `{}` is not modelled", service.host)),
            Resolution::Strange => return unknown(format!("the resolution of `{}` is not understood", service.host)),
            _ => {}
        }
        let wanted = settings.labels.filter(|labels| !labels.is_empty());
        if entry.endpoints.is_empty() {
            if entry.resolution != Resolution::Dns {
                // Hollow: a cluster without an endpoint.
                return self.failed("UH");
            }
            if wanted.is_some() {
                // The host itself has no labels, and a DNS cluster without an endpoint is not made.
                return self.failed("NC");
            }
            if names::is_wildcard(&service.host) {
                return unknown(format!("`{}` cannot be resolved without endpoints", service.host));
            }
            return Ok((service.host.to_string(), target));
        }
        let fitting: Vec<&crate::istio::Endpoint> = entry
            .endpoints
            .iter()
            .filter(|endpoint| {
                wanted.is_none_or(|labels| labels.iter().all(|(key, value)| endpoint.labels.get(key) == Some(value)))
            })
            .collect();
        let (at, age) = (self.visit, service.age);
        let question = || Unknown::Endpoint { at, service: age.id, host: service.id, labels: wanted.cloned() };
        let picked =
            self.assumptions.assume_one_of(&fitting, question, || format!("`{}` has several endpoints", service.host));
        let Some(endpoint) = picked else {
            return self.failed(if entry.resolution == Resolution::Dns { "NC" } else { "UH" });
        };
        let name = written.map_or("", |each| each.name.as_str());
        let port = endpoint.ports.iter().find(|(known, _)| known == name).map_or(target, |(_, port)| *port);
        // An address is where the entry says that its host is; another name is another host.
        let is_address = endpoint.address.parse::<std::net::IpAddr>().is_ok();
        let host = if is_address && !names::is_wildcard(&service.host) {
            service.host.to_string()
        } else {
            endpoint.address.to_ascii_lowercase()
        };
        Ok((host, port))
    }
}

/// Several objects of one namespace are for one host.
fn of_one_namespace<T>(services: &[(&Service<'_>, T)]) -> String {
    let host = services.first().map_or("", |(service, _)| &*service.host);
    format!(
        "several ServiceEntries of one namespace are for `{host}`, and the oldest of them decides: the files have no creation times"
    )
}

/// The question where bytes go by a route at a proxy.
pub(super) fn destination(at: Visit, route: &routes::Service<'_>, way: &L4Route) -> Unknown {
    let place = |ways: &[L4Route]| ways.iter().position(|known| std::ptr::eq(known, way));
    let part = match place(&route.spec.tls) {
        Some(at) => RoutePart::Tls(at),
        None => RoutePart::Tcp(place(&route.spec.tcp).unwrap_or_default()),
    };
    Unknown::Destination { at, route: route.age.id, part }
}

/// Without a name in the settings HTTP's `Host` becomes the server name (`auto_sni`); bytes have none.
fn automatic(payload: &Payload) -> Option<String> {
    match payload {
        Payload::Http(request) => Some(request.host()),
        Payload::Tls(_) | Payload::Opaque => None,
    }
}

/// A destination's host in full.
pub(super) fn host_of<'d>(destination: &'d Destination, namespace: &str, domain: &str) -> Cow<'d, str> {
    names::full(&destination.host, namespace, domain)
}
