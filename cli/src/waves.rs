//! `diff --output`: the steps of a change as files that are applied one after the other.

use std::fmt::Write as _;

use egressc_core::api::{self, ApplyAction, ApplyStep, CompileRequest, DiffResponse, Source};
use egressc_core::stages::emit;
use serde_json::{Value, json};

use crate::exit::{Failure, failed};
use crate::host::{Host, NewFile};
use crate::output;

/// The script that applies them.
const SCRIPT: &str = "apply.sh";

/// Writes a file for each wave, and a script that applies all of them, or changes nothing. Returns how many waves there are.
pub(crate) fn write(
    folder: &str,
    response: &DiffResponse,
    (before, after): (&[Source], &[Source]),
    host: &mut dyn Host,
) -> Result<usize, Failure> {
    let (old, new) = (resources(before)?, resources(after)?);
    let mut files: Vec<NewFile> = Vec::new();
    let mut script = "\
#!/bin/sh
# Applies a change wave by wave, in the order in which no flow is interrupted that exists before and after it. Between two waves it
# waits until the proxies have what was applied: WAIT seconds, 10 by default.
set -eu
cd \"$(dirname \"$0\")\"
"
    .to_owned();
    let waves: Vec<&[ApplyStep]> = response.order.chunk_by(|one, other| one.wave == other.wave).collect();
    for steps in &waves {
        let Some(first) = steps.first() else { continue };
        let (word, command, from) = match first.action {
            ApplyAction::Delete => ("delete", "kubectl delete --ignore-not-found", &old),
            _ => ("apply", "kubectl apply", &new),
        };
        let objects = steps.iter().map(|step| object(step, from)).collect::<Result<Vec<_>, _>>()?;
        let name = format!("{:03}-{word}-{}.yaml", first.wave, first.kind.to_lowercase());
        let wait = if first.wave > 1 { "sleep \"${WAIT:-10}\"\n" } else { "" };
        // Writing to a text cannot fail.
        let _ = writeln!(script, "{wait}{command} -f {name}");
        files.push(NewFile { name, text: emit::yaml(&objects).map_err(failed)? });
    }
    files.push(NewFile { name: SCRIPT.to_owned(), text: script });
    output::replace(folder, files, host)?;
    Ok(waves.len())
}

/// What the policies of a side compile to; nothing where it has none.
fn resources(sources: &[Source]) -> Result<Vec<Value>, Failure> {
    let request = CompileRequest { sources: sources.to_vec(), ..CompileRequest::default() };
    let response = api::compile(&request).map_err(failed)?;
    response.resources.iter().map(|resource| serde_json::to_value(resource).map_err(failed)).collect()
}

/// The object of a step. To delete one, its name is enough.
fn object(step: &ApplyStep, from: &[Value]) -> Result<Value, Failure> {
    if let Some(transitional) = &step.transitional {
        return Ok(transitional.clone());
    }
    let is_it = |value: &&Value| {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        text("/kind") == step.kind
            && text("/metadata/namespace") == step.namespace
            && text("/metadata/name") == step.name
    };
    let found = from.iter().find(is_it).ok_or_else(|| {
        vec![format!("internal: {} {}/{} is a step, and not among the resources", step.kind, step.namespace, step.name)]
    })?;
    Ok(match step.action {
        ApplyAction::Delete => json!({
            "apiVersion": found.get("apiVersion"),
            "kind": step.kind,
            "metadata": {"name": step.name, "namespace": step.namespace},
        }),
        _ => found.clone(),
    })
}
