//! What egressc is made of: what is linked into it, what runs while it is built, and where its code is not checked by the compiler.
//!
//! Each list here is one that a person has read. What is new has to be added, with a reason in the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use egressc_tests::{Outcome, files, root};
use serde_json::Value;

/// Files with `unsafe`, which no other file has.
const UNSAFE: [(&str, &str); 4] = [
    ("bindings-wasm/src/lib.rs", "exports with fixed names"),
    ("tests/canary/src/lib.rs", "an export with a fixed name"),
    ("tests/src/steps.rs", "a function that the compiler calls at each step"),
    ("tests/tests/work/counter.rs", "an allocator that counts"),
];

/// Packages that run a program of their own while the packages of the column are built, or are linked into them.
const BUILD_SCRIPTS: [(&str, &[&str]); 5] = [
    (
        "egressc-core",
        &["libc", "num-traits", "proc-macro2", "quote", "serde", "serde_core", "serde_json", "thiserror", "zmij"],
    ),
    ("egressc", &["crossbeam-deque", "crossbeam-epoch", "crossbeam-utils", "libmimalloc-sys", "rustix"]),
    ("egressc-js", &["rustversion", "wasm-bindgen", "wasm-bindgen-shared"]),
    (
        "egressc-python",
        &[
            "crossbeam-deque",
            "crossbeam-epoch",
            "crossbeam-utils",
            "libmimalloc-sys",
            "portable-atomic",
            "pyo3",
            "pyo3-ffi",
            "rustix",
            "target-lexicon",
        ],
    ),
    ("egressc-uniffi", &["anyhow", "camino", "fs-err", "getrandom", "rustix"]),
];

/// The workspace with all that it depends on.
struct Graph {
    packages: BTreeMap<String, Value>,
    /// Of each package, those that it needs to be built.
    needs: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Outcome<Self> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(root())
            .output()?;
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let packages = list(&metadata, "packages").into_iter().map(|package| (text(&package, "id"), package));
        let needed = |node: &Value| {
            let wanted = list(node, "deps").into_iter().filter(|dependency| {
                // Those of tests are in no artefact.
                list(dependency, "dep_kinds").iter().any(|kind| kind["kind"].is_null() || kind["kind"] == "build")
            });
            wanted.map(|dependency| text(&dependency, "pkg")).collect()
        };
        let nodes = list(metadata.get("resolve").unwrap_or(&Value::Null), "nodes");
        let needs = nodes.iter().map(|node| (text(node, "id"), needed(node))).collect();
        Ok(Self { packages: packages.collect(), needs })
    }

    /// A package of the workspace and all that it needs.
    fn with_needs(&self, name: &str) -> BTreeSet<&str> {
        let own = self.packages.iter().filter(|(_, package)| package["name"] == name && package["source"].is_null());
        let mut open: Vec<&str> = own.map(|(id, _)| id.as_str()).collect();
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(self.needs.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        found
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn only_listed_files_have_unsafe_code() -> Outcome<()> {
    let mut found = BTreeSet::new();
    for folder in ["core", "cli", "bindings-js", "bindings-python", "bindings-uniffi", "bindings-wasm", "tests", "fuzz"]
    {
        for path in files(&root().join(folder), "rs")? {
            let name = path.strip_prefix(root())?.display().to_string();
            let is_built = name.split('/').any(|part| ["node_modules", "target", "dist", ".venv"].contains(&part));
            // What is said about it, and this file, is no code.
            let code = |line: &&str| {
                !line.trim_start().starts_with("//")
                    && !line.contains("unsafe_code")
                    && !line.contains("'unsafe-inline'")
            };
            let text = fs::read_to_string(&path)?;
            let words =
                text.lines().filter(code).flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
            if !is_built && !name.ends_with("supply_chain.rs") && words.into_iter().any(|word| word == "unsafe") {
                found.insert(name);
            }
        }
    }
    assert_eq!(found, UNSAFE.map(|(file, _)| file.to_owned()).into());
    for library in ["core/src/lib.rs", "cli/src/lib.rs"] {
        assert!(fs::read_to_string(root().join(library))?.starts_with("#![forbid(unsafe_code)]"), "{library}");
    }
    Ok(())
}

#[test]
fn only_listed_packages_run_while_egressc_is_built() -> Outcome<()> {
    let graph = Graph::read()?;
    let core: BTreeSet<&str> = BUILD_SCRIPTS.iter().take(1).flat_map(|(_, names)| *names).copied().collect();
    for (artefact, listed) in BUILD_SCRIPTS {
        let mut run = BTreeSet::new();
        for id in graph.with_needs(artefact) {
            let package = &graph.packages[id];
            let targets = package["targets"].as_array().into_iter().flatten();
            let has_script =
                targets.filter_map(|target| target["kind"].as_array()).flatten().any(|kind| kind == "custom-build");
            assert!(
                !has_script || !package["source"].is_null(),
                "{id}: a package of the workspace has no build script"
            );
            // Only the generators of types use it.
            if has_script && package["name"] != "ref-cast" {
                run.insert(package["name"].as_str().unwrap_or_default());
            }
        }
        let listed: BTreeSet<&str> = core.iter().copied().chain(listed.iter().copied()).collect();
        assert_eq!(run, listed, "{artefact}");
    }
    Ok(())
}

#[test]
fn every_package_is_of_the_registry_and_has_a_listed_licence() -> Outcome<()> {
    let settings = fs::read_to_string(root().join("deny.toml"))?;
    let line = settings.lines().find_map(|line| line.strip_prefix("allow = ")).unwrap_or_default();
    let allowed: Vec<String> = serde_json::from_str(line)?;
    let is_allowed = |licence: &str| {
        let one = |text: &str| allowed.iter().any(|each| each == text.trim().trim_matches(['(', ')']));
        licence.split(" AND ").all(|part| part.split(" OR ").flat_map(|part| part.split('/')).any(one))
    };
    let graph = Graph::read()?;
    let workspace = graph.packages.values().filter(|package| package["source"].is_null());
    let names: Vec<String> = workspace.map(|package| text(package, "name")).collect();
    for id in names.iter().flat_map(|name| graph.with_needs(name)).collect::<BTreeSet<&str>>() {
        let package = &graph.packages[id];
        let (name, licence) = (text(package, "name"), text(package, "license"));
        let source = package["source"].as_str();
        assert!(source.is_none_or(|source| source == "registry+https://github.com/rust-lang/crates.io-index"), "{id}");
        let is_exception =
            licence == "MPL-2.0" && settings.contains(&format!("allow = [\"MPL-2.0\"], crate = \"{name}\""));
        assert!(is_allowed(&licence) || is_exception, "{id}: {licence}");
    }
    Ok(())
}
