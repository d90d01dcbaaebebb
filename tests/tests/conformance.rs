//! Every case of `tests/cases` answered by the core; the runners of the other runtimes compare with the same files.

use std::fs;

use egressc_core::api::{self, UsageError};
use egressc_tests::{Case, Outcome, cases, settle, updating};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const COMMAND: &str = "UPDATE=1 cargo test -p egressc-tests --test conformance";

#[test]
fn every_case_gets_its_answer() -> Outcome<()> {
    let mut wrong = Vec::new();
    for case in cases()? {
        if let Err(error) = holds(&case) {
            wrong.push(error.to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A policy means the same however it is given.
#[test]
fn a_value_compiles_to_what_its_text_compiles_to() -> Outcome<()> {
    if updating() {
        // The other test is writing these files at this moment.
        return Ok(());
    }
    let mut pairs = 0;
    for case in cases()? {
        let as_text = case.folder.to_string_lossy().strip_suffix("-value").map(str::to_owned);
        if let Some(as_text) = as_text {
            let resources = |folder: &str| fs::read_to_string(format!("{folder}/resources.yaml"));
            assert_eq!(resources(&case.folder.to_string_lossy())?, resources(&as_text)?, "{as_text}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 6, "one for each flow of examples/");
    Ok(())
}

fn holds(case: &Case) -> Outcome<()> {
    if matches!(case.call.as_str(), "compile" | "check" | "trace" | "test" | "replay" | "reach" | "diff" | "convert")
        && case.request.get("positionEncoding").is_none()
    {
        return Err(format!(
            "{}: a case says its positionEncoding, since each runtime has its own default",
            case.folder.display()
        )
        .into());
    }
    let mut answer = answer(case)?;
    // The text is read by people, so it lies in a file of its own.
    let text = match answer.get("text") {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let file = text_file(case);
    let known = ["yaml", "json", "text", "table", "csv", "mermaid", "dot", "markdown"];
    for stale in known.iter().flat_map(|format| [format!("resources.{format}"), format!("answer.{format}")]) {
        if updating() && (text.is_none() || stale != file) && case.folder.join(&stale).exists() {
            fs::remove_file(case.folder.join(&stale))?;
        }
    }
    if let (Some(text), Some(rest)) = (text, answer.as_object_mut()) {
        rest.remove("text");
        settle(&case.folder.join(file), &text, COMMAND)?;
    }
    settle(&case.folder.join("response.json"), &(serde_json::to_string_pretty(&answer)? + "\n"), COMMAND)
}

/// Where a case has the text of its answer.
fn text_file(case: &Case) -> String {
    let format = case.request.get("format").and_then(Value::as_str).unwrap_or("yaml");
    format!("{}.{format}", if case.call == "compile" { "resources" } else { "answer" })
}

fn answer(case: &Case) -> Outcome<Value> {
    let request = case.request.clone();
    let typed = match case.call.as_str() {
        "compile" => run(request, api::compile),
        "check" => run(request, api::check),
        "trace" => run(request, api::trace),
        "reach" => run(request, api::reach),
        "diff" => run(request, api::diff),
        "test" => run(request, api::test),
        "replay" => run(request, api::replay),
        "convert" => run(request, api::convert),
        "explain" => run(request, api::explain),
        "schema" => run(request, |request| Ok(api::schema(request))),
        "about" => run(request, |_: &Value| Ok(api::about())),
        other => return Err(format!("{}: there is no call {other}", case.folder.display()).into()),
    };
    // The call over JSON text answers the same.
    let texts = api::call(&case.call, &case.request.to_string());
    match typed {
        Ok(answer) => {
            assert_eq!(serde_json::from_str::<Value>(&texts?)?, answer, "{}", case.folder.display());
            Ok(answer)
        }
        Err(error) => {
            assert!(texts.is_err(), "{}", case.folder.display());
            Ok(json!({"usageError": error.to_string()}))
        }
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    request: Value,
    call: impl Fn(&Q) -> Result<A, UsageError>,
) -> Result<Value, UsageError> {
    serde_json::to_value(call(&api::request(request)?)?).map_err(|error| UsageError::answer(error.to_string()))
}
