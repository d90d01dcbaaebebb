//! An object: what it is called and what it says.

use crate::origin::{self, Claim, Identity};
use crate::source::Span;

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
    /// What Istio calls the object that it makes of this one of the Gateway API.
    pub istio_name: Option<Box<str>>,
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

/// The label that names a revision of Istio, or a tag of one.
pub(super) const REVISION: &str = "istio.io/rev";

/// Labels or annotations of an object, in order. There are few, and they are rarely read: a map of each would be
/// most of what objects take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(pub(super) Box<[(String, String)]>);

impl Marks {
    /// The value of one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Marks {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(marks: I) -> Self {
        Self(marks.into_iter().collect())
    }
}

/// The metadata of what Istio makes of an object: that of the object, with Istio's own name.
pub(super) fn istio_name(meta: &Meta, name: String) -> Meta {
    Meta { istio_name: Some(name.into()), ..meta.clone() }
}

impl Meta {
    /// What Istio calls it, which decides where names decide.
    pub fn istio_name(&self) -> &str {
        self.istio_name.as_deref().unwrap_or(&self.name)
    }

    /// The revision of Istio that reads it, and no other (`pkg/config/model.go`, `LabelsInRevision`). Services of Kubernetes
    /// are read whatever their labels, and so are Gateways of the Gateway API (`buildClient` of
    /// `pilot/pkg/config/kube/gateway/controller.go`; `pilot/pkg/serviceregistry/ambient/ambientindex.go`).
    pub fn only_revision(&self) -> Option<&str> {
        let is_filtered = self.group.contains('.')
            && (self.group.as_str(), self.kind.as_str()) != ("gateway.networking.k8s.io", "Gateway");
        self.labels.get(REVISION).filter(|_| is_filtered)
    }

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
