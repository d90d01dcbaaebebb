//! Which part of the core knows which other, and what the borders may not do.
//!
//! A new edge is a decision: write it into the table here, with a reason in the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use egressc_tests::imports::{circles, edges};
use egressc_tests::{Outcome, files, root};

/// Each module of the core, and the modules that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("diagnostic", &["source"]),
    ("syntax", &["source", "diagnostic"]),
    ("resource", &["source", "diagnostic", "syntax"]),
    ("model", &["source", "resource"]),
    // Mistakes in policies, to test their tests with.
    ("mutate", &["source", "model"]),
    ("resolve", &["source", "diagnostic", "resource", "model"]),
    // What the written resources are called and where they stand: decided before any of them exists.
    ("scheme", &["resource", "model"]),
    ("check", &["source", "diagnostic", "resource", "model", "resolve", "scheme"]),
    // Of `model` and `source` it has only where an object comes from.
    ("manifest", &["source", "resource", "model"]),
    // Of `check` it has only `Valid`.
    ("lower", &["resource", "model", "check", "manifest", "scheme"]),
    // Whose an object is; it knows neither those that are written nor those that are read.
    ("origin", &[]),
    ("emit", &["resource", "manifest", "origin"]),
    // Istio's objects as they are read; of those that are written it knows their marks.
    ("istio", &["source", "syntax", "resource", "origin"]),
    // Neither `lower` nor `manifest`: an evaluator that knew how the output is made would share its mistakes.
    ("trace", &["source", "resource", "model", "istio"]),
    // The requests that stand for all: of generated objects as they are written, of all others as they are read.
    ("universe", &["source", "resource", "model", "manifest", "istio", "trace"]),
    // It asks the evaluator for the requests that the author of an object means.
    ("lint", &["source", "diagnostic", "syntax", "resource", "model", "scheme", "istio", "trace", "universe"]),
    (
        "prove",
        &["source", "diagnostic", "resource", "model", "check", "manifest", "istio", "trace", "origin", "universe"],
    ),
    // Of `universe` it asks which requests a flow declares.
    ("facts", &["source", "diagnostic", "resource", "model", "scheme", "istio", "trace", "universe"]),
    ("reach", &["source", "model", "istio", "trace", "universe"]),
    ("diff", &["model", "reach", "resource", "source", "trace", "universe"]),
    // What is applied, and nothing of what it means.
    ("rollout", &["manifest", "resource"]),
    (
        "api",
        &[
            "source",
            "diagnostic",
            "syntax",
            "resource",
            "model",
            "resolve",
            "check",
            "manifest",
            "lower",
            "emit",
            "istio",
            "trace",
            "prove",
            "facts",
            "mutate",
            "universe",
            "reach",
            "diff",
            "rollout",
            "lint",
        ],
    ),
];

/// The parts of `trace::outcome`: what istiod knows, what a proxy does with it, and the few nouns that both share.
const OUTCOME_MAY_USE: &[(&str, &[&str])] = &[
    ("host_name", &[]),
    ("host_index", &["host_name"]),
    ("ids", &[]),
    ("creation_order", &[]),
    ("assumptions", &["creation_order", "host_index", "ids"]),
    // What the control plane knows before any request: it does not know the proxies that use it.
    ("istiod", &["assumptions", "creation_order", "host_index", "host_name", "ids"]),
    ("proxy", &["assumptions", "creation_order", "host_index", "host_name", "ids", "istiod"]),
    ("direct_calls", &["host_name", "istiod"]),
    // What runs have in common, and what they differ by, in words.
    ("agreement", &[]),
    ("decision_tree", &["agreement", "assumptions"]),
    ("chance", &["agreement", "decision_tree"]),
    ("condition", &["assumptions", "creation_order", "ids", "istiod"]),
    // After the trace: it knows what istiod knows, and nothing of the steps.
    ("alias", &["istiod"]),
    ("unused", &["assumptions", "host_index", "host_name", "ids", "istiod"]),
    (
        "mod",
        &[
            "agreement",
            "alias",
            "assumptions",
            "chance",
            "condition",
            "decision_tree",
            "direct_calls",
            "istiod",
            "proxy",
            "unused",
        ],
    ),
];

