//! Services of type `ExternalName`: names for other hosts (`pilot/pkg/model/push_context.go`, `resolveServiceAliases`).

use std::collections::{BTreeMap, BTreeSet};

use super::hosts::{HostId, Hosts};
use super::names;
use super::walk::{Proxy, Step, Walk, unknown};
use super::wire::Payload;
use crate::istio::Objects;

/// Where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// To this host, which nobody may know.
    To(HostId),
    /// Back to itself.
    Nowhere,
}

/// The names, with their namespaces and where they lead.
pub(super) fn aliases<'w>(objects: &'w Objects, hosts: &Hosts, domain: &str) -> Vec<(String, &'w str, HostId, Leads)> {
    let mut found: Vec<(String, &str, HostId)> = Vec::new();
    let mut next: BTreeMap<HostId, HostId> = BTreeMap::new();
    for service in &objects.services {
        let Some(name) = &service.spec.external_name else { continue };
        let host = names::of_service(&service.meta.name, &service.meta.namespace, domain);
        let id = hosts.id(&host);
        next.insert(id, hosts.id(name));
        found.push((host, &service.meta.namespace, id));
    }
    found.into_iter().map(|(host, namespace, id)| (host, namespace, id, end(&next, id))).collect()
}

fn end(next: &BTreeMap<HostId, HostId>, start: HostId) -> Leads {
    let mut seen = BTreeSet::new();
    let mut at = start;
    while let Some(further) = next.get(&at) {
        if !seen.insert(at) {
            return Leads::Nowhere;
        }
        at = *further;
    }
    Leads::To(at)
}

impl<'a> Walk<'a> {
    /// The host that an `ExternalName` dialled leads to must be certain, or nothing is.
    pub(super) fn dialled_alias(&mut self, proxy: &Proxy<'a>, payload: &Payload) -> Step<()> {
        let (host, id) = self.world.canonical(&self.query.host, proxy.scope.namespace);
        if self.world.registry.alias(id).is_some() && !matches!(payload, Payload::Http(_)) {
            return unknown(format!("`{host}` is an ExternalName Service, of which only HTTP is followed"));
        }
        self.unaliased(proxy, id).map(|_| ())
    }

    /// The host whose routes hold for a name: its domains have those of its aliases beside them
    /// (`generateVirtualHostDomains` of core/httproute.go).
    pub(super) fn unaliased(&mut self, proxy: &Proxy<'a>, host: HostId) -> Step<HostId> {
        let world = self.world;
        let Some(leads) = world.registry.alias(host) else { return Ok(host) };
        let port = self.query.port;
        let name = world.hosts.name(host);
        let routed = std::iter::once(host)
            .chain(world.hosts.covering(name))
            .any(|host| !world.routes.for_host(&proxy.scope, host).is_empty());
        if routed {
            return unknown(format!(
                "a VirtualService is for the ExternalName Service `{name}`, which is not modelled"
            ));
        }
        if world.registry.anywhere(host).next().is_some() {
            return unknown(format!("`{name}` is an ExternalName Service and the host of a ServiceEntry"));
        }
        if let Leads::To(concrete) = leads {
            let ids = world.registry.selected(&proxy.scope, concrete, &mut self.assumptions);
            let mut ports = ids.iter().filter_map(|id| world.registry.get(*id)).flat_map(|service| &service.ports);
            if ports.any(|each| each.number == port && each.spoken == super::service::Spoken::Http) {
                return Ok(concrete);
            }
        }
        unknown(format!(
            "`{name}` is an ExternalName Service, and the host that it leads to is none that the sidecar knows for HTTP on port {port}"
        ))
    }
}
