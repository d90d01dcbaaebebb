//! Small meshes in which objects of one kind are rivals: for a host, a listener or a workload.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A mesh without creation times, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Rivals {
    pub(crate) objects: Vec<Value>,
    /// From where, and for what.
    pub(crate) queries: Vec<(String, String)>,
}

const NAMESPACES: [&str; 4] = ["a", "b", "c", "istio-system"];
const GATEWAY: &str = "istio-egressgateway-a.istio-system.svc.cluster.local";

fn networking(kind: &str, namespace: &str, spec: &Value) -> Value {
    object("networking.istio.io/v1", kind, namespace, spec)
}

fn object(api: &str, kind: &str, namespace: &str, spec: &Value) -> Value {
    json!({"apiVersion": api, "kind": kind, "metadata": {"name": "", "namespace": namespace}, "spec": spec})
}

fn namespace() -> impl Strategy<Value = &'static str> {
    select(NAMESPACES.as_slice())
}

fn export_to() -> impl Strategy<Value = Value> {
    select(vec![
        json!(["*"]),
        json!(["."]),
        json!(["c"]),
        json!(["c", "istio-system"]),
        json!(["istio-system"]),
        json!([".", "c"]),
    ])
}

fn hosts() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        6 => Just(vec!["h.example"]),
        2 => Just(vec!["h.example", "k.example"]),
        1 => Just(vec!["k.example"]),
        1 => Just(vec!["*.example"]),
    ]
}

fn entry() -> impl Strategy<Value = Value> {
    let ports = prop_oneof![
        4 => Just(json!([{"number": 80, "name": "http", "protocol": "HTTP"}])),
        2 => Just(json!([{"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 443, "name": "tls", "protocol": "TLS"}])),
        2 => Just(json!([{"number": 443, "name": "tls", "protocol": "TLS"}])),
        2 => Just(json!([{"number": 80, "name": "tls", "protocol": "TLS"}])),
        2 => Just(json!([{"number": 80, "name": "tcp", "protocol": "TCP"}])),
        1 => Just(json!([{"number": 80, "name": "any", "protocol": "whatever"}])),
        1 => Just(json!([{"number": 443, "name": "tcp", "protocol": "TCP"}, {"number": 80, "name": "web", "protocol": "HTTP"}])),
    ];
    let more = prop_oneof![
        6 => Just(json!({"resolution": "DNS"})),
        2 => Just(json!({"resolution": "STATIC"})),
        1 => Just(json!({"resolution": "NONE"})),
        1 => Just(json!({"resolution": "DNS", "endpoints": [{"address": "e.example"}]})),
        1 => Just(json!({"resolution": "DNS", "subjectAltNames": ["other.example"]})),
        1 => Just(json!({"resolution": "STATIC", "endpoints": [{"address": "10.0.0.1"}], "addresses": ["10.9.9.9"]})),
        1 => Just(json!({"resolution": "DNS", "addresses": ["10.9.9.9"]})),
    ];
    (namespace(), hosts(), export_to(), ports, more).prop_map(|(namespace, hosts, export_to, ports, mut spec)| {
        spec["hosts"] = json!(hosts);
        spec["exportTo"] = export_to;
        spec["ports"] = ports;
        networking("ServiceEntry", namespace, &spec)
    })
}

fn destination() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"host": GATEWAY, "port": {"number": 80}}),
        json!({"host": GATEWAY, "port": {"number": 443}}),
        json!({"host": GATEWAY, "port": {"number": 80}, "subset": "v"}),
        json!({"host": GATEWAY, "port": {"number": 80}, "subset": "w"}),
        json!({"host": "h.example", "port": {"number": 80}}),
        json!({"host": "h.example"}),
        json!({"host": "k.example", "port": {"number": 80}}),
        json!({"host": "k.example", "port": {"number": 443}}),
        json!({"host": "h.example", "port": {"number": 80}, "subset": "v"}),
        json!({"host": "nowhere.example"}),
    ])
}

