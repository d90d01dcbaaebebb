//! Documents of this repository, put together and damaged as the choices say.

use std::fs;
use std::sync::OnceLock;

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::choices::Choices;
use crate::{cases, files, root};

/// Folders with Istio's objects.
pub(super) const OBJECTS: usize = 0;
/// Folders with policies.
pub(super) const POLICIES: usize = 1;

/// Texts that mean something somewhere, and texts that nothing expects.
const TEXTS: [&str; 40] = [
    "",
    "*",
    "~",
    ".",
    "./*",
    "*/*",
    "shop",
    "mytest",
    "istio-system",
    "a.example.com",
    "*.example.com",
    "api.example.com",
    "www.httpbin.org",
    "A.example.com.",
    "10.0.0.1",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "::1",
    "2001:db8::/32",
    "HTTP",
    "HTTPS",
    "TLS",
    "TCP",
    "MONGO",
    "DNS",
    "NONE",
    "STATIC",
    "DYNAMIC_DNS",
    "SIMPLE",
    "MUTUAL",
    "ISTIO_MUTUAL",
    "mesh",
    "(a+)+b|[",
    "/%2e%2e/a//b",
    "\u{202e}\u{1b}[31m",
    "'=1+1",
    "18446744073709551616s",
    "9999999h",
    "-1",
    "{**}",
];
const NUMBERS: [i64; 12] = [0, 1, -1, 80, 443, 15001, 15006, 65_535, 65_536, 1 << 31, i64::MAX, i64::MIN];
/// Fields that are common, so that objects get what they did not have.
const FIELDS: [&str; 40] = [
    "hosts",
    "host",
    "ports",
    "port",
    "number",
    "protocol",
    "name",
    "namespace",
    "exportTo",
    "resolution",
    "endpoints",
    "addresses",
    "location",
    "workloadSelector",
    "selector",
    "labels",
    "match",
    "http",
    "tls",
    "tcp",
    "route",
    "destination",
    "subset",
    "weight",
    "uri",
    "headers",
    "sourceLabels",
    "sourceNamespace",
    "gateways",
    "delegate",
    "redirect",
    "rewrite",
    "fault",
    "trafficPolicy",
    "egress",
    "rules",
    "from",
    "to",
    "allow",
    "deny",
];

/// Some documents of a pool.
pub(super) fn documents(choices: &mut Choices<'_>, pool: usize) -> Vec<Value> {
    let Some(files) = pools().get(pool) else { return Vec::new() };
    // Whole files first: their documents belong together.
    let mut documents = choices.pick(files).cloned().unwrap_or_default();
    if choices.of(3) == 0 {
        documents.extend(choices.pick(files).cloned().unwrap_or_default());
    }
    documents
}

/// A request of a shared case, and its call.
pub(super) fn case(choices: &mut Choices<'_>) -> (String, Value) {
    static CASES: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    let cases = CASES.get_or_init(|| {
        let read = cases().unwrap_or_default().into_iter();
        read.map(|case| (case.call, case.request)).collect()
    });
    choices.pick(cases).cloned().unwrap_or_default()
}

/// The documents of each file, in pools.
fn pools() -> &'static [Vec<Vec<Value>>; 2] {
    static POOLS: OnceLock<[Vec<Vec<Value>>; 2]> = OnceLock::new();
    POOLS.get_or_init(|| {
        let read = |folders: &[&str]| {
            let paths = folders.iter().flat_map(|folder| files(&root().join(folder), "yaml").unwrap_or_default());
            // Small ones say as much in less time.
            let texts = paths.filter_map(|path| fs::read_to_string(path).ok()).filter(|text| text.len() < 8_000);
            texts.map(|text| read(&text)).filter(|documents| !documents.is_empty()).collect()
        };
        let own = ["tests/reports", "examples/hand-written"];
        let mut policies: Vec<Vec<Value>> = Vec::new();
        for folder in fs::read_dir(root().join("examples")).into_iter().flatten().flatten() {
            let paths = files(&folder.path(), "yaml").unwrap_or_default();
            let texts = paths.into_iter().filter_map(|path| fs::read_to_string(path).ok());
            let documents: Vec<Value> = texts.flat_map(|text| self::read(&text)).collect();
            if documents.iter().any(|each| {
                each.get("kind").is_some_and(|kind| kind.as_str().is_some_and(|kind| kind.ends_with("Policy")))
            }) {
                policies.push(documents);
            }
        }
        policies.sort_by_key(|documents| serde_json::to_string(documents).unwrap_or_default());
        [read(&own), policies]
    })
}

