//! Configuration that is as it should be: the tasks that Istio documents for egress, written anew, and what is said about each.

use super::{CLOSED, codes};

const NAMESPACE: &str = "default";

fn object(kind: &str, name: &str, spec: &str) -> String {
    super::object_in(NAMESPACE, kind, name, spec)
}

/// Everything of a task, beside a mesh that is closed, and beside nothing at all.
fn said(task: &[String]) -> Vec<String> {
    let of_mesh: Vec<&str> = std::iter::once(CLOSED).chain(task.iter().map(String::as_str)).collect();
    let alone: Vec<&str> = task.iter().map(String::as_str).collect();
    let (with, without) = (codes(&of_mesh), codes(&alone));
    assert_eq!(with, without, "the mesh config changes what is said");
    with
}

fn entry(ports: &str) -> String {
    object("ServiceEntry", "news", &format!("{{hosts: [news.example.com], ports: [{ports}], resolution: DNS}}"))
}

const BOTH: &str = "{number: 80, name: http, protocol: HTTP}, {number: 443, name: https, protocol: HTTPS}";

#[test]
fn access_to_external_services_is_quiet() {
    assert!(said(&[entry(BOTH)]).is_empty());
    let timeout = object(
        "VirtualService",
        "news",
        "{hosts: [news.example.com], http: [{timeout: 3s, route: [{destination: {host: news.example.com}, weight: 100}]}]}",
    );
    assert!(said(&[entry("{number: 80, name: http, protocol: HTTP}"), timeout]).is_empty());
}

#[test]
fn tls_origination_in_the_sidecar_is_quiet() {
    let rule = object(
        "DestinationRule",
        "news",
        "{host: news.example.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}}",
    );
    let ports =
        "{number: 80, name: http, protocol: HTTP, targetPort: 443}, {number: 443, name: https, protocol: HTTPS}";
    assert!(said(&[entry(ports), rule]).is_empty());
}

const GATEWAY_HOST: &str = "istio-egressgateway.istio-system.svc.cluster.local";

fn subset() -> String {
    object("DestinationRule", "egressgateway-for-news", &format!("{{host: {GATEWAY_HOST}, subsets: [{{name: news}}]}}"))
}

fn gateway(server: &str) -> String {
    object("Gateway", "egress", &format!("{{selector: {{istio: egressgateway}}, servers: [{server}]}}"))
}

#[test]
fn an_egress_gateway_for_http_is_quiet() {
    let routes = format!(
        "{{hosts: [news.example.com], gateways: [egress, mesh], http: [
          {{match: [{{gateways: [mesh], port: 80}}], route: [{{destination: {{host: {GATEWAY_HOST}, subset: news, port: {{number: 80}}}}, weight: 100}}]}},
          {{match: [{{gateways: [egress], port: 80}}], route: [{{destination: {{host: news.example.com, port: {{number: 80}}}}, weight: 100}}]}}]}}"
    );
    let task = [
        entry("{number: 80, name: http-port, protocol: HTTP}"),
        gateway("{port: {number: 80, name: http, protocol: HTTP}, hosts: [news.example.com]}"),
        subset(),
        object("VirtualService", "through-egress-gateway", &routes),
    ];
    assert!(said(&task).is_empty());
}

#[test]
fn an_egress_gateway_for_https_is_quiet() {
    let routes = format!(
        "{{hosts: [news.example.com], gateways: [mesh, egress], tls: [
          {{match: [{{gateways: [mesh], port: 443, sniHosts: [news.example.com]}}], route: [{{destination: {{host: {GATEWAY_HOST}, subset: news, port: {{number: 443}}}}}}]}},
          {{match: [{{gateways: [egress], port: 443, sniHosts: [news.example.com]}}], route: [{{destination: {{host: news.example.com, port: {{number: 443}}}}, weight: 100}}]}}]}}"
    );
    let task = [
        entry("{number: 443, name: tls, protocol: TLS}"),
        gateway("{port: {number: 443, name: tls, protocol: TLS}, hosts: [news.example.com], tls: {mode: PASSTHROUGH}}"),
        subset(),
        object("VirtualService", "through-egress-gateway", &routes),
    ];
    assert!(said(&task).is_empty());
}

#[test]
fn tls_origination_at_the_egress_gateway_is_quiet() {
    let routes = format!(
        "{{hosts: [news.example.com], gateways: [egress, mesh], http: [
          {{match: [{{gateways: [mesh], port: 80}}], route: [{{destination: {{host: {GATEWAY_HOST}, subset: news, port: {{number: 80}}}}, weight: 100}}]}},
          {{match: [{{gateways: [egress], port: 80}}], route: [{{destination: {{host: news.example.com, port: {{number: 443}}}}, weight: 100}}]}}]}}"
    );
    let originate = object(
        "DestinationRule",
        "originate-tls-for-news",
        "{host: news.example.com, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]}}",
    );
    let to_gateway = object(
        "DestinationRule",
        "egressgateway-for-news",
        &format!(
            "{{host: {GATEWAY_HOST}, subsets: [{{name: news, trafficPolicy: {{portLevelSettings: [{{port: {{number: 80}}, tls: {{mode: ISTIO_MUTUAL, sni: news.example.com}}}}]}}}}]}}"
        ),
    );
    let task = [
        entry("{number: 80, name: http, protocol: HTTP}, {number: 443, name: https, protocol: HTTPS}"),
        gateway(
            "{port: {number: 80, name: https-port-for-tls-origination, protocol: HTTPS}, hosts: [news.example.com], tls: {mode: ISTIO_MUTUAL}}",
        ),
        to_gateway,
        object("VirtualService", "through-egress-gateway", &routes),
        originate,
    ];
    // No route removes the header with the caller's identity, which mutual TLS has shown to the gateway. And the rule is for the
    // gateway, while sidecars read it, too: a client that sends HTTPS itself gets TLS inside TLS.
    assert_eq!(said(&task), ["EGR0724", "EGR0705"]);
}

#[test]
fn a_wildcard_for_tls_is_quiet() {
    let wildcard = object(
        "ServiceEntry",
        "news",
        "{hosts: [\"*.example.com\"], ports: [{number: 443, name: https, protocol: HTTPS}]}",
    );
    assert!(said(&[wildcard]).is_empty());
}
