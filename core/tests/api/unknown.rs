//! How an unknown result shows: its cases, and the document that would settle it.

use egressc_core::api::{ReachFormat, TestFormat, TraceFormat, Verdict, Workspace};

use crate::ask::texts;

/// A gateway whose pods no document describes.
const MESH: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: x, namespace: istio-system}, spec: {hosts: [x.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: out, namespace: istio-system}, spec: {selector: {istio: out}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: way, namespace: istio-system}
spec:
  hosts: [x.org]
  gateways: [mesh, out]
  http:
  - match: [{gateways: [mesh]}]
    route: [{destination: {host: out.istio-system.svc.cluster.local, port: {number: 80}}}]
  - match: [{gateways: [out]}]
    route: [{destination: {host: x.org}}]
---
{apiVersion: v1, kind: Service, metadata: {name: out, namespace: istio-system}, spec: {selector: {istio: out}, ports: [{port: 80, name: http2, targetPort: 8080}]}}
---
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: all}
spec:
  allow:
  - {from: shop, to: ['http://x.org']}
  deny:
  - {from: shop, to: ['http://y.org']}
";

const CASES: [&str; 2] = [
    "case: blocked (HTTP status 503, response flags UF) if the pods of gateway `istio-system/out` have the label `security.istio.io/tlsMode: istio`",
    "case: allowed (through gateway istio-system/out) if the pods of gateway `istio-system/out` do not have the label `security.istio.io/tlsMode: istio`",
];
const MISSING: &str = "the Deployment behind Service `istio-system/out`";

fn workspace() -> Workspace {
    Workspace::load(&texts(&[MESH]))
}

#[test]
fn a_trace_shows_the_cases_and_what_is_missing() {
    let question = "shop -> http://x.org".parse().unwrap();
    let response = workspace().trace(&question, Some(TraceFormat::Text)).unwrap();
    let (trace, text) = (response.trace.unwrap(), response.text.unwrap());
    let ends: Vec<(Verdict, Option<u16>, bool)> =
        trace.cases.iter().map(|case| (case.verdict, case.status, case.reached.is_some())).collect();
    assert_eq!(ends, [(Verdict::Blocked, Some(503), false), (Verdict::Allowed, None, true)]);
    assert_eq!((trace.more_cases, trace.missing), (0, vec![MISSING.to_owned()]));
    let assumed = "the client is taken to have a sidecar that captures all that the documents do not exclude: no document describes its workload, its namespace, the injector's values";
    let expected = format!("{}\n{}\nmissing: {MISSING}\nassumed: {assumed}\n", CASES[0], CASES[1]);
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn a_known_result_has_no_cases() {
    let question = "shop -> http://y.org".parse().unwrap();
    let trace = workspace().trace(&question, None).unwrap().trace.unwrap();
    assert_eq!(trace.verdict, Verdict::Blocked);
    assert!(trace.cases.is_empty() && trace.missing.is_empty(), "{trace:?}");
}

#[test]
fn a_failed_expectation_shows_the_same() {
    let response = workspace().test(Some(TestFormat::Text)).unwrap();
    let cases: Vec<usize> = response.expectations.iter().map(|row| row.cases.len()).collect();
    assert_eq!((response.failed, cases), (1, vec![2, 0]));
    let text = response.text.unwrap();
    let expected = format!("  {}\n  {}\n  missing: {MISSING}\n", CASES[0], CASES[1]);
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn reach_counts_what_one_document_would_settle() {
    let entry = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: odd, namespace: shop}, spec: {hosts: [odd.org], exportTo: [.], resolution: STATIC, workloadSelector: {labels: {app: odd}}, ports: [{number: 80, name: http, protocol: HTTP}]}}";
    let workspace = Workspace::load(&texts(&[MESH, entry]));
    let response = workspace.reach(Some(ReachFormat::Table)).unwrap();
    let counted: Vec<(usize, Option<&str>)> =
        response.unknowns.iter().map(|each| (each.rows, each.missing.as_deref())).collect();
    let workloads = "the workloads of namespace `shop`, and a MeshEnvironment with `completeKinds: [Workload]`";
    assert_eq!(counted, [(2, Some(MISSING)), (1, Some(workloads)), (1, None)]);
    let text = response.text.unwrap();
    let expected = format!(
        "\n2 rows are unknown without {MISSING}\n1 row is unknown without {workloads}\n1 row is unknown: whether the pods of `odd.org` accept the request is not modelled\nassumed: "
    );
    assert!(text.contains(&expected), "{text}");
}

/// A name that looks like one of the cluster, under each statement about what is given.
#[test]
fn what_is_complete_is_said_for_each_kind() {
    let verdict = |stated: &str| {
        let environment = format!(
            "{{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {{name: m}}, spec: {{outboundTrafficPolicy: REGISTRY_ONLY{stated}}}}}"
        );
        let question = "shop -> http://api.other.svc.cluster.local".parse().unwrap();
        let response = Workspace::load(&texts(&[&environment])).trace(&question, None).unwrap();
        let trace = response.trace.unwrap();
        (trace.verdict, trace.assumed.len())
    };
    assert_eq!(verdict(""), (Verdict::Unknown, 1));
    assert_eq!(verdict(", completeKinds: [Workload]"), (Verdict::Unknown, 1), "its namespace is not described");
    assert_eq!(verdict(", completeKinds: [Service]"), (Verdict::Blocked, 1));
    assert_eq!(verdict(", completeKinds: [Service, Workload, Namespace]"), (Verdict::Blocked, 0));
    assert_eq!(verdict(", complete: true"), (Verdict::Blocked, 0));
}
