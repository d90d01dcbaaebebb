//! Random facts about gateways, odd ones too, and policies that use what they can of them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const GATEWAYS: [&str; 2] = ["egressgateway-a", "egressgateway-b"];
const NUMBERS: [u16; 6] = [80, 443, 444, 8080, 8081, 15443];
/// Few, so that they meet.
const CONTAINERS: [u16; 7] = [80, 8080, 8443, 8444, 444, 9999, 15021];

fn target() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(CONTAINERS.as_slice()).prop_map(|number| json!(number)),
        1 => select(vec!["http", "https"]).prop_map(|name| json!(name)),
    ]
}

/// A port of a MeshEnvironment's gateway.
fn port() -> impl Strategy<Value = Value> {
    (select(NUMBERS.as_slice()), option::weighted(0.9, target()), option::of(select(vec!["http", "tls"]))).prop_map(
        |(number, target, class)| {
            let mut port = json!({"port": number});
            if let Some(target) = target {
                port["targetPort"] = target;
            }
            if let Some(class) = class {
                port["class"] = json!(class);
            }
            port
        },
    )
}

/// Each number once: what is listed twice is refused before.
fn distinct(mut ports: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::BTreeSet::new();
    ports.retain(|port| seen.insert((port["port"].to_string(), port["protocol"] == "UDP")));
    ports
}

/// Regular ports, in any order, or any.
fn ports() -> impl Strategy<Value = Vec<Value>> {
    let regular = Just(vec![
        json!({"port": 80, "targetPort": 8080, "class": "http"}),
        json!({"port": 443, "targetPort": 8443, "class": "tls"}),
        json!({"port": 444, "targetPort": 8444, "class": "tls"}),
    ])
    .prop_shuffle();
    prop_oneof![1 => regular, 2 => vec(port(), 1..5).prop_map(distinct)]
}

fn labels() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!(null)),
        1 => Just(json!({"istio": "egress"})),
        1 => Just(json!({"istio": "egressgateway-a", "security.istio.io/tlsMode": "istio"})),
        1 => Just(json!({"app": "egress", "istio": "egressgateway-b"})),
        1 => Just(json!({"app": "egress"})),
    ]
}

fn gateway(name: &'static str) -> impl Strategy<Value = Value> {
    (
        select(vec!["shared", "shared", "managed", "off"]),
        labels(),
        option::weighted(0.9, ports()),
        option::weighted(0.2, select(vec!["egress", "istio-egressgateway-a"])),
        option::weighted(0.3, select(vec!["istio-system", "egress"])),
    )
        .prop_map(move |(authorization, labels, ports, service, namespace)| {
            let mut gateway = json!({"name": name, "authorization": authorization});
            for (field, value) in [
                ("podLabels", Some(labels).filter(|labels| !labels.is_null())),
                ("ports", ports.map(Value::Array)),
                ("service", service.map(|name| json!(name))),
                ("namespace", namespace.map(|name| json!(name))),
            ] {
                if let Some(value) = value {
                    gateway[field] = value;
                }
            }
            gateway
        })
}

fn environment() -> impl Strategy<Value = Value> {
    (gateway(GATEWAYS[0]), option::of(gateway(GATEWAYS[1])), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(first, second, dns, complete, workloads)| {
            let gateways: Vec<Value> = [Some(first), second].into_iter().flatten().collect();
            let mut namespaces = vec![json!({"name": "mytest", "injection": true}), json!({"name": "shop"})];
            if workloads {
                namespaces[0]["workloads"] = json!([{"name": "a", "labels": {"app": "a"}, "serviceAccount": "sa"}]);
            }
            json!({
                "apiVersion": "egressc.dev/v1alpha1",
                "kind": "MeshEnvironment",
                "metadata": {"name": "generated"},
                "spec": {
                    "outboundTrafficPolicy": "REGISTRY_ONLY",
                    "dnsCapture": dns,
                    "complete": complete,
                    "gateways": gateways,
                    "namespaces": namespaces,
                },
            })
        },
    )
}

/// A port of a Service.
fn service_port() -> impl Strategy<Value = Value> {
    (
        select(NUMBERS.as_slice()),
        option::weighted(0.9, target()),
        select(vec!["http", "http2", "https", "tls", "tcp", "", "grpc"]),
        select(vec!["TCP", "TCP", "TCP", "UDP"]),
    )
        .prop_map(|(number, target, name, protocol)| {
            let mut port = json!({"port": number, "name": format!("{name}-{number}"), "protocol": protocol});
            if let Some(target) = target {
                port["targetPort"] = target;
            }
            port
        })
}

