//! What is not known is assumed one way and the other, and never guessed.
//!
//! The law: without creation times, or labels, or a container port, a verdict is `unknown`, or it is the one that every
//! value of them gives.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use egressc_core::api::Labels;
use egressc_core::stages::istio::Objects;
use egressc_core::stages::model::{Environment, TargetPort};
use egressc_core::stages::trace::outcome::Simulation;
use egressc_core::stages::trace::{Query, Trace, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generated::{Rivals, meshes, way};
use crate::mesh::{Mesh, is, query};

/// Orders of creation that are tried for one mesh.
const MOST_ORDERS: usize = 24;

fn objects(values: &[Value]) -> Objects {
    let mut objects = Objects::default();
    for value in values {
        objects.made(value);
    }
    objects
}

/// The values with these creation times.
fn created(values: &[Value], times: &[Option<usize>]) -> Vec<Value> {
    let at = |(value, time): (&Value, &Option<usize>)| {
        let mut value = value.clone();
        if let Some(time) = time {
            value["metadata"]["creationTimestamp"] = json!(format!("2026-01-01T00:00:{time:02}Z"));
        }
        value
    };
    values.iter().zip(times).map(at).collect()
}

/// All orders of some things, or a sample of them; and some in which things are equally old.
fn orders(count: usize, mut seed: u64) -> Vec<Vec<Option<usize>>> {
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for at in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |place| {
                    let mut order = order.clone();
                    order.insert(place, at);
                    order
                })
            })
            .collect();
        if orders.len() > MOST_ORDERS {
            for at in (1..orders.len()).rev() {
                orders.swap(at, next(at + 1));
            }
            orders.truncate(MOST_ORDERS);
        }
    }
    let mut times: Vec<Vec<Option<usize>>> =
        orders.iter().map(|order| (0..count).map(|at| order.iter().position(|known| *known == at)).collect()).collect();
    times.extend((0..8).map(|_| (0..count).map(|_| Some(next(count.max(2) - 1))).collect()));
    times
}

/// Which objects share an age with others of their kind: only of these the order matters.
fn rivals(values: &[Value]) -> Vec<usize> {
    let of = |kind: &str| values.iter().filter(|value| value["kind"] == kind).count();
    let compares = |value: &Value| {
        let kind = value["kind"].as_str().unwrap();
        kind != "AuthorizationPolicy" && of(kind) > 1
    };
    (0..values.len()).filter(|at| compares(&values[*at])).collect()
}

/// A request with several places may lose some of them, and then it may be allowed.
fn same(without: &Trace, with: &Trace) -> bool {
    let places = |trace: &Trace| trace.reached.iter().chain(&trace.also_reached).cloned().collect::<Vec<_>>();
    let has_several = !without.also_reached.is_empty();
    let verdict_holds = without.verdict == with.verdict || (has_several && with.verdict == Verdict::Allowed);
    verdict_holds
        && without.reached.is_some() == with.reached.is_some()
        && places(with).iter().all(|place| places(without).contains(place))
        && (without.gateway == with.gateway || without.verdict == Verdict::Blocked || without.gateway.is_none())
}

fn asked(mesh: &Rivals) -> Vec<Query> {
    mesh.queries.iter().map(|(from, to)| query(from, to)).collect()
}

/// The facts that the law is about are all known.
fn known() -> Environment {
    Mesh::new("{}").environment
}

/// The gateway's pods with these labels; without any, whether they speak mutual TLS may be known all the same.
fn labelled(labels: Option<&Labels>, speaks_mutual_tls: Option<bool>) -> Environment {
    let mut environment = known();
    for gateway in environment.gateways.values_mut() {
        match (speaks_mutual_tls, &mut gateway.tls_mode_istio) {
            (Some(speaks), Some(known)) => known.value = speaks,
            (_, known) => *known = None,
        }
        gateway.pod_labels = labels.cloned();
    }
    environment
}

/// Every set of the labels that selectors of the generated objects mention.
fn all_labels() -> Vec<Labels> {
    let mut all = Vec::new();
    for app in [None, Some("x"), Some("y")] {
        for version in [None, Some("1")] {
            for mode in [None, Some("istio")] {
                let pairs = [
                    ("istio", Some("egressgateway-a")),
                    ("app", app),
                    ("version", version),
                    ("security.istio.io/tlsMode", mode),
                ];
                all.push(
                    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect(),
                );
            }
        }
    }
    all
}

fn listening(target: impl Fn(u16) -> TargetPort) -> Environment {
    let mut environment = known();
    for port in environment.gateways.values_mut().flat_map(|gateway| &mut gateway.ports) {
        port.target = target(port.port);
    }
    environment
}