/// The steps of a proxy, in Envoy's order: each knows the results of earlier ones, and none calls another.
const PROXY_MAY_USE: &[(&str, &[&str])] = &[
    ("path_normalization", &[]),
    ("headers", &[]),
    ("request", &["headers", "path_normalization"]),
    ("connection", &["request"]),
    ("journey", &[]),
    ("external_name", &["connection", "journey"]),
    ("dialled_address", &["external_name", "journey"]),
    ("listener", &["connection", "dialled_address", "external_name", "journey"]),
    ("filter_chain", &["connection", "dialled_address", "journey", "listener", "request"]),
    ("http_inspector", &["connection", "request"]),
    ("http_codec", &["filter_chain", "headers", "journey", "path_normalization", "request"]),
    ("rbac", &["filter_chain", "journey", "listener", "request"]),
    ("target", &["connection"]),
    ("patches", &["connection", "filter_chain", "journey", "listener", "target"]),
    ("route", &["connection", "external_name", "filter_chain", "headers", "journey", "request", "target"]),
    ("cluster", &["connection", "journey", "target"]),
    ("endpoint", &["cluster", "connection", "dialled_address", "journey", "request"]),
    ("ztunnel", &["journey"]),
    (
        "mod",
        &[
            "cluster",
            "connection",
            "dialled_address",
            "endpoint",
            "filter_chain",
            "http_codec",
            "http_inspector",
            "journey",
            "listener",
            "patches",
            "rbac",
            "request",
            "route",
            "ztunnel",
        ],
    ),
];

/// What is used in one place, so that it can be exchanged there.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("granit_parser", &["syntax"]),
    ("serde_saphyr", &["emit"]),
    ("annotate_snippets", &["diagnostic"]),
    ("sha2", &["scheme", "origin"]),
    // Derives: the border, what is written, what a digest is of, and the words that are part of answers.
    ("serde", &["api", "manifest", "emit", "origin", "istio", "trace", "diagnostic", "source", "resource"]),
    // Values: the border and the edges of the stages; nothing between them.
    ("serde_json", &["api", "emit", "istio", "origin", "prove", "resource"]),
    ("thiserror", &["api"]),
];

