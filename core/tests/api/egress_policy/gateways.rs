//! Rules that use another gateway than their policy, and several gateways for one destination.

use std::collections::BTreeSet;

use egressc_core::api::{
    ChangeKind, ConvertRequest, DiffRequest, Query, ReachFormat, ReachRequest, TestRequest, Trace, TraceRequest,
    Verdict, convert, diff, reach, test, trace,
};
use serde_json::{Value, json};

use super::objects;
use crate::ask::{checked, compiled, texts};
use crate::documents::{A, B, documents, policy};
use crate::said::{slugs, the};

const HTTP: &str = "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}, httpsUpgrade: {enabled: true}}";
const TLS: &str = "{hosts: [a.example.org], port: {number: 443, protocol: HTTPS}}";
const TCP: &str = "{hosts: [a.example.org], port: {number: 5432, protocol: TCP}}";
const BOTH: &str = "byEgressGateways: [{name: one, weight: 90}, {name: two, weight: 10}, {name: later, weight: 0}]";

/// Three gateways with pods of their own, the last one in another namespace.
fn mesh(more_of_two: &str) -> String {
    let gateway = |name: &str, namespace: &str, more: &str| {
        format!(
            "  - {{name: {name}, namespace: {namespace}, service: egress-{name}, podLabels: {{istio: {name}, security.istio.io/tlsMode: istio}}, ports: [{{port: 80, targetPort: 8080}}, {{port: 443, targetPort: 8443}}, {{port: 444, targetPort: 8444}}]{more}}}\n"
        )
    };
    let gateways = [
        gateway("one", "istio-system", ""),
        gateway("two", "zone-two", more_of_two),
        gateway("later", "zone-three", ""),
    ];
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: prod}}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  dnsCapture: true\n  namespaces: [{{name: mytest, injection: true}}]\n  gateways:\n{}",
        gateways.concat()
    )
}

/// A policy with these gateways, and rules of `from`, `to` and more, each in YAML's flow style.
fn of_gateways(gateways: &str, rules: &[(&str, &str, &str)]) -> String {
    let rules = rules.iter().map(|(from, to, more)| format!("  - {{from: [{from}], to: [{to}]{more}}}\n"));
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {{name: p, namespace: istio-egress}}\nspec:\n  {gateways}\n  egressRules:\n{}",
        rules.collect::<String>()
    )
}

fn text(gateways: &str, rules: &[(&str, &str, &str)]) -> String {
    documents(&[&of_gateways(gateways, rules), &mesh("")])
}

fn asked(text: &str, from: &str, to: &str) -> Trace {
    let query = Query { from: from.parse().unwrap(), to: to.parse().unwrap() };
    trace(&TraceRequest { sources: texts(&[text]), query: Some(query), ..TraceRequest::default() })
        .unwrap()
        .trace
        .unwrap()
}

fn gateways(trace: &Trace) -> Vec<&str> {
    trace.gateway.as_deref().into_iter().chain(trace.other_gateways.iter().map(|other| other.name.as_str())).collect()
}

/// With the place of an item.
fn with(item: &str, more: &str) -> String {
    item.replacen('{', &format!("{{{more}, "), 1)
}

#[test]
fn the_innermost_place_that_names_a_gateway_decides() {
    let one = "byEgressGateway: {name: one, port: 444}";
    for (of_policy, of_rule, of_to, expected) in [
        (one, "", "", "one 444"),
        (one, ", byEgressGateway: {name: two}", "", "two 443*"),
        (one, ", byEgressGateway: {name: one}", "", "one 444"),
        (one, ", byEgressGateway: {port: 443}", "", "one 443"),
        (one, ", byEgressGateway: {name: two, port: 444}", "byEgressGateway: {port: 443}", "two 443"),
        (one, ", byEgressGateway: {name: two}", "byEgressGateway: {name: one}", "one 444"),
        (
            one,
            ", byEgressGateway: {name: two}",
            "byEgressGateways: [{name: one}, {name: later}]",
            "later 443*, one 444",
        ),
        (BOTH, ", byEgressGateway: {name: two}", "", "two 443*"),
        (BOTH, "", "byEgressGateway: {name: later}", "later 443*"),
        (one, ", byEgressGateways: [{name: two, port: 443}]", "byEgressGateway: {name: two}", "two 443"),
    ] {
        let item = if of_to.is_empty() { TLS.to_owned() } else { with(TLS, of_to) };
        let rows = checked(texts(&[&text(of_policy, &[(A, &item, of_rule)])])).gateway_ports;
        let rows = rows
            .iter()
            .map(|row| format!("{} {}{}", row.gateway, row.gateway_port, if row.allocated { "*" } else { "" }));
        assert_eq!(rows.collect::<Vec<_>>().join(", "), expected, "{of_policy} {of_rule} {of_to}");
    }
}

