use proptest::prelude::*;

use super::*;
use crate::diagnostic::codes;
use crate::source::{SourceId, Span};

fn span(sources: &SourceMap, id: SourceId, text: &str) -> Span {
    nth(sources, id, text, 0)
}

fn nth(sources: &SourceMap, id: SourceId, text: &str, number: usize) -> Span {
    let (start, found) = sources.get(id).unwrap().text.match_indices(text).nth(number).unwrap();
    let offset = |at: usize| u32::try_from(at).unwrap();
    Span { source: id, start: offset(start), end: offset(start.strict_add(found.len())) }
}

fn one(text: &str) -> (SourceMap, SourceId) {
    let mut sources = SourceMap::default();
    let id = sources.add("policy.yaml", text);
    (sources, id)
}

fn plain(sources: &SourceMap, diagnostic: Diagnostic) -> String {
    text(sources, &[diagnostic], Style::Plain)
}

const POLICY: &str = "spec:\n  byEgressGateway: {name: egressgateway-a}\n  egressRules:\n  - from:\n    - namespace: mytest\n    to:\n    - prot: HTTP\n      hosts: [a.example.org]\n";

#[test]
fn everything_at_once() {
    let (sources, id) = one(POLICY);
    let diagnostic = Diagnostic::new(&codes::BAD_KEY, span(&sources, id, "prot"), "`prot` is no field of `to`")
        .label(span(&sources, id, "to:"), "in this destination")
        .label(span(&sources, id, "egressgateway-a"), "behind this gateway")
        .note("unknown fields are dropped by the API server")
        .help("fields are `name`, `hosts`, `port`")
        .fix("rename the field", span(&sources, id, "prot"), "protocol");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0108]: `prot` is no field of `to`
     --> policy.yaml:7:7
      |
    6 |     to:
      |     --- in this destination
    7 |     - prot: HTTP
      |       ^^^^
      |
     ::: policy.yaml:2:27
      |
    2 |   byEgressGateway: {name: egressgateway-a}
      |                           --------------- behind this gateway
      |
      = note: unknown fields are dropped by the API server
      = help: fields are `name`, `hosts`, `port`
    help: rename the field
      |
    7 |     - protocol: HTTP
      |           ++++
    "#);
}

#[test]
fn two_sources() {
    let mut sources = SourceMap::default();
    let a = sources.add("a.yaml", "name: x\n");
    let b = sources.add("b.yaml", "# c\nname: x\n");
    let diagnostic = Diagnostic::new(&codes::DUPLICATE_KEY, span(&sources, b, "x"), "`x` is defined twice")
        .label(span(&sources, a, "x"), "first here");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0102]: `x` is defined twice
     --> b.yaml:2:7
      |
    2 | name: x
      |       ^
      |
     ::: a.yaml:1:7
      |
    1 | name: x
      |       - first here
    "#);
}