fn answer() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => destination().prop_map(|to| json!({"route": [{"destination": to}]})),
        1 => (destination(), destination()).prop_map(|(a, b)| {
            json!({"route": [{"destination": a, "weight": 50}, {"destination": b, "weight": 50}]})
        }),
        1 => Just(json!({"directResponse": {"status": 403}})),
    ]
}

fn http() -> impl Strategy<Value = Value> {
    let found = select(vec![
        Value::Null,
        Value::Null,
        json!([{"uri": {"prefix": "/p"}}]),
        json!([{"uri": {"prefix": "/p/q"}}]),
        json!([{"sourceLabels": {"app": "x"}}]),
        json!([{"sourceNamespace": "c"}]),
        json!([{"headers": {"x-request-id": {"exact": "1"}}}]),
    ]);
    let one = (found, answer()).prop_map(|(found, mut route)| {
        if !found.is_null() {
            route["match"] = found;
        }
        route
    });
    vec(one, 1..3).prop_map(Value::from)
}

fn tls() -> impl Strategy<Value = Value> {
    let names = select(vec![
        json!(["h.example"]),
        json!(["h.example", "k.example"]),
        json!(["k.example"]),
        json!(["k.example", "h.example"]),
        json!(["*.example"]),
    ]);
    (names, destination())
        .prop_map(|(names, to)| json!([{"match": [{"sniHosts": names}], "route": [{"destination": to}]}]))
}

fn tcp() -> impl Strategy<Value = Value> {
    destination().prop_map(|to| json!([{"route": [{"destination": to}]}]))
}

fn virtual_service(gateways: Vec<Value>) -> impl Strategy<Value = Value> {
    let spec = prop_oneof![
        4 => http().prop_map(|http| json!({"http": http})),
        2 => tls().prop_map(|tls| json!({"tls": tls})),
        1 => tcp().prop_map(|tcp| json!({"tcp": tcp})),
        1 => (http(), tls()).prop_map(|(http, tls)| json!({"http": http, "tls": tls})),
    ];
    (namespace(), hosts(), export_to(), spec, select(gateways)).prop_map(
        |(namespace, hosts, export_to, mut spec, gateways)| {
            spec["hosts"] = json!(hosts);
            spec["exportTo"] = export_to;
            spec["gateways"] = gateways;
            networking("VirtualService", namespace, &spec)
        },
    )
}

fn mesh_route() -> impl Strategy<Value = Value> {
    virtual_service(vec![json!(["mesh"])])
}

fn gateway_route() -> impl Strategy<Value = Value> {
    let of = |name: &str| json!([format!("istio-system/{name}")]);
    virtual_service(vec![of("g"), of("g"), of("1"), of("2"), json!(["istio-system/1", "istio-system/2"])])
}

fn labels() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"istio": "egressgateway-a"}),
        json!({"istio": "egressgateway-a"}),
        json!({"app": "x"}),
        json!({"app": "y"}),
        json!({"app": "x", "istio": "egressgateway-a"}),
        json!({"app": "x", "version": "1"}),
        json!({"version": "1"}),
    ])
}

