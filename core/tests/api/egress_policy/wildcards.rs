//! Wildcards: the name that is asked for, the name that is compared and the name that is resolved are one.

use std::collections::BTreeMap;

use egressc_core::api::{
    DiffRequest, Query, ReachRequest, Source, TestRequest, Trace, TraceRequest, Verdict, diff, reach, test, trace,
};

use super::{egress_policy, objects};
use crate::ask::{checked, texts};
use crate::documents::{A, B, MESH, documents, mesh, to, with};
use crate::said::slugs;

fn policy_of(rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules.iter().map(|(from, to)| format!("  - from: [{from}]\n    to: [{to}]\n")).collect();
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {{name: p, namespace: istio-egress}}\nspec:\n  byEgressGateway: {{name: gw}}\n  egressRules:\n{}",
        rules.concat()
    )
}

fn traced(policy: &str, query: &str, host: Option<&str>) -> Trace {
    let mut query: Query = query.parse().unwrap();
    if let Some(host) = host {
        query.to.headers = BTreeMap::from([("host".to_owned(), host.to_owned())]);
    }
    let sources = vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", MESH)];
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics))
}

/// The host and port that a request reaches.
fn arrives(policy: &str, query: &str, host: Option<&str>) -> Option<(String, u16)> {
    let trace = traced(policy, query, host);
    assert_ne!(trace.verdict, Verdict::Unknown, "{query} {host:?}: {:?}", trace.unknown);
    trace.reached.map(|reached| (reached.host, reached.port))
}

#[test]
fn a_wildcard_has_every_name_below_and_no_other_name_or_port() {
    let policy = egress_policy(A, &to("'*.example.org'", 80, "HTTP"));
    for (url, host, reached) in [
        ("http://a.example.org", None, Some(("a.example.org", 80))),
        ("http://a.b.example.org", None, Some(("a.b.example.org", 80))),
        ("http://a.example.org", Some("b.example.org"), Some(("b.example.org", 80))),
        ("http://a.example.org", Some("a.example.org:80"), Some(("a.example.org", 80))),
        ("http://other.net", Some("a.example.org"), Some(("a.example.org", 80))),
        ("http://a.example.org", Some("a.example.org:9999"), None),
        ("http://a.example.org", Some("a.example.org:15000"), None),
        ("http://a.example.org", Some("other.net"), None),
        ("http://a.example.org", Some("A.example.org"), None),
        ("http://a.example.org", Some("127.0.0.1"), None),
        ("http://a.example.org", Some("example.org"), None),
        ("http://example.org", None, None),
        ("http://aexample.org", None, None),
        ("http://a.example.org.net", None, None),
        ("https://a.example.org", None, None),
        ("http://a.example.org:8080", None, None),
        ("tcp://a.example.org:80", None, None),
    ] {
        let found = arrives(&policy, &format!("mytest,app=a -> {url}"), host);
        assert_eq!(found.as_ref().map(|(name, port)| (name.as_str(), *port)), reached, "{url} {host:?}");
    }
    for from in ["mytest,app=b", "mytest", "other,app=a"] {
        assert_eq!(arrives(&policy, &format!("{from} -> http://a.example.org"), None), None, "{from}");
    }
}

#[test]
fn an_upgraded_wildcard_asks_for_and_verifies_the_name_in_host() {
    let policy = egress_policy(A, &with("'*.example.org'", 80, "HTTP", ", httpsUpgrade: {enabled: true}"));
    let trace = traced(&policy, "mytest,app=a -> http://a.example.org", None);
    let reached = trace.reached.unwrap();
    assert_eq!((reached.port, reached.tls, reached.sni.as_deref()), (443, true, Some("a.example.org")));
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    for host in ["a.example.org:80", "a.example.org:443", "a.example.org:9999"] {
        assert_eq!(arrives(&policy, "mytest,app=a -> http://a.example.org", Some(host)), None, "{host}");
    }
}

#[test]
fn a_port_other_than_80_stands_in_host() {
    let policy = egress_policy(A, &to("'*.example.org'", 8080, "HTTP"));
    let from = "mytest,app=a -> http://a.example.org:8080";
    assert_eq!(arrives(&policy, from, None), Some(("a.example.org".to_owned(), 8080)));
    assert_eq!(arrives(&policy, from, Some("a.example.org")), None);
    assert_eq!(arrives(&policy, from, Some("a.example.org:80")), None);
}

