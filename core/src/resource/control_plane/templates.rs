//! Somebody's own templates of the injector (`sidecarInjectorWebhook.templates`): the pods that name them get what they say
//! beside the chart's (`RunTemplate` of `pkg/kube/inject/webhook.go`).

use super::super::OwnTemplate;
use crate::syntax::{Node, standing_alone};

/// The templates of istiod's chart (`istiod-injector-configmap.yaml`). Others in their place may make anything of any pod.
pub(super) const OF_CHART: [&str; 7] =
    ["sidecar", "gateway", "grpc-simple", "grpc-agent", "waypoint", "kube-gateway", "agentgateway"];

/// What changes nothing of what a pod sends: of the pod, and of the container `istio-proxy`.
const HARMLESS_OF_POD: [&str; 3] = ["containers", "volumes", "imagePullSecrets"];
const HARMLESS_OF_PROXY: [&str; 4] = ["name", "volumeMounts", "resources", "imagePullPolicy"];

/// Those of some values, but for the chart's.
pub(super) fn own(webhook: &Node) -> Vec<OwnTemplate> {
    let all = webhook.given("templates").map(Node::entries).unwrap_or_default();
    let own = all.iter().filter(|entry| !OF_CHART.contains(&&*entry.key));
    own.map(|entry| OwnTemplate {
        name: entry.key.to_string(),
        is_harmless: entry.value.text().is_some_and(is_harmless),
    })
    .collect()
}

/// What a template with actions makes of a pod depends on the pod.
fn is_harmless(template: &str) -> bool {
    if template.contains("{{") {
        return false;
    }
    let Some(pod) = standing_alone(template) else { return template.trim().is_empty() };
    let has_only = |node: &Node, keys: &[&str]| node.entries().iter().all(|entry| keys.contains(&&*entry.key));
    let is_of_proxy = |container: &Node| {
        container.get("name").and_then(Node::text) == Some("istio-proxy") && has_only(container, &HARMLESS_OF_PROXY)
    };
    let is_pod = !pod.entries().is_empty() && has_only(&pod, &["spec"]);
    let spec = pod.get("spec").filter(|spec| !spec.entries().is_empty() && has_only(spec, &HARMLESS_OF_POD));
    is_pod && spec.is_some_and(|spec| spec.get("containers").is_none_or(|all| all.items().iter().all(is_of_proxy)))
}
