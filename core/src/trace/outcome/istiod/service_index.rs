//! The services of the mesh, and which namespace sees which (`pilot/pkg/model/push_context.go`, `initServiceRegistry`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::entry_conflicts::mark_conflicts;
use super::external_names::{ExternalName, external_names};
use super::service::{Address, Conflict, EndpointChoice, Endpoints, Port, Protocol, Service, is_every_address};
use super::service_group::ServiceGroup;
use super::visibility::{ByVisibility, VisibleFrom};
use crate::istio::{self, ExportTo, Meta, Object, Objects};
use crate::model::Environment;
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{GatewayPodsId, ServiceId};

/// Services of one visibility.
#[derive(Debug, Default)]
pub(crate) struct VisibleServices {
    pub(crate) hosts: BTreeMap<HostId, ServiceGroup>,
    /// By port: all of them.
    pub(crate) ports: BTreeMap<u16, ServiceGroup>,
    /// By port: HTTP, which a listener routes by `Host`.
    pub(crate) http: BTreeMap<u16, ServiceGroup>,
    /// By port: HTTP whose port is for a proxy of HTTP.
    pub(crate) http_proxies: BTreeMap<u16, ServiceGroup>,
    /// By port: TLS, which a listener routes by server name.
    pub(crate) tls: BTreeMap<u16, ServiceGroup>,
    /// By port: TCP without an address.
    pub(crate) tcp: BTreeMap<u16, ServiceGroup>,
    /// By port: what is not HTTP and has a network, other than that of all addresses.
    pub(crate) networks: BTreeMap<u16, ServiceGroup>,
    /// By port: the protocols of services that share a listener, each once.
    pub(crate) protocols: BTreeMap<u16, Vec<Protocol>>,
}

/// The hosts that a short name stands for.
#[derive(Debug, Default)]
struct Short {
    /// In one namespace, as the name of its own Service.
    own: BTreeMap<String, HostId>,
    /// Everywhere.
    anywhere: Option<HostId>,
}

/// All services, in the order of age.
#[derive(Debug)]
pub(crate) struct ServiceIndex<'w> {
    services: Vec<Service<'w>>,
    by_visibility: ByVisibility<VisibleServices>,
    everywhere: BTreeMap<HostId, ServiceGroup>,
    /// Hosts with a service that istiod may not have: see [`Self::may_be_missing`].
    may_be_missing: BTreeSet<HostId>,
    /// Hosts with a service whose address is not left to DNS or to the cluster.
    with_address_of_istio: BTreeSet<HostId>,
    /// Ports of hosts that say that `MySQL` is behind them.
    my_sql: BTreeSet<(HostId, u16)>,
    /// Hosts of the cluster's Services by their short names.
    short: BTreeMap<String, Short>,
    /// By port: services that may be HTTP or not, of which it is not known whether the port's shared listener has them. There
    /// is hardly ever one.
    conflicting: BTreeMap<u16, Vec<ServiceId>>,
    /// Hosts of `ExternalName` Services.
    external_names: BTreeMap<HostId, ExternalName>,
    /// These Services.
    external_services: BTreeMap<HostId, &'w Object<istio::Service>>,
    /// Hosts of headless Services.
    headless: BTreeSet<HostId>,
    /// The revisions of Istio whose settings are given, and their tags.
    revisions: Vec<&'w str>,
    /// Whether services of a proxy's own namespace come before those that are exported to it, where the version of Istio is
    /// stated.
    pub(super) own_come_first: Option<bool>,
    /// Whether hosts that a Sidecar names are looked up, where the version of Istio is stated.
    pub(super) looks_up_exact_hosts: Option<bool>,
}

