//! Labels that pods get after somebody wrote theirs down: from Kubernetes' controllers, from the injector, and from istiod, which
//! adds where a proxy runs.

use std::collections::BTreeMap;

use super::{Labels, read};
use crate::syntax::{Node, NodeKind};

/// What pods have besides the labels that are written for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedLabels {
    /// Labels with their values.
    pub known: Labels,
    /// Keys of labels whose values no document says, with the beginning of the value.
    pub unknown: BTreeMap<String, String>,
}

/// The keys of the controllers.
const OF_CONTROLLERS: [&str; 13] = [
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "job-name",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "deployment",
    "deploymentconfig",
];
const JOB_NAMES: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const JOB_UIDS: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];
const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Where a proxy runs (`pilot/pkg/serviceregistry/util/label/label.go`, `AugmentLabels`).
const TOPOLOGY: [&str; 6] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
    "topology.istio.io/cluster",
    "topology.istio.io/network",
    "kubernetes.io/hostname",
];
/// Labels of the injector whose values depend on the installation: the first one is an annotation in later releases.
const OF_INSTALLATION: [&str; 2] = ["istio.io/rev", "networking.istio.io/tunnel"];
const TLS_MODE: &str = "security.istio.io/tlsMode";
const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";
/// What Argo Rollouts adds to the pods of one side of a rollout, by strategy.
const OF_ROLLOUT: [(&str, [&str; 2]); 2] =
    [("canary", ["canaryMetadata", "stableMetadata"]), ("blueGreen", ["activeMetadata", "previewMetadata"])];

/// Labels that pods may get after somebody wrote theirs down.
pub(crate) fn is_added_later(key: &str) -> bool {
    let all = [OF_CONTROLLERS.as_slice(), &TOPOLOGY, &OF_INSTALLATION, &[TLS_MODE, CANONICAL_NAME, CANONICAL_REVISION]];
    all.into_iter().flatten().any(|known| *known == key)
}

impl AddedLabels {
    /// Whether pods with these labels and what is added to them may have a label.
    pub fn may_have(&self, written: &Labels, key: &str, value: &str) -> bool {
        match written.get(key).or_else(|| self.known.get(key)) {
            Some(known) => known == value,
            None => self.unknown.get(key).is_some_and(|beginning| value.starts_with(beginning.as_str())),
        }
    }

    /// Those of pods of which nothing is known but that they have a sidecar.
    pub fn of_sidecar(written: &Labels) -> Self {
        let mut added = Self::default();
        added.are_unknown(OF_CONTROLLERS);
        added.with_injection(written, None);
        // They may have labels that are not listed, from which the injector makes these.
        added.known.remove(CANONICAL_REVISION);
        if !written.contains_key("app.kubernetes.io/name") {
            added.known.remove(CANONICAL_NAME);
        }
        added.are_unknown([CANONICAL_NAME, CANONICAL_REVISION]);
        added
    }

    /// What pods of two workloads have in common; what one of them alone has, or has otherwise, is not known.
    pub(crate) fn keep_common(&mut self, others: &Self) {
        let differ = |(key, value): &(&String, &String)| others.known.get(*key) != Some(value);
        let own: Vec<String> = self.known.iter().filter(differ).map(|(key, _)| key.clone()).collect();
        self.known.retain(|key, _| !own.contains(key));
        let theirs = others.known.keys().filter(|key| !self.known.contains_key(*key)).cloned();
        self.unknown.extend(own.into_iter().chain(theirs).map(|key| (key, String::new())));
        for (key, beginning) in &others.unknown {
            let known = self.unknown.entry(key.clone()).or_insert_with(|| beginning.clone());
            if known != beginning {
                known.clear();
            }
        }
    }

