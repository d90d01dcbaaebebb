//! Which Kubernetes objects are given: each once, and nothing else.

use std::collections::BTreeMap;

use super::kind::{Header, is_known, is_read, is_replaced, list_items};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::Span;
use crate::syntax::{Document, Entry, Node, NodeKind};

/// What Kubernetes appends to a `generateName`, as its documentation shows it.
const GENERATED: &str = "xxxxx";

/// Writes down what Kubernetes itself adds: the name of an object that has only `generateName`, and the kind of the items of a
/// `DeploymentList` and the like, which the API server leaves out.
pub fn complete(document: &mut Document) {
    complete_object(&mut document.root);
}

/// Writes down the head of a kustomization, which kustomize adds itself (`FixKustomizationPreUnmarshalling` of
/// `api/types/kustomization.go`).
pub fn complete_kustomization(document: &mut Document) {
    let root = &mut document.root;
    for (key, value) in [("apiVersion", "kustomize.config.k8s.io/v1beta1"), ("kind", "Kustomization")] {
        let value = Node { span: root.span, kind: NodeKind::Text(value.into()) };
        add(root, key, &value);
    }
}

fn complete_object(object: &mut Node) {
    let of_items = item_header(object);
    let NodeKind::Map(entries) = &mut object.kind else { return };
    let items = entries.iter_mut().find(|entry| &*entry.key == "items");
    if let (Some(of_items), Some(items)) = (of_items, items)
        && let NodeKind::List(items) = &mut items.value.kind
    {
        for item in items {
            for (key, value) in &of_items {
                add(item, key, value);
            }
            complete_object(item);
        }
    }
    name(object);
}

/// `apiVersion` and `kind` of the items of a list; nothing for what is no list, and `List` has items of every kind.
fn item_header(root: &Node) -> Option<Vec<(&'static str, Node)>> {
    let (version, kind) = (root.given("apiVersion")?, root.given("kind")?);
    let name = kind.text()?.strip_suffix("List")?;
    root.given("items")?;
    let mut header = Vec::new();
    if !name.is_empty() {
        header.push(("apiVersion", version.clone()));
        header.push(("kind", Node { span: kind.span, kind: NodeKind::Text(name.into()) }));
    }
    Some(header)
}

fn add(map: &mut Node, key: &str, value: &Node) {
    if map.get(key).is_some() {
        return;
    }
    if let NodeKind::Map(entries) = &mut map.kind {
        entries.push(Entry { key: key.into(), key_span: value.span, value: value.clone() });
    }
}

fn name(object: &mut Node) {
    let NodeKind::Map(entries) = &mut object.kind else { return };
    let Some(metadata) = entries.iter_mut().find(|entry| &*entry.key == "metadata") else { return };
    let Some(prefix) = metadata.value.given("generateName") else { return };
    let Some(text) = prefix.text().map(|prefix| format!("{prefix}{GENERATED}")) else { return };
    let name = Node { span: prefix.span, kind: NodeKind::Text(text.into()) };
    add(&mut metadata.value, "name", &name);
}

/// The objects of some documents, in their order.
///
/// An object that is given twice is one object, as in a cluster: the last one replaces the earlier ones. What is no object is
/// left out where there are objects beside it, as in a folder with the files of other tools.
pub fn objects<'d>(documents: &'d [Document], report: &mut Report) -> Vec<&'d Node> {
    let mut all = Vec::new();
    for document in documents {
        add_objects(&document.root, &mut all, report);
    }
    let is_object = |node: &&Node| is_known(node);
    if all.iter().any(is_object) {
        all.retain(|node| {
            let keep = is_object(node) || is_meant_as_one(node);
            if !keep {
                report.push(skipped(node));
            }
            keep
        });
    }
    last_of_each(&all, report)
}

