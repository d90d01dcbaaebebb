//! The injector's own configuration, and selectors of pods in it or in values.

use egressc_core::api::Verdict::{Allowed, Blocked, Unknown};

use super::data_plane::{REGISTRY_ONLY, asked, verdict};

const FREE: &str = "https://free.example.org";
const INJECTED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";

fn pods(kind: &str, labels: &str) -> String {
    let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    format!(
        "{{apiVersion: {version}, kind: {kind}, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: c}}]}}}}}}}}"
    )
}

/// The injector's `ConfigMap`, which has both.
fn config_map(config: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio-sidecar-injector, namespace: istio-system}}, data: {{config: '{config}', values: '{{global: {{proxy: {{autoInject: enabled}}}}}}'}}}}"
    )
}

fn values(webhook: &str) -> String {
    format!("{{meshConfig: {{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}}}, sidecarInjectorWebhook: {{{webhook}}}}}")
}

#[test]
fn the_configuration_of_the_injector_counts_and_not_its_values() {
    let rows = [
        ("policy: enabled", "app: cart", Blocked),
        ("policy: disabled", "app: cart", Allowed),
        ("policy: disabled", "app: cart, sidecar.istio.io/inject: \"true\"", Blocked),
        // Without a policy it injects nothing.
        ("{}", "app: cart", Allowed),
        ("policy: off", "app: cart", Allowed),
        ("{policy: enabled, neverInjectSelector: [{matchLabels: {app: cart}}]}", "app: cart", Allowed),
        ("{policy: enabled, neverInjectSelector: [{matchLabels: {app: web}}]}", "app: cart", Blocked),
        (
            "{policy: enabled, neverInjectSelector: [{matchExpressions: [{key: app, operator: Exists}]}]}",
            "app: cart",
            Allowed,
        ),
        // Nothing is selected by no condition, or by one that it does not understand.
        ("{policy: enabled, neverInjectSelector: [{}]}", "app: cart", Blocked),
        (
            "{policy: enabled, neverInjectSelector: [{matchExpressions: [{key: app, operator: Is}]}]}",
            "app: cart",
            Blocked,
        ),
        // Who asks is not selected.
        (
            "{policy: enabled, neverInjectSelector: [{matchLabels: {app: cart}}]}",
            "app: cart, sidecar.istio.io/inject: \"true\"",
            Blocked,
        ),
        ("{policy: disabled, alwaysInjectSelector: [{matchLabels: {app: cart}}]}", "app: cart", Blocked),
        (
            "{policy: disabled, alwaysInjectSelector: [{matchLabels: {app: cart}}], neverInjectSelector: [{matchLabels: {app: cart}}]}",
            "app: cart",
            Allowed,
        ),
        ("{policy: enabled, defaultTemplates: [sidecar], templates: {sidecar: x, custom: y}}", "app: cart", Blocked),
        ("{policy: enabled, defaultTemplates: [sidecar, custom]}", "app: cart", Unknown),
        ("{policy: enabled, aliases: {sidecar: [custom]}}", "app: cart", Unknown),
        ("{", "app: cart", Unknown),
    ];
    for (config, labels, expected) in rows {
        let documents = [REGISTRY_ONLY, INJECTED, &config_map(config), &pods("Deployment", labels)];
        assert_eq!(asked(&documents, FREE), expected, "{config} | {labels}");
    }
}

#[test]
fn selectors_of_pods_are_read_in_values_too() {
    let rows = [
        ("neverInjectSelector: [{matchLabels: {app: cart}}]", Allowed),
        ("neverInjectSelector: [{matchLabels: {app: web}}]", Blocked),
        ("templates: {custom: x}", Blocked),
        ("templates: {sidecar: x}", Unknown),
        ("defaultTemplates: [custom]", Unknown),
    ];
    for (webhook, expected) in rows {
        let documents = [&values(webhook), INJECTED, &pods("Deployment", "app: cart")];
        assert_eq!(asked(&documents, FREE), expected, "{webhook}");
    }
}

#[test]
fn the_injector_sees_labels_of_controllers() {
    let by = |key: &str| format!("neverInjectSelector: [{{matchExpressions: [{{key: {key}, operator: Exists}}]}}]");
    let rows = [
        ("Job", "job-name", Allowed),
        ("Deployment", "job-name", Blocked),
        ("Deployment", "pod-template-hash", Unknown),
        // What it adds itself is not there yet.
        ("Deployment", "security.istio.io/tlsMode", Blocked),
    ];
    for (kind, key, expected) in rows {
        let documents = [&values(&by(key)), INJECTED, &pods(kind, "app: cart")];
        assert_eq!(asked(&documents, FREE), expected, "{kind} | {key}");
    }
    let (_, why) = verdict(
        &[&values(&by("pod-template-hash")), INJECTED, &pods("Deployment", "app: cart")],
        &format!("shop,app=cart -> {FREE}"),
    );
    assert_eq!(why, ["`neverInjectSelector` of the injector may change what the client's sidecar captures"]);
}