#[test]
fn the_most_specific_host_of_a_namespace_and_port_decides() {
    let wide = to("'*.example.org'", 80, "HTTP");
    let narrow = to("admin.example.org", 80, "HTTP");
    let deep = to("'*.deep.example.org'", 80, "HTTP");
    let policy = policy_of(&[(A, &wide), (B, &narrow), (B, &deep)]);
    for (from, host, does) in [
        ("app=a", "www.example.org", true),
        ("app=a", "admin.example.org", false),
        ("app=b", "admin.example.org", true),
        ("app=b", "www.example.org", false),
        ("app=a", "deep.example.org", true),
        ("app=a", "x.deep.example.org", false),
        ("app=b", "x.deep.example.org", true),
        ("app=b", "deep.example.org", false),
    ] {
        let found = arrives(&policy, &format!("mytest,{from} -> http://{host}"), None);
        assert_eq!(found.is_some(), does, "{from} {host}");
    }
    assert_eq!(slugs(&documents(&[&policy, MESH])), ["narrower-host", "narrower-host"]);
    // On a port that the more specific host does not declare, the wildcard decides, through another port of the gateway.
    let other_port = with("admin.example.org", 8080, "HTTP", ", byEgressGateway: {port: 443}");
    let policy = policy_of(&[(A, &wide), (B, &other_port)]);
    assert!(arrives(&policy, "mytest,app=a -> http://admin.example.org", None).is_some());
    assert!(arrives(&policy, "mytest,app=b -> http://admin.example.org", None).is_none());
    assert!(arrives(&policy, "mytest,app=b -> http://admin.example.org:8080", None).is_some());
    assert!(slugs(&documents(&[&policy, MESH])).is_empty());
}

#[test]
fn at_a_gateway_port_the_most_specific_host_decides_for_all_namespaces() {
    let other = "{namespace: other}";
    let wide = to("'*.example.org'", 80, "HTTP");
    let narrow = to("admin.example.org", 80, "HTTP");
    let conflict = policy_of(&[(A, &wide), (other, &narrow)]);
    assert_eq!(slugs(&documents(&[&conflict, MESH])), ["narrower-at-gateway"]);
    let both = policy_of(&[(A, &format!("{wide}, {narrow}")), (other, &narrow)]);
    assert!(slugs(&documents(&[&both, MESH])).is_empty());
    let apart =
        policy_of(&[(A, &wide), (other, &with("admin.example.org", 80, "HTTP", ", byEgressGateway: {port: 443}"))]);
    assert!(slugs(&documents(&[&apart, MESH])).is_empty());
    assert!(arrives(&apart, "mytest,app=a -> http://admin.example.org", None).is_some());
}

#[test]
fn what_is_written_holds_for_each_host_by_itself() {
    let wide = to("'*.example.org'", 80, "HTTP");
    let narrow = to("admin.example.org", 80, "HTTP");
    let policy = policy_of(&[(A, &format!("{wide}, {narrow}")), ("{namespace: other}", &narrow)]);
    let sources = vec![Source::text("p.yaml", policy), Source::text("m.yaml", MESH)];
    let operations: Vec<String> = objects(sources)
        .iter()
        .filter(|each| each["kind"] == "AuthorizationPolicy")
        .map(|each| each["spec"]["rules"][0]["to"][0]["operation"].to_string())
        .collect();
    assert_eq!(
        operations,
        [
            r#"{"hosts":["*.example.org","*.example.org:80"],"notHosts":["admin.example.org","admin.example.org:*"],"ports":["80"]}"#,
            r#"{"hosts":["admin.example.org","admin.example.org:*"],"ports":["80"]}"#,
        ]
    );
}

