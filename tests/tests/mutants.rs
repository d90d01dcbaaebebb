//! Wrong lowerings, refused by the proof alone: the mutants that real proxies notice (`tests/mesh/mutants`), without any.
//!
//! The mutants are data of the mesh lab, whose `lab/mutants.py` describes the words. One that real proxies notice must
//! be refused with a witness, unless it says in `unproven` what the proof does not look at; a harmless one must pass.

use std::fs;
use std::path::Path;

use egressc_core::stages::check::Valid;
use egressc_core::stages::diagnostic::Report;
use egressc_core::stages::istio::Objects;
use egressc_core::stages::manifest::Manifests;
use egressc_core::stages::model::PolicySet;
use egressc_core::stages::prove::prove;
use egressc_tests::{Outcome, files, lowered, root};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    case: String,
    edit: Vec<Edit>,
    harmless: Option<String>,
    unproven: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    #[serde(rename = "where")]
    chosen: Where,
    #[serde(default)]
    drop: bool,
    at: Option<String>,
    set: Option<Value>,
    copy: Option<String>,
    #[serde(default)]
    delete: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    kind: String,
    namespace: Option<String>,
    has: Option<String>,
    #[serde(default)]
    is: Map<String, Value>,
}

/// A case of the lab, compiled up to the proof.
struct Compiled {
    set: Valid<PolicySet>,
    manifests: Manifests,
    values: Vec<Value>,
}

#[test]
fn the_proof_refuses_every_mutant_that_real_proxies_notice() -> Outcome<()> {
    let mut wrong = Vec::new();
    let mut refused = 0_usize;
    for file in files(&root().join("tests/mesh/mutants"), "yaml")? {
        for mutant in serde_yaml::from_str::<Vec<Mutant>>(&fs::read_to_string(&file)?)? {
            let compiled = compiled(&root().join("tests/mesh/cases").join(&mutant.case))?;
            assert!(witnesses(&compiled, &compiled.values).is_empty(), "{}: the sound case is refused", mutant.case);
            let mut values = compiled.values.clone();
            for edit in &mutant.edit {
                apply(&mut values, edit);
            }
            if values == compiled.values {
                return Err(format!("{}: nothing is changed", mutant.name).into());
            }
            let found = witnesses(&compiled, &values);
            match (found.first(), mutant.harmless.is_some() || mutant.unproven.is_some()) {
                (Some(_), false) => refused = refused.saturating_add(1),
                (None, true) => {}
                (None, false) => wrong.push(format!("{}: nobody noticed", mutant.name)),
                (Some(witness), true) => wrong.push(format!("{}: refused after all: {witness}", mutant.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 30, "only {refused} mutants were refused");
    Ok(())
}

fn compiled(case: &Path) -> Outcome<Compiled> {
    let mut texts = Vec::new();
    for file in ["policy.yaml", "mesh.yaml"].map(|name| case.join(name)).iter().filter(|file| file.exists()) {
        texts.push((file.display().to_string(), fs::read_to_string(file)?));
    }
    let (set, manifests) = lowered(texts)?;
    let values = manifests.objects.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    Ok(Compiled { set, manifests, values })
}

/// What the proof says against these objects.
fn witnesses(compiled: &Compiled, values: &[Value]) -> Vec<String> {
    let mut report = Report::default();
    let mut objects = Objects::default();
    for value in values {
        objects.made(value);
    }
    prove(&compiled.set, &compiled.manifests, &objects, &mut report);
    report.sorted().into_iter().map(|diagnostic| diagnostic.message).collect()
}

fn apply(values: &mut Vec<Value>, edit: &Edit) {
    if edit.drop {
        values.retain(|value| !edit.chosen.fits(value));
        return;
    }
    let Some(at) = &edit.at else { return };
    let path: Vec<&str> = at.split('.').collect();
    for value in values.iter_mut().filter(|value| edit.chosen.fits(value)) {
        let new = match (&edit.set, &edit.copy) {
            (Some(new), _) => Some(new.clone()),
            (None, Some(from)) => found(value, from).first().map(|found| (*found).clone()),
            (None, None) => None,
        };
        change(value, &path, new.as_ref(), edit.delete);
    }
}

/// Sets or deletes what a path leads to; `*` stands for every entry of a list.
fn change(node: &mut Value, path: &[&str], new: Option<&Value>, delete: bool) {
    let [word, rest @ ..] = path else { return };
    match node {
        Value::Object(map) if rest.is_empty() => {
            if let Some(new) = new {
                map.insert((*word).to_owned(), new.clone());
            } else if delete {
                map.remove(*word);
            }
        }
        Value::Array(list) if rest.is_empty() => {
            if let Some(index) = word.parse::<usize>().ok().filter(|index| *index < list.len()) {
                match new {
                    Some(new) => list.splice(index..=index, [new.clone()]).for_each(drop),
                    None if delete => drop(list.remove(index)),
                    None => {}
                }
            }
        }
        Value::Object(map) => map.get_mut(*word).into_iter().for_each(|child| change(child, rest, new, delete)),
        Value::Array(list) => {
            let chosen = |index: usize| *word == "*" || *word == index.to_string();
            let children = list.iter_mut().enumerate().filter(|(index, _)| chosen(*index));
            children.for_each(|(_, child)| change(child, rest, new, delete));
        }
        _ => {}
    }
}

/// Everything that a path leads to.
fn found<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![value], |nodes, word| {
        let children = nodes.into_iter().flat_map(|node| -> Vec<&Value> {
            match node {
                Value::Object(map) => map.get(word).into_iter().collect(),
                Value::Array(list) if word == "*" => list.iter().collect(),
                Value::Array(list) => word.parse().ok().and_then(|index: usize| list.get(index)).into_iter().collect(),
                _ => Vec::new(),
            }
        });
        children.collect()
    })
}

impl Where {
    fn fits(&self, value: &Value) -> bool {
        let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
        text("/kind") == self.kind
            && self.namespace.as_ref().is_none_or(|namespace| namespace == text("/metadata/namespace"))
            && self.has.as_ref().is_none_or(|path| !found(value, path).is_empty())
            && self.is.iter().all(|(path, wanted)| found(value, path).contains(&wanted))
    }
}
