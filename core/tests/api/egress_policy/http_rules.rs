//! Rules about HTTP requests: what the policy says, what Istio's objects do, and a third reading of both.

use std::collections::BTreeMap;

use egressc_core::api::{Query, Source, TestRequest, TraceRequest, Verdict, test, trace};

use serde_json::Value;

use super::{egress_policy, objects};
use crate::ask::{compiled, texts};
use crate::documents::{A, MESH, documents};

fn destination(more: &str) -> String {
    format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {more}}}")
}

/// The verdict for a request of a client that the policy names.
fn verdict(policy: &str, method: &str, path: &str, header: Option<(&str, &str)>) -> Verdict {
    let mut query: Query = format!("mytest,app=a -> http://a.example.org{path}").parse().unwrap();
    query.to.method = Some(method.to_owned());
    if let Some((name, value)) = header {
        query.to.headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    }
    let sources = vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", MESH)];
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics)).verdict
}

#[test]
fn a_request_arrives_where_it_is_allowed_and_not_denied() {
    let policy = egress_policy(
        A,
        &destination(
            "deny: [{methods: [DELETE]}], allow: [{methods: [GET, DELETE], paths: [/v1/users, '/v1/items/*', '/v1/{*}/settings', '/v2/{*}/{**}']}, {methods: [POST], paths: [/v1/orders], headers: {x-team: pay, x-trace: '*'}}]",
        ),
    );
    for (method, path, arrives) in [
        ("GET", "/v1/users", true),
        ("GET", "/v1/users?all=1", true),
        ("GET", "/v1/users/", false),
        ("GET", "/v1/users/a", false),
        ("GET", "/V1/users", false),
        ("GET", "/v1/items/", true),
        ("GET", "/v1/items/a/b", true),
        ("GET", "/v1/items", false),
        ("GET", "/v1/itemsa", false),
        ("GET", "/v1/a/settings", true),
        ("GET", "/v1//settings", false),
        ("GET", "/v1/a/b/settings", false),
        ("GET", "/v1/a/settings/", false),
        ("GET", "/v2/a/", true),
        ("GET", "/v2/a/b/c", true),
        ("GET", "/v2/a", false),
        ("HEAD", "/v1/users", false),
        ("DELETE", "/v1/users", false),
        ("get", "/v1/users", false),
        ("GET", "/", false),
        // Resolved before it is compared (`pathNormalization`).
        ("GET", "/v1/items/../users", true),
        ("GET", "/v1/items/%2e%2e%2Fadmin", false),
        ("GET", "/v1/items/..%5cadmin", false),
        ("GET", "/v1/items/%252e", false),
        ("GET", "/v1/items/a%40b%20c", true),
    ] {
        let wanted = if arrives { Verdict::Allowed } else { Verdict::Blocked };
        assert_eq!(verdict(&policy, method, path, None), wanted, "{method} {path}");
    }
    let with = |header| verdict(&policy, "POST", "/v1/orders", Some(header));
    assert_eq!(with(("x-team", "pay")), Verdict::Blocked, "one of two headers");
    let both = policy.replace(", x-trace: '*'", "");
    assert_eq!(verdict(&both, "POST", "/v1/orders", Some(("x-team", "pay"))), Verdict::Allowed);
    assert_eq!(verdict(&both, "POST", "/v1/orders", Some(("x-team", "other"))), Verdict::Blocked);
}

/// A rule of the random policies: methods and paths.
type Item = (Vec<&'static str>, Vec<&'static str>);

const METHODS: [&str; 3] = ["GET", "POST", "PUT"];
const PATTERNS: [&str; 6] = ["/a", "/a/*", "/a/b", "/{*}/b", "/{*}", "/a/{*}/{**}"];
const PATHS: [&str; 8] = ["/", "/a", "/a/", "/a/b", "/b/b", "/a/c/d", "/a/c/", "/b"];

/// A reading of a pattern that shares nothing with the product's.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern {
        "/a" | "/a/b" => pattern == path,
        "/a/*" => path.starts_with("/a/"),
        "/{*}/b" => ["/a/b", "/b/b"].contains(&path),
        "/{*}" => ["/a", "/b"].contains(&path),
        "/a/{*}/{**}" => ["/a/c/d", "/a/c/"].contains(&path),
        other => panic!("{other}"),
    }
}

fn item(seed: u32) -> Item {
    let methods = METHODS.iter().enumerate().filter(|(at, _)| seed >> at & 1 == 1).map(|(_, method)| *method).collect();
    let paths = PATTERNS.iter().enumerate().filter(|(at, _)| (seed >> 3) >> at & 1 == 1);
    (methods, paths.map(|(_, path)| *path).collect())
}

fn matches((methods, paths): &Item, method: &str, path: &str) -> bool {
    (methods.is_empty() || methods.contains(&method)) && (paths.is_empty() || paths.iter().any(|each| fits(each, path)))
}

fn written(name: &str, items: &[Item]) -> String {
    let list = |name: &str, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        if values.is_empty() { String::new() } else { format!("{name}: [{}], ", values.join(", ")) }
    };
    let items: Vec<String> = items
        .iter()
        .map(|(methods, paths)| format!("{{{}{}}}", list("methods", methods), list("paths", paths)).replace(", }", "}"))
        .collect();
    if items.is_empty() { String::new() } else { format!("{name}: [{}], ", items.join(", ")) }
}