fn agree(
    queries: &[Query],
    without: &(Objects, Environment),
    with: &[(Objects, Environment)],
) -> Result<(), TestCaseError> {
    let simulation = Simulation::new(&without.0, &without.1);
    let certain: Vec<(&Query, Trace)> = queries
        .iter()
        .map(|query| (query, simulation.trace_end(query)))
        .filter(|(_, trace)| trace.verdict != Verdict::Unknown)
        .collect();
    if certain.is_empty() {
        return Ok(());
    }
    for (objects, environment) in with {
        let simulation = Simulation::new(objects, environment);
        for (query, without) in &certain {
            let with = simulation.trace_end(query);
            prop_assert!(
                same(without, &with),
                "{}\nwithout: {:?} {:?} {:?}\nwith: {:?} {:?} {:?} {:?}\n{}",
                query.describe(),
                without.verdict,
                without.reached,
                without.gateway,
                with.verdict,
                with.reached,
                with.gateway,
                with.unknown,
                objects
                    .metas()
                    .map(|meta| format!("{} {}/{} {:?}", meta.kind, meta.namespace, meta.name, meta.created))
                    .collect::<Vec<_>>()
                    .join("\n")
            );
        }
    }
    Ok(())
}

/// Each mesh is asked of many times, so a quarter of the usual number is enough; `PROPTEST_CASES` raises it.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.div_ceil(4), failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn without_ages_a_verdict_is_unknown_or_that_of_every_order(mesh in meshes(), seed in any::<u64>()) {
        let rivals = rivals(&mesh.objects);
        let with: Vec<_> = orders(rivals.len(), seed)
            .into_iter()
            .map(|order| {
                let mut times = vec![None; mesh.objects.len()];
                rivals.iter().zip(order).for_each(|(at, time)| times[*at] = time);
                (objects(&created(&mesh.objects, &times)), known())
            })
            .collect();
        agree(&asked(&mesh), &(objects(&mesh.objects), known()), &with)?;
    }

    #[test]
    fn with_some_ages_a_verdict_is_unknown_or_that_of_every_order_that_they_allow(mesh in meshes(), seed in any::<u64>()) {
        let rivals = rivals(&mesh.objects);
        let mut orders = orders(rivals.len(), seed);
        let first = orders.remove(usize::try_from(seed % 97).unwrap() % orders.len());
        let is_known = |at: usize| seed >> (at % 60) & 1 == 1;
        orders.retain(|order| order.iter().enumerate().all(|(at, time)| !is_known(at) || *time == first[at]));
        orders.push(first.clone());
        let set = |order: &[Option<usize>], some: bool| {
            let mut times = vec![None; mesh.objects.len()];
            for (at, object) in rivals.iter().enumerate().filter(|(at, _)| !some || is_known(*at)) {
                times[*object] = order[at];
            }
            created(&mesh.objects, &times)
        };
        let with: Vec<_> = orders.iter().map(|order| (objects(&set(order, false)), known())).collect();
        agree(&asked(&mesh), &(objects(&set(&first, true)), known()), &with)?;
    }

    #[test]
    fn without_labels_a_verdict_is_unknown_or_that_of_all_labels(mesh in meshes()) {
        let speaks = |labels: &Labels| labels.contains_key("security.istio.io/tlsMode");
        let with = |labels: &Labels| (objects(&mesh.objects), labelled(Some(labels), Some(speaks(labels))));
        let (all, speaking): (Vec<_>, Vec<_>) = {
            let labels = all_labels();
            (labels.iter().map(with).collect(), labels.iter().filter(|labels| speaks(labels)).map(with).collect())
        };
        agree(&asked(&mesh), &(objects(&mesh.objects), labelled(None, None)), &all)?;
        agree(&asked(&mesh), &(objects(&mesh.objects), labelled(None, Some(true))), &speaking)?;
    }

    #[test]
    fn without_a_container_port_a_verdict_is_unknown_or_that_of_all_ports(mesh in meshes()) {
        let all: Vec<_> = [
            listening(TargetPort::Known),
            listening(|port| TargetPort::Known(8000 + port)),
            listening(|port| TargetPort::Known(if port == 80 { 8080 } else { 8443 })),
        ]
        .into_iter()
        .map(|environment| (objects(&mesh.objects), environment))
        .collect();
        agree(&asked(&mesh), &(objects(&mesh.objects), listening(|_| TargetPort::Unknown)), &all)?;
    }

    #[test]
    fn of_weights_a_verdict_is_unknown_or_that_of_every_destination(mesh in meshes(), seed in any::<u64>()) {
        let mut taken = mesh.objects.clone();
        let mut at = 0_u32;
        for value in &mut taken {
            one_destination(value, &mut |count| {
                at += 1;
                usize::try_from(seed >> (at % 60)).unwrap() % count
            });
        }
        agree(&asked(&mesh), &(objects(&mesh.objects), known()), &[(objects(&taken), known())])?;
    }
}

/// Of the destinations of each route only one is left.
fn one_destination(value: &mut Value, pick: &mut dyn FnMut(usize) -> usize) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(route)) = fields.get_mut("route").filter(|route| route.is_array())
                && route.len() > 1
            {
                let mut one = route.swap_remove(pick(route.len()));
                one["weight"] = json!(100);
                *route = vec![one];
            }
            fields.values_mut().for_each(|value| one_destination(value, pick));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| one_destination(value, pick)),
        _ => {}
    }
}

