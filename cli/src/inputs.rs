//! The paths of the command line to the sources of a request.

use std::collections::BTreeSet;

use egressc_core::api;
use egressc_core::stages::{Foreign, foreign};
use ignore::gitignore::Gitignore;

use crate::args::Inputs;
use crate::cluster;
use crate::exit::Failure;
use crate::host::{Host, PathKind};
use crate::ignored::{self, Patterns, is_left_out};
use crate::output::INDEX;
use crate::terminal::{count, printed, say};

/// More files than this are no set of policies but a wrong path.
const MOST_FILES: usize = 10_000;
/// So many names are looked at to find them.
const MOST_NAMES: usize = 200_000;
const EXTENSIONS: [&str; 3] = [".yaml", ".yml", ".json"];
/// Packages of others, with thousands of files.
const PACKAGES: &str = "node_modules";
/// So many files are named that are not used.
const SHOWN: usize = 5;
/// What standard input is called in diagnostics.
pub(crate) const STDIN: &str = "<stdin>";

/// Reads all sources of a command.
pub(crate) fn read(inputs: &Inputs, host: &mut dyn Host) -> Result<Vec<api::Source>, Failure> {
    let mut sources = if inputs.cluster.live { cluster::read(&inputs.cluster, host)? } else { Vec::new() };
    if !inputs.paths.is_empty() {
        sources.extend(read_paths(&inputs.paths, &inputs.chosen.exclude, host)?);
    }
    Ok(sources)
}

/// Reads all sources, in the order of the paths and by path within a folder.
///
/// Memory is bounded: of each no more is read than shows that it is too large, and nothing after the sum is.
pub(crate) fn read_paths(
    paths: &[String],
    exclude: &[String],
    host: &mut dyn Host,
) -> Result<Vec<api::Source>, Failure> {
    let sources = find(paths, exclude, host)?;
    let mut inputs = Vec::new();
    let mut failure = Failure::new();
    let mut of_others = Vec::new();
    let (mut total, mut looked_at) = (0_usize, 0_usize);
    for source in sources {
        let limit = api::Source::MOST_BYTES.saturating_add(1);
        let (name, bytes, is_found) = match source {
            Source::Stdin => (STDIN.to_owned(), host.read_stdin(limit), false),
            Source::Named(path) => (path.clone(), host.read_file(&path, limit), false),
            Source::Found(path) => (path.clone(), host.read_file(&path, limit), true),
        };
        match bytes {
            Ok(bytes) => {
                // What somebody names is meant, and its mistakes are reported.
                if let Some(reason) = is_found.then(|| foreign(&name, &bytes)).flatten() {
                    looked_at = looked_at.saturating_add(bytes.len());
                    if looked_at > api::Source::MOST_BYTES_TOGETHER {
                        let limit = api::Source::MOST_BYTES_TOGETHER >> 20;
                        return Err(vec![format!(
                            "{name}: the files up to this one are larger than {limit} MiB, and contain no Kubernetes object; \
                             use only the folders with the policies, or --exclude"
                        )]);
                    }
                    of_others.push((name, reason));
                    continue;
                }
                total = total.saturating_add(bytes.len());
                inputs.push(api::Source::bytes(name, bytes));
            }
            Err(error) => failure.push(format!("{name}: {error}")),
        }
        // The core refuses the sum, with a diagnostic.
        if total > api::Source::MOST_BYTES_TOGETHER {
            break;
        }
    }
    say(host, &files_of_others(&of_others));
    if failure.is_empty() { Ok(inputs) } else { Err(failure) }
}

/// One line for all of them.
fn files_of_others(files: &[(String, Foreign)]) -> String {
    let named = files.iter().map(|(name, reason)| match reason {
        Foreign::Template => format!("{name} (a template of Helm)"),
        Foreign::NoObject => name.clone(),
    });
    match files.len() {
        0 => String::new(),
        1 => format!("note: 1 file is ignored, because it contains no Kubernetes object: {}\n", listed(named)),
        all => {
            format!("note: {all} files are ignored, because they contain no Kubernetes objects: {}\n", listed(named))
        }
    }
}

