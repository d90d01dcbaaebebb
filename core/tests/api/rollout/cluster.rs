//! A cluster to which a change is applied step by step, as a person or a tool would.

use std::collections::BTreeMap;

use egressc_core::api::{ApplyAction, ApplyStep, DiffResponse, Verdict};
use egressc_core::stages::istio::Objects;
use egressc_core::stages::load;
use egressc_core::stages::model::Environment;
use egressc_core::stages::reach::{FlowOutcome, Reachability};
use egressc_core::stages::universe::{Granularity, RequestClass, Universe};
use serde_json::{Value, json};

use crate::ask::{compiled, values};
use crate::reach::compared;

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
    load(&values(&[facts])).set.environment
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
            (_, Some(value)) => self.apply(value),
            (_, None) => self.apply(resources.get(&key).expect("only what is made is applied")),
        }
    }

    fn read(&self) -> Objects {
        let mut objects = Objects::default();
        self.objects.values().for_each(|value| objects.made(value));
        objects
    }
}

fn resources(documents: &[Value]) -> Vec<Value> {
    compiled(values(documents)).resources.iter().map(|resource| json!(resource)).collect()
}

/// How every question fares with what a cluster holds.
fn answers(cluster: &Cluster, environment: &Environment, universe: &Universe) -> BTreeMap<RequestClass, FlowOutcome> {
    let objects = cluster.read();
    let side = Reachability::new(&objects, environment, None);
    universe.classes().map(|(class, members)| (class.clone(), side.outcome(class, members))).collect()
}

fn universe(cluster: &Cluster, environment: &Environment) -> Universe {
    let objects = cluster.read();
    let side = Reachability::new(&objects, environment, None);
    Universe::of(&side.universe_inputs(), Granularity::Row, usize::MAX).expect("few classes")
}

/// What a step says where it cuts something.
const ANNOUNCEMENTS: [&str; 2] = ["expect an interruption", "requests fail until"];

/// A change that was applied step by step.
pub(crate) struct RolledOut {
    pub(crate) order: Vec<ApplyStep>,
    /// What is open before and after and not in between, and the number of the step.
    pub(crate) interrupted: BTreeMap<RequestClass, usize>,
    /// The first step that announces it.
    pub(crate) announced: Option<usize>,
}

impl RolledOut {
    /// What is interrupted before any step says so.
    pub(crate) fn unannounced(&self) -> BTreeMap<&RequestClass, usize> {
        let late = |number: usize| self.announced.is_none_or(|announced| number < announced);
        self.interrupted.iter().filter(|(_, number)| late(**number)).map(|(it, number)| (it, *number)).collect()
    }
}

/// Applies a change step by step: what is closed before and after stays closed, and it ends as it should. Looks after every
/// `stride`th step.
pub(crate) fn rolled_out(before: &[Value], after: &[Value], stride: usize) -> Option<RolledOut> {
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