/// A host that a client and the gateway each see two of three times, b's both of them.
const TWO_VIEWS: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: a, creationTimestamp: A}
spec: {hosts: [h.example], exportTo: [c], resolution: DNS, ports: [{number: 80, name: tls, protocol: TLS}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: b, creationTimestamp: B}
spec: {hosts: [h.example], exportTo: [c, istio-system], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: d, creationTimestamp: D}
spec: {hosts: [h.example], exportTo: [istio-system], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: m, namespace: c}
spec:
  hosts: [h.example]
  exportTo: [\".\"]
  http: [{route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, port: {number: 80}}}]}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers: [{port: {number: 80, name: https, protocol: HTTPS}, hosts: [\"*\"], tls: {mode: ISTIO_MUTUAL}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: istio-system}
spec:
  hosts: [h.example]
  gateways: [istio-system/g]
  exportTo: [\".\"]
  http: [{route: [{destination: {host: h.example, port: {number: 80}}}]}]
";

/// Finding 1 of the review of structure: one text was the key of two questions, whose answers then went in step.
#[test]
fn two_proxies_may_take_the_same_one_of_different_candidates() {
    let times = |a: &str, b: &str, d: &str| {
        let time = |time: &str| if time.is_empty() { String::new() } else { format!("2026-01-0{time}T00:00:00Z") };
        let yaml = [("A", a), ("B", b), ("D", d)].into_iter().fold(TWO_VIEWS.to_owned(), |yaml, (key, at)| {
            let line = match time(at).as_str() {
                "" => String::new(),
                at => format!(", creationTimestamp: \"{at}\""),
            };
            yaml.replace(&format!(", creationTimestamp: {key}}}"), &format!("{line}}}"))
        });
        Mesh::new(&yaml).from("c", "http://h.example")
    };
    is(&times("", "", ""), "unknown");
    is(&times("2", "1", "3"), "allowed via egressgateway-a h.example:80");
    is(&times("1", "2", "3"), "blocked 502");
    // What is known of one pair decides nothing of the other.
    is(&times("2", "1", ""), "unknown");
}

fn verdict(more: &[Value], labels: Option<&Labels>) -> Verdict {
    let mut values: Vec<Value> = Vec::new();
    for (mut value, name) in way() {
        value["metadata"]["name"] = json!(name);
        values.push(value);
    }
    values.extend_from_slice(more);
    Simulation::new(&objects(&values), &labelled(labels, Some(true))).trace_end(&query("c", "http://h.example")).verdict
}

fn pods(app: &str) -> Labels {
    let labels = [("istio", "egressgateway-a"), ("security.istio.io/tlsMode", "istio"), ("app", app)];
    labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Only the first of the policies that may select the pods was asked about.
#[test]
fn any_policy_that_may_select_the_pods_may_be_the_one_that_refuses() {
    let allow = |name: &str, app: &str, rules: Value| {
        json!({
            "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": {"name": name, "namespace": "istio-system"},
            "spec": {"selector": {"matchLabels": {"app": app}}, "rules": rules},
        })
    };
    let all = json!([{}]);
    let nobody = json!([{"from": [{"source": {"namespaces": ["nobody"]}}]}]);
    let policies = [allow("1", "x", all), allow("2", "y", nobody)];
    assert_eq!(verdict(&policies, Some(&pods("x"))), Verdict::Allowed);
    assert_eq!(verdict(&policies, Some(&pods("y"))), Verdict::Blocked);
    assert_eq!(verdict(&policies, Some(&pods("z"))), Verdict::Allowed);
    assert_eq!(verdict(&policies, None), Verdict::Unknown);
}

/// Two Gateways that may select the pods were tried both together, or neither.
#[test]
fn one_of_two_gateways_may_select_the_pods() {
    let gateway = |name: &str, app: &str, tls: &str| {
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "Gateway",
            "metadata": {"name": name, "namespace": "istio-system"},
            "spec": {"selector": {"app": app}, "servers": [{
                "port": {"number": 80, "name": "p", "protocol": "HTTPS"}, "hosts": [tls], "tls": {"mode": "ISTIO_MUTUAL"},
            }]},
        })
    };
    // With the one alone the name that the sidecar says is the one's; with both the other takes it as well.
    let one = [gateway("1", "x", "outbound_.80_._.istio-egressgateway-a.istio-system.svc.cluster.local")];
    assert_eq!(verdict(&one, Some(&pods("x"))), Verdict::Blocked);
    assert_eq!(verdict(&one, Some(&pods("y"))), Verdict::Allowed);
    assert_eq!(verdict(&one, None), Verdict::Unknown);
    // The label is one fact, whoever asks for it.
    let same = [gateway("1", "x", "a.example"), gateway("2", "y", "b.example")];
    assert_eq!(verdict(&same, None), Verdict::Allowed);
}
