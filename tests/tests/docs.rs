//! The documents of the repository name what is there: files, headings, functions and types.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use egressc_tests::{Outcome, files, root};

/// Folders that builds write.
const BUILT: &[&str] = &["target", "node_modules", "dist", "build", ".venv", ".git"];

/// A Markdown document of the repository.
struct Page {
    path: PathBuf,
    /// Its lines outside of fenced blocks.
    lines: Vec<String>,
}

/// `[text](target)`.
struct Link<'p> {
    text: &'p str,
    target: &'p str,
}

impl Page {
    fn read(path: PathBuf) -> Outcome<Self> {
        let text = fs::read_to_string(&path)?;
        let mut fenced = false;
        let mut lines = Vec::new();
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced {
                lines.push(line.to_owned());
            }
        }
        Ok(Self { path, lines })
    }

    fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap_or(&self.path).display().to_string()
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn links(&self) -> impl Iterator<Item = Link<'_>> {
        self.lines.iter().flat_map(|line| {
            line.match_indices("](").filter_map(|(at, _)| {
                let (before, after) = line.split_at_checked(at)?;
                let (_, text) = before.rsplit_once('[')?;
                let (target, _) = after.strip_prefix("](")?.split_once(')')?;
                Some(Link { text, target })
            })
        })
    }

    /// What stands in backticks.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2))
    }

    /// The anchors of its headings, as GitHub makes them.
    fn anchors(&self) -> BTreeSet<String> {
        let headings = self.lines.iter().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
        headings
            .map(|heading| {
                let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
                heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
            })
            .collect()
    }
}

fn pages_below(folder: &Path, found: &mut Vec<Page>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !BUILT.contains(&name) {
                pages_below(&path, found)?;
            }
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(Page::read(path)?);
        }
    }
    Ok(())
}

/// Every document, with those that explain a code.
fn pages() -> Outcome<Vec<Page>> {
    let mut found = Vec::new();
    pages_below(&root(), &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The documents for those who change egressc.
fn house_pages() -> Outcome<Vec<Page>> {
    let mut pages = pages()?;
    pages.retain(|page| {
        let name = page.name();
        name.starts_with("docs/") || ["ARCHITECTURE.md", "CONTRIBUTING.md"].contains(&name.as_str())
    });
    Ok(pages)
}

#[test]
fn every_link_leads_somewhere() -> Outcome<()> {
    let mut wrong = Vec::new();
    let mut followed = 0_u32;
    for page in pages()? {
        for link in page.links() {
            // `api::compile` is an item of a crate's README, which rustdoc follows.
            let is_elsewhere = ["://", "mailto:", "::"].iter().any(|sign| link.target.contains(sign));
            if is_elsewhere {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.target.split_once('#').unwrap_or((link.target, ""));
            let path = if file.is_empty() { page.path.clone() } else { page.folder().join(file) };
            if !path.exists() {
                wrong.push(format!("{}: {} does not exist", page.name(), link.target));
            } else if !anchor.is_empty() && !Page::read(path)?.anchors().contains(anchor) {
                wrong.push(format!("{}: {} has no such heading", page.name(), link.target));
            }
        }
    }
    assert!(followed > 50, "only {followed} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A link whose text is code says that the code stands in that file: `[`name`](core/tests/laws.rs)`.
#[test]
fn code_stands_in_the_file_that_a_link_gives_for_it() -> Outcome<()> {
    let mut wrong = Vec::new();
    let mut found = 0_u32;
    for page in house_pages()? {
        for link in page.links() {
            let Some(code) = link.text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) else { continue };
            let path = page.folder().join(link.target);
            if path.is_dir() || code.contains('/') || link.target.contains("://") {
                continue;
            }
            found += 1;
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let text = fs::read_to_string(&path).unwrap_or_default();
            let stands = text.match_indices(code).any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(at + code.len()..).and_then(|after| after.chars().next());
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            });
            if !stands {
                wrong.push(format!("{}: `{code}` does not stand in {}", page.name(), link.target));
            }
        }
    }
    assert!(found > 20, "only {found} links to code were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// A path in backticks that begins with a folder of the repository is a file or a folder of it.
#[test]
fn paths_that_the_documents_name_exist() -> Outcome<()> {
    let folders =
        ["core/", "cli/", "bindings-", "playground/", "integrations/", "examples/", "tests/", "docs/", ".ci/"];
    let mut wrong = Vec::new();
    let mut found = 0_u32;
    for page in house_pages()? {
        for code in page.code() {
            let is_path = folders.iter().any(|folder| code.starts_with(folder))
                && code.contains('/')
                && !code.contains(['*', '<', '{', ' ', '…']);
            if is_path {
                found += 1;
                if !root().join(code).exists() {
                    wrong.push(format!("{}: {code} does not exist", page.name()));
                }
            }
        }
    }
    assert!(found > 30, "only {found} paths were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Case `name` and mutant "name" are those of the mesh lab.
#[test]
fn what_istio_was_proven_by_is_in_the_mesh_lab() -> Outcome<()> {
    let lab = root().join("tests/mesh");
    let mutants: Vec<String> =
        files(&lab.join("mutants"), "yaml")?.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    let mut wrong = Vec::new();
    let (mut cases, mut killed) = (0_u32, 0_u32);
    for page in house_pages()?.iter().filter(|page| page.name().starts_with("docs/istio/")) {
        for cell in page.lines.iter().filter_map(|line| line.trim_end_matches([' ', '|']).rsplit('|').next()) {
            for part in cell.split(';').map(str::trim) {
                if part.starts_with("case") {
                    for name in part.split('`').skip(1).step_by(2) {
                        cases += 1;
                        if !lab.join("cases").join(name).is_dir() {
                            wrong.push(format!("{}: no case {name}", page.name()));
                        }
                    }
                }
                if part.contains("mutant") {
                    for name in part.split('"').skip(1).step_by(2) {
                        killed += 1;
                        if !mutants.iter().any(|text| text.contains(&format!("- name: {name}\n"))) {
                            wrong.push(format!("{}: no mutant {name:?}", page.name()));
                        }
                    }
                }
            }
        }
    }
    assert!(cases > 20 && killed > 20, "only {cases} cases and {killed} mutants were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_pages_that_the_code_cites_exist() -> Outcome<()> {
    let mut wrong = Vec::new();
    let mut found = 0_u32;
    for folder in ["core/src", "core/tests", "tests/src", "tests/tests", "tests/mesh"] {
        for extension in ["rs", "py", "go"] {
            for file in files(&root().join(folder), extension)? {
                let text = fs::read_to_string(&file)?;
                for (at, _) in text.match_indices("docs/") {
                    let end = |c: char| !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
                    let path = text.get(at..).and_then(|rest| rest.split(end).next()).unwrap_or_default();
                    if Path::new(path).extension().is_some_and(|end| end == "md") && !path.contains("/codes/") {
                        found += 1;
                        if !root().join(path).exists() {
                            wrong.push(format!("{} cites {path}, which does not exist", file.display()));
                        }
                    }
                }
            }
        }
    }
    assert!(found > 1, "no citation was found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