#[test]
fn one_policy_has_rules_over_several_gateways() {
    let text = text(
        "byEgressGateway: {name: one}",
        &[
            (A, &with(HTTP, "byEgressGateway: {name: two}"), ""),
            (A, "{hosts: [b.example.org], port: {number: 80, protocol: HTTP}}", ""),
        ],
    );
    assert_eq!(slugs(&text), [""; 0]);
    assert_eq!(gateways(&asked(&text, "mytest,app=a", "http://a.example.org")), ["two"]);
    assert_eq!(gateways(&asked(&text, "mytest,app=a", "http://b.example.org")), ["one"]);
    // What belongs to a gateway stands in its namespace.
    for object in objects(texts(&[&text])) {
        let is_of_a = object.to_string().contains("a.example.org");
        let namespace = object["metadata"]["namespace"].as_str().unwrap();
        assert!(namespace == "istio-egress" || (namespace == "zone-two") == is_of_a, "{object}");
    }
}

#[test]
fn a_client_certificate_is_needed_where_the_gateway_is() {
    let item = HTTP.replace("enabled: true", "enabled: true, mode: MUTUAL, credentialName: partner");
    let text = text("byEgressGateway: {name: one}", &[(A, &with(&item, "byEgressGateway: {name: two}"), "")]);
    assert!(the("secret-needed", &text).message.contains("in namespace `zone-two`"));
    let both = self::text(BOTH, &[(A, &item, "")]);
    let notes = checked(texts(&[&both])).diagnostics;
    assert_eq!(notes.iter().filter(|note| note.slug == "secret-needed").count(), 3, "{notes:#?}");
}

#[test]
fn sidecars_divide_by_weight_among_gateways() {
    for (item, part, scheme) in [
        (HTTP, "http", "http://a.example.org"),
        (TLS, "tls", "https://a.example.org"),
        (TCP, "tcp", "tcp://a.example.org:5432"),
    ] {
        let text = text(BOTH, &[(A, item, "")]);
        assert_eq!(slugs(&text), [""; 0], "{item}");
        let objects = objects(texts(&[&text]));
        let of_client =
            |object: &&Value| object["kind"] == "VirtualService" && object["spec"]["gateways"] == json!(["mesh"]);
        let route = &objects.iter().find(of_client).unwrap()["spec"][part][0]["route"];
        let shares: Vec<(&str, u64)> = route
            .as_array()
            .unwrap()
            .iter()
            .map(|each| (each["destination"]["host"].as_str().unwrap(), each["weight"].as_u64().unwrap()))
            .collect();
        assert_eq!(
            shares,
            [("egress-one.istio-system.svc.cluster.local", 90), ("egress-two.zone-two.svc.cluster.local", 10)],
            "{item}"
        );
        // Each gateway has its own objects, that of weight 0, too.
        for namespace in ["istio-system", "zone-two", "zone-three"] {
            for kind in ["AuthorizationPolicy", "Gateway", "VirtualService", "ServiceEntry"] {
                let is_one = |object: &&Value| object["kind"] == kind && object["metadata"]["namespace"] == namespace;
                assert_eq!(objects.iter().filter(is_one).count(), 1, "{kind} in {namespace} for {item}");
            }
        }
        let found = asked(&text, "mytest,app=a", scheme);
        assert_eq!((found.verdict, gateways(&found)), (Verdict::Allowed, vec!["one", "two"]), "{item}: {found:#?}");
        assert!(found.notes.iter().any(|note| note.contains("90 of 100 requests")), "{:?}", found.notes);
        assert_eq!(asked(&text, "mytest,app=b", scheme).verdict, Verdict::Blocked, "{item}");
    }
}

