//! Selectors by labels that pods get after somebody wrote theirs down: `docs/istio/data-plane.md` has the table.

use egressc_core::api::Verdict::{self, Allowed, Blocked, Unknown};

use super::data_plane::{REGISTRY_ONLY, asked, verdict};

const FREE: &str = "https://free.example.org";

fn made_by(kind: &str, api_version: &str, name: &str, labels: &str, more: &str) -> String {
    let template = format!(
        "template: {{metadata: {{labels: {{{labels}}}, annotations: {{sidecar.istio.io/inject: 'true'}}}}, spec: {{containers: [{{name: c}}]}}}}"
    );
    let spec = if kind == "CronJob" { format!("jobTemplate: {{spec: {{{template}}}}}") } else { template };
    format!(
        "{{apiVersion: {api_version}, kind: {kind}, metadata: {{namespace: shop, {name}}}, spec: {{{spec}{more}}}}}"
    )
}

const INJECTED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";

/// A Sidecar that lets unknown hosts out, for pods with a label.
fn sidecar(label: &str) -> String {
    format!(
        "{{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {{name: open, namespace: shop}}, spec: {{workloadSelector: {{labels: {{{label}}}}}, outboundTrafficPolicy: {{mode: ALLOW_ANY}}}}}}"
    )
}

/// The verdict where the label decides about it.
fn by_label(pods: &str, label: &str) -> Verdict {
    asked(&[REGISTRY_ONLY, INJECTED, pods, &sidecar(label)], FREE)
}

#[test]
fn the_injector_makes_labels_of_those_that_are_written() {
    const NAME: &str = "service.istio.io/canonical-name";
    const REVISION: &str = "service.istio.io/canonical-revision";
    let rows = [
        ("app: cart", format!("{NAME}: cart"), Allowed),
        ("app: cart", format!("{NAME}: web"), Blocked),
        ("app: cart, app.kubernetes.io/name: web", format!("{NAME}: web"), Allowed),
        ("app: cart, app.kubernetes.io/name: web", format!("{NAME}: cart"), Blocked),
        ("app: cart, service.istio.io/canonical-name: own", format!("{NAME}: own"), Allowed),
        ("app: cart", format!("{REVISION}: latest"), Allowed),
        ("app: cart, version: v2", format!("{REVISION}: v2"), Allowed),
        ("app: cart, version: v2", format!("{REVISION}: latest"), Blocked),
        ("app: cart", "security.istio.io/tlsMode: istio".to_owned(), Allowed),
        ("app: cart, security.istio.io/tlsMode: disabled", "security.istio.io/tlsMode: istio".to_owned(), Blocked),
        // It is a label up to some release, and an annotation later.
        ("app: cart", "istio.io/rev: default".to_owned(), Unknown),
        ("app: cart, istio.io/rev: default", "istio.io/rev: default".to_owned(), Allowed),
        // istiod adds where a proxy runs.
        ("app: cart", "topology.kubernetes.io/zone: a".to_owned(), Unknown),
        ("app: cart", "topology.istio.io/cluster: Kubernetes".to_owned(), Unknown),
        ("app: cart", "team: a".to_owned(), Blocked),
    ];
    for (labels, selected, expected) in rows {
        let pods = made_by("Deployment", "apps/v1", "name: cart", labels, "");
        assert_eq!(by_label(&pods, &selected), expected, "{labels} | {selected}");
    }
    // A pod that was injected already has the labels that it has.
    let live = "{apiVersion: v1, kind: Pod, metadata: {name: cart-1, namespace: shop, uid: 0b1f, labels: {app: cart, service.istio.io/canonical-name: web}, annotations: {sidecar.istio.io/status: '{}'}}, spec: {initContainers: [{name: istio-init, args: [-i, '*']}], containers: [{name: istio-proxy, image: x, args: [proxy, sidecar]}]}}";
    assert_eq!(by_label(live, &format!("{NAME}: web")), Allowed);
    assert_eq!(by_label(live, &format!("{NAME}: cart")), Blocked);
    assert_eq!(by_label(live, &format!("{REVISION}: latest")), Blocked);
}

