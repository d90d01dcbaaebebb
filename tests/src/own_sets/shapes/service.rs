//! Services of Kubernetes: names for others, pods of the gateway under another name, ports that Istio's answer.

use serde_json::{Value, json};

use super::scribe::Scribe;

pub(super) fn service(scribe: &mut Scribe) {
    let namespace = scribe.namespace();
    match scribe.dice.below(10) {
        0..3 => external_name(scribe, namespace),
        3..7 => second(scribe),
        7 => headless(scribe, namespace),
        8 => first(scribe),
        _ => plain(scribe, namespace),
    }
}

fn external_name(scribe: &mut Scribe, namespace: &str) {
    let host = scribe.host();
    let spec = json!({"type": "ExternalName", "externalName": host, "ports": [port(scribe)]});
    add(scribe, "ExternalName Service", namespace, spec);
}

/// A second Service for the gateway's pods.
fn second(scribe: &mut Scribe) {
    let gateway = scribe.gateway();
    let mut ports = vec![
        json!({"port": scribe.dice.pick(&[80, 443, 8088]), "name": "https-own", "targetPort": scribe.dice.pick(&[8080, 8443, 9999])}),
    ];
    if scribe.dice.percent(30) {
        ports.push(json!({"port": 9443, "name": "tls-own", "targetPort": 8444}));
    }
    let mut spec = json!({"selector": {"istio": gateway}, "ports": ports});
    spec["clusterIP"] = if scribe.dice.percent(15) { json!("None") } else { json!("10.96.0.99") };
    let home = scribe.regular.home;
    add(scribe, "second Service of the gateway", home, spec);
    if scribe.dice.percent(50) {
        let created = scribe.dice.pick(&["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]);
        if let Some(own) = scribe.made.last_mut() {
            own.value["metadata"]["creationTimestamp"] = json!(created);
        }
    }
}

/// The gateway's own Service, told otherwise than what else is known of it.
fn first(scribe: &mut Scribe) {
    let gateway = scribe.gateway();
    let target = scribe.dice.pick(&[8080, 8444, 8444]);
    let mut spec = json!({
        "selector": {"istio": gateway}, "clusterIP": "10.96.0.20",
        "ports": [
            {"port": 80, "name": "https-80", "targetPort": 8080},
            {"port": 443, "name": "https-443", "targetPort": 8443},
            {"port": 444, "name": "https-444", "targetPort": target},
        ],
    });
    let mut seen = None;
    match scribe.dice.below(4) {
        0 => spec["clusterIP"] = json!("None"),
        1 | 2 => seen = Some(scribe.dice.pick(&[".", "~", "mytest"])),
        _ => {}
    }
    let home = scribe.regular.home;
    // A cluster has one Service of a name: where the facts are a cluster's, they have it already.
    if scribe.regular.facts.iter().any(|fact| fact["kind"] == "Service") {
        return;
    }
    scribe.add_named("Service of the gateway", "v1", "Service", home, &format!("istio-{gateway}"), spec);
    if let (Some(seen), Some(own)) = (seen, scribe.made.last_mut()) {
        own.value["metadata"]["annotations"] = json!({"networking.istio.io/exportTo": seen});
    }
}

fn headless(scribe: &mut Scribe, namespace: &str) {
    let spec = json!({"clusterIP": "None", "selector": {"app": "local"}, "ports": [port(scribe)]});
    add(scribe, "headless Service", namespace, spec);
}

fn plain(scribe: &mut Scribe, namespace: &str) {
    let spec = json!({"clusterIP": "10.96.0.77", "selector": {"app": "local"}, "ports": [port(scribe)]});
    add(scribe, "Service", namespace, spec);
}

fn port(scribe: &mut Scribe) -> Value {
    let word = scribe.dice.pick(&["http", "https", "tcp", "grpc", "p"]);
    json!({"port": scribe.port(), "name": format!("{word}-own")})
}

fn add(scribe: &mut Scribe, shape: &'static str, namespace: &str, spec: Value) {
    scribe.add(shape, "v1", "Service", namespace, spec);
    if scribe.dice.percent(20) {
        let seen = scribe.dice.pick(&[".", "*", "~", "mytest"]);
        if let Some(own) = scribe.made.last_mut() {
            own.value["metadata"]["annotations"] = json!({"networking.istio.io/exportTo": seen});
        }
    }
}
