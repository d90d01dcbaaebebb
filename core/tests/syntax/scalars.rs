use crate::reading::{clean, json, value};

/// A plain scalar, and the JSON that sigs.k8s.io/yaml 1.6.0 over go.yaml.in/yaml/v2 2.4.3 makes of it.
///
/// Recorded, not written: each line went through `YAMLToJSONStrict`.
const GO_YAML: &str = include_str!("go-yaml-scalars.tsv");

#[test]
fn scalars_are_what_kubernetes_reads() {
    for line in GO_YAML.lines() {
        let (text, expected) = line.split_once('\t').unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        for (wrapped, pointer) in [(format!("[{text}]"), "/0"), (format!("k: {text}\n"), "/k")] {
            // Brackets and colons make something else of these.
            if text.contains(',') || text.starts_with("::") && pointer == "/0" {
                continue;
            }
            let read = clean(&wrapped);
            let found = value(&read.documents.first().unwrap().root).pointer(pointer).cloned().unwrap();
            let same = match (&found, &expected) {
                (serde_json::Value::Number(found), serde_json::Value::Number(expected)) => {
                    found.as_f64() == expected.as_f64()
                }
                (found, expected) => found == expected,
            };
            assert!(same, "{wrapped:?}: {found} instead of {expected}");
        }
    }
}

#[test]
fn quotes_make_text() {
    assert_eq!(clean("[\"yes\", '0777', \"\", '~', \"1\"]").json(), r#"["yes","0777","","~","1"]"#);
    assert_eq!(clean("- |\n  1\n- >-\n  yes\n").json(), r#"["1\n","yes"]"#);
}

#[test]
fn numbers_that_json_does_not_have() {
    assert_eq!(
        clean("[.inf, +.Inf, -.INF, .nan, .NaN]").json(),
        r#"["float inf","float inf","float -inf","float NaN","float NaN"]"#
    );
}

#[test]
fn whole_numbers_stay_whole() {
    let read = clean("[9223372036854775807, -9223372036854775808, 0x10, 1.0, 9223372036854775808]");
    let root = &read.documents.first().unwrap().root;
    let written: Vec<_> = root.items().iter().map(|item| (json(item), item.describe())).collect();
    assert_eq!(written.first().unwrap().0, "9223372036854775807");
    assert_eq!(
        written.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(),
        ["9223372036854775807", "-9223372036854775808", "16", "1.0", "9.223372036854776e+18"]
    );
}
