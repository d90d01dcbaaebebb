//! Files that a kustomization names as patches: each is a part of an object, and would stand for the whole of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, codes};
use crate::source::{SourceId, SourceMap};
use crate::syntax::{Document, Node};

/// What the files are called in which kustomize looks for a kustomization
/// (`RecognizedKustomizationFileNames` of `api/konfig/general.go` of kustomize).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The sources that a kustomization among the documents names as patches, and that none names as a resource. One with a kind of
/// egressc is not left out, so that no policy is missed.
pub(super) fn patches(documents: &[Document], sources: &SourceMap) -> BTreeSet<SourceId> {
    let (mut named, mut resources) = (BTreeSet::new(), BTreeSet::new());
    for document in documents {
        let Some(source) = sources.get(document.root.span.source) else { continue };
        let (folder, file) = source.name.rsplit_once('/').unwrap_or(("", &source.name));
        if !is_kustomization(&document.root, file) {
            continue;
        }
        let full = |path: &str| normal(&format!("{folder}/{path}"));
        named.extend(patches_of(&document.root).map(full));
        let listed = document.root.given("resources").map(Node::items).unwrap_or_default();
        resources.extend(listed.iter().filter_map(Node::text).map(full));
    }
    if named.is_empty() {
        return BTreeSet::new();
    }
    let by_name: BTreeMap<String, SourceId> =
        sources.iter().map(|(id, source)| (normal(&format!("/{}", source.name)), id)).collect();
    let is_whole = |id: &SourceId| {
        let text = sources.get(*id).map_or("", |source| &*source.text);
        text.contains("ASMEgressTrafficPolicy") || text.contains("egressc.dev")
    };
    named.difference(&resources).filter_map(|name| by_name.get(name)).copied().filter(|id| !is_whole(id)).collect()
}

/// Patches that change objects of Istio, its mesh config or its installation, in words: without them nobody knows what these are.
/// Those of workloads and of other objects are common, and seldom change a result.
pub(super) fn doubts(documents: &[Document], patches: &BTreeSet<SourceId>, sources: &SourceMap) -> Vec<String> {
    let name = |id: SourceId| sources.get(id).map_or("", |source| &*source.name);
    let mut doubts = BTreeSet::new();
    for document in documents {
        let (root, id) = (&document.root, document.root.span.source);
        let file = name(id).rsplit_once('/').map_or(name(id), |(_, file)| file);
        let text = |node: &Node, key: &str| node.given(key).and_then(Node::text).unwrap_or_default().to_owned();
        if patches.contains(&id) {
            let named = root.given("metadata").map(|metadata| text(metadata, "name")).unwrap_or_default();
            if is_of_istio(&text(root, "kind"), &named) {
                doubts.insert(format!("`{}` is a patch of kustomize that is not applied", name(id)));
            }
        } else if is_kustomization(root, file) {
            let items = |key: &str| root.given(key).map(Node::items).unwrap_or_default();
            let changes = |patch: &Node| {
                let target = patch.given("target");
                target.is_some_and(|target| may_be_of_istio(&text(target, "kind"), &text(target, "name")))
                    || is_for_istio(&text(patch, "patch"))
            };
            let is_inline = |patch: &Node| is_for_istio(patch.text().unwrap_or_default());
            // It merges a map into the one of istiod, or makes another one of the same name.
            let is_map = |map: &Node| is_of_istio("ConfigMap", &text(map, "name"));
            if items("patches").iter().chain(items("patchesJson6902")).any(changes)
                || items("patchesStrategicMerge").iter().any(is_inline)
                || items("configMapGenerator").iter().any(is_map)
            {
                doubts.insert(format!("a patch in the kustomization `{}` is not applied", name(id)));
            }
        }
    }
    doubts.into_iter().collect()
}

/// Whether an object is one of Istio's, or what istiod is configured with. Without a name it may be any.
fn is_of_istio(kind: &str, name: &str) -> bool {
    crate::resource::is_kind_of_istio(kind) || kind == "ConfigMap" && (name == "istio" || name.starts_with("istio-"))
}

/// The same of a target, whose words are regular expressions; without a kind it is of any.
fn may_be_of_istio(kind: &str, name: &str) -> bool {
    let is_plain = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    kind.is_empty() || !is_plain(kind) || is_of_istio(kind, name) || kind == "ConfigMap" && !is_plain(name)
}

/// Whether a patch that stands in the kustomization is for an object of Istio: the words of its text tell, in every form of YAML.
fn is_for_istio(patch: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '/');
    let words: BTreeSet<&str> = patch.split(|letter| !is_part(letter)).collect();
    let is_map = words.contains("ConfigMap");
    words.contains("kind") && words.iter().any(|word| is_of_istio(word, "") || is_map && is_of_istio("ConfigMap", word))
}

/// One line for all of them.
pub(super) fn left_out(patches: &BTreeSet<SourceId>, sources: &SourceMap) -> Option<Diagnostic> {
    let names: Vec<&str> = patches.iter().filter_map(|id| sources.get(*id)).map(|source| &*source.name).collect();
    let (first, more) = names.split_first()?;
    let message = match more.len() {
        0 => format!("`{first}` is a patch of kustomize, and is left out"),
        more => format!("`{first}` and {more} more are patches of kustomize, and are left out"),
    };
    Some(
        Diagnostic::nowhere(&codes::PATCH_SKIPPED, message)
            .note("the objects are read without what the patches change")
            .help("build the whole with `kustomize build` or `kubectl kustomize`, and use the result"),
    )
}

/// Whether a document is one of kustomize, by its kind or by the name of its file.
pub(super) fn is_kustomization(root: &Node, file: &str) -> bool {
    let text = |key: &str| root.given(key).and_then(Node::text);
    match text("apiVersion") {
        Some(version) => {
            version.starts_with("kustomize.config.k8s.io/")
                && matches!(text("kind"), None | Some("Kustomization" | "Component"))
        }
        None => NAMES.contains(&file) && matches!(text("kind"), None | Some("Kustomization" | "Component")),
    }
}

/// Whether kustomize reads a file as a kustomization, whatever its head says.
pub(super) fn is_kustomization_file(path: &str) -> bool {
    NAMES.contains(&path.rsplit_once('/').map_or(path, |(_, file)| file))
}

/// The paths of patches. A patch that stands in the kustomization itself has line breaks or braces, and is no path.
fn patches_of(root: &Node) -> impl Iterator<Item = &str> {
    let items = |key: &str| root.given(key).map(Node::items).unwrap_or_default().iter();
    let strategic = items("patchesStrategicMerge").filter_map(Node::text);
    let others = items("patches").chain(items("patchesJson6902"));
    strategic.chain(others.filter_map(|patch| patch.given("path").and_then(Node::text)))
}

/// A path without what does not change it.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
