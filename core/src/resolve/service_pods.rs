use std::collections::BTreeMap;

use super::facts::{Facts, place};
use crate::resource::{Labels, ServiceDocument, WorkloadDocument, selects};
use crate::source::Spanned;

/// The label that says a pod's listeners speak Istio's mutual TLS (`pkg/model`, `TLSModeLabelName`).
pub(super) const TLS_MODE: &str = "security.istio.io/tlsMode";

/// The workloads whose pods a gateway's Service selects.
pub(super) struct ServicePods<'a> {
    pub(super) pods: Vec<&'a WorkloadDocument>,
}

impl<'a> ServicePods<'a> {
    pub(super) fn of(service: Option<&ServiceDocument>, facts: &'a Facts) -> Self {
        let Some(service) = service.filter(|service| !service.selector.is_empty()) else {
            return Self { pods: Vec::new() };
        };
        let selected = |pod: &&WorkloadDocument| {
            place(pod.namespace.as_ref()) == place(service.namespace.as_ref())
                && selects(&service.selector, &pod.labels)
        };
        Self { pods: facts.workloads.iter().filter(selected).collect() }
    }

    /// The container port that the pods call so; `None` when they differ, or none does.
    pub(super) fn port(&self, name: &str) -> Option<u16> {
        let mut ports = self.pods.iter().flat_map(|pod| &pod.ports).filter(|(known, _)| known == name);
        let (_, first) = ports.next()?;
        ports.all(|(_, other)| other == first).then_some(*first)
    }

    /// The container ports that have a name, where it means one port in all pods.
    pub(super) fn ports(&self) -> BTreeMap<String, u16> {
        let names = self.pods.iter().flat_map(|pod| &pod.ports).map(|(name, _)| name);
        names.filter_map(|name| Some((name.clone(), self.port(name)?))).collect()
    }

    /// The labels that all of them have, when they are the same.
    pub(super) fn labels(&self) -> Option<Labels> {
        let (first, others) = self.pods.split_first()?;
        others.iter().all(|other| *other.labels == *first.labels).then(|| first.labels.value.clone())
    }

    /// What their labels say; injection adds the label where it is missing, so that its absence says nothing.
    pub(super) fn tls_mode_istio(&self) -> Option<Spanned<bool>> {
        let pod = self.pods.first()?;
        let mode = pod.labels.get(TLS_MODE)?;
        Some(Spanned::new(mode == "istio", pod.labels.span))
    }
}
