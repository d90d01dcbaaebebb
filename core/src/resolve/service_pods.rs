//! The pods behind a Service, by the workloads that are given.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, place};
use crate::model;
use crate::resource::{Labels, PodSidecar, ServiceDocument, WorkloadDocument, is_added_later, selects};
use crate::source::Spanned;

/// The label that says a pod's listeners speak Istio's mutual TLS (`pkg/model`, `TLSModeLabelName`).
pub(super) const TLS_MODE: &str = "security.istio.io/tlsMode";
/// The hash in the name and the labels of what a Deployment makes.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// The workloads whose pods a gateway's Service selects.
pub(super) struct ServiceWorkloads<'a> {
    /// Each workload once: what a workload of these has made is left out.
    pub(super) pods: Vec<&'a WorkloadDocument>,
    /// All of them, with pods as they run.
    all: Vec<&'a WorkloadDocument>,
    /// One that has no pods, where none of them has any.
    without_replicas: Option<&'a WorkloadDocument>,
}

impl<'a> ServiceWorkloads<'a> {
    pub(super) fn of(service: Option<&ServiceDocument>, facts: &'a Facts) -> Self {
        let Some(service) = service.filter(|service| !service.selector.is_empty()) else {
            return Self { pods: Vec::new(), all: Vec::new(), without_replicas: None };
        };
        let namespace = place(service.namespace.as_ref());
        let selected = |pod: &&WorkloadDocument| selects(&service.selector, &pod.labels);
        let (empty, all): (Vec<&WorkloadDocument>, Vec<&WorkloadDocument>) =
            facts.workloads_of(namespace).iter().filter(selected).partition(|workload| workload.is_empty);
        // What a controller has left behind, and pods that have ended, say nothing of those that run.
        let is_own = |workload: &&WorkloadDocument| workload.owner.is_none() && workload.kind != "Pod";
        let given: BTreeSet<(&str, &str)> =
            all.iter().map(|pod| (pod.kind.as_str(), pod.name.value.as_str())).collect();
        let is_made_by_another = |pod: &&&WorkloadDocument| {
            pod.owner.as_ref().is_some_and(|(kind, name)| {
                // Between a Deployment and its pods there is a ReplicaSet, which need not be given.
                let hash = pod.labels.get(TEMPLATE_HASH).map(String::as_str).unwrap_or_default();
                let deployment = name.strip_suffix(hash).and_then(|name| name.strip_suffix('-'));
                given.contains(&(kind.as_str(), name.as_str()))
                    || kind == "ReplicaSet" && deployment.is_some_and(|name| given.contains(&("Deployment", name)))
            })
        };
        let without_replicas = empty.into_iter().find(is_own).filter(|_| all.is_empty());
        Self { without_replicas, pods: all.iter().filter(|pod| !is_made_by_another(pod)).copied().collect(), all }
    }

    /// A workload without replicas, where no other one has pods.
    pub(super) fn without_replicas(&self) -> Option<&'a WorkloadDocument> {
        self.without_replicas
    }

    /// The container port that the pods call so; `None` when they differ, or none does.
    pub(super) fn port(&self, name: &str) -> Option<u16> {
        let mut ports = self.pods.iter().flat_map(|pod| &pod.ports).filter(|(known, _)| known == name);
        let (_, first) = ports.next()?;
        ports.all(|(_, other)| other == first).then_some(*first)
    }

    /// What all of them together say; `None` when there are none.
    pub(super) fn facts(&self) -> Option<model::ServicePods> {
        let (first, others) = self.pods.split_first()?;
        let is_common = |key: &String, value: &String| others.iter().all(|other| other.labels.get(key) == Some(value));
        let labels: Labels = first
            .labels
            .iter()
            .filter(|(key, value)| is_common(key, value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut keys = self.pods.iter().flat_map(|pod| pod.labels.keys());
        let names = self.pods.iter().flat_map(|pod| &pod.ports).map(|(name, _)| name);
        Some(model::ServicePods {
            are_all_labels: keys.all(|key| labels.contains_key(key) || is_added_later(key)),
            labels,
            speak_mutual_tls: self.speak_mutual_tls(),
            are_unprivileged: self.pods.iter().any(|pod| pod.pod.proxy.is_unprivileged),
            proxy_protocol: self.pods.iter().find_map(|pod| pod.pod.proxy.proxy_protocol.clone()),
            are_gateways: self.pods.iter().all(|pod| pod.pod.sidecar == PodSidecar::IsProxy),
            ports: names.filter_map(|name| Some((name.clone(), self.port(name)?))).collect::<BTreeMap<_, _>>(),
        })
    }

    /// What their label says, when it is given.
    pub(super) fn tls_mode_istio(&self) -> Option<Spanned<bool>> {
        let pod = self.all.iter().find(|pod| pod.labels.contains_key(TLS_MODE))?;
        let mode = pod.labels.get(TLS_MODE)?;
        Some(Spanned::new(mode == "istio", pod.labels.span))
    }

    /// Injection adds the label to sidecars where it is missing, and to gateways it does not.
    fn speak_mutual_tls(&self) -> Option<bool> {
        // A pod that a controller made was admitted already.
        let is_made = |pod: &WorkloadDocument| pod.kind == "Pod" && pod.owner.is_some();
        let is_missing =
            |pod: &&WorkloadDocument| (!pod.pod.may_get_tls_mode || is_made(pod)) && !pod.labels.contains_key(TLS_MODE);
        let says = self.tls_mode_istio().map(|says| says.value);
        // Of a workload and its pods the pods are what was made of it.
        let made = || self.all.iter().any(|pod| pod.owner.is_some() && is_missing(pod));
        says.or_else(|| (self.pods.iter().all(is_missing) || made()).then_some(false))
    }
}

/// The pods behind each Service of which some workload is given.
pub(super) fn service_pods(facts: &Facts) -> BTreeMap<(String, String), model::ServicePods> {
    let known = |service: &ServiceDocument| {
        let name = (place(service.namespace.as_ref()).to_owned(), service.name.value.clone());
        Some((name, ServiceWorkloads::of(Some(service), facts).facts()?))
    };
    facts.services.iter().filter_map(known).collect()
}
