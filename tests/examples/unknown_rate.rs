//! Counts how often `reach` has no certain answer over somebody's manifests.
//!
//! `cargo run --release -p egressc-tests --example unknown_rate -- [--stated] [--aged] FOLDER...`: each folder is a checkout.
//! Every file with an Istio object is asked alone, and all objects of a folder together, where the last one of a name counts.
//! With `--stated` a `MeshEnvironment` says beside them what no document of them says: `REGISTRY_ONLY`, and that all Services,
//! workloads and namespaces are given. With `--aged` the objects of a folder have creation times, as in every cluster: one
//! second after the other, in the order of the files.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::{env, fs};

use egressc_core::api::{Source, Verdict, Workspace};
use egressc_tests::Outcome;
use serde::Deserialize as _;
use serde_json::Value;

const STATED: &str = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: stated}, spec: {outboundTrafficPolicy: REGISTRY_ONLY, complete: true}}";

/// The kinds that decide about traffic.
const KINDS: [&str; 11] = [
    "ServiceEntry",
    "VirtualService",
    "DestinationRule",
    "Gateway",
    "Sidecar",
    "AuthorizationPolicy",
    "EnvoyFilter",
    "HTTPRoute",
    "TLSRoute",
    "TCPRoute",
    "ProxyConfig",
];

/// A larger file is data.
const MOST_BYTES: u64 = 1_000_000;

#[derive(Default)]
struct Count {
    inputs: usize,
    refused: usize,
    with_rows: usize,
    rows: BTreeMap<&'static str, usize>,
    /// The reasons of unknown rows, without names: rows and inputs.
    reasons: BTreeMap<String, (usize, usize)>,
}

fn main() -> Outcome<()> {
    let mut words: Vec<String> = env::args().skip(1).collect();
    let mut option = |name: &str| {
        let before = words.len();
        words.retain(|word| word != name);
        words.len() < before
    };
    let (stated, aged) = (option("--stated"), option("--aged"));
    if words.is_empty() {
        return Err("unknown_rate [--stated] [--aged] FOLDER...".into());
    }
    let (mut alone, mut together) = (Count::default(), Count::default());
    let mut seen = std::collections::BTreeSet::new();
    for folder in &words {
        let mut files = Vec::new();
        collect(Path::new(folder), &mut files)?;
        let texts: Vec<String> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        for text in texts.iter().filter(|text| has_istio(text)) {
            if seen.insert(text.clone()) {
                alone.ask(text, stated);
            }
        }
        let mut objects = objects(&texts);
        if aged {
            objects.values_mut().for_each(give_creation_time);
        }
        let objects: BTreeMap<Id, Value> = objects.into_iter().map(|(id, (_, object))| (id, object)).collect();
        if objects.keys().any(|(group, _, _, _)| group.ends_with("istio.io")) {
            let documents: Vec<String> = objects.values().map(Value::to_string).collect();
            together.ask(&documents.join("\n---\n"), stated);
        }
    }
    alone.print("files alone")?;
    together.print("folders")
}

/// The YAML files below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            collect(&path, files)?;
        } else if kind.is_file()
            && path.extension().is_some_and(|end| end == "yaml" || end == "yml")
            && entry.metadata()?.len() < MOST_BYTES
        {
            files.push(path);
        }
    }
    Ok(())
}

fn has_istio(text: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start().strip_prefix("kind:").is_some_and(|kind| KINDS.contains(&kind.trim().trim_matches('"')))
    })
}

/// API group, kind, namespace and name.
type Id = (String, String, String, String);

