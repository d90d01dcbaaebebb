//! Several external hosts behind one: by weight, and while another one fails.

use std::collections::BTreeSet;

use egressc_core::api::{
    ChangeKind, DiffRequest, Query, Source, TestRequest, Trace, TraceRequest, Verdict, diff, test, trace,
};
use serde_json::{Value, json};

use super::{egress_policy, objects};
use crate::ask::{compiled, texts};
use crate::documents::{A, B, MESH, documents, policy};
use crate::said::{slugs, the};

const BACKENDS: &str = "backends: [{host: us.example.org, weight: 10, httpsUpgrade: {enabled: true}}, {host: eu.example.org, weight: 90, httpsUpgrade: {enabled: true}}, {host: later.example.org, weight: 0, httpsUpgrade: {enabled: true}}]";
const FALLBACK: &str = "httpsUpgrade: {enabled: true}, fallback: [b.example.org, c.example.org]";

fn item(protocol: &str, more: &str) -> String {
    format!("{{hosts: [a.example.org], port: {{number: 80, protocol: {protocol}}}, {more}}}")
}

fn of(protocol: &str, more: &str) -> String {
    documents(&[&egress_policy(A, &item(protocol, more)), MESH])
}

fn one<'o>(objects: &'o [Value], kind: &str, host: &str) -> &'o Value {
    let is_it = |object: &&Value| {
        let spec = &object["spec"];
        object["kind"] == kind
            && object["metadata"]["namespace"] == "istio-system"
            && (spec["host"] == host || spec["hosts"][0] == host)
    };
    objects.iter().find(is_it).map_or(&Value::Null, |object| &object["spec"])
}

fn asked(text: &str, from: &str, to: &str) -> Trace {
    let query = Query { from: from.parse().unwrap(), to: to.parse().unwrap() };
    let request = TraceRequest { sources: texts(&[text]), query: Some(query), ..TraceRequest::default() };
    trace(&request).unwrap().trace.unwrap()
}

fn places(trace: &Trace) -> Vec<String> {
    trace.reached.iter().chain(&trace.also_reached).map(|place| format!("{}:{}", place.host, place.port)).collect()
}

#[test]
fn each_backend_gets_its_share_under_its_own_name() {
    let objects = objects(texts(&[&of("HTTP", BACKENDS)]));
    let way = |host: &str, weight: u32| {
        json!({
            "destination": {"host": host, "port": {"number": 443}, "subset": "https"},
            "headers": {"request": {"set": {"host": host}}},
            "weight": weight,
        })
    };
    // Whatever the order in the policy; one without a share has no destination, and is there for the next change.
    assert_eq!(
        one(&objects, "VirtualService", "a.example.org")["http"][0]["route"],
        json!([way("eu.example.org", 90), way("us.example.org", 10)])
    );
    for host in ["eu.example.org", "us.example.org", "later.example.org"] {
        assert_eq!(one(&objects, "ServiceEntry", host)["exportTo"], json!(["."]), "{host}");
        let tls = &one(&objects, "DestinationRule", host)["subsets"][0]["trafficPolicy"]["tls"];
        assert_eq!((&tls["sni"], &tls["subjectAltNames"]), (&json!(host), &json!([host])));
    }
    // The host that the workload calls is nowhere connected to.
    assert!(one(&objects, "ServiceEntry", "a.example.org").is_null());
}

#[test]
fn a_backend_may_have_another_port_and_settings_of_its_own() {
    let more = "backends: [{host: a.example.org}, {host: b.example.org, port: 8080}], connectionPool: {tcp: {maxConnections: 7}}";
    let objects = objects(texts(&[&of("HTTP", more)]));
    let route = &one(&objects, "VirtualService", "a.example.org")["http"][0]["route"];
    assert_eq!(route[1]["headers"]["request"]["set"]["host"], "b.example.org:8080", "a port that is not the usual one");
    for (at, host) in ["a.example.org", "b.example.org"].into_iter().enumerate() {
        let subset = &one(&objects, "DestinationRule", host)["subsets"][0];
        assert_eq!(subset["trafficPolicy"], json!({"connectionPool": {"tcp": {"maxConnections": 7}}}));
        assert_eq!(subset["name"], route[at]["destination"]["subset"], "{host}");
        assert_eq!(route[at]["weight"], 1);
    }
    // TLS of one backend is no TLS of another port of the same host.
    let two = "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, credentialName: x}}, {host: b.example.org, port: 8443, httpsUpgrade: {enabled: true}}]";
    let names: Vec<Value> = self::objects(texts(&[&of("HTTP", two)]))
        .iter()
        .filter(|object| object["kind"] == "DestinationRule" && object["spec"]["host"] == "b.example.org")
        .flat_map(|object| object["spec"]["subsets"].as_array().unwrap().clone())
        .map(|subset| subset["trafficPolicy"]["tls"]["mode"].clone())
        .collect();
    assert_eq!(names, ["MUTUAL", "SIMPLE"]);
}

