//! What holds for `reach` and `diff` of every policy set, over generated ones.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what is wanted; clippy.toml allows it only inside of test functions"
)]

#[path = "generate/changes.rs"]
mod changes;
mod generate;

use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::{
    ApplyAction, ApplyStep, Change, ChangeKind, CompileRequest, DiffRequest, DiffResponse, FlowClient, FlowRow,
    FlowTarget, ReachRequest, SourceInput, WirePath, compile, diff, reach,
};
use egressc_core::diagnostic::Report;
use egressc_core::istio::Objects;
use egressc_core::model::Environment;
use egressc_core::reach::{Answer, Side};
use egressc_core::resolve::resolve;
use egressc_core::resource::{Labels, decode};
use egressc_core::source::SourceMap;
use egressc_core::syntax::{Limits, parse};
use egressc_core::trace::Verdict;
use egressc_core::universe::{Grain, RequestClass, Universe};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sources(documents: &[Value]) -> Vec<SourceInput> {
    let name = |document: &Value| document["metadata"]["name"].as_str().unwrap_or_default().to_owned() + ".json";
    documents.iter().map(|document| SourceInput::value(name(document), document.clone())).collect()
}

fn compared(before: &[Value], after: &[Value]) -> DiffResponse {
    diff(&DiffRequest { before: sources(before), after: sources(after), ..DiffRequest::default() })
        .expect("a good call")
}

type Key = (FlowClient, FlowTarget, Option<String>);

fn key(flow: &FlowRow) -> Key {
    let gateway = flow.gateway.clone().filter(|_| flow.from.path == WirePath::Direct);
    (flow.from.clone(), flow.to.clone(), gateway)
}

/// The rows of clients with a sidecar.
fn rows(documents: &[Value]) -> BTreeMap<(FlowClient, FlowTarget), FlowRow> {
    let response =
        reach(&ReachRequest { sources: sources(documents), ..ReachRequest::default() }).expect("a good call");
    let captured = response.flows.into_iter().filter(|flow| flow.from.path == WirePath::Sidecar);
    captured.map(|flow| ((flow.from.clone(), flow.to.clone()), flow)).collect()
}

/// The row that speaks for such requests: their own, else that of their namespace's other workloads, else of all others.
fn representative<'r>(rows: &'r BTreeMap<(FlowClient, FlowTarget), FlowRow>, flow: &FlowRow) -> Option<&'r FlowRow> {
    let same = |from: &FlowClient| {
        rows.values().find(|row| {
            row.to == flow.to
                && row.from.namespace == from.namespace
                && row.from.labels == from.labels
                && row.from.service_account == from.service_account
        })
    };
    let whole = FlowClient { labels: Labels::new(), service_account: None, ..flow.from.clone() };
    let other = FlowClient { namespace: None, ..whole.clone() };
    same(&flow.from).or_else(|| same(&whole)).or_else(|| same(&other))
}

/// What a change is about.
fn fares(flow: &FlowRow) -> impl PartialEq + std::fmt::Debug + use<> {
    let arrives = flow.reached.is_some();
    let way = (flow.gateway.clone(), flow.gateway_port, flow.to_gateway, flow.to_host);
    (flow.reached.clone(), arrives.then_some(way), flow.verdict)
}

fn of_kind(response: &DiffResponse, kind: ChangeKind, certain: impl Fn(&Change) -> bool) -> BTreeSet<Key> {
    let changes = response.changes.iter().filter(|change| change.kind == kind && certain(change));
    changes.filter_map(|change| change.after.as_ref().or(change.before.as_ref()).map(key)).collect()
}