#[test]
fn one_gateway_with_weight_has_everything() {
    let text = text("byEgressGateways: [{name: one, weight: 5}, {name: two, weight: 0}]", &[(A, TLS, "")]);
    let objects = objects(texts(&[&text]));
    let of_client = |object: &&Value| object["spec"]["gateways"] == json!(["mesh"]);
    let route = &objects.iter().find(of_client).unwrap()["spec"]["tls"][0]["route"];
    assert_eq!(route.as_array().unwrap().len(), 1);
    assert!(route[0]["weight"].is_null());
    assert_eq!(gateways(&asked(&text, "mytest,app=a", "https://a.example.org")), ["one"]);
}

#[test]
fn each_gateway_admits_what_the_rule_says() {
    let text = documents(&[
        &of_gateways("byEgressGateways: [{name: one}, {name: two}]", &[("{namespace: mytest}", TLS, "")]),
        &of_gateways("byEgressGateway: {name: later}", &[("{namespace: other}", TLS, "")])
            .replace("name: p,", "name: q,"),
        &mesh(""),
    ]);
    assert_eq!(slugs(&text), [""; 0]);
    let direct = |gateway: &str, namespace: &str| {
        let mut query = Query { from: namespace.parse().unwrap(), to: "https://a.example.org".parse().unwrap() };
        query.from.path = egressc_core::api::ClientPath::Direct;
        query.from.gateway = Some(gateway.to_owned());
        query.from.service_account = Some("default".to_owned());
        let request = TraceRequest { sources: texts(&[&text]), query: Some(query), ..TraceRequest::default() };
        trace(&request).unwrap().trace.unwrap().verdict == Verdict::Allowed
    };
    for (gateway, mytest, other) in [("one", true, false), ("two", true, false), ("later", false, true)] {
        assert_eq!((direct(gateway, "mytest"), direct(gateway, "other")), (mytest, other), "{gateway}");
    }
}

#[test]
fn what_contradicts_is_refused() {
    for (gateways, more, slug) in [
        ("byEgressGateways: [{name: one}, {name: two}]\n  byEgressGateway: {name: one}", "", "gateways-contradict"),
        ("byEgressGateways: [{name: one}, {name: one}]", "", "gateways-contradict"),
        ("byEgressGateways: [{name: one, port: 443}, {name: one, port: 444}]", "", "gateways-contradict"),
        ("byEgressGateways: [{name: one}, {name: two}]", "byEgressGateway: {port: 443}", "gateways-contradict"),
        ("byEgressGateways: [{name: one, weight: 1}, {name: two}]", "", "gateway-weights"),
        ("byEgressGateways: [{name: one, weight: 0}, {name: two, weight: 0}]", "", "gateway-weights"),
        ("byEgressGateways: [{name: one, weight: 1001}]", "", "out-of-range"),
        ("byEgressGateways: [{name: one}, {name: two, port: 9999}]", "", "gateway-port-missing"),
        ("byEgressGateways: []", "", "empty-list"),
        ("byEgressGateways: [{port: 443}]", "", "missing-field"),
        ("x: {}", "", "unknown-field"),
    ] {
        let item = if more.is_empty() { TLS.to_owned() } else { with(TLS, more) };
        let found = slugs(&text(gateways, &[(A, &item, "")]));
        assert!(found.contains(&slug.to_owned()), "{gateways}: {found:?}");
        assert!(compiled(texts(&[&text(gateways, &[(A, &item, "")])])).resources.is_empty());
    }
    let unknown = text("byEgressGateways: [{name: one}, {name: three}]", &[(A, TLS, "")]);
    assert_eq!(slugs(&unknown), ["unknown-gateway"]);
}

