//! The destinations of rules (`buildDestination` of `pilot/pkg/config/kube/gateway/conversion.go`).

use super::backend_ref::Backend;
use super::reference::{Grant, Referent, is_granted};
use super::rule::RouteKind;
use crate::istio::{Destination, Meta, Weighted};

/// The destinations of a rule, as Istio makes them.
#[derive(Debug)]
pub(super) enum Destinations {
    /// To these, by weight.
    To(Vec<Weighted>),
    /// There is no backend.
    Nowhere,
    /// No backend has a weight.
    WithoutWeight,
    /// Istiod refuses the rule.
    Refused,
    /// It depends on a flag of istiod which.
    Unknown(String),
}

/// What resolving backends needs to know.
pub(super) struct Backends<'a> {
    pub(super) grants: &'a [Grant],
    pub(super) cluster_domain: &'a str,
    /// Whether the rules are for sidecars, where no grant is needed.
    pub(super) mesh: bool,
}

impl Backends<'_> {
    pub(super) fn resolve(&self, kind: RouteKind, meta: &Meta, backends: &[Backend]) -> Destinations {
        if backends.is_empty() {
            return Destinations::Nowhere;
        }
        let mut destinations = Vec::new();
        for backend in backends.iter().filter(|backend| backend.weight != 0) {
            if let Referent::Flagged(kind) = &backend.to {
                return Destinations::Unknown(format!(
                    "a backend of kind {kind} depends on a flag of istiod and is not modelled"
                ));
            }
            let Some(to) = self.destination(kind, meta, backend).filter(|_| !backend.is_refused) else {
                return Destinations::Refused;
            };
            destinations.push(Weighted { to, weight: backend.weight, headers: backend.headers.clone() });
        }
        if destinations.is_empty() { Destinations::WithoutWeight } else { Destinations::To(destinations) }
    }

    /// The destination of one backend; `None` where istiod refuses it. One without a host has no cluster.
    pub(super) fn destination(&self, kind: RouteKind, meta: &Meta, backend: &Backend) -> Option<Destination> {
        let nowhere = || Some(Destination { host: String::new(), port: None, subset: String::new() });
        let namespace = backend.namespace.as_deref().unwrap_or(&meta.namespace);
        let target = match &backend.to {
            Referent::Service => "Service",
            Referent::Flagged(kind) => kind,
            _ => "",
        };
        if !self.mesh
            && namespace != meta.namespace
            && !is_granted(self.grants, (kind.name(), &meta.namespace), (target, namespace, &backend.name))
        {
            return nowhere();
        }
        let host = match backend.to {
            Referent::Service if backend.name.contains('.') => return None,
            Referent::Service => format!("{}.{namespace}.svc.{}", backend.name, self.cluster_domain),
            Referent::Hostname if backend.namespace.is_some() => return None,
            Referent::Hostname => backend.name.clone(),
            _ => return nowhere(),
        };
        Some(Destination { host, port: Some(backend.port?), subset: String::new() })
    }
}
