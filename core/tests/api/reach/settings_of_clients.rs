//! Namespaces and workloads whose sidecars are configured otherwise have rows of their own, also without objects of their own.

use egressc_core::api::{ChangeKind, Verdict, Workspace};

use crate::ask::texts;

fn mesh(name: &str, config: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: istio-system}}, data: {{mesh: '{config}'}}}}"
    )
}

const REGISTRY_ONLY: &str = "outboundTrafficPolicy: {mode: REGISTRY_ONLY}";

fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}")
}

/// A Deployment of `shop`; `metadata` is of its pods.
fn workload(metadata: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{{metadata}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}}}"
    )
}

/// The rows of `shop`: labels, host, port, verdict.
fn rows(documents: &[&str]) -> Vec<(String, String, u16, Verdict)> {
    let response = Workspace::load(&texts(documents)).reach(None).unwrap();
    let of_shop = response.flows.into_iter().filter(|flow| flow.from.namespace.as_deref() == Some("shop"));
    let row = |flow: egressc_core::api::Flow| {
        let labels: Vec<String> = flow.from.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        (labels.join(","), flow.to.host, flow.to.port, flow.verdict)
    };
    of_shop.map(row).collect()
}

#[test]
fn a_revision_that_allows_unknown_hosts_opens_its_namespaces_and_workloads() {
    let planes = [mesh("istio", REGISTRY_ONLY), mesh("istio-canary", "{}")].join("\n---\n");
    let allowed = |labels: &str| [80, 443].map(|port| (labels.to_owned(), "*".to_owned(), port, Verdict::Allowed));
    let canary = namespace("istio.io/rev: canary");
    assert_eq!(rows(&[&planes, &canary]), allowed(""));
    let plain = namespace("a: b");
    let found = rows(&[&planes, &plain, &workload("labels: {app: cart, istio.io/rev: canary}")]);
    let own: Vec<_> = found.into_iter().filter(|(labels, ..)| labels.contains("app=cart")).collect();
    assert_eq!(own, allowed("app=cart,istio.io/rev=canary"));
    let side = |of_namespace: &str| Workspace::load(&texts(&[&planes, &namespace(of_namespace)]));
    let changes = side("istio.io/rev: default").diff(&side("istio.io/rev: canary"), None).unwrap().changes;
    let gained = changes.iter().filter(|change| change.kind == ChangeKind::Gained).count();
    assert_eq!((gained, changes.len()), (2, 2), "{changes:#?}");
}

#[test]
fn a_sidecar_that_answers_dns_otherwise_has_rows_for_ports_that_take_every_host() {
    let mesh = mesh(
        "istio",
        "{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}}",
    );
    let entry = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: db, namespace: other}, spec: {hosts: [db.example.com], ports: [{number: 5432, name: tcp, protocol: TCP}], resolution: DNS}}";
    let injected = namespace("istio-injection: enabled");
    let off = "proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"false\"}";
    let of_workload = workload(&format!("labels: {{app: cart}}, annotations: {{proxy.istio.io/config: '{off}'}}"));
    let config = "{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {name: c, namespace: shop}, spec: {environmentVariables: {ISTIO_META_DNS_CAPTURE: 'false'}}}";
    for (document, labels) in [(of_workload.as_str(), "app=cart"), (config, "")] {
        let found = rows(&[&mesh, &injected, entry, document]);
        let expected = (labels.to_owned(), "*".to_owned(), 5432, Verdict::Diverted);
        assert!(found.contains(&expected), "{document}\n{found:?}");
    }
    assert_eq!(rows(&[&mesh, &injected, entry]), []);
}

#[test]
fn workloads_that_do_not_exist_have_no_rows_for_objects_that_may_change_them() {
    let host = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop}, spec: {hosts: [e.example.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}}";
    let filter = |namespace: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {{name: f, namespace: {namespace}}}, spec: {{workloadSelector: {{labels: {{app: ingress}}}}, configPatches: [{{applyTo: NETWORK_FILTER, patch: {{operation: MERGE, value: {{}}}}}}]}}}}"
        )
    };
    let stated = |more: &str| {
        format!(
            "{{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {{name: m}}, spec: {{outboundTrafficPolicy: REGISTRY_ONLY{more}}}}}"
        )
    };
    let unknown = |documents: &[&str]| {
        let response = Workspace::load(&texts(documents)).reach(None).unwrap();
        let rows = response.flows.into_iter().filter(|flow| flow.verdict == Verdict::Unknown);
        rows.map(|flow| flow.from.namespace.unwrap_or_default()).collect::<Vec<_>>()
    };
    let ingress = workload("labels: {app: ingress}");
    let another = workload("labels: {app: cart}");
    let (given, complete) = (stated(""), stated(", completeKinds: [Workload]"));
    for namespace in ["shop", "istio-system"] {
        let filter = filter(namespace);
        assert!(unknown(&[host, &filter, &given, &another]).contains(&"shop".to_owned()), "{namespace}");
        assert_eq!(unknown(&[host, &filter, &complete, &another]), [""; 0], "{namespace}");
        assert_eq!(unknown(&[host, &filter, &complete, &ingress]), ["shop"], "{namespace}");
    }
}