#[test]
fn two_rules_that_divide_otherwise_are_two_ways() {
    let rules = |one: &str, other: &str, client: &str| {
        slugs(&text("byEgressGateway: {name: one}", &[(A, &with(TLS, one), ""), (client, &with(TLS, other), "")]))
    };
    let both = "byEgressGateways: [{name: one}, {name: two}]";
    assert_eq!(rules(both, "byEgressGateways: [{name: two}, {name: one}]", A), [""; 0], "the order changes nothing");
    assert_eq!(rules(both, "byEgressGateways: [{name: one, weight: 1}, {name: two, weight: 1}]", A), [""; 0]);
    for other in ["byEgressGateway: {name: one}", "byEgressGateways: [{name: one, weight: 1}, {name: two, weight: 2}]"]
    {
        assert_eq!(rules(both, other, A), ["two-ways"], "{other}");
        assert_eq!(rules(both, other, B), [""; 0], "{other}");
    }
}

#[test]
fn unlike_authorization_draws_a_warning() {
    let policy = of_gateways("byEgressGateways: [{name: one}, {name: two}]", &[(A, TLS, ""), (A, TCP, "")]);
    assert_eq!(slugs(&documents(&[&policy, &mesh(", authorization: \"off\"")])), ["gateways-unlike"]);
    assert_eq!(slugs(&documents(&[&policy, &mesh(", authorization: managed")])), [""; 0]);
}

#[test]
fn asm_has_one_gateway() {
    let item = with(TLS, "byEgressGateway: {name: two}");
    let found = the("other-gateway", &documents(&[&policy(&[(A, &item)]).replace("gw", "one"), &mesh("")]));
    assert!(found.help.unwrap().contains("EgressPolicy"));
    for (place, more) in [(TLS, ", byEgressGateway: {name: two}"), (TLS, ", byEgressGateways: [{name: two}]")] {
        let asm = of_gateways("byEgressGateway: {name: one}", &[(A, place, more)]);
        let asm = asm
            .replace("egressc.dev/v1alpha1", "istio.alibabacloud.com/v1")
            .replace("EgressPolicy", "ASMEgressTrafficPolicy");
        the("field-of-egress-policy", &documents(&[&asm, &mesh("")]));
    }
    // Nothing of it is lost on the way back.
    for (gateways, item, rule, slug) in [
        ("byEgressGateway: {name: one}", item.as_str(), "", "other-gateway"),
        ("byEgressGateway: {name: one}", TLS, ", byEgressGateway: {name: two}", "field-of-egress-policy"),
        (BOTH, TLS, "", "field-of-egress-policy"),
    ] {
        let request = json!({"sources": [{"name": "p.yaml", "text": of_gateways(gateways, &[(A, item, rule)])}], "to": "ASMEgressTrafficPolicy"});
        let response = convert(&serde_json::from_value::<ConvertRequest>(request).unwrap()).unwrap();
        assert!(!response.ok);
        assert!(response.diagnostics.iter().any(|each| each.slug == slug), "{gateways}: {:#?}", response.diagnostics);
    }
}

#[test]
fn reach_and_diff_show_every_gateway() {
    let side = |gateways: &str| texts(&[&text(gateways, &[("{namespace: mytest}", TLS, "")])]);
    let both = "byEgressGateways: [{name: one}, {name: two}]";
    let rows =
        reach(&ReachRequest { sources: side(both), format: Some(ReachFormat::Table), ..ReachRequest::default() })
            .unwrap();
    assert!(rows.text.unwrap().contains("one:443 or two:443"));
    let changes = |before: &str, after: &str| {
        let request = DiffRequest { before: side(before), after: side(after), ..DiffRequest::default() };
        diff(&request).unwrap().changes.into_iter().map(|change| change.kind).collect::<BTreeSet<ChangeKind>>()
    };
    let one = "byEgressGateway: {name: one}";
    assert!(changes(both, "byEgressGateways: [{name: two}, {name: one}]").is_empty());
    for (before, after) in [
        (both, one),
        (one, both),
        (both, "byEgressGateways: [{name: one}, {name: two, weight: 0}]"),
        (both, "byEgressGateways: [{name: one}, {name: two, port: 444}]"),
    ] {
        let after = if after.contains("weight: 0") {
            after.replace("{name: one}", "{name: one, weight: 1}")
        } else {
            after.to_owned()
        };
        assert_eq!(changes(before, &after), BTreeSet::from([ChangeKind::Rerouted]), "{before} to {after}");
    }
}

