//! AuthorizationPolicies.

use serde_json::{Map, Value, json};

use super::scribe::{SECURITY, Scribe};
use crate::own_sets::regular::ROOT;

pub(super) fn policy(scribe: &mut Scribe) {
    let action = scribe.dice.pick(&["ALLOW", "ALLOW", "DENY", "DENY", "AUDIT", "CUSTOM"]);
    let mut spec = json!({"action": action});
    if action == "CUSTOM" {
        spec["provider"] = json!({"name": "ext-authz"});
    }
    let gateway = scribe.gateway();
    match scribe.dice.below(10) {
        0..7 => spec["selector"] = json!({"matchLabels": {"istio": gateway}}),
        7 => spec["selector"] = json!({"matchLabels": {"app": "sleep-a"}}),
        _ => {}
    }
    // A DENY without rules would be none, and Istio's webhook says so.
    if action == "DENY" || !scribe.dice.percent(8) {
        let count = scribe.dice.one_or_two(20);
        let rules: Vec<Value> = (0..count).map(|_| rule(scribe)).collect();
        spec["rules"] = json!(rules);
    }
    let home = scribe.regular.home;
    let namespace = scribe.dice.pick(&[home, home, home, home, ROOT, "mytest", "other"]);
    let shape = match action {
        "ALLOW" => "ALLOW",
        "DENY" => "DENY",
        _ => "AUDIT or CUSTOM",
    };
    scribe.add(shape, SECURITY, "AuthorizationPolicy", namespace, spec);
}

fn rule(scribe: &mut Scribe) -> Value {
    let mut rule = Map::new();
    if scribe.dice.percent(65) {
        rule.insert("from".to_owned(), json!([{"source": source(scribe)}]));
    }
    if scribe.dice.percent(60) {
        rule.insert("to".to_owned(), json!([{"operation": operation(scribe)}]));
    }
    if scribe.dice.percent(25) {
        rule.insert("when".to_owned(), json!([condition(scribe)]));
    }
    Value::Object(rule)
}

fn source(scribe: &mut Scribe) -> Value {
    let namespace = scribe.clients();
    let app = scribe.dice.pick(&["sleep-a", "sleep-b", "default"]);
    match scribe.dice.below(9) {
        0..3 => json!({"namespaces": [namespace]}),
        3 => json!({"notNamespaces": [namespace]}),
        4 => json!({"principals": [format!("cluster.local/ns/{namespace}/sa/{app}")]}),
        5 => json!({"notPrincipals": [format!("cluster.local/ns/{namespace}/sa/{app}")]}),
        6 => json!({"serviceAccounts": [format!("{namespace}/{app}")]}),
        7 => json!({"principals": ["*"]}),
        _ => json!({"namespaces": ["*"]}),
    }
}

fn operation(scribe: &mut Scribe) -> Value {
    let host = scribe.host();
    let target = scribe.dice.pick(&["8080", "8443", "8444", "80"]);
    match scribe.dice.below(11) {
        0 | 1 => json!({"hosts": [host]}),
        2 => json!({"hosts": [host, format!("{host}:*")], "ports": [target]}),
        3 => json!({"notHosts": [host]}),
        4 => json!({"paths": ["/api*"]}),
        5 => json!({"notPaths": ["/"], "ports": ["8080"]}),
        6 => json!({"methods": ["POST"], "ports": ["8080"]}),
        7 => json!({"notMethods": ["GET"]}),
        8 => json!({"ports": [target]}),
        9 => json!({"notPorts": [target]}),
        _ => json!({"hosts": ["*"]}),
    }
}

fn condition(scribe: &mut Scribe) -> Value {
    let host = scribe.host();
    let outer = scribe.dice.pick(&scribe.regular.doors).outer;
    match scribe.dice.below(8) {
        0 | 1 => json!({"key": "connection.sni", "values": [outer]}),
        2 => json!({"key": "connection.sni", "notValues": [host]}),
        3 => json!({"key": "request.headers[x-team]", "values": ["blue"]}),
        4 => json!({"key": "source.namespace", "values": [scribe.clients()]}),
        5 => json!({"key": "destination.port", "values": ["8080"]}),
        6 => json!({"key": "source.ip", "values": ["10.0.0.0/8"]}),
        _ => json!({"key": "request.auth.claims[iss]", "values": ["somebody"]}),
    }
}