fn unknown(flow: Option<&FlowRow>) -> bool {
    flow.is_some_and(|flow| flow.verdict == Verdict::Unknown)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(documents in generate::documents()) {
        let backwards: Vec<Value> = documents.iter().rev().cloned().collect();
        let response = compared(&documents, &backwards);
        prop_assert!(response.changes.is_empty(), "{:#?}", response.changes);
        prop_assert!(response.order.is_empty(), "{:#?}", response.order);
        prop_assert!(!response.widened && response.affected_namespaces.is_empty());
    }

    #[test]
    fn what_one_way_gains_the_other_way_loses((before, after) in changes::changes()) {
        let (there, back) = (compared(&before, &after), compared(&after, &before));
        prop_assert_eq!(there.ok, back.ok);
        let certain = |change: &Change| !unknown(change.before.as_ref()) && !unknown(change.after.as_ref());
        for (gains, losses) in [(ChangeKind::Gained, ChangeKind::Lost), (ChangeKind::Widened, ChangeKind::Narrowed)] {
            prop_assert_eq!(of_kind(&there, gains, certain), of_kind(&back, losses, certain));
            prop_assert_eq!(of_kind(&there, losses, certain), of_kind(&back, gains, certain));
        }
    }

    #[test]
    fn rows_and_changes_make_the_new_rows((before, after) in changes::changes()) {
        let response = compared(&before, &after);
        if response.ok {
            let (old, new) = (rows(&before), rows(&after));
            for (client, flow) in &new {
                let change = response.changes.iter().find(|change| {
                    change.after.as_ref().is_some_and(|after| (&after.from, &after.to) == (&client.0, &client.1))
                });
                match (change, representative(&old, flow)) {
                    (Some(change), _) => prop_assert_eq!(change.after.as_ref(), Some(flow)),
                    (None, Some(known)) => prop_assert_eq!(fares(known), fares(flow), "{:?}", client),
                    (None, None) => prop_assert!(flow.reached.is_none(), "{:?}", flow),
                }
            }
        }
    }

    #[test]
    fn one_rule_more_loses_nothing_without_a_word((before, after) in changes::one_rule_more()) {
        let response = compared(&before, &after);
        let lost: Vec<&Change> = response.changes.iter().filter(|change| change.kind == ChangeKind::Lost).collect();
        if !lost.is_empty() {
            let codes = |documents: &[Value]| -> BTreeSet<String> {
                let request = CompileRequest { sources: sources(documents), ..CompileRequest::default() };
                let response = compile(&request).expect("a good call");
                response.diagnostics.into_iter().map(|found| found.code + &found.message).collect()
            };
            prop_assert!(!codes(&after).is_subset(&codes(&before)), "{:#?}", lost);
        }
    }

    #[test]
    fn without_a_policy_exactly_its_flows_are_gone(documents in changes::two_policies()) {
        let rest = documents.get(..2).expect("an environment and a policy");
        let response = compared(&documents, rest);
        if response.ok {
            let gone = Some("istio-egress/egress-by-egressgateway-b");
            let captured = |flow: &FlowRow| flow.from.path == WirePath::Sidecar;
            for change in response.changes.iter().filter(|change| change.before.as_ref().is_some_and(captured)) {
                let flow = change.before.as_ref().expect("it has one");
                prop_assert!(matches!(change.kind, ChangeKind::Lost | ChangeKind::Rerouted), "{:#?}", change);
                prop_assert_eq!(flow.policy.as_deref(), gone, "{:#?}", change);
            }
            let kept = rows(rest);
            for flow in rows(&documents).into_values().filter(|flow| flow.reached.is_some()) {
                let arrives = representative(&kept, &flow).is_some_and(|row| row.reached.is_some());
                if flow.policy.as_deref() == gone {
                    let lost = response.changes.iter().any(|change| {
                        change.kind == ChangeKind::Lost && change.before.as_ref() == Some(&flow)
                    });
                    prop_assert_eq!(lost, !arrives, "{:#?}", flow);
                } else {
                    prop_assert!(arrives, "{:#?}", flow);
                }
            }
        }
    }
}

/// The facts of the cluster in which a change is made: its Services and pods are the same before and after, and a gateway
/// that gets another name has both.
fn environment(before: &[Value], after: &[Value]) -> Environment {
    let mut facts = after[0].clone();
    let gateways = facts["spec"]["gateways"].as_array_mut().expect("a list");
    for known in before[0]["spec"]["gateways"].as_array().into_iter().flatten() {
        if !gateways.iter().any(|gateway| gateway["name"] == known["name"]) {
            gateways.push(known.clone());
        }
    }
    let (mut map, mut report) = (SourceMap::default(), Report::default());
    let id = map.add("mesh.json", facts.to_string());
    let read = parse(&map, id, &Limits::DEFAULT, &mut report);
    resolve(read.iter().flat_map(|document| decode(document, &map, &mut report)).collect(), &mut report).environment
}

/// What a cluster holds, by kind, namespace and name.
#[derive(Clone, Default)]
struct Cluster {
    objects: BTreeMap<(String, String, String), Value>,
    clock: u32,
}

impl Cluster {
    fn key(value: &Value) -> (String, String, String) {
        let field = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        (field("/kind"), field("/metadata/namespace"), field("/metadata/name"))
    }

    /// As `kubectl apply`: an object that is changed keeps its age.
    fn apply(&mut self, value: &Value) {
        self.clock = self.clock.saturating_add(1);
        let known = self.objects.get(&Self::key(value)).map(|known| known["metadata"]["creationTimestamp"].clone());
        let now = json!(format!("2026-01-01T{:02}:{:02}:00Z", self.clock / 60, self.clock % 60));
        let mut value = value.clone();
        value["metadata"]["creationTimestamp"] = known.unwrap_or(now);
        self.objects.insert(Self::key(&value), value);
    }