#[test]
fn fallbacks_are_endpoints_in_their_order() {
    for (protocol, more) in [("HTTP", FALLBACK), ("HTTPS", "fallback: [b.example.org, c.example.org]")] {
        let objects = objects(texts(&[&of(protocol, more)]));
        assert_eq!(
            one(&objects, "ServiceEntry", "a.example.org")["endpoints"],
            json!([
                {"address": "a.example.org", "labels": {"egressc.dev/before-1": "yes", "egressc.dev/before-2": "yes"}},
                {"address": "b.example.org", "labels": {"egressc.dev/before-2": "yes"}},
                {"address": "c.example.org"},
            ]),
            "{protocol}"
        );
        let rule = one(&objects, "DestinationRule", "a.example.org");
        // Istio orders endpoints only where no subset is named.
        assert!(rule["subsets"].is_null());
        let settings = &rule["trafficPolicy"]["portLevelSettings"][0];
        assert_eq!(
            settings["loadBalancer"],
            json!({"localityLbSetting": {"enabled": true, "failoverPriority": ["egressc.dev/before-2=yes", "egressc.dev/before-1=yes"]}})
        );
        assert_eq!(settings["outlierDetection"], json!({"consecutive5xxErrors": 5, "maxEjectionPercent": 100}));
        let names = json!(["a.example.org", "b.example.org", "c.example.org"]);
        let verified = if protocol == "HTTP" { names } else { Value::Null };
        assert_eq!(settings["tls"]["subjectAltNames"], verified);
    }
    let own = "fallback: [b.example.org], outlierDetection: {consecutiveGatewayErrors: 2, maxEjectionPercent: 50}";
    let objects = objects(texts(&[&of("TCP", own)]));
    let settings = &one(&objects, "DestinationRule", "a.example.org")["trafficPolicy"]["portLevelSettings"][0];
    assert_eq!(settings["outlierDetection"], json!({"consecutiveGatewayErrors": 2, "maxEjectionPercent": 50}));
}

#[test]
fn a_trace_has_every_place_and_the_shares() {
    let found = asked(&of("HTTP", BACKENDS), "mytest,app=a", "http://a.example.org");
    assert_eq!(found.verdict, Verdict::Allowed, "these are the destination that the policy names");
    assert_eq!(places(&found), ["eu.example.org:443", "us.example.org:443"]);
    assert!(
        found.notes.iter().any(|note| note.contains("90 of 100 requests to `eu.example.org` port 443")),
        "{found:?}"
    );
    assert!(found.reached.as_ref().is_some_and(|place| place.sni.as_deref() == Some("eu.example.org")));

    let found = asked(&of("HTTP", FALLBACK), "mytest,app=a", "http://a.example.org");
    assert_eq!(found.verdict, Verdict::Allowed);
    assert_eq!(places(&found), ["a.example.org:443", "b.example.org:443", "c.example.org:443"]);
    assert!(found.also_reached.iter().all(|place| place.sni.as_deref() == Some("a.example.org")));
    // What nobody declares stays diverted: the same objects without the policy.
    let ours: Vec<Source> = objects(texts(&[&of("HTTP", BACKENDS)]))
        .into_iter()
        .enumerate()
        .map(|(index, object)| Source::value(format!("{index}.json"), object))
        .chain([Source::text("mesh.yaml", MESH)])
        .collect();
    let query = Query { from: "mytest,app=a".parse().unwrap(), to: "http://a.example.org".parse().unwrap() };
    let request = TraceRequest { sources: ours, query: Some(query), ..TraceRequest::default() };
    assert_eq!(trace(&request).unwrap().trace.unwrap().verdict, Verdict::Diverted);
}

