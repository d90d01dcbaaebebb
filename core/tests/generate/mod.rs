//! Random policy sets, as documents, for the law tests. Most are right; some clash, and are refused.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

const HOSTS: [&str; 5] =
    ["a.example.org", "b.example.org", "www.example.com", "api.example.com", "deep.down.example.net"];
const NAMESPACES: [&str; 4] = ["mytest", "team-two", "shop", "pay"];
const GATEWAYS: [&str; 2] = ["egressgateway-a", "egressgateway-b"];

/// A rule's `to`.
fn destination() -> impl Strategy<Value = Value> {
    let port = prop_oneof![
        4 => Just((80, "HTTP")),
        1 => Just((8080, "HTTP")),
        1 => Just((50051, "GRPC")),
        4 => Just((443, "HTTPS")),
        1 => Just((8443, "TLS")),
        1 => Just((3306, "TCP")),
        1 => Just((5432, "TCP")),
    ];
    let hosts = proptest::sample::subsequence(HOSTS.as_slice(), 1..3);
    let gateway_port = option::weighted(0.3, prop_oneof![Just(443), Just(444), Just(8443)]);
    (hosts, port, any::<bool>(), gateway_port).prop_map(|(hosts, (number, protocol), upgrade, gateway_port)| {
        let mut to =
            json!({"hosts": hosts, "port": {"number": number, "protocol": protocol, "name": protocol.to_lowercase()}});
        if upgrade && protocol == "HTTP" {
            to["httpsUpgrade"] = json!({"enabled": true, "port": 443});
        }
        if let (Some(port), true) = (gateway_port, protocol != "HTTP") {
            to["byEgressGateway"] = json!({"port": port});
        }
        to
    })
}

/// A rule's `from`.
fn client() -> impl Strategy<Value = Value> {
    (proptest::sample::select(NAMESPACES.as_slice()), option::of(0..3_u8)).prop_map(|(namespace, app)| match app {
        Some(app) => json!({"namespace": namespace, "workloadSelector": {"app": format!("app-{app}")}}),
        None => json!({"namespace": namespace}),
    })
}

fn rule() -> impl Strategy<Value = Value> {
    (vec(client(), 1..3), vec(destination(), 1..3)).prop_map(|(from, to)| json!({"from": from, "to": to}))
}

fn policy(gateway: &'static str) -> impl Strategy<Value = Value> {
    vec(rule(), 1..4).prop_map(move |rules| {
        json!({
            "apiVersion": "istio.alibabacloud.com/v1",
            "kind": "ASMEgressTrafficPolicy",
            "metadata": {"name": format!("egress-by-{gateway}"), "namespace": "istio-egress"},
            "spec": {"byEgressGateway": {"name": gateway}, "egressRules": rules},
        })
    })
}

/// What the policies run in.
fn environment() -> impl Strategy<Value = Value> {
    let mode = proptest::sample::select(vec!["shared", "managed", "off"]);
    (mode, any::<bool>(), any::<bool>(), proptest::sample::select(vec!["policy", "client"])).prop_map(
        |(authorization, dns_capture, workloads, placement)| {
            let gateways: Vec<Value> = GATEWAYS
                .iter()
                .map(|name| {
                    json!({
                        "name": name,
                        "podLabels": {"istio": name, "security.istio.io/tlsMode": "istio"},
                        "authorization": authorization,
                        "ports": [
                            {"port": 80, "targetPort": 8080, "class": "http"},
                            {"port": 443, "targetPort": 8443, "class": "tls"},
                            {"port": 444, "targetPort": 444, "class": "tls"},
                            {"port": 8443, "targetPort": 9443, "class": "tls"},
                        ],
                    })
                })
                .collect();
            let mut namespace = json!({"name": "mytest", "injection": true});
            if workloads {
                namespace["workloads"] = (0..3)
                    .map(|app| json!({"name": format!("app-{app}"), "labels": {"app": format!("app-{app}")}, "serviceAccount": format!("sa-{app}")}))
                    .collect();
            }
            json!({
                "apiVersion": "egressc.dev/v1alpha1",
                "kind": "MeshEnvironment",
                "metadata": {"name": "generated"},
                "spec": {
                    "outboundTrafficPolicy": "REGISTRY_ONLY",
                    "dnsCapture": dns_capture,
                    "gateways": gateways,
                    "namespaces": [namespace],
                    "output": {"placement": placement},
                },
            })
        },
    )
}

/// The documents of a policy set.
pub(crate) fn documents() -> impl Strategy<Value = Vec<Value>> {
    (environment(), policy(GATEWAYS[0]), option::of(policy(GATEWAYS[1]))).prop_map(|(environment, first, second)| {
        [Some(environment), Some(first), second].into_iter().flatten().collect()
    })
}

/// A policy set, and one that a change makes of it: rules that are dropped, added or moved, or another set altogether.
#[allow(dead_code, reason = "not every test crate that has these generators asks for changes")]
pub(crate) fn changes() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let edit = (0..4_u8, any::<proptest::sample::Index>(), rule());
    (documents(), vec(edit, 1..4), option::weighted(0.2, policy(GATEWAYS[0]))).prop_map(|(before, edits, other)| {
        let mut after = before.clone();
        for (what, at, rule) in edits {
            let at = at.index(after.len().saturating_sub(1)).saturating_add(1);
            let Some(rules) = after.get_mut(at).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut())
            else {
                continue;
            };
            match what {
                0 => rules.push(rule),
                1 if rules.len() > 1 => drop(rules.remove(0)),
                2 => {
                    if let Some(to) = rules.first_mut().and_then(|first| first.pointer_mut("/to")?.as_array_mut()) {
                        to.extend(rule.pointer("/to").and_then(Value::as_array).into_iter().flatten().cloned());
                    }
                }
                _ => {
                    if let (Some(first), Some(from)) = (rules.first_mut(), rule.get("from")) {
                        first["from"] = from.clone();
                    }
                }
            }
        }
        if let (Some(policy), Some(first)) = (other, after.get_mut(1)) {
            *first = policy;
        }
        (before, after)
    })
}