#[test]
fn the_core_has_the_edges_of_the_table_and_no_others() -> Outcome<()> {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (module, path, code) in core()? {
        // `stages` names all of them, for the tests.
        if module == "lib" || module == "stages" {
            continue;
        }
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{path}: module `{module}` is not in the table"));
            continue;
        };
        for name in paths(&code, "crate") {
            if name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{path}: `{module}` may not know `{name}`"));
            }
            used.insert((module.clone(), name));
        }
        // Either would hide an edge from this test.
        for way in ["use crate::{", "super::super::super"] {
            if code.contains(way) {
                wrong.push(format!("{path}: write out `{way}`"));
            }
        }
    }
    for (module, allowed) in MAY_USE {
        for name in *allowed {
            let edge = ((*module).to_owned(), (*name).to_owned());
            if *module != "api" && !used.contains(&edge) {
                wrong.push(format!("the table lets `{module}` know `{name}`, and it does not: take the edge out"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_evaluator_has_the_edges_of_its_tables_and_no_others() -> Outcome<()> {
    let mut wrong = Vec::new();
    for (folder, table) in [("trace/outcome", OUTCOME_MAY_USE), ("trace/outcome/proxy", PROXY_MAY_USE)] {
        let allowed: BTreeSet<(&str, &str)> =
            table.iter().flat_map(|(part, uses)| uses.iter().map(move |used| (*part, *used))).collect();
        let found = edges_between_parts(folder)?;
        let found: BTreeSet<(&str, &str)> = found.iter().map(|(part, used)| (part.as_str(), used.as_str())).collect();
        wrong
            .extend(found.difference(&allowed).map(|(part, used)| format!("{folder}: `{part}` may not know `{used}`")));
        wrong.extend(allowed.difference(&found).map(|(part, used)| {
            format!("{folder}: the table lets `{part}` know `{used}`, and it does not: take the edge out")
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The imports between the parts of a folder of the core: its files, and its folders as wholes.
fn edges_between_parts(folder: &str) -> Outcome<BTreeSet<(String, String)>> {
    let source = root().join("core/src");
    let part = |file: &str| {
        let inside = Path::new(file).strip_prefix(folder).ok()?;
        let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
        Some(first.trim_end_matches(".rs").to_owned())
    };
    let mut between = BTreeSet::new();
    for (file, imported) in edges(&source, &source.join(folder))? {
        for other in imported {
            between.extend(part(&file).zip(part(&other)).filter(|(part, used)| part != used));
        }
    }
    Ok(between)
}

/// Where files may not need each other: a reader can read them one by one.
const WITHOUT_CIRCLES: &[(&str, &[&str])] = &[
    (
        "core/src",
        &[
            "api",
            "check",
            "diagnostic",
            "diff",
            "emit",
            "facts",
            "istio",
            "lint",
            "lower",
            "manifest",
            "model",
            "mutate",
            "origin",
            "prove",
            "reach",
            "resolve",
            "resource",
            "rollout",
            "scheme",
            "source",
            "syntax",
            "trace",
            "universe",
        ],
    ),
    ("cli/src", &[""]),
    ("tests/src", &[""]),
    ("bindings-js/src", &[""]),
    ("bindings-js/build/src", &[""]),
    ("bindings-js/cli/src", &[""]),
    ("bindings-python/src", &[""]),
    ("bindings-uniffi/src", &[""]),
    ("bindings-uniffi/build/src", &[""]),
];

/// An evaluator that shared a word with the policies, or a judge that shared one with Istio's objects, would share its
/// mistakes.
#[test]
fn the_two_evaluators_share_nothing_but_the_question() -> Outcome<()> {
    let folder = root().join("core/src/trace");
    let mut wrong = Vec::new();
    let mut held = |path: &str, code: &str, words: &[&str]| {
        for word in words {
            if code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == *word) {
                wrong.push(format!("{path}: `{word}` belongs to the other evaluator"));
            }
        }
    };
    for (path, code) in sources(&folder.join("outcome"))? {
        held(&path, &code, &["PolicySet", "Policy", "PolicyId", "Flow", "Exit", "Intent", "Intents", "intent"]);
    }
    let (path, code) = sources(&folder)?
        .into_iter()
        .find(|(path, _)| path.ends_with("trace/intent.rs"))
        .ok_or("core/src/trace/intent.rs is not there")?;
    held(&path, &code, &["istio", "outcome", "Objects", "Simulation"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn files_do_not_import_each_other_in_a_circle() -> Outcome<()> {
    let mut wrong = Vec::new();
    for (source, folders) in WITHOUT_CIRCLES {
        let source = root().join(source);
        for folder in *folders {
            wrong.extend(circles(&edges(&source, &source.join(folder))?));
        }
    }
    assert!(wrong.is_empty(), "circles of imports:\n{}", wrong.join("\n"));
    Ok(())
}

/// Names that several modules of the core give to a type, and why. Everywhere else one name is one thing.
///
/// `api` is not compared: its types are the plain forms of the core's, which cross the border under the same names.
const SHARED_NAMES: &[(&str, &[&str])] = &[
    // Istio's own names. `manifest` has what is written and `istio` what is read; the page of `manifest` says why.
    ("AuthorizationAction", &["manifest", "istio"]),
    ("AuthorizationPolicy", &["manifest", "istio"]),
    ("AuthorizationRule", &["manifest", "istio"]),
    ("Condition", &["manifest", "istio"]),
    ("DestinationRule", &["manifest", "istio"]),
    ("HttpMatch", &["manifest", "istio"]),
    ("HttpRoute", &["manifest", "istio"]),
    ("Object", &["manifest", "istio"]),
    ("Operation", &["manifest", "istio"]),
    ("Resolution", &["manifest", "istio"]),
    ("Server", &["manifest", "istio"]),
    ("ServerTls", &["manifest", "istio"]),
    ("ServiceEntry", &["manifest", "istio"]),
    ("ServicePort", &["manifest", "istio"]),
    ("Subset", &["manifest", "istio"]),
    ("TlsSettings", &["manifest", "istio"]),
    ("TrafficPolicy", &["manifest", "istio"]),
    ("VirtualService", &["manifest", "istio"]),
    // A policy's `to` item; where an Istio route leads.
    ("Destination", &["manifest", "istio", "model"]),
    // The gateway that a policy names, with its Service and pods; Istio's object.
    ("Gateway", &["manifest", "istio", "model"]),
    // An object's; a caller's.
    ("Identity", &["origin", "trace"]),
    // A policy's `port`; a port in Istio's index of services.
    ("Port", &["resource", "trace"]),
    // What a policy declares; what Istio takes a port for.
    ("Protocol", &["resource", "trace"]),
    // Kubernetes' object; an entry of Istio's index of services.
    ("Service", &["istio", "trace"]),
    // A given text; the field of an authorization rule.
    ("Source", &["manifest", "istio", "source"]),
    // A Service's `targetPort` as it is written; as far as it is known after linking.
    ("TargetPort", &["istio", "model"]),
];

#[test]
fn one_name_is_one_thing() -> Outcome<()> {
    let mut places: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (module, _, code) in core()?.into_iter().filter(|(module, _, _)| module != "api") {
        for name in type_names(&code) {
            let count = places.entry(name).or_default().entry(module.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }
    let table: BTreeMap<&str, BTreeSet<&str>> =
        SHARED_NAMES.iter().map(|(name, modules)| (*name, modules.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    for (name, modules) in &places {
        let found: BTreeSet<&str> = modules.keys().map(String::as_str).collect();
        let is_shared = found.len() > 1 || modules.values().any(|count| *count > 1);
        match table.get(name.as_str()) {
            Some(expected) if *expected == found && modules.values().all(|count| *count == 1) => {}
            Some(_) => wrong.push(format!("`{name}` is defined in {modules:?}, which is not what the table says")),
            None if is_shared => wrong.push(format!("`{name}` names several things, in {modules:?}")),
            None => {}
        }
    }
    wrong.extend(
        table.keys().filter(|name| !places.contains_key(**name)).map(|name| format!("no type is called `{name}`")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The types that code defines outside of functions and `impl` blocks.
fn type_names(code: &str) -> Vec<String> {
    let names = code.lines().filter_map(|line| {
        let line = line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or("", |(_, rest)| rest));
        let rest = ["struct ", "enum ", "trait ", "type ", "union "].iter().find_map(|word| line.strip_prefix(word))?;
        Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    });
    names.collect()
}

#[test]
fn other_crates_are_used_where_the_table_says() -> Outcome<()> {
    let mut wrong = Vec::new();
    for (module, path, code) in core()? {
        for (name, allowed) in ONLY_IN {
            if !paths_of(&code, name).is_empty() && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{path}: `{module}` may not use {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A border converts, calls and converts back; what policies mean is said once, in the core.
#[test]
fn the_borders_know_the_calls_and_nothing_else() -> Outcome<()> {
    let words = ["policy", "gateway", "istio", "mesh", "namespace", "host", "port", "rule", "severity", "EGR0"];
    let mut wrong = Vec::new();
    for folder in ["bindings-js/src", "bindings-js/cli/src", "bindings-python/src", "bindings-uniffi/src"] {
        for (path, code) in sources(&root().join(folder))? {
            // What a command line asks of where it runs is called a host too.
            let words = words.iter().filter(|word| **word != "host" || !of_command_line(&path));
            for word in words {
                if code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part.eq_ignore_ascii_case(word)) {
                    wrong.push(format!("{path}: `{word}` belongs into the core"));
                }
            }
            for name in paths(&code, "egressc_core") {
                if name != "api" {
                    wrong.push(format!("{path}: a border knows `egressc_core::api`, not `{name}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn of_command_line(path: &str) -> bool {
    path.ends_with("command_line.rs") || path.contains("/bindings-js/cli/")
}

#[test]
fn no_file_is_too_long_to_read() -> Outcome<()> {
    const MOST_LINES: usize = 800;
    let mut wrong = Vec::new();
    for folder in [
        "core/src",
        "cli/src",
        "bindings-js/src",
        "bindings-js/build/src",
        "bindings-js/cli/src",
        "bindings-python/src",
        "bindings-uniffi/src",
        "bindings-uniffi/build/src",
        "tests/src",
        "tests/tests",
    ] {
        for path in files(&root().join(folder), "rs")? {
            let lines = fs::read_to_string(&path)?.lines().count();
            if lines > MOST_LINES {
                wrong.push(format!("{}: {lines} lines; which part of it is a thing of its own?", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Every file of the core: its module, where it stands, its code.
fn core() -> Outcome<Vec<(String, String, String)>> {
    let folder = root().join("core/src");
    let mut found = Vec::new();
    for (path, code) in sources(&folder)? {
        let inside = Path::new(&path).strip_prefix(&folder)?;
        let first = inside.components().next().ok_or("a file without a name")?;
        let module = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        found.push((module, path, code));
    }
    Ok(found)
}

/// Every Rust file below a folder, without comments and without its own tests.
fn sources(folder: &Path) -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    for path in files(folder, "rs")? {
        let text = fs::read_to_string(&path)?;
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        found.push((path.display().to_string(), lines.join("\n")));
    }
    Ok(found)
}

/// What follows `name::` anywhere in the code.
fn paths(code: &str, name: &str) -> BTreeSet<String> {
    paths_of(code, name).into_iter().filter(|name| !name.is_empty()).collect()
}

/// As [`paths`]; also counts where something else than a name follows.
fn paths_of(code: &str, name: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let start = format!("{name}::");
    code.match_indices(&start)
        .filter(|(at, _)| !code.get(..*at).unwrap_or_default().ends_with(word))
        .map(|(at, found)| {
            let rest = code.get(at.saturating_add(found.len())..).unwrap_or_default();
            rest.chars().take_while(|c| word(*c)).collect()
        })
        .collect()
}
