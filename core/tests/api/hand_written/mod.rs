//! Traps in objects that people wrote by hand, without any policy: each is reported, and its mended neighbour is not.

use crate::ask::{checked, texts, words};
use egressc_core::api::Severity;

mod admission;
mod example;
mod fields;
mod fixed;
mod gateways;
mod hosts;
mod outside_endpoints;
mod posture;
mod quiet;
mod routes;
mod selectors;
mod services;
mod tls;

/// Sidecars block what no ServiceEntry declares.
pub(crate) const CLOSED: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: prod}
spec: {outboundTrafficPolicy: REGISTRY_ONLY}
";

/// The same with an egress gateway.
pub(crate) const WITH_GATEWAY: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: prod}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: egressgateway
    namespace: istio-system
    podLabels: {istio: egressgateway}
    ports: [{port: 80, targetPort: 8080, class: http}, {port: 443, targetPort: 8443, class: tls}]
";

/// An object of `networking.istio.io` in namespace `shop`.
pub(crate) fn object(kind: &str, name: &str, spec: &str) -> String {
    object_in("shop", kind, name, spec)
}

pub(crate) fn object_in(namespace: &str, kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

/// A ServiceEntry for its own namespace, with resolution DNS.
pub(crate) fn entry(host: &str, port: &str) -> String {
    let name = host.replace('.', "-");
    object(
        "ServiceEntry",
        &name,
        &format!("{{hosts: [{host}], exportTo: [\".\"], ports: [{{{port}}}], resolution: DNS}}"),
    )
}

pub(crate) const HTTP: &str = "number: 80, name: http, protocol: HTTP";
pub(crate) const HTTP_TO_443: &str = "number: 80, targetPort: 443, name: http, protocol: HTTP";
pub(crate) const HTTPS: &str = "number: 443, name: https, protocol: HTTPS";
pub(crate) const TLS: &str = "number: 443, name: tls, protocol: TLS";

/// The codes of the warnings about these documents, in the order of the documents.
pub(crate) fn codes(documents: &[&str]) -> Vec<String> {
    let response = checked(texts(documents));
    let warnings = response.diagnostics.into_iter().filter(|each| {
        let of_hand_written = each.code.starts_with("EGR07") || ["EGR0611", "EGR0612"].contains(&each.code.as_str());
        of_hand_written && each.severity == Severity::Warning
    });
    warnings.map(|each| each.code).collect()
}

/// Everything that is said with one code.
pub(crate) fn told(code: &str, documents: &[&str]) -> String {
    let response = checked(texts(documents));
    let found = response.diagnostics.iter().filter(|each| each.code == code);
    found.map(words).collect::<Vec<_>>().join(" || ")
}

#[test]
fn without_policies_objects_are_checked_and_nothing_else_is_asked_for() {
    let entry = entry("api.example.com", TLS);
    let response = checked(texts(&[&entry]));
    assert!(response.ok, "{:?}", response.diagnostics);
}

/// A folder of ordinary manifests is nothing wrong, and one without anything to read, or with a description of the mesh alone,
/// is almost always a wrong path.
#[test]
fn objects_that_are_not_about_egress_pass_with_a_note() {
    let said = |documents: &[&str]| {
        let response = checked(texts(documents));
        let codes: Vec<String> = response.diagnostics.into_iter().map(|each| each.code).collect();
        (response.ok, codes)
    };
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}";
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web}}}}}";
    let configuration = "{apiVersion: egressc.dev/v1alpha1, kind: CheckConfiguration, metadata: {name: c}, spec: {}}";
    let note = (true, vec!["EGR0225".to_owned()]);
    assert_eq!(said(&[namespace]), note);
    assert_eq!(said(&[namespace, deployment, configuration]), note);
    let list = format!("{{apiVersion: v1, kind: List, items: [{deployment}]}}");
    assert_eq!(said(&[&list]), note);
    for nothing in [&[] as &[&str], &[""], &["# nothing"], &[configuration], &[CLOSED], &[CLOSED, deployment]] {
        assert_eq!(said(nothing), (false, vec!["EGR0215".to_owned()]), "{nothing:?}");
    }
    // An object that cannot be read is still an error, and nothing else is said.
    let (ok, codes) = said(&["{apiVersion: v1, kind: Namespace, metadata: {name: 1}}"]);
    assert!(!ok && !codes.contains(&"EGR0225".to_owned()), "{codes:?}");
}

