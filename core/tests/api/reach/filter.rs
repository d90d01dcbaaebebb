//! Filters of `reach`: they leave out rows, and none that is about what they name.

use egressc_core::api::{ReachFilter, ReachFormat, ReachOnly, ReachRequest, Verdict, reach};

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

#[test]
fn a_host_of_its_own_in_one_namespace_does_not_hide_the_wildcard_of_another() {
    let entry = |namespace: &str, host: &str, resolution: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e, namespace: {namespace}}}\nspec: {{hosts: ['{host}'], exportTo: ['.'], resolution: {resolution}, ports: [{{number: 80, name: http, protocol: HTTP}}]}}\n"
        )
    };
    let (wildcard, own) = (entry("mytest", "*.w.example.org", "NONE"), entry("other", "z.w.example.org", "DNS"));
    let sources = texts(&[&documents(&[&wildcard, &own, MESH])]);
    let filter = ReachFilter { to: Some("z.w.example.org".to_owned()), ..ReachFilter::default() };
    let response = reach(&ReachRequest { sources, filter: Some(filter), ..ReachRequest::default() }).unwrap();
    let allowed = response.flows.iter().filter(|flow| flow.verdict == Verdict::Allowed);
    let clients: std::collections::BTreeSet<_> = allowed.map(|flow| flow.from.namespace.as_deref()).collect();
    assert!(clients.contains(&Some("mytest")) && clients.contains(&Some("other")), "{:#?}", response.flows);
}

#[test]
fn a_row_that_stands_for_other_namespaces_is_kept_for_each_of_them() {
    let sidecar = |at: usize| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: s, namespace: ns-{at:02}}}\nspec: {{egress: [{{hosts: ['./*', 'own/*']}}]}}\n"
        )
    };
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: own}\nspec: {hosts: [e.example.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n";
    let mut parts: Vec<String> = (0..20).map(sidecar).collect();
    parts.extend([entry.to_owned(), MESH.to_owned()]);
    let text = parts.join("---\n");
    let rows = |filter: ReachFilter| {
        let request = ReachRequest { sources: texts(&[&text]), filter: Some(filter), ..ReachRequest::default() };
        reach(&request).unwrap().flows
    };
    let stands = |flows: &[egressc_core::api::Flow]| flows.iter().any(|flow| flow.from.other_namespaces > 0);
    assert!(stands(&rows(ReachFilter::default())), "there is such a row");
    assert!(stands(&rows(ReachFilter { from: Some("ns-19,app=a".to_owned()), ..ReachFilter::default() })));
    assert!(stands(&rows(ReachFilter { namespaces: Some(vec!["ns-19".to_owned()]), ..ReachFilter::default() })));
}

/// The table for a policy whose rule lets GET requests through alone.
fn table(filter: Option<ReachFilter>) -> String {
    let policy = POLICY
        .replace("to: [{hosts: [all.example.org], ", "to: [{hosts: [all.example.org], allow: [{methods: [GET]}], ");
    let request = ReachRequest {
        sources: texts(&[&documents(&[&policy, MESH])]),
        filter,
        format: Some(ReachFormat::Table),
        ..ReachRequest::default()
    };
    reach(&request).unwrap().text.unwrap()
}

#[test]
fn a_filter_that_keeps_no_row_says_so() {
    let to = |to: &str| Some(ReachFilter { to: Some(to.to_owned()), ..ReachFilter::default() });
    // `a.example.org` is another host than this.
    let text = table(to("b.example.org:443"));
    assert!(
        text.starts_with("no row matches the filter; without it there are ") && text.lines().count() == 1,
        "{text}"
    );
    assert!(!table(to("a.example.org")).contains("no row"));
    assert!(!table(None).contains("no row"));
}

#[test]
fn a_row_has_its_method_where_a_rule_tells_requests_apart() {
    let allowed = Some(ReachFilter { only: Some(ReachOnly::Allowed), ..ReachFilter::default() });
    for (text, with_post) in [(table(None), true), (table(allowed), false)] {
        let has = |to: &str| text.lines().any(|line| line.contains(&format!("  {to}  ")));
        let of = |client: &str, to: &str| {
            text.lines().any(|line| line.starts_with(client) && line.contains(&format!("  {to}  ")))
        };
        assert!(
            has("GET http://all.example.org:80/") && !of("any other workload", "http://all.example.org:80"),
            "{text}"
        );
        // All that another namespace sends is blocked.
        assert_eq!(of("any other namespace", "http://all.example.org:80"), with_post, "{text}");
        // Nothing tells requests to the other host apart.
        assert!(has("http://a.example.org:80"), "{text}");
        assert_eq!(text.contains("POST http://all.example.org:80"), with_post, "{text}");
        let mut lines: Vec<&str> = text.lines().filter(|line| line.contains("all.example.org")).collect();
        let number = lines.len();
        lines.dedup();
        assert_eq!(lines.len(), number, "{text}");
    }
}