fn service() -> impl Strategy<Value = Value> {
    let regular = Just(vec![
        json!({"port": 80, "targetPort": 8080, "name": "http2"}),
        json!({"port": 443, "targetPort": 8443, "name": "https"}),
        json!({"port": 444, "targetPort": 8444, "name": "tls"}),
    ])
    .prop_shuffle();
    (
        select(vec!["istio-egressgateway-a", "istio-egressgateway-a", "istio-egressgateway-b", "egress", "aaa", "zzz"]),
        select(vec!["istio-system", "istio-system", "egress"]),
        labels(),
        prop_oneof![regular, vec(service_port(), 0..5).prop_map(distinct)],
        option::weighted(0.2, select(vec!["None", "10.0.0.1"])),
        option::weighted(0.2, select(vec![".", "*", "~", "mytest", "mytest,shop", ""])),
        option::weighted(0.5, select(vec!["2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"])),
        (0..12_u8, option::weighted(0.1, Just("Local"))),
    )
        .prop_map(|(name, namespace, labels, ports, ip, export, created, (odd, policy))| {
            let selector = if labels.is_null() { json!({"istio": name.trim_start_matches("istio-")}) } else { labels };
            let mut service = json!({
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"selector": selector, "ports": ports},
            });
            if let Some(ip) = ip {
                service["spec"]["clusterIP"] = json!(ip);
            }
            if let Some(policy) = policy {
                service["spec"]["internalTrafficPolicy"] = json!(policy);
            }
            if let Some(export) = export {
                service["metadata"]["annotations"] = json!({"networking.istio.io/exportTo": export});
            }
            if let Some(created) = created {
                service["metadata"]["creationTimestamp"] = json!(created);
            }
            match odd {
                0 => {
                    service["metadata"]["labels"] =
                        json!({"experimental.istio.io/disable-gateway-port-translation": "true"});
                }
                1 => {
                    service["spec"]["type"] = json!("ExternalName");
                    service["spec"]["externalName"] = json!("elsewhere.example");
                }
                2 => service["spec"]["selector"] = json!({}),
                _ => {}
            }
            service
        })
}

/// The gateway's pods.
fn deployment() -> impl Strategy<Value = Value> {
    (labels(), select(CONTAINERS.as_slice()), any::<bool>()).prop_map(|(labels, http, both)| {
        let labels = if labels.is_null() { json!({"istio": "egressgateway-a"}) } else { labels };
        let mut ports = vec![json!({"name": "http", "containerPort": http})];
        if both {
            ports.push(json!({"name": "https", "containerPort": 8443}));
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "egress", "namespace": "istio-system"},
            "spec": {"template": {
                "metadata": {"labels": labels, "annotations": {"inject.istio.io/templates": "gateway"}},
                "spec": {"containers": [{"name": "istio-proxy", "ports": ports}]},
            }},
        })
    })
}

fn destination() -> impl Strategy<Value = Value> {
    let hosts = vec![
        "a.example.org",
        "b.example.org",
        "www.example.com",
        "istio-egressgateway-a.istio-system",
        "kubernetes.default",
        "web.dev",
        "aaa.shop",
        "httpbin.mytest",
    ];
    let host = prop_oneof![12 => select(hosts[..3].to_vec()), 1 => select(hosts)];
    let protocol = select(vec!["HTTP", "HTTP", "HTTPS", "TLS", "TCP", "GRPC"]);
    let number = prop_oneof![
        12 => select(vec![80_u16, 443, 8080, 8443, 3306, 9000]),
        1 => select(vec![15000_u16, 15001, 15006, 15020, 15021, 15053, 15090, 15443]),
    ];
    (host, protocol, number, option::weighted(0.4, select(NUMBERS.as_slice())), any::<bool>()).prop_map(
        |(host, protocol, number, through, upgrade)| {
            let mut to = json!({"hosts": [host], "port": {"number": number, "protocol": protocol, "name": "p"}});
            if let Some(port) = through {
                to["byEgressGateway"] = json!({"port": port});
            }
            if upgrade && protocol == "HTTP" {
                to["httpsUpgrade"] = json!({"enabled": true});
            }
            to
        },
    )
}

fn client() -> impl Strategy<Value = Value> {
    let namespace = prop_oneof![8 => select(vec!["mytest", "shop"]), 1 => Just("kube-system")];
    (namespace, any::<bool>()).prop_map(|(namespace, selector)| {
        if selector {
            json!({"namespace": namespace, "workloadSelector": {"app": "a"}})
        } else {
            json!({"namespace": namespace})
        }
    })
}

fn policy(gateway: &'static str) -> impl Strategy<Value = Value> {
    let rule = (vec(client(), 1..3), vec(destination(), 1..3)).prop_map(|(from, to)| json!({"from": from, "to": to}));
    vec(rule, 1..3).prop_map(move |rules| {
        json!({
            "apiVersion": "istio.alibabacloud.com/v1",
            "kind": "ASMEgressTrafficPolicy",
            "metadata": {"name": format!("egress-by-{gateway}"), "namespace": "istio-egress"},
            "spec": {"byEgressGateway": {"name": gateway}, "egressRules": rules},
        })
    })
}

/// The documents of a policy set and its mesh.
pub(crate) fn documents() -> impl Strategy<Value = Vec<Value>> {
    (
        option::weighted(0.9, environment()),
        vec(service(), 0..4),
        option::weighted(0.3, deployment()),
        policy(GATEWAYS[0]),
        option::weighted(0.3, policy(GATEWAYS[1])),
    )
        .prop_map(|(environment, mut services, deployment, first, second)| {
            let mut seen = std::collections::BTreeSet::new();
            services.retain(|service| {
                seen.insert(service["metadata"]["name"].to_string() + &service["metadata"]["namespace"].to_string())
            });
            let rest = [environment, deployment, Some(first), second];
            services.into_iter().chain(rest.into_iter().flatten()).collect()
        })
}
