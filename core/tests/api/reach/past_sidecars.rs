//! Workloads that the facts say have no sidecar, and requests that no policy can speak of.

use egressc_core::api::Verdict;
use egressc_core::api::{
    ClientPath, DiffRequest, ReachRequest, TestRequest, TraceRequest, TraceResponse, diff, reach, test, trace,
};

use crate::ask::texts;

const POLICY: &str = policy!(
    "egw",
    "  - from: [{namespace: app, workloadSelector: {app: client}}]
    to: [{hosts: [ext.example], port: {number: 80, protocol: HTTP}}]
"
);
const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: batch, namespace: app}
spec:
  template:
    metadata: {labels: {app: batch, sidecar.istio.io/inject: 'false'}}
    spec: {containers: [{name: batch}]}
";

/// The mesh, with what is known about the namespace of the clients.
fn mesh(namespace: &str) -> String {
    let mesh = mesh!("egw", "{port: 80, targetPort: 8080, class: http}");
    format!("{mesh}  namespaces:\n  - {{name: app{namespace}}}\n")
}

fn asked(sources: &[&str], ask: &str) -> TraceResponse {
    trace(&TraceRequest { sources: texts(sources), ask: Some(ask.to_owned()), ..TraceRequest::default() }).unwrap()
}

#[test]
fn who_has_no_sidecar_goes_past_all() {
    let listed = mesh(
        ", workloads: [{name: batch, labels: {app: batch}, sidecar: false}, {name: client, labels: {app: client}}]",
    );
    let not_injected = mesh(", injection: false");
    let unknown = mesh("");
    for (name, sources) in [
        ("listed", vec![POLICY, &listed]),
        ("by its label", vec![POLICY, &unknown, DEPLOYMENT]),
        ("by its namespace", vec![POLICY, &not_injected]),
    ] {
        let open = asked(&sources, "app,app=batch -> tcp://evil.example:9999").trace.unwrap();
        assert_eq!((open.verdict, open.query.from.path), (Verdict::Allowed, ClientPath::None), "{name}: {open:#?}");
        let rows = reach(&ReachRequest { sources: texts(&sources), ..ReachRequest::default() }).unwrap().flows;
        let past = rows.iter().filter(|row| row.from.path == ClientPath::None && row.to.host == "*").count();
        assert_eq!(past, 2, "{name}: {rows:#?}");
        assert!(rows.iter().filter(|row| row.from.path == ClientPath::None).all(|row| row.bypass), "{name}");
    }
    // What nobody says has a sidecar, as before.
    let held = asked(&[POLICY, &unknown], "app,app=batch -> tcp://evil.example:9999").trace.unwrap();
    assert_eq!((held.verdict, held.query.from.path), (Verdict::Blocked, ClientPath::Sidecar));
    let other = asked(&[POLICY, &listed], "app,app=client -> http://ext.example").trace.unwrap();
    assert_eq!(other.query.from.path, ClientPath::Sidecar);
}

#[test]
fn one_workload_without_a_sidecar_is_enough() {
    let some = mesh(
        ", workloads: [{name: batch, labels: {app: batch}, sidecar: false}, {name: new, labels: {app: batch, version: v2}, sidecar: true}]",
    );
    let nameless = mesh(
        ", workloads: [{name: batch, sidecar: false}, {name: new, labels: {app: batch, version: v2}, sidecar: true}]",
    );
    for (mesh, client, path) in [
        (&some, "app,app=batch", ClientPath::None),
        (&some, "app,app=batch,version=v2", ClientPath::Sidecar),
        (&nameless, "app", ClientPath::None),
        (&nameless, "app,app=batch", ClientPath::Sidecar),
    ] {
        let asked = asked(&[POLICY, mesh], &format!("{client} -> tcp://evil.example:9999")).trace.unwrap();
        assert_eq!(asked.query.from.path, path, "{client}");
        let rows = reach(&ReachRequest { sources: texts(&[POLICY, mesh]), ..ReachRequest::default() }).unwrap().flows;
        assert_eq!(
            rows.iter().filter(|row| row.from.path == ClientPath::None && row.to.host == "*").count(),
            2,
            "{rows:#?}"
        );
    }
}

#[test]
fn a_sidecar_that_is_taken_away_opens_everything() {
    let with = mesh(", workloads: [{name: batch, labels: {app: batch}, sidecar: true}]");
    let without = mesh(", workloads: [{name: batch, labels: {app: batch}, sidecar: false}]");
    let changed = |before: &str, after: &str| {
        diff(&DiffRequest {
            before: texts(&[POLICY, before]),
            after: texts(&[POLICY, after]),
            ..DiffRequest::default()
        })
        .unwrap()
    };
    let opened = changed(&with, &without);
    assert!(opened.widened && opened.changes.len() == 2, "{:#?}", opened.changes);
    assert!(!changed(&without, &with).widened);
}

#[test]
fn an_expectation_about_it_does_not_pass() {
    let without = mesh(", workloads: [{name: batch, labels: {app: batch}, sidecar: false}]");
    let expected = "
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: closed}
spec:
  deny: [{from: 'app,app=batch', to: ['http://evil.example']}]
";
    let request = TestRequest { sources: texts(&[POLICY, &without, expected]), ..TestRequest::default() };
    let response = test(&request).unwrap();
    assert_eq!((response.passed, response.failed), (0, 1), "{:#?}", response.diagnostics);
}

#[test]
fn advice_names_only_what_a_policy_can_name() {
    let mesh = mesh("");
    for (target, code) in [
        ("tcp://[2001:db8::1]:5432", "EGR0423"),
        ("https://localhost", "EGR0421"),
        ("http://orders.shop.svc.cluster.local", "EGR0425"),
    ] {
        let hint = asked(&[POLICY, &mesh], &format!("app,app=client -> {target}")).hint.unwrap();
        assert!(hint.starts_with("no rule can name") && hint.contains(code), "{hint}");
    }
    let hint = asked(&[POLICY, &mesh], "app,app=client -> https://other.example").hint.unwrap();
    assert!(hint.contains("would allow this request"), "{hint}");
    let hint = asked(&[POLICY, &mesh], "app,app=client -> tcp://1.2.3.4:5432").hint.unwrap();
    assert!(hint.contains("a rule of an EgressPolicy from `app` with address `1.2.3.4` and port"), "{hint}");
}
