//! Policy sets and what becomes of them. The pods of the gateways stay as they are, and so do their Services.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generate::{GATEWAYS, documents, environment, policy, rule, write_kind};

/// A policy set, and one that a change makes of it: rules that are dropped, added or moved, or another set altogether; and
/// what is not about rules.
pub(crate) fn changes() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let edit = (0..5_u8, any::<proptest::sample::Index>(), rule());
    let overall = vec(proptest::sample::select(Overall::ALL.as_slice()), 0..3);
    (documents(), vec(edit, 0..4), option::weighted(0.2, policy(GATEWAYS[0])), overall).prop_map(
        |(before, edits, other, overall)| {
            let mut after = before.clone();
            for (what, at, rule) in edits {
                edit_rules(&mut after, what, at, rule);
            }
            after.iter_mut().skip(1).for_each(write_kind);
            if let (Some(policy), Some(first)) = (other, after.get_mut(1)) {
                *first = policy;
            }
            for change in overall {
                change.apply(&mut after);
            }
            (before, after)
        },
    )
}

fn edit_rules(after: &mut [Value], what: u8, at: proptest::sample::Index, rule: Value) {
    let at = at.index(after.len().saturating_sub(1)).saturating_add(1);
    let Some(rules) = after.get_mut(at).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut()) else {
        return;
    };
    match what {
        0 => rules.push(rule),
        1 if rules.len() > 1 => drop(rules.remove(0)),
        2 => {
            if let Some(to) = rules.first_mut().and_then(|first| first.pointer_mut("/to")?.as_array_mut()) {
                to.extend(rule.pointer("/to").and_then(Value::as_array).into_iter().flatten().cloned());
            }
        }
        3 => {
            // Another port of the gateway for the same hosts.
            for to in rules.iter_mut().filter_map(|rule| rule.pointer_mut("/to/0")) {
                if to.pointer("/port/protocol").is_some_and(|protocol| protocol != "HTTP" && protocol != "GRPC") {
                    let port = if to.pointer("/byEgressGateway/port") == Some(&json!(443)) { 444 } else { 443 };
                    to["byEgressGateway"] = json!({"port": port});
                }
            }
        }
        _ => {
            if let (Some(first), Some(from)) = (rules.first_mut(), rule.get("from")) {
                first["from"] = from.clone();
            }
        }
    }
}

/// A change that is about no rule.
#[derive(Debug, Clone, Copy)]
enum Overall {
    Rename,
    RenameBoth,
    Move,
    Swap,
    Authorization(&'static str),
    Placement,
}

impl Overall {
    const ALL: [Self; 8] = [
        Self::Rename,
        Self::RenameBoth,
        Self::Move,
        Self::Swap,
        Self::Authorization("shared"),
        Self::Authorization("managed"),
        Self::Authorization("off"),
        Self::Placement,
    ];

    fn apply(self, documents: &mut [Value]) {
        match self {
            Self::Rename => rename(documents, GATEWAYS[0]),
            Self::RenameBoth => GATEWAYS.iter().for_each(|name| rename(documents, name)),
            Self::Move | Self::Swap => {
                // The first policy goes to the gateway of the second, and with a swap the second to that of the first.
                let names: Vec<Value> = documents
                    .iter()
                    .filter_map(|it| it.pointer("/spec/gateways"))
                    .filter_map(Value::as_array)
                    .flatten()
                    .map(|gateway| gateway["name"].clone())
                    .collect();
                let policies = if matches!(self, Self::Move) { 1 } else { 2 };
                for policy in documents.iter_mut().skip(1).take(policies) {
                    let here = policy.pointer("/spec/byEgressGateway/name");
                    if let Some(other) = names.iter().find(|name| Some(*name) != here) {
                        policy["spec"]["byEgressGateway"]["name"] = other.clone();
                    }
                }
            }
            Self::Authorization(mode) => {
                let gateways = documents.iter_mut().filter_map(|it| it.pointer_mut("/spec/gateways")?.as_array_mut());
                gateways.flatten().for_each(|gateway| gateway["authorization"] = json!(mode));
            }
            Self::Placement => {
                if let Some(placement) = documents.first_mut().and_then(|it| it.pointer_mut("/spec/output/placement")) {
                    *placement = json!(if *placement == json!("client") { "policy" } else { "client" });
                }
            }
        }
    }
}

/// Another name for the same Service and pods.
fn rename(documents: &mut [Value], name: &str) {
    let other = json!(format!("{name}-renamed"));
    for document in documents {
        let gateways = document.pointer_mut("/spec/gateways").and_then(Value::as_array_mut);
        for gateway in gateways.into_iter().flatten().filter(|gateway| gateway["name"] == name) {
            gateway["name"] = other.clone();
        }
        if let Some(named) = document.pointer_mut("/spec/byEgressGateway/name").filter(|named| **named == name) {
            *named = other.clone();
        }
        let rules = document.pointer_mut("/spec/egressRules").and_then(Value::as_array_mut).into_iter().flatten();
        let several = rules.filter_map(|rule| rule.get_mut("byEgressGateways")?.as_array_mut()).flatten();
        for gateway in several.filter(|gateway| gateway["name"] == name) {
            gateway["name"] = other.clone();
        }
    }
}

/// A policy set and a rule to add to it.
pub(crate) fn one_rule_more() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    (documents(), rule()).prop_map(|(before, rule)| {
        let mut after = before.clone();
        if let Some(rules) = after.get_mut(1).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut()) {
            rules.push(rule);
        }
        after.iter_mut().skip(1).for_each(write_kind);
        (before, after)
    })
}

/// A policy set of two policies.
pub(crate) fn two_policies() -> impl Strategy<Value = Vec<Value>> {
    (environment(), policy(GATEWAYS[0]), policy(GATEWAYS[1]))
        .prop_map(|(environment, first, second)| vec![environment, first, second])
}
