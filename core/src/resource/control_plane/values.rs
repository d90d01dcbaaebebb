//! The values of istiod's chart: in a file of values, in an `IstioOperator`, in Sail's `Istio`, and in the injector's own
//! `ConfigMap`.

use super::super::read::{is_true, word};
use super::super::{CaptureSettings, Setting};
use super::injector::{InjectionPolicy, InjectorSettings};
use super::templates;
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
        mode_may_be_overlooked: false,
        include_ranges: said("includeIPRanges"),
        // An empty text excludes nothing, and is the chart's default.
        exclude_ranges: said("excludeIPRanges").filter(|text| !text.value.is_empty()),
        include_ports: said("includeOutboundPorts").filter(|text| !text.value.is_empty()),
        exclude_ports: said("excludeOutboundPorts").filter(|text| !text.value.is_empty()),
        not_followed: Vec::new(),
        pod_templates: None,
        own_templates: values.given("sidecarInjectorWebhook").map(templates::own).unwrap_or_default(),
    }
}

/// Which pods the injector injects.
pub(super) fn injector(values: &Node) -> InjectorSettings {
    let webhook = values.given("sidecarInjectorWebhook");
    let proxy = values.given("global").and_then(|global| global.given("proxy"));
    let mut settings = InjectorSettings {
        policy: proxy.and_then(|proxy| word(proxy, "autoInject")).map(|word| InjectionPolicy::of_word(&word)),
        by_default: webhook
            .and_then(|webhook| is_true(webhook, "enableNamespacesByDefault"))
            .filter(|fact| fact.value)
            .map(|fact| fact.span),
        ..InjectorSettings::default()
    };
    if let Some(webhook) = webhook {
        settings.of_webhook(webhook);
    }
    settings
}

/// The revision that values name.
pub(super) fn revision(values: &Node) -> Option<String> {
    word(values, "revision").map(|revision| revision.value).filter(|revision| !revision.is_empty())
}

/// The version of Istio: Sail's `version`, or the tag of the images (`1.24.3-distroless`).
pub(super) fn version(holder: &Node) -> Option<String> {
    let global = holder.given("global");
    let written = word(holder, "version").or_else(|| word(holder, "tag"));
    let written = written.or_else(|| global.and_then(|global| word(global, "tag")))?.value;
    let mut parts = written.strip_prefix('v').unwrap_or(&written).split(['.', '-']);
    let (major, minor) = (parts.next()?, parts.next()?);
    let is_number = |part: &str| part.parse::<u16>().is_ok();
    (is_number(major) && is_number(minor)).then(|| format!("{major}.{minor}"))
}

/// The tags that values set.
pub(super) fn tags(values: &Node) -> Vec<String> {
    let tags = values.given("revisionTags").map(Node::items).unwrap_or_default();
    tags.iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// The values of istiod's chart in a document without a kind: itself, or those below the key `istiod` of a chart around it. What
/// tells of istiod for certain is found before what other charts have too.
pub(super) fn of_istiod(root: &Node) -> Option<&Node> {
    if root.get("kind").is_some() || root.get("apiVersion").is_some() {
        return None;
    }
    let keys = ["istiod", "defaults", "_internal_defaults_do_not_set"];
    let places = || [Some(root)].into_iter().chain(keys.map(|key| root.given(key))).flatten();
    let has_proxy = |node: &&Node| node.given("global").and_then(|global| global.given("proxy")).is_some();
    places().find(|node| installs(node)).or_else(|| places().find(has_proxy))
}

/// Whether values are of istiod's chart for certain.
pub(super) fn installs(values: &Node) -> bool {
    let has = |key: &str| values.given(key).is_some_and(|value| !value.entries().is_empty());
    has("meshConfig") || has("sidecarInjectorWebhook")
}
