//! Generated objects of Istio, most of them slightly wrong, and what Istio's own validation said to them.
//!
//! Each kind has a file with a few good specs and, for many fields, values that are worth a try. Every value is tried
//! alone in every spec, and chance combines some of them. Istio's answers to the recorded objects are in `answers.txt`,
//! so that a test needs no Go; `tests/mesh/refusals.sh` records them, and compares many more.

use std::collections::BTreeMap;

use egressc_core::api::Source;
use egressc_core::stages::load;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::own_sets::dice::Dice;

/// The recorded objects: all single changes, and so many combinations.
pub const RECORDED: (u64, usize) = (1, 2_000);

/// What is tried for one kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    api_version: String,
    kind: String,
    /// Names beside the usual one.
    #[serde(default)]
    names: Vec<String>,
    /// Annotations that are tried.
    #[serde(default)]
    annotations: Vec<Value>,
    bases: Vec<Value>,
    /// By the JSON pointer of the field.
    values: BTreeMap<String, Vec<Value>>,
}

impl Catalogue {
    fn object(&self, spec: &Value) -> Value {
        json!({
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": {"name": "own", "namespace": "shop"},
            "spec": spec,
        })
    }

    fn with_metadata(&self, key: &str, value: Value) -> Value {
        let mut object = self.object(self.bases.first().unwrap_or(&Value::Null));
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.insert(key.to_owned(), value);
        }
        object
    }

    /// Every value alone in every spec.
    fn single(&self) -> impl Iterator<Item = Value> {
        let values =
            || self.values.iter().flat_map(|(pointer, values)| values.iter().map(move |value| (pointer, value)));
        let changed = move |base: &Value| {
            let base = base.clone();
            values().map(move |(pointer, value)| {
                let mut spec = base.clone();
                change(&mut spec, pointer, value);
                spec
            })
        };
        let names = self.names.iter().map(|name| self.with_metadata("name", json!(name)));
        let annotations = self.annotations.iter().map(|each| self.with_metadata("annotations", each.clone()));
        let specs = self.bases.iter().cloned().chain(self.bases.iter().flat_map(changed));
        specs.map(|spec| self.object(&spec)).chain(names).chain(annotations)
    }

    /// Two to four values in one spec.
    fn combined(&self, dice: &mut Dice) -> Value {
        let mut spec = dice.pick(&self.bases);
        for _ in 0..dice.below(3).saturating_add(2) {
            let pointer = self.values.keys().nth(dice.below(self.values.len())).cloned().unwrap_or_default();
            let value = dice.pick(self.values.get(&pointer).map_or(&[], Vec::as_slice));
            change(&mut spec, &pointer, &value);
        }
        self.object(&spec)
    }
}

/// Sets a field, and makes what is above it; `REMOVE` removes it.
fn change(spec: &mut Value, pointer: &str, value: &Value) {
    let mut segments: Vec<&str> = pointer.split('/').skip(1).collect();
    let Some(last) = segments.pop() else {
        *spec = value.clone();
        return;
    };
    let mut at = spec;
    for segment in segments {
        let Some(next) = step(at, segment) else { return };
        at = next;
    }
    if value == "REMOVE" {
        if let Value::Object(map) = at {
            map.remove(last);
        }
    } else if let Some(field) = step(at, last) {
        *field = value.clone();
    }
}

fn step<'v>(at: &'v mut Value, segment: &str) -> Option<&'v mut Value> {
    let index: Option<usize> = segment.parse().ok();
    if at.is_null() {
        *at = if index.is_some() { json!([]) } else { Value::Object(Map::new()) };
    }
    match (at, index) {
        (Value::Array(items), Some(index)) => {
            if index == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(index)
        }
        (Value::Object(map), None) => Some(map.entry(segment).or_insert(Value::Null)),
        _ => None,
    }
}

