//! Another reader of YAML, which was written apart from ours, has to see the same values.
//!
//! `serde_yaml` reads after YAML 1.2. Where 1.1 differs, `scalars.rs` holds ours against Kubernetes' own reader.

use proptest::prelude::*;
use serde::Deserialize;

use crate::reading::{clean, read, value};

fn theirs(text: &str) -> Option<Vec<serde_json::Value>> {
    let mut values = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = serde_yaml::Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        values.push(serde_json::to_value(value).ok()?);
    }
    values.retain(|value| !value.is_null());
    Some(values)
}

fn ours(text: &str) -> Vec<serde_json::Value> {
    clean(text).documents.iter().map(|document| value(&document.root)).collect()
}

#[test]
fn texts_that_people_write() {
    let texts = [
        "a: 1\nb: [x, u, {z: null}]\nc:\n- d\n- e: f\n  g: h\n",
        "a: |\n  x\n   y\n\n  z\nb: >\n  folded\n  text\n\n  more\nc: |+\n  kept\n\n\nd: |-\n  cut\n\n",
        "a: |2\n    two\n  none\nb: x\n",
        "plain: a b\n  c\n\n  d\nquoted: \"a\n  b\\\n  c\\n\\td\\x41\\u00e9\\U0001F600\"\nsingle: 'it''s\n\n  it'\n",
        "# c\na: b # c\nc: 'd' # e\n# f\n",
        "--- a\n--- b\n...\n---\nc: d\n",
        "base: &b {x: 1, w: [2]}\nuse: *b\nmerge:\n  <<: *b\n  x: 3\n",
        "? a\n: b\n? c\n: - d\n  - e\n",
        "{a: b, \"c\": 'd', e: [f, g,], h: {}, }\n",
        "a: {\n  b: [\n    c,\n    d\n  ]\n}\n",
        "- - - a\n  - b\n-\n  - c\n-\n",
        "url: http://example.org:80/x?y=z#w\ntime: a:b\nwin: C:\\x\nstar: a*b\namp: a&b\nhash: a#b\n",
        "text: a - b\nneg: -1\nfloat: 1.5\nexp: 1e3\nhex: 0x1f\nhost: \"*.example.org\"\n",
        "é: 日本\n\"😀\": ü\n",
        "a:   \n  b:   c   \n\n\n  d: e\n",
        "a: !!str 1\nb: !!int 2\n",
    ];
    for text in texts {
        assert_eq!(Some(ours(text)), theirs(text), "in {text:?}");
        let windows = text.replace('\n', "\r\n");
        assert_eq!(ours(&windows), ours(text), "with carriage returns, in {text:?}");
    }
}

#[test]
fn json_texts() {
    let texts = [
        r#"{"a":1,"b":[true,false,null],"c":{"d":"e"},"f":-1.5e-3,"g":""}"#,
        "{\n\t\"a\": {\n\t\t\"b\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t},\n\t\"c\"\t:\t\"d\"\n}\n",
        "\n\t [1, [2, []], {}]\n",
        r#"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000"}"#,
        "{\"a\"\n:\n1}",
        r##"["a:b","c: d","#e"," f ","- g","{h","*i","&j","!k","%l","@m","`n"]"##,
        "[1,2.0,0,1E5,1e-5,9007199254740993]",
        "\"only text\"",
        "{\"é\":\"日本\u{2028}\"}",
    ];
    for text in texts {
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(ours(text), [expected], "in {text:?}");
    }
}

/// Values whose scalars both versions of YAML read alike.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9..1e9f64).prop_map(Into::into),
        "[ -~é日😀\n\t]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map("[ -~é😀]{0,8}", inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// What YAML 1.1 reads as something else when a writer after 1.2 leaves the quotes away.
fn differs(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => {
            matches!(text.to_ascii_lowercase().as_str(), "y" | "yes" | "on" | "n" | "no" | "off" | "<<")
                || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        }
        serde_json::Value::Array(items) => items.iter().any(differs),
        serde_json::Value::Object(map) => {
            map.iter().any(|(key, value)| differs(&key.as_str().into()) || differs(value))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_is_read_as_json(value in values()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let expected: Vec<_> = Some(value).into_iter().filter(|value| !value.is_null()).collect();
        prop_assert_eq!(ours(&text), expected.clone());
        prop_assert_eq!(ours(&text.replace("  ", "\t").replace('\n', "\r\n")).len(), expected.len());
    }

    #[test]
    fn what_another_writer_writes(value in values().prop_filter("YAML 1.1 reads it otherwise", |value| !differs(value))) {
        let text = serde_yaml::to_string(&value).unwrap();
        let expected: Vec<_> = Some(value).into_iter().filter(|value| !value.is_null()).collect();
        prop_assert_eq!(ours(&text), expected);
    }

    #[test]
    fn both_readers_see_the_same(lines in prop::collection::vec(
        prop::sample::select(vec![
            "a: b", "c: [d, e]", "f: {g: h}", "i:", "  - j", "  k: l", "  - m: s", "    o: p", "q: |", "  text", "", "# c", "---", "r: 's'",
            "\"t\": u v", "  w", "x: &x v", "z: *x", "- a", "- - b", "    c",
        ]), 0..12)) {
        let text = lines.join("\n");
        let found = read(&text);
        // Where both read it, they agree; what only one reads is a matter of taste, such as a duplicate's place.
        if let (false, Some(theirs)) = (found.report.has_errors(), theirs(&text)) {
            let ours: Vec<_> = found.documents.iter().map(|document| value(&document.root)).collect();
            prop_assert_eq!(ours, theirs, "{:?}", text);
        }
    }
}
