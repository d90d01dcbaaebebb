//! What a pod changes of the containers that the injector writes for it: in an annotation, or in containers of its own with the
//! same names (`reapplyOverwrittenContainers` of `pkg/kube/inject/webhook.go`).
//!
//! Whether such a container is injected depends on istio-cni (`istio-init` or `istio-validation`) and on native sidecars (a list of
//! init containers or the other one), of which a pod says nothing. So what may change the traffic is not followed.

use super::pod_parts::{Parts, is_proxy, is_redirecting, said};
use super::proxy_ids::{PROXY_ID, RUN_AS};
use super::proxy_variables;
use crate::diagnostic::Report;
use crate::source::{SourceMap, Spanned};
use crate::syntax::{Entry, Node, NodeKind, embedded};

/// The annotation.
const OVERRIDES: &str = "proxy.istio.io/overrides";
/// The lists of containers in it.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// What may change what is captured, or what the proxy does.
pub(super) fn not_followed(parts: Parts<'_>, sources: &SourceMap) -> Vec<Spanned<String>> {
    let mut found: Vec<_> =
        parts.annotation(OVERRIDES).and_then(|entry| of_annotation(entry, sources)).into_iter().collect();
    let own = parts.injected_containers();
    found.extend(own.flat_map(|container| fields(container).filter_map(|field| of_container(container, field))));
    found
}

/// Istio reads it as JSON, in which Go tells capitals of keys not apart, and refuses the pod where it cannot.
fn of_annotation(entry: &Entry, sources: &SourceMap) -> Option<Spanned<String>> {
    let mut problems = Report::default();
    let read = embedded(entry, sources, &mut problems).filter(|_| !problems.has_errors());
    let Some(read) = read.filter(|read| matches!(read.kind, NodeKind::Map(_))) else {
        return Some(said(entry, OVERRIDES));
    };
    let lists = read.entries().iter().filter(|list| LISTS.iter().any(|name| list.key.eq_ignore_ascii_case(name)));
    let mut containers = lists.flat_map(|list| list.value.items());
    let changes = |container: &Node| {
        let container = &with_usual_keys(container);
        (is_proxy(container) || is_redirecting(container))
            && fields(container).any(|field| {
                // The list in which the proxy stands decides whether the annotation is for it.
                let sets_dns =
                    field.key.as_ref() == "env" && is_proxy(container) && proxy_variables::names_dns(container);
                sets_dns || of_container(container, field).is_some()
            })
    };
    containers.any(changes).then(|| said(entry, OVERRIDES))
}

/// A container with its keys as Kubernetes writes them.
fn with_usual_keys(container: &Node) -> Node {
    const KEYS: [&str; 6] = ["name", "args", "command", "env", "envFrom", "securityContext"];
    let mut usual = container.clone();
    if let NodeKind::Map(entries) = &mut usual.kind {
        for entry in entries {
            if let Some(key) = KEYS.iter().find(|key| entry.key.eq_ignore_ascii_case(key)) {
                entry.key = (*key).into();
            }
        }
    }
    usual
}

fn fields(container: &Node) -> impl Iterator<Item = &Entry> {
    container.entries().iter().filter(|entry| entry.value.kind != NodeKind::Null)
}

/// What a field of an injected container may change.
fn of_container(container: &Node, field: &Entry) -> Option<Spanned<String>> {
    let name = container.given("name").and_then(Node::text).unwrap_or_default();
    let here = || Some(Spanned::new(format!("`{}` of container `{name}` of the pod", field.key), field.key_span));
    match &*field.key {
        // They are nearly what injection writes.
        "args" if is_proxy(container) && is_usual(&field.value) => None,
        "args" | "command" | "envFrom" if !field.value.items().is_empty() => here(),
        "env" => proxy_variables::of_override(container).next(),
        // What the proxy sends is told from what the application sends by the proxy's user and group.
        "securityContext" if is_proxy(container) => {
            let ids = RUN_AS.iter().filter_map(|key| field.value.given(key));
            let mut others = ids.filter(|id| id.kind != NodeKind::Integer(PROXY_ID));
            others.next().and_then(|_| here())
        }
        _ => None,
    }
}

/// Whether the arguments start the proxy as a sidecar, with the files that it usually reads.
fn is_usual(args: &Node) -> bool {
    let has = |is_one: &dyn Fn(&str) -> bool| args.items().iter().filter_map(Node::text).any(is_one);
    has(&|arg| arg == "sidecar") && !has(&|arg| arg.starts_with("--templateFile") || arg.starts_with("--meshConfig"))
}
