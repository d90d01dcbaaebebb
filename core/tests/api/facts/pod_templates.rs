//! Kinds that make pods of a template: those that are read, and those of which a template is all that is known.

use egressc_core::api::Verdict::{Allowed, Blocked, Unknown};

use super::data_plane::{REGISTRY_ONLY, asked, verdict};

const FREE: &str = "https://free.example.org";
/// Pods that are not captured at port 443.
const TEMPLATE: &str = "template: {metadata: {labels: {app: cart, sidecar.istio.io/inject: 'true'}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: '443'}}, spec: {containers: [{name: c}]}}";

fn object(api_version: &str, kind: &str, spec: &str) -> String {
    format!("{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: cart, namespace: shop}}, spec: {{{spec}}}}}")
}

#[test]
fn every_kind_with_the_template_of_a_deployment_is_read() {
    let rows = [
        ("v1", "ReplicationController"),
        ("apps/v1beta1", "Deployment"),
        ("apps/v1beta2", "StatefulSet"),
        ("extensions/v1beta1", "Deployment"),
        ("extensions/v1beta1", "DaemonSet"),
        ("extensions/v1beta1", "ReplicaSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("apps.kruise.io/v1beta1", "StatefulSet"),
    ];
    for (api_version, kind) in rows {
        let pods = object(api_version, kind, TEMPLATE);
        assert_eq!(asked(&[REGISTRY_ONLY, &pods], FREE), Allowed, "{api_version} {kind}");
    }
    for version in ["batch/v1", "batch/v1beta1", "batch/v2alpha1"] {
        let pods = object(version, "CronJob", &format!("jobTemplate: {{spec: {{{TEMPLATE}}}}}"));
        assert_eq!(asked(&[REGISTRY_ONLY, &pods], FREE), Allowed, "{version}");
    }
    // The template is that of the Deployment.
    let refers = object("argoproj.io/v1alpha1", "Rollout", "workloadRef: {kind: Deployment, name: cart}");
    let pods = object("apps/v1", "Deployment", &format!("replicas: 0, {TEMPLATE}"));
    assert_eq!(asked(&[REGISTRY_ONLY, &refers, &pods], FREE), Allowed);
}

#[test]
fn a_virtual_machine_of_kubevirt_has_pods_with_its_labels() {
    let machine = "metadata: {labels: {app: cart}, annotations: {sidecar.istio.io/inject: 'true'}}, spec: {domain: {devices: {}}}";
    let rows = [
        ("VirtualMachine", format!("runStrategy: Always, template: {{{machine}}}")),
        ("VirtualMachinePool", format!("virtualMachineTemplate: {{spec: {{template: {{{machine}}}}}}}")),
        ("VirtualMachineInstanceReplicaSet", format!("template: {{{machine}}}")),
    ];
    for (kind, spec) in rows {
        let unread = object("kubevirt.io/v1", kind, &spec);
        assert_eq!(asked(&[REGISTRY_ONLY, &unread], FREE), Unknown, "{kind}");
        assert_eq!(asked(&[REGISTRY_ONLY, &unread.replace("app: cart", "app: other")], FREE), Blocked, "{kind}");
    }
    let instance = format!(
        "{{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, {}}}",
        machine.replace("labels:", "name: cart, namespace: shop, labels:")
    );
    assert_eq!(asked(&[REGISTRY_ONLY, &instance], FREE), Unknown);
    // A domain is not always one of a machine.
    let other =
        object("example.org/v1", "Zone", "template: {metadata: {labels: {app: cart}}, spec: {domain: example.org}}");
    assert_eq!(asked(&[REGISTRY_ONLY, &other], FREE), Blocked);
}

#[test]
fn a_template_of_pods_in_a_kind_that_is_not_read_makes_its_pods_unknown() {
    let nested = format!("replicas: {{worker: [{{pods: {{{TEMPLATE}}}}}]}}");
    let rows = [
        ("serving.knative.dev/v1", "Service", TEMPLATE),
        ("apps.kruise.io/v1alpha1", "DaemonSet", TEMPLATE),
        ("apps/v7", "Deployment", TEMPLATE),
        ("example.org/v1", "TrainingJob", &nested),
    ];
    for (api_version, kind, spec) in rows {
        let unread = object(api_version, kind, spec);
        let (verdict, reasons) = verdict(&[REGISTRY_ONLY, &unread], &format!("shop,app=cart -> {FREE}"));
        assert_eq!(verdict, Unknown, "{api_version} {kind}");
        let expected = format!(
            "`{kind}` of `{api_version}`, which egressc does not read and which has a template of such pods, may change what the client's sidecar captures"
        );
        assert_eq!(reasons, [expected]);
        // Other pods are none of its business.
        let others = unread.replace("app: cart", "app: other");
        assert_eq!(asked(&[REGISTRY_ONLY, &others], FREE), Blocked, "{api_version} {kind}");
        let elsewhere = unread.replace("namespace: shop", "namespace: other");
        assert_eq!(asked(&[REGISTRY_ONLY, &elsewhere], FREE), Blocked, "{api_version} {kind}");
        // What its controller has made of it says what the pods are.
        let owned = object("apps/v1", "Deployment", TEMPLATE).replace(
            "name: cart, namespace: shop",
            &format!("name: cart-1, namespace: shop, ownerReferences: [{{kind: {kind}, name: cart}}]"),
        );
        assert_eq!(asked(&[REGISTRY_ONLY, &unread, &owned], FREE), Allowed, "{api_version} {kind}");
        assert_eq!(asked(&[REGISTRY_ONLY, &owned, &unread], FREE), Allowed, "{api_version} {kind}");
    }
    // Its pods and those of a Deployment have the same labels.
    let deployment = object("apps/v1", "Deployment", TEMPLATE);
    let unread = object("example.org/v1", "TrainingJob", TEMPLATE);
    assert_eq!(asked(&[REGISTRY_ONLY, &deployment, &unread], FREE), Unknown);
    // These make no pods.
    for (api_version, kind) in [("apps/v1", "ControllerRevision"), ("v1", "PodTemplate")] {
        let unread = object(api_version, kind, TEMPLATE);
        assert_eq!(asked(&[REGISTRY_ONLY, &unread], FREE), Blocked, "{kind}");
    }
}

#[test]
fn lists_may_be_in_lists() {
    let pods = object("apps/v1", "Deployment", TEMPLATE);
    let of_kind = pods.replace("apiVersion: apps/v1, kind: Deployment, ", "");
    let rows = [
        format!("{{apiVersion: v1, kind: List, items: [{pods}]}}"),
        format!("{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{pods}]}}]}}"),
        format!(
            "{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{{apiVersion: apps/v1, kind: DeploymentList, items: [{of_kind}]}}]}}]}}"
        ),
    ];
    for list in rows {
        assert_eq!(asked(&[REGISTRY_ONLY, &list], FREE), Allowed, "{list}");
    }
}