impl<'w> ServiceIndex<'w> {
    /// `gateways` are the pods of gateways by the host of their Service.
    pub(crate) fn new(
        objects: &'w Objects,
        environment: &'w Environment,
        hosts: &HostIndex,
        gateways: &BTreeMap<String, GatewayPodsId>,
    ) -> Self {
        let mut found: Vec<(Service<'w>, &ExportTo)> = Vec::new();
        for (at, entry) in objects.service_entries.iter().enumerate() {
            for host in &entry.spec.hosts {
                let service = Service::of_entry(host, hosts, &entry.spec, &entry.meta, at);
                found.push((service, &entry.spec.export_to));
            }
        }
        let mut described = Vec::new();
        let mut external_services = BTreeMap::new();
        for (at, service) in objects.services.iter().enumerate() {
            let host =
                host_name::of_service(service.meta.istio_name(), &service.meta.namespace, &environment.cluster_domain);
            described.push(host.clone());
            if service.spec.external_name.is_some() {
                external_services.insert(hosts.id(&host), service);
                continue;
            }
            let gateway = gateways.get(&host).copied();
            found.push((Service::of_cluster(host, hosts, service, at, gateway), &service.spec.export_to));
        }
        for gateway in environment.gateways.values() {
            let host = host_name::of_service(&gateway.service, &gateway.namespace, &environment.cluster_domain);
            let Some(pods) = gateways.get(&host).filter(|_| !described.contains(&host)) else { continue };
            found.push((Service::of_gateway(host, hosts, gateway, *pods), &ExportTo::Public));
        }
        found.sort_by(|(a, _), (b, _)| a.age.order(&b.age));
        mark_conflicts(found.iter_mut().map(|(service, _)| service));
        let mut index = Self {
            services: Vec::new(),
            by_visibility: ByVisibility::default(),
            everywhere: BTreeMap::new(),
            may_be_missing: BTreeSet::new(),
            with_address_of_istio: BTreeSet::new(),
            my_sql: BTreeSet::new(),
            short: BTreeMap::new(),
            conflicting: BTreeMap::new(),
            external_names: BTreeMap::new(),
            external_services,
            headless: BTreeSet::new(),
            revisions: environment.revisions_and_tags().collect(),
            own_come_first: environment.is_istio_before(30, 3),
            looks_up_exact_hosts: environment.is_istio_before(31, 0).map(|is_before| !is_before),
        };
        for (id, (service, export_to)) in found.into_iter().enumerate() {
            index.everywhere.entry(service.id).or_default().push(id, &service);
            if service.is_alpha() || service.maker.is_some_and(|revision| !index.has_revision(revision)) {
                index.may_be_missing.insert(service.id);
            }
            if matches!(service.address, Address::Automatic | Address::Fixed(_) | Address::Networks(..)) {
                index.with_address_of_istio.insert(service.id);
            }
            for port in service.ports.iter().filter(|port| service.protocol_of(port.number) == Some(Protocol::MySql)) {
                index.my_sql.insert((service.id, port.number));
            }
            if !matches!(service.endpoints, Endpoints::Entry(_)) {
                index.shorten(&service.host, service.namespace, service.id, &environment.cluster_domain);
            }
            if service.choice == EndpointChoice::OriginalDestination {
                index.headless.insert(service.id);
            }
            index.by_visibility.add(export_to, service.namespace, false, |visible| add(visible, id, &service));
            let listens_for_any =
                |port: &&Port| service.conflict == Conflict::Listeners && port.protocol == Protocol::Unspecified;
            for port in service.ports.iter().filter(listens_for_any) {
                index.conflicting.entry(port.number).or_default().push(id);
            }
            index.services.push(service);
        }
        for (host, namespace, id, name) in external_names(objects, hosts, &environment.cluster_domain) {
            index.shorten(&host, namespace, id, &environment.cluster_domain);
            index.external_names.insert(id, name);
        }
        index
    }

    /// Services of a port without protocol of which it is not known whether the port's shared listener has them.
    pub(crate) fn conflicting(&self, port: u16) -> impl Iterator<Item = ServiceId> {
        self.conflicting.get(&port).into_iter().flatten().copied()
    }

    /// The addresses that ServiceEntries give their hosts.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (ServiceId, IpAddr)> {
        self.services.iter().enumerate().flat_map(|(id, service)| {
            service.address.single().iter().filter_map(move |address| Some((id, address.parse().ok()?)))
        })
    }

    /// Whether a revision of Istio is surely there.
    pub(crate) fn has_revision(&self, revision: &str) -> bool {
        self.revisions.contains(&revision)
    }

    /// Services whose addresses are networks.
    pub(crate) fn with_networks(&self) -> impl Iterator<Item = ServiceId> {
        let all = self.services.iter().enumerate();
        all.filter(|(_, service)| matches!(service.address, Address::Networks(..))).map(|(id, _)| id)
    }

    /// The host behind the host of an `ExternalName` Service.
    pub(crate) fn external_name(&self, host: HostId) -> Option<ExternalName> {
        self.external_names.get(&host).copied()
    }

