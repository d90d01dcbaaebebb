//! Istio's objects beside policies.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn object(kind: &str, group: &str, namespace: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": format!("{group}/v1"), "kind": kind,
        "metadata": {"name": format!("own-{}", kind.to_lowercase()), "namespace": namespace},
        "spec": spec,
    })
}

/// Objects that have nothing to do with any policy.
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
            object("EnvoyFilter", networking, "elsewhere", &json!({"configPatches": [
                {"applyTo": "HTTP_FILTER", "match": {"context": "SIDECAR_INBOUND"}, "patch": {"operation": "REMOVE"}},
            ]})),
        ];
        objects.into_iter().enumerate().filter(|(index, _)| kinds.contains(index)).map(|(_, object)| object).collect()
    })
}

/// The objects without those that are given again.
pub(crate) fn distinct(objects: Vec<Value>) -> Vec<Value> {
    let mut known = std::collections::BTreeSet::new();
    let identity = |object: &Value| format!("{}{}", object["kind"], object["metadata"]);
    objects.into_iter().filter(|object| known.insert(identity(object))).collect()
}

/// Objects that may get into the way of policies.
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
