//! The documents of the Gateway API, as they are read.

use std::collections::BTreeMap;

use super::backend_tls::{self, BackendTlsPolicy};
use super::gateway::{self, KubernetesGateway, ListenerSet, Namespaces};
use super::reference::{self, GROUP, Grant};
use super::route::{self, KubernetesRoute};
use super::rule::RouteKind;
use crate::istio::fields::Fields;
use crate::istio::{Marks, Meta, Object, ServiceEntry};
use crate::source::Span;

/// A route that a parent which it names does not take.
#[derive(Debug, Clone)]
pub struct UnattachedRoute {
    /// The route.
    pub meta: Meta,
    /// Its hostnames.
    pub hostnames: Vec<String>,
    /// Where it names the parent.
    pub span: Option<Span>,
    /// Why the parent does not take it.
    pub why: String,
}

/// A `GatewayClass`.
#[derive(Debug, Clone)]
pub(super) struct GatewayClass {
    /// Who configures its Gateways.
    pub(super) controller: String,
    /// Its labels and annotations, which waypoints have where they say nothing themselves.
    pub(super) meta: Meta,
}

/// The documents of the Gateway API, as they are read.
#[derive(Debug, Clone, Default)]
pub struct GatewayApi {
    /// The classes that are given.
    pub(super) classes: BTreeMap<String, GatewayClass>,
    pub(super) gateways: Vec<Object<KubernetesGateway>>,
    pub(super) listener_sets: Vec<Object<ListenerSet>>,
    pub(super) routes: Vec<Object<KubernetesRoute>>,
    pub(super) grants: Vec<Grant>,
    pub(super) policies: Vec<Object<BackendTlsPolicy>>,
    /// The labels of the namespaces that are given.
    pub(super) namespaces: BTreeMap<String, Marks>,
}

impl GatewayApi {
    /// Reads a document; `false` for one of another kind.
    pub(in crate::istio) fn read(&mut self, meta: &Meta, spec: Fields<'_>) -> bool {
        let object = || meta.clone();
        match (meta.group.as_str(), meta.kind.as_str()) {
            ("", "Namespace") => {
                self.namespaces.insert(meta.name.clone(), meta.labels.clone());
            }
            (GROUP, "GatewayClass") => {
                let controller = spec.text("controllerName").unwrap_or_default();
                self.classes.insert(meta.name.clone(), GatewayClass { controller, meta: object() });
            }
            (GROUP, "Gateway") => {
                self.gateways.extend(gateway::read(spec, meta).map(|spec| Object { meta: object(), spec }));
            }
            (GROUP, "ListenerSet") => {
                let set = gateway::read_listener_set(spec, meta);
                self.listener_sets.extend(set.map(|spec| Object { meta: object(), spec }));
            }
            (GROUP, "ReferenceGrant") => self.grants.extend(reference::grants(spec, meta)),
            (GROUP, "BackendTLSPolicy") => {
                self.policies.extend(backend_tls::read(spec, meta).map(|spec| Object { meta: object(), spec }));
            }
            (GROUP, kind) => match RouteKind::of(kind) {
                Some(kind) => self.routes.push(Object { meta: object(), spec: route::read(kind, spec, meta) }),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Keeps the objects of which this holds.
    pub(in crate::istio) fn retain(&mut self, mut keep: impl FnMut(&Meta) -> bool) {
        self.gateways.retain(|each| keep(&each.meta));
        self.listener_sets.retain(|each| keep(&each.meta));
        self.routes.retain(|each| keep(&each.meta));
        self.policies.retain(|each| keep(&each.meta));
    }

    /// Whether nothing is there to convert.
    pub(super) fn is_empty(&self) -> bool {
        self.gateways.is_empty() && self.routes.is_empty() && self.policies.is_empty()
    }

    /// Whether Istio's own gateways are configured by Gateways of a class (`FetchGatewayClass`).
    pub(super) fn is_istios(&self, class: &str) -> bool {
        match self.classes.get(class) {
            Some(class) => class.controller == "istio.io/gateway-controller",
            None => class == "istio",
        }
    }

    /// The value of each label of a namespace, if a document has it.
    pub(super) fn labels_of<'a>(&'a self, namespace: &str) -> Option<impl Fn(&str) -> Option<&'a str> + use<'a>> {
        self.namespaces.get(namespace).map(|labels| |key: &str| labels.get(key))
    }

    /// `NamespaceAcceptedByAllowListeners`; `None` where that depends on labels that no document has.
    pub(super) fn takes_listener_sets_of(
        &self,
        meta: &Meta,
        gateway: &KubernetesGateway,
        namespace: &str,
    ) -> Option<bool> {
        match &gateway.listener_sets {
            Namespaces::None => Some(false),
            Namespaces::All => Some(true),
            Namespaces::Same => Some(meta.namespace == namespace),
            Namespaces::Selected(selector) => selector.selects(namespace, self.labels_of(namespace).as_ref()),
        }
    }
}

/// A ServiceEntry by namespace and name.
pub(super) type Entries<'a> = dyn Fn(&str, &str) -> Option<&'a ServiceEntry> + 'a;
