//! Rules that look like a limit and are none, because something beside them is wider.

use egressc_core::api::{CheckRequest, Source, check as api_check};

use super::egress_policy;
use crate::ask::{checked, texts};
use crate::documents::{A, MESH, documents, to, with};
use crate::said::{slugs, the};

const B: &str = "{namespace: mytest, workloadSelector: {app: b}}";
const ALLOW_GET: &str = ", allow: [{methods: [GET]}]";

/// What is said about a policy with one rule.
fn of(from: &str, to: &[String]) -> Vec<String> {
    slugs(&documents(&[&egress_policy(from, &to.join(", ")), MESH]))
}

/// What is said about a policy with two rules.
fn of_two(first: (&str, &str, &str), second: (&str, &str, &str)) -> String {
    let rule = |(mode, from, to): (&str, &str, &str)| format!("  - mode: {mode}\n    from: [{from}]\n    to: [{to}]\n");
    let head = egress_policy(A, "").split("  - from").next().unwrap().to_owned();
    documents(&[&format!("{head}{}{}", rule(first), rule(second)), MESH])
}

#[test]
fn an_item_that_undoes_a_named_set_is_named_with_a_request() {
    let said = |allow: &str| of(A, &[with("a.example.org", 80, "HTTP", &format!(", allow: [{allow}]"))]);
    for undone in [
        "{set: git-clone/1}, {methods: [POST]}",
        "{set: git-clone/1}, {paths: ['/team/*']}",
        "{set: git-clone/1}, {methods: [POST], paths: ['/{*}/{*}/git-receive-pack']}",
        "{set: git-clone/1}, {methods: [POST], paths: ['/team/{*}/{*}']}",
        "{set: git-clone/1}, {methods: [POST], headers: {x-team: a}}",
        "{set: python-registry/1}, {methods: [POST]}",
        "{set: python-registry/1}, {paths: ['/simple/*']}",
        "{set: python-registry/1}, {methods: [PUT], paths: ['/legacy/']}",
    ] {
        assert_eq!(said(undone), ["set-undone"], "{undone}");
    }
    for limited in [
        "{set: git-clone/1}, {methods: [GET]}",
        "{set: git-clone/1}, {methods: [POST], paths: [/api/issues]}",
        "{set: git-clone/1}, {methods: [POST], paths: ['/{*}/git-upload-pack']}",
        "{set: git-clone/1}, {set: python-registry/1}",
        "{set: python-registry/1}, {methods: [POST], paths: [/api/login]}",
        "{set: python-registry/1}, {methods: [GET, HEAD, OPTIONS]}",
    ] {
        assert_eq!(said(limited), [""; 0], "{limited}");
    }
    let text = |more: &str| {
        let allow = format!(", allow: [{{set: git-clone/1}}, {{methods: [GET, POST]}}]{more}");
        documents(&[&egress_policy(A, &with("a.example.org", 80, "HTTP", &allow)), MESH])
    };
    let found = the("set-undone", &text(""));
    assert!(found.message.contains("`POST /any-other/git-receive-pack`"), "{}", found.message);
    assert_eq!(found.labels[0].path.as_deref(), Some("spec.egressRules[0].to[0].allow[1]"));
    // What is denied is not let through.
    assert_eq!(slugs(&text(", deny: [{methods: [POST]}]")), [""; 0]);
}

