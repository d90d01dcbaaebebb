//! Rules in audit mode: what they open, who sees it, and the way to enforced ones.

use egressc_core::api::{
    AccessLog, ChangeKind, ClientPath, DiffRequest, Flow, Query, QueryClient, ReachRequest, ReplayFormat,
    ReplayRequest, Scheme, Severity, Source, TestRequest, TraceRequest, TraceResponse, Verdict, diff, reach, replay,
    test, trace,
};
use serde_json::{Value, json};

use super::{egress_policy, objects};
use crate::ask::{compiled, texts, words};
use crate::documents::{A, B, MESH, documents, to, with};
use crate::said::{slugs, the};

const ACCOUNTS: &str = "{namespace: mytest, serviceAccounts: [one]}";

/// A policy with rules of mode, `from` and `to`; a rule without a mode has the empty text.
fn rules(rules: &[(&str, &str, &str)]) -> String {
    let rule = |(mode, from, to): &(&str, &str, &str)| {
        let mode = if mode.is_empty() { String::new() } else { format!("    mode: {mode}\n") };
        format!("  - from: [{from}]\n    to: [{to}]\n{mode}")
    };
    let beginning = egress_policy(A, "").split("  - from").next().unwrap().to_owned();
    format!("{beginning}{}", rules.iter().map(rule).collect::<String>())
}

fn audited(from: &str, to: &str) -> String {
    documents(&[&rules(&[("audit", from, to)]), MESH])
}

fn enforced(from: &str, to: &str) -> String {
    documents(&[&rules(&[("", from, to)]), MESH])
}

fn managed(text: &str) -> String {
    text.replace("- name: gw\n", "- name: gw\n    authorization: managed\n")
}

fn flows(text: &str) -> Vec<Flow> {
    reach(&ReachRequest { sources: texts(&[text]), ..ReachRequest::default() }).unwrap().flows
}

fn asked(text: &str, from: &str, to: &str) -> TraceResponse {
    let query = Query { from: from.parse().unwrap(), to: to.parse().unwrap() };
    trace(&TraceRequest { sources: texts(&[text]), query: Some(query), ..TraceRequest::default() }).unwrap()
}

/// The verdict of a request, and whether it is only open by audit mode.
fn verdict(text: &str, from: &str, to: &str) -> (Verdict, bool) {
    let response = asked(text, from, to);
    (response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics)).verdict, response.audit)
}

fn spec<'o>(objects: &'o [Value], kind: &str, namespace: &str) -> Vec<&'o Value> {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["namespace"] == namespace;
    objects.iter().filter(is_it).map(|object| &object["spec"]).collect()
}