fn rule() -> impl Strategy<Value = Value> {
    let policy = select(vec![
        Value::Null,
        json!({"tls": {"mode": "DISABLE"}}),
        json!({"tls": {"mode": "ISTIO_MUTUAL"}}),
        json!({"tls": {"mode": "ISTIO_MUTUAL", "sni": "h.example"}}),
        json!({"tls": {"mode": "SIMPLE", "sni": "h.example"}}),
        json!({"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "DISABLE"}}]}),
    ]);
    let subset = |name: &'static str| {
        let labels = select(vec![json!({}), json!({"version": "1"}), json!({"app": "x"})]);
        option::weighted(0.5, labels)
            .prop_map(move |labels| labels.map(|labels| json!({"name": name, "labels": labels})))
    };
    let host = select(vec![GATEWAY, GATEWAY, "h.example", "*.example"]);
    let selector = option::weighted(0.2, labels());
    (namespace(), host, export_to(), policy, subset("v"), subset("w"), selector).prop_map(
        |(namespace, host, export_to, policy, v, w, selector)| {
            let subsets: Vec<Value> = v.into_iter().chain(w).collect();
            let mut spec = json!({"host": host, "exportTo": export_to, "subsets": subsets});
            if !policy.is_null() {
                spec["trafficPolicy"] = policy;
            }
            if let Some(selector) = selector {
                spec["workloadSelector"] = json!({"matchLabels": selector});
            }
            networking("DestinationRule", namespace, &spec)
        },
    )
}

fn gateway() -> impl Strategy<Value = Value> {
    let names =
        select(vec![json!(["*"]), json!(["h.example"]), json!(["h.example", "k.example"]), json!(["*.example"])]);
    let server =
        (select(vec![80, 80, 443]), select(vec![0, 0, 0, 1, 2, 3, 4]), names).prop_map(|(port, kind, hosts)| {
            let (protocol, tls) = match kind {
                0 => ("HTTPS", json!({"mode": "ISTIO_MUTUAL"})),
                1 => ("HTTP", Value::Null),
                2 => ("TLS", json!({"mode": "PASSTHROUGH"})),
                3 => ("TCP", Value::Null),
                _ => ("TLS", json!({"mode": "ISTIO_MUTUAL"})),
            };
            let mut server = json!({"port": {"number": port, "name": "p", "protocol": protocol}, "hosts": hosts});
            if !tls.is_null() {
                server["tls"] = tls;
            }
            server
        });
    (labels(), vec(server, 1..3)).prop_map(|(selector, servers)| {
        networking("Gateway", "istio-system", &json!({"selector": selector, "servers": servers}))
    })
}

fn sidecar() -> impl Strategy<Value = Value> {
    let selector = option::of(select(vec![json!({"app": "x"}), json!({"version": "1"})]));
    let egress = select(vec![
        json!([{"hosts": ["*/*"]}]),
        json!([{"hosts": ["./*", "istio-system/*"]}]),
        json!([{"hosts": ["./*"]}]),
        json!([{"hosts": ["*/h.example"]}]),
    ]);
    let mode = select(vec!["ALLOW_ANY", "REGISTRY_ONLY"]);
    (select(vec!["c", "c", "istio-system"]), selector, egress, mode).prop_map(|(namespace, selector, egress, mode)| {
        let mut spec = json!({"egress": egress, "outboundTrafficPolicy": {"mode": mode}});
        if let Some(selector) = selector {
            spec["workloadSelector"] = json!({"labels": selector});
        }
        networking("Sidecar", namespace, &spec)
    })
}

fn policy() -> impl Strategy<Value = Value> {
    let from = select(vec![
        Value::Null,
        json!([{"source": {"serviceAccounts": ["s"]}}]),
        json!([{"source": {"serviceAccounts": ["c/s"]}}]),
        json!([{"source": {"principals": ["cluster.local/ns/c/sa/s"]}}]),
        json!([{"source": {"notPrincipals": ["cluster.local/ns/c/sa/s"]}}]),
        json!([{"source": {"namespaces": ["c"]}}]),
        json!([{"source": {"notServiceAccounts": ["c/t"]}}]),
    ]);
    let to = select(vec![
        Value::Null,
        Value::Null,
        json!([{"operation": {"methods": ["GET"]}}]),
        json!([{"operation": {"hosts": ["h.example"]}}]),
        json!([{"operation": {"ports": ["8080"]}}]),
        json!([{"operation": {"ports": ["80"]}}]),
    ]);
    let action = select(vec!["ALLOW", "ALLOW", "DENY", "CUSTOM"]);
    (option::of(labels()), action, from, to).prop_map(|(selector, action, from, to)| {
        let mut rule = json!({});
        if !from.is_null() {
            rule["from"] = from;
        }
        if !to.is_null() {
            rule["to"] = to;
        }
        let mut spec = json!({"action": action, "rules": [rule]});
        if let Some(selector) = selector {
            spec["selector"] = json!({"matchLabels": selector});
        }
        object("security.istio.io/v1", "AuthorizationPolicy", "istio-system", &spec)
    })
}

/// What makes a way through the gateway: a host, a route to the gateway, a listener and a route out of it.
pub(crate) fn way() -> Vec<(Value, &'static str)> {
    let to = |host: &str| json!([{"route": [{"destination": {"host": host, "port": {"number": 80}}}]}]);
    vec![
        (
            networking(
                "ServiceEntry",
                "istio-system",
                &json!({"hosts": ["h.example"], "resolution": "DNS", "ports": [
                    {"number": 80, "name": "http", "protocol": "HTTP"}, {"number": 443, "name": "tls", "protocol": "TLS"}]}),
            ),
            "way",
        ),
        (
            networking(
                "VirtualService",
                "c",
                &json!({"hosts": ["h.example"], "exportTo": ["."], "http": to(GATEWAY), "tls": [
                    {"match": [{"sniHosts": ["h.example"]}], "route": [{"destination": {"host": GATEWAY, "port": {"number": 443}}}]}]}),
            ),
            "way",
        ),
        (
            networking(
                "Gateway",
                "istio-system",
                &json!({"selector": {"istio": "egressgateway-a"}, "servers": [
                    {"port": {"number": 80, "name": "https", "protocol": "HTTPS"}, "hosts": ["*"], "tls": {"mode": "ISTIO_MUTUAL"}}]}),
            ),
            "g",
        ),
        (
            networking(
                "VirtualService",
                "istio-system",
                &json!({"hosts": ["h.example"], "gateways": ["istio-system/g"], "exportTo": ["."], "http": to("h.example")}),
            ),
            "out",
        ),
    ]
}

/// Rivals of one kind, and perhaps others beside them.
fn rivals() -> impl Strategy<Value = Vec<Value>> {
    let few = 2..5_usize;
    let one = || prop_oneof![entry(), mesh_route(), gateway_route(), rule(), gateway(), policy()];
    prop_oneof![
        3 => (vec(entry(), few.clone()), vec(one(), 0..2)),
        2 => (vec(mesh_route(), 2..4), vec(entry(), 0..3)),
        3 => (vec(gateway_route(), few.clone()), vec(gateway(), 0..3)),
        2 => (vec(rule(), few.clone()), vec(one(), 0..2)),
        3 => (vec(gateway(), 2..4), vec(gateway_route(), 1..3)),
        1 => (vec(sidecar(), 2..4), vec(one(), 0..2)),
        3 => (vec(policy(), 2..4), vec(gateway(), 0..2)),
        2 => (vec(policy(), 1..3), vec(one(), 1..3)),
        2 => (vec(one(), few), vec(one(), 0..2)),
    ]
    .prop_map(|(mut first, second)| {
        first.extend(second);
        first
    })
}

pub(crate) fn meshes() -> impl Strategy<Value = Rivals> {
    let from = select(vec!["c", "c", "c,app=x", "a", "istio-system"]);
    let to = select(vec![
        "http://h.example",
        "http://h.example",
        "http://h.example",
        "http://h.example/p/q",
        "http://k.example",
        "https://h.example",
        "https://k.example",
        "tcp://h.example:80",
        "tls://h.example:80",
        "http://10.9.9.9",
        "http://m.example",
    ]);
    // Most of a way: what is left out is for rivals to make.
    let missing = option::weighted(0.4, 0..4_usize);
    (missing, rivals(), vec((from, to), 2..5)).prop_map(|(missing, rivals, asked)| {
        let mut objects: Vec<Value> = Vec::new();
        for (at, (mut object, name)) in way().into_iter().enumerate() {
            if missing != Some(at) {
                object["metadata"]["name"] = json!(name);
                objects.push(object);
            }
        }
        for (at, mut object) in rivals.into_iter().enumerate() {
            object["metadata"]["name"] = json!(at.to_string());
            objects.push(object);
        }
        let queries = asked.into_iter().map(|(from, to)| (from.to_owned(), to.to_owned())).collect();
        Rivals { objects, queries }
    })
}
