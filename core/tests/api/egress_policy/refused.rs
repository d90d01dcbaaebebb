//! What is wrong in a policy is said at its place, all at once.

use super::egress_policy;
use crate::documents::{A, B, MESH, documents, to};
use crate::said::{check, slugs};

fn of(more: &str) -> String {
    documents(&[
        &egress_policy(A, &format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {more}}}")),
        MESH,
    ])
}

#[test]
fn each_wrong_text_is_named() {
    for (more, path) in [
        ("allow: [{methods: [get]}]", "allow[0].methods[0]"),
        ("allow: [{methods: ['G T']}]", "allow[0].methods[0]"),
        ("allow: [{paths: [v1]}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a?b']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a%2Fb']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a//b']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a/../b']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a*']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/*/a']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/{**}/a']}]", "allow[0].paths[0]"),
        ("allow: [{paths: ['/a{*}']}]", "allow[0].paths[0]"),
        ("allow: [{headers: {host: b}}]", "allow[0].headers.host"),
        ("allow: [{headers: {':path': b}}]", "allow[0].headers.:path"),
        ("allow: [{headers: {x-a: \"b\\nc\"}}]", "allow[0].headers.x-a"),
        ("headers: {request: {set: {x-forwarded-client-cert: b}}}", "headers.request.set.x-forwarded-client-cert"),
        (
            "headers: {request: {set: {x-envoy-upstream-alt-stat-name: b}}}",
            "headers.request.set.x-envoy-upstream-alt-stat-name",
        ),
        ("headers: {response: {remove: [transfer-encoding]}}", "headers.response.remove[0]"),
    ] {
        let mut found = check(&of(more));
        // A pattern that no request has allows none.
        found.retain(|each| !each.starts_with("no-request-allowed"));
        assert_eq!(found, [format!("bad-http-text @ spec.egressRules[0].to[0].{path}")], "{more}");
    }
    for (more, slug) in [
        ("timeout: 5", "wrong-type"),
        ("timeout: '5'", "bad-name"),
        ("timeout: 0s", "bad-name"),
        ("timeout: 1us", "bad-name"),
        ("retries: {attempts: 11}", "out-of-range"),
        ("retries: {attempts: -1}", "out-of-range"),
        ("retries: {attempts: '1'}", "wrong-type"),
        ("retries: {}", "missing-field"),
        ("retries: {attempts: 1, retryOn: [retriable-headers]}", "unknown-value"),
        ("retries: {attempts: 0, perTryTimeout: 1s}", "retries-off"),
        ("httpsUpgrade: {enabled: false, credentialName: s}", "tls-settings"),
        ("httpsUpgrade: {enabled: false, caCertificates: /ca}", "tls-settings"),
        ("allow: []", "empty-list"),
        ("allow: [{}]", "empty-request-pattern"),
        ("deny: [{}]", "empty-request-pattern"),
        ("allow: [{methods: []}]", "empty-list"),
        ("allow: [{method: [GET]}]", "unknown-field"),
        ("headers: {request: {set: {x-a: b}, add: {X-A: c}}}", "header-changed-twice"),
        ("allow: [{methods: [GET]}], deny: [{methods: [GET]}]", "no-request-allowed"),
        ("deny: [{paths: [/admin]}]", "deny-by-spelling"),
        ("deny: [{headers: {x-a: b}}]", "deny-by-spelling"),
        ("deny: [{methods: [DELETE]}]", ""),
        ("allow: [{paths: [/a, /b]}], deny: [{methods: [POST], paths: [/b]}]", ""),
    ] {
        let wanted: Vec<&str> = Some(slug).filter(|slug| !slug.is_empty()).into_iter().collect();
        let mut found = slugs(&of(more));
        found.dedup();
        // A missing field of a pattern with a misspelt one is not said twice.
        found.retain(|slug| slug != "empty-request-pattern" || wanted.contains(&slug.as_str()));
        assert_eq!(found, wanted, "{more}");
    }
}

#[test]
fn rules_about_requests_need_plain_http() {
    for (protocol, port) in [("HTTPS", 443), ("TLS", 443), ("TCP", 5432), ("MONGO", 27017)] {
        for more in ["allow: [{methods: [GET]}]", "timeout: 5s", "headers: {request: {remove: [x-a]}}"] {
            let to = format!("{{hosts: [a.example.org], port: {{number: {port}, protocol: {protocol}}}, {more}}}");
            let found = slugs(&documents(&[&egress_policy(A, &to), MESH]));
            assert!(found.contains(&"http-field-not-http".to_owned()), "{protocol} {more}: {found:?}");
        }
    }
}

#[test]
fn clients_of_one_exit_have_the_same_rules() {
    let with = |more: &str| format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}{more}}}");
    let two = |first: &str, second: &str| {
        let second = format!("  - from: [{B}]\n    to: [{}]\n", with(second));
        documents(&[&format!("{}{second}", egress_policy(A, &with(first))), MESH])
    };
    let get = ", allow: [{methods: [GET]}]";
    assert_eq!(check(&two(get, "")), ["http-fields-differ @ spec.egressRules[1].to[0]"]);
    assert_eq!(slugs(&two(get, ", allow: [{methods: [GET, GET]}]")), [""; 0], "the same in other words");
    assert_eq!(slugs(&two(get, ", allow: [{methods: [GET]}], byEgressGateway: {port: 444}")), [""; 0]);
    assert_eq!(slugs(&two("", "")), [""; 0]);
    assert_eq!(slugs(&two(", timeout: 5s", ", timeout: 5000ms")), [""; 0]);
    assert_eq!(slugs(&two(", timeout: 5s", ", timeout: 6s")), ["http-fields-differ"]);
}

#[test]
fn service_accounts_are_refused_where_they_would_not_be_enforced() {
    let account = "{namespace: mytest, serviceAccounts: [a]}";
    let policy = egress_policy(account, &to("a.example.org", 80, "HTTP"));
    assert_eq!(slugs(&documents(&[&policy, MESH])), [""; 0]);
    assert!(slugs(&policy).contains(&"accounts-not-enforced".to_owned()), "the container port is not known");
    let off = MESH.replace("- name: gw\n", "- name: gw\n    authorization: off\n");
    assert_ne!(off, MESH);
    let quoted = off.replace("authorization: off", "authorization: 'off'");
    assert!(slugs(&documents(&[&policy, &quoted])).contains(&"accounts-not-enforced".to_owned()));
}

#[test]
fn labels_of_one_client_and_the_account_of_another_are_not_enough() {
    let clients = |first: &str, second: &str| {
        let from = format!("{{namespace: mytest, {first}}}, {{namespace: mytest, {second}}}");
        slugs(&documents(&[&egress_policy(&from, &to("a.example.org", 80, "HTTP")), MESH]))
    };
    let (a, b) = ("workloadSelector: {app: a}", "workloadSelector: {app: b}");
    let mixed = ["accounts-not-kept-apart"];
    assert_eq!(clients(&format!("{a}, serviceAccounts: [a]"), &format!("{b}, serviceAccounts: [b]")), mixed);
    assert_eq!(clients(&format!("{a}, serviceAccounts: [a]"), b), mixed);
    assert_eq!(clients(&format!("{a}, serviceAccounts: [a]"), "serviceAccounts: [b]"), mixed);
    assert_eq!(clients(&format!("{a}, serviceAccounts: [a]"), &format!("{b}, serviceAccounts: [a]")), [""; 0]);
    assert_eq!(clients(&format!("{a}, serviceAccounts: [a]"), &format!("{a}, serviceAccounts: [b]")), [""; 0]);
    assert_eq!(clients(a, b), [""; 0]);
}
