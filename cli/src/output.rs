//! Resources to a folder that belongs to egressc.

use std::collections::BTreeSet;

use egressc_core::api::{CompileResponse, Format, Resource};
use egressc_core::stages::emit;

use crate::exit::Failure;
use crate::host::{Found, Host, NewFile, PathKind};
use crate::terminal::count;

/// The file by which a folder is known as ours: it lists what we wrote. `kubectl apply -f` passes over it.
pub(crate) const INDEX: &str = ".egressc";
/// The index starts with this line.
const HEADER: &str = "# Written by `egressc compile --output`, which replaces and deletes the files listed here.";
/// More than any output has; beyond it a folder is not looked at.
const MOST_NAMES: usize = 1_000_000;
const MOST_INDEX_BYTES: usize = 64 << 20;
/// So many foreign files are named.
const SHOWN: usize = 5;

/// Replaces the folder by one with a file for each resource, or changes nothing.
pub(crate) fn write(
    folder: &str,
    response: &CompileResponse,
    format: Format,
    host: &mut dyn Host,
) -> Result<(), Failure> {
    let files = files(response, format).map_err(|error| vec![format!("{folder}: {error}")])?;
    replace(folder, files, host)
}

/// Replaces a folder of ours by one with these files, or changes nothing.
pub(crate) fn replace(folder: &str, mut files: Vec<NewFile>, host: &mut dyn Host) -> Result<(), Failure> {
    // A slash at the end would follow a link.
    let folder = match folder.trim_end_matches('/') {
        "" => folder,
        trimmed => trimmed,
    };
    let fail = |error: String| vec![format!("{folder}: {error}")];
    let old = ours(folder, host).map_err(fail)?;
    files.push(index(&files));
    host.replace_folder(folder, &old, &files).map_err(|error| fail(error.to_string()))
}

/// The files that are there, if all of them are ours.
fn ours(folder: &str, host: &mut dyn Host) -> Result<Vec<String>, String> {
    const WAY_OUT: &str = "use a folder that is new, empty, or written by `egressc compile --output`";
    match host.look(folder).map_err(|error| error.to_string())? {
        None => return Ok(Vec::new()),
        Some(Found { link: true, .. }) => {
            return Err(
                "this is a symbolic link, and egressc does not write through links; use the folder itself".to_owned()
            );
        }
        Some(Found { kind: PathKind::Folder, .. }) => {}
        Some(Found { kind: PathKind::File | PathKind::Other, .. }) => {
            return Err(format!("this is not a folder; {WAY_OUT}"));
        }
    }
    let mut names = host.list(folder, MOST_NAMES).map_err(|error| error.to_string())?;
    names.sort();
    let listed = if names.iter().any(|name| name == INDEX) { listed(folder, host)? } else { BTreeSet::new() };
    let mut foreign = Vec::new();
    for name in &names {
        let regular = Some(Found { kind: PathKind::File, link: false });
        let known = name == INDEX || listed.contains(name);
        if !known || host.look(&format!("{folder}/{name}")).map_err(|error| error.to_string())? != regular {
            foreign.push(name.as_str());
        }
    }
    if foreign.is_empty() {
        return Ok(names);
    }
    let more = foreign.len().saturating_sub(SHOWN);
    foreign.truncate(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(format!(
        "the folder contains files that egressc did not write: {}{more}; no file is written. Move these files, or {WAY_OUT}",
        foreign.join(", ")
    ))
}

/// What the index lists.
fn listed(folder: &str, host: &mut dyn Host) -> Result<BTreeSet<String>, String> {
    let path = format!("{folder}/{INDEX}");
    let broken = || format!("its {INDEX} is not a list written by egressc; delete the folder, or use another folder");
    if host.look(&path).map_err(|error| error.to_string())? != Some(Found { kind: PathKind::File, link: false }) {
        return Err(broken());
    }
    let bytes = host.read_file(&path, MOST_INDEX_BYTES).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| broken())?;
    let names = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n')).ok_or_else(broken)?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// One file for each resource.
fn files(response: &CompileResponse, format: Format) -> Result<Vec<NewFile>, String> {
    let extension = match format {
        Format::Yaml => "yaml",
        Format::Json => "json",
    };
    let mut files = Vec::new();
    for (resource, origins) in response.resources.iter().zip(&response.origins) {
        // `_` is in no Kubernetes name, so two resources never share a file. No number: one more rule renames nothing.
        let name = format!("{}_{}_{}.{extension}", origins.kind.to_lowercase(), origins.namespace, origins.name);
        files.push(NewFile { name, text: text(resource, format)? });
    }
    Ok(files)
}

/// The file that lists the others.
fn index(files: &[NewFile]) -> NewFile {
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    NewFile { name: INDEX.to_owned(), text: format!("{HEADER}\n{}\n", names.join("\n")) }
}

fn text(resource: &Resource, format: Format) -> Result<String, String> {
    match format {
        Format::Yaml => emit::yaml(std::slice::from_ref(resource)).map_err(|error| error.to_string()),
        Format::Json => Ok(serde_json::to_string_pretty(resource).map_err(|error| error.to_string())? + "\n"),
    }
}

/// What was written, for people.
pub(crate) fn summary(folder: &str, response: &CompileResponse) -> String {
    format!("wrote {} to {folder}", count(response.resources.len(), "resource"))
}
