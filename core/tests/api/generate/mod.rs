//! Random policy sets, as documents, for the law tests. Most are right; some clash, and are refused.

pub(crate) mod changes;
pub(crate) mod facts;
pub(crate) mod objects;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

const HOSTS: [&str; 5] =
    ["a.example.org", "b.example.org", "www.example.com", "api.example.com", "deep.down.example.net"];
const ADDRESSES: [&str; 4] = ["203.0.113.7", "203.0.113.8", "198.51.100.8/30", "10.0.0.7"];
const NAMESPACES: [&str; 4] = ["mytest", "team-two", "shop", "pay"];
pub(crate) const GATEWAYS: [&str; 2] = ["egressgateway-a", "egressgateway-b"];

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

/// A rule's `to` without a name, on ports that hosts have as well.
fn addresses() -> impl Strategy<Value = Value> {
    let addresses = proptest::sample::subsequence(ADDRESSES.as_slice(), 1..3);
    let port = prop_oneof![Just(80), Just(443), Just(5432), Just(8443)];
    let gateway_port = option::weighted(0.3, prop_oneof![Just(443), Just(444)]);
    (addresses, port, gateway_port).prop_map(|(addresses, number, gateway_port)| {
        let mut to = json!({"addresses": addresses, "port": {"number": number, "protocol": "TCP"}});
        if let Some(port) = gateway_port {
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

pub(crate) fn rule() -> impl Strategy<Value = Value> {
    let to = vec(prop_oneof![6 => destination(), 1 => addresses()], 1..3);
    let mode = option::weighted(0.1, Just("audit"));
    (vec(client(), 1..3), to, option::weighted(0.3, several_gateways()), mode).prop_map(
        |(from, mut to, several, mode)| {
            // A port without a name would be one of several gateways.
            for to in to.iter_mut().filter(|_| several.is_some()) {
                to.as_object_mut().expect("a map").remove("byEgressGateway");
            }
            let mut rule = json!({"from": from, "to": to});
            if let Some(gateways) = several {
                rule["byEgressGateways"] = gateways;
            }
            if let Some(mode) = mode {
                rule["mode"] = json!(mode);
            }
            rule
        },
    )
}

/// Both gateways by weight, or the second one alone.
fn several_gateways() -> impl Strategy<Value = Value> {
    let both = |one: u8, two: u8| json!([{"name": GATEWAYS[0], "weight": one}, {"name": GATEWAYS[1], "weight": two}]);
    prop_oneof![
        Just(json!([{"name": GATEWAYS[0]}, {"name": GATEWAYS[1]}])),
        Just(json!([{"name": GATEWAYS[1], "port": 443}, {"name": GATEWAYS[0]}])),
        Just(both(3, 1)),
        Just(both(1, 0)),
        Just(json!([{"name": GATEWAYS[1]}])),
    ]
}

/// Writes the kind that has all the fields of the policy: ASM's has neither addresses nor several gateways nor modes.
pub(crate) fn write_kind(policy: &mut Value) {
    let rules = policy["spec"]["egressRules"].as_array().into_iter().flatten();
    let mut destinations = rules.clone().flat_map(|rule| rule["to"].as_array().into_iter().flatten());
    let has_more = destinations.any(|to| !to["addresses"].is_null())
        || rules.clone().any(|rule| !rule["byEgressGateways"].is_null() || !rule["mode"].is_null());
    let (version, kind) = if has_more {
        ("egressc.dev/v1alpha1", "EgressPolicy")
    } else {
        ("istio.alibabacloud.com/v1", "ASMEgressTrafficPolicy")
    };
    (policy["apiVersion"], policy["kind"]) = (json!(version), json!(kind));
}

pub(crate) fn policy(gateway: &'static str) -> impl Strategy<Value = Value> {
    vec(rule(), 1..4).prop_map(move |rules| {
        let mut policy = json!({
            "metadata": {"name": format!("egress-by-{gateway}"), "namespace": "istio-egress"},
            "spec": {"byEgressGateway": {"name": gateway}, "egressRules": rules},
        });
        write_kind(&mut policy);
        policy
    })
}

/// What the policies run in.
pub(crate) fn environment() -> impl Strategy<Value = Value> {
    let mode = proptest::sample::select(vec!["shared", "managed", "off"]);
    (mode, any::<bool>(), any::<bool>(), proptest::sample::select(vec!["policy", "client"])).prop_map(
        |(authorization, dns_capture, workloads, placement)| {
            let gateways: Vec<Value> = GATEWAYS
                .iter()
                .map(|name| {
                    json!({
                        "name": name,
                        "service": format!("istio-{name}"),
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
