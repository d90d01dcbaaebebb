//! What runs pods: Kubernetes' Deployment and its like, as far as a policy selects them and a gateway is made of them.

use super::added_labels::{AddedLabels, called_by_injector};
use super::control_plane::switches_of_pod;
use super::pod::{self, PodSettings};
use super::pod_parts::containers;
use super::shape::{Field, OBJECT_METADATA, Shape, open_object, optional, required};
use super::{Labels, read};
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::{Node, NodeKind};

const FIELDS: &[Field] = &[
    required("metadata", OBJECT_METADATA, "Name of the workload and its namespace."),
    optional("spec", Shape::Any, "The pods."),
];

/// The fields of the kinds that are read: what their own API server has checked is not checked again.
pub(super) const SHAPE: Shape = open_object(FIELDS);

/// A document of one of the kinds.
#[derive(Debug, Clone)]
pub struct WorkloadDocument {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Option<Spanned<String>>,
    /// Its kind.
    pub kind: String,
    /// Kind and name of the object that made it.
    pub owner: Option<(String, String)>,
    /// Whether it has no pods: Deployments leave their earlier ReplicaSets behind so. A pod that has ended is none.
    pub is_empty: bool,
    /// Where it says how many pods it has.
    pub replicas: Option<Span>,
    /// Labels of its pods.
    pub labels: Spanned<Labels>,
    /// Labels that its controller adds.
    pub added: AddedLabels,
    /// What the injector calls it, for pods without a label that says so; `None` for pods whose name is not known yet.
    pub called_by_injector: Option<String>,
    /// Name of their service account.
    pub service_account: Spanned<String>,
    /// What they say about their data plane.
    pub pod: PodSettings,
    /// Their ports that have a name.
    pub ports: Vec<(String, u16)>,
    /// Where they run istiod, its switches that are not followed.
    pub istiod: Option<Vec<Spanned<String>>>,
}

/// A document whose pods are made from `spec.template`.
pub(super) fn of_template(root: &Node, sources: &SourceMap) -> Option<WorkloadDocument> {
    let spec = root.given("spec");
    // A Rollout may refer to a Deployment instead, whose template is read there.
    if spec.is_some_and(|spec| spec.given("workloadRef").is_some()) {
        return None;
    }
    read(root, spec.and_then(|spec| spec.given("template")), sources)
}

/// A workload whose pods another object runs in its place, as a Rollout does: that object sets its `replicas` to 0
/// (`spec.workloadRef` of <https://argo-rollouts.readthedocs.io/en/stable/migrating/>).
#[derive(Debug, Clone)]
pub struct RunByAnother {
    /// Its namespace.
    pub namespace: Option<Spanned<String>>,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// What a Rollout runs that has no template of its own.
pub(super) fn run_by(root: &Node) -> Option<RunByAnother> {
    let reference = root.given("spec")?.given("workloadRef")?;
    let word = |key: &str| read::text(reference, key).map(|word| word.value);
    Some(RunByAnother { namespace: read::metadata(root)?.namespace, kind: word("kind")?, name: word("name")? })
}

/// A `CronJob`.
pub(super) fn of_job_template(root: &Node, sources: &SourceMap) -> Option<WorkloadDocument> {
    let job = root.given("spec").and_then(|spec| spec.given("jobTemplate"));
    read(root, job.and_then(|job| job.given("spec")).and_then(|spec| spec.given("template")), sources)
}

/// A `Pod`.
pub(super) fn of_pod(root: &Node, sources: &SourceMap) -> Option<WorkloadDocument> {
    read(root, Some(root), sources)
}

fn read(root: &Node, template: Option<&Node>, sources: &SourceMap) -> Option<WorkloadDocument> {
    let metadata = read::metadata(root)?;
    let spec = template.and_then(|template| template.given("spec"));
    let pod = template.and_then(|template| template.given("metadata"));
    let labels = pod.and_then(|pod| read::labels(pod, "labels"));
    let labels = labels.unwrap_or_else(|| Spanned::new(Labels::new(), metadata.name.span));
    let account = |key| spec.and_then(|spec| read::text(spec, key)).filter(|name| !name.is_empty());
    let replicas = root.given("spec").and_then(|spec| spec.given("replicas"));
    let kind = read::text(root, "kind").map(|kind| kind.value).unwrap_or_default();
    let is_generated =
        kind == "Pod" && root.given("metadata").is_some_and(|metadata| metadata.given("generateName").is_some());
    Some(WorkloadDocument {
        added: AddedLabels::of_controller(&kind, &metadata.name, root),
        called_by_injector: (!is_generated).then(|| called_by_injector(&kind, &metadata.name)),
        kind,
        owner: read::owner(root),
        replicas: replicas.map(|replicas| replicas.span),
        is_empty: replicas.is_some_and(|replicas| replicas.kind == NodeKind::Integer(0)) || has_ended(root),
        service_account: account("serviceAccountName")
            .or_else(|| account("serviceAccount"))
            .unwrap_or_else(|| Spanned::new("default".to_owned(), metadata.name.span)),
        pod: pod::read(pod, spec, sources),
        ports: spec.into_iter().flat_map(named_ports).collect(),
        istiod: spec.and_then(|spec| switches_of_pod(&labels, spec)),
        name: metadata.name,
        namespace: metadata.namespace,
        labels,
    })
}

/// Whether a pod has ended: the pods of a Job are kept so.
fn has_ended(root: &Node) -> bool {
    let phase = root.given("status").and_then(|status| status.given("phase")).and_then(Node::text);
    phase.is_some_and(|phase| matches!(phase, "Succeeded" | "Failed"))
}

fn named_ports(spec: &Node) -> Vec<(String, u16)> {
    let ports = containers(spec).filter_map(|container| container.given("ports")).flat_map(Node::items);
    ports.filter_map(|port| Some((read::text(port, "name")?.value, read::port(port, "containerPort")?.value))).collect()
}
