//! In which order a change is applied: nothing is interrupted unannounced, and nothing is opened on the way.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generate::changes;

mod cluster;

use cluster::{RolledOut, rolled_out};

/// How many changes are applied step by step; built with `ROLLOUTS=2000` it looks longer.
fn rollouts() -> u32 {
    option_env!("ROLLOUTS").and_then(|count| count.parse().ok()).unwrap_or(32)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: rollouts(), failure_persistence: None, ..ProptestConfig::default() })]

    /// What is open before and after stays open, step by step, unless it is announced.
    #[test]
    fn the_order_interrupts_nothing_unannounced_and_opens_nothing((before, after) in changes::changes()) {
        if let Some(done) = rolled_out(&before, &after, 1) {
            let cut = done.unannounced();
            prop_assert!(cut.is_empty(), "{cut:#?}\n{:#?}", done.order);
        }
    }
}

/// A mesh with one gateway, and a policy that lets `shop` reach some hosts by it.
fn one_gateway(authorization: &str, hosts: usize, protocol: &str) -> [Value; 2] {
    let hosts: Vec<String> = (0..hosts).map(|number| format!("host-{number}.example.com")).collect();
    // A list takes fifty.
    let port = json!({"name": "port", "number": 8000, "protocol": protocol});
    let to: Vec<Value> = hosts.chunks(50).map(|hosts| json!({"hosts": hosts, "port": port})).collect();
    [
        json!({
            "apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "mesh"},
            "spec": {"outboundTrafficPolicy": "REGISTRY_ONLY", "gateways": [{
                "name": "out", "authorization": authorization,
                "podLabels": {"istio": "out", "security.istio.io/tlsMode": "istio"},
                "ports": [
                    {"port": 80, "targetPort": 8080, "class": "http"},
                    {"port": 443, "targetPort": 8443, "class": "tls"},
                ],
            }]},
        }),
        json!({
            "apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
            "metadata": {"name": "egress-by-out", "namespace": "istio-egress"},
            "spec": {"byEgressGateway": {"name": "out"}, "egressRules": [{
                "from": [{"namespace": "shop"}],
                "to": to,
            }]},
        }),
    ]
}

/// The three changes that cannot be made without: they say so, and open nothing meanwhile.
#[test]
fn what_interrupts_says_so() {
    let changes = [
        (
            "shared to managed",
            one_gateway("shared", 2, "HTTP"),
            one_gateway("managed", 2, "HTTP"),
            1,
            "expect an interruption",
        ),
        (
            "another protocol",
            one_gateway("shared", 1, "HTTP"),
            one_gateway("shared", 1, "TLS"),
            1,
            "requests fail until",
        ),
        // Enough hosts to outgrow one listener; every step of it would take minutes.
        (
            "a listener divides",
            one_gateway("shared", 250, "HTTP"),
            one_gateway("shared", 251, "HTTP"),
            97,
            "expect an interruption",
        ),
    ];
    for (name, before, after, stride, word) in changes {
        let RolledOut { order, interrupted, .. } = rolled_out(&before, &after, stride).expect(name);
        let says = order.iter().any(|step| step.reason.contains(word));
        assert!(says, "{name}: {:#?}", order.iter().map(|step| &step.reason).collect::<BTreeSet<_>>());
        // A protocol's questions are others afterwards.
        assert!(!interrupted.is_empty() || name == "another protocol", "{name}: nothing is interrupted after all");
    }
    let one_more =
        rolled_out(&one_gateway("shared", 2, "HTTP"), &one_gateway("shared", 3, "HTTP"), 1).expect("one host more");
    assert!(one_more.interrupted.is_empty() && one_more.announced.is_none(), "{:#?}", one_more.order);
}