fn read(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text).map_while(|document| Value::deserialize(document).ok());
    documents.filter(Value::is_object).collect()
}

/// Damages some of the documents.
pub(super) fn damage(documents: &mut Vec<Value>, choices: &mut Choices<'_>) {
    for _ in 0..16 {
        if choices.is_empty() {
            return;
        }
        let number = documents.len();
        let index = choices.of(number);
        match choices.of(16) {
            0 => drop(documents.get(index).is_some().then(|| documents.remove(index))),
            1 => documents.extend(documents.get(index).cloned()),
            _ => {
                if let Some(document) = documents.get_mut(index) {
                    damage_one(document, choices);
                }
            }
        }
    }
}

/// Changes something in a value.
pub(super) fn damage_one(value: &mut Value, choices: &mut Choices<'_>) {
    // Something from another place of it.
    let mut other = value.clone();
    let taken = somewhere(&mut other, choices).map(Value::take).unwrap_or_default();
    let Some(at) = somewhere(value, choices) else { return };
    match choices.of(10) {
        0 => *at = Value::Null,
        1 | 2 => *at = text(choices),
        3 => *at = choices.pick(&NUMBERS).copied().into(),
        4 => *at = Value::Bool(choices.of(2) == 0),
        5 => *at = Value::Array(vec![at.take()]),
        6 => remove(at, choices),
        7 => add(at, text(choices), choices),
        8 => *at = taken,
        _ => add(at, taken, choices),
    }
}

fn text(choices: &mut Choices<'_>) -> Value {
    choices.pick(&TEXTS).copied().into()
}

/// A place in a value.
fn somewhere<'v>(value: &'v mut Value, choices: &mut Choices<'_>) -> Option<&'v mut Value> {
    let mut pointer = String::new();
    let mut at: &Value = value;
    // Most of what matters is deep.
    while choices.of(8) != 0 {
        let next = match at {
            Value::Array(items) => {
                let index = choices.of(items.len());
                items.get(index).map(|item| (index.to_string(), item))
            }
            Value::Object(fields) => {
                let field = fields.iter().nth(choices.of(fields.len()));
                field.map(|(key, item)| (key.replace('~', "~0").replace('/', "~1"), item))
            }
            _ => None,
        };
        let Some((name, item)) = next else { break };
        pointer.push('/');
        pointer.push_str(&name);
        at = item;
    }
    value.pointer_mut(&pointer)
}

fn remove(at: &mut Value, choices: &mut Choices<'_>) {
    match at {
        Value::Array(items) if !items.is_empty() => drop(items.remove(choices.of(items.len()))),
        Value::Object(fields) => {
            let key = fields.keys().nth(choices.of(fields.len())).cloned();
            key.and_then(|key| fields.remove(&key));
        }
        end => *end = Value::Null,
    }
}

fn add(at: &mut Value, value: Value, choices: &mut Choices<'_>) {
    let name = choices.pick(&FIELDS).copied().unwrap_or_default().to_owned();
    match at {
        Value::Array(items) => items.push(value),
        Value::Object(fields) => drop(fields.insert(name, value)),
        end => *end = Value::Object(Map::from_iter([(name, value)])),
    }
}
