//! Requests that a weight, or a proxy's choice of an endpoint, sends to one of several places.

use egressc_core::api::{DiffFormat, ReachFormat, TestFormat, TraceFormat, Verdict, Workspace};

use crate::ask::texts;

const MESH: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: x, namespace: shop}, spec: {hosts: [x.org], exportTo: [.], resolution: DNS, endpoints: [{address: a.example.net}, ENDPOINT], ports: [{number: 80, name: http, protocol: HTTP}]}}
---
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: all}
spec:
  allow:
  - {from: shop, to: ['http://x.org']}
";

fn workspace(endpoint: &str) -> Workspace {
    Workspace::load(&texts(&[&MESH.replace("ENDPOINT", endpoint)]))
}

#[test]
fn trace_shows_every_place() {
    let question = "shop -> http://x.org".parse().unwrap();
    let response =
        workspace("{address: b.example.net, ports: {http: 8080}}").trace(&question, Some(TraceFormat::Text)).unwrap();
    let (trace, text) = (response.trace.unwrap(), response.text.unwrap());
    assert_eq!((trace.verdict, trace.unknown, trace.cases), (Verdict::Diverted, Vec::new(), Vec::new()));
    let others: Vec<String> = trace.also_reached.iter().map(|place| format!("{}:{}", place.host, place.port)).collect();
    assert_eq!(
        (trace.reached.unwrap().host.as_str(), others.as_slice()),
        ("a.example.net", &["b.example.net:8080".to_owned()][..])
    );
    assert!(
        text.contains(
            "  host     a.example.net port 80, plain text\n           or b.example.net port 8080, plain text\n"
        ),
        "{text}"
    );
}

#[test]
fn reach_shows_every_place_in_every_format() {
    let workspace = workspace("{address: b.example.net}");
    for (format, expected) in [
        (ReachFormat::Table, "diverted to a.example.net:80 or b.example.net:80"),
        (ReachFormat::Csv, ",a.example.net,80,false,,b.example.net:80,"),
        (ReachFormat::Mermaid, "b.example.net:80"),
        (ReachFormat::Dot, "b.example.net:80"),
    ] {
        let text = workspace.reach(Some(format)).unwrap().text.unwrap();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn another_place_is_a_change() {
    let before = workspace("{address: b.example.net}");
    let same = before.diff(&workspace("{address: b.example.net}"), None).unwrap();
    assert!(same.changes.is_empty(), "{same:?}");
    let after = workspace("{address: c.example.net}");
    let text = before.diff(&after, Some(DiffFormat::Text)).unwrap().text.unwrap();
    let (was, is) = ("a.example.net:80 or b.example.net:80", "a.example.net:80 or c.example.net:80");
    assert!(
        text.contains(&format!("was diverted to {was}")) && text.contains(&format!("is diverted to {is}")),
        "{text}"
    );
}

#[test]
fn an_expectation_names_every_place() {
    let text = workspace("{address: b.example.net}").test(Some(TestFormat::Text)).unwrap().text.unwrap();
    assert!(text.contains("it reaches a.example.net port 80 or b.example.net port 80 in plain text"), "{text}");
}