/// Two gateways of which each has pods of its own, and a policy that lets `shop` use one of them in every way.
fn two_gateways(names: [&str; 2], policy_of: &str) -> [Value; 2] {
    let gateways = names.iter().zip(["a", "b"]).map(|(name, pods)| {
        json!({
            "name": name, "service": format!("istio-egressgateway-{pods}"), "authorization": "managed",
            "podLabels": {"istio": format!("egressgateway-{pods}"), "security.istio.io/tlsMode": "istio"},
            "ports": [
                {"port": 80, "targetPort": 8080, "class": "http"},
                {"port": 443, "targetPort": 8443, "class": "tls"},
                {"port": 444, "targetPort": 8444, "class": "tls"},
            ],
        })
    });
    let gateways: Vec<Value> = gateways.collect();
    let to = |number: u16, protocol: &str| json!({"hosts": ["www.example.com", "api.example.com"], "port": {"name": protocol.to_lowercase(), "number": number, "protocol": protocol}});
    [
        json!({
            "apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "mesh"},
            "spec": {"outboundTrafficPolicy": "REGISTRY_ONLY", "dnsCapture": true, "gateways": gateways},
        }),
        json!({
            "apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
            "metadata": {"name": "egress-by-egressgateway-a", "namespace": "istio-egress"},
            "spec": {"byEgressGateway": {"name": policy_of}, "egressRules": [{
                "from": [{"namespace": "shop"}],
                "to": [to(80, "HTTP"), to(443, "HTTPS"), to(3306, "TCP")],
            }]},
        }),
    ]
}

/// Listeners of two gateways have nothing to do with each other; a gateway with another name hands its listeners over.
#[test]
fn another_gateway_and_another_name_cut_nothing_and_say_nothing() {
    let before = two_gateways(["a", "b"], "a");
    for (name, after) in
        [("another gateway", two_gateways(["a", "b"], "b")), ("another name", two_gateways(["c", "b"], "c"))]
    {
        let done = rolled_out(&before, &after, 1).expect(name);
        assert!(
            done.interrupted.is_empty() && done.announced.is_none(),
            "{name}: {:#?}\n{:#?}",
            done.interrupted,
            done.order
        );
    }
}

/// A gateway that is added beside another one, taken away, or gets another share: what it serves is there before sidecars use it,
/// and until the last of them does not.
#[test]
fn one_of_several_gateways_comes_and_goes_without_an_interruption() {
    let of = |gateways: Value| {
        let [mesh, mut policy] = two_gateways(["a", "b"], "a");
        (policy["apiVersion"], policy["kind"]) = (json!("egressc.dev/v1alpha1"), json!("EgressPolicy"));
        policy["spec"]["byEgressGateway"] = Value::Null;
        policy["spec"]["byEgressGateways"] = gateways;
        [mesh, policy]
    };
    let one = || of(json!([{"name": "a"}]));
    let both = |weight: u8| of(json!([{"name": "a", "weight": 1}, {"name": "b", "weight": weight}]));
    for (name, before, after) in [
        ("one more", one(), both(1)),
        ("one less", both(1), one()),
        ("the other one", both(1), of(json!([{"name": "b"}]))),
        ("from weight 0", both(0), both(9)),
        ("to weight 0", both(9), both(0)),
    ] {
        let done = rolled_out(&before, &after, 1).expect(name);
        assert!(
            !done.order.is_empty() && done.interrupted.is_empty() && done.announced.is_none(),
            "{name}: {:#?}\n{:#?}",
            done.interrupted,
            done.order
        );
    }
    // Of another share nothing changes but the routes of sidecars.
    let done = rolled_out(&both(0), &both(9), 1).expect("two good sets");
    assert!(done.order.iter().all(|step| step.kind == "VirtualService"), "{:#?}", done.order);
}

/// Where the pods of two names are exchanged every listener moves: nothing keeps it open, and nothing is opened.
#[test]
fn names_that_are_exchanged_are_announced() {
    let done = rolled_out(&two_gateways(["a", "b"], "a"), &two_gateways(["b", "a"], "a"), 1).expect("two good sets");
    assert_eq!(done.announced, Some(0), "{:#?}", done.order);
}