#[test]
fn no_other_way_leads_to_a_backend() {
    let text = of("HTTP", BACKENDS);
    for (from, to, open) in [
        ("mytest,app=a", "http://eu.example.org", false),
        ("mytest,app=a", "https://eu.example.org", false),
        ("mytest,app=a", "http://later.example.org", false),
        ("mytest,app=b", "http://a.example.org", false),
        ("other,app=a", "http://a.example.org", false),
        ("mytest,app=a", "http://a.example.org", true),
    ] {
        assert_eq!(asked(&text, from, to).verdict == Verdict::Allowed, open, "{from} {to}");
    }
    let text = of("HTTPS", "fallback: [b.example.org]");
    assert_eq!(asked(&text, "mytest,app=a", "https://b.example.org:80").verdict, Verdict::Blocked);
    // Another rule may declare it for others.
    let two = documents(&[
        &egress_policy(A, &item("HTTP", BACKENDS)),
        &egress_policy(B, "{hosts: [eu.example.org], port: {number: 80, protocol: HTTP}}")
            .replace("name: p,", "name: q,"),
        MESH,
    ]);
    assert_eq!(slugs(&two), [""; 0]);
    assert_eq!(asked(&two, "mytest,app=a", "http://eu.example.org").verdict, Verdict::Blocked);
    assert_eq!(places(&asked(&two, "mytest,app=b", "http://eu.example.org")), ["eu.example.org:80"]);
}

#[test]
fn what_contradicts_is_refused() {
    let up = "httpsUpgrade: {enabled: true}";
    for (protocol, more, slug) in [
        ("HTTPS", "backends: [{host: b.example.org}]".to_owned(), "backends-not-http"),
        ("TCP", "backends: [{host: b.example.org}]".to_owned(), "backends-not-http"),
        ("HTTP", "backends: [{host: b.example.org, weight: 0}]".to_owned(), "backend-weights"),
        ("HTTP", "backends: [{host: b.example.org, weight: 1}, {host: c.example.org}]".to_owned(), "backend-weights"),
        ("HTTP", format!("{up}, backends: [{{host: b.example.org}}]"), "backends-contradict"),
        ("HTTP", "fallback: [c.example.org], backends: [{host: b.example.org}]".to_owned(), "backends-contradict"),
        ("HTTP", format!("backends: [{{host: b.example.org, {up}}}, {{host: c.example.org}}]"), "backends-contradict"),
        ("HTTP", "backends: [{host: b.example.org}, {host: B.example.org}]".to_owned(), "backends-contradict"),
        ("HTTP", "backends: [{host: '*.example.org'}]".to_owned(), "wildcard-host"),
        ("HTTP", "backends: [{host: x.mytest.svc.cluster.local}]".to_owned(), "cluster-host"),
        ("HTTP", "fallback: ['10.0.0.1']".to_owned(), "ip-host"),
        ("HTTP", "fallback: [a.example.org]".to_owned(), "duplicate-host"),
        (
            "HTTP",
            "fallback: [b.example.org], outlierDetection: {maxEjectionPercent: 49}".to_owned(),
            "backends-contradict",
        ),
        (
            "HTTP",
            "fallback: [b.example.org, c.example.org], outlierDetection: {maxEjectionPercent: 66}".to_owned(),
            "backends-contradict",
        ),
        ("HTTP", "backends: [{host: b.example.org, fallback: [https://c.example.org]}]".to_owned(), "host-syntax"),
        ("HTTP", "backends: [{host: b.example.org, weight: -1}]".to_owned(), "out-of-range"),
        ("HTTP", "backends: []".to_owned(), "empty-list"),
    ] {
        let mut found = slugs(&of(protocol, &more));
        found.retain(|each| each != "tcp-takes-port");
        assert_eq!(found, [slug], "{more}");
    }
    // ASM would ignore both fields.
    for field in ["backends: [{host: b.example.org}]", "fallback: [b.example.org]"] {
        let text = documents(&[&policy(&[(A, &item("HTTP", field))]), MESH]);
        the("field-of-egress-policy", &text);
        assert!(compiled(texts(&[&text])).resources.is_empty());
    }
}

#[test]
fn clients_of_one_exit_have_the_same_backends() {
    let both = |one: &str, other: &str, port: &str| {
        let other = item("HTTP", &format!("byEgressGateway: {{port: {port}}}, {other}"));
        documents(&[
            &egress_policy(A, &item("HTTP", one)),
            &egress_policy(B, &other).replace("name: p,", "name: q,"),
            MESH,
        ])
    };
    assert_eq!(slugs(&both(BACKENDS, BACKENDS, "80")), [""; 0]);
    assert_eq!(slugs(&both(BACKENDS, &BACKENDS.replace("weight: 90", "weight: 91"), "80")), ["http-fields-differ"]);
    // Through another port of the gateway they may differ, but for what a ServiceEntry says for all.
    assert_eq!(slugs(&both(BACKENDS, &BACKENDS.replace("weight: 90", "weight: 91"), "444")), [""; 0]);
    assert_eq!(slugs(&both("name: x", "fallback: [b.example.org]", "444")), ["fallback-differs"]);
    assert_eq!(slugs(&both("fallback: [b.example.org]", "fallback: [b.example.org]", "444")), [""; 0]);
    let limited = "fallback: [b.example.org], connectionPool: {tcp: {maxConnections: 1}}";
    assert_eq!(slugs(&both("fallback: [b.example.org]", limited, "444")), ["fallback-differs"]);
}