#[test]
fn controllers_make_labels_of_the_names_of_their_objects() {
    let stateful = ("StatefulSet", "apps/v1");
    let job = ("Job", "batch/v1");
    let cron = ("CronJob", "batch/v1");
    let deployment = ("Deployment", "apps/v1");
    let rows = [
        (deployment, "pod-template-hash: abc", Unknown),
        (deployment, "statefulset.kubernetes.io/pod-name: cart-0", Blocked),
        (deployment, "job-name: cart", Blocked),
        (stateful, "statefulset.kubernetes.io/pod-name: cart-0", Unknown),
        (stateful, "statefulset.kubernetes.io/pod-name: other-0", Blocked),
        (stateful, "apps.kubernetes.io/pod-index: '0'", Unknown),
        (stateful, "pod-template-hash: abc", Blocked),
        (job, "job-name: cart", Allowed),
        (job, "batch.kubernetes.io/job-name: cart", Allowed),
        (job, "batch.kubernetes.io/job-name: other", Blocked),
        (job, "batch.kubernetes.io/controller-uid: 0b1f", Unknown),
        (cron, "job-name: cart-28012345", Unknown),
        (cron, "job-name: other-28012345", Blocked),
        (("DaemonSet", "apps/v1"), "controller-revision-hash: abc", Unknown),
        (("Rollout", "argoproj.io/v1alpha1"), "rollouts-pod-template-hash: abc", Unknown),
        (("DeploymentConfig", "apps.openshift.io/v1"), "deploymentconfig: cart", Allowed),
        (("ReplicationController", "v1"), "deploymentconfig: cart", Blocked),
    ];
    for ((kind, api_version), selected, expected) in rows {
        let pods = made_by(kind, api_version, "name: cart", "app: cart", "");
        assert_eq!(by_label(&pods, selected), expected, "{kind} | {selected}");
    }
    let canary = ", strategy: {canary: {canaryMetadata: {labels: {role: canary}}}}";
    let pods = made_by("Rollout", "argoproj.io/v1alpha1", "name: cart", "app: cart", canary);
    assert_eq!(by_label(&pods, "role: canary"), Unknown);
    let uid = made_by("Job", "batch/v1", "name: cart, uid: 0b1f", "app: cart", "");
    assert_eq!(by_label(&uid, "batch.kubernetes.io/controller-uid: 0b1f"), Allowed);
}

#[test]
fn a_pod_without_a_name_of_its_own_is_called_by_what_makes_it() {
    let rows = [
        ("Deployment", "apps/v1", "name: cart", "cart", Allowed),
        ("Job", "batch/v1", "name: cart-28012345", "cart", Allowed),
        ("Job", "batch/v1", "name: cart-28012345", "cart-28012345", Blocked),
        ("CronJob", "batch/v1", "name: cart", "cart", Allowed),
    ];
    for (kind, api_version, name, called, expected) in rows {
        let pods = made_by(kind, api_version, name, "team: a", "");
        let label = sidecar(&format!("service.istio.io/canonical-name: {called}"));
        let documents = [REGISTRY_ONLY, INJECTED, &pods, &label];
        let (found, _) = verdict(&documents, &format!("shop,team=a -> {FREE}"));
        assert_eq!(found, expected, "{kind} {name} | {called}");
    }
}

#[test]
fn a_client_that_no_document_describes_may_have_labels_that_are_added() {
    let rows = [
        ("service.istio.io/canonical-name: cart", Unknown),
        ("service.istio.io/canonical-revision: latest", Unknown),
        ("pod-template-hash: abc", Unknown),
        ("security.istio.io/tlsMode: istio", Allowed),
        ("team: a", Blocked),
    ];
    for (selected, expected) in rows {
        assert_eq!(asked(&[REGISTRY_ONLY, &sidecar(selected)], FREE), expected, "{selected}");
    }
}

#[test]
fn every_selector_of_clients_sees_the_labels_that_are_added() {
    const ENTRY: &str = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: open, namespace: shop}, spec: {hosts: [open.example.org], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}}";
    let pods = made_by("Deployment", "apps/v1", "name: cart", "app: cart", "");
    let route = |name: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: open, namespace: shop}}, spec: {{hosts: [open.example.org], http: [{{match: [{{sourceLabels: {{service.istio.io/canonical-name: {name}}}}}], directResponse: {{status: 403}}}}, {{route: [{{destination: {{host: open.example.org}}}}]}}]}}}}"
        )
    };
    let rule = |name: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {{name: open, namespace: shop}}, spec: {{host: open.example.org, workloadSelector: {{matchLabels: {{service.istio.io/canonical-name: {name}}}}}, subsets: [{{name: v1}}]}}}}
---
{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: open, namespace: shop}}, spec: {{hosts: [open.example.org], http: [{{route: [{{destination: {{host: open.example.org, subset: v1}}}}]}}]}}}}"
        )
    };
    let filter = |name: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {{name: open, namespace: shop}}, spec: {{workloadSelector: {{labels: {{service.istio.io/canonical-name: {name}}}}}, configPatches: [{{applyTo: HTTP_FILTER, match: {{context: SIDECAR_OUTBOUND}}, patch: {{operation: INSERT_BEFORE, value: {{name: envoy.filters.http.lua}}}}}}]}}}}"
        )
    };
    let rows = [
        (route("cart"), Blocked),
        (route("web"), Allowed),
        // Its subset has a cluster where the rule is used.
        (rule("cart"), Allowed),
        (rule("web"), Blocked),
        (filter("cart"), Unknown),
        (filter("web"), Allowed),
    ];
    for (object, expected) in rows {
        let documents = [REGISTRY_ONLY, INJECTED, &pods, ENTRY, &object];
        assert_eq!(asked(&documents, "http://open.example.org"), expected, "{object}");
    }
    // A route by a value that no document gives.
    let hash = route("cart").replace("service.istio.io/canonical-name: cart", "pod-template-hash: abc");
    assert_eq!(asked(&[REGISTRY_ONLY, INJECTED, &pods, ENTRY, &hash], "http://open.example.org"), Unknown);
}
