//! The destinations of routes that lead out of the mesh: hosts of ServiceEntries, and gateways.

use std::collections::{BTreeMap, BTreeSet};

use super::schemes::schemes;
use crate::istio::{Answer, Objects, VirtualService, class_of};
use crate::model::Environment;
use crate::trace::Scheme;

/// Fields of a route that send requests to destinations that are not followed here.
const NOT_FOLLOWED: [&str; 4] = ["delegate", "mirror", "mirrors", "RequestMirror"];

/// The names outside of the mesh, and the Services of the cluster.
pub(super) struct Outside<'m> {
    hosts: BTreeSet<String>,
    /// The part of each wildcard after the `*`.
    suffixes: BTreeSet<String>,
    /// Services of the cluster, with the ports and schemes in which they may be dialled.
    services: BTreeMap<String, BTreeSet<(u16, Scheme)>>,
    /// Services of gateways.
    gateways: BTreeSet<String>,
    environment: &'m Environment,
}

impl<'m> Outside<'m> {
    pub(super) fn of(objects: &Objects, environment: &'m Environment) -> Self {
        let entries = objects.service_entries.iter().flat_map(|entry| &entry.spec.hosts).cloned();
        let full = |name: &str, namespace: &str| environment.full_name(name, namespace);
        let gateways = environment.gateways.values().map(|gateway| full(&gateway.service, &gateway.namespace));
        let of_gateway_api =
            objects.services.iter().map(|service| &service.meta).filter(|meta| class_of(meta).is_some());
        let of_gateway_api = of_gateway_api.map(|meta| full(meta.istio_name(), &meta.namespace));
        let gateways: BTreeSet<String> = gateways.chain(of_gateway_api).collect();
        let hosts: BTreeSet<String> = entries.chain(gateways.iter().cloned()).collect();
        let services = objects.services.iter().map(|service| {
            let ports = service.spec.ports.iter();
            let dialled = ports.flat_map(|port| schemes(&port.protocol).iter().map(|scheme| (port.port, *scheme)));
            (full(service.meta.istio_name(), &service.meta.namespace), dialled.collect())
        });
        Self {
            suffixes: hosts.iter().filter_map(|host| host.strip_prefix('*')).map(str::to_owned).collect(),
            services: services.collect(),
            gateways,
            hosts,
            environment,
        }
    }

    /// The ports and schemes in which a Service of the cluster may be dialled.
    pub(super) fn ports(&self, host: &str) -> Option<BTreeSet<(u16, Scheme)>> {
        self.services.get(host).cloned()
    }

    /// Whether a VirtualService of a namespace may send requests out of the mesh.
    pub(super) fn is_reached_by(&self, service: &VirtualService, namespace: &str) -> bool {
        let mut hosts = self.destinations(service, namespace);
        has_unfollowed_route(service)
            || hosts.any(|host| {
                self.hosts.contains(&host) || self.suffixes.iter().any(|suffix| host.ends_with(suffix.as_str()))
            })
    }

    /// Whether a VirtualService of a namespace may send requests to a gateway.
    pub(super) fn has_route_to_gateway(&self, service: &VirtualService, namespace: &str) -> bool {
        has_unfollowed_route(service) || self.destinations(service, namespace).any(|host| self.gateways.contains(&host))
    }

    /// The hosts to which a VirtualService of a namespace sends requests; `None` where not all of them are followed here.
    pub(super) fn followed_destinations(&self, service: &VirtualService, namespace: &str) -> Option<BTreeSet<String>> {
        (!has_unfollowed_route(service)).then(|| self.destinations(service, namespace).collect())
    }

    fn destinations<'s>(
        &'s self,
        service: &'s VirtualService,
        namespace: &'s str,
    ) -> impl Iterator<Item = String> + 's {
        let http = service.http.iter().flat_map(|route| match &route.answer {
            Answer::Send(destinations) => destinations.as_slice(),
            Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => &[],
        });
        let bytes = service.tls.iter().chain(&service.tcp).flat_map(|route| &route.route);
        http.chain(bytes).map(move |to| self.environment.full_name(&to.to.host, namespace))
    }
}

fn has_unfollowed_route(service: &VirtualService) -> bool {
    let is_unfollowed = |field: &String| NOT_FOLLOWED.contains(&field.as_str());
    service.http.iter().any(|route| route.unsupported.iter().any(is_unfollowed))
}
