//! `cargo run -p egressc-js-build`: makes `bindings-js/dist`, the npm package.
//!
//! One module serves Node, bundlers and browsers; only the scripts around it differ.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::{Deserializer, Value};
use wasm_bindgen_cli_support::Bindgen;

type Outcome<T> = Result<T, Box<dyn Error>>;

const MODULE: &str = "egressc_bg.wasm";

/// `--all-features` would use what Node 20 does not load.
const WASM_OPT: &[&str] = &[
    "-O3",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
    "--strip-producers",
];

fn main() -> Outcome<()> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let (compiled, target) = compile(&package)?;
    let work = target.join("egressc-js");
    let dist = package.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::create_dir_all(&dist)?;
    fs::create_dir_all(&work)?;

    let glue = |folder: &str| -> Outcome<(Bindgen, PathBuf)> {
        let mut bindgen = Bindgen::new();
        // After a trap a module is not to be used again; the scripts then start a fresh one with this.
        bindgen.input_path(&compiled).out_name("egressc").typescript(false).reset_state_function(true);
        Ok((bindgen, work.join(folder)))
    };
    let (mut bindgen, web) = glue("web")?;
    bindgen.web(true)?.generate(&web)?;
    let (mut bindgen, node) = glue("node")?;
    bindgen.nodejs(true)?.generate(&node)?;
    if fs::read(web.join(MODULE))? != fs::read(node.join(MODULE))? {
        return Err("wasm-bindgen made two different modules, but the package ships one".into());
    }
    optimise(&package, &web.join(MODULE), &work.join("optimised"))?;

    fs::copy(work.join("optimised").join(MODULE), dist.join(MODULE))?;
    fs::copy(web.join("egressc.js"), dist.join("glue.js"))?;
    fs::copy(node.join("egressc.js"), dist.join("glue.cjs"))?;
    for entry in fs::read_dir(package.join("npm"))? {
        let path = entry?.path();
        let name = path.file_name().ok_or("a file without a name")?;
        match name.to_str() {
            Some("package.json") => fs::write(dist.join(name), manifest(&path)?)?,
            Some("types.d.ts") => {
                // The same declarations twice: TypeScript tells modules apart by the end of the name.
                for twin in ["types.d.ts", "types.d.cts"] {
                    fs::copy(&path, dist.join(twin))?;
                }
            }
            _ => {
                fs::copy(&path, dist.join(name))?;
            }
        }
    }
    fs::copy(package.join("README.md"), dist.join("README.md"))?;
    fs::copy(package.join("../LICENSE"), dist.join("LICENSE"))?;
    Ok(())
}

/// Compiles the crate to WebAssembly; returns the module and the target folder.
fn compile(package: &Path) -> Outcome<(PathBuf, PathBuf)> {
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--locked", "-p", "egressc-js", "--profile", "wasm", "--target", "wasm32-unknown-unknown"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(package)
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err(
            "egressc-js does not compile; if the target is missing, `rustup target add wasm32-unknown-unknown` gets it"
                .into(),
        );
    }
    for message in Deserializer::from_slice(&built.stdout).into_iter::<Value>() {
        let message = message?;
        if message.get("reason").and_then(Value::as_str) == Some("compiler-artifact")
            && message.pointer("/target/name").and_then(Value::as_str) == Some("egressc_js")
        {
            let files =
                message.get("filenames").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let module = files.map(PathBuf::from).find(|file| file.extension().is_some_and(|end| end == "wasm"));
            let module = module.ok_or("cargo built no module")?;
            // <target>/wasm32-unknown-unknown/wasm/egressc_js.wasm
            let target = module.ancestors().nth(3).ok_or("the module lies in no target folder")?.to_owned();
            return Ok((module, target));
        }
    }
    Err("cargo built no egressc-js".into())
}

/// Runs wasm-opt, unless it has done this very module before.
fn optimise(package: &Path, module: &Path, out: &Path) -> Outcome<()> {
    fs::create_dir_all(out)?;
    let (done, result) = (out.join("input.wasm"), out.join(MODULE));
    let input = fs::read(module)?;
    if result.exists() && fs::read(&done).is_ok_and(|before| before == input) {
        return Ok(());
    }
    let tool = package.join("node_modules/.bin/wasm-opt");
    let status = Command::new(&tool).args(WASM_OPT).arg(module).arg("-o").arg(&result).status();
    if !status.map_err(|error| format!("{}: {error}; `npm ci` in bindings-js installs it", tool.display()))?.success() {
        return Err("wasm-opt failed".into());
    }
    fs::write(done, input)?;
    Ok(())
}

/// The manifest with the version of the workspace, which is written nowhere else.
///
/// As text, since the order of conditions in `exports` is part of their meaning.
fn manifest(template: &Path) -> Outcome<String> {
    let text = fs::read_to_string(template)?;
    let (open, fields) = text.split_once('\n').ok_or("npm/package.json is empty")?;
    Ok(format!("{open}\n  \"version\": \"{}\",\n{fields}", env!("CARGO_PKG_VERSION")))
}
