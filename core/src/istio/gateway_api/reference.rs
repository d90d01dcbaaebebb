//! References from one object to another, and what grants allow of them.

use crate::istio::Meta;
use crate::istio::fields::Fields;

/// The group of the Gateway API.
pub(super) const GROUP: &str = "gateway.networking.k8s.io";

/// The kind of the object that a reference names, as far as Istio knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Referent {
    Gateway,
    ListenerSet,
    Service,
    ServiceEntry,
    /// The name of a host instead of an object (`networking.istio.io`).
    Hostname,
    /// A kind whose meaning depends on flags of istiod; this is its name.
    Flagged(String),
    /// What Istio does not know.
    Other,
}

/// `NormalizeReference` of `pilot/pkg/config/kube/gatewaycommon/references.go`.
pub(super) fn referent(reference: Fields<'_>, group: &str, kind: &str) -> Referent {
    let group = reference.text("group").unwrap_or_else(|| group.to_owned());
    let kind = reference.text("kind").unwrap_or_else(|| kind.to_owned());
    match (group.as_str(), kind.as_str()) {
        (GROUP, "Gateway") => Referent::Gateway,
        (GROUP, "ListenerSet") => Referent::ListenerSet,
        ("", "Service") => Referent::Service,
        ("networking.istio.io", "ServiceEntry") => Referent::ServiceEntry,
        ("networking.istio.io", "Hostname") => Referent::Hostname,
        ("multicluster.x-k8s.io", "ServiceImport") | ("inference.networking.k8s.io", "InferencePool") => {
            Referent::Flagged(kind)
        }
        _ => Referent::Other,
    }
}

/// What a `ReferenceGrant` allows: references from one kind in one namespace to Services, Secrets or `ConfigMaps` of its own.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    from_kind: String,
    from_namespace: String,
    to_kind: &'static str,
    to_namespace: String,
    /// The object; `None` for all.
    name: Option<String>,
}

/// `ReferenceGrantsCollection` of `pilot/pkg/config/kube/gatewaycommon/references.go`.
pub(super) fn grants(spec: Fields<'_>, meta: &Meta) -> Vec<Grant> {
    let mut grants = Vec::new();
    for from in spec.items("from").filter(|from| from.text("group").as_deref() == Some(GROUP)) {
        let (Some(from_kind), Some(from_namespace)) = (from.text("kind"), from.text("namespace")) else { continue };
        for to in spec.items("to").filter(|to| to.text("group").unwrap_or_default().is_empty()) {
            let to_kind = match to.text("kind").as_deref() {
                Some("Service") => "Service",
                Some("Secret") => "Secret",
                Some("ConfigMap") => "ConfigMap",
                _ => continue,
            };
            grants.push(Grant {
                from_kind: from_kind.clone(),
                from_namespace: from_namespace.clone(),
                to_kind,
                to_namespace: meta.namespace.clone(),
                name: to.text("name"),
            });
        }
    }
    grants
}

/// Whether an object of this kind in a namespace may name an object of another namespace.
pub(super) fn is_granted(grants: &[Grant], from: (&str, &str), to: (&str, &str, &str)) -> bool {
    grants.iter().any(|grant| {
        (grant.from_kind.as_str(), grant.from_namespace.as_str()) == from
            && (grant.to_kind, grant.to_namespace.as_str()) == (to.0, to.1)
            && grant.name.as_deref().is_none_or(|name| name == to.2)
    })
}