#[test]
fn another_destination_that_leads_around_the_rules_is_warned_about() {
    let upgraded = |more: &str| with("a.example.org", 80, "HTTP", &format!(", httpsUpgrade: {{enabled: true}}{more}"));
    let plain = |more: &str| with("a.example.org", 80, "HTTP", more);
    for around in [
        [upgraded(ALLOW_GET), to("a.example.org", 443, "HTTPS")],
        [upgraded(", deny: [{methods: [POST]}]"), to("a.example.org", 443, "TLS")],
        [plain(ALLOW_GET), to("a.example.org", 443, "HTTPS")],
        [upgraded(ALLOW_GET), with("a.example.org", 8443, "HTTP", ", httpsUpgrade: {enabled: true}")],
    ] {
        let found = of(A, &around);
        // Two HTTP rules for one exit are refused besides.
        assert!(found.contains(&"rules-avoided".to_owned()), "{around:?}: {found:#?}");
    }
    for limited in [
        [
            with("'*.example.org'", 80, "HTTP", &format!(", httpsUpgrade: {{enabled: true}}{ALLOW_GET}")),
            to("a.example.org", 443, "HTTPS"),
        ],
        [upgraded(ALLOW_GET), to("b.example.org", 443, "HTTPS")],
        [upgraded(ALLOW_GET), to("a.example.org", 8443, "HTTPS")],
        [upgraded(ALLOW_GET), with("a.example.org", 8080, "HTTP", "")],
        [upgraded(", timeout: 5s"), to("a.example.org", 443, "HTTPS")],
    ] {
        assert!(!of(A, &limited).contains(&"rules-avoided".to_owned()), "{limited:?}");
    }
    // Of other workloads it is no way around, but one in audit mode is open to all.
    let (limited, tls) = (upgraded(ALLOW_GET), to("a.example.org", 443, "HTTPS"));
    assert_eq!(slugs(&of_two(("enforce", A, &limited), ("enforce", B, &tls))), [""; 0]);
    let account = |name: &str| format!("{{namespace: mytest, serviceAccounts: [{name}]}}");
    let accounts = [("x", "y", false), ("x", "x", true)];
    for (one, other, is_around) in accounts {
        let found = slugs(&of_two(("enforce", &account(one), &limited), ("enforce", &account(other), &tls)));
        assert_eq!(found.contains(&"rules-avoided".to_owned()), is_around, "{one} {other}: {found:?}");
    }
    let audited = slugs(&of_two(("enforce", A, &limited), ("audit", B, &tls)));
    assert!(audited.contains(&"rules-avoided".to_owned()), "{audited:#?}");
    assert_eq!(slugs(&of_two(("audit", A, &limited), ("enforce", A, &tls))), ["in-audit-mode"]);
    let found = the("rules-avoided", &of_two(("enforce", A, &limited), ("enforce", "{namespace: mytest}", &tls)));
    let paths: Vec<_> = found.labels.iter().map(|label| label.path.as_deref().unwrap_or_default()).collect();
    assert_eq!(paths, ["spec.egressRules[0].to[0].allow", "spec.egressRules[1].to[0]"]);
}

#[test]
fn a_client_that_another_one_contains_is_noted() {
    let said = |from: &str| of(from, &[to("a.example.org", 443, "HTTPS")]);
    for (from, wanted) in [
        ("{namespace: mytest}, {namespace: mytest, workloadSelector: {app: a}}", 1),
        ("{namespace: mytest, workloadSelector: {app: a}}, {namespace: mytest}", 1),
        (
            "{namespace: mytest, workloadSelector: {app: a, tier: b}}, {namespace: mytest, workloadSelector: {app: a}}",
            1,
        ),
        ("{namespace: mytest, workloadSelector: {app: a}}, {namespace: mytest, workloadSelector: {app: a}}", 1),
        ("{namespace: mytest, workloadSelector: {app: a}}, {namespace: mytest, workloadSelector: {app: b}}", 0),
        ("{namespace: mytest, workloadSelector: {app: a}}, {namespace: mytest, workloadSelector: {tier: b}}", 0),
        ("{namespace: mytest}, {namespace: other, workloadSelector: {app: a}}", 0),
    ] {
        let found = said(from);
        assert_eq!(found.iter().filter(|slug| *slug == "client-within").count(), wanted, "{from}: {found:#?}");
    }
    let from = "{namespace: mytest}, {namespace: mytest, workloadSelector: {app: a}}";
    let text = documents(&[&egress_policy(from, &to("a.example.org", 443, "HTTPS")), MESH]);
    let found = the("client-within", &text);
    assert_eq!(found.labels[0].path.as_deref(), Some("spec.egressRules[0].from[1].workloadSelector"));
}

