//! What the field `namespace` of a kustomization makes of objects.

use super::kind::{Header, is_read, list_items};
use crate::syntax::{Entry, Node, NodeKind};

/// Kinds of a cluster that stand in no namespace, and those of egressc that describe a whole mesh. Of the former kustomize knows
/// Kubernetes' own, and gives the others a namespace that the cluster does not keep.
const WITHOUT_NAMESPACE: [&str; 14] = [
    "MeshEnvironment",
    "EgressExpectations",
    "CheckConfiguration",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "GatewayClass",
    "Istio",
    "IstioRevision",
    "IstioRevisionTag",
    "IstioCNI",
    "Kustomization",
];

/// Whether an object of the document that is read stands in another namespace than this one.
pub fn stands_elsewhere(root: &Node, namespace: &str) -> bool {
    if let Some(items) = list_items(root) {
        return items.items().iter().any(|item| stands_elsewhere(item, namespace));
    }
    let field = field(root);
    let stands_in = root.given("metadata").zip(field).map(|(metadata, field)| {
        let given = metadata.given(field).and_then(Node::text);
        given.unwrap_or(if field == "namespace" { "default" } else { "" })
    });
    is_read(root) && stands_in.is_some_and(|stands_in| stands_in != namespace)
}

/// The same, without the objects that describe Istio or a namespace: where nothing shows that a kustomization lists a document,
/// they are not taken for its objects.
pub fn may_stand_elsewhere(root: &Node, namespace: &str) -> bool {
    if let Some(items) = list_items(root) {
        return items.items().iter().any(|item| may_stand_elsewhere(item, namespace));
    }
    let describes = Header::of(root).is_some_and(|header| matches!(header.kind, "ConfigMap" | "Namespace"));
    !describes && stands_elsewhere(root, namespace)
}

/// Whether a document has nothing but workloads. One that is read in another namespace is not described in its own, and whoever
/// asks is told so; other objects decide about the clients of the namespace in which they stand.
pub fn has_workloads_alone(root: &Node) -> bool {
    match list_items(root) {
        Some(items) => items.items().iter().all(has_workloads_alone),
        None => Header::of(root).is_some_and(|header| WORKLOADS.contains(&header.kind)),
    }
}

const WORKLOADS: [&str; 10] = [
    "CloneSet",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "DeploymentConfig",
    "Job",
    "Pod",
    "ReplicaSet",
    "Rollout",
    "StatefulSet",
];

/// Puts the objects of a document into a namespace, whichever one they name themselves
/// (`api/filters/namespace/namespace.go` and `api/internal/konfig/builtinpluginconsts/namespace.go` of kustomize).
pub fn put_into_namespace(root: &mut Node, namespace: &Node) {
    let is_list = list_items(root).is_some();
    let field = field(root);
    let NodeKind::Map(entries) = &mut root.kind else { return };
    let wanted = if is_list { "items" } else { "metadata" };
    let Some(part) = entries.iter_mut().find(|entry| &*entry.key == wanted) else { return };
    match (&mut part.value.kind, field) {
        (NodeKind::List(items), _) if is_list => items.iter_mut().for_each(|item| put_into_namespace(item, namespace)),
        (NodeKind::Map(metadata), Some(field)) if !is_list => {
            match metadata.iter_mut().find(|entry| &*entry.key == field) {
                Some(entry) => entry.value = namespace.clone(),
                None => metadata.push(Entry { key: field.into(), key_span: namespace.span, value: namespace.clone() }),
            }
        }
        _ => {}
    }
}

/// The field of `metadata` that gets the name: a Namespace is called so.
fn field(object: &Node) -> Option<&'static str> {
    let Header { group, kind } = Header::of(object)?;
    match kind {
        "Namespace" if group.is_empty() => Some("name"),
        kind if WITHOUT_NAMESPACE.contains(&kind) => None,
        _ => Some("namespace"),
    }
}
