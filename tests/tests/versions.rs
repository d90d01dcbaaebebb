//! One version of everything, written in one place.

use std::fs;

use egressc_core::api::about;
use egressc_tests::{Outcome, root};
use serde_json::Value;

/// What `Cargo.toml` of the workspace says.
fn workspace() -> Outcome<String> {
    let manifest = read("Cargo.toml")?;
    let package = manifest.split("[workspace.package]").nth(1).ok_or("no [workspace.package]")?;
    Ok(field(package, "version").ok_or("no version")?.to_owned())
}

/// The other packages get theirs when they are built: the tests of each compare it with `about`.
#[test]
fn every_package_has_the_version_of_the_workspace() -> Outcome<()> {
    let version = workspace()?;
    assert_eq!(about().version, version);
    for member in [
        "core",
        "cli",
        "bindings-js",
        "bindings-js/build",
        "bindings-python",
        "bindings-uniffi",
        "bindings-uniffi/build",
        "tests",
        "tests/canary",
    ] {
        let manifest = read(&format!("{member}/Cargo.toml"))?;
        assert!(manifest.contains("\nversion.workspace = true\n"), "{member}/Cargo.toml has a version of its own");
    }
    // Released together, so pinned to each other exactly.
    let manifest = read("Cargo.toml")?;
    for line in manifest.lines().filter(|line| line.starts_with("egressc") && line.contains("path = ")) {
        assert!(line.contains(&format!("version = \"={version}\"")), "{line}");
    }
    Ok(())
}

#[test]
fn no_package_stores_it_again() -> Outcome<()> {
    for manifest in ["bindings-js/package.json", "bindings-js/npm/package.json", "playground/package.json"] {
        let manifest: Value = serde_json::from_str(&read(manifest)?)?;
        assert_eq!(manifest.get("version"), None);
    }
    let project = read("bindings-python/pyproject.toml")?;
    assert!(project.contains("\ndynamic = [\"version\"]\n"));
    assert_eq!(field(&project, "version"), None);
    for (manifest, place) in [
        ("bindings-uniffi/kotlin/pom.xml", "\n  <version>@VERSION@</version>\n"),
        ("bindings-uniffi/ruby/egressc.gemspec", "\n  spec.version = \"@VERSION@\"\n"),
        ("bindings-uniffi/ruby/lib/egressc.rb", "\n  VERSION = \"@VERSION@\"\n"),
    ] {
        assert!(read(manifest)?.contains(place), "{manifest}");
    }
    // A reader copies this line.
    let line = format!("implementation(\"dev.egressc:egressc:{}\")", workspace()?);
    assert!(read("bindings-uniffi/README.md")?.contains(&line), "bindings-uniffi/README.md does not have {line}");
    // Ansible takes it from nowhere else, so that it is at least the same.
    let galaxy = read("integrations/ansible/galaxy.yml")?;
    assert!(galaxy.contains(&format!("\nversion: {}\n", workspace()?)), "integrations/ansible/galaxy.yml");
    Ok(())
}

/// The generators read what the macros wrote into the library.
#[test]
fn uniffi_and_its_generators_are_of_one_version() -> Outcome<()> {
    let lock = read("Cargo.lock")?;
    let library = locked(&lock, "uniffi");
    assert_eq!(library.len(), 1);
    assert_eq!(library, locked(&lock, "uniffi_bindgen"));
    Ok(())
}

/// The tool reads what the crate wrote; other versions of it refuse, at best.
#[test]
fn wasm_bindgen_and_its_tool_are_of_one_version() -> Outcome<()> {
    let lock = read("Cargo.lock")?;
    let library = locked(&lock, "wasm-bindgen");
    assert_eq!(library.len(), 1);
    assert_eq!(library, locked(&lock, "wasm-bindgen-cli-support"));
    Ok(())
}

/// Who builds from the source distribution gets the tool that the wheels are built with.
#[test]
fn maturin_is_of_one_version() -> Outcome<()> {
    let project = read("bindings-python/pyproject.toml")?;
    let pinned = project.split("requires = [\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("no requires")?;
    for lock in ["requirements.in", "requirements.txt"] {
        let text = read(&format!("bindings-python/{lock}"))?;
        assert!(text.lines().any(|line| line.trim_end_matches(" \\") == pinned), "{lock} does not have {pinned}");
    }
    Ok(())
}

/// Lock files are the same on every machine: hashes, not the addresses that one machine used.
#[test]
fn lock_files_name_no_registry() -> Outcome<()> {
    let mut locks: Vec<String> = [
        "bindings-js/package-lock.json",
        "playground/package-lock.json",
        "bindings-python/requirements.txt",
        "bindings-uniffi/tests/swift/requirements.txt",
        "integrations/requirements.txt",
    ]
    .map(Into::into)
    .into();
    for tool in fs::read_dir(root().join("bindings-js/bundlers"))? {
        let tool = tool?;
        if tool.file_type()?.is_dir() {
            locks.push(format!("bindings-js/bundlers/{}/package-lock.json", tool.file_name().display()));
        }
    }
    for lock in &locks {
        let text = read(lock)?;
        assert!(text.contains("sha512-") || text.contains("--hash=sha256:"), "{lock} has no hashes");
        for word in ["\"resolved\"", "--index-url", "--find-links", "--trusted-host"] {
            assert!(!text.contains(word), "{lock} has {word}");
        }
    }
    Ok(())
}

fn read(path: &str) -> Outcome<String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}").into())
}

/// The versions of a package in `Cargo.lock`.
fn locked<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("name = \"{name}\"\n");
    lock.split("[[package]]")
        .filter(|package| package.contains(&head))
        .filter_map(|package| field(package, "version"))
        .collect()
}

/// The first `name = "value"` of a text.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name} = \"");
    text.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
}