/// All single changes of all kinds, and so many combinations.
///
/// # Errors
/// When a file of values cannot be read.
pub fn objects(seed: u64, combinations: usize) -> Outcome<Vec<Value>> {
    let texts = [
        include_str!("service_entry.json"),
        include_str!("workload_entry.json"),
        include_str!("virtual_service.json"),
        include_str!("destination_rule.json"),
        include_str!("gateway.json"),
        include_str!("sidecar.json"),
        include_str!("authorization_policy.json"),
    ];
    let catalogues: Vec<Catalogue> = texts.into_iter().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut objects: Vec<Value> = catalogues.iter().flat_map(Catalogue::single).collect();
    for (number, catalogue) in (0_u64..).zip(catalogues.iter().cycle()).take(combinations) {
        objects.push(catalogue.combined(&mut Dice::of(seed, number)));
    }
    // A null in a list or a map is a matter of the API server's pruning, which Istio's validator does not do.
    objects.retain(|object| !has_null(object));
    Ok(objects)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

/// Why egressc refuses an object; `None` when it does not.
pub fn refused(object: &Value) -> Option<String> {
    let loaded = load(&[Source::value("object.json", object.clone())]);
    let refused = loaded.objects.refused.first()?;
    Some(refused.broken.iter().map(|broken| broken.rule.as_str()).collect::<Vec<_>>().join("; "))
}

/// What Istio said to an object, as `istiod refuses` writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The messages of the CRD's schema.
    pub schema: Vec<String>,
    /// The messages of the webhook.
    pub webhook: Vec<String>,
}

/// Rules of the pinned release that egressc does not apply, by their messages, each with the reason.
///
/// `docs/istio/validation.md` has the same list.
pub const NOT_APPLIED: [(&[&str], &str); 9] = [
    (&["invalid namespace value \"~", "in sidecar"], "from 1.32 on, a Sidecar may exclude a namespace with `~`"),
    (&["trust domain must not contain '/'"], "1.30.0 does not look at trust domains"),
    (&["wildcard is only allowed at the start or end"], "1.30.0 does not look at trust domains"),
    (&["TrustDomains is currently not supported"], "1.30.0 does not look at trust domains"),
    (&["source.trustDomain is currently not supported"], "1.30.0 does not look at trust domains"),
    (&["aggression should be greater than or equal to 1"], "from 1.32 on, any positive number is allowed"),
    (&["error parsing regexp: missing closing ]"], "only the usual mistakes in a regular expression are recognised"),
    (&["error parsing regexp: invalid", "repe"], "only the usual mistakes in a regular expression are recognised"),
    (&["error parsing regexp: trailing backslash"], "only the usual mistakes in a regular expression are recognised"),
];

impl Answer {
    /// `.` for an object that is taken, `s` and `w` for one that the schema or the webhook refuses, `d` for one that only
    /// rules of [`NOT_APPLIED`] refuse.
    pub fn letter(&self) -> char {
        let listed = |message: &&String| {
            // Messages of a list stand in one text.
            let lines = message.lines().filter(|line| line.trim_start().starts_with('*'));
            let known = |text: &str| NOT_APPLIED.iter().any(|(known, _)| known.iter().all(|part| text.contains(part)));
            known(message) && lines.clone().all(known)
        };
        if !self.schema.is_empty() {
            's'
        } else if self.webhook.is_empty() {
            '.'
        } else if self.webhook.iter().all(|message| listed(&message)) {
            'd'
        } else {
            'w'
        }
    }
}

/// The recorded answers, after the fingerprint of the objects.
pub fn recorded() -> (&'static str, String) {
    let mut lines = include_str!("answers.txt").lines();
    (lines.next().unwrap_or_default(), lines.collect())
}

/// Tells whether the answers are those to these objects (FNV-1a).
pub fn fingerprint(objects: &[Value]) -> String {
    let bytes = objects.iter().flat_map(|object| object.to_string().into_bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{} objects {hash:016x}", objects.len())
}
