//! Everything that istiod knows when it configures proxies (`pilot/pkg/model/push_context.go`, `PushContext`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::destination_rules::DestinationRules;
use super::gateways::Gateways;
use super::headless_endpoints::HeadlessEndpoints;
use super::pods::ClientLabels;
use super::server_ports::ListenPort;
use super::service::{Address, Protocol, Service};
use super::service_index::ServiceIndex;
use super::sidecar_scope::{SidecarScope, Sidecars};
use super::unmodelled::Unmodelled;
use super::virtual_services::VirtualServices;
use super::waypoints::{BoundWaypoint, Waypoints};
use super::workloads::WorkloadIndex;
use crate::istio::Objects;
use crate::model::Environment;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{ContainerPort, ServiceId};

/// Everything that istiod knows.
#[derive(Debug)]
pub(crate) struct PushContext<'w> {
    pub(crate) objects: &'w Objects,
    pub(crate) environment: &'w Environment,
    pub(crate) hosts: HostIndex,
    pub(crate) services: ServiceIndex<'w>,
    pub(crate) virtual_services: VirtualServices<'w>,
    pub(crate) destination_rules: DestinationRules<'w>,
    pub(crate) gateways: Gateways<'w>,
    pub(crate) unmodelled: Unmodelled<'w>,
    pub(crate) waypoints: Waypoints<'w>,
    pub(crate) workloads: WorkloadIndex<'w>,
    pub(crate) headless_endpoints: HeadlessEndpoints,
    sidecars: Sidecars<'w>,
    /// Services by the addresses that clients may dial.
    by_address: BTreeMap<IpAddr, Vec<ServiceId>>,
}

