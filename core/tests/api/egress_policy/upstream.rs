//! How a gateway connects to a host: limits, outliers, certificates.

use serde_json::{Value, json};

use super::{egress_policy, objects};
use crate::ask::texts;
use crate::documents::{A, MESH, documents};
use crate::said::{check, slugs};

fn with(protocol: &str, more: &str) -> String {
    let to = format!("{{hosts: [a.example.org], port: {{number: 80, protocol: {protocol}}}, {more}}}");
    documents(&[&egress_policy(A, &to), MESH])
}

/// The traffic policy of the way to the host, and the subset that the gateway's route names.
fn way(text: &str) -> (Value, Value) {
    let objects = objects(texts(&[text]));
    let rule = objects.iter().find(|each| each["kind"] == "DestinationRule" && each["spec"]["host"] == "a.example.org");
    let at_gateway =
        |each: &&Value| each["kind"] == "VirtualService" && each["metadata"]["namespace"] == "istio-system";
    let route = objects.iter().find(at_gateway).map(|each| each["spec"].clone()).unwrap();
    let route = if route["http"].is_null() { &route["tcp"] } else { &route["http"] };
    let rule = rule.map_or(Value::Null, |rule| rule["spec"]["subsets"][0].clone());
    assert_eq!(rule["name"], route[0]["route"][0]["destination"]["subset"], "the route names the subset");
    assert_eq!(rule["name"].is_null(), rule.is_null());
    (rule["trafficPolicy"].clone(), rule["name"].clone())
}

#[test]
fn nothing_is_written_for_what_is_not_set() {
    assert_eq!(way(&with("HTTP", "name: a")), (Value::Null, Value::Null));
    assert_eq!(way(&with("HTTP", "httpsUpgrade: {enabled: true}")).1, "https");
}

#[test]
fn each_setting_stands_in_the_destination_rule() {
    let pool = "connectionPool: {tcp: {maxConnections: 7, connectTimeout: 2s, idleTimeout: 1m}, http: {http1MaxPendingRequests: 5, http2MaxRequests: 6, maxRequestsPerConnection: 1, idleTimeout: 1500ms}}";
    let outliers = "outlierDetection: {consecutive5xxErrors: 3, consecutiveGatewayErrors: 2, interval: 5s, baseEjectionTime: 30s, maxEjectionPercent: 100}";
    assert_eq!(
        way(&with("HTTP", &format!("{pool}, {outliers}"))).0,
        json!({
            "connectionPool": {
                "http": {"http1MaxPendingRequests": 5, "http2MaxRequests": 6, "idleTimeout": "1.500s", "maxRequestsPerConnection": 1},
                "tcp": {"connectTimeout": "2s", "idleTimeout": "60s", "maxConnections": 7},
            },
            "outlierDetection": {
                "baseEjectionTime": "30s", "consecutive5xxErrors": 3, "consecutiveGatewayErrors": 2, "interval": "5s", "maxEjectionPercent": 100,
            },
        })
    );
    for protocol in ["HTTPS", "TCP"] {
        let found = way(&with(protocol, "connectionPool: {tcp: {maxConnections: 7}}")).0;
        assert_eq!(found, json!({"connectionPool": {"tcp": {"maxConnections": 7}}}), "{protocol}");
    }
}

#[test]
fn the_host_is_verified_whatever_is_presented_to_it() {
    let verified = json!({"sni": "a.example.org", "subjectAltNames": ["a.example.org"]});
    for (settings, wanted) in [
        ("mode: MUTUAL, credentialName: c", json!({"mode": "MUTUAL", "credentialName": "c"})),
        ("credentialName: c", json!({"mode": "SIMPLE", "credentialName": "c"})),
        ("caCertificates: /ca.pem", json!({"mode": "SIMPLE", "caCertificates": "/ca.pem"})),
        (
            "mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem",
            json!({"mode": "MUTUAL", "caCertificates": "system", "clientCertificate": "/c.pem", "privateKey": "/k.pem"}),
        ),
    ] {
        let mut wanted = wanted;
        for (key, value) in verified.as_object().unwrap() {
            wanted[key] = value.clone();
        }
        let (found, _) = way(&with("HTTP", &format!("httpsUpgrade: {{enabled: true, {settings}}}")));
        assert_eq!(found["tls"], wanted, "{settings}");
    }
}

#[test]
fn what_istio_would_refuse_is_refused_at_its_place() {
    for (settings, path) in [
        ("mode: MUTUAL", "mode"),
        ("mode: MUTUAL, clientCertificate: /c.pem", "mode"),
        ("clientCertificate: /c.pem, privateKey: /k.pem", "clientCertificate"),
        ("credentialName: c, caCertificates: /ca.pem", "caCertificates"),
        ("mode: MUTUAL, credentialName: c, clientCertificate: /c.pem", "clientCertificate"),
        ("caCertificates: ca.pem", "caCertificates"),
    ] {
        let mut found = check(&with("HTTP", &format!("httpsUpgrade: {{enabled: true, {settings}}}")));
        found.retain(|each| !each.starts_with("secret-needed"));
        assert_eq!(found, [format!("tls-settings @ spec.egressRules[0].to[0].httpsUpgrade.{path}")], "{settings}");
    }
    assert_eq!(slugs(&with("HTTP", "httpsUpgrade: {enabled: true, credentialName: c}")), ["secret-needed"]);
    let http_in_tcp = slugs(&with("TCP", "connectionPool: {http: {http1MaxPendingRequests: 5}}"));
    assert!(http_in_tcp.contains(&"http-field-not-http".to_owned()), "{http_in_tcp:?}");
}