#[test]
fn a_patch_of_kustomize_replaces_no_object() {
    let base = entry("api.example.com", HTTP_TO_443);
    let patch = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: api-example-com, namespace: shop}\nspec: {location: MESH_EXTERNAL}\n";
    let operations = "- {op: replace, path: /spec/resolution, value: DNS}\n";
    let broken = "spec: [";
    let kustomization = |patches: &str| format!("resources: [../base]\n{patches}\n");
    let said = |name: &str, kustomization: &str| {
        let sources = [
            ("o/base/entry.yaml", base.as_str()),
            ("o/prod/entry.yaml", patch),
            ("o/prod/patches/operations.yaml", operations),
            ("o/prod/broken.yaml", broken),
            (name, kustomization),
        ];
        let sources = sources.map(|(name, text)| egressc_core::api::Source::text(name, text)).to_vec();
        let response = checked(sources);
        let codes: Vec<String> = response.diagnostics.iter().map(|each| each.code.clone()).collect();
        (response.ok, codes, response.diagnostics.iter().map(words).collect::<Vec<_>>().join("; "))
    };
    for patches in [
        "patches: [{path: entry.yaml}, {path: ./patches/operations.yaml}, {path: ../prod/broken.yaml}, {patch: '- op: x'}]",
        "patchesStrategicMerge: [entry.yaml, broken.yaml]\npatchesJson6902: [{path: patches/operations.yaml}]",
    ] {
        let (ok, codes, text) = said("o/prod/kustomization.yaml", &kustomization(patches));
        assert!(ok && codes.contains(&"EGR0707".to_owned()) && codes.contains(&"EGR0224".to_owned()), "{text}");
        assert!(!codes.contains(&"EGR0219".to_owned()) && text.contains("and 2 more are patches"), "{text}");
        assert!(text.contains("kustomize build"), "{text}");
        // Another file with the same words is none of kustomize's.
        let (ok, _, text) = said("o/prod/other.yaml", &kustomization(patches));
        assert!(!ok && !text.contains("patches of kustomize"), "{text}");
        let kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        let (ok, ..) = said("o/prod/other.yaml", &format!("{kind}{}", kustomization(patches)));
        assert!(ok);
    }
    // What is a resource, too, is an object.
    let both = "resources: [entry.yaml]\npatches: [{path: entry.yaml}, {path: broken.yaml}]";
    let (_, codes, text) = said("o/prod/kustomization.yaml", both);
    assert!(codes.contains(&"EGR0219".to_owned()), "{text}");
}

#[test]
fn what_is_nothing_but_refused_is_checked_too() {
    let response = checked(texts(&[&object("ServiceEntry", "api", "{resolution: DNS}")]));
    let said: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    assert!(response.ok && said == ["EGR0615"], "{said:?}");
    let waypoint = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
    assert!(checked(texts(&[waypoint])).ok);
}

#[test]
fn a_template_hides_no_other_file_and_a_template_with_a_policy_refuses() {
    let (entry, template) = (entry("api.example.com", HTTP_TO_443), "metadata:\n  name: {{ .Values.name }}-x\n");
    let response = checked(texts(&[&entry, template]));
    let said: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    assert!(response.ok && said.contains(&"EGR0221") && said.contains(&"EGR0707"), "{said:?}");
    let policy = "kind: ASMEgressTrafficPolicy\nmetadata:\n  name: {{ .Values.name }}-x\n";
    assert!(!checked(texts(&[&entry, policy])).ok);
}