#[test]
fn three_readings_of_random_rules_agree() {
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 16
    };
    let (mut asked, mut arrived, mut refused) = (0, 0, 0);
    for _ in 0..60 {
        let mut items = |most: u32| {
            let number = next() % (most + 1);
            (0..number)
                .map(|_| item(next()))
                .filter(|each| !(each.0.is_empty() && each.1.is_empty()))
                .collect::<Vec<_>>()
        };
        let (allow, deny) = (items(3), items(2));
        let rules = format!("{}{}timeout: 5s", written("allow", &allow), written("deny", &deny));
        let policy = egress_policy(A, &destination(&rules));
        let admits = |method: &str, path: &str| {
            !deny.iter().any(|each| matches(each, method, path))
                && (allow.is_empty() || allow.iter().any(|each| matches(each, method, path)))
        };
        let response = compiled(texts(&[&documents(&[&policy, MESH])]));
        if response.resources.is_empty() {
            assert!(
                response.diagnostics.iter().any(|each| each.slug == "no-request-allowed"),
                "{:#?}",
                response.diagnostics
            );
            let any = METHODS.iter().any(|method| PATHS.iter().any(|path| admits(method, path)));
            assert!(!any, "{policy}");
            refused += 1;
            continue;
        }
        for method in METHODS {
            for path in PATHS {
                let found = verdict(&policy, method, path, None);
                let wanted = if admits(method, path) { Verdict::Allowed } else { Verdict::Blocked };
                assert_eq!(found, wanted, "{method} {path}\n{policy}");
                asked += 1;
                arrived += u32::from(found == Verdict::Allowed);
            }
        }
    }
    assert!(asked > 1000 && arrived > 100 && arrived < asked - 100, "{asked} {arrived} {refused}");
}

#[test]
fn timeouts_retries_and_headers_are_in_the_route() {
    let policy = egress_policy(
        A,
        &destination(
            "timeout: 1m, retries: {attempts: 2, perTryTimeout: 1500ms, retryOn: [reset, connect-failure]}, headers: {request: {set: {x-team: '100%'}, add: {x-a: b}, remove: [X-Debug]}, response: {remove: [server]}}",
        ),
    );
    let objects = objects(texts(&[&documents(&[&policy, MESH])]));
    let at_gateway =
        |each: &&Value| each["kind"] == "VirtualService" && each["metadata"]["namespace"] == "istio-system";
    let route = objects.iter().find(at_gateway).map(|each| each["spec"]["http"][0].clone()).unwrap();
    assert_eq!(route["timeout"], "60s");
    assert_eq!(
        route["retries"],
        serde_json::json!({"attempts": 2, "perTryTimeout": "1.500s", "retryOn": "connect-failure,reset"})
    );
    assert_eq!(
        route["headers"],
        serde_json::json!({
            "request": {"add": {"x-a": "b"}, "remove": ["x-debug", "x-forwarded-client-cert"], "set": {"x-team": "100%%"}},
            "response": {"remove": ["server"]},
        })
    );
}

#[test]
fn each_item_of_a_list_is_a_mistake_of_its_own() {
    let policy = egress_policy(
        A,
        &destination(
            "deny: [{methods: [DELETE]}, {methods: [PUT]}], allow: [{paths: ['/a/*']}, {methods: [GET], paths: [/b]}]",
        ),
    );
    let unnoticed = |denied: &str| -> Vec<String> {
        let tests = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: t}}\nspec:\n  allow:\n  - from: mytest,app=a\n    to: [POST http://a.example.org/a/x]\n  deny:\n  - from: mytest,app=a\n    to: [{denied}]\n  - from: mytest\n    to: [http://a.example.org/a/x]\n"
        );
        let sources = vec![
            Source::text("policy.yaml", &policy),
            Source::text("mesh.yaml", MESH),
            Source::text("tests.yaml", tests),
        ];
        let response = test(&TestRequest { sources, mutations: true, ..TestRequest::default() }).unwrap();
        assert!(response.ok, "{:#?}", response.diagnostics);
        response.mutants.into_iter().filter(|mutant| !mutant.noticed).map(|mutant| mutant.description).collect()
    };
    assert_eq!(
        unnoticed("http://a.example.org/c"),
        [
            "`a.example.org:80` without `deny`",
            "`GET /b` removed from `allow` of `a.example.org:80`",
            "`DELETE` removed from `deny` of `a.example.org:80`",
            "`PUT` removed from `deny` of `a.example.org:80`",
        ]
    );
    assert_eq!(
        unnoticed("http://a.example.org/c, DELETE http://a.example.org/a/x, PUT http://a.example.org/a/x"),
        ["`GET /b` removed from `allow` of `a.example.org:80`"]
    );
}

/// A body without a type has one that is not known, so requests that stand for others have one where a rule compares it.
#[test]
fn a_type_may_be_compared_beside_other_rules() {
    for rules in [
        "allow: [{methods: [POST], paths: [/a]}], deny: [{headers: {content-type: text/plain}}]",
        "allow: [{methods: [POST], paths: [/a]}, {methods: [POST], headers: {content-type: application/json}}]",
        "allow: [{tools: [x], paths: [/mcp]}, {methods: [POST], headers: {content-type: a}}]",
        "allow: [{set: git-clone/1}], deny: [{headers: {content-type: x}}]",
    ] {
        let policy = egress_policy(A, &destination(rules));
        let response = compiled(vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", MESH)]);
        assert!(!response.resources.is_empty(), "{rules}: {:#?}", response.diagnostics);
    }
}
