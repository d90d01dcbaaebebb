//! Own objects beside policies with rules about requests, and changes of such rules.

use egressc_core::api::{ChangeKind, DiffRequest, Source, diff};

use super::egress_policy;
use crate::documents::{A, MESH, documents};
use crate::said::slugs;

fn policy(rules: &str) -> String {
    egress_policy(A, &format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {rules}}}"))
}

/// An own VirtualService, with its `metadata` and `spec`.
fn virtual_service(metadata: &str, spec: &str) -> String {
    format!("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n")
}

const ALLOW: &str = "allow: [{methods: [GET], paths: ['/v1/*']}]";

#[test]
fn an_alias_that_leads_to_a_declared_host_is_found_by_what_may_be_sent() {
    let alias = virtual_service(
        "name: own, namespace: mytest",
        "hosts: [alias.example.org], http: [{rewrite: {authority: a.example.org}, route: [{destination: {host: istio-gw.istio-system.svc.cluster.local, port: {number: 80}, subset: http-80}}]}]",
    );
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: own, namespace: mytest}\nspec: {hosts: [alias.example.org], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC}\n";
    for rules in [ALLOW, "deny: [{paths: [/]}]", "allow: [{methods: [PUT]}]"] {
        let found = slugs(&documents(&[&policy(rules), MESH, &alias, entry]));
        assert!(found.contains(&"lets-through".to_owned()), "{rules}: {found:?}");
    }
}

#[test]
fn what_an_own_authorization_policy_takes_from_a_rule_is_told() {
    let deny = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: own, namespace: istio-system}\nspec: {selector: {matchLabels: {istio: gw}}, action: DENY, rules: [{}]}\n";
    for rules in [ALLOW, "allow: [{methods: [POST]}]", "timeout: 5s"] {
        let found = slugs(&documents(&[&policy(rules), MESH, deny]));
        assert!(found.contains(&"takes-away".to_owned()), "{rules}: {found:?}");
    }
}

#[test]
fn a_change_of_a_rule_that_opens_something_is_a_change() {
    let kinds = |before: &str, after: &str| {
        let side = |rules: &str| vec![Source::text("p.yaml", policy(rules)), Source::text("m.yaml", MESH)];
        let response =
            diff(&DiffRequest { before: side(before), after: side(after), ..DiffRequest::default() }).unwrap();
        let changes: Vec<ChangeKind> = response.changes.iter().map(|change| change.kind).collect();
        (response.widened, changes.is_empty())
    };
    for (before, after, widens) in [
        ("allow: [{methods: [GET], paths: ['/a/*']}]", "allow: [{paths: ['/a/*']}]", true),
        ("deny: [{paths: ['/a/*']}]", "deny: [{paths: ['/a/*'], methods: [GET]}]", true),
        ("allow: [{paths: ['/a/{*}']}]", "allow: [{paths: ['/a/*']}]", true),
        ("deny: [{paths: ['/admin/*']}]", "deny: [{paths: ['/admin/{*}']}]", true),
        ("allow: [{methods: [GET]}]", "allow: [{methods: [GET]}, {paths: [/x]}]", true),
        ("allow: [{methods: [GET]}]", "timeout: 5s", true),
        ("deny: [{methods: [POST]}]", "timeout: 5s", true),
        ("timeout: 5s", "deny: [{methods: [POST]}]", false),
    ] {
        assert_eq!(kinds(before, after), (widens, false), "{before} to {after}");
    }
    assert_eq!(kinds("timeout: 5s", "timeout: 6s"), (false, true));
}

#[test]
fn null_is_not_everything() {
    for (rules, slug) in [
        ("allow: ", "empty-list"),
        ("deny: ", "empty-list"),
        ("allow: [{methods: [GET], paths: }]", "empty-list"),
        ("allow: [{methods: [GET], headers: }]", "wrong-type"),
        ("allow: [{headers: {X-A: v, x-a: w}}]", "bad-http-text"),
        ("allow: [{headers: {user-agent: curl}}]", "bad-http-text"),
        ("allow: [{methods: [CONNECT]}]", "bad-http-text"),
        ("allow: [{methods: [FOO]}]", "bad-http-text"),
        ("outlierDetection: {maxEjectionPercent: 0}", "out-of-range"),
    ] {
        let found = slugs(&documents(&[&policy(rules), MESH]));
        assert!(found.contains(&slug.to_owned()), "{rules}: {found:?}");
    }
    let account = egress_policy(
        "{namespace: mytest, serviceAccounts: }",
        "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}}",
    );
    assert_eq!(slugs(&documents(&[&account, MESH])), ["empty-list"]);
}

#[test]
fn a_request_that_only_two_items_together_leave_is_found() {
    for rules in [
        "allow: [{methods: [GET, POST]}], deny: [{methods: [GET]}, {paths: [/]}]",
        "allow: [{methods: [PUT]}], deny: [{paths: [/]}, {paths: ['/{*}']}]",
    ] {
        let found = slugs(&documents(&[&policy(rules), MESH]));
        assert!(!found.contains(&"no-request-allowed".to_owned()), "{rules}: {found:?}");
    }
}

#[test]
fn the_requests_of_a_named_set_leave_room_for_those_of_own_objects() {
    let own = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: own, namespace: istio-system}\nspec: {selector: {matchLabels: {istio: gw}}, action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}\n";
    for rules in [
        "allow: [{set: git-clone/1}]",
        "allow: [{set: python-registry/1}]",
        "allow: [{set: git-clone/1}, {set: python-registry/1}]",
    ] {
        let found = slugs(&documents(&[&policy(rules), MESH, own]));
        assert_eq!(found, [""; 0], "{rules}");
    }
    // Own objects alone still have a limit.
    let paths: Vec<String> = (0..60).map(|number| format!("/p{number}")).collect();
    let many = own.replace("methods: [DELETE]", &format!("paths: [{}]", paths.join(", ")));
    assert!(
        slugs(&documents(&[&policy("allow: [{set: python-registry/1}]"), MESH, &many]))
            .contains(&"undecided".to_owned())
    );
}
