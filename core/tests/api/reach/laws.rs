//! What holds for `reach` and `diff` of every policy set, over generated ones.

use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::Verdict;
use egressc_core::api::{
    Change, ChangeKind, ClientPath, DiffRequest, DiffResponse, Flow, FlowClient, FlowTarget, ReachRequest, diff, reach,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::ask::{compiled, values};
use crate::generate::{self, changes};

pub(crate) fn compared(before: &[Value], after: &[Value]) -> DiffResponse {
    let request = DiffRequest { before: values(before), after: values(after), ..DiffRequest::default() };
    let mut response = diff(&request).expect("a good call");
    let changes = response.changes.iter_mut().flat_map(|change| [&mut change.before, &mut change.after]);
    changes.flatten().for_each(without_words);
    response
}

/// What a client is called depends on the other rows: "every workload" where no other of its namespace has one.
fn without_words(flow: &mut Flow) {
    flow.from.description.clear();
}

type Key = (FlowClient, FlowTarget, Option<String>);

fn key(flow: &Flow) -> Key {
    let gateway = flow.gateway.clone().filter(|_| flow.from.path == ClientPath::Direct);
    (flow.from.clone(), flow.to.clone(), gateway)
}

/// The rows of clients with a sidecar.
fn rows(documents: &[Value]) -> BTreeMap<(FlowClient, FlowTarget), Flow> {
    let response = reach(&ReachRequest { sources: values(documents), ..ReachRequest::default() }).expect("a good call");
    let mut flows = response.flows;
    flows.iter_mut().for_each(without_words);
    let captured = flows.into_iter().filter(|flow| flow.from.path == ClientPath::Sidecar);
    captured.map(|flow| ((flow.from.clone(), flow.to.clone()), flow)).collect()
}

/// The row that speaks for such requests: their own, else that of their namespace's other workloads, else of all others.
fn representative<'r>(rows: &'r BTreeMap<(FlowClient, FlowTarget), Flow>, flow: &Flow) -> Option<&'r Flow> {
    let same = |from: &FlowClient, to: &FlowTarget| {
        rows.values().find(|row| {
            row.to == *to
                && row.from.namespace == from.namespace
                && row.from.labels == from.labels
                && row.from.service_account == from.service_account
        })
    };
    let mut whole = flow.from.clone();
    whole.labels.clear();
    whole.service_account = None;
    let mut other = whole.clone();
    other.namespace = None;
    // A host that nothing names any more is one of all hosts whose port TCP takes.
    let mut any = flow.to.clone();
    any.host = "*".to_owned();
    let find = |to: &FlowTarget| same(&flow.from, to).or_else(|| same(&whole, to)).or_else(|| same(&other, to));
    find(&flow.to).or_else(|| find(&any))
}

/// What a change is about.
fn fares(flow: &Flow) -> impl PartialEq + std::fmt::Debug + use<> {
    let arrives = flow.reached.is_some();
    let way = (flow.gateway.clone(), flow.gateway_port, flow.to_gateway, flow.to_host);
    (flow.reached.clone(), arrives.then_some(way), flow.verdict)
}

fn of_kind(response: &DiffResponse, kind: ChangeKind, certain: impl Fn(&Change) -> bool) -> BTreeSet<Key> {
    let changes = response.changes.iter().filter(|change| change.kind == kind && certain(change));
    changes.filter_map(|change| change.after.as_ref().or(change.before.as_ref()).map(key)).collect()
}

fn unknown(flow: Option<&Flow>) -> bool {
    flow.is_some_and(|flow| flow.verdict == Verdict::Unknown)
}

/// Whether a request arrives at a host at which it did not arrive before, and no longer at one at which it did.
fn moves(change: &Change) -> bool {
    let hosts = |flow: &Option<Flow>| -> BTreeSet<String> {
        let places = flow.iter().flat_map(|flow| flow.reached.iter().chain(&flow.also_reached));
        places.map(|place| place.host.clone()).collect()
    };
    let (before, after) = (hosts(&change.before), hosts(&change.after));
    !before.is_subset(&after) && !after.is_subset(&before)
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
        let certain = |change: &Change| {
            !unknown(change.before.as_ref()) && !unknown(change.after.as_ref()) && !moves(change)
        };
        // A request that arrives at another host is widened, whichever way the change goes.
        prop_assert_eq!(of_kind(&there, ChangeKind::Widened, moves), of_kind(&back, ChangeKind::Widened, moves));
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
                let response = compiled(values(documents));
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
            let captured = |flow: &Flow| flow.from.path == ClientPath::Sidecar;
            for change in response.changes.iter().filter(|change| change.before.as_ref().is_some_and(captured)) {
                let flow = change.before.as_ref().expect("it has one");
                // TCP that takes a port is at the host of another policy then.
                let kinds = [ChangeKind::Lost, ChangeKind::Rerouted, ChangeKind::Widened];
                prop_assert!(kinds.contains(&change.kind), "{:#?}", change);
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
