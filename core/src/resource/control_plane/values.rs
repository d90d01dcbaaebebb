//! The values of istiod's chart: in a file of values, in an `IstioOperator`, in Sail's `Istio`, and in the injector's own
//! `ConfigMap`.

use super::super::read::{is_true, word};
use super::super::{CaptureSettings, Setting};
use super::injector::{InjectionPolicy, InjectorSettings};
use crate::source::Spanned;
use crate::syntax::Node;

/// What the injector takes from values where a pod says nothing else (`injection-template.yaml` of the chart).
pub(super) fn capture(values: &Node) -> CaptureSettings {
    let proxy = values.given("global").and_then(|global| global.given("proxy"));
    let said = |key: &str| {
        let value = proxy.and_then(|proxy| word(proxy, key))?;
        Some(Setting::new(&format!("global.proxy.{key}"), value, "the injector's values"))
    };
    CaptureSettings {
        interception_mode: None,
        include_ranges: said("includeIPRanges"),
        // An empty text excludes nothing, and is the chart's default.
        exclude_ranges: said("excludeIPRanges").filter(|text| !text.value.is_empty()),
        include_ports: said("includeOutboundPorts").filter(|text| !text.value.is_empty()),
        exclude_ports: said("excludeOutboundPorts").filter(|text| !text.value.is_empty()),
        not_followed: Vec::new(),
    }
}

/// Which pods the injector injects.
pub(super) fn injector(values: &Node) -> InjectorSettings {
    let webhook = values.given("sidecarInjectorWebhook");
    let proxy = values.given("global").and_then(|global| global.given("proxy"));
    InjectorSettings {
        policy: proxy.and_then(|proxy| word(proxy, "autoInject")).map(|word| InjectionPolicy::of_word(&word)),
        by_default: webhook
            .and_then(|webhook| is_true(webhook, "enableNamespacesByDefault"))
            .filter(|fact| fact.value)
            .map(|fact| fact.span),
        not_followed: ["alwaysInjectSelector", "neverInjectSelector", "templates", "defaultTemplates"]
            .into_iter()
            .filter_map(|key| Some((key, webhook?.given(key)?)))
            .filter(|(_, value)| !value.items().is_empty() || !value.entries().is_empty())
            .map(|(key, value)| Spanned::new(format!("sidecarInjectorWebhook.{key}"), value.span))
            .chain(switches(values))
            .collect(),
    }
}

/// Switches of istiod that change which addresses and services proxies get (`pilot/pkg/features`).
fn switches(values: &Node) -> impl Iterator<Item = Spanned<String>> {
    let switches = ["PILOT_ENABLE_IP_AUTOALLOCATE", "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE"];
    let variables = values.given("pilot").and_then(|pilot| pilot.given("env")).or_else(|| values.given("env"));
    let said = switches.into_iter().filter_map(move |name| Some((name, is_true(variables?, name)?)));
    // Both are on by default.
    said.filter(|(_, fact)| !fact.value).map(|(name, fact)| Spanned::new(format!("pilot.env.{name}"), fact.span))
}

/// The revision that values name.
pub(super) fn revision(values: &Node) -> Option<String> {
    word(values, "revision").map(|revision| revision.value).filter(|revision| !revision.is_empty())
}

/// Whether a document without a kind is a file of values of istiod's chart, or of a chart around it.
pub(super) fn of_istiod(root: &Node) -> Option<&Node> {
    let is_one = |node: &&Node| {
        node.given("meshConfig").is_some_and(|mesh| !mesh.entries().is_empty())
            || node.given("sidecarInjectorWebhook").is_some_and(|webhook| !webhook.entries().is_empty())
            || node.given("global").and_then(|global| global.given("proxy")).is_some()
    };
    if root.get("kind").is_some() || root.get("apiVersion").is_some() {
        return None;
    }
    [Some(root), root.given("istiod"), root.given("defaults"), root.given("_internal_defaults_do_not_set")]
        .into_iter()
        .flatten()
        .find(is_one)
}