/// The names of the HTTP routes of a side.
fn route_names(objects: &[Value], gateways: &str) -> Vec<String> {
    let services = objects.iter().filter(|object| object["kind"] == "VirtualService");
    let of_side = services.filter(|object| object["spec"]["gateways"][0].as_str().unwrap().contains(gateways));
    let routes = of_side.flat_map(|object| object["spec"]["http"].as_array().cloned().unwrap_or_default());
    routes.map(|route| route["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_workload_of_the_namespace_arrives_and_no_other_one() {
    for (item, url, other) in [
        (to("a.example.org", 80, "HTTP"), "http://a.example.org", "http://a.example.org:8080"),
        (
            with("a.example.org", 80, "HTTP", ", httpsUpgrade: {enabled: true}"),
            "http://a.example.org",
            "https://a.example.org",
        ),
        (to("a.example.org", 443, "HTTPS"), "https://a.example.org", "https://b.example.org"),
        (to("a.example.org", 5432, "TCP"), "tcp://a.example.org:5432", "tcp://a.example.org:5433"),
        (
            "{addresses: [203.0.113.7], port: {number: 5432, protocol: TCP}}".to_owned(),
            "tcp://203.0.113.7:5432",
            "tcp://203.0.113.8:5432",
        ),
        (to("'*.example.org'", 80, "HTTP"), "http://a.example.org", "http://example.org"),
    ] {
        for text in [audited(A, &item), managed(&audited(A, &item))] {
            let found = compiled(texts(&[&text])).diagnostics;
            assert!(found.iter().all(|each| each.severity != Severity::Error), "{item}: {found:#?}");
            assert_eq!(verdict(&text, "mytest,app=a", url), (Verdict::Allowed, false), "{item}");
            assert_eq!(verdict(&text, "mytest,app=b", url), (Verdict::Allowed, true), "{item}");
            assert_eq!(verdict(&text, "mytest", url), (Verdict::Allowed, true), "{item}");
            assert_eq!(verdict(&text, "other,app=a", url), (Verdict::Blocked, false), "{item}");
            assert_eq!(verdict(&text, "mytest", other), (Verdict::Blocked, false), "{item}");
        }
        assert_eq!(verdict(&enforced(A, &item), "mytest,app=b", url), (Verdict::Blocked, false), "{item}");
    }
}

#[test]
fn the_rows_of_reach_say_what_is_open_by_audit_mode_alone() {
    let text = audited(A, &with("a.example.org", 80, "HTTP", ", allow: [{methods: [POST]}]"));
    let flows = flows(&text);
    let row = |app: &str, method: Option<&str>| {
        let is_it = |flow: &&Flow| {
            flow.from.namespace.as_deref() == Some("mytest")
                && flow.from.labels.get("app").map_or("", String::as_str) == app
                && flow.from.service_account.is_none()
                && flow.to.host == "a.example.org"
                && flow.to.port == 80
                && flow.to.scheme == Scheme::Http
                && flow.to.name.is_none()
                && flow.to.message.as_ref().and_then(|message| message.method.as_deref()) == method
        };
        flows.iter().find(is_it).map(|flow| (flow.verdict, flow.declared, flow.audit))
    };
    assert_eq!(row("a", None), Some((Verdict::Allowed, true, true)), "{flows:#?}");
    assert_eq!(row("a", Some("POST")), Some((Verdict::Allowed, true, false)));
    assert_eq!(row("", None), Some((Verdict::Allowed, true, true)));
}

#[test]
fn requests_that_a_rule_would_refuse_arrive_under_a_name_of_their_own() {
    let more = ", deny: [{methods: [DELETE]}], allow: [{methods: [GET], paths: ['/v1/*']}], timeout: 5s, headers: {request: {set: {x-source: mesh}}}";
    for host in ["a.example.org", "'*.example.org'"] {
        let text = audited(A, &with(host, 80, "HTTP", more));
        for from in ["mytest,app=a", "mytest,app=b"] {
            for (method, path, allowed) in [("GET", "/v1/a", true), ("DELETE", "/v1/a", false), ("POST", "/", false)] {
                let of = format!("{method} http://a.example.org{path}");
                let open = (Verdict::Allowed, !allowed || from.ends_with('b'));
                assert_eq!(verdict(&text, from, &of), open, "{host} {from} {of}");
            }
        }
        let objects = objects(texts(&[&text]));
        let gateway = &spec(&objects, "VirtualService", "istio-system")[0]["http"];
        let names: Vec<&str> = gateway.as_array().unwrap().iter().filter_map(|route| route["name"].as_str()).collect();
        let expected = ["audit-denied", "forward", "audit-not-allowed"];
        assert_eq!(&names[..3], expected, "{host}");
        for at in 0..3 {
            // What reaches the host is the same, whether the rule would allow it or not.
            for field in ["route", "timeout", "headers", "retries"] {
                assert_eq!(gateway[at][field], gateway[1][field], "{host} {field}");
            }
            assert_eq!(gateway[at]["directResponse"], Value::Null);
        }
    }
    // A name that the gateway would not resolve for the rule is resolved for nobody.
    let text = audited(A, &with("'*.example.org'", 80, "HTTP", more));
    for written in ["a.example.org:9999", "A.example.org", "x"] {
        let mut query = Query { from: "mytest".parse().unwrap(), to: "DELETE http://a.example.org/".parse().unwrap() };
        query.to.headers.insert("host".to_owned(), written.to_owned());
        let response =
            trace(&TraceRequest { sources: texts(&[&text]), query: Some(query), ..TraceRequest::default() }).unwrap();
        assert_eq!(response.trace.unwrap().verdict, Verdict::Blocked, "{written}");
    }
}

#[test]
fn the_routes_of_sidecars_have_names_that_access_logs_show() {
    let of = |first: &str| {
        let second = with("a.example.org", 8080, "HTTP", ", byEgressGateway: {port: 444}");
        let text = documents(&[&rules(&[(first, A, &to("a.example.org", 80, "HTTP")), ("", A, &second)]), MESH]);
        let found = compiled(texts(&[&text]));
        assert!(found.ok, "{:#?}", found.diagnostics);
        route_names(&objects(texts(&[&text])), "mesh")
    };
    assert_eq!(of("enforce"), ["allow-80", "allow-8080", "deny"]);
    let text = audited(A, &to("a.example.org", 80, "HTTP"));
    assert_eq!(route_names(&objects(texts(&[&text])), "mesh"), ["allow-80", "audit-80"]);
    // A rule for the whole namespace has nobody to audit.
    let text = audited("{namespace: mytest}", &to("a.example.org", 80, "HTTP"));
    assert_eq!(route_names(&objects(texts(&[&text])), "mesh"), ["allow-80"]);
    // TLS and TCP have no names of routes in access logs, and clusters of their own.
    for (port, protocol, field) in [(443, "HTTPS", "tls"), (5432, "TCP", "tcp")] {
        let objects = objects(texts(&[&audited(A, &to("a.example.org", port, protocol))]));
        let routes = spec(&objects, "VirtualService", "istio-egress")
            .into_iter()
            .find(|spec| spec["gateways"][0] == "mesh")
            .map(|spec| spec[field].clone())
            .unwrap();
        assert_eq!(routes[0]["match"][0]["sourceLabels"], json!({"app": "a"}));
        assert_eq!(routes[1]["match"][0]["sourceLabels"], Value::Null);
        let subset = |at: usize| routes[at]["route"][0]["destination"]["subset"].as_str().unwrap().to_owned();
        assert!(subset(1).starts_with("audit-") && !subset(0).starts_with("audit-"), "{routes:#}");
        let subsets = spec(&objects, "DestinationRule", "istio-system")[0]["subsets"].clone();
        let policy = |name: &str| {
            subsets.as_array().unwrap().iter().find(|each| each["name"] == name).unwrap()["trafficPolicy"].clone()
        };
        assert_eq!(policy(&subset(0)), policy(&subset(1)));
    }
}

#[test]
fn other_accounts_arrive_and_a_dry_run_names_them() {
    for (port, protocol, url) in [
        (80, "HTTP", "http://a.example.org"),
        (443, "HTTPS", "https://a.example.org"),
        (5432, "TCP", "tcp://a.example.org:5432"),
    ] {
        for text in [
            audited(ACCOUNTS, &to("a.example.org", port, protocol)),
            managed(&audited(ACCOUNTS, &to("a.example.org", port, protocol))),
        ] {
            let as_account = |account: &str| {
                let from = format!("mytest,serviceAccount={account}");
                let mut query = Query { from: "mytest".parse().unwrap(), to: url.parse().unwrap() };
                query.from.service_account = Some(account.to_owned());
                let response =
                    trace(&TraceRequest { sources: texts(&[&text]), query: Some(query), ..TraceRequest::default() })
                        .unwrap();
                let trace = response.trace.unwrap_or_else(|| panic!("{from}"));
                (trace.verdict, response.audit)
            };
            assert_eq!(as_account("one"), (Verdict::Allowed, false), "{protocol}");
            assert_eq!(as_account("two"), (Verdict::Allowed, true), "{protocol}");
            let objects = objects(texts(&[&text]));
            let policies: Vec<&Value> =
                objects.iter().filter(|object| object["kind"] == "AuthorizationPolicy").collect();
            let is_dry = |object: &&&Value| object["metadata"]["annotations"]["istio.io/dry-run"] == "true";
            let dry: Vec<&&Value> = policies.iter().filter(is_dry).collect();
            assert_eq!((policies.len(), dry.len()), (2, 1), "{protocol}");
            assert_eq!(dry[0]["spec"]["action"], "DENY");
            assert_eq!(
                dry[0]["spec"]["rules"][0]["from"],
                json!([{"source": {"notPrincipals": ["cluster.local/ns/mytest/sa/one"]}}])
            );
            let real = policies.iter().find(|each| !is_dry(each)).unwrap();
            assert!(!real.to_string().contains("sa/one"), "{real:#}");
            assert_eq!(real["spec"]["rules"][0]["to"], dry[0]["spec"]["rules"][0]["to"]);
        }
    }
    for text in [audited(A, &to("a.example.org", 80, "HTTP")), enforced(ACCOUNTS, &to("a.example.org", 80, "HTTP"))] {
        assert!(!compiled(texts(&[&text])).text.unwrap_or_default().contains("dry-run"));
        assert_eq!(spec(&objects(texts(&[&text])), "AuthorizationPolicy", "istio-system").len(), 1);
    }
}

#[test]
fn what_is_compiled_is_egresscs_own_as_before() {
    let text = audited(ACCOUNTS, &to("a.example.org", 80, "HTTP"));
    let written = objects(texts(&[&text])).into_iter().map(|object| Source::value("made.json", object));
    let found = egressc_core::api::check(&egressc_core::api::CheckRequest {
        sources: texts(&[&text]).into_iter().chain(written).collect(),
        ..egressc_core::api::CheckRequest::default()
    })
    .unwrap();
    let slugs: Vec<&str> = found.diagnostics.iter().map(|each| each.slug.as_str()).collect();
    assert!(!slugs.contains(&"not-as-written"), "{:#?}", found.diagnostics);
}

#[test]
fn a_note_says_what_is_open() {
    let item = with("a.example.org", 80, "HTTP", ", allow: [{methods: [GET]}]");
    let both = words(&the("in-audit-mode", &audited(A, &item)));
    assert!(both.contains("every workload of namespace `mytest` can reach `a.example.org:80`"), "{both}");
    assert!(both.contains("`allow` and `deny` of `a.example.org:80` block nothing"), "{both}");
    let accounts = words(&the("in-audit-mode", &audited(ACCOUNTS, &to("a.example.org", 80, "HTTP"))));
    assert!(accounts.contains("every workload of namespace `mytest`"), "{accounts}");
    let nothing = words(&the("in-audit-mode", &audited("{namespace: mytest}", &to("a.example.org", 80, "HTTP"))));
    assert!(nothing.contains("nothing is open because of it"), "{nothing}");
    assert!(!slugs(&enforced(A, &item)).contains(&"in-audit-mode".to_owned()));
}

#[test]
fn the_mode_of_a_rule_is_used_before_that_of_its_policy() {
    let item = to("a.example.org", 80, "HTTP");
    let of_policy =
        |mode: &str, text: String| text.replace("  egressRules:", &format!("  mode: {mode}\n  egressRules:"));
    for (policy, rule, is_open) in
        [("audit", "", true), ("audit", "enforce", false), ("enforce", "audit", true), ("enforce", "", false)]
    {
        let text = of_policy(policy, documents(&[&rules(&[(rule, A, &item)]), MESH]));
        assert_eq!(verdict(&text, "mytest", "http://a.example.org").1, is_open, "{policy} {rule}");
    }
}

#[test]
fn asms_kind_has_no_mode() {
    for text in [
        audited(A, &to("a.example.org", 80, "HTTP")),
        enforced(A, &to("a.example.org", 80, "HTTP")).replace("  egressRules:", "  mode: audit\n  egressRules:"),
    ] {
        let text = text
            .replacen("egressc.dev/v1alpha1", "istio.alibabacloud.com/v1", 1)
            .replace("kind: EgressPolicy", "kind: ASMEgressTrafficPolicy");
        assert!(slugs(&text).contains(&"field-of-egress-policy".to_owned()), "{:?}", slugs(&text));
    }
}

#[test]
fn audit_mode_never_opens_what_another_rule_closes() {
    let plain = to("a.example.org", 80, "HTTP");
    let upgraded = with("a.example.org", 80, "HTTP", ", httpsUpgrade: {enabled: true}");
    let other_port = with("a.example.org", 8080, "HTTP", ", httpsUpgrade: {enabled: true}");
    let ruled = with("a.example.org", 80, "HTTP", ", allow: [{methods: [GET]}]");
    let other = "{namespace: other}";
    for (name, first, second, expected) in [
        ("one host and port of a namespace", (A, &plain), (B, &plain), true),
        ("one exit of a namespace", (A, &upgraded), (B, &other_port), true),
        ("rules about requests of one exit", (A, &ruled), (other, &ruled), true),
        ("one exit of two namespaces", (A, &plain), (other, &plain), false),
        ("two hosts", (A, &plain), (B, &to("b.example.org", 80, "HTTP")), false),
    ] {
        for modes in [("audit", "enforce"), ("enforce", "audit"), ("audit", "audit")] {
            let text = documents(&[&rules(&[(modes.0, first.0, first.1), (modes.1, second.0, second.1)]), MESH]);
            let found = slugs(&text);
            let is_refused = found.contains(&"audit-beside-enforced".to_owned());
            assert_eq!(is_refused, expected && modes.0 != modes.1, "{name} {modes:?}: {found:?}");
            assert!(
                !found.iter().any(|slug| ["unsound", "incomplete", "unproven"].contains(&slug.as_str())),
                "{found:?}"
            );
        }
    }
}

#[test]
fn two_audited_ways_of_one_host_and_port_are_refused() {
    let by = |port: u16| with("a.example.org", 443, "HTTPS", &format!(", byEgressGateway: {{port: {port}}}"));
    for (ports, mode, expected) in
        [((443, 444), "audit", true), ((443, 443), "audit", false), ((443, 444), "enforce", false)]
    {
        let text = documents(&[
            &rules(&[
                (mode, "{namespace: mytest, workloadSelector: {app: a}}", &by(ports.0)),
                (mode, "{namespace: mytest, workloadSelector: {app: b}}", &by(ports.1)),
            ]),
            MESH,
        ]);
        assert_eq!(slugs(&text).contains(&"audited-two-ways".to_owned()), expected, "{ports:?} {mode}");
    }
}

#[test]
fn enforcing_takes_away_what_audit_mode_opens_and_nothing_else() {
    let item = with("a.example.org", 80, "HTTP", ", allow: [{methods: [GET], paths: [/]}]");
    let compare = |before: &str, after: &str| {
        diff(&DiffRequest { before: texts(&[before]), after: texts(&[after]), ..DiffRequest::default() }).unwrap()
    };
    for from in [A, "{namespace: mytest, workloadSelector: {app: a}, serviceAccounts: [one]}"] {
        let (audit, enforce) = (audited(from, &item), enforced(from, &item));
        let closing = compare(&audit, &enforce);
        assert!(closing.ok && !closing.widened && !closing.changes.is_empty());
        for change in &closing.changes {
            assert!(matches!(change.kind, ChangeKind::Lost | ChangeKind::Narrowed), "{}", change.message);
            assert!(change.before.as_ref().is_some_and(|flow| flow.audit), "{}", change.message);
        }
        let opening = compare(&enforce, &audit);
        assert!(opening.widened);
        assert!(opening.changes.iter().all(|change| change.kind.widens()));
        assert_eq!(opening.changes.len(), closing.changes.len());
    }
    assert!(
        compare(
            &audited("{namespace: mytest}", &to("a.example.org", 80, "HTTP")),
            &enforced("{namespace: mytest}", &to("a.example.org", 80, "HTTP"))
        )
        .changes
        .is_empty()
    );
}

#[test]
fn a_line_of_an_access_log_is_told_to_be_blocked_when_the_rule_is_enforced() {
    let line = |request: &str, authority: &str, cluster: &str, name: &str, route: &str| {
        format!(
            "[2026-11-23T10:00:00.000Z] \"{request}\" 200 - via_upstream - \"-\" 0 5 3 2 \"-\" \"curl\" \"5e1c\" \
             \"{authority}\" \"10.0.0.9:80\" {cluster} 10.0.0.1:4444 203.0.113.7:80 10.0.0.1:40000 {name} {route}"
        )
    };
    let told = |text: &str, line: String| {
        let request = TraceRequest { sources: texts(&[text]), access_log: Some(line), ..TraceRequest::default() };
        let response = trace(&request).unwrap();
        (response.audit, response.trace.unwrap().notes.join("; "))
    };
    let text = audited(A, &with("a.example.org", 80, "HTTP", ", deny: [{methods: [DELETE]}]"));
    let to_gateway = "outbound|80|http-80|istio-gw.istio-system.svc.cluster.local";
    for (route, audit) in [("allow-80", false), ("audit-80", true)] {
        let (is_open, notes) = told(&text, line("GET / HTTP/1.1", "a.example.org", to_gateway, "-", route));
        assert_eq!(is_open, audit, "{route}: {notes}");
        assert_eq!(notes.contains("rule `a.example.org:80` of `istio-egress/p` is in audit mode; if it is enforced, this request is blocked"), audit, "{notes}");
    }
    // A gateway's line has no caller; its route says what the rule would refuse.
    let at_gateway = |request: &str, route: &str| {
        told(&text, line(request, "a.example.org", "outbound|80||a.example.org", "http-80.l7.egressc.internal", route))
    };
    assert!(at_gateway("DELETE / HTTP/1.1", "audit-denied").0);
    assert!(!at_gateway("GET / HTTP/1.1", "forward").0);
    let text = audited(A, &to("a.example.org", 443, "HTTPS"));
    let objects = objects(texts(&[&text]));
    let subsets = spec(&objects, "DestinationRule", "istio-system")[0]["subsets"].clone();
    for subset in subsets.as_array().unwrap() {
        let name = subset["name"].as_str().unwrap();
        let cluster = format!("outbound|443|{name}|istio-gw.istio-system.svc.cluster.local");
        let (is_open, notes) =
            told(&text, line("- - -", "-", &cluster, "a.example.org", "-").replace(":80 10.", ":443 10."));
        assert_eq!(is_open, name.starts_with("audit-"), "{name}: {notes}");
    }
}

#[test]
fn rules_of_both_modes_stand_beside_each_other() {
    let wide = to("'*.example.org'", 80, "HTTP");
    let narrow = to("a.example.org", 80, "HTTP");
    let tls = to("a.example.org", 8443, "TLS");
    let tcp = to("db.example.org", 8443, "TCP");
    let address = "{addresses: [203.0.113.7], port: {number: 8443, protocol: TCP}}".to_owned();
    let backends = with(
        "b.example.org",
        80,
        "HTTP",
        ", backends: [{host: c.example.org, weight: 1}, {host: d.example.org, weight: 2}], allow: [{methods: [GET]}]",
    );
    let ruled = with("'*.example.org'", 80, "HTTP", ", deny: [{methods: [DELETE]}]");
    let closed = |text: &str, url: &str| verdict(text, "mytest,app=c", url).0 == Verdict::Blocked;
    for mesh in [MESH.to_owned(), format!("{MESH}  dnsCapture: true\n")] {
        for (audited, enforced, open, shut) in [
            (&wide, &narrow, "http://b.example.org", "http://a.example.org"),
            (&narrow, &wide, "http://a.example.org", "http://b.example.org"),
            (&ruled, &narrow, "http://b.example.org", "http://a.example.org"),
            (&narrow, &ruled, "http://a.example.org", "http://b.example.org"),
            (&tcp, &tls, "tcp://db.example.org:8443", "https://a.example.org:8443"),
            (&tls, &tcp, "https://a.example.org:8443", "tcp://db.example.org:8443"),
            (&tcp, &address, "tcp://db.example.org:8443", "tcp://203.0.113.7:8443"),
            (&address, &tcp, "tcp://203.0.113.7:8443", "tcp://db.example.org:8443"),
            (&backends, &tls, "http://b.example.org", "http://c.example.org"),
        ] {
            for (first, second) in [(A, A), (A, B)] {
                let policy = rules(&[("audit", first, audited), ("", second, enforced)]);
                for text in [documents(&[&policy, &mesh]), managed(&documents(&[&policy, &mesh]))] {
                    let response = compiled(texts(&[&text]));
                    assert!(response.ok, "{audited} {enforced}: {:#?}", response.diagnostics);
                    assert_eq!(verdict(&text, "mytest,app=c", open), (Verdict::Allowed, true), "{audited} {enforced}");
                    assert!(closed(&text, shut), "{audited} {enforced}");
                }
            }
        }
    }
}

#[test]
fn replay_counts_the_lines_that_a_rule_would_block() {
    let line = |request: &str, cluster: &str, name: &str, route: &str| {
        format!(
            "[2026-11-23T10:00:00.000Z] \"{request}\" 200 - via_upstream - \"-\" 0 5 3 2 \"-\" \"curl\" \"5e1c\" \
             \"a.example.org\" \"10.0.0.9:80\" {cluster} 10.0.0.1:4444 203.0.113.7:80 10.0.0.1:40000 {name} {route}\n"
        )
    };
    let told = |text: &str, client: QueryClient, log: String| {
        let logs = vec![AccessLog::new("x.log", log, client)];
        let request = ReplayRequest {
            sources: texts(&[text]),
            logs,
            format: Some(ReplayFormat::Text),
            ..ReplayRequest::default()
        };
        let response = replay(&request).unwrap();
        let audited: Vec<(String, usize)> =
            response.audited.iter().map(|each| (each.rule.clone(), each.lines)).collect();
        (response.agree, audited, response.text.unwrap())
    };
    let text = audited(A, &with("a.example.org", 80, "HTTP", ", allow: [{methods: [GET]}]"));
    let to_gateway = "outbound|80|http-80|istio-gw.istio-system.svc.cluster.local";
    let sidecar = |route: &str| line("GET / HTTP/1.1", to_gateway, "-", route);
    let (agree, audited, said) = told(&text, "mytest,app=b".parse().unwrap(), sidecar("audit-80").repeat(2));
    assert_eq!((agree, audited.as_slice()), (2, &[("a.example.org:80".to_owned(), 2)][..]), "{said}");
    assert!(said.contains("audit in 2 lines: rule `a.example.org:80` of `istio-egress/p` is in audit mode"), "{said}");
    let (agree, audited, said) = told(&text, "mytest,app=a".parse().unwrap(), sidecar("allow-80"));
    assert_eq!((agree, audited.len(), said.contains("audit")), (1, 0, false), "{said}");
    // A line of other objects than these is no line of the rule.
    let (agree, audited, said) = told(&text, "mytest,app=b".parse().unwrap(), sidecar("allow-80"));
    assert_eq!((agree, audited.len()), (0, 0), "{said}");
    let mut client = QueryClient::in_namespace("mytest");
    client.path = ClientPath::Direct;
    client.gateway = Some("gw".to_owned());
    let at_gateway =
        |request: &str, route: &str| line(request, "outbound|80||a.example.org", "http-80.l7.egressc.internal", route);
    let log = at_gateway("GET / HTTP/1.1", "forward") + &at_gateway("PUT /a HTTP/1.1", "audit-not-allowed");
    let (agree, audited, said) = told(&text, client, log);
    assert_eq!((agree, audited.as_slice()), (2, &[("a.example.org:80".to_owned(), 1)][..]), "{said}");
}

#[test]
fn a_line_with_the_result_of_a_dry_run_names_the_rule() {
    let text = audited(ACCOUNTS, &to("a.example.org", 80, "HTTP"));
    let written = objects(texts(&[&text]));
    let is_dry = |object: &&Value| object["metadata"]["annotations"]["istio.io/dry-run"] == "true";
    let dry = written.iter().find(is_dry).unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
    let line = |route: &str, policy: Option<&str>| {
        let id = policy.map(|name| format!("ns[istio-system]-policy[{name}]-rule[0]"));
        json!({
            "method": "GET", "path": "/", "protocol": "HTTP/1.1", "authority": "a.example.org", "response_code": 200,
            "response_code_details": "via_upstream", "upstream_cluster": "outbound|80||a.example.org",
            "downstream_local_address": "10.0.0.9:80", "requested_server_name": "http-80.l7.egressc.internal",
            "route_name": route, "dry_run_http": id, "dry_run_tcp": null,
        })
        .to_string()
    };
    let mut client = QueryClient::in_namespace("mytest");
    client.path = ClientPath::Direct;
    client.gateway = Some("gw".to_owned());
    // An account that is not known is not one that the rule names. Of one that it names, the dry run would be another opinion.
    client.service_account = Some("one".to_owned());
    for (policy, expected) in [(None, 0), (Some(dry.as_str()), 1), (Some("another"), 0)] {
        let logs = vec![AccessLog::new("x.log", line("forward", policy), client.clone())];
        let response = replay(&ReplayRequest { sources: texts(&[&text]), logs, ..ReplayRequest::default() }).unwrap();
        assert_eq!((response.agree, response.audited.len()), (1, expected), "{policy:?}: {:#?}", response.rows);
        let request = TraceRequest {
            sources: texts(&[&text]),
            access_log: Some(line("forward", policy)),
            ..TraceRequest::default()
        };
        let response = trace(&TraceRequest { client: Some(client_of_sidecar("one")), ..request }).unwrap();
        let notes = response.trace.unwrap().notes.join("; ");
        assert_eq!((response.audit, notes.contains("is in audit mode")), (expected == 1, expected == 1), "{notes}");
    }
}

fn client_of_sidecar(account: &str) -> QueryClient {
    let mut client = QueryClient::in_namespace("mytest");
    client.service_account = Some(account.to_owned());
    client
}

#[test]
fn an_expectation_notices_that_a_rule_is_enforced() {
    let expectations = "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {name: e}\nspec:\n  allow:\n  - {from: 'mytest,app=a', to: ['http://a.example.org']}\n";
    let noticed = |more: &str| {
        let text = documents(&[&audited(A, &to("a.example.org", 80, "HTTP")), &format!("{expectations}{more}")]);
        let response =
            test(&TestRequest { sources: texts(&[&text]), mutations: true, ..TestRequest::default() }).unwrap();
        assert!(response.ok, "{:#?}", response.expectations);
        let rows = response.mutants;
        rows.into_iter()
            .find(|row| row.description == "`mode: audit` removed from rule `a.example.org:80`")
            .unwrap()
            .noticed
    };
    assert!(!noticed(""));
    assert!(noticed("  - {from: mytest, to: ['http://a.example.org']}\n"));
}

#[test]
fn others_take_the_same_gateways_as_the_declared_workloads() {
    let mesh = MESH.replace(
        "  - name: gw\n",
        "  - name: gw2\n    ports: [{port: 80, targetPort: 80}, {port: 443, targetPort: 443}]\n  - name: gw\n",
    );
    let gateways = ", byEgressGateways: [{name: gw, weight: 3}, {name: gw2, weight: 1}]";
    for (protocol, port, name) in [("HTTP", 80, "audit-80"), ("HTTPS", 443, ""), ("TCP", 5432, "")] {
        let policy = rules(&[("audit", A, &with("a.example.org", port, protocol, gateways))]);
        assert!(!slugs(&documents(&[&policy, &mesh])).contains(&"audited-two-ways".to_owned()), "{protocol}");
        let objects = objects(texts(&[&policy, &mesh]));
        let services = objects.iter().filter(|object| object["kind"] == "VirtualService");
        let of_clients: Vec<&Value> = services
            .filter(|object| object["spec"]["gateways"] == json!(["mesh"]))
            .map(|object| &object["spec"])
            .collect();
        let list = ["http", "tls", "tcp"].into_iter().find_map(|kind| of_clients[0][kind].as_array()).unwrap();
        let ways = |route: &Value| -> Vec<(Value, Value)> {
            let ways = route["route"].as_array().unwrap();
            ways.iter().map(|way| (way["destination"]["host"].clone(), way["weight"].clone())).collect()
        };
        let [declared, others] = list.as_slice() else { panic!("{list:#?}") };
        assert_eq!((ways(declared), ways(declared).len()), (ways(others), 2), "{protocol}");
        assert_eq!(others["name"].as_str().unwrap_or_default(), name);
    }
    // Two rules that divide in another way are two ways.
    let other = ", byEgressGateways: [{name: gw}, {name: gw2}]";
    let two = rules(&[
        ("audit", A, &with("a.example.org", 80, "HTTP", gateways)),
        ("audit", B, &with("a.example.org", 80, "HTTP", other)),
    ]);
    assert!(slugs(&documents(&[&two, &mesh])).contains(&"audited-two-ways".to_owned()));
}

#[test]
fn a_wider_rule_in_audit_mode_is_a_row_of_diff() {
    let item = |more: &str| with("a.example.org", 80, "HTTP", more);
    let compared = |before: (&str, &str, &str), after: (&str, &str, &str)| {
        let side = |rule| texts(&[&documents(&[&rules(&[rule]), MESH])]);
        let request = DiffRequest { before: side(before), after: side(after), ..DiffRequest::default() };
        let response = diff(&request).unwrap();
        assert!(response.ok, "{:#?}", response.diagnostics);
        response
    };
    let (get, post) = (item(", allow: [{methods: [GET]}]"), item(", allow: [{methods: [GET]}, {methods: [POST]}]"));
    let denied = item(", allow: [{methods: [GET]}], deny: [{methods: [DELETE]}]");
    let both = format!("{A}, {B}");
    for (before, after, setting, was, is) in [
        (("audit", A, get.as_str()), ("audit", A, post.as_str()), "allow", Some("`GET`"), Some("`GET`, `POST`")),
        (("audit", A, &get), ("audit", A, &item("")), "allow", Some("`GET`"), None),
        (("audit", A, &denied), ("audit", A, &get), "deny", Some("`DELETE`"), None),
        (
            ("audit", A, &get),
            ("audit", &both, &get),
            "from",
            Some("`app=a` in `mytest`"),
            Some("`app=a` in `mytest`, `app=b` in `mytest`"),
        ),
    ] {
        let response = compared(before, after);
        assert!(response.changes.is_empty() && !response.widened, "{setting}: {:#?}", response.changes);
        let [change] = response.settings.as_slice() else { panic!("{setting}: {:#?}", response.settings) };
        assert_eq!((change.setting.as_str(), change.before.as_deref(), change.after.as_deref()), (setting, was, is));
        assert!(change.message.contains("it opens or closes nothing until the rule is enforced"), "{}", change.message);
        assert_eq!(change.hosts, ["a.example.org"]);
    }
    // Of enforced rules the flows show it, and of one that is enforced now, too.
    for (before, after) in
        [(("enforce", A, get.as_str()), ("enforce", A, post.as_str())), (("audit", A, &get), ("enforce", A, &post))]
    {
        let response = compared(before, after);
        assert!(!response.changes.is_empty() && response.settings.is_empty(), "{:#?}", response.settings);
    }
    assert!(compared(("audit", A, get.as_str()), ("audit", A, get.as_str())).settings.is_empty());
}
