//! `check --fix` and `check --diff`: the fixes that diagnostics offer, in the files.

use std::fmt::Write as _;

use egressc_core::api::{Content, Source};
use egressc_core::stages::{FixAt, Fixed, FixedFlows, LeftOut};
use similar::TextDiff;

use crate::cluster;
use crate::exit::{Failure, failed};
use crate::host::{FileEdit, Host};
use crate::inputs::{STDIN, identity};
use crate::terminal::{count, printed};

/// Writes the files that have fixes.
pub(crate) fn write(given: &[Source], fixed: &Fixed, host: &mut dyn Host) -> Result<(), Failure> {
    let edits: Vec<FileEdit> = edited(given, fixed).map(|(path, old, new)| FileEdit { path, old, new }).collect();
    if edits.iter().any(|edit| edit.path == STDIN) {
        return Err(vec!["--fix cannot change standard input; use a file, or --diff".to_owned()]);
    }
    if edits.iter().any(|edit| edit.path.starts_with(cluster::NAME)) {
        return Err(vec!["--fix cannot change a cluster; use files, or --diff".to_owned()]);
    }
    host.replace_files(&edits).map_err(failed)
}

/// The changes of all files, as `diff -u` writes them.
pub(crate) fn difference(given: &[Source], fixed: &Fixed) -> String {
    let mut text = String::new();
    for (path, old, new) in edited(given, fixed) {
        let old = String::from_utf8_lossy(&old);
        let path = printed(&identity(&path));
        let root = if path.starts_with('/') { "" } else { "/" };
        let lines = TextDiff::from_lines(&*old, &new);
        let _ = write!(text, "{}", lines.unified_diff().header(&format!("a{root}{path}"), &format!("b{root}{path}")));
    }
    text
}

/// The name, the old and the new content of each source that has fixes.
fn edited<'a>(given: &'a [Source], fixed: &'a Fixed) -> impl Iterator<Item = (String, Vec<u8>, String)> + 'a {
    given.iter().zip(&fixed.sources).filter_map(|(old, new)| {
        let Content::Text(text) = &new.content else { return None };
        let bytes = match &old.content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Text(text) => text.as_bytes().to_vec(),
            _ => return None,
        };
        (bytes != text.as_bytes()).then(|| (old.name.clone(), bytes, text.clone()))
    })
}

/// What is said beside the files: each fix, what they change for requests, and which ones are left to people.
pub(crate) fn summary(fixed: &Fixed, files: usize) -> String {
    let mut text = String::new();
    for fix in &fixed.made {
        let _ = writeln!(text, "fix: {}", line(fix));
    }
    for (fix, reason) in &fixed.left {
        let reason = match reason {
            LeftOut::Opens => "it would open a flow, or it is unknown whether it would",
            LeftOut::MendsNothing => "the result would not be better",
            LeftOut::Shared => "several objects share this part by an anchor, and it would change all of them",
            LeftOut::NoJson => "the file would be no JSON",
            LeftOut::AnotherRun => "there are too many; run this command again",
            LeftOut::LetsIn => "it may let in requests from outside of the mesh, which are not compared",
            LeftOut::NotCompared => {
                "there are too many fixes or objects to compare its flows; check fewer files at a time"
            }
            LeftOut::Refused => "the files are refused for another reason, so that its flows cannot be compared",
            LeftOut::NoText => "the file is no text in UTF-8",
            LeftOut::Configuration => "it is in a CheckConfiguration, and would change what this run shows",
        };
        let _ = writeln!(text, "left out: {}: {reason}", line(fix));
    }
    if fixed.made.is_empty() {
        return text + "no fix\n";
    }
    match &fixed.flows {
        FixedFlows::Compared(changes) => text.push_str(changes),
        FixedFlows::RefusedBefore => {
            text.push_str("the flows are not compared: the sources were refused before the fixes\n");
        }
    }
    let _ = writeln!(text, "{} in {}", count_of_fixes(fixed), count(files, "file"));
    text
}

/// How many files have fixes.
pub(crate) fn files(given: &[Source], fixed: &Fixed) -> usize {
    edited(given, fixed).count()
}

fn count_of_fixes(fixed: &Fixed) -> String {
    match fixed.made.len() {
        1 => "1 fix".to_owned(),
        number => format!("{number} fixes"),
    }
}

fn line(fix: &FixAt) -> String {
    let FixAt { code, title, place } = fix;
    printed(&format!("{}:{}:{}: {title} [{}]", place.source, place.start.line, place.start.column, code.id))
}