/// The first names, and how many more there are.
fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| printed(&name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let first = names.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

/// As [`read_paths`], of one path; an empty folder is nothing yet, and a file that is not there is still a mistake.
pub(crate) fn read_or_nothing(
    path: &str,
    exclude: &[String],
    host: &mut dyn Host,
) -> Result<Vec<api::Source>, Failure> {
    let is_folder = matches!(host.look(path), Ok(Some(found)) if found.kind == PathKind::Folder);
    if is_folder && host.list(path, 1).is_ok_and(|names| names.is_empty()) {
        return Ok(Vec::new());
    }
    read_paths(&[path.to_owned()], exclude, host)
}

enum Source {
    Stdin,
    /// A file that an argument names.
    Named(String),
    /// A file of a folder.
    Found(String),
}

/// Names every problem with the paths at once.
fn find(paths: &[String], exclude: &[String], host: &mut dyn Host) -> Result<Vec<Source>, Failure> {
    let excluded = Patterns::of_option(exclude)?;
    let mut search = Search {
        host,
        excluded,
        patterns: Vec::new(),
        left_out: Vec::new(),
        files: Vec::new(),
        names: 0,
        failure: Failure::new(),
    };
    let named: BTreeSet<String> = paths.iter().map(|path| identity(path)).collect();
    let mut sources = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stdin = false;
    for path in paths {
        if path == "-" {
            if stdin {
                search.failure.push("standard input can be read only once, and `-` is used twice".to_owned());
            } else {
                sources.push(Source::Stdin);
            }
            stdin = true;
            continue;
        }
        search.argument(path);
        // A file that is given twice, or with its folder, is one source.
        let new = std::mem::take(&mut search.files).into_iter().filter_map(|file| {
            let identity = identity(&file);
            let is_named = named.contains(&identity);
            seen.insert(identity).then_some(if is_named { Source::Named(file) } else { Source::Found(file) })
        });
        sources.extend(new);
        if sources.len() > MOST_FILES {
            search
                .failure
                .push(format!("{path}: more than {MOST_FILES} files; use only the folders with the policies"));
            break;
        }
    }
    let mut left_out = std::mem::take(&mut search.left_out);
    left_out.sort();
    if !left_out.is_empty() {
        let what = count(left_out.len(), "path");
        let list = listed(left_out.into_iter());
        say(search.host, &format!("note: {what} left out by a pattern: {list}\n"));
    }
    if search.failure.is_empty() { Ok(sources) } else { Err(search.failure) }
}

/// The path without what does not change it: `./a.yaml` is `a.yaml`.
pub(crate) fn identity(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{root}{}", parts.join("/"))
}

struct Search<'a> {
    host: &'a mut dyn Host,
    /// What `--exclude` says.
    excluded: Gitignore,
    /// What the files with patterns say, those of an outer folder first.
    patterns: Vec<Patterns>,
    /// What a pattern leaves out.
    left_out: Vec<String>,
    /// Files of the argument at hand.
    files: Vec<String>,
    /// How many names were looked at.
    names: usize,
    failure: Failure,
}

impl Search<'_> {
    fn argument(&mut self, path: &str) {
        match self.host.look(path) {
            Ok(Some(found)) if found.kind == PathKind::Folder => {
                let problems = self.failure.len();
                self.folder(path);
                if self.files.is_empty() && self.failure.len() == problems {
                    self.failure.push(format!("{path}: this folder contains no .yaml, .yml or .json file"));
                }
                self.files.sort();
            }
            // A pipe is read as a file is: `<(kubectl get …)`.
            Ok(Some(_)) => self.files.push(path.to_owned()),
            Ok(None) => self.failure.push(format!("{path}: there is no such file or folder")),
            Err(error) => self.failure.push(format!("{path}: {error}")),
        }
    }

    fn folder(&mut self, top: &str) {
        let mut folders = vec![top.to_owned()];
        while let Some(folder) = folders.pop() {
            let limit = MOST_NAMES.saturating_sub(self.names).saturating_add(1);
            // In order, so that what is said is the same everywhere.
            let names = match self.host.list(&folder, limit) {
                Ok(mut names) => {
                    names.sort_unstable();
                    names
                }
                Err(error) => {
                    self.failure.push(format!("{folder}: {error}"));
                    continue;
                }
            };
            self.names = self.names.saturating_add(names.len());
            if self.names > MOST_NAMES || self.files.len() > MOST_FILES {
                self.failure.push(format!("{top}: too many files; use only the folders with the policies"));
                return;
            }
            if folder != top && names.iter().any(|name| name == INDEX) {
                say(
                    self.host,
                    &format!("note: {} is ignored: `egressc compile --output` wrote it\n", printed(&folder)),
                );
                continue;
            }
            if names.iter().any(|name| name == ignored::FILE) {
                self.read_patterns(&folder);
            }
            for name in names.iter().filter(|name| !name.starts_with('.') && *name != PACKAGES) {
                self.entry(join(&folder, name), top, &mut folders);
            }
        }
    }

    fn read_patterns(&mut self, folder: &str) {
        let path = join(folder, ignored::FILE);
        let text = match self.host.read_file(&path, ignored::MOST_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return self.failure.push(format!("{path}: {error}")),
        };
        match Patterns::of_file(folder, &text) {
            Ok(patterns) => self.patterns.push(patterns),
            Err(failure) => self.failure.extend(failure),
        }
    }

    fn entry(&mut self, path: String, top: &str, folders: &mut Vec<String>) {
        let wanted = EXTENSIONS.iter().any(|extension| path.ends_with(extension));
        match self.host.look(&path) {
            Ok(Some(found))
                if (wanted || found.kind == PathKind::Folder)
                    && is_left_out(&path, top, found.kind == PathKind::Folder, &self.excluded, &self.patterns) =>
            {
                self.left_out.push(path);
            }
            Ok(Some(found)) => match found.kind {
                // A link to a folder could lead round in a circle.
                PathKind::Folder if found.link => {
                    say(
                        self.host,
                        &format!("note: {} is ignored: it is a symbolic link to a folder\n", printed(&path)),
                    );
                }
                PathKind::Folder => folders.push(path),
                PathKind::File if wanted => self.files.push(path),
                PathKind::Other if wanted && found.link => {
                    say(
                        self.host,
                        &format!(
                            "warning: {} is ignored: it is a symbolic link that leads to no file\n",
                            printed(&path)
                        ),
                    );
                }
                PathKind::Other if wanted => {
                    self.failure.push(format!("{path}: this is not a file"));
                }
                PathKind::File | PathKind::Other => {}
            },
            // Policies that are left out silently would be blocked silently.
            Ok(None) => self.failure.push(format!("{path}: this file no longer exists, or its name is not Unicode")),
            Err(error) => self.failure.push(format!("{path}: {error}")),
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    let slash = if folder.ends_with('/') { "" } else { "/" };
    format!("{folder}{slash}{name}")
}
