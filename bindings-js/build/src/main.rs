//! `cargo run -p egressc-js-build`: makes `bindings-js/dist`, the npm package.
//!
//! One module serves Node, bundlers and browsers; only the scripts around it differ.
//! The command line is a second one, for Node alone, so that no page loads it.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::{Deserializer, Value};
use wasm_bindgen_cli_support::Bindgen;

/// After rustc's own optimisation for size, -Os makes the module larger once it is compressed, and takes three times as long.
const LEVEL: &str = "-O1";

type Outcome<T> = Result<T, Box<dyn Error>>;

/// `--all-features` would use what Node 20 does not load.
const WASM_OPT: &[&str] = &[
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
    let modules = Modules::compile(&package)?;
    let work = modules.target.join("egressc-js");
    let dist = package.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::create_dir_all(dist.join("bin"))?;

    let module = "egressc_bg.wasm";
    let web = work.join("web");
    // After a trap a module is not to be used again; the scripts then start a fresh one with this.
    let mut glue = Bindgen::new();
    glue.input_path(&modules.library).out_name("egressc").typescript(false).reset_state_function(true);
    // A bundler brings along each file that a script names, also for the entries that load it in another way.
    glue.web(true)?.omit_default_module_path(true).generate(&web)?;
    let node = work.join("node");
    let mut glue = Bindgen::new();
    glue.input_path(&modules.library).out_name("egressc").typescript(false).reset_state_function(true);
    glue.nodejs(true)?.generate(&node)?;
    if fs::read(web.join(module))? != fs::read(node.join(module))? {
        return Err("wasm-bindgen made two different modules, but the package ships one".into());
    }
    optimise(&package, &web.join(module), &work.join("optimised"), &dist.join(module))?;
    fs::copy(web.join("egressc.js"), dist.join("glue.js"))?;
    fs::write(dist.join("glue.cjs"), for_node(&fs::read_to_string(node.join("egressc.js"))?)?)?;
    embed(&package, &dist)?;

    let module = "egressc_cli_bg.wasm";
    let cli = work.join("cli");
    let mut glue = Bindgen::new();
    glue.input_path(&modules.cli).out_name("egressc_cli").typescript(false);
    glue.nodejs(true)?.generate(&cli)?;
    optimise(&package, &cli.join(module), &work.join("optimised-cli"), &dist.join("bin").join(module))?;
    fs::copy(cli.join("egressc_cli.js"), dist.join("bin/glue.cjs"))?;

    for folder in ["", "bin"] {
        copy_scripts(&package.join("npm").join(folder), &dist.join(folder))?;
    }
    fs::copy(package.join("README.md"), dist.join("README.md"))?;
    fs::copy(package.join("../LICENSE"), dist.join("LICENSE"))?;
    Ok(())
}

/// Node's script, which reads the module by `read.cjs`, where an error names the remedy; and with what Node calls these
/// classes, since jsdom, Jest's environment for pages, has no such globals.
fn for_node(script: &str) -> Outcome<String> {
    const READS: &str =
        "const wasmPath = `${__dirname}/egressc_bg.wasm`;\nconst wasmBytes = require('fs').readFileSync(wasmPath);\n";
    let (before, after) =
        script.split_once(READS).ok_or("wasm-bindgen's script for Node reads the module otherwise")?;
    Ok(format!(
        "const {{ TextDecoder, TextEncoder }} = require(\"node:util\");\n{before}const wasmBytes = require(\"./read.cjs\");\n{after}"
    ))
}

/// Writes the scripts that contain the module as text.
fn embed(package: &Path, dist: &Path) -> Outcome<()> {
    let status = Command::new("node").arg(package.join("embed.js")).arg(dist).status()?;
    if status.success() { Ok(()) } else { Err("embed.js failed".into()) }
}

fn copy_scripts(from: &Path, to: &Path) -> Outcome<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().ok_or("a file without a name")?;
        match name.to_str() {
            _ if path.is_dir() => {}
            Some("package.json") => fs::write(to.join(name), manifest(&path)?)?,
            Some("types.d.ts") => {
                // The same declarations twice: TypeScript tells modules apart by the end of the name.
                for twin in ["types.d.ts", "types.d.cts"] {
                    fs::copy(&path, to.join(twin))?;
                }
            }
            _ => {
                fs::copy(&path, to.join(name))?;
            }
        }
    }
    Ok(())
}

/// What cargo has built.
struct Modules {
    library: PathBuf,
    cli: PathBuf,
    /// The target folder.
    target: PathBuf,
}

impl Modules {
    fn compile(package: &Path) -> Outcome<Self> {
        let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--locked", "-p", "egressc-js", "-p", "egressc-js-cli"])
            .args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"])
            .arg("--message-format=json-render-diagnostics")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", remapped()?)
            .current_dir(package)
            .stderr(Stdio::inherit())
            .output()?;
        if !built.status.success() {
            return Err("the modules do not compile; if the target is missing, \
                `rustup target add wasm32-unknown-unknown` gets it"
                .into());
        }
        let module = |name: &str| -> Outcome<PathBuf> {
            for message in Deserializer::from_slice(&built.stdout).into_iter::<Value>() {
                let message = message?;
                if message.get("reason").and_then(Value::as_str) == Some("compiler-artifact")
                    && message.pointer("/target/name").and_then(Value::as_str) == Some(name)
                {
                    let files = message.get("filenames").and_then(Value::as_array).into_iter().flatten();
                    let mut files = files.filter_map(Value::as_str).map(PathBuf::from);
                    let module = files.find(|file| file.extension().is_some_and(|end| end == "wasm"));
                    return module.ok_or_else(|| "cargo built no module".into());
                }
            }
            Err(format!("cargo built no {name}").into())
        };
        let library = module("egressc_js")?;
        // <target>/wasm32-unknown-unknown/wasm/egressc_js.wasm
        let target = library.ancestors().nth(3).ok_or("the module lies in no target folder")?.to_owned();
        Ok(Self { library, cli: module("egressc_js_cli")?, target })
    }
}

/// Keeps the folders of whoever builds out of the modules, so that they are the same wherever they are built.
fn remapped() -> Outcome<OsString> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().ok_or("there is no home folder")?.join(".cargo"),
    };
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(home);
    flag.push("=/cargo");
    Ok(flag)
}

/// Runs wasm-opt, unless it has done this very module before, as far.
fn optimise(package: &Path, module: &Path, work: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(work)?;
    let (done, result) = (work.join(format!("input{LEVEL}.wasm")), work.join(format!("output{LEVEL}.wasm")));
    let input = fs::read(module)?;
    if !(result.exists() && fs::read(&done).is_ok_and(|before| before == input)) {
        let tool = package.join("node_modules/.bin/wasm-opt");
        let status = Command::new(&tool).arg(LEVEL).args(WASM_OPT).arg(module).arg("-o").arg(&result).status();
        let status =
            status.map_err(|error| format!("{}: {error}; `npm ci` in bindings-js installs it", tool.display()))?;
        if !status.success() {
            return Err("wasm-opt failed".into());
        }
        fs::write(done, input)?;
    }
    fs::copy(result, to)?;
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