    fn step(&mut self, step: &ApplyStep, resources: &BTreeMap<(String, String, String), Value>) {
        let key = (step.kind.clone(), step.namespace.clone(), step.name.clone());
        match (step.action, &step.transitional) {
            (ApplyAction::Delete, _) => drop(self.objects.remove(&key).expect("only what is there is deleted")),
            (ApplyAction::Apply, Some(value)) => self.apply(value),
            (ApplyAction::Apply, None) => self.apply(resources.get(&key).expect("only what is made is applied")),
        }
    }

    fn read(&self) -> Objects {
        let mut objects = Objects::default();
        self.objects.values().for_each(|value| objects.made(value));
        objects
    }
}

fn resources(documents: &[Value]) -> Vec<Value> {
    let request = CompileRequest { sources: sources(documents), ..CompileRequest::default() };
    compile(&request).expect("a good call").resources.iter().map(|resource| json!(resource)).collect()
}

/// How every question fares with what a cluster holds.
fn answers(cluster: &Cluster, environment: &Environment, universe: &Universe) -> BTreeMap<RequestClass, Answer> {
    let objects = cluster.read();
    let side = Side::new(&objects, environment, None);
    universe.classes().map(|(class, members)| (class.clone(), side.answer(class, members))).collect()
}

fn universe(cluster: &Cluster, environment: &Environment) -> Universe {
    let objects = cluster.read();
    let side = Side::new(&objects, environment, None);
    Universe::of(&objects, environment, None, side.world(), Grain::Row, usize::MAX).expect("few classes")
}

/// What a step says where it cuts something.
const ANNOUNCEMENTS: [&str; 2] = ["expect an interruption", "it fails until"];

/// A change that was applied step by step.
struct RolledOut {
    order: Vec<ApplyStep>,
    /// What is open before and after and not in between, and the number of the step.
    interrupted: BTreeMap<RequestClass, usize>,
    /// The first step that announces it.
    announced: Option<usize>,
}

impl RolledOut {
    /// What is interrupted before any step says so.
    fn unannounced(&self) -> BTreeMap<&RequestClass, usize> {
        let late = |number: usize| self.announced.is_none_or(|announced| number < announced);
        self.interrupted.iter().filter(|(_, number)| late(**number)).map(|(it, number)| (it, *number)).collect()
    }
}

/// Applies a change step by step: what is closed before and after stays closed, and it ends as it should. Looks after every
/// `stride`th step.
fn rolled_out(before: &[Value], after: &[Value], stride: usize) -> Option<RolledOut> {
    let DiffResponse { ok: true, order, .. } = compared(before, after) else { return None };
    let environment = environment(before, after);
    let (mut cluster, mut end) = (Cluster::default(), Cluster::default());
    for value in &resources(before) {
        cluster.apply(value);
    }
    let made: BTreeMap<_, _> = resources(after).into_iter().map(|value| (Cluster::key(&value), value)).collect();
    for value in made.values() {
        end.apply(value);
    }
    let questions = universe(&cluster, &environment).with(&universe(&end, &environment));
    let (first, last) = (answers(&cluster, &environment, &questions), answers(&end, &environment, &questions));
    let mut interrupted = BTreeMap::new();
    for (number, step) in order.iter().enumerate() {
        cluster.step(step, &made);
        if !number.is_multiple_of(stride) {
            continue;
        }
        for (question, now) in answers(&cluster, &environment, &questions) {
            let (was, is) = (first[&question].verdict, last[&question].verdict);
            if (was, is) == (Verdict::Blocked, Verdict::Blocked) {
                assert!(
                    now.verdict == Verdict::Blocked,
                    "step {number}, {step:?} opens {question:?}: {now:?}\n{order:#?}"
                );
            }
            if (was, is) == (Verdict::Allowed, Verdict::Allowed) && !now.arrives() {
                interrupted.entry(question).or_insert(number);
            }
        }
    }
    let spec =
        |cluster: &Cluster| -> Vec<Value> { cluster.objects.values().map(|value| value["spec"].clone()).collect() };
    assert_eq!(spec(&cluster), spec(&end));
    let announced =
        order.iter().position(|step| ANNOUNCEMENTS.iter().any(|announcement| step.reason.contains(announcement)));
    Some(RolledOut { order, interrupted, announced })
}

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
        ("another protocol", one_gateway("shared", 1, "HTTP"), one_gateway("shared", 1, "TLS"), 1, "it fails until"),
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

/// Where the pods of two names are exchanged every listener moves: nothing keeps it open, and nothing is opened.
#[test]
fn names_that_are_exchanged_are_announced() {
    let done = rolled_out(&two_gateways(["a", "b"], "a"), &two_gateways(["b", "a"], "a"), 1).expect("two good sets");
    assert_eq!(done.announced, Some(0), "{:#?}", done.order);
}
