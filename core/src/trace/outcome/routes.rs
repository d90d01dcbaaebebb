//! VirtualServices, by the hosts and server names that they are for.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

use super::creation_order::{CreationOrder, ObjectAge, ObjectKind};
use super::hosts::{HostId, Hosts};
use super::names;
use super::scope::Scope;
use super::shelves::{Circles, Shelves};
use crate::istio::{ExportTo, Meta, Object, Objects, VirtualService};
use crate::model::Environment;

pub(super) type RouteId = usize;

/// The gateway that stands for every sidecar.
pub(super) const MESH: &str = "mesh";

#[derive(Debug)]
pub(super) struct Service<'w> {
    pub(super) meta: &'w Meta,
    pub(super) spec: &'w VirtualService,
    /// Its hosts, short names made full.
    pub(super) hosts: Vec<String>,
    /// The same as numbers.
    pub(super) host_ids: Vec<HostId>,
    pub(super) age: ObjectAge<'w>,
}

impl Display for Service<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "VirtualService `{}/{}`", self.meta.namespace, self.meta.name)
    }
}

#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// By host, wildcards under their own name.
    hosts: BTreeMap<HostId, Vec<RouteId>>,
    /// By server name of a `tls` match.
    server_names: BTreeMap<HostId, Vec<RouteId>>,
}

/// The VirtualServices, in Istio's order.
#[derive(Debug)]
pub(super) struct Routes<'w> {
    all: Vec<Service<'w>>,
    mesh: Shelves<Shelf>,
    by_gateway: BTreeMap<&'w str, Vec<RouteId>>,
}

impl<'w> Routes<'w> {
    pub(super) fn new(objects: &'w Objects, environment: &Environment, hosts: &Hosts) -> Self {
        let mut all: Vec<Service<'w>> = objects
            .virtual_services
            .iter()
            .enumerate()
            .map(|(at, object)| service(at, object, environment, hosts))
            .collect();
        all.sort_by(|a, b| a.age.order(&b.age));
        let mut mesh: Shelves<Shelf> = Shelves::default();
        let mut by_gateway: BTreeMap<&str, Vec<RouteId>> = BTreeMap::new();
        for (id, service) in all.iter().enumerate() {
            for gateway in &service.spec.gateways {
                if gateway == MESH {
                    mesh.put(&service.spec.export_to, &service.meta.namespace, |shelf| {
                        shelve(shelf, id, service, hosts);
                    });
                } else {
                    by_gateway.entry(gateway.as_str()).or_default().push(id);
                }
            }
        }
        Self { all, mesh, by_gateway }
    }

    pub(super) fn get(&self, id: RouteId) -> Option<&Service<'w>> {
        self.all.get(id)
    }

    pub(super) fn seen_from(&self, namespace: &str) -> Circles<'_, Shelf> {
        self.mesh.seen_from(namespace)
    }

    /// Those that a sidecar sees for exactly this host, with how near they are.
    pub(super) fn for_host(&self, scope: &Scope<'_>, host: HostId) -> Vec<(usize, RouteId)> {
        self.seen(scope, |shelf| shelf.hosts.get(&host))
    }

    /// Those that a sidecar sees with this server name in a `tls` match.
    pub(super) fn for_server_name(&self, scope: &Scope<'_>, name: HostId) -> Vec<(usize, RouteId)> {
        self.seen(scope, |shelf| shelf.server_names.get(&name))
    }

    fn seen<'s>(
        &'s self,
        scope: &Scope<'s>,
        find: impl Fn(&'s Shelf) -> Option<&'s Vec<RouteId>>,
    ) -> Vec<(usize, RouteId)> {
        let mut seen = Vec::new();
        for (tier, shelf) in scope.routes.each() {
            for id in find(shelf).into_iter().flatten() {
                if self.get(*id).is_some_and(|route| scope.imports_route(&route.meta.namespace, &route.hosts)) {
                    seen.push((tier, *id));
                }
            }
        }
        seen
    }

    /// Those whose hosts overlap a service's (core/tls.go, `getConfigsForHost`), in order.
    pub(super) fn for_service(
        &self,
        scope: &Scope<'_>,
        hosts: &Hosts,
        service: &super::service::Service<'_>,
    ) -> Vec<(usize, RouteId)> {
        let host = &*service.host;
        let mut found = self.for_host(scope, service.id);
        for wildcard in hosts.covering(host) {
            found.extend(self.for_host(scope, wildcard));
        }
        if names::is_wildcard(host) {
            for (tier, shelf) in scope.routes.each() {
                let is_under = |name: HostId| names::is_within(hosts.name(name), host);
                let under = shelf.hosts.iter().filter(|(name, _)| is_under(**name)).flat_map(|(_, ids)| ids);
                found.extend(
                    under
                        .filter(|id| {
                            self.get(**id).is_some_and(|route| scope.imports_route(&route.meta.namespace, &route.hosts))
                        })
                        .map(|id| (tier, *id)),
                );
            }
        }
        // Ids are in the order of age.
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Those bound to a gateway that the gateway's namespace sees, in order (`push_context.go`,
    /// `VirtualServicesForGateway`).
    pub(super) fn at_gateway(&self, gateway: &str, namespace: &str, ages: &CreationOrder) -> Vec<(usize, RouteId)> {
        let mut bound: Vec<(usize, RouteId)> = Vec::new();
        for id in self.by_gateway.get(gateway).into_iter().flatten() {
            let Some(route) = self.get(*id) else { continue };
            let tier = match &route.spec.export_to {
                ExportTo::Public => 2,
                ExportTo::Namespaces(namespaces) if namespaces.contains(namespace) => {
                    usize::from(route.meta.namespace != namespace)
                }
                ExportTo::Nobody | ExportTo::Namespaces(_) => continue,
            };
            bound.push((tier, *id));
        }
        bound.sort_unstable();
        if ages.is_empty() {
            return bound;
        }
        let mut arranged = Vec::with_capacity(bound.len());
        for circle in bound.chunk_by(|(a, _), (b, _)| a == b) {
            let mut circle: Vec<(usize, RouteId, ObjectAge<'_>)> =
                circle.iter().filter_map(|(tier, id)| Some((*tier, *id, self.get(*id)?.age))).collect();
            ages.arrange(&mut circle, |(_, _, age)| *age);
            arranged.extend(circle.into_iter().map(|(tier, id, _)| (tier, id)));
        }
        arranged
    }
}

fn service<'w>(at: usize, object: &'w Object<VirtualService>, environment: &Environment, hosts: &Hosts) -> Service<'w> {
    let full = |host: &String| names::full(host, &object.meta.namespace, &environment.cluster_domain).into_owned();
    let its_hosts: Vec<String> = object.spec.hosts.iter().map(full).collect();
    Service {
        meta: &object.meta,
        spec: &object.spec,
        host_ids: its_hosts.iter().map(|host| hosts.id(host)).collect(),
        hosts: its_hosts,
        age: ObjectAge::of(ObjectKind::VirtualService, at, &object.meta),
    }
}

fn shelve(shelf: &mut Shelf, id: RouteId, service: &Service<'_>, hosts: &Hosts) {
    for host in &service.host_ids {
        push(shelf.hosts.entry(*host).or_default(), id);
    }
    for name in service.spec.tls.iter().flat_map(|route| &route.matches).flat_map(|each| &each.sni_hosts) {
        push(shelf.server_names.entry(hosts.id(name)).or_default(), id);
    }
}

fn push(ids: &mut Vec<RouteId>, id: RouteId) {
    if ids.last() != Some(&id) {
        ids.push(id);
    }
}
