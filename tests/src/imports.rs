//! Which file of a crate imports which other file of it, and which imports go in a circle.
//!
//! A re-export (`pub use`) is no import: it only says where a name can be found. A path that goes through a re-export is
//! an import of the file that defines the name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use crate::{Outcome, files};

/// The imports among some files: each file with the files that it imports.
pub type Edges = BTreeMap<String, BTreeSet<String>>;

/// The imports among the files of a folder of a crate; `source` is the folder of the crate's `lib.rs`. Files are named by
/// their path below `source`.
///
/// # Errors
/// When a file cannot be read.
pub fn edges(source: &Path, folder: &Path) -> Outcome<Edges> {
    let sources = Sources::read(source)?;
    let inside = folder.strip_prefix(source)?;
    let mut edges = Edges::new();
    for (module, file) in &sources.modules {
        if !Path::new(&file.path).starts_with(inside) {
            continue;
        }
        let imported = file.imports.iter().filter_map(|path| sources.resolve(module, path, MOST_RE_EXPORTS));
        let imported: BTreeSet<String> = imported
            .filter(|path| path != &file.path && Path::new(path).starts_with(inside))
            .map(str::to_owned)
            .collect();
        edges.insert(file.path.clone(), imported);
    }
    Ok(edges)
}

/// Each circle of imports, written as `a.rs -> b.rs -> a.rs`: the shortest one through a file, and each circle once.
pub fn circles(edges: &Edges) -> Vec<String> {
    let mut known: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut circles = Vec::new();
    for file in edges.keys() {
        let Some(circle) = circle_through(file, edges) else { continue };
        if known.insert(circle.iter().copied().collect()) {
            circles.push(format!("{} -> {file}", circle.join(" -> ")));
        }
    }
    circles
}

/// How many re-exports a path may go through; more of them would be a mistake of this reader.
const MOST_RE_EXPORTS: usize = 8;

/// The shortest way from a file along its imports back to itself, without the last step.
fn circle_through<'e>(start: &'e str, edges: &'e Edges) -> Option<Vec<&'e str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for next in edges.get(file).into_iter().flatten() {
            if next == start {
                let mut circle = vec![file];
                while let Some(before) = circle.last().and_then(|last| came_from.get(last)) {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, file);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// A path as it is written, segment by segment.
type Segments = Vec<String>;

struct File {
    path: String,
    imports: Vec<Segments>,
    /// What `pub use` gives other modules: the name, and the path behind it.
    re_exports: BTreeMap<String, Segments>,
}

/// All files of a crate, by the path of their module.
struct Sources {
    modules: BTreeMap<Segments, File>,
}

impl Sources {
    fn read(source: &Path) -> Outcome<Self> {
        let mut modules = BTreeMap::new();
        let mut codes = Vec::new();
        for path in files(source, "rs")? {
            let inside = path.strip_prefix(source)?;
            let mut module: Segments = inside
                .with_extension("")
                .components()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect();
            if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib")) {
                module.pop();
            }
            codes.push((module.clone(), code(&fs::read_to_string(&path)?)));
            let path = inside.display().to_string();
            modules.insert(module, File { path, imports: Vec::new(), re_exports: BTreeMap::new() });
        }
        let mut sources = Self { modules };
        for (module, code) in codes {
            let (imports, re_exports) = sources.paths(&module, &code);
            if let Some(file) = sources.modules.get_mut(&module) {
                file.imports = imports;
                file.re_exports = re_exports;
            }
        }
        Ok(sources)
    }

    /// The paths that a module's code names, and its re-exports.
    fn paths(&self, module: &Segments, code: &str) -> (Vec<Segments>, BTreeMap<String, Segments>) {
        let mut imports = Vec::new();
        let mut re_exports = BTreeMap::new();
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let at = statement
                .match_indices("use ")
                .map(|(at, _)| statement.split_at(at))
                .find(|(before, _)| is_start(before));
            let Some((before, tree)) = at else {
                rest.push_str(statement);
                continue;
            };
            let is_public = !last_line(before).is_empty();
            let tree = tree.trim_start_matches("use ").trim_end_matches(';');
            let mut leaves = Vec::new();
            expand(tree, &Vec::new(), &mut leaves);
            for (path, name) in leaves {
                if is_public {
                    re_exports.insert(name, path);
                } else {
                    imports.push(path);
                }
            }
            rest.push_str(before);
        }
        imports.extend(inline_paths(&rest).into_iter().filter(|path| {
            path.first().is_some_and(|first| {
                matches!(first.as_str(), "crate" | "self" | "super") || self.modules.contains_key(&child(module, first))
            })
        }));
        (imports, re_exports)
    }

    /// The file that a path leads to; none for another crate's.
    fn resolve(&self, module: &Segments, path: &[String], most: usize) -> Option<&str> {
        let mut segments = path.iter().map(String::as_str).peekable();
        let mut at: Segments = match segments.peek().copied()? {
            "crate" => {
                segments.next();
                Vec::new()
            }
            "self" => {
                segments.next();
                module.clone()
            }
            "super" => module.clone(),
            first if self.modules.contains_key(&child(module, first)) => module.clone(),
            _ => return None,
        };
        while let Some(segment) = segments.next() {
            let next = child(&at, segment);
            if segment == "super" {
                at.pop();
            } else if self.modules.contains_key(&next) {
                at = next;
            } else {
                if let Some(behind) = self.modules.get(&at).and_then(|file| file.re_exports.get(segment))
                    && let Some(most) = most.checked_sub(1)
                {
                    let behind: Segments = behind.iter().cloned().chain(segments.map(str::to_owned)).collect();
                    return self.resolve(&at, &behind, most);
                }
                break;
            }
        }
        self.modules.get(&at).map(|file| file.path.as_str())
    }
}

