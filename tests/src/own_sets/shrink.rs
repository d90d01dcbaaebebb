//! The smallest set that still shows a difference: objects go first, then fields.

use serde_json::Value;

use super::law::{Judge, has};
use super::{Own, Set};

/// Without the own objects that the difference does not need.
pub fn objects(judge: &Judge, set: &Set, kind: &str) -> Set {
    let mut small = set.clone();
    let mut at = 0;
    while at < small.own.len() {
        let mut less = small.clone();
        less.own.remove(at);
        if has(judge, &less, kind) {
            small = less;
        } else {
            at = at.saturating_add(1);
        }
    }
    small
}

/// Without the fields that the difference does not need, either.
pub fn fields(judge: &Judge, set: &Set, kind: &str) -> Set {
    let mut small = set.clone();
    for index in 0..small.own.len() {
        let mut changed = true;
        while changed {
            changed = false;
            let Some(own) = small.own.get(index).cloned() else { break };
            for less in smaller(&own.value) {
                let mut next = small.clone();
                if let Some(place) = next.own.get_mut(index) {
                    *place = Own { value: less, ..own.clone() };
                }
                if has(judge, &next, kind) {
                    small = next;
                    changed = true;
                    break;
                }
            }
        }
    }
    small
}

/// The document without one field or item of its `spec`, in every way.
fn smaller(document: &Value) -> Vec<Value> {
    let Some(spec) = document.get("spec") else { return Vec::new() };
    let with = |spec: Value| {
        let mut document = document.clone();
        document["spec"] = spec;
        document
    };
    without_one(spec).into_iter().map(with).collect()
}

fn without_one(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let mut less = fields.clone();
                less.remove(name);
                all.push(Value::Object(less));
                for smaller in without_one(field) {
                    let mut less = fields.clone();
                    less.insert(name.clone(), smaller);
                    all.push(Value::Object(less));
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if items.len() > 1 {
                    let mut less = items.clone();
                    less.remove(index);
                    all.push(Value::Array(less));
                }
                for smaller in without_one(item) {
                    let mut less = items.clone();
                    if let Some(place) = less.get_mut(index) {
                        *place = smaller;
                    }
                    all.push(Value::Array(less));
                }
            }
        }
        _ => {}
    }
    all
}
