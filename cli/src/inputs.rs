//! The paths of the command line to the sources of a request.

use std::collections::BTreeSet;

use egressc_core::api;

use crate::exit::Failure;
use crate::host::{Host, PathKind};
use crate::output::INDEX;
use crate::terminal::{printed, say};

/// More files than this are no set of policies but a wrong path.
const MOST_FILES: usize = 10_000;
/// So many names are looked at to find them.
const MOST_NAMES: usize = 200_000;
const EXTENSIONS: [&str; 3] = [".yaml", ".yml", ".json"];
/// What standard input is called in diagnostics.
pub(crate) const STDIN: &str = "<stdin>";

/// Reads all sources, in the order of the arguments and by path within a folder.
///
/// Memory is bounded: of each no more is read than shows that it is too large, and nothing after the sum is.
pub(crate) fn read(paths: &[String], host: &mut dyn Host) -> Result<Vec<api::Source>, Failure> {
    let sources = find(paths, host)?;
    let mut inputs = Vec::new();
    let mut failure = Failure::new();
    let mut total = 0_usize;
    for source in sources {
        let limit = api::Source::MOST_BYTES.saturating_add(1);
        let (name, bytes) = match source {
            Source::Stdin => (STDIN.to_owned(), host.read_stdin(limit)),
            Source::File(path) => {
                let bytes = host.read_file(&path, limit);
                (path, bytes)
            }
        };
        match bytes {
            Ok(bytes) => {
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
    if failure.is_empty() { Ok(inputs) } else { Err(failure) }
}

/// As [`read`], of one path; an empty folder is nothing yet, and a file that is not there is still a mistake.
pub(crate) fn read_or_nothing(path: &str, host: &mut dyn Host) -> Result<Vec<api::Source>, Failure> {
    let is_folder = matches!(host.look(path), Ok(Some(found)) if found.kind == PathKind::Folder);
    if is_folder && host.list(path, 1).is_ok_and(|names| names.is_empty()) {
        return Ok(Vec::new());
    }
    read(&[path.to_owned()], host)
}

enum Source {
    Stdin,
    File(String),
}

/// Names every problem with the paths at once.
fn find(paths: &[String], host: &mut dyn Host) -> Result<Vec<Source>, Failure> {
    let mut search = Search { host, files: Vec::new(), names: 0, failure: Failure::new() };
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
        let new = std::mem::take(&mut search.files).into_iter().filter(|file| seen.insert(identity(file)));
        sources.extend(new.map(Source::File));
        if sources.len() > MOST_FILES {
            search
                .failure
                .push(format!("{path}: more than {MOST_FILES} files; use only the folders with the policies"));
            break;
        }
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
            for name in names.iter().filter(|name| !name.starts_with('.')) {
                self.entry(join(&folder, name), &mut folders);
            }
        }
    }

    fn entry(&mut self, path: String, folders: &mut Vec<String>) {
        let wanted = EXTENSIONS.iter().any(|extension| path.ends_with(extension));
        match self.host.look(&path) {
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