    /// What the controller of a kind adds.
    pub(super) fn of_controller(kind: &str, name: &str, root: &Node) -> Self {
        let mut added = Self::default();
        match kind {
            "Deployment" => added.are_unknown(["pod-template-hash"]),
            "Rollout" => {
                added.are_unknown(["rollouts-pod-template-hash"]);
                added.unknown.extend(of_rollout(root).map(|key| (key, String::new())));
            }
            "StatefulSet" => {
                added.are_unknown(["apps.kubernetes.io/pod-index", "controller-revision-hash"]);
                added.unknown.insert("statefulset.kubernetes.io/pod-name".to_owned(), format!("{name}-"));
            }
            "DaemonSet" => added.are_unknown(["controller-revision-hash", "pod-template-generation"]),
            "CloneSet" => added.are_unknown(["pod-template-hash", "controller-revision-hash"]),
            "Job" => added.of_job(name, root),
            "CronJob" => {
                added.are_unknown(JOB_UIDS.into_iter().chain([COMPLETION_INDEX]));
                added.unknown.extend(JOB_NAMES.map(|key| (key.to_owned(), format!("{name}-"))));
            }
            "DeploymentConfig" => {
                added.known.insert("deploymentconfig".to_owned(), name.to_owned());
                added.unknown.insert("deployment".to_owned(), format!("{name}-"));
            }
            _ => {}
        }
        added
    }

    /// `pkg/apis/batch/v1` of Kubernetes, `generateSelector`.
    fn of_job(&mut self, name: &str, root: &Node) {
        self.are_unknown([COMPLETION_INDEX]);
        let metadata = root.given("metadata");
        let is_generated = metadata.is_some_and(|metadata| metadata.given("generateName").is_some());
        let is_manual = root.given("spec").and_then(|spec| spec.given("manualSelector"));
        if is_manual.is_some_and(|is_manual| is_manual.kind == NodeKind::Bool(true)) {
            return;
        }
        match metadata.and_then(|metadata| read::text(metadata, "uid")) {
            Some(uid) => self.known.extend(JOB_UIDS.map(|key| (key.to_owned(), uid.value.clone()))),
            None => self.are_unknown(JOB_UIDS),
        }
        if is_generated {
            self.are_unknown(JOB_NAMES);
        } else {
            self.known.extend(JOB_NAMES.map(|key| (key.to_owned(), name.to_owned())));
        }
    }

    /// What injection adds to pods with these labels (`injection-template.yaml` of the chart); `workload` is what it calls the
    /// object that makes them, where that is known.
    pub fn with_injection(&mut self, written: &Labels, workload: Option<&str>) {
        let said = |key: &str| written.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let mut add = |key: &str, value: &str| {
            if !written.contains_key(key) {
                self.known.insert(key.to_owned(), value.to_owned());
            }
        };
        add(TLS_MODE, "istio");
        add(CANONICAL_REVISION, said("app.kubernetes.io/version").or_else(|| said("version")).unwrap_or("latest"));
        match said("app.kubernetes.io/name").or_else(|| said("app")).or(workload) {
            Some(name) => add(CANONICAL_NAME, shortened(name)),
            None => self.are_unknown([CANONICAL_NAME]),
        }
        self.are_unknown(OF_INSTALLATION);
        self.with_place();
    }

    /// What istiod adds to the labels of every proxy.
    pub fn with_place(&mut self) {
        self.are_unknown(TOPOLOGY);
    }

    fn are_unknown<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) {
        self.unknown.extend(keys.into_iter().map(|key| (key.to_owned(), String::new())));
    }
}

/// What the injector calls the object that makes pods (`pkg/kube/util.go`, `GetDeployMetaFromPod`): of a Job it leaves out what may
/// be the time for which a `CronJob` made it.
pub(super) fn called_by_injector(kind: &str, name: &str) -> String {
    let of_cron_job = || {
        let (stem, time) = name.rsplit_once('-')?;
        let is_time = (8..=10).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
        is_time.then_some(stem)
    };
    if kind == "Job" { of_cron_job().unwrap_or(name) } else { name }.to_owned()
}

/// `trunc 63 | trimSuffix "-"`.
fn shortened(name: &str) -> &str {
    let short = name.get(..63).unwrap_or(name);
    short.strip_suffix('-').unwrap_or(short)
}

/// The keys of the labels that Argo Rollouts may add.
fn of_rollout(root: &Node) -> impl Iterator<Item = String> {
    let strategy = root.given("spec").and_then(|spec| spec.given("strategy"));
    let of_strategy = OF_ROLLOUT.into_iter().filter_map(move |(key, parts)| Some((strategy?.given(key)?, parts)));
    let parts = of_strategy.flat_map(|(strategy, parts)| parts.into_iter().filter_map(|part| strategy.given(part)));
    let labels = parts.filter_map(|part| read::labels(part, "labels"));
    labels.flat_map(|labels| labels.value.into_keys())
}
