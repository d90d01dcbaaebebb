//! VirtualServices, with an index by their hosts and server names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

use super::route_index::RouteIndex;
use super::visibility::{ByVisibility, Visibility, VisibleFrom};
use crate::istio::{Answer, ExportTo, HttpRoute, Meta, Object, Objects, VirtualService};
use crate::model::Environment;
use crate::trace::outcome::creation_order::{CreationOrder, ObjectAge, ObjectKind, ages};
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::VirtualServiceId;

/// The name in `gateways` that stands for every sidecar.
pub(crate) const MESH: &str = "mesh";

/// A VirtualService with its metadata.
#[derive(Debug)]
pub(crate) struct VirtualServiceConfig<'w> {
    pub(crate) meta: &'w Meta,
    pub(crate) spec: &'w VirtualService,
    /// Its hosts, as full names.
    pub(crate) hosts: Vec<String>,
    /// The same hosts, as numbers.
    pub(crate) host_ids: Vec<HostId>,
    /// The matches of its HTTP routes, if there are many.
    pub(crate) index: Option<RouteIndex<'w>>,
    pub(crate) age: ObjectAge<'w>,
}

impl VirtualServiceConfig<'_> {
    /// The hosts of its destinations, as full names (`virtualServiceDestinations` of `pilot/pkg/model/push_context.go`).
    pub(crate) fn destinations(&self, cluster_domain: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.spec.destinations().map(move |weighted| self.full(&weighted.to.host, cluster_domain))
    }

    /// The ports of a host that its destinations name, as a sidecar of a namespace looks at them; `None` for a destination without
    /// a port (`virtualServiceDestinationsFilteredBySourceNamespace` of `pilot/pkg/model/push_context.go`).
    pub(crate) fn ports_of_destination(&self, host: &str, namespace: &str, cluster_domain: &str) -> Vec<Option<u16>> {
        let of_http = self.spec.http.iter().filter(|route| !is_overlooked(route, namespace));
        let of_http = of_http.flat_map(|route| match &route.answer {
            Answer::Send(destinations) => destinations.as_slice(),
            Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => &[],
        });
        let of_l4 = self.spec.tls.iter().chain(&self.spec.tcp).flat_map(|route| &route.route);
        let named = of_http.chain(of_l4).filter(|weighted| self.full(&weighted.to.host, cluster_domain) == host);
        named.map(|weighted| weighted.to.port).collect()
    }

    /// Whether Istio sees a mirror of an HTTP route as a destination, which is not read.
    pub(crate) fn has_mirror(&self) -> bool {
        let is_mirror = |field: &String| field == "mirror" || field == "mirrors";
        self.spec.http.iter().any(|route| route.unsupported.iter().any(is_mirror))
    }

    /// A host of a destination as a full name.
    fn full<'d>(&self, host: &'d str, cluster_domain: &str) -> Cow<'d, str> {
        if self.spec.of_gateway_api {
            Cow::Borrowed(host)
        } else {
            host_name::full(host, &self.meta.namespace, cluster_domain)
        }
    }

    /// Whether it is a route of the Gateway API in this namespace, whose proxies take it before others.
    pub(crate) fn is_route_of(&self, namespace: &str) -> bool {
        self.spec.of_gateway_api && self.meta.namespace == namespace
    }
}