impl<'w> PushContext<'w> {
    /// Reads the objects once.
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let hosts = HostIndex::new(objects, environment);
        let virtual_services = VirtualServices::new(objects, environment, &hosts);
        let gateways = Gateways::new(objects, environment, &virtual_services);
        let services = ServiceIndex::new(objects, environment, &hosts, gateways.by_host());
        let mut by_address: BTreeMap<IpAddr, Vec<ServiceId>> = BTreeMap::new();
        for (id, address) in services.addresses() {
            by_address.entry(address).or_default().push(id);
        }
        for service in &objects.services {
            let Some(address) = service.spec.cluster_ip.as_ref().and_then(|ip| ip.parse().ok()) else { continue };
            let host =
                host_name::of_service(service.meta.istio_name(), &service.meta.namespace, &environment.cluster_domain);
            let of_cluster = services.anywhere(hosts.id(&host)).filter(|id| services.is_of_cluster(*id));
            by_address.entry(address).or_default().extend(of_cluster);
        }
        Self {
            objects,
            environment,
            destination_rules: DestinationRules::new(objects, environment, &hosts),
            headless_endpoints: HeadlessEndpoints::new(objects, environment, &hosts, &services),
            hosts,
            services,
            virtual_services,
            sidecars: Sidecars::new(objects, environment),
            gateways,
            unmodelled: Unmodelled::new(objects, environment),
            waypoints: Waypoints::new(objects, environment),
            workloads: WorkloadIndex::new(objects),
            by_address,
        }
    }

    /// Whether an object or a fact describes a service of this host, whoever sees it.
    pub(crate) fn is_described(&self, host: &str) -> bool {
        let id = self.hosts.id(host);
        self.services.anywhere(id).next().is_some() || self.services.external_name(id).is_some()
    }

    /// Why Istio may compare a name in two ways: an object near it writes it with capital letters (docs/istio/names.md).
    pub(crate) fn written_with_capitals(&self, name: &str) -> Option<String> {
        let name = host_name::lowered(name.trim_end_matches('.'));
        let is_near = |host: &String| host_name::overlap(host, &name);
        let object = self.objects.capitals.iter().find(|object| object.spec.iter().any(is_near))?;
        Some(format!(
            "{} `{}/{}` writes a host like `{name}` with capital letters, which Istio compares as written in some places and in lower case in others",
            object.meta.kind, object.meta.namespace, object.meta.name
        ))
    }

    /// The services that an address is of.
    pub(crate) fn at_address(&self, address: IpAddr) -> impl Iterator<Item = ServiceId> {
        self.by_address.get(&address).into_iter().flatten().copied()
    }

    /// The services of a host that are bound to a waypoint, of whatever namespace: a waypoint keeps one service for each host
    /// (`findWaypointResources` of core/waypoint.go). `Err` says why it cannot be known.
    pub(crate) fn services_of_waypoint(
        &self,
        waypoint: &BoundWaypoint<'_>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Result<Vec<ServiceId>, String> {
        let mut bound = Vec::new();
        for id in self.services.anywhere(host) {
            let Some(service) = self.services.get(id) else { continue };
            if self.services.is_there(id, assumptions) && self.waypoints.is_bound_to(waypoint, service, assumptions)? {
                bound.push(id);
            }
        }
        Ok(bound)
    }

    /// The host that a client of a namespace means by a name.
    pub(crate) fn canonical<'h>(&'h self, host: &'h str, namespace: &str) -> (Cow<'h, str>, HostId) {
        let host = host_name::lowered(host.trim_end_matches('.'));
        let id = self.hosts.id(&host);
        if self.services.is_known(id) {
            return (host, id);
        }
        match self.services.in_full(&host, namespace) {
            Some(id) => (Cow::Borrowed(self.hosts.name(id)), id),
            None => (host, id),
        }
    }

    /// The host that has a short name among its domains at the sidecars of a namespace, if any object mentions it.
    pub(crate) fn host_of_short_name(&self, name: &str, namespace: &str) -> Option<HostId> {
        let full = host_name::in_full(name, namespace, &self.environment.cluster_domain)?;
        Some(self.hosts.id(&full)).filter(|id| *id != HostId::Unmentioned)
    }

    /// The scope of a gateway's pods (`sidecar.go`, `DefaultSidecarScopeForGateway`).
    pub(crate) fn gateway_scope<'s>(&'s self, namespace: &'s str) -> SidecarScope<'s> {
        let mut scope = self.default_scope(namespace);
        scope.gateway = true;
        scope
    }

    /// The scope of a sidecar that no Sidecar narrows (`sidecar.go`, `DefaultSidecarScopeForNamespace`).
    pub(crate) fn default_scope<'s>(&'s self, namespace: &'s str) -> SidecarScope<'s> {
        let services = self.services.visible_from(namespace);
        Sidecars::default_scope(namespace, services, self.virtual_services.visible_from(namespace))
    }

    /// The scope of a workload's sidecar. `Err` says why it cannot be known.
    ///
    /// `answers_dns` is whether it answers DNS, as far as it is known: hosts without an address then have one of their own.
    pub(crate) fn sidecar_scope<'s>(
        &'s self,
        namespace: &'s str,
        (client, answers_dns): (ClientLabels<'_>, Option<bool>),
        (dialled, port): (&str, u16),
        assumptions: &mut Assumptions,
    ) -> Result<SidecarScope<'s>, String> {
        let scope = self.sidecars.narrowed(self.default_scope(namespace), client, (dialled, port), assumptions)?;
        let Some(listeners) = scope.listeners else { return Ok(scope) };
        let unmodelled = |what: &str| {
            let meta = scope.sidecar.map(|sidecar| &sidecar.meta);
            let (namespace, name) = meta.map_or(("", ""), |meta| (&*meta.namespace, &*meta.name));
            Err(format!("Sidecar `{namespace}/{name}`: {what}"))
        };
        let others = scope.catch_all();
        // A route may be for a host without a service, and a request may name any host.
        let may_leave_out = |scope: &SidecarScope<'_>| {
            self.services.on_this_port(scope, port).any(|service| scope.may_leave_out(&service.host))
                || (scope.excludes_any_host()
                    && self
                        .virtual_services
                        .of_mesh()
                        .any(|config| config.spec.hosts.iter().any(|host| scope.may_leave_out(host))))
        };
        if may_leave_out(&scope) || others.as_ref().is_some_and(may_leave_out) {
            return unmodelled(
                "whether an egress host that begins with `~` excludes hosts depends on the version of Istio (`istioVersion`), which is not stated",
            );
        }
        let Some(own) = listeners.of_port else { return Ok(scope) };
        let has_protocol = |service: &Service<'_>| {
            service.ports.iter().filter(|each| each.number == port).all(|each| each.protocol == own.protocol)
        };
        let mut has_its_protocol = |(id, service): (ServiceId, &Service<'_>)| {
            has_protocol(service) || !self.services.is_selected(&scope, id, assumptions)
        };
        if !self.services.ids_on_port(&scope, port).all(&mut has_its_protocol) {
            return unmodelled("an egress listener whose port has another protocol than its services is not modelled");
        }
        let Some(others) = others else { return Ok(scope) };
        // Without a service the listener for the port is not there, and the services of the other one have the port.
        if self.services.on_this_port(&scope, port).next().is_none()
            && self.services.on_this_port(&others, port).next().is_some()
        {
            return Ok(others);
        }
        // The listener on every address is the port's own, if any of its services makes one; one on the address of a service is
        // beside it (`listenerMapKey` of core/listener.go, `buildSidecarOutboundListener`).
        let has_automatic = answers_dns.filter(|answers| !*answers || !self.environment.is_before(25));
        let is_everywhere = |service: &Service<'_>| match service.address {
            Address::None => Some(true),
            Address::Automatic => has_automatic.map(|has| !has),
            Address::Fixed(_) | Address::Cluster => Some(false),
            // On every address, with a filter chain for the networks. An address beside them may come first.
            Address::Networks(_, ref single) if single.is_empty() => Some(true),
            Address::Networks(..) => None,
        };
        let makes_it = |service: &Service<'_>| own.protocol == Protocol::Http || is_everywhere(service) == Some(true);
        let has_own = self.services.on_this_port(&scope, port).any(makes_it);
        let is_beside = |service: &Service<'_>| {
            !has_own
                || (is_everywhere(service) != Some(true)
                    && service.ports.iter().any(|each| each.number == port && each.protocol != Protocol::Http))
        };
        let mut is_of_others_alone = |id: ServiceId| {
            !self.services.is_selected(&scope, id, assumptions) && self.services.is_selected(&others, id, assumptions)
        };
        let mut beside = self.services.ids_on_port(&others, port).filter(|(_, service)| is_beside(service));
        if beside.any(|(id, _)| is_of_others_alone(id)) {
            return unmodelled("services of two egress listeners for one port are not modelled");
        }
        Ok(scope)
    }

    /// The services of a host that a proxy has clusters for: a sidecar also gets those that its VirtualServices name. Beside a
    /// Service of the cluster a ServiceEntry for its host has listeners and routes, and no cluster (`sidecar.go`,
    /// `appendSidecarServices`).
    pub(crate) fn services_with_clusters<'s>(
        &'s self,
        scope: &SidecarScope<'s>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Cow<'s, [ServiceId]> {
        let mut selected = self.services.selected(scope, host, assumptions);
        if selected.is_empty() && !scope.gateway {
            selected = Cow::Owned(self.named_by_any_route(scope, host, assumptions).into_iter().collect());
        }
        let is_of_cluster = |id: &ServiceId| self.services.is_of_cluster(*id);
        if selected.len() > 1 && selected.iter().any(is_of_cluster) {
            return selected.iter().copied().filter(is_of_cluster).collect();
        }
        selected
    }

    /// The service that a sidecar gets for a host because a VirtualService names it (`sidecar.go`, `collectImportedServices`):
    /// that of the sidecar's own namespace even where it is not exported to it, otherwise the cluster's, otherwise the oldest of
    /// those that it sees (`pickBestVisibleNamespace`); before 1.30 that of the first namespace by name
    /// (`pickFirstVisibleNamespace`).
    pub(super) fn named_by_any_route(
        &self,
        scope: &SidecarScope<'_>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Option<ServiceId> {
        let mut by_namespace: BTreeMap<&str, Vec<ServiceId>> = BTreeMap::new();
        for id in self.services.anywhere(host) {
            if let Some(service) = self.services.get(id).filter(|_| self.services.is_there(id, assumptions)) {
                by_namespace.entry(service.namespace).or_default().push(id);
            }
        }
        if let Some(own) = by_namespace.get(scope.namespace) {
            return self.first_of_namespace(own, assumptions);
        }
        let all = self.default_scope(scope.namespace);
        let firsts = by_namespace.values().filter_map(|ids| self.first_of_namespace(ids, assumptions));
        let visible: Vec<ServiceId> = firsts.filter(|id| self.services.with_visibility(&all, *id).is_some()).collect();
        if self.environment.is_istio_before(30, 0) == Some(true) {
            return visible.first().copied();
        }
        self.first_of_namespace(&visible, assumptions)
    }

    /// The cluster's of some services of one host, otherwise the oldest: a namespace has one service for each host
    /// (`push_context.go`, `initServiceRegistry`).
    fn first_of_namespace(&self, ids: &[ServiceId], assumptions: &mut Assumptions) -> Option<ServiceId> {
        let of_cluster = ids.iter().copied().find(|id| self.services.is_of_cluster(*id));
        of_cluster.or_else(|| self.services.oldest_id_of(ids, assumptions))
    }

    /// Whether a sidecar has a cluster for a host only where a VirtualService names the host.
    pub(crate) fn is_seen_by_route_alone(
        &self,
        scope: &SidecarScope<'_>,
        host: &str,
        assumptions: &mut Assumptions,
    ) -> bool {
        self.services.selected(scope, self.hosts.id(host), assumptions).is_empty()
    }

    /// The container ports that may be behind a port of a gateway's Service; `None` for one that no document names.
    pub(crate) fn container_ports(&self, gateway: &str, port: u16) -> Vec<Option<u16>> {
        let gateway = self.gateways.named(gateway).and_then(|id| self.gateways.get(id));
        let number = |place: ContainerPort| match place {
            ContainerPort::Number(number) => Some(number),
            ContainerPort::Unmentioned => None,
        };
        gateway.into_iter().flat_map(|gateway| gateway.pods.container_ports(port)).map(number).collect()
    }

    /// The container ports on which a gateway may listen for servers of a port; `None` for one that no document names.
    pub(crate) fn listen_ports(&self, gateway: &str, port: u16) -> Vec<Option<u16>> {
        let gateway = self.gateways.named(gateway).and_then(|id| self.gateways.get(id));
        let number = |place: ListenPort| match place {
            ListenPort::At(number) => Some(number),
            ListenPort::Behind(_) | ListenPort::Unknown => None,
        };
        gateway.into_iter().flat_map(|gateway| gateway.server_ports.listen_ports(port)).map(number).collect()
    }
}