fn child(module: &[String], name: &str) -> Segments {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// The code of a file without its comments and without its own tests. `pub(in a::b)` becomes `pub`: who may see a name
/// is no import.
fn code(text: &str) -> String {
    let code = text.split("\nmod tests {").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = lines.join("\n");
    let mut parts = code.split("pub(in ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |seen, part| seen + "pub" + part.split_once(')').map_or(part, |(_, rest)| rest))
}

/// Whether a `use` that follows this is one, and no part of another word.
fn is_start(before: &str) -> bool {
    let line = last_line(before);
    line.is_empty() || line == "pub" || (line.starts_with("pub(") && line.ends_with(')'))
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default().trim()
}

/// The single paths of a `use` tree, each with the name that it brings in.
fn expand(tree: &str, before: &Segments, leaves: &mut Vec<(Segments, String)>) {
    let tree = tree.trim();
    if let Some((head, inner)) = tree.split_once('{') {
        let mut path = before.clone();
        path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
        let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
        for part in parts(inner) {
            expand(part, &path, leaves);
        }
        return;
    }
    if tree.is_empty() {
        return;
    }
    let (written, renamed) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
    let mut path = before.clone();
    path.extend(written.split("::").map(|part| part.trim().to_owned()));
    if !before.is_empty() && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = renamed.map(str::to_owned).or_else(|| path.last().cloned()).unwrap_or_default();
    leaves.push((path, name));
}

/// What stands between the outermost commas.
fn parts(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let between = list.split(move |c: char| {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    between.collect()
}

/// Every `a::b::c` in code.
fn inline_paths(code: &str) -> Vec<Segments> {
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths = code.split(|c: char| !is_of_path(c)).filter(|path| path.contains("::"));
    paths
        .map(|path| path.split("::").map(str::to_owned).collect::<Segments>())
        .filter(|path| path.first().is_some_and(|first| !first.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(tree: &str) -> Vec<String> {
        let mut leaves = Vec::new();
        expand(tree, &Vec::new(), &mut leaves);
        leaves.into_iter().map(|(path, name)| format!("{} as {name}", path.join("::"))).collect()
    }

    #[test]
    fn a_use_tree_is_its_single_paths() {
        assert_eq!(
            leaves("super::{self, a::{B, c::D as E}, F}"),
            ["super as super", "super::a::B as B", "super::a::c::D as E", "super::F as F"]
        );
    }

    #[test]
    fn a_circle_is_found_and_what_leads_to_it_is_not_part_of_it() {
        let edges = |pairs: &[(&str, &str)]| {
            let mut edges = Edges::new();
            for (from, to) in pairs {
                edges.entry((*from).to_owned()).or_default().insert((*to).to_owned());
                edges.entry((*to).to_owned()).or_default();
            }
            edges
        };
        assert_eq!(circles(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])), Vec::<String>::new());
        assert_eq!(circles(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])), ["b -> c -> b"]);
        assert_eq!(circles(&edges(&[("a", "b"), ("b", "c"), ("c", "a")])), ["a -> b -> c -> a"]);
    }

    /// The reader sees what it must see in files as they are written.
    #[test]
    fn imports_are_read_through_re_exports_and_from_paths_in_code() -> Outcome<()> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, text: &str| -> Outcome<()> {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().ok_or("no folder")?)?;
            Ok(fs::write(path, text)?)
        };
        write("lib.rs", "mod a;\nmod b;\n")?;
        write("a/mod.rs", "mod inner;\nmod other;\npub use inner::{Inner, Second as First};\nfn f() { other::g() }\n")?;
        write("a/inner.rs", "//! use crate::b::No;\nuse std::fmt;\n\nuse super::other;\npub struct Inner;\n")?;
        write("a/other.rs", "pub(super) fn g() { crate::b::h(); }\npub(in crate::a) struct Seen;\n")?;
        write("b.rs", "use crate::a::First;\n#[cfg(test)]\nmod tests {\n    use crate::a::Inner;\n}\n")?;
        let found = edges(folder.path(), folder.path())?;
        let found: Vec<String> =
            found.iter().flat_map(|(from, all)| all.iter().map(move |to| format!("{from} {to}"))).collect();
        assert_eq!(found, ["a/inner.rs a/other.rs", "a/mod.rs a/other.rs", "a/other.rs b.rs", "b.rs a/inner.rs"]);
        let found = edges(folder.path(), &folder.path().join("a"))?;
        assert_eq!(circles(&edges(folder.path(), folder.path())?), ["a/inner.rs -> a/other.rs -> b.rs -> a/inner.rs"]);
        assert!(circles(&found).is_empty(), "the circle leaves the folder");
        Ok(())
    }
}
