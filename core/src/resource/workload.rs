//! What runs pods: Kubernetes' Deployment and its like, as far as a policy selects them and a gateway is made of them.

use super::shape::{Field, METADATA, Shape, open_object, optional, required};
use super::{Labels, read};
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

/// Whether a pod gets a sidecar. As a label it decides; as an annotation it can only say no where the namespace says
/// nothing (`pkg/kube/inject`, `injectRequired`, and the webhook's selectors).
const INJECT: &str = "sidecar.istio.io/inject";
/// The templates that injection uses; `gateway` makes a gateway of the pod.
const TEMPLATES: &str = "inject.istio.io/templates";
/// The proxy's container, in what was injected already and in gateways written by hand.
const PROXY: &str = "istio-proxy";

const FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the workload and its namespace."),
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
    /// Whether another object made it.
    pub owned: bool,
    /// Labels of its pods.
    pub labels: Spanned<Labels>,
    /// Name of their service account.
    pub service_account: Spanned<String>,
    /// What their own labels and fields say about a sidecar.
    pub sidecar: PodSidecar,
    /// Their ports that have a name.
    pub ports: Vec<(String, u16)>,
}

/// What a pod says about its sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodSidecar {
    /// Its namespace decides.
    AsNamespace,
    /// It gets one unless its namespace forbids it.
    Wanted,
    /// It has one.
    Present,
    /// It gets none.
    Never,
}

/// A document whose pods are made from `spec.template`.
pub(super) fn of_template(root: &Node) -> Option<WorkloadDocument> {
    read(root, root.given("spec").and_then(|spec| spec.given("template")))
}

/// A `CronJob`.
pub(super) fn of_job_template(root: &Node) -> Option<WorkloadDocument> {
    let job = root.given("spec").and_then(|spec| spec.given("jobTemplate"));
    read(root, job.and_then(|job| job.given("spec")).and_then(|spec| spec.given("template")))
}

/// A `Pod`.
pub(super) fn of_pod(root: &Node) -> Option<WorkloadDocument> {
    read(root, Some(root))
}

fn read(root: &Node, template: Option<&Node>) -> Option<WorkloadDocument> {
    let metadata = read::metadata(root)?;
    let spec = template.and_then(|template| template.given("spec"));
    let pod = template.and_then(|template| template.given("metadata"));
    let labels = pod.and_then(|pod| read::labels(pod, "labels"));
    let labels = labels.unwrap_or_else(|| Spanned::new(Labels::new(), metadata.name.span));
    let account = |key| spec.and_then(|spec| read::text(spec, key)).filter(|name| !name.is_empty());
    Some(WorkloadDocument {
        owned: root
            .given("metadata")
            .and_then(|own| own.given("ownerReferences"))
            .is_some_and(|owners| !owners.items().is_empty()),
        service_account: account("serviceAccountName")
            .or_else(|| account("serviceAccount"))
            .unwrap_or_else(|| Spanned::new("default".to_owned(), metadata.name.span)),
        sidecar: sidecar(pod, spec, &labels),
        ports: spec.into_iter().flat_map(named_ports).collect(),
        name: metadata.name,
        namespace: metadata.namespace,
        labels,
    })
}

fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    ["containers", "initContainers"].into_iter().filter_map(|key| spec.given(key)).flat_map(Node::items)
}

fn named_ports(spec: &Node) -> Vec<(String, u16)> {
    let ports = containers(spec).filter_map(|container| container.given("ports")).flat_map(Node::items);
    ports.filter_map(|port| Some((read::text(port, "name")?.value, read::port(port, "containerPort")?.value))).collect()
}

fn sidecar(pod: Option<&Node>, spec: Option<&Node>, labels: &Labels) -> PodSidecar {
    let annotation = |key: &str| pod.and_then(|pod| pod.given("annotations")).and_then(|all| read::text(all, key));
    let is_proxy = |container: &&Node| container.given("name").and_then(Node::text) == Some(PROXY);
    let proxy = spec.into_iter().flat_map(containers).find(is_proxy);
    let is_gateway = annotation(TEMPLATES).is_some_and(|names| names.split(',').any(|name| name.trim() == "gateway"))
        || proxy.is_some_and(is_router);
    let on_host =
        spec.and_then(|spec| spec.given("hostNetwork")).is_some_and(|on_host| on_host.kind == NodeKind::Bool(true));
    // A gateway's proxy is all that there is in its pods: it forwards, and asks for nothing of its own.
    if is_gateway || on_host {
        return PodSidecar::Never;
    }
    if proxy.is_some() {
        return PodSidecar::Present;
    }
    match (labels.get(INJECT).map(String::as_str), annotation(INJECT).as_deref().map(String::as_str)) {
        (Some("false"), _) | (None, Some("false")) => PodSidecar::Never,
        (Some("true"), _) => PodSidecar::Wanted,
        _ => PodSidecar::AsNamespace,
    }
}

fn is_router(container: &Node) -> bool {
    container.given("args").is_some_and(|args| args.items().iter().any(|arg| arg.text() == Some("router")))
}