/// The document, or each item of a `List`, which may be a list again (`FlattenListVisitor` of kubectl takes them apart so). The
/// parser limits how deep they can be.
fn add_objects<'d>(root: &'d Node, all: &mut Vec<&'d Node>, report: &mut Report) {
    let Some(items) = list_items(root) else {
        all.push(root);
        return;
    };
    match &items.kind {
        NodeKind::List(items) => items.iter().for_each(|item| add_objects(item, all, report)),
        NodeKind::Null => {}
        _ => report.push(Diagnostic::new(
            &codes::WRONG_TYPE,
            items.span,
            format!("`items` must be a list, and this is {}", items.describe()),
        )),
    }
}

/// The object that a place is in: the document, or the item of a `List`, which may be a list again.
pub fn object_at(root: &Node, place: Span) -> Option<&Node> {
    let holds = |outer: Span| outer.source == place.source && outer.start <= place.start && place.end <= outer.end;
    let item = list_items(root).and_then(|items| items.items().iter().find_map(|item| object_at(item, place)));
    item.or_else(|| holds(root.span).then_some(root))
}

/// Whether somebody forgot a part of the head of an object. A single word is no file of another tool: it may be a link whose
/// target stands where a policy was. `Chart.yaml` of Helm has an `apiVersion`, values of charts may
/// have a `kind`, and both are none.
fn is_meant_as_one(node: &Node) -> bool {
    if !matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Null) {
        return true;
    }
    let has_head = node.get("kind").is_some() || node.get("apiVersion").is_some();
    let is_map = |key| node.given(key).is_some_and(|value| matches!(value.kind, NodeKind::Map(_)));
    let is_bare = || node.entries().iter().all(|entry| matches!(&*entry.key, "kind" | "apiVersion"));
    if has_head { is_map("metadata") || is_map("spec") || is_bare() } else { is_map("metadata") && is_map("spec") }
}

/// Whether a document is a file of another tool, as far as it shows it.
pub(crate) fn is_of_no_object(node: &Node) -> bool {
    !is_known(node) && !is_meant_as_one(node)
}

fn skipped(node: &Node) -> Diagnostic {
    let place = node.entries().first().map_or(node.span, |entry| entry.key_span);
    Diagnostic::new(&codes::OBJECT_SKIPPED, place, "this document is not a Kubernetes object, and egressc ignores it")
        .note("a Kubernetes object has `apiVersion` and `kind`")
}

/// The objects without those that a later one replaces (`kubectl apply`).
fn last_of_each<'d>(all: &[&'d Node], report: &mut Report) -> Vec<&'d Node> {
    let identity = |node: &'d Node| {
        let header = Header::of(node).filter(|header| is_replaced(header.group, header.kind))?;
        let metadata = node.given("metadata")?;
        // Each gets a name of its own.
        let name = metadata.given("name").filter(|_| metadata.given("generateName").is_none())?;
        let namespace = match (header.group, header.kind) {
            ("", "Namespace") => "",
            _ => metadata.given("namespace").and_then(Node::text).unwrap_or("default"),
        };
        Some(((header.group, header.kind, namespace, name.text()?), name.span))
    };
    let mut last: BTreeMap<_, (usize, Span)> = BTreeMap::new();
    for (at, node) in all.iter().enumerate() {
        if let Some((identity, span)) = identity(node) {
            last.insert(identity, (at, span));
        }
    }
    let mut standing = Vec::with_capacity(all.len());
    for (at, node) in all.iter().enumerate() {
        match identity(node).and_then(|(identity, span)| Some((identity, span, *last.get(&identity)?))) {
            Some(((_, kind, _, name), span, (other, place))) if other != at => {
                if is_read(node) {
                    report.push(
                        Diagnostic::new(
                            &codes::GIVEN_TWICE,
                            span,
                            format!("{kind} `{name}` is given twice, and this one is ignored"),
                        )
                        .label(place, "the last one replaces it, as in a cluster")
                        .help("remove one of the two, or give them different names"),
                    );
                }
            }
            _ => standing.push(*node),
        }
    }
    standing
}