/// The objects of some texts as a cluster would hold them; documents that are no objects are left out.
fn objects(texts: &[String]) -> BTreeMap<Id, (usize, Value)> {
    let mut objects = BTreeMap::new();
    let mut count: usize = 0;
    for text in texts {
        let documents: Result<Vec<Value>, _> =
            serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect();
        for document in documents.unwrap_or_default() {
            let items = match document.get("items").and_then(Value::as_array) {
                Some(items) if text_at(&document, "/kind").is_some_and(|kind| kind.ends_with("List")) => items.clone(),
                _ => vec![document],
            };
            for item in items {
                let id = ["/apiVersion", "/kind", "/metadata/name"].map(|path| text_at(&item, path));
                // What `istioctl install` reads is no object of a cluster, and needs no name.
                let is_installation = text_at(&item, "/kind").is_some_and(|kind| kind == "IstioOperator");
                let [version, kind, name] = id;
                if let (Some(version), Some(kind), Some(name)) =
                    (version, kind, name.or_else(|| is_installation.then(String::new)))
                {
                    let group = version.split('/').next().unwrap_or_default().to_owned();
                    let namespace = text_at(&item, "/metadata/namespace").unwrap_or_else(|| "default".to_owned());
                    add(&mut count, 1);
                    objects.insert((group, kind, namespace, name), (count, item));
                }
            }
        }
    }
    objects
}

/// The creation time of the object with this place, unless it says one.
fn give_creation_time((place, object): &mut (usize, Value)) {
    let (hours, minutes, seconds) = (*place / 3600 % 24, *place / 60 % 60, *place % 60);
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let time = format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}Z");
        metadata.entry("creationTimestamp").or_insert_with(|| Value::String(time));
    }
}

fn text_at(value: &Value, path: &str) -> Option<String> {
    value.pointer(path)?.as_str().map(str::to_owned)
}

impl Count {
    fn ask(&mut self, text: &str, stated: bool) {
        let mut sources = vec![Source::text("objects.yaml", text)];
        sources.extend(stated.then(|| Source::text("stated.yaml", STATED)));
        add(&mut self.inputs, 1);
        let response = Workspace::load(&sources).reach(None);
        let Some(response) = response.ok().filter(|response| response.ok) else {
            add(&mut self.refused, 1);
            return;
        };
        add(&mut self.with_rows, usize::from(!response.flows.is_empty()));
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for flow in &response.flows {
            let verdict = match flow.verdict {
                Verdict::Allowed => "allowed",
                Verdict::Blocked => "blocked",
                Verdict::Diverted => "diverted",
                Verdict::Unknown => "unknown",
            };
            add(self.rows.entry(verdict).or_default(), 1);
            if flow.verdict == Verdict::Unknown {
                add(reasons.entry(without_names(&flow.unknown.join("; "))).or_default(), 1);
            }
        }
        for (reason, rows) in reasons {
            let (all, inputs) = self.reasons.entry(reason).or_default();
            add(all, rows);
            add(inputs, 1);
        }
    }

    fn print(&self, what: &str) -> Outcome<()> {
        let mut out = stdout().lock();
        let all: usize = self.rows.values().sum();
        let unknown = self.rows.get("unknown").copied().unwrap_or_default();
        // Tenths of a percent.
        let rate = unknown.saturating_mul(1000).checked_div(all).unwrap_or_default();
        writeln!(
            out,
            "{what}: {} inputs, {} refused, {} with rows; {all} rows: {:?}; unknown {}.{} %",
            self.inputs,
            self.refused,
            self.with_rows,
            self.rows,
            rate / 10,
            rate % 10
        )?;
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, (rows, _))| (std::cmp::Reverse(*rows), (*reason).clone()));
        for (reason, (rows, inputs)) in reasons {
            writeln!(out, "  {rows} rows in {inputs} inputs: {reason}")?;
        }
        Ok(())
    }
}

fn add(count: &mut usize, more: usize) {
    *count = count.saturating_add(more);
}

/// A reason without the names in it.
fn without_names(reason: &str) -> String {
    let parts = reason.split('`').enumerate();
    parts.map(|(at, part)| if at.is_multiple_of(2) { part.to_owned() } else { "`_`".to_owned() }).collect()
}
