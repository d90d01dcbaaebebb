//! Selectors that select nothing, and Sidecars that select the same.

use super::{CLOSED, HTTP, codes, entry, object, told};

fn pod(labels: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-1, namespace: shop, labels: {labels}}}\nspec: {{containers: [{{name: web, image: web}}, {{name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}}]}}\n"
    )
}

fn sidecar(name: &str, selector: &str, hosts: &str) -> String {
    object("Sidecar", name, &format!("{{{selector}egress: [{{hosts: [{hosts}]}}]}}"))
}

const WEB: &str = "workloadSelector: {labels: {app: web}}, ";

#[test]
fn a_selector_that_no_given_workload_has() {
    let entry = entry("api.example.com", HTTP);
    let near = sidecar("web", "workloadSelector: {labels: {app: wep}}, ", "\"istio-system/*\"");
    let documents = [CLOSED, &pod("{app: web}"), &entry, &near];
    let said = told("EGR0721", &documents);
    assert!(said.contains("did you mean `app: web`?") && said.contains("it arrives at `api.example.com`"), "{said}");
    // Where no workload is given, or one has the labels, or may get them.
    assert_eq!(told("EGR0721", &[CLOSED, &entry, &near]), "");
    assert_eq!(told("EGR0721", &[CLOSED, &pod("{app: wep}"), &entry, &near]), "");
    assert_eq!(told("EGR0721", &[CLOSED, &pod("{app: web}"), &entry, &sidecar("web", WEB, "\"./*\"")]), "");
    // A policy of the root namespace is for all namespaces.
    let policy = |namespace: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: web, namespace: {namespace}}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, rules: [{{}}]}}\n"
        )
    };
    assert_eq!(told("EGR0721", &[CLOSED, &pod("{app: web}"), &entry, &policy("istio-system")]), "");
    assert_eq!(told("EGR0721", &[CLOSED, &pod("{app: web}"), &entry, &policy("other")]), "");
    assert!(told("EGR0721", &[CLOSED, &pod("{app: api}"), &entry, &policy("istio-system")]).contains("`app: web`"));
}

/// A proxy outside of the cluster has the labels of its `WorkloadEntry`.
#[test]
fn a_selector_that_a_workload_entry_has() {
    let (entry, selecting) =
        (entry("api.example.com", HTTP), sidecar("vm", "workloadSelector: {labels: {app: vm}}, ", "\"./*\""));
    let vm = |app: &str| object("WorkloadEntry", "vm", &format!("{{address: 10.0.0.9, labels: {{app: {app}}}}}"));
    let group =
        |labels: &str| object("WorkloadGroup", "vms", &format!("{{metadata: {{labels: {labels}}}, template: {{}}}}"));
    let said = |other: &str| told("EGR0721", &[CLOSED, &pod("{app: web}"), &entry, &selecting, other]);
    for selected in [vm("vm"), group("{app: vm}"), group("{team: a}"), "metadata: {}".to_owned()] {
        let is_said = selected == "metadata: {}";
        assert_eq!(!said(&selected).is_empty(), is_said, "{selected}");
    }
    for other in [vm("other"), group("{app: other}"), vm("vm").replace("namespace: shop", "namespace: elsewhere")] {
        assert_ne!(said(&other), "", "{other}");
    }
}

/// The traffic of pods in ambient mode passes no sidecar, which alone reads a Sidecar.
#[test]
fn a_sidecar_for_workloads_in_ambient_mode() {
    let namespace =
        |labels: &str| format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {labels}}}}}");
    let ambient = namespace("{istio.io/dataplane-mode: ambient}");
    let plain = |labels: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: web-1, namespace: shop, labels: {labels}}}, spec: {{containers: [{{name: web, image: web}}]}}}}"
        )
    };
    let entry = entry("api.example.com", HTTP);
    let (all, web) = (sidecar("default", "", "\"./*\""), sidecar("web", WEB, "\"./*\""));
    let said = |documents: &[&str]| told("EGR0729", documents);
    let found = said(&[CLOSED, &ambient, &entry, &all]);
    assert!(
        found.contains("is in ambient mode and requests https://undeclared-host.invalid:443, and it arrives"),
        "{found}"
    );
    assert_ne!(said(&[CLOSED, &ambient, &entry, &web]), "");
    assert_ne!(said(&[CLOSED, &ambient, &entry, &plain("{app: web}"), &web]), "");
    // A namespace without the label, or with injection; a pod that has a sidecar; and the Sidecar of the root namespace.
    assert_eq!(said(&[CLOSED, &entry, &all]), "");
    assert_eq!(said(&[CLOSED, &namespace("{istio-injection: enabled}"), &entry, &all]), "");
    assert_eq!(said(&[CLOSED, &ambient, &entry, &pod("{app: web}"), &all]), "");
    assert_eq!(said(&[CLOSED, &ambient, &entry, &pod("{app: web}"), &web]), "");
    assert_eq!(said(&[CLOSED, &ambient, &entry, &plain("{app: web, istio.io/dataplane-mode: none}"), &web]), "");
    let root = all.replace("namespace: shop", "namespace: istio-system");
    let of_root = ambient.replace("name: shop", "name: istio-system");
    assert_eq!(said(&[CLOSED, &of_root, &entry, &root]), "");
}

#[test]
fn two_sidecars_for_one_workload() {
    let entry = entry("api.example.com", HTTP);
    let (open, closed) = ("\"./*\"", "\"istio-system/*\"");
    let (one, other) = (sidecar("a", "", open), sidecar("b", "", closed));
    assert_eq!(codes(&[CLOSED, &entry, &one, &other]), ["EGR0722"]);
    // Where both do the same nothing is wrong.
    assert!(codes(&[CLOSED, &entry, &one, &sidecar("b", "", open)]).is_empty());
    // With a selector each is for others.
    assert!(codes(&[CLOSED, &entry, &one, &sidecar("b", WEB, closed)]).is_empty());
    assert_eq!(codes(&[CLOSED, &entry, &sidecar("a", WEB, open), &sidecar("b", WEB, closed)]), ["EGR0722"]);
    // Two selectors of one pod.
    let version = sidecar("b", "workloadSelector: {labels: {version: v1}}, ", closed);
    let both = [CLOSED, &entry, &pod("{app: web, version: v1}"), &sidecar("a", WEB, open), &version];
    assert_eq!(codes(&both), ["EGR0722"]);
    assert!(codes(&[CLOSED, &entry, &pod("{app: web}"), &sidecar("a", WEB, open), &version]).is_empty());
    // The older one is known: the other one has no effect.
    let aged = |text: &str, year: u32| {
        text.replace("namespace: shop}", &format!("namespace: shop, creationTimestamp: {year}-01-01T00:00:00Z}}"))
    };
    let documents = [CLOSED, &entry, &aged(&one, 2020), &aged(&other, 2021)];
    assert_eq!(codes(&documents), ["EGR0722"]);
    assert!(told("EGR0722", &documents).contains("it arrives"), "{}", told("EGR0722", &documents));
}
