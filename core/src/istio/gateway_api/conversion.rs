//! The pass that puts what Istio makes of the Gateway API in its place.

use super::attachment::Parents;
use super::deployment;
use super::gateway::ListenerSet;
use super::listeners::Listeners;
use super::reference::Referent;
use super::routes::Routes;
use super::rule::RouteKind;
use super::tls_rules;
use crate::istio::{Answer, Meta, Object, Objects};
use crate::resource::IstioRelease;

impl Objects {
    /// These objects, with what Istio makes of those of the Gateway API in their place. The version of Istio decides which
    /// kinds need a flag; without one it is that of today.
    #[must_use]
    pub fn converted(mut self, cluster_domain: &str, istio_version: Option<&str>) -> Self {
        let api = std::mem::take(&mut self.gateway_api);
        for Object { spec: waypoint, .. } in &mut self.waypoints {
            if let Some(class) = api.classes.get(&waypoint.class) {
                waypoint.inherit(&class.meta);
            }
        }
        if api.is_empty() {
            return self;
        }
        let Listeners { gateways, parents } = Listeners::of(&api, cluster_domain);
        let entry = |namespace: &str, name: &str| {
            let mut entries = self.service_entries.iter();
            let found = entries.find(|entry| entry.meta.namespace == namespace && entry.meta.name == name)?;
            Some(&found.spec).filter(|_| found.meta.kind == "ServiceEntry")
        };
        let labels = |to: &Referent, namespace: &str, name: &str| {
            let is_it = |meta: &&Meta| meta.namespace == namespace && meta.name == name;
            let meta = match to {
                Referent::Service => self.services.iter().map(|service| &service.meta).find(is_it),
                _ => self.service_entries.iter().map(|entry| &entry.meta).find(is_it),
            };
            meta.map(|meta| &meta.labels)
        };
        let release = istio_version.and_then(IstioRelease::parse);
        let is_before = |minor| release.and_then(|release| release.is_before(minor, 0));
        let of_parents = Parents { api: &api, listeners: &parents, entries: &entry, labels: &labels, cluster_domain };
        let Routes { virtual_services, unattached, are_too_many, .. } =
            Routes::of(&api.routes, &api.grants, &of_parents);
        let ports = |namespace: &str, name: &str| {
            let mut services = self.services.iter();
            let found = services.find(|service| service.meta.namespace == namespace && service.meta.name == name)?;
            Some(found.spec.ports.iter().map(|port| (port.name.clone(), port.port)).collect())
        };
        let rules = tls_rules::rules(&api, &entry, &ports, &self.destination_rules, cluster_domain);
        for Object { meta, spec } in &api.gateways {
            let is_of = |set: &&Object<ListenerSet>| {
                set.spec.gateway_namespace == meta.namespace
                    && set.spec.gateway_name == meta.name
                    && api.takes_listener_sets_of(meta, spec, &set.meta.namespace) != Some(false)
            };
            let of_sets: Vec<_> = api.listener_sets.iter().filter(is_of).flat_map(|set| &set.spec.listeners).collect();
            let is_istios = api.is_istios(&spec.class);
            // Of a class that is not known nobody knows who makes what.
            if is_istios || matches!(spec.class.as_str(), "istio-agentgateway") {
                deployment::add(meta, spec, &of_sets, is_istios, &mut self.services);
            }
        }
        // All releases before 1.30 read a `TLSRoute` only where a flag is on, and all before 1.31 a `TCPRoute` and a listener
        // of TCP.
        let are_tls_routes_alpha = is_before(30) == Some(true);
        let is_tcp_alpha = is_before(31) != Some(false);
        // No backend is answered with 404 in 1.30 alone (`convertHTTPRoute`).
        let without_backend = match (is_before(30), is_before(31)) {
            (Some(false), Some(true)) => Some(Answer::Direct(404)),
            (Some(_), Some(_)) => Some(Answer::Direct(500)),
            _ => None,
        };
        let virtual_services = virtual_services.into_iter().map(|mut object| {
            object.spec.is_alpha &= is_tcp_alpha;
            object.spec.is_alpha |= are_tls_routes_alpha && object.meta.kind == RouteKind::Tls.name();
            if let Some(answer) = &without_backend {
                let routes = object.spec.http.iter_mut();
                routes
                    .filter(|route| matches!(route.answer, Answer::WithoutBackend))
                    .for_each(|route| route.answer.clone_from(answer));
            }
            object
        });
        let gateways = gateways.into_iter().map(|mut object| {
            object.spec.is_alpha &= is_tcp_alpha;
            object
        });
        self.gateways.extend(gateways);
        self.virtual_services.extend(virtual_services);
        self.destination_rules.extend(rules);
        self.unattached.extend(unattached);
        self.has_too_many_routes |= are_too_many;
        self
    }
}