#[test]
fn own_objects_that_take_or_add_a_place_are_found() {
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: own, namespace: istio-system}\nspec: {hosts: [eu.example.org], ports: [{number: 443, name: https-443, protocol: HTTPS}], resolution: DNS, endpoints: [{address: elsewhere.example.net}], exportTo: ['.']}\n";
    let found = slugs(&documents(&[&egress_policy(A, &item("HTTP", BACKENDS)), MESH, entry]));
    // Which of the two entries counts is not known.
    assert!(found.contains(&"undecided".to_owned()), "{found:?}");
    // A name of a backend is the name of a declared host.
    let alias = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: own, namespace: mytest}\nspec: {hosts: [eu.example.org], ports: [{number: 443, name: https-443, protocol: HTTPS}], resolution: DNS}\n";
    let found = slugs(&documents(&[&egress_policy(A, &item("HTTP", BACKENDS)), MESH, alias]));
    assert!(found.contains(&"lets-through".to_owned()), "{found:?}");
}

#[test]
fn a_change_of_backends_is_a_change_of_places() {
    let changes = |before: &str, after: &str| {
        let side = |more: &str| texts(&[&of("HTTP", more)]);
        let request = DiffRequest { before: side(before), after: side(after), ..DiffRequest::default() };
        let kinds = diff(&request).unwrap().changes.into_iter().map(|change| change.kind);
        kinds.collect::<BTreeSet<ChangeKind>>()
    };
    let only_eu = BACKENDS.replace("weight: 10", "weight: 0");
    assert!(changes(BACKENDS, BACKENDS).is_empty());
    // A host more is a place to which data did not go before.
    for (before, after, kind) in [
        (only_eu.as_str(), BACKENDS, ChangeKind::Widened),
        (BACKENDS, &only_eu, ChangeKind::Rerouted),
        ("httpsUpgrade: {enabled: true}", FALLBACK, ChangeKind::Widened),
        (FALLBACK, "httpsUpgrade: {enabled: true}", ChangeKind::Rerouted),
    ] {
        assert_eq!(changes(before, after), BTreeSet::from([kind]), "{after}");
    }
}

#[test]
fn another_server_name_for_the_same_places_is_a_change() {
    let side = |fields: &str| vec![Source::text("0.yaml", of("HTTP", fields))];
    let up = "httpsUpgrade: {enabled: true}";
    let before = format!("{up}, fallback: [b.example.org]");
    let after = format!("backends: [{{host: b.example.org, {up}, fallback: [a.example.org]}}]");
    let request = DiffRequest { before: side(&before), after: side(&after), ..DiffRequest::default() };
    let kinds: BTreeSet<ChangeKind> = diff(&request).unwrap().changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, BTreeSet::from([ChangeKind::Rerouted]));
}

#[test]
fn an_own_rule_may_replace_the_order_of_fallbacks() {
    let own = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: own, namespace: istio-system}\nspec: {host: a.example.org, exportTo: ['.'], trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}\n";
    let found = |fields: &str| slugs(&format!("{}{own}", of("HTTP", fields)));
    assert!(found("fallback: [b.example.org]").contains(&"undecided".to_owned()));
    assert!(!found("timeout: 5s").contains(&"undecided".to_owned()));
}

#[test]
fn expectations_name_the_hosts() {
    let passed = |more: &str, arrives: &str| {
        let expected = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec: {{allow: [{{from: 'mytest,app=a', to: ['http://a.example.org']{arrives}}}]}}\n"
        );
        let sources = texts(&[&documents(&[&of("HTTP", more), &expected])]);
        let response = test(&TestRequest { sources, mutations: true, ..TestRequest::default() }).unwrap();
        let unnoticed = response.mutants.iter().filter(|mutant| !mutant.noticed).count();
        (response.failed == 0, unnoticed)
    };
    for (more, hosts) in
        [(BACKENDS, "[us.example.org, EU.example.org]"), (FALLBACK, "[a.example.org, b.example.org, c.example.org]")]
    {
        let (holds, all) = passed(more, "");
        assert!(holds && all > 0);
        // With the hosts, every mistake in them is noticed.
        let (holds, fewer) = passed(more, &format!(", arrivesAt: {hosts}, tls: true"));
        assert!(holds && fewer < all, "{more}: {fewer} of {all}");
    }
    assert!(!passed(BACKENDS, ", arrivesAt: [eu.example.org]").0);
    assert!(!passed(BACKENDS, ", arrivesAt: [eu.example.org, us.example.org, later.example.org]").0);
}
