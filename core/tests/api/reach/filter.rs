//! Filters of `reach`: they leave out rows, and none that is about what they name.

use egressc_core::api::{ReachFilter, ReachRequest, Verdict, reach};

use crate::ask::texts;
use crate::documents::{MESH, documents};

const POLICY: &str = "apiVersion: egressc.dev/v1alpha1
kind: EgressPolicy
metadata: {name: p, namespace: istio-egress}
spec:
  byEgressGateway: {name: gw}
  egressRules:
  - from: [{namespace: mytest}]
    to: [{hosts: [all.example.org], port: {number: 80, protocol: HTTP}}]
  - from: [{namespace: mytest, workloadSelector: {app: a}}]
    to: [{hosts: [a.example.org, '*.w.example.org', z.w.example.org], port: {number: 80, protocol: HTTP}}]
";

/// The hosts that arrive, by what the filter says.
fn allowed(filter: ReachFilter) -> Vec<String> {
    let sources = texts(&[&documents(&[POLICY, MESH])]);
    let response = reach(&ReachRequest { sources, filter: Some(filter), ..ReachRequest::default() }).unwrap();
    let captured = response
        .flows
        .iter()
        .filter(|flow| flow.verdict == Verdict::Allowed && flow.from.path == egressc_core::api::ClientPath::Sidecar);
    captured.map(|flow| flow.to.host.clone()).collect()
}

#[test]
fn a_client_with_rows_of_its_own_has_those_of_its_namespace_too() {
    let from = |from: &str| allowed(ReachFilter { from: Some(from.to_owned()), ..ReachFilter::default() });
    let own = ["*.w.example.org", "a.example.org", "all.example.org", "z.w.example.org"];
    assert_eq!(from("mytest,app=a"), own);
    assert_eq!(from("mytest,app=b"), ["all.example.org"]);
    assert_eq!(from("mytest"), own);
    assert_eq!(from("elsewhere"), [""; 0]);
}

#[test]
fn a_host_without_a_row_has_that_of_the_wildcard_that_covers_it() {
    let to = |to: &str| allowed(ReachFilter { to: Some(to.to_owned()), ..ReachFilter::default() });
    assert_eq!(to("q.w.example.org"), ["*.w.example.org"]);
    assert_eq!(to("http://q.w.example.org:80"), ["*.w.example.org"]);
    assert_eq!(to("q.w.example.org:81"), [""; 0]);
    assert_eq!(to("z.w.example.org"), ["z.w.example.org"]);
    assert_eq!(to("w.example.org"), [""; 0]);
}
