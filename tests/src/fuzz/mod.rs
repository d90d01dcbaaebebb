//! Inputs that nobody writes, for every way into the core: each target takes any bytes.
//!
//! Two things call them: a test, with bytes of its own and few of them, and libFuzzer (`make fuzz`), which finds bytes that reach
//! more of the code. A target panics where something is wrong, since that is how a fuzzer learns of it.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a panic is how a fuzzer learns that something is wrong"
)]

mod answers;
mod choices;
mod documents;
mod questions;

use egressc_core::api::call;
use egressc_core::stages::diagnostic::{Report, is_hidden};
use egressc_core::stages::source::SourceMap;
use egressc_core::stages::syntax::{Limits, parse};
use serde_json::{Value, json};

use answers::answer;
use choices::Choices;
use documents::{damage, documents};

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, as `fuzz/fuzz_targets` has them.
pub const TARGETS: [Target; 6] = [
    ("parse", parse_bytes),
    ("compile", compile_bytes),
    ("objects", ask_about_objects),
    ("policies", compile_policies),
    ("border", call_with_json),
    ("logs", read_logs),
];

/// Any text, to a tree.
pub fn parse_bytes(bytes: &[u8]) {
    let (mut sources, mut report) = (SourceMap::default(), Report::default());
    let id = sources.add("a.yaml", String::from_utf8_lossy(bytes).into_owned());
    parse(&sources, id, &Limits::DEFAULT, &mut report);
    for problem in report.iter() {
        assert!(!problem.message.chars().any(is_hidden), "{}", problem.message);
    }
}

/// Any text, through every stage.
pub fn compile_bytes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let sources = json!([{"name": "a.yaml", "text": text}]);
    for name in ["check", "compile"] {
        answer(name, &json!({"sources": sources, "render": "plain"}));
    }
}

/// Istio's objects, damaged, and every question about them.
pub fn ask_about_objects(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let before = documents(&mut choices, documents::OBJECTS);
    let mut after = before.clone();
    damage(&mut after, &mut choices);
    questions::ask(&mut choices, &before, &after);
}

/// Policies, damaged. What is compiled of them is what it was once it has been written and read again.
pub fn compile_policies(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut given = documents(&mut choices, documents::POLICIES);
    damage(&mut given, &mut choices);
    let request = |sources: Vec<Value>| json!({"sources": sources, "format": "yaml", "render": "plain"});
    let source = |name: &str, value: &Value| json!({"name": name, "text": value.to_string()});
    let sources: Vec<Value> = given.iter().map(|document| source("given.yaml", document)).collect();
    let compiled = answer("compile", &request(sources));
    let Some(response) = compiled.filter(|response| response.get("ok") == Some(&Value::Bool(true))) else { return };
    let Some(text) = response.get("text").and_then(Value::as_str) else { return };
    let mesh = given.iter().filter(|each| each.get("kind").is_some_and(|kind| kind == "MeshEnvironment"));
    let read = mesh.map(|mesh| source("mesh.yaml", mesh)).chain([json!({"name": "written.yaml", "text": text})]);
    let checked = answer("check", &json!({"sources": read.collect::<Vec<_>>()}));
    assert!(checked.is_some_and(|checked| checked.get("ok") == Some(&Value::Bool(true))), "{text}");
}

/// Any JSON as a request of any call, and requests of the shared cases, damaged.
pub fn call_with_json(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    if choices.of(4) == 0 {
        let name = choices.pick(&questions::CALLS).copied().unwrap_or_default();
        let _ = call(name, &String::from_utf8_lossy(choices.rest()));
        return;
    }
    let (name, mut request) = documents::case(&mut choices);
    documents::damage_one(&mut request, &mut choices);
    answer(&name, &request);
}

/// Lines of access logs, any text or damaged.
pub fn read_logs(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let sources = documents(&mut choices, documents::POLICIES);
    questions::read_logs(&mut choices, &sources);
}