#[test]
fn what_a_wildcard_cannot_have_is_refused() {
    let mesh = mesh("  istioVersion: \"1.30\"\n");
    let of = |to: &str| slugs(&documents(&[&egress_policy(A, to), &mesh]));
    for (to, expected) in [
        (to("'*.example.org'", 80, "HTTP"), None),
        (to("'*.example.org'", 443, "HTTPS"), Some("wildcard-not-http")),
        (to("'*.example.org'", 636, "TLS"), Some("wildcard-not-http")),
        (to("'*.example.org'", 50051, "GRPC"), Some("wildcard-not-http")),
        (to("'*.example.org'", 80, "HTTP2"), Some("wildcard-not-http")),
        (with("'*.example.org'", 80, "GRPC", ", httpsUpgrade: {enabled: true}"), None),
        (with("'*.example.org'", 8080, "HTTP", ", httpsUpgrade: {enabled: true}"), Some("wildcard-port")),
        (with("'*.example.org'", 80, "HTTP", ", httpsUpgrade: {enabled: true, port: 8443}"), Some("wildcard-port")),
        (
            with("'*.example.org'", 80, "HTTP", ", outlierDetection: {consecutive5xxErrors: 1}"),
            Some("wildcard-settings"),
        ),
        (with("'*.example.org'", 80, "HTTP", ", connectionPool: {tcp: {idleTimeout: 1m}}"), Some("wildcard-settings")),
        (with("'*.example.org'", 80, "HTTP", ", connectionPool: {tcp: {maxConnections: 1}}"), None),
        (
            with(
                "'*.example.org'",
                80,
                "HTTP",
                ", httpsUpgrade: {enabled: true}, connectionPool: {tcp: {idleTimeout: 1m}}",
            ),
            None,
        ),
        (to("'*.github.io'", 80, "HTTP"), Some("shared-parent")),
        (to("'*.co.uk'", 80, "HTTP"), Some("shared-parent")),
        (to("'*.com'", 80, "HTTP"), Some("wildcard-host")),
        (to("'*'", 80, "HTTP"), Some("wildcard-host")),
        (to("'*example.org'", 80, "HTTP"), Some("wildcard-host")),
        (to("'a.*.example.org'", 80, "HTTP"), Some("wildcard-host")),
        (to("'*.*.example.org'", 80, "HTTP"), Some("wildcard-host")),
        (to("'*.svc.cluster.local'", 80, "HTTP"), Some("cluster-host")),
        (to("'*.10.0.0.1'", 80, "HTTP"), Some("host-syntax")),
        (to("'*.a..org'", 80, "HTTP"), Some("host-syntax")),
        (to("'*.'", 80, "HTTP"), Some("host-syntax")),
        (to("'*.example.org:80'", 80, "HTTP"), Some("host-syntax")),
    ] {
        assert_eq!(of(&to), expected.into_iter().collect::<Vec<_>>(), "{to}");
    }
    // A fix would be for the name without its wildcard.
    let found = checked(texts(&[&documents(&[&egress_policy(A, &to("'*.example.org:80'", 80, "HTTP")), &mesh])]));
    assert!(found.diagnostics.iter().all(|each| each.fix.is_none()), "{:#?}", found.diagnostics);
    let old = documents(&[&egress_policy(A, &to("'*.example.org'", 80, "HTTP")), &mesh.replace("1.30", "1.29")]);
    assert_eq!(slugs(&old), ["wildcard-too-old"]);
    let domain = format!("{MESH}  clusterDomain: k8s.example.org\n");
    let cluster = documents(&[&egress_policy(A, &to("'*.example.org'", 80, "HTTP")), &domain]);
    assert_eq!(slugs(&cluster), ["cluster-host"]);
    let asm = egress_policy(A, &to("'*.example.org'", 80, "HTTP"))
        .replace("egressc.dev/v1alpha1\nkind: EgressPolicy", "istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy");
    assert_eq!(slugs(&documents(&[&asm, MESH])), ["policy-name", "wildcard-host"]);
}

#[test]
fn two_settings_of_one_port_are_refused() {
    let plain = to("'*.example.org'", 443, "HTTP");
    let upgraded = with("'*.example.org'", 80, "HTTP", ", byEgressGateway: {port: 443}, httpsUpgrade: {enabled: true}");
    let found = slugs(&documents(&[&policy_of(&[(A, &plain), (B, &upgraded)]), MESH]));
    assert!(found.contains(&"wildcard-settings".to_owned()), "{found:?}");
}

#[test]
fn own_objects_below_a_wildcard_are_held_against_it() {
    let policy = egress_policy(A, &to("'*.example.org'", 80, "HTTP"));
    let entry = |host: &str, port: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: own, namespace: mytest}}\nspec: {{hosts: [{host}], exportTo: ['.'], ports: [{{{port}}}], resolution: DNS}}\n"
        )
    };
    // The route of the wildcard is for an entry of a name below it, too.
    let http = slugs(&documents(&[&policy, MESH, &entry("a.example.org", "number: 80, name: http, protocol: HTTP")]));
    assert!(http.is_empty(), "{http:?}");
    // On another port it is a way past the gateway to a host that the policy declares.
    let https = slugs(&documents(&[&policy, MESH, &entry("a.example.org", "number: 443, name: tls, protocol: TLS")]));
    assert!(https.contains(&"lets-through".to_owned()), "{https:?}");
    // A route of its own takes the name from the wildcard's clients.
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: own, namespace: mytest}\nspec: {hosts: [a.example.org], exportTo: ['.'], http: [{directResponse: {status: 404}}]}\n";
    let takes = slugs(&documents(&[&policy, MESH, route]));
    assert!(takes.contains(&"takes-away".to_owned()), "{takes:?}");
    // The apex is another host.
    let apex = slugs(&documents(&[&policy, MESH, &entry("example.org", "number: 443, name: tls, protocol: TLS")]));
    assert_eq!(apex, ["opens-other-hosts"]);
}