/// A policy set and a rule to add to it.
#[allow(dead_code, reason = "not every test crate that has these generators asks for changes")]
pub(crate) fn one_rule_more() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    (documents(), rule()).prop_map(|(before, rule)| {
        let mut after = before.clone();
        if let Some(rules) = after.get_mut(1).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut()) {
            rules.push(rule);
        }
        (before, after)
    })
}

/// A policy set of two policies.
#[allow(dead_code, reason = "not every test crate that has these generators asks for changes")]
pub(crate) fn two_policies() -> impl Strategy<Value = Vec<Value>> {
    (environment(), policy(GATEWAYS[0]), policy(GATEWAYS[1]))
        .prop_map(|(environment, first, second)| vec![environment, first, second])
}

#[allow(dead_code, reason = "not every test crate that has these generators asks for them")]
fn object(kind: &str, group: &str, namespace: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": format!("{group}/v1"), "kind": kind,
        "metadata": {"name": format!("own-{}", kind.to_lowercase()), "namespace": namespace},
        "spec": spec,
    })
}

/// Objects that have nothing to do with any policy.
#[allow(dead_code, reason = "not every test crate that has these generators asks for them")]
pub(crate) fn unrelated() -> impl Strategy<Value = Vec<Value>> {
    let networking = "networking.istio.io";
    let namespace = proptest::sample::select(vec!["mytest", "shop", "elsewhere"]);
    (namespace, proptest::sample::subsequence((0..6_usize).collect::<Vec<_>>(), 1..4)).prop_map(move |(namespace, kinds)| {
        let objects = [
            object("ServiceEntry", networking, namespace, &json!({
                "hosts": ["unrelated.example.io"], "resolution": "DNS",
                "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 443, "name": "tls", "protocol": "TLS"}],
            })),
            object("VirtualService", networking, namespace, &json!({
                "hosts": ["unrelated.example.io"], "http": [{"route": [{"destination": {"host": "unrelated.example.io"}}]}],
            })),
            object("DestinationRule", networking, namespace, &json!({"host": "unrelated.example.io"})),
            object("Sidecar", networking, "elsewhere", &json!({"egress": [{"hosts": ["./*"]}]})),
            object("AuthorizationPolicy", "security.istio.io", "elsewhere", &json!({})),
            object("EnvoyFilter", networking, "elsewhere", &json!({"configPatches": []})),
        ];
        objects.into_iter().enumerate().filter(|(index, _)| kinds.contains(index)).map(|(_, object)| object).collect()
    })
}

/// Objects that may get into the way of policies.
#[allow(dead_code, reason = "not every test crate that has these generators asks for them")]
pub(crate) fn own_objects() -> impl Strategy<Value = Vec<Value>> {
    let networking = "networking.istio.io";
    let namespace = proptest::sample::select(vec!["mytest", "team-two", "istio-system", "istio-egress", "elsewhere"]);
    let host = proptest::sample::select(vec!["a.example.org", "api.example.com", "*.example.org", "*"]);
    let wide = any::<bool>();
    let one = (0..7_usize, namespace, host, wide).prop_map(move |(kind, namespace, host, wide)| {
        let export_to = if wide { json!(["*"]) } else { json!(["."]) };
        match kind {
            0 => object("ServiceEntry", networking, namespace, &json!({
                "hosts": [host], "exportTo": export_to, "resolution": if host.starts_with('*') { "NONE" } else { "DNS" },
                "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 3306, "name": "tcp", "protocol": "TCP"}],
            })),
            1 => object("VirtualService", networking, namespace, &json!({
                "hosts": [host], "exportTo": export_to, "http": [{"route": [{"destination": {"host": "a.example.org"}}]}],
            })),
            2 => object("DestinationRule", networking, namespace, &json!({
                "host": host, "exportTo": export_to, "trafficPolicy": {"tls": {"mode": "SIMPLE"}},
            })),
            3 => object("Sidecar", networking, namespace, &json!({
                "egress": [{"hosts": if wide { json!(["*/*"]) } else { json!(["./*"]) }}],
                "outboundTrafficPolicy": {"mode": if wide { "ALLOW_ANY" } else { "REGISTRY_ONLY" }},
            })),
            4 => object("AuthorizationPolicy", "security.istio.io", namespace, &json!({
                "action": if wide { "DENY" } else { "ALLOW" },
                "rules": [{"to": [{"operation": {"hosts": [host], "methods": ["POST"]}}]}],
            })),
            5 => object("Gateway", networking, namespace, &json!({
                "selector": {"istio": "egressgateway-a"},
                "servers": [{"port": {"number": 443, "name": "own", "protocol": "HTTPS"}, "hosts": [host], "tls": {"mode": "ISTIO_MUTUAL"}}],
            })),
            _ => object("EnvoyFilter", networking, namespace, &json!({"configPatches": []})),
        }
    });
    vec(one, 1..4)
}
