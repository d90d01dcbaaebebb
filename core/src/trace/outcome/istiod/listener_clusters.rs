//! The services for which a sidecar has clusters, where its Sidecar has several egress listeners or one with a port
//! (`collectImportedServices` and `appendSidecarServices` of pilot/pkg/model/sidecar.go).

use std::collections::BTreeSet;

use super::push_context::PushContext;
use super::service::{Endpoints, Service};
use super::sidecar_scope::SidecarScope;
use super::virtual_services::VirtualServiceConfig;
use crate::istio::ServiceEntry;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::ids::{ServiceId, VirtualServiceId};

/// A service as an egress listener adds it, with the ports that the listener leaves it.
struct AddedService {
    id: ServiceId,
    ports: BTreeSet<u16>,
}

/// What all egress listeners of a Sidecar together make of a host.
pub(crate) struct MergedService {
    /// By the listener, or the route of a listener, that adds them, in this order.
    added: Vec<Vec<AddedService>>,
}

impl MergedService {
    /// The services that have a port, of which the oldest has it; none where the host has no cluster for it.
    pub(crate) fn with_port(&self, port: u16) -> Vec<ServiceId> {
        let having = |added: &Vec<AddedService>| {
            let having = added.iter().filter(|each| each.ports.contains(&port)).map(|each| each.id);
            Some(having.collect()).filter(|having: &Vec<ServiceId>| !having.is_empty())
        };
        self.added.iter().find_map(having).unwrap_or_default()
    }

    /// The only port, where there is just one.
    pub(crate) fn only_port(&self) -> Option<u16> {
        let ports: BTreeSet<u16> = self.added.iter().flatten().flat_map(|each| &each.ports).copied().collect();
        ports.first().copied().filter(|_| ports.len() == 1)
    }
}

