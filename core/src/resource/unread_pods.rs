//! Templates of pods in objects of kinds that are not read: a controller makes pods of them, and changes what it likes before.

use super::{Labels, read};
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

/// A template of pods of which no document says what becomes of it.
#[derive(Debug, Clone)]
pub struct UnreadPods {
    /// Kind and name of the object.
    pub made_by: (String, String),
    /// Its kind and API version, as answers call it.
    pub called: Spanned<String>,
    /// Its namespace.
    pub namespace: Option<Spanned<String>>,
    /// Kind and name of the object that made it.
    pub owner: Option<(String, String)>,
    /// The labels of the template. Those without labels are left out: nothing tells of which pods they are.
    pub labels: Labels,
}

/// The templates in an object.
pub(super) fn read(root: &Node, api_version: &str, kind: &Spanned<String>) -> Vec<UnreadPods> {
    let Some(metadata) = read::metadata(root) else { return Vec::new() };
    let mut labels = Vec::new();
    find(root, api_version.starts_with("kubevirt.io/"), &mut labels);
    labels.dedup();
    let called = Spanned::new(format!("`{}` of `{api_version}`", kind.value), kind.span);
    let of_labels = |labels| UnreadPods {
        made_by: (kind.value.clone(), metadata.name.value.clone()),
        called: called.clone(),
        namespace: metadata.namespace.clone(),
        owner: read::owner(root),
        labels,
    };
    labels.into_iter().map(of_labels).collect()
}

/// A map with containers in its `spec` is one, wherever it stands, and so is one of a virtual machine: the pod in which `KubeVirt` runs
/// it gets its labels and annotations (`pkg/virt-controller/services/template.go` of `KubeVirt`). The parser limits how deep it can be.
fn find(node: &Node, is_of_kubevirt: bool, found: &mut Vec<Labels>) {
    let spec = node.given("spec");
    let containers = spec.and_then(|spec| spec.given("containers"));
    let is_machine = || spec.and_then(|spec| spec.given("domain")).is_some_and(|domain| !domain.entries().is_empty());
    if containers.is_some_and(|containers| !containers.items().is_empty()) || is_of_kubevirt && is_machine() {
        let labels = node.given("metadata").and_then(|metadata| read::labels(metadata, "labels"));
        found.extend(labels.map(|labels| labels.value).filter(|labels| !labels.is_empty()));
    }
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().for_each(|entry| find(&entry.value, is_of_kubevirt, found)),
        NodeKind::List(items) => items.iter().for_each(|item| find(item, is_of_kubevirt, found)),
        _ => {}
    }
}
