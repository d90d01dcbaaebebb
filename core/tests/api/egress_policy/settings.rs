//! What `diff` says where flows stay and their settings change.

use std::collections::BTreeSet;

use egressc_core::api::{
    DiffFormat, DiffRequest, DiffResponse, SchemaKind, SchemaRequest, SettingChange, Source, diff, schema,
};
use serde_json::Value;

use super::egress_policy;
use crate::ask::texts;
use crate::documents::{A, B, MESH, documents, gateways};

fn sides(before: Vec<Source>, after: Vec<Source>) -> DiffResponse {
    let response = diff(&DiffRequest { before, after, ..DiffRequest::default() }).unwrap();
    assert!(response.ok, "{:#?}", response.diagnostics);
    response
}

fn of_a(more: &str) -> Vec<Source> {
    let to = format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {more}}}");
    texts(&[&documents(&[&egress_policy(A, &to), MESH])])
}

fn settings(before: &str, after: &str) -> Vec<SettingChange> {
    sides(of_a(before), of_a(after)).settings
}

/// Fields of an item, with two values that differ, and what `diff` calls the field that differs.
const CHANGES: &[(&str, &str, &str)] = &[
    ("timeout: 5s", "timeout: 10s", "timeout"),
    ("retries: {attempts: 1}", "retries: {attempts: 2}", "retries.attempts"),
    ("retries: {attempts: 1}", "retries: {attempts: 1, perTryTimeout: 1s}", "retries.perTryTimeout"),
    ("retries: {attempts: 1, retryOn: [5xx]}", "retries: {attempts: 1, retryOn: [reset]}", "retries.retryOn"),
    ("headers: {request: {set: {x-a: '1'}}}", "headers: {request: {set: {x-a: '2'}}}", "headers.request.set"),
    ("headers: {request: {add: {x-a: '1'}}}", "headers: {request: {add: {x-b: '1'}}}", "headers.request.add"),
    ("headers: {request: {remove: [x-a]}}", "headers: {request: {remove: [x-a, x-b]}}", "headers.request.remove"),
    ("headers: {response: {set: {x-a: '1'}}}", "name: a", "headers.response.set"),
    ("name: a", "headers: {response: {add: {x-a: '1'}}}", "headers.response.add"),
    ("name: a", "headers: {response: {remove: [x-a]}}", "headers.response.remove"),
    (
        "connectionPool: {tcp: {maxConnections: 7}}",
        "connectionPool: {tcp: {maxConnections: 8}}",
        "connectionPool.tcp.maxConnections",
    ),
    ("name: a", "connectionPool: {tcp: {connectTimeout: 2s}}", "connectionPool.tcp.connectTimeout"),
    ("name: a", "connectionPool: {tcp: {idleTimeout: 1m}}", "connectionPool.tcp.idleTimeout"),
    ("name: a", "connectionPool: {http: {http1MaxPendingRequests: 1}}", "connectionPool.http.http1MaxPendingRequests"),
    ("name: a", "connectionPool: {http: {http2MaxRequests: 1}}", "connectionPool.http.http2MaxRequests"),
    (
        "name: a",
        "connectionPool: {http: {maxRequestsPerConnection: 1}}",
        "connectionPool.http.maxRequestsPerConnection",
    ),
    ("name: a", "connectionPool: {http: {idleTimeout: 1m}}", "connectionPool.http.idleTimeout"),
    ("name: a", "outlierDetection: {consecutive5xxErrors: 3}", "outlierDetection.consecutive5xxErrors"),
    ("name: a", "outlierDetection: {consecutiveGatewayErrors: 3}", "outlierDetection.consecutiveGatewayErrors"),
    ("outlierDetection: {interval: 5s}", "outlierDetection: {interval: 6s}", "outlierDetection.interval"),
    ("name: a", "outlierDetection: {baseEjectionTime: 5s}", "outlierDetection.baseEjectionTime"),
    ("name: a", "outlierDetection: {maxEjectionPercent: 50}", "outlierDetection.maxEjectionPercent"),
    (
        "httpsUpgrade: {enabled: true}",
        "httpsUpgrade: {enabled: true, credentialName: ca}",
        "httpsUpgrade.credentialName",
    ),
    (
        "httpsUpgrade: {enabled: true, credentialName: s}",
        "httpsUpgrade: {enabled: true, mode: MUTUAL, credentialName: s}",
        "httpsUpgrade.mode",
    ),
    (
        "httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /k}",
        "httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /b, privateKey: /k}",
        "httpsUpgrade.clientCertificate",
    ),
    (
        "httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /k}",
        "httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /l}",
        "httpsUpgrade.privateKey",
    ),
    (
        "httpsUpgrade: {enabled: true}",
        "httpsUpgrade: {enabled: true, caCertificates: /ca}",
        "httpsUpgrade.caCertificates",
    ),
    ("fallback: [b.example.org, c.example.org]", "fallback: [c.example.org, b.example.org]", "fallback"),
    (
        "backends: [{host: b.example.org, weight: 1}, {host: c.example.org, weight: 1}]",
        "backends: [{host: b.example.org, weight: 2}, {host: c.example.org, weight: 1}]",
        "backends[].weight",
    ),
    (
        "backends: [{host: b.example.org, fallback: [d.example.org, e.example.org]}]",
        "backends: [{host: b.example.org, fallback: [e.example.org, d.example.org]}]",
        "backends[].fallback",
    ),
    (
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, credentialName: ca}}]",
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, credentialName: cb}}]",
        "backends[].httpsUpgrade.credentialName",
    ),
    (
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, credentialName: s}}]",
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, credentialName: s}}]",
        "backends[].httpsUpgrade.mode",
    ),
    (
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /k}}]",
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /b, privateKey: /k}}]",
        "backends[].httpsUpgrade.clientCertificate",
    ),
    (
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /k}}]",
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, mode: MUTUAL, clientCertificate: /a, privateKey: /l}}]",
        "backends[].httpsUpgrade.privateKey",
    ),
    (
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true}}]",
        "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, caCertificates: /ca}}]",
        "backends[].httpsUpgrade.caCertificates",
    ),
];

