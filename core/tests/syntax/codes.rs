//! Each code once, in the words and with the places that a person gets.

use egressc_core::stages::syntax::Limits;

use crate::reading::{read, read_within};

#[test]
fn syntax() {
    let wrong: &[(&str, &str)] = &[
        ("a: [1", r#"`[` is never closed @ ["["]"#),
        ("{a: 1, b", r#"`{` is never closed @ ["{"]"#),
        ("é: [", r#"`[` is never closed @ ["["]"#),
        ("a: [1}", r#"`[` is closed by `}` @ ["["]"#),
        ("a: ]", r#"a closing bracket has no opening bracket @ ["]"]"#),
        ("a: {b: 1 c: 2}", r#"a comma or a closing bracket is missing @ [":"]"#),
        ("[a, , b]", r#"a comma or a closing bracket is missing @ [","]"#),
        ("a: b: c", r#"this `:` makes a key, and a key is not allowed here @ [":"]"#),
        ("a: 1\n  b: 2", r#"this `:` makes a key, and a key is not allowed here @ [":"]"#),
        ("a:\n  b: 1\n c: 2", r#"a key is expected here @ ["c"]"#),
        ("a: 1\n- b", r#"a key is expected here @ ["b"]"#),
        ("- a\nb: 1", r#"a list item is not allowed here @ ["b"]"#),
        ("[- 1]", r#"a `-` is not a list item inside brackets @ ["-"]"#),
        ("a:\n\tb: 1", r#"the indentation contains a tab @ ["b"]"#),
        ("a:\n  - b\nc", r#"a key is not followed by `:` on its line, or is longer than 1,024 characters @ ["c"]"#),
        ("a: \"x", r#"a quotation mark is never closed @ ["\""]"#),
        ("a: 'x' y", r#"text follows a closing quotation mark @ ["y"]"#),
        ("a: \"x\n---\n\"", r#"the document ends inside a quoted text @ ["\""]"#),
        ("a: @x", r#"`@` cannot begin a text without quotes @ ["@"]"#),
        ("a: \"\\q\"", r#"this text contains an unknown escape @ ["\""]"#),
        (r#"{"a": "\ud83d"}"#, r#"this text contains half of a surrogate pair @ ["\""]"#),
        (r#"{"a": "\ude00"}"#, r#"this text contains half of a surrogate pair @ ["\""]"#),
        (r#"{"a": 1} {"b": 2}"#, r#"text follows the end of the document @ ["{"]"#),
        ("a: x #c\n y", r##"a comment interrupts a text of several lines @ ["#"]"##),
        ("a: [1]#c", r##"a comment needs a space before its `#` @ ["#"]"##),
        ("a: |x\n b", r#"only a digit, and `+` or `-`, may follow the `|` or `>` of a block text @ ["|"]"#),
        ("a: &", r#"an anchor or alias has no name @ ["&"]"#),
        ("!x!y 1", r#"a tag begins with an undeclared handle @ ["!"]"#),
        ("%YAML 2.0\n---\na", r#"the `%YAML` line sets a version other than YAML 1 @ ["%"]"#),
        ("a: 1\n\u{feff}---\nb: 1", r#"a document contains a byte order mark @ ["\u{feff}"]"#),
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
        [r#"source-too-large: the source has 22 bytes, and at most 20 are allowed @ [""]"#]
    );
    assert_eq!(problems("[[1], {a: 1}]"), Vec::<String>::new());
    assert_eq!(problems("[[1, [2]]]"), [r#"too-deep: lists and maps are nested more than 2 levels deep @ ["["]"#]);
    assert_eq!(problems("- - - 1"), [r#"too-deep: lists and maps are nested more than 2 levels deep @ ["-"]"#]);
    assert_eq!(
        problems("- &a [1]\n- [*a]"),
        [r#"too-deep: lists and maps are nested more than 2 levels deep @ ["*a"]"#]
    );
    assert_eq!(problems("--- 1\n--- 2\n"), Vec::<String>::new());
    assert_eq!(
        problems("--- 1\n---\n---\n"),
        [r#"too-many-documents: the source contains more than 2 documents @ ["---"]"#]
    );
    assert_eq!(read_within("--- 1\n---\n---\n", &limits).json(), "1", "what was read is kept");
    assert_eq!(problems("[&a 1, *a, *a, *a]"), Vec::<String>::new());
    assert_eq!(
        problems("[&a 1,*a,*a,*a,*a]"),
        [r#"alias-expansion: aliases add more than 3 values to this source @ ["*a"]"#]
    );
}

#[test]
fn not_text() {
    assert_eq!(
        read("a: b\u{7f}c").problems(),
        [r#"not-text: the source contains the character U+007F, which is not text @ ["\u{7f}"]"#]
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
    assert_eq!(problem.report.iter().next().unwrap().message, "key `a\\nb\\u{1b}\\u{202e}` is listed twice in one map");
}

#[test]
fn problems_of_one_source_come_to_an_end() {
    let text = "a: !x 1\n---\n".repeat(1000);
    let read = read(&text);
    assert_eq!(read.report.iter().count(), 100);
    assert_eq!(read.report.iter().last().unwrap().notes, ["parsing stops here, after 100 problems in this source"]);
}
