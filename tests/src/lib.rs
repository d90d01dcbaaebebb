//! What the tests of the repository share: the cases that every runtime answers, and texts that are compared or rewritten.

pub mod fuzz;
pub mod imports;
pub mod own_sets;
pub mod refusals;
pub mod shapes;
#[cfg(count_steps)]
pub mod steps;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use egressc_core::api::Source;
use egressc_core::stages::check::{Valid, check};
use egressc_core::stages::lower::lower;
use egressc_core::stages::manifest::Manifests;
use egressc_core::stages::model::PolicySet;
use egressc_core::stages::{Loaded, load};
use serde::Deserialize;
use serde_json::Value;

/// A test stops at the first thing that is wrong with the repository.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The stages up to `lower`, one by one: what [`egressc_core::api::compile`] does not give. Sources are names and texts.
///
/// # Errors
/// When the policies are refused.
pub fn lowered(texts: impl IntoIterator<Item = (String, String)>) -> Outcome<(Valid<PolicySet>, Manifests)> {
    let sources: Vec<Source> = texts.into_iter().map(|(name, text)| Source::text(name, text)).collect();
    let Loaded { set, mut report, .. } = load(&sources);
    let set = check(set, &mut report).ok_or_else(|| format!("{report:?}"))?;
    let manifests = lower(&set);
    Ok((set, manifests))
}

/// One call and what it must answer: a folder in `tests/cases/<call>/`.
pub struct Case {
    /// Where it stands; `response.json` and the resources' text lie there too.
    pub folder: PathBuf,
    /// The call.
    pub call: String,
    /// Its request, with the files that it names read in.
    pub request: Value,
}

/// What stands in `case.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What the case shows; for people.
    #[serde(rename = "summary")]
    _summary: String,
    call: String,
    request: Value,
}

/// All cases, in order of their folders.
///
/// # Errors
/// When one cannot be read.
pub fn cases() -> Outcome<Vec<Case>> {
    let mut cases = Vec::new();
    for call in folders(&root().join("tests/cases"))? {
        for folder in folders(&call)? {
            cases.push(case(folder).map_err(|error| format!("{}: {error}", call.display()))?);
        }
    }
    Ok(cases)
}

fn case(folder: PathBuf) -> Outcome<Case> {
    let Written { call, mut request, .. } = serde_json::from_str(&fs::read_to_string(folder.join("case.json"))?)?;
    for sources in ["sources", "before", "after"] {
        for source in request.get_mut(sources).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(source) = source.as_object_mut() else { continue };
            if let Some(Value::String(file)) = source.remove("file") {
                source.insert("text".to_owned(), fs::read_to_string(folder.join(file))?.into());
            }
        }
    }
    Ok(Case { folder, call, request })
}

fn folders(parent: &Path) -> Outcome<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Whether expectations are to be rewritten: `UPDATE=1`.
pub fn updating() -> bool {
    env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a file with the text that it should have, or with `UPDATE=1` gives it that text.
///
/// # Errors
/// When it has another text; `command` is what rewrites it.
pub fn settle(path: &Path, text: &str, command: &str) -> Outcome<()> {
    if updating() {
        fs::write(path, text)?;
    } else if fs::read_to_string(path).ok().as_deref() != Some(text) {
        return Err(format!(
            "{} is out of date; `{command}` rewrites it, and a person reviews what changed",
            path.display()
        )
        .into());
    }
    Ok(())
}

/// Source files below a folder, by the end of their name, in order.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