#[test]
fn nowhere_and_warnings() {
    let sources = SourceMap::default();
    insta::assert_snapshot!(plain(&sources, Diagnostic::nowhere(&codes::SYNTAX, "nothing to compile").help("give a policy")), @r#"
    error[EGR0101]: nothing to compile
     |
     = help: give a policy
    "#);
}

#[test]
fn places_are_those_of_the_text() {
    let (sources, id) = one("a:\tb\u{1b}[31m é日本😀: x\r\nc: d\r\n");
    let diagnostic = Diagnostic::new(&codes::SYNTAX, span(&sources, id, "x"), "wrong")
        .label(span(&sources, id, "日本"), "wide")
        .label(span(&sources, id, "b"), "behind a tab");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0101]: wrong
     --> policy.yaml:1:17
      |
    1 | a:    b\u{1b}[31m é日本😀: x
      |       -            ----    ^
      |       |            |
      |       |            wide
      |       behind a tab
    "#);
}

#[test]
fn strangers_do_not_reach_the_terminal() {
    let mut sources = SourceMap::default();
    let id = sources.add("a\u{1b}]0;x\u{7}\n.yaml", "k: \u{1b}[2J\u{202e}\u{9b}\u{200b}v\n");
    let diagnostic = Diagnostic::new(&codes::SYNTAX, span(&sources, id, "v"), "m \u{1b}[2J\n\u{202e}")
        .label(span(&sources, id, "k"), "l \u{1b}\n")
        .note("n \u{1b}\r")
        .help("h \u{9b}")
        .fix("t \u{1b}", span(&sources, id, "v"), "r\u{1b}");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0101]: m \u{1b}[2J\n\u{202e}
     --> a\u{1b}]0;x\u{7}\n.yaml:1:11
      |
    1 | k: \u{1b}[2J\u{202e}\u{9b}\u{200b}v
      | - l \u{1b}\n                      ^
      |
      = note: n \u{1b}\r
      = help: h \u{9b}
    help: t \u{1b}
      |
    1 - k: \u{1b}[2J\u{202e}\u{9b}\u{200b}v
    1 + k: \u{1b}[2J\u{202e}\u{9b}\u{200b}r\u{1b}
      |
    "#);
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let (sources, id) =
        one(&format!("{{{}\"bad\": 1, {}}}", "\"é\": 1, ".repeat(300_000), "\"k\": 1, ".repeat(100_000)));
    let diagnostic = Diagnostic::new(&codes::SYNTAX, span(&sources, id, "\"bad\""), "wrong")
        .label(span(&sources, id, "{"), "in this");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0101]: wrong
     --> policy.yaml:1:2400002
      |
    1 | … "é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "bad": 1, "k": 1, "k": 1, "k": 1, "k": 1, "k": 1, "k": 1, "k": 1, "k": 1, "k": 1…
      |                                           ^^^^^
      |
     ::: policy.yaml:1:1
      |
    1 | {"é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "é": 1, "é": 1,…
      | - in this
    "#);
}

#[test]
fn a_span_over_lines_shows_its_first() {
    let (sources, id) = one(POLICY);
    let diagnostic =
        Diagnostic::new(&codes::SYNTAX, span(&sources, id, "- from:\n    - namespace: mytest\n    to:"), "this rule");
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0101]: this rule
     --> policy.yaml:4:3
      |
    4 |   - from:
      |   ^^^^^^^
    "#);
}

#[test]
fn empty_spans_and_the_end_of_the_text() {
    for content in ["", "a", "a\n", "a\r\n", "é"] {
        let (sources, id) = one(content);
        let end = u32::try_from(content.len()).unwrap();
        let diagnostic = Diagnostic::new(&codes::SYNTAX, Span { source: id, start: end, end }, "ends too early");
        assert!(plain(&sources, diagnostic).contains('^'), "{content:?}");
    }
}

#[test]
fn a_fix_of_several_lines() {
    let (sources, id) = one(POLICY);
    let at = span(&sources, id, "    to:\n");
    let at = Span { end: at.start, ..at };
    let diagnostic = Diagnostic::new(&codes::SYNTAX, at, "nobody is selected").fix(
        "name the workload",
        at,
        "      workloadSelector:\n        app: sleep-a\n",
    );
    insta::assert_snapshot!(plain(&sources, diagnostic), @r#"
    error[EGR0101]: nobody is selected
     --> policy.yaml:6:1
      |
    6 |     to:
      | ^
      |
    help: name the workload
      |
    6 +       workloadSelector:
    7 +         app: sleep-a
      |
    "#);
    let whole = Span { source: id, start: 0, end: u32::try_from(POLICY.len()).unwrap() };
    let diagnostic = Diagnostic::new(&codes::SYNTAX, at, "all wrong").fix("begin again", whole, "x: y\n".repeat(40));
    assert!(plain(&sources, diagnostic).contains("= help: begin again: `x: y\\nx: y"));
}

#[test]
fn colours_are_only_around_the_text() {
    let (sources, id) = one(POLICY);
    let diagnostic = Diagnostic::new(&codes::SYNTAX, span(&sources, id, "prot"), "wrong")
        .label(span(&sources, id, "egressgateway-a"), "because of this")
        .fix("rename", span(&sources, id, "prot"), "protocol");
    let coloured = text(&sources, std::slice::from_ref(&diagnostic), Style::Coloured);
    assert!(coloured.contains("policy.yaml:7:7\n"));
    let mut stripped = String::new();
    for (number, part) in coloured.split("\u{1b}[").enumerate() {
        stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain(&sources, diagnostic));
}

#[test]
fn too_many_to_read() {
    let (sources, id) = one(POLICY);
    let many = vec![Diagnostic::new(&codes::SYNTAX, span(&sources, id, "prot"), "x".repeat(5_000)); 2_000];
    let text = text(&sources, &many, Style::Plain);
    assert!(text.ends_with("\n\nand 1500 more\n"));
    assert!(text.len() < 1_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_where(
        content in "(\\PC|[\n\r\t\u{1b}é日😀x ]){0,60}",
        places in prop::collection::vec((0usize..70, 0usize..70, "\\PC{0,5}"), 0..6),
        replacement in "(\\PC|[\n\t x]){0,20}",
        coloured in any::<bool>(),
    ) {
        let (sources, id) = one(&content);
        let boundary = |at: usize| {
            let at = (0..=at.min(content.len())).rev().find(|&at| content.is_char_boundary(at)).unwrap();
            u32::try_from(at).unwrap()
        };
        let mut diagnostic = Diagnostic::nowhere(&codes::SYNTAX, "m");
        for (a, b, message) in &places {
            let span = Span { source: id, start: boundary(*a.min(b)), end: boundary(*a.max(b)) };
            diagnostic = diagnostic.label(span, message.as_str());
            diagnostic = diagnostic.fix("f", span, replacement.as_str());
        }
        let style = if coloured { Style::Coloured } else { Style::Plain };
        let text = text(&sources, &[diagnostic], style);
        if !coloured {
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        }
        prop_assert!(!text.contains(['\u{e000}', '\u{e001}']), "{text:?}");
    }
}