    /// The `ExternalName` Service that has a host.
    pub(crate) fn external_service(&self, host: HostId) -> Option<&'w Object<istio::Service>> {
        self.external_services.get(&host).copied()
    }

    /// The `ExternalName` Services that are names for a host.
    pub(crate) fn names_of(&self, host: HostId) -> impl Iterator<Item = HostId> {
        let is_for_it = move |name: &ExternalName| matches!(name, ExternalName::Host(concrete) if *concrete == host);
        self.external_names.iter().filter(move |(_, name)| is_for_it(name)).map(|(alias, _)| *alias)
    }

    pub(crate) fn get(&self, id: ServiceId) -> Option<&Service<'w>> {
        self.services.get(id)
    }

    /// Sidecars know a cluster's Services by their short names too (core/httproute.go, `GenerateAltVirtualHosts`).
    fn shorten(&mut self, host: &str, namespace: &str, id: HostId, domain: &str) {
        let Some(of_cluster) = host.strip_suffix(domain).and_then(|host| host.strip_suffix('.')) else {
            return;
        };
        let Some(of_namespace) = of_cluster.strip_suffix(".svc") else { return };
        for name in [of_namespace, of_cluster] {
            self.short.entry(name.to_owned()).or_default().anywhere.get_or_insert(id);
        }
        if let Some(own) = of_namespace.strip_suffix(namespace).and_then(|name| name.strip_suffix('.')) {
            self.short.entry(own.to_owned()).or_default().own.insert(namespace.to_owned(), id);
        }
    }

    /// The host that a short name stands for in a namespace.
    pub(crate) fn in_full(&self, host: &str, namespace: &str) -> Option<HostId> {
        let short = self.short.get(host)?;
        short.own.get(namespace).copied().or(short.anywhere)
    }

    /// Whether any Service is headless.
    pub(crate) fn any_headless(&self) -> bool {
        !self.headless.is_empty()
    }

    /// Whether a host is that of a headless Service.
    pub(crate) fn is_headless(&self, host: HostId) -> bool {
        self.headless.contains(&host)
    }

    /// What a namespace sees.
    pub(crate) fn visible_from(&self, namespace: &str) -> VisibleFrom<'_, VisibleServices> {
        self.by_visibility.visible_from(namespace)
    }

    /// Whether any object has this host.
    pub(crate) fn is_known(&self, host: HostId) -> bool {
        self.everywhere.contains_key(&host)
    }

    /// The services of a host, whoever sees them.
    pub(crate) fn anywhere(&self, host: HostId) -> impl Iterator<Item = ServiceId> {
        self.everywhere.get(&host).map(ServiceGroup::all).unwrap_or_default().iter().copied()
    }

    /// The services of a host in one namespace, whoever sees them.
    pub(crate) fn of_namespace(&self, namespace: &str, host: HostId) -> &[ServiceId] {
        self.everywhere.get(&host).map(|services| services.of_namespace(namespace)).unwrap_or_default()
    }

    /// Whether istiod may not have all services of a host: one of an alpha kind, or one that a revision makes which no document
    /// names.
    pub(super) fn may_be_missing(&self, host: HostId) -> bool {
        self.may_be_missing.contains(&host)
    }

    /// Whether a ServiceEntry gives a host an address, or has Istio give it one.
    pub(crate) fn has_address_of_istio(&self, host: HostId) -> bool {
        self.with_address_of_istio.contains(&host)
    }

    /// Whether any service of a host says that `MySQL` is behind a port.
    pub(crate) fn speaks_my_sql(&self, host: HostId, port: u16) -> bool {
        self.my_sql.contains(&(host, port))
    }

    /// The services of a ServiceEntry, one for each host.
    pub(crate) fn of_object(&self, meta: &Meta) -> Vec<ServiceId> {
        let all = self.services.iter().enumerate();
        all.filter(|(_, service)| service.meta.is_some_and(|of| std::ptr::eq(of, meta))).map(|(id, _)| id).collect()
    }

    /// Whether it is a Service of Kubernetes.
    pub(crate) fn is_of_cluster(&self, id: ServiceId) -> bool {
        self.get(id).is_some_and(|service| !matches!(service.endpoints, Endpoints::Entry(_)))
    }
}

fn add(visible: &mut VisibleServices, id: ServiceId, service: &Service<'_>) {
    visible.hosts.entry(service.id).or_default().push(id, service);
    for port in &service.ports {
        let put = |ports: &mut BTreeMap<u16, ServiceGroup>| ports.entry(port.number).or_default().push(id, service);
        put(&mut visible.ports);
        let shared = !matches!(
            (port.protocol, &service.address),
            (
                Protocol::Unspecified | Protocol::Tls | Protocol::Tcp | Protocol::MySql | Protocol::Mongo,
                Address::Cluster | Address::Fixed(_)
            )
        );
        if shared && port.protocol != Protocol::Udp {
            let protocols = visible.protocols.entry(port.number).or_default();
            if !protocols.contains(&port.protocol) {
                protocols.push(port.protocol);
            }
        }
        if port.is_http_proxy {
            put(&mut visible.http_proxies);
        }
        // HTTP is routed by `Host`, whatever the address; the rest has a listener of its own where it has an address
        // (core/listener.go, `buildSidecarOutboundListener`).
        match (port.protocol, &service.address) {
            (Protocol::Http, _) => put(&mut visible.http),
            (Protocol::Udp, _) | (_, Address::Cluster | Address::Fixed(_)) => {}
            (protocol, Address::Networks(networks, _)) => {
                if networks.iter().any(|network| !is_every_address(network)) {
                    put(&mut visible.networks);
                }
                // A chain of HTTP has no network, and one of all addresses is like none.
                if protocol == Protocol::Unspecified {
                    put(&mut visible.http);
                }
                if networks.iter().any(is_every_address) {
                    put(if protocol == Protocol::Tls { &mut visible.tls } else { &mut visible.tcp });
                }
            }
            (Protocol::Tls, Address::None | Address::Automatic) => put(&mut visible.tls),
            (Protocol::Tcp | Protocol::MySql | Protocol::Mongo, Address::None | Address::Automatic) => {
                put(&mut visible.tcp);
            }
            (Protocol::Unspecified, Address::None | Address::Automatic) => {
                put(&mut visible.http);
                put(&mut visible.tcp);
            }
        }
    }
}