impl PushContext<'_> {
    /// The services of a host for which a sidecar has clusters. Each listener adds what its hosts import and then what its
    /// VirtualServices name; the first one decides the namespace, and others of that namespace add their ports. `Err` says why it
    /// cannot be known.
    pub(crate) fn over_listeners(
        &self,
        scope: &SidecarScope<'_>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Result<MergedService, String> {
        let mut added = Vec::new();
        for (_, alone) in scope.by_listener() {
            let imported = self.services.selected(&alone, host, assumptions);
            let ports =
                |id: ServiceId| self.ports_of(id).filter(|port| alone.only_port().is_none_or(|only| only == *port));
            let imported = imported.iter().map(|id| AddedService { id: *id, ports: ports(*id).collect() });
            added.push(imported.collect());
            let naming = self.naming(&alone, host);
            if naming.is_empty() {
                continue;
            }
            let Some(id) = self.named_by_any_route(scope, host, assumptions) else { continue };
            let named = naming.into_iter().filter_map(|config| self.named_ports(config, &alone, host, id));
            added.extend(named.map(|ports| vec![AddedService { id, ports }]));
        }
        added.retain(|services: &Vec<AddedService>| !services.is_empty());
        let merged = self.merged(added)?;
        if self.may_be_changed_by_mirror(scope, host, &merged) {
            return Err(format!(
                "a mirror of a VirtualService may lead to `{}`, and how that changes the clusters of a Sidecar with several egress listeners is not modelled",
                self.hosts.name(host)
            ));
        }
        Ok(merged)
    }

    /// Whether a mirror, whose destination is not read, may add a port of a host or another service of it.
    fn may_be_changed_by_mirror(&self, scope: &SidecarScope<'_>, host: HostId, merged: &MergedService) -> bool {
        let mut all = self.services.anywhere(host);
        let (Some(first), second) = (all.next(), all.next()) else { return false };
        let has_mirror = |alone: &SidecarScope<'_>| {
            self.virtual_services.with_mirrors().iter().any(|id| self.sees_virtual_service(alone, *id))
        };
        (second.is_some() || self.ports_of(first).any(|port| merged.with_port(port).is_empty()))
            && scope.by_listener().any(|(_, alone)| has_mirror(&alone))
    }

    /// Of a Service of the cluster and ServiceEntries for its host only the Service is left, of several namespaces only the
    /// first, and of its ServiceEntries those that are like the first (`canMergeServices`).
    fn merged(&self, mut added: Vec<Vec<AddedService>>) -> Result<MergedService, String> {
        let is_of_cluster = |each: &AddedService| self.services.is_of_cluster(each.id);
        let namespace = |each: &AddedService| self.services.get(each.id).map(|service| service.namespace);
        let any_of_cluster = added.iter().flatten().any(is_of_cluster);
        let first_namespace = added.iter().flatten().next().and_then(namespace);
        for services in &mut added {
            services.retain(
                |each| {
                    if any_of_cluster { is_of_cluster(each) } else { namespace(each) == first_namespace }
                },
            );
        }
        added.retain(|services| !services.is_empty());
        let first = match added.first().map(Vec::as_slice) {
            Some([only]) => self.services.get(only.id),
            _ => None,
        };
        let can_merge = |a: ServiceId, b: &Service<'_>| self.services.get(a).is_some_and(|a| can_merge(a, b));
        if let Some(first) = first {
            for services in &mut added {
                services.retain(|each| can_merge(each.id, first));
            }
        } else if let Some(service) = self.differing(&added) {
            return Err(format!(
                "ServiceEntries of namespace `{}` for `{}` differ, and the ports of all but the oldest have no cluster",
                service.namespace, service.host
            ));
        }
        added.retain(|services| !services.is_empty());
        Ok(MergedService { added })
    }

    /// One of some services of which not all ports may be merged.
    fn differing(&self, added: &[Vec<AddedService>]) -> Option<&Service<'_>> {
        let all: Vec<(&Service<'_>, &BTreeSet<u16>)> =
            added.iter().flatten().filter_map(|each| Some((self.services.get(each.id)?, &each.ports))).collect();
        let differs = |(a, ports): &(&Service<'_>, &BTreeSet<u16>)| {
            all.iter().any(|(b, others)| ports != others && !can_merge(a, b))
        };
        all.iter().find(|each| differs(each)).map(|(service, _)| *service)
    }

    /// The VirtualServices of a listener that name a host as a destination.
    fn naming(&self, alone: &SidecarScope<'_>, host: HostId) -> Vec<&VirtualServiceConfig<'_>> {
        let ids = self.virtual_services.with_destination(host).iter();
        let seen = ids.filter(|id| self.sees_virtual_service(alone, **id));
        seen.filter_map(|id| self.virtual_services.get(*id)).collect()
    }

    /// The ports of a service that a VirtualService of a listener names: all ports where it names the host without a port, and
    /// `None` where the service has none of them (`serviceMatchingVirtualServicePorts`).
    fn named_ports(
        &self,
        config: &VirtualServiceConfig<'_>,
        alone: &SidecarScope<'_>,
        host: HostId,
        id: ServiceId,
    ) -> Option<BTreeSet<u16>> {
        let named =
            config.ports_of_destination(self.hosts.name(host), alone.namespace, &self.environment.cluster_domain);
        let is_named = |port: u16| match alone.only_port() {
            Some(only) => port == only && !named.is_empty(),
            None => named.contains(&None) || named.contains(&Some(port)),
        };
        let ports: BTreeSet<u16> = self.ports_of(id).filter(|port| is_named(*port)).collect();
        // A service without any port is there as well, and keeps others away.
        let has_none = alone.only_port().is_none() && !named.is_empty() && self.ports_of(id).next().is_none();
        Some(ports).filter(|ports| !ports.is_empty() || has_none)
    }

    fn sees_virtual_service(&self, alone: &SidecarScope<'_>, id: VirtualServiceId) -> bool {
        self.virtual_services.get(id).is_some_and(|config| config.spec.export_to.has(alone.namespace))
            && self.virtual_services.is_imported(alone, id)
    }

    fn ports_of(&self, id: ServiceId) -> impl Iterator<Item = u16> {
        self.services.get(id).into_iter().flat_map(|service| service.ports.iter().map(|port| port.number))
    }
}

fn can_merge(a: &Service<'_>, b: &Service<'_>) -> bool {
    fn entry<'s>(service: &Service<'s>) -> Option<&'s ServiceEntry> {
        match service.endpoints {
            Endpoints::Entry(entry) => Some(entry),
            _ => None,
        }
    }
    match (entry(a), entry(b)) {
        (Some(one), Some(other)) => {
            one.exports == other.exports
                && one.resolution == other.resolution
                && one.selector == other.selector
                && a.meta.map(|meta| &meta.labels) == b.meta.map(|meta| &meta.labels)
        }
        _ => true,
    }
}