impl Display for VirtualServiceConfig<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}/{}`", self.meta.kind, self.meta.namespace, self.meta.name)
    }
}

/// The VirtualServices of one visibility that are for sidecars.
#[derive(Debug, Default)]
pub(crate) struct VisibleVirtualServices {
    /// By host; a wildcard is stored under its own text.
    pub(crate) hosts: BTreeMap<HostId, Vec<VirtualServiceId>>,
    /// By server name of a `tls` match.
    pub(crate) server_names: BTreeMap<HostId, Vec<VirtualServiceId>>,
}

/// The VirtualServices, in Istio's order.
#[derive(Debug)]
pub(crate) struct VirtualServices<'w> {
    all: Vec<VirtualServiceConfig<'w>>,
    mesh: ByVisibility<VisibleVirtualServices>,
    by_gateway: BTreeMap<&'w str, Vec<VirtualServiceId>>,
    /// Those for sidecars by the hosts of their destinations.
    by_destination: BTreeMap<HostId, Vec<VirtualServiceId>>,
    /// Those for sidecars with a mirror, which are rare.
    with_mirrors: Vec<VirtualServiceId>,
    /// Whether any match has `destinationSubnets`, which is rare.
    any_subnets: bool,
    /// Those with a route that Envoy refuses, which are rare.
    refused_by_envoy: Vec<VirtualServiceId>,
}

impl<'w> VirtualServices<'w> {
    pub(crate) fn new(objects: &'w Objects, environment: &Environment, hosts: &HostIndex) -> Self {
        let mut all: Vec<VirtualServiceConfig<'w>> = objects
            .virtual_services
            .iter()
            .zip(ages(ObjectKind::VirtualService, &objects.virtual_services))
            .map(|(object, age)| config(age, object, environment, hosts))
            .collect();
        all.sort_by(|a, b| a.age.order(&b.age));
        let mut mesh: ByVisibility<VisibleVirtualServices> = ByVisibility::default();
        let mut by_gateway: BTreeMap<&str, Vec<VirtualServiceId>> = BTreeMap::new();
        let mut with_mirrors = Vec::new();
        let mut by_destination: BTreeMap<HostId, Vec<VirtualServiceId>> = BTreeMap::new();
        for (id, config) in all.iter().enumerate() {
            for gateway in &config.spec.gateways {
                if gateway == MESH {
                    let is_route = config.spec.of_gateway_api;
                    mesh.add(&config.spec.export_to, &config.meta.namespace, is_route, |visible| {
                        index(visible, id, config, hosts);
                    });
                    for host in config.destinations(&environment.cluster_domain) {
                        push(by_destination.entry(hosts.id(&host)).or_default(), id);
                    }
                    if config.has_mirror() {
                        push(&mut with_mirrors, id);
                    }
                } else {
                    by_gateway.entry(gateway.as_str()).or_default().push(id);
                }
            }
        }
        let mut routes = all.iter().flat_map(|config| config.spec.tls.iter().chain(&config.spec.tcp));
        let any_subnets = routes.any(|route| route.matches.iter().any(|each| !each.subnets.is_empty()));
        let has_refused =
            |config: &VirtualServiceConfig<'_>| config.spec.http.iter().any(|route| route.refused.is_some());
        let refused_by_envoy =
            all.iter().enumerate().filter(|(_, config)| has_refused(config)).map(|(id, _)| id).collect();
        Self { all, mesh, by_gateway, by_destination, with_mirrors, any_subnets, refused_by_envoy }
    }

    /// The VirtualServices that are for sidecars and waypoints.
    pub(crate) fn of_mesh(&self) -> impl Iterator<Item = &VirtualServiceConfig<'w>> {
        self.all.iter().filter(|config| config.spec.gateways.iter().any(|gateway| gateway == MESH))
    }

    pub(crate) fn get(&self, id: VirtualServiceId) -> Option<&VirtualServiceConfig<'w>> {
        self.all.get(id)
    }

    /// Those for sidecars that name a host as a destination.
    pub(crate) fn with_destination(&self, host: HostId) -> &[VirtualServiceId] {
        self.by_destination.get(&host).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those for sidecars with a mirror, which are rare.
    pub(crate) fn with_mirrors(&self) -> &[VirtualServiceId] {
        &self.with_mirrors
    }

    /// Whether any match of TLS or TCP has `destinationSubnets`.
    pub(crate) fn any_subnets(&self) -> bool {
        self.any_subnets
    }

    /// Those with a route that Envoy refuses.
    pub(crate) fn refused_by_envoy(&self) -> &[VirtualServiceId] {
        &self.refused_by_envoy
    }

    /// The VirtualServices that the sidecars of a namespace see.
    pub(crate) fn visible_from(&self, namespace: &str) -> VisibleFrom<'_, VisibleVirtualServices> {
        self.mesh.visible_from(namespace)
    }

    /// The VirtualServices that are bound to a gateway and that the gateway's namespace sees, in order
    /// (`push_context.go`, `VirtualServicesForGateway`).
    pub(crate) fn at_gateway(
        &self,
        gateway: &str,
        namespace: &str,
        ages: &CreationOrder,
    ) -> Vec<(Visibility, VirtualServiceId)> {
        let mut bound: Vec<(Visibility, VirtualServiceId)> = Vec::new();
        for id in self.by_gateway.get(gateway).into_iter().flatten() {
            let Some(config) = self.get(*id) else { continue };
            let visibility = match &config.spec.export_to {
                ExportTo::Public if config.is_route_of(namespace) => Visibility::OwnRoute,
                ExportTo::Public => Visibility::Public,
                ExportTo::Namespaces(namespaces) if !namespaces.contains(namespace) => continue,
                ExportTo::Namespaces(_) if config.meta.namespace == namespace => Visibility::Own,
                ExportTo::Namespaces(_) => Visibility::Exported,
                ExportTo::Nobody => continue,
            };
            bound.push((visibility, *id));
        }
        bound.sort_unstable();
        if ages.is_empty() {
            return bound;
        }
        let mut arranged = Vec::with_capacity(bound.len());
        for alike in bound.chunk_by(|(a, _), (b, _)| a == b) {
            let mut alike: Vec<(Visibility, VirtualServiceId, ObjectAge<'_>)> =
                alike.iter().filter_map(|(visibility, id)| Some((*visibility, *id, self.get(*id)?.age))).collect();
            ages.arrange(&mut alike, |(_, _, age)| *age);
            arranged.extend(alike.into_iter().map(|(visibility, id, _)| (visibility, id)));
        }
        arranged
    }
}

fn config<'w>(
    age: ObjectAge<'w>,
    object: &'w Object<VirtualService>,
    environment: &Environment,
    hosts: &HostIndex,
) -> VirtualServiceConfig<'w> {
    // Names in routes of the Gateway API are full already (`mergeVirtualServices` of virtualservice_controller.go).
    let full = |host: &String| {
        if object.spec.of_gateway_api {
            host.clone()
        } else {
            host_name::full(host, &object.meta.namespace, &environment.cluster_domain).into_owned()
        }
    };
    let its_hosts: Vec<String> = object.spec.hosts.iter().map(full).collect();
    VirtualServiceConfig {
        meta: &object.meta,
        spec: &object.spec,
        host_ids: its_hosts.iter().map(|host| hosts.id(host)).collect(),
        hosts: its_hosts,
        index: RouteIndex::of(&object.spec.http),
        age,
    }
}

/// Whether a sidecar of a namespace does not look for the destinations of a route:
/// `virtualServiceDestinationsFilteredBySourceNamespace` of `push_context.go` looks at the last match with a namespace.
pub(crate) fn is_overlooked(route: &HttpRoute, namespace: &str) -> bool {
    let mut namespaces = route.matches.iter().filter_map(|each| each.source_namespace.as_deref()).peekable();
    namespaces.peek().is_some() && !namespaces.any(|wanted| wanted == namespace)
}

fn index(
    visible: &mut VisibleVirtualServices,
    id: VirtualServiceId,
    config: &VirtualServiceConfig<'_>,
    hosts: &HostIndex,
) {
    for host in &config.host_ids {
        push(visible.hosts.entry(*host).or_default(), id);
    }
    for name in config.spec.tls.iter().flat_map(|route| &route.matches).flat_map(|each| &each.sni_hosts) {
        push(visible.server_names.entry(hosts.id(name)).or_default(), id);
    }
}

fn push(ids: &mut Vec<VirtualServiceId>, id: VirtualServiceId) {
    if ids.last() != Some(&id) {
        ids.push(id);
    }
}
