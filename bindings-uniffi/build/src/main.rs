//! `cargo run -p egressc-uniffi-build`: lays out the packages in `bindings-uniffi/dist`.
//!
//! Maven and `RubyGems` make a jar and a gem of what lies there; the Swift package is a folder anyway.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::{Deserializer, Value};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What stands in a template for the version of the workspace, which is written nowhere else.
const VERSION: &str = "@VERSION@";

fn main() -> Outcome<()> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let library = compile(&package)?;
    let file = library.file_name().ok_or("the library has no name")?;
    let dist = package.join("dist");

    let kotlin = lay_out(&package, &dist, "kotlin")?;
    bindings(&package, &library, TargetLanguage::Kotlin, &kotlin.join("src/main/kotlin"))?;
    // Where JNA looks for a library inside a jar.
    add(&library, &kotlin.join("src/main/resources").join(jna_folder()?).join(file))?;
    add(&package.join("../LICENSE"), &kotlin.join("src/main/resources/META-INF/LICENSE"))?;

    let ruby = lay_out(&package, &dist, "ruby")?;
    bindings(&package, &library, TargetLanguage::Ruby, &ruby.join("lib/egressc"))?;
    add(&library, &ruby.join("lib/egressc").join(file))?;

    let swift = lay_out(&package, &dist, "swift")?;
    let generated = dist.join("swift-generated");
    bindings(&package, &library, TargetLanguage::Swift, &generated)?;
    for (from, to) in [
        ("Egressc.swift", "Sources/Egressc/Egressc.swift"),
        ("EgresscFFI.h", "Sources/EgresscFFI/EgresscFFI.h"),
        // The map of UniFFI's is for Apple's platforms alone; ours beside says which library to link.
    ] {
        add(&generated.join(from), &swift.join(to))?;
    }
    fs::remove_dir_all(generated)?;
    add(&library, &swift.join("lib").join(file))?;

    for folder in [&ruby, &swift] {
        add(&package.join("../LICENSE"), &folder.join("LICENSE"))?;
        add(&package.join("README.md"), &folder.join("README.md"))?;
    }
    Ok(())
}

/// Compiles the crate; returns the native library.
fn compile(package: &Path) -> Outcome<PathBuf> {
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--locked", "-p", "egressc-uniffi", "--release", "--message-format=json-render-diagnostics"])
        .current_dir(package)
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("egressc-uniffi does not compile".into());
    }
    for message in Deserializer::from_slice(&built.stdout).into_iter::<Value>() {
        let message = message?;
        if message.get("reason").and_then(Value::as_str) == Some("compiler-artifact")
            && message.pointer("/target/name").and_then(Value::as_str) == Some("egressc_uniffi")
        {
            let file = message.pointer("/filenames/0").and_then(Value::as_str).ok_or("cargo built no library")?;
            return Ok(file.into());
        }
    }
    Err("cargo built no egressc-uniffi".into())
}

/// Copies what is written by hand, with the version put in.
fn lay_out(package: &Path, dist: &Path, language: &str) -> Outcome<PathBuf> {
    let to = dist.join(language);
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    copy(&package.join(language), &to)?;
    Ok(to)
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::write(to, fs::read_to_string(from)?.replace(VERSION, env!("CARGO_PKG_VERSION")))?;
        }
    }
    Ok(())
}

fn add(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to.parent().ok_or("a file in no folder")?)?;
    fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(())
}

/// What `UniFFI`'s generator writes for a language.
fn bindings(package: &Path, library: &Path, language: TargetLanguage, to: &Path) -> Outcome<()> {
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or("a path that is not UTF-8");
    generate(GenerateOptions {
        languages: vec![language],
        source: text(library)?.into(),
        out_dir: text(to)?.into(),
        config_override: Some(text(&package.join("uniffi.toml"))?.into()),
        ..GenerateOptions::default()
    })?;
    Ok(())
}

/// JNA's name for the platform that this program runs on.
fn jna_folder() -> Outcome<String> {
    let system = match env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x86-64",
        known @ ("aarch64" | "riscv64") => known,
        other => return Err(format!("what JNA calls {other} is not written down here").into()),
    };
    Ok(format!("{system}-{processor}"))
}
