//! Clients by service account.

use egressc_core::api::{ReachRequest, Source, Verdict, reach};

use super::{egress_policy, objects};
use crate::ask::compiled;
use crate::documents::{MESH, to};

const FROM: &str = "{namespace: mytest, workloadSelector: {app: a}, serviceAccounts: [one, two]}";

fn sources(policy: &str, mesh: &str) -> Vec<Source> {
    vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", mesh)]
}

#[test]
fn only_the_named_accounts_arrive() {
    for (port, protocol) in [(80, "HTTP"), (443, "HTTPS"), (5432, "TCP")] {
        for mesh in [MESH.to_owned(), MESH.replace("- name: gw\n", "- name: gw\n    authorization: managed\n")] {
            let policy = egress_policy(FROM, &to("a.example.org", port, protocol));
            let response = compiled(sources(&policy, &mesh));
            assert!(!response.resources.is_empty(), "{:#?}", response.diagnostics);
            let rows =
                reach(&ReachRequest { sources: sources(&policy, &mesh), ..ReachRequest::default() }).unwrap().flows;
            let verdicts = |account: &str| -> Vec<Verdict> {
                let of = |row: &&egressc_core::api::Flow| {
                    row.from.service_account.as_deref() == Some(account)
                        && row.to.host == "a.example.org"
                        && row.from.labels.get("app").is_some_and(|app| app == "a")
                };
                rows.iter().filter(of).map(|row| row.verdict).collect()
            };
            assert_eq!(verdicts("one"), [Verdict::Allowed], "{protocol}");
            assert_eq!(verdicts("two"), [Verdict::Allowed], "{protocol}");
            assert_eq!(verdicts("*"), [Verdict::Blocked], "{protocol}");
        }
    }
}

#[test]
fn the_trust_domain_is_that_of_the_mesh() {
    let policy = egress_policy(FROM, &to("a.example.org", 80, "HTTP"));
    let mesh = format!("{MESH}  trustDomain: td.example\n");
    let rules: Vec<String> = objects(sources(&policy, &mesh))
        .iter()
        .filter(|each| each["kind"] == "AuthorizationPolicy")
        .map(|each| each["spec"]["rules"][0]["from"].to_string())
        .collect();
    assert_eq!(
        rules,
        [r#"[{"source":{"notPrincipals":["td.example/ns/mytest/sa/one","td.example/ns/mytest/sa/two"]}}]"#]
    );
}

#[test]
fn accounts_of_one_port_and_all_clients_of_another_stand_side_by_side() {
    let everyone = "{namespace: mytest}";
    for (first, second) in [
        (to("a.example.org", 80, "HTTP"), to("a.example.org", 443, "HTTPS")),
        (to("a.example.org", 443, "HTTPS"), to("a.example.org", 80, "HTTP")),
        (to("'*.example.org'", 80, "HTTP"), to("b.example.org", 443, "HTTPS")),
        (
            "{addresses: [203.0.113.7], port: {number: 5432, protocol: TCP}}".to_owned(),
            "{addresses: [203.0.113.7], port: {number: 5433, protocol: TCP}}".to_owned(),
        ),
    ] {
        for other in [everyone, "{namespace: other}"] {
            let policy = format!(
                "{}  - from: [{other}]\n    to: [{second}]\n",
                egress_policy("{namespace: mytest, serviceAccounts: [one]}", &first)
            );
            let response = compiled(sources(&policy, MESH));
            assert!(response.ok, "{first} {second} {other}: {:#?}", response.diagnostics);
        }
    }
}

/// TCP without an address takes its port, so that bytes for other hosts of the namespace end at the host of the accounts.
#[test]
fn accounts_of_tcp_are_told_apart_at_every_host_of_the_port() {
    let one = "{namespace: mytest, serviceAccounts: [one]}";
    let both = |protocol: &str| {
        let all = "{namespace: mytest}";
        egress_policy(one, &to("db.example.org", 443, "TCP"))
            + &format!("  - from: [{all}]\n    to: [{}]\n", to("api.example.org", 443, protocol))
    };
    for protocol in ["HTTPS", "TLS"] {
        let response = compiled(sources(&both(protocol), MESH));
        assert!(!response.resources.is_empty(), "{protocol}: {:#?}", response.diagnostics);
    }
    let policy = egress_policy(one, &to("db.example.org", 5432, "TCP"));
    let rows = reach(&ReachRequest { sources: sources(&policy, MESH), ..ReachRequest::default() }).unwrap().flows;
    assert!(rows.iter().all(|row| row.verdict != Verdict::Unknown), "{rows:#?}");
    assert!(rows.iter().any(|row| row.verdict == Verdict::Diverted || row.verdict == Verdict::Allowed), "{rows:#?}");
}

#[test]
fn a_host_of_named_accounts_may_be_the_backend_of_another_rule() {
    for (to_first, to_second) in [
        (to("eu.example.org", 443, "HTTPS"), "backends: [{host: eu.example.org, httpsUpgrade: {enabled: true}}]"),
        (to("'*.example.org'", 80, "HTTP"), "backends: [{host: eu.example.org}]"),
        (to("eu.example.org", 443, "HTTPS"), "httpsUpgrade: {enabled: true}, fallback: [eu.example.org]"),
    ] {
        let first = egress_policy("{namespace: mytest, serviceAccounts: [one]}", &to_first);
        let second = format!(
            "  - from: [{{namespace: mytest}}]\n    to: [{{hosts: [a.example.com], port: {{number: 80, protocol: HTTP}}, {to_second}}}]\n"
        );
        let response = compiled(sources(&format!("{}\n{second}", first.trim_end()), MESH));
        assert!(response.ok, "{to_second}: {:#?}", response.diagnostics);
    }
}
