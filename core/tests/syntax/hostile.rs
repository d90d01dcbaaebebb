//! Input that means harm, or is none: an answer, in time and in bounded memory, and never a panic.

use std::fmt::Write;

use proptest::prelude::*;

use crate::reading::{Read, clean, read};

fn every_span_can_be_cut_out(read: &Read) {
    for span in read.spans() {
        assert!(span.start <= span.end);
        let text = &read.sources.get(span.source).unwrap().text;
        assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    }
}

#[test]
fn deep_brackets() {
    for text in ["[".repeat(10_000), "{a: ".repeat(10_000), "[{a: ".repeat(10_000), "[\n".repeat(10_000)] {
        assert_eq!(read(&text).slugs(), ["too-deep"]);
    }
    let balanced = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(read(&balanced).slugs(), ["too-deep"]);
}

#[test]
fn deep_blocks() {
    let mut nested = String::new();
    for depth in 0..10_000 {
        writeln!(nested, "{}a:", " ".repeat(depth % 3_000)).unwrap();
    }
    assert_eq!(read(&nested).slugs(), ["too-deep"]);
    assert_eq!(read(&"- ".repeat(10_000)).slugs(), ["too-deep"]);
    assert_eq!(read(&"? ".repeat(10_000)).slugs(), ["too-deep"]);
}

#[test]
fn as_deep_as_allowed() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    clean(&nested(64));
    assert_eq!(read(&nested(65)).slugs(), ["too-deep"]);
    clean(&format!("{}1", "- ".repeat(64)));
    assert_eq!(read(&format!("{}1", "- ".repeat(65))).slugs(), ["too-deep"]);
    let mixed = |flow: usize| format!("{}{}{}", "- ".repeat(32), "[".repeat(flow), "]".repeat(flow));
    clean(&mixed(32));
    assert_eq!(read(&mixed(33)).slugs(), ["too-deep"]);
}

#[test]
fn billion_laughs() {
    let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..30 {
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![format!("*a{}", level - 1); 10].join(", ")).unwrap();
    }
    assert_eq!(read(&bomb).slugs(), ["alias-expansion"]);
}

#[test]
fn merging_laughs() {
    let mut bomb = String::from("a0: &a0 {k0: 1}\n");
    for level in 1..60 {
        writeln!(
            bomb,
            "a{level}: &a{level} {{<<: [{}], k{level}: *a{}}}",
            vec![format!("*a{}", level - 1); 10].join(", "),
            level - 1
        )
        .unwrap();
    }
    assert_eq!(read(&bomb).slugs(), ["alias-expansion"]);
}

#[test]
fn aliases_that_only_nest() {
    let mut tower = String::from("a0: &a0 [1]\n");
    for level in 1..500 {
        writeln!(tower, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert_eq!(read(&tower).slugs(), ["too-deep"]);
}

#[test]
fn many_small_copies() {
    let text = format!("a: &a {{k: v}}\nb: [{}]\n", vec!["*a"; 60_000].join(", "));
    assert_eq!(read(&text).slugs(), ["alias-expansion"]);
}

#[test]
fn anchors_in_plenty() {
    let mut text = String::new();
    for number in 0..100 {
        writeln!(text, "k{number}: &a{number} v{number}").unwrap();
    }
    for number in 0..100 {
        writeln!(text, "l{number}: *a{number}").unwrap();
    }
    assert_eq!(clean(&text).documents.first().unwrap().root.get("l99").unwrap().text(), Some("v99"));
    // Anchored nodes inside one another are kept once, not once for each anchor.
    let nested = format!("{}{}{}", "&a [".repeat(60), "1,".repeat(10_000), "]".repeat(60));
    clean(&nested);
}

#[test]
fn documents_without_end() {
    let read = read(&"---\n".repeat(3_000_000));
    assert_eq!(read.slugs(), ["too-many-documents"]);
    assert!(read.documents.is_empty());
}

#[test]
fn more_than_a_source_may_hold() {
    assert_eq!(read(&"a".repeat(16 << 20 | 1)).slugs(), ["source-too-large"]);
}

#[test]
fn one_huge_scalar() {
    let text = format!("a: \"{}\"\n", "é".repeat(1 << 20));
    assert_eq!(clean(&text).documents.first().unwrap().root.get("a").unwrap().text().map(str::len), Some(2 << 20));
}

#[test]
fn very_long_keys() {
    let key = "k".repeat(1_000);
    clean(&format!("{key}: 1\n"));
    for text in [format!("{}: 1\n", "k".repeat(1 << 20)), format!("{{\"{}\": 1}}", "k".repeat(1 << 20))] {
        let read = read(&text);
        assert_eq!(read.slugs(), ["syntax"]);
        every_span_can_be_cut_out(&read);
    }
}

#[test]
fn many_duplicates() {
    let text = "a: 1\n".repeat(100_000);
    assert_eq!(read(&text).report.iter().count(), 100);
}

#[test]
fn wide_maps() {
    let mut text = String::new();
    for number in 0..50_000 {
        writeln!(text, "k{number}: {number}").unwrap();
    }
    assert_eq!(clean(&text).documents.first().unwrap().root.entries().len(), 50_000);
}

#[test]
fn never_closed() {
    for text in [
        "\"",
        "'",
        "a: \"",
        "a: '\n\n\n",
        "[",
        "{",
        "{\"a",
        "&",
        "*",
        "!",
        "!<",
        "%",
        "|",
        ">",
        "? ",
        "- - -",
        "---",
        "...",
        "\u{feff}",
        "\u{feff}\u{feff}",
        "\r",
        "\t",
        "\t\t[",
        "a:\r\tb: 1",
    ] {
        every_span_can_be_cut_out(&read(text));
        every_span_can_be_cut_out(&read(&format!("é: 1\r\n---\r\n{text}")));
    }
}

/// Pieces that YAML gives a meaning to, so that random text gets past its first character.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "a", "b: ", "k:\n", "- ", "? ", ": ", "\n", "\n  ", "\r\n", "[", "]", "{", "}", ", ", "\"", "'", "|\n ", ">-\n ", "&x ", "*x",
            "<<: ", "!!str ", "!t ", "---\n", "...\n", "# c\n", "\t", "%YAML 1.1\n", "é", "日本", "😀", "\u{feff}", "\u{85}", "\u{2028}",
            "\\u00e9", "\\ud83d\\ude00", "\\q", "0777", "1e3", "~", "\"k\": 1", "{\"a\": [1]}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in any::<String>()) {
        every_span_can_be_cut_out(&read(&text));
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        every_span_can_be_cut_out(&read(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn almost_yaml_gets_an_answer(text in yamlish()) {
        let read = read(&text);
        every_span_can_be_cut_out(&read);
        // Only a reader's own words go to the report.
        for problem in read.report.iter() {
            prop_assert!(!problem.message.chars().any(char::is_control), "{:?}", problem.message);
            prop_assert!(problem.message.chars().count() < 200 && !problem.message.ends_with('.'), "{:?}", problem.message);
        }
    }
}
