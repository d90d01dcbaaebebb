//! Policy sets and what becomes of them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use crate::generate::{GATEWAYS, documents, environment, policy, rule};

/// A policy set, and one that a change makes of it: rules that are dropped, added or moved, or another set altogether.
pub(crate) fn changes() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let edit = (0..4_u8, any::<proptest::sample::Index>(), rule());
    (documents(), vec(edit, 1..4), option::weighted(0.2, policy(GATEWAYS[0]))).prop_map(|(before, edits, other)| {
        let mut after = before.clone();
        for (what, at, rule) in edits {
            let at = at.index(after.len().saturating_sub(1)).saturating_add(1);
            let Some(rules) = after.get_mut(at).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut())
            else {
                continue;
            };
            match what {
                0 => rules.push(rule),
                1 if rules.len() > 1 => drop(rules.remove(0)),
                2 => {
                    if let Some(to) = rules.first_mut().and_then(|first| first.pointer_mut("/to")?.as_array_mut()) {
                        to.extend(rule.pointer("/to").and_then(Value::as_array).into_iter().flatten().cloned());
                    }
                }
                _ => {
                    if let (Some(first), Some(from)) = (rules.first_mut(), rule.get("from")) {
                        first["from"] = from.clone();
                    }
                }
            }
        }
        if let (Some(policy), Some(first)) = (other, after.get_mut(1)) {
            *first = policy;
        }
        (before, after)
    })
}

/// A policy set and a rule to add to it.
pub(crate) fn one_rule_more() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    (documents(), rule()).prop_map(|(before, rule)| {
        let mut after = before.clone();
        if let Some(rules) = after.get_mut(1).and_then(|it| it.pointer_mut("/spec/egressRules")?.as_array_mut()) {
            rules.push(rule);
        }
        (before, after)
    })
}

/// A policy set of two policies.
pub(crate) fn two_policies() -> impl Strategy<Value = Vec<Value>> {
    (environment(), policy(GATEWAYS[0]), policy(GATEWAYS[1]))
        .prop_map(|(environment, first, second)| vec![environment, first, second])
}
