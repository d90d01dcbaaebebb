//! An `IstioOperator`: values that istioctl does not check, and overlays over what it renders
//! (`operator/pkg/render/manifest.go` and `postprocess.go`).

use egressc_core::api::Verdict::{Allowed, Blocked, Unknown};

use super::data_plane::{asked, bare, namespace};
use crate::ask::{checked, texts, words};

const FREE: &str = "https://free.example.org";

fn operator(spec: &str) -> String {
    format!(
        "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {{name: i}}, spec: {{meshConfig: {{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}}}, {spec}}}}}"
    )
}

#[test]
fn unvalidated_values_win() {
    let auto = "sidecarInjectorWebhook: {enableNamespacesByDefault: true}";
    let rows = [
        ("profile: default".to_owned(), "a: b", Allowed),
        (format!("unvalidatedValues: {{{auto}}}"), "a: b", Blocked),
        (
            format!(
                "unvalidatedValues: {{{auto}}}, values: {{sidecarInjectorWebhook: {{enableNamespacesByDefault: false}}}}"
            ),
            "a: b",
            Blocked,
        ),
        (
            "unvalidatedValues: {global: {proxy: {excludeOutboundPorts: '443'}}}".to_owned(),
            "istio-injection: enabled",
            Allowed,
        ),
        (
            "unvalidatedValues: {meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}}".to_owned(),
            "istio-injection: enabled",
            Allowed,
        ),
        ("unvalidatedValues: {other: true}".to_owned(), "istio-injection: enabled", Blocked),
    ];
    for (spec, of_namespace, expected) in rows {
        let documents: [&str; 3] = [&operator(&spec), &namespace(of_namespace), &bare("x: y", "")];
        assert_eq!(asked(&documents, FREE), expected, "{spec}");
    }
}

#[test]
fn overlays_are_not_followed_where_they_change_what_istiod_reads() {
    let overlay = |component: &str, kind: &str, name: &str, patch: &str| {
        let settings = format!("k8s: {{overlays: [{{kind: {kind}, name: {name}, patches: [{{{patch}}}]}}]}}");
        let settings = if component.ends_with("Gateways") {
            format!("[{{name: g, {settings}}}]")
        } else {
            format!("{{{settings}}}")
        };
        operator(&format!("components: {{{component}: {settings}}}"))
    };
    let mesh = "path: data.mesh, value: 'outboundTrafficPolicy: {mode: ALLOW_ANY}'";
    let rows = [
        ("pilot", "ConfigMap", "istio", mesh, Unknown),
        ("pilot", "ConfigMap", "istio-sidecar-injector", "path: data.values, value: '{}'", Unknown),
        ("egressGateways", "ConfigMap", "istio", mesh, Unknown),
        ("pilot", "MutatingWebhookConfiguration", "istio-sidecar-injector", "path: webhooks, value: []", Unknown),
        (
            "pilot",
            "Deployment",
            "istiod",
            "path: 'spec.template.spec.containers.[name:discovery].env[-1]', value: {name: PILOT_HTTP10, value: '1'}",
            Unknown,
        ),
        (
            "pilot",
            "Deployment",
            "istiod",
            "path: 'spec.template.spec.containers.[name:discovery].args[-1]', value: x",
            Unknown,
        ),
        ("pilot", "Deployment", "istiod", "path: spec.template.spec.hostNetwork, value: true", Blocked),
        ("pilot", "ConfigMap", "other", mesh, Blocked),
        ("egressGateways", "Service", "istio-egressgateway", "path: spec.type, value: ClusterIP", Blocked),
    ];
    for (component, kind, name, patch, expected) in rows {
        let documents =
            [&overlay(component, kind, name, patch), &namespace("istio-injection: enabled"), &bare("x: y", "")];
        assert_eq!(asked(&documents.map(String::as_str), FREE), expected, "{component} {kind} {name} {patch}");
    }
    // What istiod reads itself has what they changed.
    let given = super::data_plane::REGISTRY_ONLY;
    let documents = [
        &overlay("pilot", "ConfigMap", "istio", mesh),
        given,
        &namespace("istio-injection: enabled"),
        &bare("x: y", ""),
    ];
    assert_eq!(asked(&documents, FREE), Blocked);
}

#[test]
fn an_overlay_over_the_mesh_config_makes_results_unknown_where_policies_are_compiled() {
    let policy = policy!(
        "egressgateway-a",
        "  - from: [{namespace: shop, workloadSelector: {app: cart}}]
    to: [{hosts: [www.httpbin.org], port: {number: 80, protocol: HTTP}}]
"
    );
    let overlaid = operator(
        "components: {pilot: {k8s: {overlays: [{kind: ConfigMap, name: istio, patches: [{path: data.mesh, value: 'outboundTrafficPolicy: {mode: ALLOW_ANY}'}]}]}}}",
    );
    let said = |documents: &[&str]| -> Vec<String> {
        let all = checked(texts(documents)).diagnostics;
        all.iter().filter(|each| each.code == "EGR0314").map(words).collect()
    };
    assert_eq!(asked(&[policy, &overlaid], FREE), Unknown);
    let found = said(&[policy, &overlaid]);
    assert!(found.len() == 1 && found[0].contains("kubectl get configmap istio"), "{found:?}");
    // What istiod reads itself has what the overlay changed.
    let given = super::data_plane::REGISTRY_ONLY;
    assert_eq!(asked(&[policy, &overlaid, given], FREE), Blocked);
    assert!(said(&[policy, &overlaid, given]).is_empty());
}
