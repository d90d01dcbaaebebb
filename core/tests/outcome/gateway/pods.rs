//! What is known of a gateway's pods from the documents that make them.

use egressc_core::api::Source;
use egressc_core::stages::load;

use crate::mesh::{Mesh, is, short};

/// One plain HTTP host through the gateway, by Istio's own objects alone.
const OBJECTS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: x, namespace: istio-system}
spec: {hosts: [x.org], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: egress, namespace: istio-system}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.org]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: in, namespace: istio-system}
spec:
  hosts: [x.org]
  gateways: [mesh]
  http: [{route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: out, namespace: istio-system}
spec:
  hosts: [x.org]
  gateways: [egress]
  http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]
---
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway, namespace: istio-system}
spec: {selector: {app: egress}, ports: [{name: http2, port: 80, targetPort: http2}]}
";
const VIA: &str = "allowed via istio-system/istio-egressgateway x.org:80";

fn mesh(pods: &[&str]) -> Mesh {
    let loaded = load(&[Source::text("test.yaml", format!("{OBJECTS}---\n{}", pods.join("\n---\n")))]);
    let wrong: Vec<_> = loaded.report.iter().filter(|found| found.code.id < "EGR0300").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    Mesh { objects: loaded.objects, environment: loaded.set.environment }
}

fn asked(pods: &[&str]) -> String {
    short(&mesh(pods).from("a", "http://x.org"))
}

/// A workload of kind `kind`, whose pods have this metadata and these arguments.
fn made(kind: &str, metadata: &str, proxy: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: {kind}
metadata: {{name: istio-egressgateway, namespace: istio-system}}
spec:
  template:
    metadata: {metadata}
    spec: {{containers: [{{name: istio-proxy, {proxy}, ports: [{{name: http2, containerPort: 8080}}]}}]}}
"
    )
}

const LABELS: &str = "{app: egress, istio: egressgateway}";
const TEMPLATE: &str = "{inject.istio.io/templates: gateway}";

fn by_template(kind: &str) -> String {
    made(kind, &format!("{{labels: {LABELS}, annotations: {TEMPLATE}}}"), "image: auto")
}

#[test]
fn every_kind_that_makes_a_gateways_pods_is_read() {
    for kind in ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"] {
        assert_eq!(asked(&[&by_template(kind)]), VIA, "{kind}");
        let by_hand = made(kind, &format!("{{labels: {LABELS}}}"), "image: istio/proxyv2, args: [proxy, router]");
        assert_eq!(asked(&[&by_hand]), VIA, "{kind}");
    }
    let pod = |labels: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: istio-system, labels: {labels}{more}}}
spec: {{containers: [{{name: istio-proxy, image: istio/proxyv2, args: [proxy, router], ports: [{{name: http2, containerPort: 8080}}]}}]}}\n"
        )
    };
    assert_eq!(asked(&[&pod(LABELS, "")]), VIA);
    // With this label a sidecar uses mutual TLS, and the server reads plain HTTP.
    let labels = "{app: egress, istio: egressgateway, security.istio.io/tlsMode: istio}";
    assert_eq!(asked(&[&pod(labels, "")]), "blocked 503 UF");
}

#[test]
fn what_injection_may_add_is_not_known() {
    // A gateway in a pod with a sidecar's template gets the sidecar's label.
    let labels = format!("{{labels: {LABELS}}}");
    let sidecar = made("Deployment", &labels, "image: auto");
    is(&mesh(&[&sidecar]).from("a", "http://x.org"), "unknown");
    let both = made(
        "Deployment",
        &format!("{{labels: {LABELS}, annotations: {{inject.istio.io/templates: 'gateway,mine'}}}}"),
        "image: auto",
    );
    is(&mesh(&[&both]).from("a", "http://x.org"), "unknown");
}

#[test]
fn without_the_workload_its_document_is_missing() {
    let service = OBJECTS.replace("{app: egress}", "{istio: egressgateway}");
    let loaded = load(&[Source::text("test.yaml", service)]);
    let mesh = Mesh { objects: loaded.objects, environment: loaded.set.environment };
    let trace = mesh.from("a", "http://x.org");
    is(&trace, "unknown");
    assert!(
        trace.unknown.iter().all(|reason| reason.contains("no Deployment of these pods is given")),
        "{:?}",
        trace.unknown
    );
}

#[test]
fn what_a_deployment_has_made_is_the_same_workload() {
    let owned = |kind: &str, name: &str, owner: &str, labels: &str, port: &str| {
        let metadata = format!(
            "metadata: {{name: {name}, namespace: istio-system, labels: {labels}, ownerReferences: [{owner}]}}"
        );
        let pod = format!(
            "containers: [{{name: istio-proxy, image: istio/proxyv2, args: [proxy, router], ports: [{{name: http2, containerPort: {port}}}]}}]"
        );
        if kind == "Pod" {
            format!("apiVersion: v1\nkind: Pod\n{metadata}\nspec: {{{pod}}}\n")
        } else {
            format!(
                "apiVersion: apps/v1\nkind: {kind}\n{metadata}\nspec: {{template: {{metadata: {{labels: {labels}}}, spec: {{{pod}}}}}}}\n"
            )
        }
    };
    let deployment = by_template("Deployment");
    let labels = "{app: egress, istio: egressgateway, pod-template-hash: abc, service.istio.io/canonical-name: egress}";
    let set =
        owned("ReplicaSet", "istio-egressgateway-abc", "{kind: Deployment, name: istio-egressgateway}", labels, "8080");
    let pod =
        owned("Pod", "istio-egressgateway-abc-1", "{kind: ReplicaSet, name: istio-egressgateway-abc}", labels, "8080");
    assert_eq!(asked(&[&deployment, &set, &pod]), VIA);
    assert_eq!(asked(&[&deployment, &pod]), VIA, "the ReplicaSet between them need not be given");
    assert_eq!(asked(&[&pod]), VIA, "a pod is what was made");
    // Deployments leave their earlier ReplicaSets behind, without pods.
    let earlier = owned("ReplicaSet", "istio-egressgateway-old", "{kind: Deployment, name: gone}", labels, "9090")
        .replace("spec: {template", "spec: {replicas: 0, template");
    assert_eq!(asked(&[&pod, &earlier]), VIA);
    // Another workload behind the same Service is not made by this one.
    let other = labels.replace("istio: egressgateway", "istio: other");
    let other = owned("Pod", "z", "{kind: ReplicaSet, name: other-abc}", &other, "9090");
    assert_eq!(asked(&[&deployment, &other]), "unknown");
}

#[test]
fn pods_that_differ_have_what_they_have_in_common() {
    let second = by_template("DaemonSet").replace("istio: egressgateway}", "istio: egressgateway, track: canary}");
    let pods = [by_template("Deployment"), second];
    assert_eq!(asked(&[&pods[0], &pods[1]]), VIA);
    let policy = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: none, namespace: istio-system}
spec: {selector: {matchLabels: {track: canary}}}
";
    assert_eq!(asked(&[&pods[0], policy]), VIA, "no pod has that label");
    assert_eq!(asked(&[&pods[0], &pods[1], policy]), "unknown", "some pods have it");
}
