//! Istio's objects as they are read, whoever wrote them.
//!
//! Reading is tolerant: an object is taken as far as it is understood, and what is not understood is kept by name,
//! so that the evaluator can answer `unknown` where it would have to guess.
//!
//! What egressc writes has types of its own in `manifest`, whose page says why there are two vocabularies.

mod authorization_policy;
mod destination_rule;
mod fields;
mod gateway;
mod other;
mod pattern;
mod service;
mod service_entry;
mod sidecar;
mod virtual_service;
mod visibility;

pub use authorization_policy::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Listed, Operation, Source,
};
pub use destination_rule::{DestinationRule, Subset, TlsMode, TlsSettings, TrafficPolicy};
pub use gateway::{Gateway, Server, ServerTls};
pub use other::Other;
pub use pattern::Pattern;
pub use service::{Service, ServicePort, TargetPort};
pub use service_entry::{Endpoint, EntryPort, Resolution, ServiceEntry};
pub use sidecar::{EgressListener, OutboundMode, Sidecar};
pub use virtual_service::{
    Answer, Destination, Fault, HeaderChanges, HttpMatch, HttpRoute, L4Match, L4Route, Redirect, Rewrite,
    VirtualService, Weighted,
};
pub use visibility::ExportTo;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::origin::{self, Claim, Content, Identity};
use crate::source::Span;
use crate::syntax::Node;
use fields::Fields;

/// One object: what it is called and what it says.
#[derive(Debug, Clone)]
pub struct Object<T> {
    /// What it is called.
    pub meta: Meta,
    /// What it says.
    pub spec: T,
}

/// `metadata`, as far as Istio looks at it.
#[derive(Debug, Clone)]
pub struct Meta {
    /// The group of its `apiVersion`.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// `metadata.namespace`; Kubernetes' `default` when left out.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Marks,
    /// `metadata.annotations`.
    pub annotations: Marks,
    /// `metadata.creationTimestamp`, which files rarely have.
    pub created: Option<String>,
    /// What it says about who made it.
    pub claim: Claim,
    /// Its name in the text; `None` for what egressc made.
    pub span: Option<Span>,
}

/// Labels or annotations of an object, in order. There are few, and nearly always nobody looks: a map of each would be
/// most of what objects take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Box<[(String, String)]>);

impl Marks {
    /// The value of one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl Meta {
    /// What Kubernetes knows it by.
    pub fn identity(&self) -> Identity {
        Identity::new(&self.group, &self.kind, &self.namespace, &self.name)
    }

    /// The policy that it was made for and the rule, where there is just one.
    pub fn origin(&self) -> (Option<String>, Option<String>) {
        let Some(origin) = self.annotations.get(origin::MADE_FOR) else { return (None, None) };
        let Some((policy, rules)) = origin.split_once(": ") else { return (None, None) };
        if rules.contains("; ") { (None, None) } else { (Some(policy.to_owned()), Some(rules.to_owned())) }
    }
}

/// All objects that bear on a request.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    /// ServiceEntries.
    pub service_entries: Vec<Object<ServiceEntry>>,
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
    /// What may change an answer and is not understood.
    pub others: Vec<Object<Other>>,
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

    /// Whether there is nothing that Istio would act on: a Service alone is a fact about the mesh.
    pub fn is_empty(&self) -> bool {
        self.service_entries.is_empty()
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
        self.virtual_services.retain(|each| keep(&each.meta));
        self.destination_rules.retain(|each| keep(&each.meta));
        self.gateways.retain(|each| keep(&each.meta));
        self.sidecars.retain(|each| keep(&each.meta));
        self.authorization_policies.retain(|each| keep(&each.meta));
        self.services.retain(|each| keep(&each.meta));
        self.others.retain(|each| keep(&each.meta));
    }

    /// These and others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let mut all = self.clone();
        all.service_entries.extend_from_slice(&others.service_entries);
        all.virtual_services.extend_from_slice(&others.virtual_services);
        all.destination_rules.extend_from_slice(&others.destination_rules);
        all.gateways.extend_from_slice(&others.gateways);
        all.sidecars.extend_from_slice(&others.sidecars);
        all.authorization_policies.extend_from_slice(&others.authorization_policies);
        all.services.extend_from_slice(&others.services);
        all.others.extend_from_slice(&others.others);
        all
    }

    /// What each object is called.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        fn of<T>(objects: &[Object<T>]) -> impl Iterator<Item = &Meta> {
            objects.iter().map(|object| &object.meta)
        }
        of(&self.service_entries)
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
        let Some(meta) = meta(document, spec) else { return };
        match (meta.group.as_str(), meta.kind.as_str()) {
            ("networking.istio.io", "ServiceEntry") => {
                let spec = service_entry::read(spec, &meta);
                self.service_entries.push(Object { meta, spec });
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
            (group, kind) => {
                if let Some(spec) = other::read(group, kind, spec) {
                    self.others.push(Object { meta, spec });
                }
            }
        }
    }
}

fn meta(document: Fields<'_>, spec: Fields<'_>) -> Option<Meta> {
    let (kind, api_version) = (document.text("kind")?, document.text("apiVersion")?);
    let metadata = document.child("metadata")?;
    let mut meta = Meta {
        group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind,
        namespace: metadata.text("namespace").unwrap_or_else(|| "default".to_owned()),
        name: metadata.text("name")?,
        labels: metadata.marks("labels"),
        annotations: metadata.marks("annotations"),
        created: metadata.text("creationTimestamp"),
        claim: Claim::Holds,
        span: metadata.child("name").and_then(Fields::span),
    };
    if let Fields::Given(_) = document {
        let (label, annotation) = (|key: &str| meta.labels.get(key), |key: &str| meta.annotations.get(key));
        meta.claim = Claim::of(label, annotation, || digest(&meta, spec));
    }
    Some(meta)
}

/// The digest that egressc would have written.
fn digest(meta: &Meta, spec: Fields<'_>) -> Option<String> {
    fn counting(marks: &Marks) -> BTreeMap<&str, &str> {
        marks.iter().filter(|(key, _)| origin::counts(key)).collect()
    }
    let content = Content {
        group: &meta.group,
        kind: &meta.kind,
        namespace: &meta.namespace,
        name: &meta.name,
        labels: counting(&meta.labels),
        annotations: counting(&meta.annotations),
        spec,
    };
    content.digest()
}
