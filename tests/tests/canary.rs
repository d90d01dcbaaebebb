//! The core needs nothing from its host: compiled alone to WebAssembly, it imports nothing.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use egressc_tests::{Outcome, root};
use serde_json::{Deserializer, Value};
use wasmparser::{Parser, Payload};

#[test]
fn the_core_alone_imports_nothing() -> Outcome<()> {
    let module = fs::read(build()?)?;
    let mut imports = Vec::new();
    let mut functions = 0;
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(&module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    imports.push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::FunctionSection(section) => functions = section.count(),
            Payload::ExportSection(section) => {
                for export in section {
                    exports.push(export?.name.to_owned());
                }
            }
            _ => {}
        }
    }
    assert_eq!(imports, Vec::<String>::new(), "the core asks its host for these");
    // Not an empty module: the core is in it, down to the pages of its codes.
    assert!(exports.iter().any(|name| name == "calls"), "{exports:?}");
    assert!(functions > 500, "only {functions} functions");
    assert!(module.windows(7).any(|bytes| bytes == b"EGR0101"));
    Ok(())
}

/// Builds the canary and returns where its module is.
fn build() -> Outcome<PathBuf> {
    let built = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args([
            "build",
            "--locked",
            "-p",
            "egressc-canary",
            "--target",
            "wasm32-unknown-unknown",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("the core does not build for wasm32-unknown-unknown; `rustup target add wasm32-unknown-unknown` gets the target".into());
    }
    for message in Deserializer::from_slice(&built.stdout).into_iter::<Value>() {
        let message = message?;
        if message.get("reason").and_then(Value::as_str) == Some("compiler-artifact")
            && message.pointer("/target/name").and_then(Value::as_str) == Some("egressc_canary")
        {
            let module = message
                .get("filenames")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .find(|name| std::path::Path::new(name).extension() == Some("wasm".as_ref()));
            return module.map(PathBuf::from).ok_or_else(|| "the canary has no module".into());
        }
    }
    Err("cargo built no canary".into())
}