#[test]
fn audit_mode_that_opens_what_an_enforced_rule_limits_is_warned_about() {
    let wide = to("'*.example.org'", 80, "HTTP");
    let exact = to("a.example.org", 80, "HTTP");
    let below = to("'*.b.example.org'", 80, "HTTP");
    let backend = with("c.example.net", 80, "HTTP", ", backends: [{host: a.example.org}]");
    let fallback = with("c.example.net", 80, "HTTP", ", fallback: [a.example.org]");
    let opens = |audited: (&str, &str), enforced: (&str, &str)| {
        let text = of_two(("audit", audited.0, audited.1), ("enforce", enforced.0, enforced.1));
        let found = slugs(&text);
        assert!(found.contains(&"in-audit-mode".to_owned()), "{text}\n{found:#?}");
        found.contains(&"audit-opens-host".to_owned())
    };
    for (audited, enforced) in [
        ((B, &exact), (A, &wide)),
        ((A, &below), (A, &wide)),
        ((B, &backend), (A, &exact)),
        ((B, &fallback), (A, &exact)),
        ((B, &backend), (A, &wide)),
    ] {
        assert!(opens((audited.0, audited.1), (enforced.0, enforced.1)), "{audited:?} {enforced:?}");
    }
    let all = "{namespace: mytest}";
    // Nothing is limited, or nothing is opened, or both are about something else.
    assert!(!opens((B, &exact), (all, &wide)));
    assert!(!opens((B, &backend), (all, &exact)));
    assert!(!opens((all, &backend), (A, &exact)));
    assert!(!opens((B, &exact), ("{namespace: other, workloadSelector: {app: a}}", &wide)));
    assert!(!opens((B, &to("a.example.net", 80, "HTTP")), (A, &wide)));
    let found = the("audit-opens-host", &of_two(("audit", B, &backend), ("enforce", A, &exact)));
    assert_eq!(found.labels[0].path.as_deref(), Some("spec.egressRules[0].to[0].backends[0].host"));
}

#[test]
fn a_rule_whose_last_day_has_passed_is_warned_about_where_the_day_is_known() {
    let said = |until: &str, date: Option<&str>| {
        let policy = egress_policy(A, &to("a.example.org", 443, "HTTPS")) + &format!("    until: '{until}'\n");
        let sources = vec![Source::text("all.yaml", documents(&[&policy, MESH]))];
        let date = date.map(|date| date.parse().unwrap());
        let response = api_check(&CheckRequest { sources, date, ..CheckRequest::default() }).unwrap();
        assert!(response.ok);
        let found = response.diagnostics.into_iter().filter(|each| each.slug == "until-passed");
        found.map(|each| each.labels[0].path.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(said("2026-11-30", Some("2026-12-01")), ["spec.egressRules[0].until"]);
    assert_eq!(said("2026-12-01", Some("2026-12-01")), [""; 0]);
    assert_eq!(said("2027-01-01", Some("2026-12-01")), [""; 0]);
    assert_eq!(said("2026-11-30", None), [""; 0]);
}

#[test]
fn an_assumed_version_beside_a_wildcard_is_noted_once() {
    let two = [to("'*.example.org'", 80, "HTTP"), to("'*.example.net'", 80, "HTTP")].join(", ");
    let text = |version: &str| documents(&[&egress_policy(A, &two), &format!("{MESH}{version}")]);
    let found = the("wildcard-version-assumed", &text(""));
    assert_eq!(found.labels[0].path.as_deref(), Some("spec.egressRules[0].to[0].hosts[0]"));
    let none =
        |text: &str| checked(texts(&[text])).diagnostics.iter().all(|each| each.slug != "wildcard-version-assumed");
    assert!(none(&text("  istioVersion: '1.30'\n")));
    assert!(none(&documents(&[&egress_policy(A, &to("a.example.org", 80, "HTTP")), MESH])));
}
