//! Kustomizations among the sources: the namespace that one sets is that of its objects, and what else it changes is not applied.

use std::collections::{BTreeMap, BTreeSet};

use super::patches::{is_kustomization, normal};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::{has_workloads_alone, may_stand_elsewhere, put_into_namespace, stands_elsewhere};
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::{Document, Node};

/// Fields that change objects, and are not applied. Patches in files are left out as sources
/// ([`super::patches`]).
const NOT_APPLIED: [&str; 9] = [
    "namePrefix",
    "nameSuffix",
    "replacements",
    "transformers",
    "replicas",
    "patches",
    "commonAnnotations",
    "commonLabels",
    "labels",
];

fn has_mark_of_istio(marks: &Node) -> bool {
    marks.entries().iter().any(|entry| entry.key.contains("istio.io/") || &*entry.key == "istio-injection")
}

/// A kustomization.
struct Kustomization {
    source: SourceId,
    folder: String,
    namespace: Option<Node>,
    /// Whether it changes also what the kustomization that lists it has gathered before.
    is_component: bool,
    /// What else it changes.
    others: Vec<(&'static str, Span)>,
    /// The files and folders with its objects, without those that stand elsewhere.
    resources: Vec<String>,
}

impl Kustomization {
    fn of(root: &Node, source: SourceId, folder: &str) -> Self {
        let list = |key: &str| root.given(key).map(Node::items).unwrap_or_default();
        let is_here =
            |path: &&str| !path.contains("://") && !path.contains("?ref=") && !path.starts_with("github.com/");
        let listed = ["resources", "bases", "components"].into_iter().flat_map(list).filter_map(Node::text);
        let entry = |key: &str| root.entries().iter().find(|entry| &*entry.key == key);
        let changes = |key: &str, node: &Node| match key {
            // A patch of a file without a target is a part of an object, which is left out as a source.
            "patches" => {
                node.items().iter().any(|patch| patch.given("patch").is_some() || patch.given("target").is_some())
            }
            // Of labels and annotations those of Istio decide which pods have a sidecar, and what it captures.
            "commonLabels" | "commonAnnotations" => has_mark_of_istio(node),
            "labels" => node.items().iter().filter_map(|each| each.given("pairs")).any(has_mark_of_istio),
            _ => node.text().is_none_or(|text| !text.is_empty()),
        };
        let others = NOT_APPLIED.into_iter().filter_map(|key| {
            let entry = entry(key).filter(|entry| changes(key, &entry.value))?;
            Some((key, entry.key_span))
        });
        Self {
            source,
            folder: normal(folder),
            namespace: root
                .given("namespace")
                .filter(|namespace| namespace.text().is_some_and(|text| !text.is_empty()))
                .cloned(),
            is_component: root.given("kind").and_then(Node::text) == Some("Component"),
            others: others.collect(),
            resources: listed.filter(is_here).map(|path| normal(&format!("{folder}/{path}"))).collect(),
        }
    }
}

/// Applies the namespaces. Why it is not known where objects stand, in clauses, where that is not certain.
pub(super) fn apply_namespaces(documents: &mut [Document], sources: &SourceMap, report: &mut Report) -> Vec<String> {
    let all: Vec<Kustomization> = documents.iter().filter_map(|document| kustomization(document, sources)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let found = Found::of(&all, sources, documents);
    let mut doubts = Vec::new();
    // Whether the objects are more than workloads, by the place of the namespace.
    let mut moved: BTreeMap<Span, bool> = BTreeMap::new();
    for document in documents.iter_mut() {
        let source = document.root.span.source;
        let Some(ways) = found.ways.get(&source) else { continue };
        let mut nodes = ways.iter().map(|way| way.and_then(|at| all.get(at)).and_then(|of| of.namespace.as_ref()));
        let first = nodes.next().flatten();
        let name = |node: Option<&Node>| node.and_then(Node::text).map(str::to_owned);
        if nodes.clone().all(|other| name(other) == name(first)) {
            if let Some(namespace) = first {
                put_into_namespace(&mut document.root, namespace);
            }
        } else if let Some(other) = nodes
            .chain([first])
            .flatten()
            .find(|other| other.text().is_some_and(|name| stands_elsewhere(&document.root, name)))
        {
            *moved.entry(other.span).or_default() |= !has_workloads_alone(&document.root);
        }
    }
    // A component changes what is gathered before it, too.
    let of_components = all.iter().filter(|of| of.is_component).filter_map(|of| of.namespace.as_ref());
    moved.extend(of_components.map(|namespace| (namespace.span, true)));
    for at in &found.without_objects {
        let Some(namespace) = all.get(*at).and_then(|of| of.namespace.as_ref()) else { continue };
        let is_elsewhere = |document: &Document| {
            let is_alone = !found.ways.contains_key(&document.root.span.source);
            is_alone && namespace.text().is_some_and(|name| may_stand_elsewhere(&document.root, name))
        };
        let mut elsewhere = documents.iter().filter(|document| is_elsewhere(document)).peekable();
        if elsewhere.peek().is_some() {
            *moved.entry(namespace.span).or_default() |= elsewhere.any(|of| !has_workloads_alone(&of.root));
        }
    }
    for (span, decides) in moved {
        let name = sources.text(span).trim_matches(['"', '\'']);
        let file = sources.get(span.source).map_or("", |source| &*source.name);
        if decides {
            doubts.push(format!("`namespace: {name}` of the kustomization `{file}` may be that of other objects"));
        }
        report.push(
            Diagnostic::new(
                &codes::KUSTOMIZATION_NOT_APPLIED,
                span,
                format!("it is not known which objects the kustomization puts into namespace `{name}`"),
            )
            .note(if decides {
                "results of requests are unknown: an object in another namespace is for other clients"
            } else {
                "its workloads are read where their files have them, and are not described in this namespace"
            })
            .help("build the whole with `kustomize build` or `kubectl kustomize`, and use the result"),
        );
    }
    for (_, of) in all.iter().enumerate().filter(|(at, _)| found.with_objects.contains(at)) {
        // These change which pods have a sidecar, and what it captures.
        let marks = of.others.iter().find(|(key, _)| matches!(*key, "commonAnnotations" | "commonLabels" | "labels"));
        let file = sources.get(of.source).map_or("", |source| &*source.name);
        doubts.extend(marks.map(|(key, _)| format!("`{key}` of the kustomization `{file}` is not applied")));
    }
    report.extend(not_applied(&all, &found));
    doubts
}

/// One line for all that is not applied.
fn not_applied(all: &[Kustomization], found: &Found) -> Option<Diagnostic> {
    let has_objects = |(at, _): &(usize, &Kustomization)| found.with_objects.contains(at);
    let mut changes = all.iter().enumerate().filter(has_objects).flat_map(|(_, of)| &of.others);
    let (key, span) = changes.next()?;
    let more = match changes.count() {
        0 => String::new(),
        more => format!(", and {more} more of such fields"),
    };
    Some(
        Diagnostic::new(
            &codes::KUSTOMIZATION_NOT_APPLIED,
            *span,
            format!("`{key}` of the kustomization changes objects, and is not applied{more}"),
        )
        .note("the objects are read as they stand in their files")
        .help("build the whole with `kustomize build` or `kubectl kustomize`, and use the result"),
    )
}

fn kustomization(document: &Document, sources: &SourceMap) -> Option<Kustomization> {
    let id = document.root.span.source;
    let (folder, file) = {
        let name = &sources.get(id)?.name;
        name.rsplit_once('/').unwrap_or(("", name))
    };
    is_kustomization(&document.root, file).then(|| Kustomization::of(&document.root, id, folder))
}

/// Which kustomization decides about a source.
#[derive(Default)]
struct Found {
    /// By source: the kustomizations whose namespace its objects get, one for each way that leads to it; `None` is their own.
    ways: BTreeMap<SourceId, BTreeSet<Option<usize>>>,
    /// Kustomizations with an object that is read.
    with_objects: BTreeSet<usize>,
    /// Kustomizations of which no object is given under the name that they have for it.
    without_objects: Vec<usize>,
}

impl Found {
    fn of(all: &[Kustomization], sources: &SourceMap, documents: &[Document]) -> Self {
        let read: BTreeSet<SourceId> = documents
            .iter()
            .filter(|document| stands_elsewhere(&document.root, ""))
            .map(|document| document.root.span.source)
            .collect();
        let by_name: BTreeMap<String, SourceId> =
            sources.iter().map(|(id, source)| (normal(&format!("/{}", source.name)), id)).collect();
        let by_folder: BTreeMap<&str, usize> =
            all.iter().enumerate().map(|(at, of)| (of.folder.as_str(), at)).collect();
        let children: Vec<Vec<usize>> = all
            .iter()
            .enumerate()
            .map(|(at, of)| {
                let folders = of.resources.iter().filter_map(|path| by_folder.get(path.as_str()));
                folders.copied().filter(|child| *child != at).collect()
            })
            .collect();
        let files: Vec<Vec<SourceId>> = all
            .iter()
            .map(|of| {
                let given = of.resources.iter().filter_map(|path| by_name.get(path));
                given.copied().filter(|source| *source != of.source).collect()
            })
            .collect();
        let inner: BTreeSet<usize> = children.iter().flatten().copied().collect();
        let mut found = Self::default();
        for (at, of) in all.iter().enumerate() {
            let is_empty = |lists: Option<bool>| lists.unwrap_or(true);
            if !of.resources.is_empty()
                && is_empty(files.get(at).map(Vec::is_empty))
                && is_empty(children.get(at).map(Vec::is_empty))
            {
                found.without_objects.push(at);
            }
        }
        // The namespace of the outermost kustomization is set last. From each one of them the way down. Two that differ are enough
        // to know that there is not one.
        let mut names: Vec<BTreeMap<Option<&str>, Option<usize>>> = vec![BTreeMap::new(); all.len()];
        let mut open: Vec<(usize, Option<usize>)> =
            (0..all.len()).filter(|at| !inner.contains(at)).map(|at| (at, None)).collect();
        while let Some((at, outer)) = open.pop() {
            let sets = || all.get(at).is_some_and(|of| of.namespace.is_some()).then_some(at);
            let namespace = outer.or_else(sets);
            let of = namespace.and_then(|namespace| all.get(namespace)).and_then(|of| of.namespace.as_ref());
            let Some(known) = names.get_mut(at).filter(|known| known.len() < 2) else { continue };
            if known.insert(of.and_then(Node::text), namespace).is_some() {
                continue;
            }
            for source in files.get(at).into_iter().flatten() {
                found.ways.entry(*source).or_default().insert(namespace);
            }
            open.extend(children.get(at).into_iter().flatten().map(|child| (*child, namespace)));
        }
        // From the kustomizations with objects that are read to those that list them.
        let mut parents: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
        for (at, below) in children.iter().enumerate() {
            for child in below {
                parents.get_mut(*child).into_iter().for_each(|of| of.push(at));
            }
        }
        let has_any = |at: &usize| files.get(*at).into_iter().flatten().any(|source| read.contains(source));
        let mut open: Vec<usize> = (0..all.len()).filter(has_any).collect();
        while let Some(at) = open.pop() {
            if found.with_objects.insert(at) {
                open.extend(parents.get(at).into_iter().flatten());
            }
        }
        found
    }
}
