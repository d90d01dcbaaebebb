//! Which files of a folder are not wanted: `--exclude`, and the files `.egresscignore`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::exit::Failure;

/// The file with patterns, each for its folder and all below it, in the form of `.gitignore`.
pub(crate) const FILE: &str = ".egresscignore";
/// No list of patterns is longer.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// Patterns that hold below one folder.
#[derive(Debug)]
pub(crate) struct Patterns {
    /// The folder, with a slash at its end; empty for the working directory.
    folder: String,
    matcher: Gitignore,
}

impl Patterns {
    /// Those of `--exclude`, which hold in every folder that is read.
    pub(crate) fn of_option(globs: &[String]) -> Result<Gitignore, Failure> {
        matcher("--exclude", globs.iter().map(String::as_str))
    }

    /// Those of a file in a folder.
    pub(crate) fn of_file(folder: &str, text: &str) -> Result<Self, Failure> {
        let name = format!("{}{FILE}", with_slash(folder));
        // Windows begins a text with a mark that no editor shows.
        let text = text.trim_start_matches('\u{feff}');
        Ok(Self { folder: with_slash(folder), matcher: matcher(&name, text.lines())? })
    }

    /// Whether they leave out a path; `None` where they say nothing of it.
    fn leaves_out(&self, path: &str, is_folder: bool) -> Option<bool> {
        said(&self.matcher, path.strip_prefix(&self.folder)?, is_folder)
    }
}

/// Whether a path is left out. What stands nearer to it counts more, as in Git, and the command line counts most.
pub(crate) fn is_left_out(path: &str, below: &str, is_folder: bool, option: &Gitignore, files: &[Patterns]) -> bool {
    let inner = path.strip_prefix(&with_slash(below)).unwrap_or(path);
    let of_files = || files.iter().rev().find_map(|patterns| patterns.leaves_out(path, is_folder));
    said(option, inner, is_folder).or_else(of_files).unwrap_or(false)
}

fn said(matcher: &Gitignore, path: &str, is_folder: bool) -> Option<bool> {
    match matcher.matched(path, is_folder) {
        ignore::Match::Ignore(_) => Some(true),
        ignore::Match::Whitelist(_) => Some(false),
        ignore::Match::None => None,
    }
}

fn matcher<'l>(name: &str, lines: impl Iterator<Item = &'l str>) -> Result<Gitignore, Failure> {
    let mut builder = GitignoreBuilder::new("");
    let mut failure = Failure::new();
    for line in lines {
        if let Err(error) = builder.add_line(None, line) {
            failure.push(format!("{name}: `{line}` is not a pattern: {error}"));
        }
    }
    if !failure.is_empty() {
        return Err(failure);
    }
    builder.build().map_err(|error| vec![format!("{name}: {error}")])
}

fn with_slash(folder: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') { folder.to_owned() } else { format!("{folder}/") }
}
