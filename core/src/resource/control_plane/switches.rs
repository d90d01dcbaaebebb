//! Switches of istiod that change which objects, addresses and routes proxies get, and that are not followed
//! (`pilot/pkg/features`).

use super::super::Labels;
use super::super::read::{is_true, word};
use crate::source::Spanned;
use crate::syntax::{Node, NodeKind};

/// On by default.
const ON: [&str; 7] = [
    "PILOT_ENABLE_IP_AUTOALLOCATE",
    "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE",
    "PILOT_ENABLE_GATEWAY_API",
    "PILOT_ENABLE_SERVICEENTRY_SELECT_PODS",
    "PILOT_UNIFIED_SIDECAR_SCOPE",
    "PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES",
    "ENABLE_ENHANCED_DESTINATIONRULE_MERGE",
];
/// Off by default.
const OFF: [&str; 4] = [
    "PILOT_SCOPE_GATEWAY_TO_NAMESPACE",
    "PILOT_HTTP10",
    "ENABLE_WILDCARD_HOST_SERVICE_ENTRIES_FOR_TLS",
    "ENABLE_MCS_HOST",
];
/// Empty by default. `SHARED_MESH_CONFIG` names a `ConfigMap` whose settings hold where the mesh config says nothing
/// (`pilot/pkg/bootstrap/mesh.go`).
const EMPTY: [&str; 3] = ["SHARED_MESH_CONFIG", "ISTIO_WATCH_NAMESPACE", "PILOT_IGNORE_RESOURCES"];

/// The label and the container of istiod's own pods (`deployment.yaml` of the chart).
const ISTIOD: &str = "istiod";
const DISCOVERY: &str = "discovery";

/// In values: `pilot.env`, or `env` of istiod's chart, and what a `compatibilityVersion` puts there.
pub(super) fn of_values(values: &Node) -> impl Iterator<Item = Spanned<String>> {
    let variables = values.given("pilot").and_then(|pilot| pilot.given("env")).or_else(|| values.given("env"));
    let keys = variables.map(Node::entries).unwrap_or_default().iter();
    let said = keys.filter(move |entry| variables.is_some_and(|variables| changes(&entry.key, variables, &entry.key)));
    let said = said.map(|entry| Spanned::new(format!("pilot.env.{}", entry.key), entry.value.span));
    said.chain(compatibility(values))
}

/// Every profile of an older version switches something of these off
/// (`files/profile-compatibility-version-*.yaml` of the chart).
pub(super) fn compatibility(holder: &Node) -> Option<Spanned<String>> {
    let version = word(holder, "compatibilityVersion").filter(|version| !version.is_empty())?;
    Some(version.map(|version| format!("compatibilityVersion: {version}")))
}

/// In an `IstioOperator`: `components.pilot.k8s.env`.
pub(super) fn of_component(pilot: &Node) -> impl Iterator<Item = Spanned<String>> {
    of_variables(pilot.given("k8s").and_then(|settings| settings.given("env")))
}

/// In the pods that run istiod; `None` for other pods.
pub(in crate::resource) fn of_pod(labels: &Labels, spec: &Node) -> Option<Vec<Spanned<String>>> {
    if labels.get("app").map(String::as_str) != Some(ISTIOD) {
        return None;
    }
    let containers = spec.given("containers").map(Node::items).unwrap_or_default().iter();
    let mut istiod = containers.filter(|each| each.given("name").and_then(Node::text) == Some(DISCOVERY));
    Some(of_variables(istiod.next()?.given("env")).collect())
}

/// A list of variables as Kubernetes has it.
fn of_variables(variables: Option<&Node>) -> impl Iterator<Item = Spanned<String>> {
    let variables = variables.map(Node::items).unwrap_or_default().iter();
    variables.filter_map(|variable| {
        let name = word(variable, "name")?;
        changes(&name, variable, "value").then_some(name)
    })
}

/// Whether a patch of istiod's Deployment has the name of one of them anywhere, or the arguments of a container. Calls itself once
/// for each level, of which there are few.
pub(super) fn are_named_in(patch: &Node) -> bool {
    let is_name = |text: &str| {
        let mut names = ON.iter().chain(&OFF).chain(&EMPTY);
        names.any(|name| text.contains(name)) || text.contains(".args")
    };
    match &patch.kind {
        NodeKind::Text(text) => is_name(text),
        NodeKind::List(items) => items.iter().any(are_named_in),
        NodeKind::Map(entries) => entries.iter().any(|entry| &*entry.key == "args" || are_named_in(&entry.value)),
        _ => false,
    }
}

/// Whether the value of a variable is another than istiod's default.
fn changes(name: &str, holder: &Node, key: &str) -> bool {
    let fact = || is_true(holder, key).map(|fact| fact.value);
    ON.contains(&name) && fact() == Some(false)
        || OFF.contains(&name) && fact() == Some(true)
        // The value may stand elsewhere (`valueFrom`).
        || EMPTY.contains(&name) && word(holder, key).is_none_or(|value| !value.is_empty())
}
