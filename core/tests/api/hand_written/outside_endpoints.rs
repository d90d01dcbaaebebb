//! Addresses outside of the cluster behind a Service of the cluster.

use egressc_core::api::{Query, TraceRequest, Verdict, trace};

use crate::ask::{checked, texts, words};

const MESH: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}";
const GATEWAY: &str = "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: egress, namespace: istio-system}, spec: {selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.org]}]}}";

fn service(spec: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: db, namespace: shop}}, spec: {{{spec}, ports: [{{name: tcp, port: 5432}}]}}}}"
    )
}

fn slice(endpoint: &str) -> String {
    format!(
        "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: db-1, namespace: shop, labels: {{kubernetes.io/service-name: db}}}}, addressType: IPv4, endpoints: [{{{endpoint}}}], ports: [{{name: tcp, port: 5432}}]}}"
    )
}

fn said(documents: &[&str]) -> Vec<String> {
    let all: Vec<&str> = [MESH].into_iter().chain(documents.iter().copied()).collect();
    let all = checked(texts(&all)).diagnostics;
    all.iter().filter(|each| each.code == "EGR0730").map(words).collect()
}

#[test]
fn an_address_outside_of_the_cluster_is_reported_beside_an_egress_gateway() {
    const OUTSIDE: &str = "addresses: [203.0.113.9]";
    for of_service in ["clusterIP: 10.96.0.7", "selector: {app: db}", "clusterIP: None"] {
        let found = said(&[GATEWAY, &service(of_service), &slice(OUTSIDE)]);
        assert!(
            found.len() == 1 && found[0].contains("`203.0.113.9` past the egress gateway"),
            "{of_service}: {found:?}"
        );
    }
    let plain = service("clusterIP: 10.96.0.7");
    let endpoints = "{apiVersion: v1, kind: Endpoints, metadata: {name: db, namespace: shop}, subsets: [{addresses: [{ip: 203.0.113.9}, {ip: 203.0.113.10}], ports: [{port: 5432}]}]}";
    let found = said(&[GATEWAY, &plain, endpoints]);
    assert!(found.len() == 1 && found[0].contains("and 1 more"), "{found:?}");
    // Pods, private addresses, other Services, and those that nobody sees.
    for endpoint in [
        "addresses: [10.1.2.3]",
        "addresses: [10.1.2.3], targetRef: {kind: Pod, name: a}",
        "addresses: [2001:db8::7], targetRef: {kind: Pod, name: a}",
    ] {
        assert!(said(&[GATEWAY, &plain, &slice(endpoint)]).is_empty(), "{endpoint}");
    }
    assert!(said(&[GATEWAY, &plain, &slice(OUTSIDE).replace("service-name: db", "service-name: other")]).is_empty());
    let hidden =
        plain.replace("namespace: shop}", "namespace: shop, annotations: {networking.istio.io/exportTo: '~'}}");
    assert!(said(&[GATEWAY, &hidden, &slice(OUTSIDE)]).is_empty());
    // Whoever writes the slice may call it a node; those of the cluster are in `kube-system`.
    let node = slice("addresses: [203.0.113.9], targetRef: {kind: Node, name: a}");
    assert_eq!(said(&[GATEWAY, &plain, &node]).len(), 1);
    let of_system = |text: &str| text.replace("namespace: shop", "namespace: kube-system");
    assert!(said(&[GATEWAY, &of_system(&plain), &of_system(&node)]).is_empty());
    // What is not ready, an address of version 4 in one of version 6, and a control plane elsewhere.
    for endpoint in ["addresses: [203.0.113.9], conditions: {ready: false}", "addresses: ['::ffff:10.0.0.1']"] {
        assert!(said(&[GATEWAY, &plain, &slice(endpoint)]).is_empty(), "{endpoint}");
    }
    let istiod =
        |text: String| text.replace("namespace: shop", "namespace: istio-system").replace("name: db", "name: istiod");
    assert!(said(&[GATEWAY, &istiod(plain.clone()), &istiod(slice(OUTSIDE))]).is_empty());
    assert!(said(&[&GATEWAY.replace("egress", "ingress"), &plain, &slice(OUTSIDE)]).is_empty());
    // Without an egress gateway there is nothing that it goes past.
    let entry = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: x, namespace: shop}, spec: {hosts: [x.org], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}}";
    assert!(said(&[entry, &plain, &slice(OUTSIDE)]).is_empty());
}

#[test]
fn a_request_for_such_a_service_says_so() {
    let plain = service("clusterIP: 10.96.0.7");
    let outside = slice("addresses: [203.0.113.9]");
    let query: Query = "shop,app=cart -> tcp://db.shop.svc.cluster.local:5432".parse().unwrap();
    let asked = |slice: &str| {
        let sources = texts(&[MESH, GATEWAY, &plain, slice]);
        trace(&TraceRequest { sources, query: Some(query.clone()), ..TraceRequest::default() }).unwrap().trace.unwrap()
    };
    let found = asked(&outside);
    assert_eq!(found.verdict, Verdict::Unknown);
    assert!(found.unknown[0].contains("`203.0.113.9`") && found.unknown[0].contains("bypasses every gateway"));
    let pod = slice("addresses: [203.0.113.9], targetRef: {kind: Pod, name: a}");
    assert!(!asked(&pod).unknown[0].contains("bypasses"), "{:?}", asked(&pod).unknown);
}