/// Fields that say which requests arrive, and where: their changes are changes of flows.
const OF_FLOWS: &[&str] = &[
    "addresses",
    "allow",
    "backends[].host",
    "backends[].httpsUpgrade.enabled",
    "backends[].port",
    "byEgressGateway.name",
    "byEgressGateway.port",
    "byEgressGateways[].name",
    "byEgressGateways[].port",
    "deny",
    "hosts",
    "httpsUpgrade.enabled",
    "httpsUpgrade.port",
    "port",
];
/// A name changes nothing, and gateways have a test of their own below.
const ELSEWHERE: &[&str] = &["byEgressGateways[].weight", "name"];

#[test]
fn each_field_of_a_destination_is_of_flows_or_is_a_setting() {
    for (before, after, setting) in CHANGES {
        let found = settings(before, after);
        let names: BTreeSet<&str> = found.iter().map(|change| change.setting.as_str()).collect();
        assert_eq!(names, BTreeSet::from([*setting]), "{before} -> {after}");
        assert!(found.iter().all(|change| change.before != change.after));
        let back = settings(after, before);
        let turned = |change: &SettingChange| (change.of.clone(), change.after.clone(), change.before.clone());
        let straight = |change: &SettingChange| (change.of.clone(), change.before.clone(), change.after.clone());
        assert_eq!(found.iter().map(straight).collect::<Vec<_>>(), back.iter().map(turned).collect::<Vec<_>>());
        assert_eq!(settings(after, after), []);
    }
    let known = CHANGES.iter().map(|(_, _, setting)| *setting).chain(OF_FLOWS.iter().copied());
    let known: BTreeSet<String> = known.chain(ELSEWHERE.iter().copied()).map(str::to_owned).collect();
    let schema = schema(&SchemaRequest { kind: SchemaKind::EgressPolicy }).schema;
    let to = &schema["properties"]["spec"]["properties"]["egressRules"]["items"]["properties"]["to"]["items"];
    let mut fields = BTreeSet::new();
    leaves(to, "", &mut fields);
    assert_eq!(fields, known, "a new field of the schema needs a line in one of the tables");
}

/// The paths of the fields below a schema, not those below fields of flows or of maps.
fn leaves(schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    let branches = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    for branch in branches {
        leaves(branch, path, found);
    }
    let is_object = |schema: &Value| schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let whole = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if OF_FLOWS.contains(&whole.as_str()) {
            found.insert(whole);
        } else if is_object(field) {
            leaves(field, &whole, found);
        } else if is_object(&field["items"]) {
            leaves(&field["items"], &format!("{whole}[]"), found);
        } else {
            found.insert(whole);
        }
    }
}

