//! All objects of a bundle, by kind.

use serde_json::Value;

use super::fields::Fields;
use super::gateway_api::{GatewayApi, UnattachedRoute, x_backend};
use super::metadata;
use super::object::{Meta, Object};
use super::validation::{self, RefusedObject};
use super::{
    AuthorizationPolicy, DestinationRule, EndpointSlice, Gateway, Other, Service, ServiceEndpoint, ServiceEntry,
    Sidecar, VirtualService, Waypoint, WorkloadEntry, authorization_policy, capitals, destination_rule, endpoint_slice,
    gateway, other, service, service_entry, sidecar, virtual_service, waypoint,
};
use crate::syntax::Node;

/// All objects that bear on a request.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    /// ServiceEntries.
    pub service_entries: Vec<Object<ServiceEntry>>,
    /// `WorkloadEntries`.
    pub workload_entries: Vec<Object<WorkloadEntry>>,
    /// VirtualServices.
    pub virtual_services: Vec<Object<VirtualService>>,
    /// DestinationRules.
    pub destination_rules: Vec<Object<DestinationRule>>,
    /// Gateways of `networking.istio.io`.
    pub gateways: Vec<Object<Gateway>>,
    /// Sidecars.
    pub sidecars: Vec<Object<Sidecar>>,
    /// AuthorizationPolicies.
    pub authorization_policies: Vec<Object<AuthorizationPolicy>>,
    /// Kubernetes' Services.
    pub services: Vec<Object<Service>>,
    /// Addresses of them.
    pub endpoint_slices: Vec<Object<EndpointSlice>>,
    /// Gateways of the Gateway API, each of which a label may name as a waypoint.
    pub waypoints: Vec<Object<Waypoint>>,
    /// What may change an answer and is not understood.
    pub others: Vec<Object<Other>>,
    /// Hosts in lower case that are written with capitals, where Istio does not treat them like others.
    pub capitals: Vec<Object<Vec<String>>>,
    /// What the Kubernetes API or Istio's webhook refuses, which is therefore none of the above.
    pub refused: Vec<RefusedObject>,
    /// Routes of the Gateway API that a parent does not take.
    pub unattached: Vec<UnattachedRoute>,
    /// Whether there are more routes of the Gateway API than are converted, so that nothing is known of any request.
    pub has_too_many_routes: bool,
    /// What is read of the Gateway API and not converted yet.
    pub gateway_api: GatewayApi,
}

