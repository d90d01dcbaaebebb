//! The registry against its pages: each code has one page, and each page does what it says.

use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::{Diagnostic, Source};
use egressc_core::stages::diagnostic::{Code, Severity, codes};

use crate::ask::{checked, compiled};

/// The headings of every page after its title, in this order.
const HEADINGS: [&str; 4] = ["What it means", "Why it matters", "Example", "Fixed"];
/// Never raised on purpose, or by another call: a page can only describe it.
const UNREACHABLE: &[&Code] =
    &[&codes::INTERNAL, &codes::NOT_CONVERTED, &codes::UNSOUND, &codes::INCOMPLETE, &codes::UNPROVEN];

/// A page, taken apart.
struct Page {
    title: String,
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    heading: String,
    prose: Vec<String>,
    blocks: Vec<Block>,
}

/// A fenced block: its language, the source it is, its text.
#[derive(Default)]
struct Block {
    language: String,
    name: String,
    text: String,
}

impl Page {
    fn of(code: &Code) -> Self {
        let mut page = Self { title: String::new(), sections: Vec::new() };
        let mut open: Option<Block> = None;
        for line in code.page.lines() {
            if let Some(block) = &mut open {
                if line == "```" {
                    page.sections.last_mut().unwrap().blocks.extend(open.take());
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            } else if let Some(info) = line.strip_prefix("```") {
                let (language, name) = info.split_once(' ').unwrap_or((info, "policy.yaml"));
                open = Some(Block { language: language.to_owned(), name: name.to_owned(), text: String::new() });
            } else if let Some(heading) = line.strip_prefix("## ") {
                page.sections.push(Section { heading: heading.to_owned(), ..Section::default() });
            } else if let Some(title) = line.strip_prefix("# ") {
                assert!(page.title.is_empty(), "{}: two titles", code.id);
                title.clone_into(&mut page.title);
            } else if !line.is_empty() {
                let section = page.sections.last_mut();
                section
                    .unwrap_or_else(|| panic!("{}: text before the first heading", code.id))
                    .prose
                    .push(line.to_owned());
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", code.id);
        page
    }

    fn section(&self, heading: &str) -> &Section {
        self.sections.iter().find(|section| section.heading == heading).unwrap()
    }
}

impl Section {
    /// The sources that the blocks are; nothing when a line of text stands in for them.
    fn sources(&self) -> Vec<Source> {
        let documents = self.blocks.iter().filter(|block| block.language != "text");
        documents.map(|block| Source::text(block.name.as_str(), block.text.as_str())).collect()
    }
}

/// What is said about the sources, whatever way there is to say it.
fn diagnostics(sources: Vec<Source>) -> Vec<Diagnostic> {
    checked(sources).diagnostics
}

/// A line for each diagnostic, to be read in a failed test.
fn told(diagnostics: &[Diagnostic]) -> String {
    let line = |each: &Diagnostic| format!("\n  {} {:?}: {}", each.code, each.severity, each.message);
    diagnostics.iter().map(line).collect::<Vec<_>>().concat()
}

/// Holds diagnostics to what an example of `code` promises: the code is there, and no error but it.
fn raises(code: &Code, diagnostics: &[Diagnostic]) -> Result<(), String> {
    if !diagnostics.iter().any(|each| each.code == code.id) {
        return Err(format!("{} is not raised, but{}", code.id, told(diagnostics)));
    }
    match diagnostics.iter().find(|each| each.severity == Severity::Error && each.code != code.id) {
        Some(other) => Err(format!("{}: another error is raised too: {} {}", code.id, other.code, other.message)),
        None => Ok(()),
    }
}

const POLICY: &str = policy!("egressgateway-a");

/// A rule from many clients to many hosts.
fn rule(clients: usize, hosts: usize) -> String {
    let from: Vec<String> = (0..clients).map(|n| format!("{{namespace: n{n}}}")).collect();
    let hosts: Vec<String> = (0..hosts).map(|n| format!("h{n}.example.org")).collect();
    let (from, hosts) = (from.join(","), hosts.join(","));
    format!("  - {{from: [{from}], to: [{{hosts: [{hosts}], port: {{number: 80, protocol: HTTP}}}}]}}\n")
}

/// What raises the codes whose examples nobody would read.
fn generated(code: &Code) -> Option<Vec<Source>> {
    let one = |text: String| Some(vec![Source::text("policy.yaml", text)]);
    if code == &codes::TOO_MANY_DIAGNOSTICS {
        // Each host but the first of its list is a duplicate, and a warning.
        let to =
            format!("    - hosts: [{}]\n      port: {{number: 80, protocol: HTTP}}\n", "a.example.org,".repeat(50));
        return one(format!("{POLICY}  - from: [{{namespace: mytest}}]\n    to:\n{}", to.repeat(21)));
    }
    if code == &codes::TOO_MANY_FLOWS {
        return one(format!("{POLICY}{}{}", rule(10_000, 50), rule(1, 1)));
    }
    if code == &codes::NOT_ALL_ASKED {
        let route = "{match: [{uri: {exact: /a}}], directResponse: {status: 403}},".repeat(501);
        return one(format!(
            "{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: a, namespace: shop}}, spec: {{hosts: [api.example.com], http: [{route}]}}}}\n"
        ));
    }
    if code == &codes::TOO_MANY_CLASSES {
        let mesh = concat!("---\n", mesh!("egressgateway-a", "{port: 80, targetPort: 8080, class: http}"));
        let hosts: Vec<String> = (0..1_000).map(|n| format!("h{n}.example.net")).collect();
        let object = |kind: &str, name: &str, spec: &str| {
            format!(
                "---\n{{apiVersion: networking.istio.io/v1, kind: {kind}, metadata: {{name: {name}, namespace: shop}}, spec: {{{spec}}}}}\n"
            )
        };
        let sidecars: String = (0..1_100)
            .map(|n| {
                object(
                    "Sidecar",
                    &format!("s{n}"),
                    &format!("workloadSelector: {{labels: {{app: a{n}}}}}, egress: [{{hosts: ['./*']}}]"),
                )
            })
            .collect();
        // The CRD allows 256 hosts.
        let entries: String = hosts
            .chunks(250)
            .enumerate()
            .map(|(n, hosts)| {
                let hosts = hosts.join(",");
                let ports = "[{number: 80, name: a, protocol: HTTP}, {number: 81, name: b, protocol: HTTP}]";
                object("ServiceEntry", &format!("e{n}"), &format!("hosts: [{hosts}], ports: {ports}"))
            })
            .collect();
        return one(format!("{POLICY}{}{mesh}{sidecars}{entries}", rule(1, 1)));
    }
    if code == &codes::SOURCE_TOO_LARGE {
        return one(format!("{POLICY}{}#{}\n", rule(1, 1), "x".repeat(16 << 20)));
    }
    if code == &codes::TOO_DEEP {
        return one(format!("{POLICY}{}status: {}{}\n", rule(1, 1), "[".repeat(65), "]".repeat(65)));
    }
    if code == &codes::TOO_MANY_DOCUMENTS {
        return one(format!("{POLICY}{}{}", rule(1, 1), "---\n".repeat(50_001)));
    }
    if code == &codes::TOO_MANY_NODES {
        // Over two sources, since the limit is for all of them.
        let half =
            |name: &str| Source::text(name, format!("{POLICY}{}status: [{}]\n", rule(1, 1), "a,".repeat(1 << 20)));
        return Some(vec![half("policy.yaml"), half("more.yaml")]);
    }
    if code == &codes::ALIAS_EXPANSION {
        let list = |name: &str, item: &str| format!("  {name}: &{name} [{}]\n", [item; 50].join(", "));
        let status: String =
            [("a", "1"), ("b", "*a"), ("c", "*b"), ("d", "*c")].map(|(name, item)| list(name, item)).concat();
        return one(format!("{POLICY}{}status:\n{status}", rule(1, 1)));
    }
    if code == &codes::NOT_TEXT {
        return Some(vec![Source::bytes("policy.yaml", vec![b'a', b':', b' ', 0xff])]);
    }
    None
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may look into the folder that the library must not see")]
fn every_code_has_a_page_and_every_page_a_code() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes");
    let pages: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let registered: BTreeSet<String> = codes::ALL.iter().map(|code| format!("{}.md", code.id)).collect();
    assert_eq!(pages, registered);
}

#[test]
fn ids_ascend_and_names_are_unique() {
    let ids: Vec<&str> = codes::ALL.iter().map(|code| code.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "ids stand in order, each once: {ids:?}");
    let mut slugs = BTreeSet::new();
    for code in codes::ALL {
        let digits = code.id.strip_prefix("EGR").unwrap();
        assert!(digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit()), "{}", code.id);
        let kebab = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        assert!(code.slug.split('-').all(kebab), "{} is no kebab-case", code.slug);
        assert!(slugs.insert(code.slug), "{} stands twice", code.slug);
    }
}

#[test]
fn summaries_are_one_lower_case_line_without_a_full_stop() {
    for code in codes::ALL {
        let mut words = code.summary.split(' ');
        let first = words.next().unwrap();
        // A name keeps its case: `HTTP for one host …`, `TCP without an address …`, `httpsUpgrade on …`.
        let is_name = first.chars().filter(char::is_ascii_uppercase).count() > 1;
        assert!(is_name || first.starts_with(|c: char| c.is_ascii_lowercase()), "{}: {}", code.id, code.summary);
        assert!(
            !code.summary.ends_with('.') && !code.summary.contains('\n') && code.summary.len() <= 90,
            "{}: {}",
            code.id,
            code.summary
        );
    }
}

#[test]
fn codes_are_found_by_id_and_slug_in_any_case() {
    for code in codes::ALL {
        for name in [code.id.to_owned(), code.id.to_lowercase(), code.slug.to_owned(), code.slug.to_uppercase()] {
            assert_eq!(codes::find(&name), Some(*code), "{name}");
        }
    }
    assert_eq!(codes::find("EGR9999"), None);
}

#[test]
fn pages_have_the_same_parts() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let page = Page::of(code);
        let headings: Vec<&str> = page.sections.iter().map(|section| section.heading.as_str()).collect();
        if page.title != format!("{}: {}", code.id, code.summary) {
            wrong.push(format!("{}: the title is {:?}", code.id, page.title));
        }
        if headings != HEADINGS {
            wrong.push(format!("{}: the headings are {headings:?}", code.id));
            continue;
        }
        for heading in ["What it means", "Why it matters"] {
            if page.section(heading).prose.is_empty() {
                wrong.push(format!("{}: nothing under {heading:?}", code.id));
            }
        }
        for section in &page.sections {
            for line in &section.prose {
                // One sentence per line; a line that introduces a block ends in a colon.
                if !line.ends_with(['.', ':', '?']) || line.contains(". ") {
                    wrong.push(format!("{}: not one sentence: {line}", code.id));
                }
            }
            let names: Vec<&str> = section.blocks.iter().map(|block| block.name.as_str()).collect();
            let distinct: BTreeSet<&str> = names.iter().copied().collect();
            if names.len() != distinct.len() {
                wrong.push(format!("{}: two blocks under {:?} have one name: {names:?}", code.id, section.heading));
            }
        }
        for heading in ["Example", "Fixed"] {
            let blocks = &page.section(heading).blocks;
            let languages: BTreeMap<&str, &Block> =
                blocks.iter().map(|block| (block.language.as_str(), block)).collect();
            match languages.keys().copied().collect::<Vec<_>>().as_slice() {
                ["yaml" | "json"] | ["json", "yaml"] => {}
                ["text"] if blocks.iter().all(|block| block.text.lines().count() == 1) => {}
                other => wrong.push(format!("{}: {heading} has the blocks {other:?}", code.id)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_raise_their_code() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let page = Page::of(code);
        let Some(example) = page.sections.iter().find(|section| section.heading == "Example") else {
            wrong.push(format!("{}: no example", code.id));
            continue;
        };
        let mut sources = example.sources();
        if sources.is_empty() {
            if UNREACHABLE.contains(code) {
                continue;
            }
            let Some(made) = generated(code) else {
                wrong.push(format!("{}: the page has no example and the test makes none", code.id));
                continue;
            };
            sources = made;
        }
        wrong.extend(raises(code, &diagnostics(sources)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixed_examples_are_fixed() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let page = Page::of(code);
        let Some(fixed) = page.sections.iter().find(|section| section.heading == "Fixed") else {
            wrong.push(format!("{}: nothing is fixed", code.id));
            continue;
        };
        let sources = fixed.sources();
        if sources.is_empty() {
            continue;
        }
        // Where there are policies not `check`, so that what the pages recommend is also written out.
        let has_policy = fixed.blocks.iter().any(|block| block.text.contains("kind: ASMEgressTrafficPolicy"));
        let (ok, said) = if has_policy {
            let response = compiled(sources);
            (response.ok, response.diagnostics)
        } else {
            let response = checked(sources);
            (response.ok, response.diagnostics)
        };
        if !ok || said.iter().any(|each| each.severity == Severity::Error || each.code == code.id) {
            wrong.push(format!("{}: the mended example still has{}", code.id, told(&said)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn generated_inputs_raise_their_code_whatever_the_page_shows() {
    for code in codes::ALL {
        if let Some(sources) = generated(code) {
            let said = diagnostics(sources);
            assert_eq!(raises(code, &said), Ok(()));
        }
    }
}

#[test]
fn a_report_that_is_cut_keeps_its_errors_and_says_how_much_is_missing() {
    let mut sources = generated(&codes::TOO_MANY_DIAGNOSTICS).unwrap();
    let before = diagnostics(sources.clone());
    assert_eq!(before.len(), 501, "five hundred, and the note");
    assert!(before.iter().all(|each| each.severity != Severity::Error));
    // A source that is read last, so that its error would be the first to fall off.
    sources.push(Source::text("z.yaml", "kind: MeshEnvironment\n"));
    let after = diagnostics(sources);
    assert_eq!(after.len(), 501);
    assert!(after.iter().any(|each| each.code == codes::NOT_AN_OBJECT.id), "{}", told(&after[495..]));
    assert_eq!(after.last().unwrap().code, codes::TOO_MANY_DIAGNOSTICS.id);
}
