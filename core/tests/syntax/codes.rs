//! Each code once, in the words and with the places that a person gets.

use egressc_core::syntax::Limits;

use crate::reading::{read, read_within};

#[test]
fn syntax() {
    let wrong: &[(&str, &str)] = &[
        ("a: [1", r#"`[` is never closed @ ["["]"#),
        ("{a: 1, b", r#"`{` is never closed @ ["{"]"#),
        ("é: [", r#"`[` is never closed @ ["["]"#),
        ("a: [1}", r#"`[` is closed by `}` @ ["["]"#),
        ("a: ]", r#"a closing bracket has no opening one @ ["]"]"#),
        ("a: {b: 1 c: 2}", r#"a comma or a closing bracket is missing @ [":"]"#),
        ("[a, , b]", r#"a comma or a closing bracket is missing @ [","]"#),
        ("a: b: c", r#"a `:` makes a key where none can stand @ [":"]"#),
        ("a: 1\n  b: 2", r#"a `:` makes a key where none can stand @ [":"]"#),
        ("a:\n  b: 1\n c: 2", r#"a key is expected here @ ["c"]"#),
        ("a: 1\n- b", r#"a key is expected here @ ["b"]"#),
        ("- a\nb: 1", r#"an entry of a list cannot stand here @ ["b"]"#),
        ("[- 1]", r#"a `-` makes no entry inside brackets @ ["-"]"#),
        ("a:\n\tb: 1", r#"a tab stands in the indentation @ ["b"]"#),
        ("a:\n  - b\nc", r#"a key is not followed by `:` on its line, or is longer than 1,024 characters @ ["c"]"#),
        ("a: \"x", r#"a quote is never closed @ ["\""]"#),
        ("a: 'x' y", r#"text follows a closing quote @ ["y"]"#),
        ("a: \"x\n---\n\"", r#"a document ends inside a quoted text @ ["\""]"#),
        ("a: @x", r#"`@` cannot begin a text without quotes @ ["@"]"#),
        ("a: \"\\q\"", r#"this text holds an escape that does not exist @ ["\""]"#),
        (r#"{"a": "\ud83d"}"#, r#"this text holds half of a surrogate pair @ ["\""]"#),
        (r#"{"a": "\ude00"}"#, r#"this text holds half of a surrogate pair @ ["\""]"#),
        (r#"{"a": 1} {"b": 2}"#, r#"the document is over, but text follows @ ["{"]"#),
        ("a: x #c\n y", r##"a comment interrupts a text that goes on @ ["#"]"##),
        ("a: [1]#c", r##"a comment needs a space before its `#` @ ["#"]"##),
        ("a: |x\n b", r#"a block text begins with more than `|` or `>`, a digit, and `+` or `-` @ ["|"]"#),
        ("a: &", r#"an anchor or alias has no name @ ["&"]"#),
        ("!x!y 1", r#"a tag begins with a handle that is not declared @ ["!"]"#),
        ("%YAML 2.0\n---\na", r#"the text says that it is not YAML 1 @ ["%"]"#),
        ("a: 1\n\u{feff}---\nb: 1", r#"a byte order mark stands inside a document @ ["\u{feff}"]"#),
    ];
    for (text, expected) in wrong {
        assert_eq!(read(text).problems(), [format!("syntax: {expected}")], "in {text:?}");
    }
}

#[test]
fn limits() {
    let limits = Limits { source_bytes: 20, documents: 2, depth: 2, alias_nodes: 3, ..Limits::DEFAULT };
    let problems = |text: &str| read_within(text, &limits).problems();
    assert_eq!(problems("a: 45678901234567890"), Vec::<String>::new());
    assert_eq!(
        problems("é: 456789012345678901"),
        [r#"source-too-large: the source has 22 bytes, more than 20 @ [""]"#]
    );
    assert_eq!(problems("[[1], {a: 1}]"), Vec::<String>::new());
    assert_eq!(problems("[[1, [2]]]"), [r#"too-deep: lists and maps are nested more than 2 deep @ ["["]"#]);
    assert_eq!(problems("- - - 1"), [r#"too-deep: lists and maps are nested more than 2 deep @ ["-"]"#]);
    assert_eq!(problems("- &a [1]\n- [*a]"), [r#"too-deep: lists and maps are nested more than 2 deep @ ["*a"]"#]);
    assert_eq!(problems("--- 1\n--- 2\n"), Vec::<String>::new());
    assert_eq!(
        problems("--- 1\n---\n---\n"),
        [r#"too-many-documents: the source holds more than 2 documents @ ["---"]"#]
    );
    assert_eq!(read_within("--- 1\n---\n---\n", &limits).json(), "1", "what was read is kept");
    assert_eq!(problems("[&a 1, *a, *a, *a]"), Vec::<String>::new());
    assert_eq!(
        problems("[&a 1,*a,*a,*a,*a]"),
        [r#"alias-expansion: aliases add more than 3 nodes to this source @ ["*a"]"#]
    );
}

#[test]
fn not_text() {
    assert_eq!(
        read("a: b\u{7f}c").problems(),
        [r#"not-text: the source holds the character U+007F, which is no text @ ["\u{7f}"]"#]
    );
    assert_eq!(read("a\0b\0").slugs(), ["not-text"]);
    assert_eq!(read("# \u{1b}[31m\n").slugs(), ["not-text"]);
    assert_eq!(read("a: \"\\u0000\\u001b\\x7f\"").json(), "{\"a\":\"\\u0000\\u001b\u{7f}\"}", "an escape may say it");
}

#[test]
fn user_text_in_messages_is_short_and_tame() {
    let key = "k".repeat(500);
    let problem = read(&format!("{key}: 1\n{key}: 2\n"));
    let message = &problem.report.iter().next().unwrap().message;
    assert!(message.chars().count() < 120, "{message}");
    let problem = read("\"a\\nb\\u001b\\u202e\": 1\n\"a\\nb\\u001b\\u202e\": 2\n");
    assert_eq!(problem.report.iter().next().unwrap().message, "key `a\\nb\\u{1b}\\u{202e}` stands twice in one map");
}

#[test]
fn problems_of_one_source_come_to_an_end() {
    let text = "a: !x 1\n---\n".repeat(1000);
    let read = read(&text);
    assert_eq!(read.report.iter().count(), 100);
    assert_eq!(read.report.iter().last().unwrap().notes, ["reading stops here, after 100 problems in this source"]);
}
