//! Where the configuration of `check` is: `egressc.yaml`, as near to the first path as it can be.

use egressc_core::api::{Source, Workspace};
use egressc_core::stages::{InForce, is_configuration};

use crate::args::check::CheckArgs;
use crate::exit::Failure;
use crate::host::{Found, Host, PathKind};
use crate::inputs::{self, STDIN, identity};
use crate::terminal::{printed, say};

/// What the file is called.
const NAME: &str = "egressc.yaml";
/// A folder with this is the top of a repository. What lies above belongs to others, who could hide what they like.
const TOP: &str = ".git";
/// No repository is so deep.
const MOST_FOLDERS: usize = 64;

/// Adds the configuration to the sources, if it is not among them, says where it is, and returns which one is in force.
pub(crate) fn add(args: &CheckArgs, sources: &mut Vec<Source>, host: &mut dyn Host) -> Result<InForce, Failure> {
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None if args.no_config => None,
        None => find(args.inputs.paths.first().map_or("-", |path| path), host),
    };
    let Some(path) = path else { return Ok(InForce::Nothing) };
    let known = sources.iter().find(|source| identity(&source.name) == identity(&path)).cloned();
    let read = known
        .clone()
        .map_or_else(|| inputs::read_paths(std::slice::from_ref(&path), &[], host), |known| Ok(vec![known]))?;
    if !is_configuration(&Workspace::load(&read)) {
        return Err(vec![format!("{path}: this is not a CheckConfiguration; use --config with one, or --no-config")]);
    }
    say(host, &format!("configuration: {}\n", printed(&path)));
    let name = known.as_ref().map_or(path, |known| known.name.clone());
    if known.is_none() {
        sources.extend(read);
    }
    Ok(InForce::Of(name))
}

/// The nearest file of this name in the folder of a path or above it.
fn find(path: &str, host: &mut dyn Host) -> Option<String> {
    let mut folder = match host.look(path) {
        Ok(Some(Found { kind: PathKind::Folder, .. })) => path.trim_end_matches('/').to_owned(),
        _ if path == "-" || path == STDIN => String::new(),
        _ => path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned()),
    };
    let is_absolute = path.starts_with('/');
    for _ in 0..MOST_FOLDERS {
        let at = |name: &str| match (&*folder, is_absolute) {
            ("", true) => format!("/{name}"),
            ("" | ".", false) => name.to_owned(),
            _ => format!("{folder}/{name}"),
        };
        let file = at(NAME);
        if matches!(host.look(&file), Ok(Some(Found { kind: PathKind::File, .. }))) {
            return Some(file);
        }
        if matches!(host.look(&at(TOP)), Ok(Some(_))) || (is_absolute && folder.is_empty()) {
            return None;
        }
        folder = above(&folder, is_absolute);
    }
    None
}

/// The folder above: by its name where that is known, else by `..`.
fn above(folder: &str, is_absolute: bool) -> String {
    let last = folder.rsplit('/').next().unwrap_or_default();
    if is_absolute {
        return folder.rsplit_once('/').map_or_else(String::new, |(above, _)| above.to_owned());
    }
    match last {
        "" | "." if !folder.contains('/') => "..".to_owned(),
        ".." => format!("{folder}/.."),
        "." => above(folder.trim_end_matches("/."), is_absolute),
        _ => folder.rsplit_once('/').map_or_else(String::new, |(above, _)| above.to_owned()),
    }
}