#[test]
fn a_weight_of_a_gateway_is_a_share() {
    let mesh = gateways(
        "{name: zone-a, podLabels: {istio: zone-a}, ports: [{port: 80, targetPort: 80}]}, {name: zone-b, podLabels: {istio: zone-b}, ports: [{port: 80, targetPort: 80}]}",
    );
    let with = |a: u32, b: u32| {
        let to = format!(
            "{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, byEgressGateways: [{{name: zone-a, weight: {a}}}, {{name: zone-b, weight: {b}}}]}}"
        );
        texts(&[&documents(&[&egress_policy(A, &to).replace("{name: gw}", "{name: zone-a}"), &mesh])])
    };
    let found = sides(with(9, 1), with(1, 1)).settings;
    let said: Vec<_> = found.iter().map(|change| change.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "`app=a` in `mytest` -> a.example.org:80: byEgressGateways[].weight of zone-a was 9 of 10; is 1 of 2",
            "`app=a` in `mytest` -> a.example.org:80: byEgressGateways[].weight of zone-b was 1 of 10; is 1 of 2",
        ]
    );
    assert_eq!(sides(with(9, 1), with(90, 10)).settings, [], "the same shares");
}

#[test]
fn a_client_that_is_written_in_another_way_is_compared_with_those_that_overlap() {
    let with = |from: &str, timeout: &str| {
        let to = format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, timeout: {timeout}}}");
        texts(&[&documents(&[&egress_policy(from, &to), MESH])])
    };
    let all = "{namespace: mytest}";
    assert_eq!(sides(with(all, "1s"), with(A, "2s")).settings.len(), 1);
    assert_eq!(sides(with(B, "1s"), with("{namespace: other}", "2s")).settings.len(), 0, "nobody had it before");
}

#[test]
fn each_format_has_the_settings_and_nothing_is_opened_by_them() {
    let of = |format| {
        let (before, after) = (of_a("timeout: 1s"), of_a("timeout: 1.5s"));
        diff(&DiffRequest { before, after, format: Some(format), ..DiffRequest::default() }).unwrap()
    };
    let text = of(DiffFormat::Text);
    assert!(!text.widened && text.changes.is_empty());
    let line = "setting       `app=a` in `mytest` -> a.example.org:80: timeout was 1s; is 1.500s (0.yaml:8:10)\n\nno flow changes, 1 setting\n";
    assert!(text.text.unwrap().starts_with(line));
    let markdown = of(DiffFormat::Markdown).text.unwrap();
    assert!(
        markdown.contains(
            "| `timeout` | `'app=a' in 'mytest' -> a.example.org:80: timeout was 1s; is 1.500s` | `0.yaml:8:10` |"
        ),
        "{markdown}"
    );
}

#[test]
fn the_loss_of_an_authority_is_weaker_and_another_one_is_not() {
    const UPGRADE: &str = "httpsUpgrade: {enabled: true}";
    const FILE: &str = "httpsUpgrade: {enabled: true, caCertificates: /ca}";
    const SECRET: &str = "httpsUpgrade: {enabled: true, credentialName: ca}";
    for (before, after, weakens) in [
        (FILE, UPGRADE, true),
        (SECRET, UPGRADE, true),
        (UPGRADE, FILE, false),
        (FILE, SECRET, false),
        (SECRET, "httpsUpgrade: {enabled: true, credentialName: cb}", false),
        (
            "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, caCertificates: /ca}}, {host: c.example.org, httpsUpgrade: {enabled: true, caCertificates: /ca}}]",
            "backends: [{host: b.example.org, httpsUpgrade: {enabled: true, caCertificates: /ca}}, {host: c.example.org, httpsUpgrade: {enabled: true}}]",
            true,
        ),
    ] {
        let response = sides(of_a(before), of_a(after));
        assert!(response.changes.is_empty() && !response.settings.is_empty());
        assert_eq!(response.settings.iter().any(|change| change.weakens), weakens, "{before} -> {after}");
        assert_eq!(response.widened, weakens);
    }
}

#[test]
fn the_usual_mode_of_tls_is_named_and_is_no_change() {
    let mutual = "httpsUpgrade: {enabled: true, mode: MUTUAL, credentialName: s}";
    for simple in [
        "httpsUpgrade: {enabled: true, mode: SIMPLE, credentialName: s}",
        "httpsUpgrade: {enabled: true, credentialName: s}",
    ] {
        let found = settings(mutual, simple);
        let [change] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!(change.setting, "httpsUpgrade.mode");
        assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some("MUTUAL"), Some("SIMPLE")));
        assert!(change.message.ends_with("was MUTUAL; is SIMPLE"), "{}", change.message);
    }
    assert_eq!(settings("name: a", "httpsUpgrade: {enabled: true, mode: SIMPLE}"), []);
    assert_eq!(settings("httpsUpgrade: {enabled: true}", "httpsUpgrade: {enabled: true, mode: SIMPLE}"), []);
}