impl Objects {
    /// The objects among given documents; what is none of Istio's is passed over.
    pub fn decode<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut objects = Self::default();
        for node in nodes {
            objects.read(node);
        }
        objects
    }

    /// Adds a given document, or each item of a `List`.
    pub fn read(&mut self, root: &Node) {
        self.add(Fields::Given(root));
    }

    /// Whether there is nothing that Istio would act on: a Service alone is a fact about the mesh, and so are addresses of pods.
    pub fn is_empty(&self) -> bool {
        let endpoints = self.endpoint_slices.iter().flat_map(|slice| &slice.spec.endpoints);
        !endpoints.into_iter().any(ServiceEndpoint::may_be_outside)
            && self.service_entries.is_empty()
            && self.workload_entries.is_empty()
            && self.virtual_services.is_empty()
            && self.destination_rules.is_empty()
            && self.gateways.is_empty()
            && self.sidecars.is_empty()
            && self.authorization_policies.is_empty()
            && self.others.is_empty()
    }

    /// Keeps the objects of which this holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Meta) -> bool) {
        self.service_entries.retain(|each| keep(&each.meta));
        self.workload_entries.retain(|each| keep(&each.meta));
        self.virtual_services.retain(|each| keep(&each.meta));
        self.destination_rules.retain(|each| keep(&each.meta));
        self.gateways.retain(|each| keep(&each.meta));
        self.sidecars.retain(|each| keep(&each.meta));
        self.authorization_policies.retain(|each| keep(&each.meta));
        self.services.retain(|each| keep(&each.meta));
        self.endpoint_slices.retain(|each| keep(&each.meta));
        self.waypoints.retain(|each| keep(&each.meta));
        self.others.retain(|each| keep(&each.meta));
        self.capitals.retain(|each| keep(&each.meta));
        self.refused.retain(|each| keep(&each.meta));
        self.gateway_api.retain(&mut keep);
        self.unattached.retain(|each| keep(&each.meta));
    }

    /// These and others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let mut all = self.clone();
        all.service_entries.extend_from_slice(&others.service_entries);
        all.workload_entries.extend_from_slice(&others.workload_entries);
        all.virtual_services.extend_from_slice(&others.virtual_services);
        all.destination_rules.extend_from_slice(&others.destination_rules);
        all.gateways.extend_from_slice(&others.gateways);
        all.sidecars.extend_from_slice(&others.sidecars);
        all.authorization_policies.extend_from_slice(&others.authorization_policies);
        all.services.extend_from_slice(&others.services);
        all.endpoint_slices.extend_from_slice(&others.endpoint_slices);
        all.waypoints.extend_from_slice(&others.waypoints);
        all.others.extend_from_slice(&others.others);
        all.capitals.extend_from_slice(&others.capitals);
        all.refused.extend_from_slice(&others.refused);
        all.unattached.extend_from_slice(&others.unattached);
        all.has_too_many_routes |= others.has_too_many_routes;
        all
    }

    /// What each object is called.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        fn of<T>(objects: &[Object<T>]) -> impl Iterator<Item = &Meta> {
            objects.iter().map(|object| &object.meta)
        }
        of(&self.service_entries)
            .chain(of(&self.workload_entries))
            .chain(of(&self.virtual_services))
            .chain(of(&self.destination_rules))
            .chain(of(&self.gateways))
            .chain(of(&self.sidecars))
            .chain(of(&self.authorization_policies))
            .chain(of(&self.services))
            .chain(of(&self.others))
    }

    /// Adds an object that egressc made.
    pub fn made(&mut self, value: &Value) {
        self.add(Fields::Made(value));
    }

    fn add(&mut self, document: Fields<'_>) {
        let Some(kind) = document.text("kind") else { return };
        match document.child("items") {
            Some(items) if kind.ends_with("List") && items.is_list() => {
                document.items("items").for_each(|item| self.object(item));
            }
            _ => self.object(document),
        }
    }

    fn object(&mut self, document: Fields<'_>) {
        let spec = document.child("spec").unwrap_or(Fields::Made(&Value::Null));
        let Some(meta) = metadata::read(document, spec) else { return };
        // What egressc makes is validated by a test.
        if let Fields::Given(_) = document {
            let broken = validation::validate(document, spec, &meta);
            if !broken.is_empty() {
                self.refused.push(RefusedObject { meta, broken });
                return;
            }
        }
        if meta.group == "networking.istio.io" {
            let hosts = capitals::read(spec, &meta);
            if !hosts.is_empty() {
                self.capitals.push(Object { meta: meta.clone(), spec: hosts });
            }
        }
        match (meta.group.as_str(), meta.kind.as_str()) {
            ("networking.istio.io", "ServiceEntry") => {
                let spec = service_entry::read(spec, &meta);
                self.service_entries.push(Object { meta, spec });
            }
            ("networking.istio.io", "WorkloadEntry") => {
                let spec = WorkloadEntry::read(spec, &meta);
                self.workload_entries.push(Object { meta, spec });
            }
            ("networking.istio.io", "VirtualService") => {
                let spec = virtual_service::read(spec, &meta);
                self.virtual_services.push(Object { meta, spec });
            }
            ("networking.istio.io", "DestinationRule") => {
                let spec = destination_rule::read(spec);
                self.destination_rules.push(Object { meta, spec });
            }
            ("networking.istio.io", "Gateway") => {
                let spec = gateway::read(spec);
                self.gateways.push(Object { meta, spec });
            }
            ("networking.istio.io", "Sidecar") => {
                let spec = sidecar::read(spec);
                self.sidecars.push(Object { meta, spec });
            }
            ("security.istio.io", "AuthorizationPolicy") => {
                let spec = authorization_policy::read(spec);
                self.authorization_policies.push(Object { meta, spec });
            }
            ("", "Service") => {
                let spec = service::read(spec, &meta);
                self.services.push(Object { meta, spec });
            }
            ("discovery.k8s.io", "EndpointSlice") | ("", "Endpoints") => {
                self.endpoint_slices.extend(endpoint_slice::read(document, &meta).map(|spec| Object { meta, spec }));
            }
            ("gateway.networking.k8s.io", "Gateway") => {
                self.gateway_api.read(&meta, spec);
                let spec = waypoint::read(document, spec, &meta);
                self.waypoints.push(Object { meta, spec });
            }
            ("gateway.networking.x-k8s.io", "XBackend") => {
                self.service_entries.extend(x_backend::read(spec).map(|spec| Object { meta, spec }));
            }
            _ if self.gateway_api.read(&meta, spec) => {}
            _ => {
                if let Some(spec) = other::read(&meta, spec) {
                    self.others.push(Object { meta, spec });
                }
            }
        }
    }
}