#[test]
fn expectations_name_the_gateways() {
    let tried = |through: &str| {
        let expected = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec: {{allow: [{{from: 'mytest,app=a', to: ['https://a.example.org']{through}}}]}}\n"
        );
        let sources = texts(&[&documents(&[&text(BOTH, &[(A, TLS, "")]), &expected])]);
        let response = test(&TestRequest { sources, mutations: true, ..TestRequest::default() }).unwrap();
        let unnoticed = response.mutants.iter().filter(|mutant| !mutant.noticed);
        (response.failed == 0, unnoticed.filter(|mutant| mutant.description.contains("gateway")).count())
    };
    assert_eq!(tried(""), (true, 2));
    assert_eq!(tried(", through: [two, one]"), (true, 0));
    assert!(!tried(", through: [one]").0);
    assert!(!tried(", through: [one, two, later]").0);
}

#[test]
fn own_objects_that_leave_the_gateways_are_found() {
    // A route of the user's own sends a part of the requests to a gateway that the rule does not name.
    let text = text("byEgressGateways: [{name: one}, {name: two}]", &[("{namespace: mytest}", TLS, "")]);
    let found = |own: &str| slugs(&documents(&[&text, own]));
    let deny = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: own, namespace: zone-two}\nspec: {action: DENY, rules: [{}]}\n";
    assert!(!found(deny).is_empty(), "a part of the requests is refused");
    assert!(!found(&deny.replace("zone-two", "istio-system")).is_empty());
}

#[test]
fn a_service_that_leads_elsewhere_is_that_of_its_gateway() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: egress-two, namespace: zone-two}\nspec: {clusterIP: None, selector: {istio: two}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tls, port: 443, targetPort: 8443}, {name: tcp, port: 444, targetPort: 8444}]}\n";
    let text = text("byEgressGateways: [{name: one}, {name: two}]", &[("{namespace: mytest}", TLS, "")]);
    let both = documents(&[&text, service]);
    let found = checked(texts(&[&both])).diagnostics;
    let leads: Vec<&String> =
        found.iter().filter(|each| each.slug.contains("elsewhere")).map(|each| &each.message).collect();
    assert!(leads.iter().any(|message| message.contains("`two`")), "{found:#?}");
    assert!(!leads.iter().any(|message| message.contains("`one`")), "{found:#?}");
}

#[test]
fn a_direct_call_is_one_of_a_gateway_that_is_named() {
    let text = documents(&[
        &of_gateways(
            "byEgressGateway: {name: one}",
            &[(A, &format!("{}, {BOTH}}}", TLS.strip_suffix('}').unwrap()), "")],
        ),
        &mesh(", authorization: \"off\""),
    ]);
    let tested = |list: &str, more: &str| {
        let expectations = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec:\n  {list}:\n  - {{from: other, to: [\"https://a.example.org\"], {more}}}\n"
        );
        let sources = texts(&[&documents(&[&text, &expectations])]);
        let Ok(response) = test(&TestRequest { sources, ..TestRequest::default() }) else { return (false, true) };
        let wrong = response.diagnostics.iter().any(|each| each.slug == "bad-expectation");
        (response.ok && response.failed == 0 && !wrong, wrong)
    };
    // One checks its callers, and the other one does not.
    assert_eq!(tested("deny", "direct: true, gateway: one"), (true, false));
    assert_eq!(tested("deny", "direct: true, gateway: two"), (false, false));
    assert_eq!(tested("allow", "direct: true, gateway: two"), (true, false));
    assert_eq!(tested("deny", "direct: true"), (false, true), "which of them is meant is not known");
    assert_eq!(tested("deny", "gateway: one"), (false, true), "a sidecar chooses itself");
}