#[test]
fn reach_and_diff_name_the_wildcard() {
    let sources = |host: &str| {
        vec![Source::text("p.yaml", egress_policy(A, &to(host, 80, "HTTP"))), Source::text("m.yaml", MESH)]
    };
    let flows = reach(&ReachRequest { sources: sources("'*.example.org'"), ..ReachRequest::default() }).unwrap().flows;
    let allowed: Vec<&str> =
        flows.iter().filter(|flow| flow.verdict == Verdict::Allowed).map(|flow| flow.to.host.as_str()).collect();
    assert_eq!(allowed, ["*.example.org", "*.example.org"]);
    for (before, after, widened) in [
        ("a.example.org", "'*.example.org'", true),
        ("'*.example.org'", "a.example.org", false),
        ("'*.a.example.org'", "'*.example.org'", true),
    ] {
        let request = DiffRequest { before: sources(before), after: sources(after), ..DiffRequest::default() };
        let response = diff(&request).unwrap();
        assert_eq!(response.widened, widened, "{before} to {after}: {:#?}", response.changes);
        assert!(!response.changes.is_empty());
    }
}

#[test]
fn an_expectation_covers_the_rule_that_decides() {
    let policy =
        policy_of(&[(A, &format!("{}, {}", to("'*.example.org'", 80, "HTTP"), to("b.example.org", 80, "HTTP")))]);
    let tests = "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {name: t}\nspec:\n  allow:\n  - from: mytest,app=a\n    to: [http://b.example.org]\n  deny:\n  - from: mytest,app=a\n    to: [http://example.org]\n";
    let sources = vec![Source::text("p.yaml", policy), Source::text("m.yaml", MESH), Source::text("t.yaml", tests)];
    let response = test(&TestRequest { sources, ..TestRequest::default() }).unwrap();
    assert!(response.ok, "{:#?}", response.diagnostics);
    let uncovered: Vec<&str> = response.uncovered.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(uncovered, ["*.example.org:80"]);
}

#[test]
fn a_host_below_a_wildcard_does_not_have_its_settings() {
    let wide = with("'*.example.org'", 80, "HTTP", ", httpsUpgrade: {enabled: true}");
    let tls = with("tls.example.org", 443, "HTTPS", "");
    let policy = policy_of(&[(A, &format!("{wide}, {tls}"))]);
    let trace = traced(&policy, "mytest,app=a -> https://tls.example.org", None);
    assert_eq!(trace.verdict, Verdict::Allowed, "{:?}", trace.notes);
    let sources = vec![Source::text("p.yaml", &policy), Source::text("m.yaml", MESH)];
    let rules: Vec<String> = objects(sources)
        .iter()
        .filter(|each| each["kind"] == "DestinationRule" && each["spec"]["exportTo"][0] == ".")
        .map(|each| format!("{} {}", each["spec"]["host"], each["spec"]["trafficPolicy"].is_null()))
        .collect();
    assert_eq!(rules, [r#""*.example.org" false"#, r#""tls.example.org" true"#]);
    // The sidecar would read its bytes as HTTP of the wildcard.
    let tcp = policy_of(&[(A, &format!("{wide}, {}", to("db.example.org", 80, "TCP")))]);
    let found = slugs(&documents(&[&tcp, &mesh("  dnsCapture: true\n")]));
    assert!(found.contains(&"two-protocols".to_owned()), "{found:?}");
}

#[test]
fn an_own_rule_may_replace_settings_of_ports() {
    let policy = egress_policy(A, &with("'*.example.org'", 80, "HTTP", ", httpsUpgrade: {enabled: true}"));
    let own = |host: &str, policy: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: own, namespace: istio-system}}\nspec: {{host: '{host}', exportTo: ['.']{policy}}}\n"
        )
    };
    let limit = ", trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}";
    // Beside the warning that a result depends on ages there is one for the settings, which no place shows.
    let warnings = |own: &str| {
        let text = documents(&[&policy, MESH, own]);
        let response = checked(texts(&[&text]));
        response.diagnostics.iter().filter(|each| each.message.contains("may replace the settings")).count()
    };
    assert_eq!(warnings(&own("*.example.org", limit)), 1);
    assert_eq!(warnings(&own("*.example.org", "")), 0);
    assert_eq!(warnings(&own("*.example.net", limit)), 0);
}
