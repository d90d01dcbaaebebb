use crate::reading::{clean, read};

#[test]
fn documents_one_after_the_other() {
    assert_eq!(
        clean("a: 1\n---\nb: 2\n...\n---\n# none\n---\nnull\n--- [3]\n").json(),
        r#"{"a":1} --- {"b":2} --- [3]"#
    );
    assert_eq!(clean("").json(), "");
    assert_eq!(clean("# c\n---\n---\n").json(), "");
}

#[test]
fn what_came_before_an_error_is_kept() {
    let read = read("a: 1\n---\nb: [\n---\nc: 2\n");
    assert_eq!(read.json(), r#"{"a":1}"#);
    assert_eq!(read.problems(), [r#"syntax: `[` is never closed @ ["["]"#]);
}

#[test]
fn keys_are_what_json_would_have() {
    let read = clean("{1: a, 0x10: b, 1.5: c, on: d, 08: e, 1e6: f, .inf: g, \"1e6\": h, 2001-01-01: i, '': j}");
    let keys: Vec<&str> = read.documents.first().unwrap().root.entries().iter().map(|entry| &*entry.key).collect();
    assert_eq!(keys, ["1", "16", "1.5", "true", "8", "1e+06", ".inf", "1e6", "2001-01-01", ""]);
}

#[test]
fn a_key_that_stands_twice_is_shown_twice() {
    assert_eq!(
        read("a: 1\nb: 2\n\"a\": 3\n").problems(),
        [r#"duplicate-key: key `a` is listed twice in one map @ ["\"a\"", "a"]"#]
    );
    assert_eq!(
        read("{1: a, '1': b}").problems(),
        [r#"duplicate-key: key `1` is listed twice in one map @ ["'1'", "1"]"#]
    );
    assert_eq!(read("x: [{z: {yes: 1, y: 2, on: 3}}]").slugs(), ["duplicate-key", "duplicate-key"]);
    assert_eq!(read("a: 1\na: 2\n").json(), r#"{"a":1}"#, "the first is kept");
}

#[test]
fn keys_that_json_cannot_have() {
    assert_eq!(read("? [a]\n: 1\nb: 2\n").problems(), [r#"bad-key: a key is a list @ ["[a]"]"#]);
    assert_eq!(read("{{a: 1}: 1}").problems(), [r#"bad-key: a key is a map @ ["{a: 1}"]"#]);
    assert_eq!(read("~: 1\n").problems(), [r#"bad-key: a key is nothing @ ["~"]"#]);
    assert_eq!(read(": 1\n").problems(), [r#"bad-key: a key is nothing @ [""]"#]);
    assert_eq!(read("? [a]\n: 1\nb: 2\n").json(), r#"{"b":2}"#);
}

#[test]
fn aliases_are_followed() {
    assert_eq!(clean("a: &x [1, &y z]\nb: *x\nc: *y\n*y : k\n").json(), r#"{"a":[1,"z"],"b":[1,"z"],"c":"z","z":"k"}"#);
    assert_eq!(clean("a: &x 1\nb: &x 2\nc: *x\n").json(), r#"{"a":1,"b":2,"c":2}"#);
}

#[test]
fn aliases_that_stand_for_nothing() {
    assert_eq!(read("a: *x\nb: &x 1\n").problems(), [r#"bad-alias: alias `*x` has no anchor @ ["*x"]"#]);
    assert_eq!(
        read("a: &x [1, *x]\n").problems(),
        [r#"bad-alias: alias `*x` is inside the value that it refers to @ ["*x"]"#]
    );
    assert_eq!(read("&x a: &x 1\n---\nb: *x\n").slugs(), ["bad-alias"], "anchors end with their document");
    assert_eq!(read("*x : 1\nb: 2\n").json(), r#"{"b":2}"#);
    assert_eq!(read("a: &x\n  <<: *x\n").slugs(), ["bad-alias"]);
}

#[test]
fn merge_keys() {
    let base = "x: &x {k: 1, l: 2}\ny: &y {l: 3, m: 4}\n";
    let merged = |rest: &str| {
        let read = clean(&format!("{base}{rest}"));
        let root = &read.documents.first().unwrap().root;
        crate::reading::json(root.get("z").unwrap())
    };
    assert_eq!(merged("z:\n  <<: *x\n  m: 5\n"), r#"{"k":1,"l":2,"m":5}"#);
    assert_eq!(merged("z:\n  <<: *x\n  l: 5\n"), r#"{"k":1,"l":5}"#, "what is written after it wins");
    assert_eq!(merged("z:\n  m: 5\n  <<: *x\n"), r#"{"k":1,"l":2,"m":5}"#, "they have no key in common");
    assert_eq!(merged("z:\n  <<: [*x, *y]\n"), r#"{"k":1,"l":2,"m":4}"#, "the earlier map wins");
    assert_eq!(merged("z:\n  <<: [*y, *x]\n"), r#"{"k":1,"l":3,"m":4}"#);
    assert_eq!(merged("z:\n  <<: {o: 1}\n"), r#"{"o":1}"#);
    assert_eq!(merged("z:\n  !!merge <<: *x\n"), r#"{"k":1,"l":2}"#);
    assert_eq!(merged("z:\n  \"<<\": *x\n"), r#"{"<<":{"k":1,"l":2}}"#, "a quoted key is an ordinary one");
    assert_eq!(merged("z: [<<]\n"), r#"["<<"]"#, "no key, no merge");
}

#[test]
fn readers_differ_where_a_merge_has_a_key_that_is_written_before_it() {
    let problem = r#"duplicate-key: `<<` merges the key `l`, which is written before it @ ["<<", "l"]"#;
    assert_eq!(read("x: &x {k: 1, l: 2}\nz:\n  l: 5\n  <<: *x\n").problems(), [problem]);
    assert_eq!(read("x: &x {k: 1, l: 2}\nz:\n  l: 5\n  <<: [{k: 3}, *x]\n  m: 1\n").problems(), [problem]);
    // Said once, and not of every copy.
    assert_eq!(read("x: &x {l: 2}\nz: &z\n  l: 5\n  <<: *x\ny: *z\nw:\n  <<: *z\n").problems(), [problem]);
}

#[test]
fn merges_inside_what_is_merged() {
    let read = clean("a: &a {k: 1}\nb: &b\n  <<: *a\n  l: 2\nc:\n  <<: *b\n  m: 3\n");
    assert_eq!(crate::reading::json(read.documents.first().unwrap().root.get("c").unwrap()), r#"{"k":1,"l":2,"m":3}"#);
}

#[test]
fn merges_of_what_is_no_map() {
    assert_eq!(read("<<: 1\n").problems(), [r#"bad-merge: the value of `<<` is a scalar @ ["1"]"#]);
    assert_eq!(read("<<:\n").problems(), [r#"bad-merge: the value of `<<` is nothing @ [""]"#]);
    assert_eq!(
        read("<<: [{a: 1}, [{b: 1}]]\n").problems(),
        [r#"bad-merge: the value of `<<` is a list in a list @ ["[{b: 1}]"]"#]
    );
    assert_eq!(read("a: &a 1\nb:\n  <<: *a\n").problems(), [r#"bad-merge: the value of `<<` is a scalar @ ["*a"]"#]);
    assert_eq!(
        read("<<: {a: 1}\n<<: {b: 1}\n").problems(),
        [r#"duplicate-key: key `<<` is listed twice in one map @ ["<<", "<<"]"#]
    );
}

#[test]
fn a_copy_repeats_no_problem() {
    assert_eq!(read("a: &x {k: 1, k: 2}\nb: *x\nc: {<<: *x}\n").slugs(), ["duplicate-key"]);
}

#[test]
fn tags() {
    assert_eq!(
        clean("[!!str 1, !!int \"1\", !!float 1, !!bool 'yes', !!null '', !!str, ! 1, !!seq [], !!map {}, !<tag:yaml.org,2002:str> 2]").json(),
        r#"["1",1,1.0,true,null,"","1",[],{},"2"]"#
    );
    assert_eq!(clean("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1\n").json(), r#""1""#);
    assert_eq!(read("!!int 1.5").problems(), [r#"bad-tag: tag `!!int` does not match the value `1.5` @ ["!!int"]"#]);
    assert_eq!(
        read("a: !!binary aGk=").problems(),
        [r#"bad-tag: tag `!!binary` cannot be written in JSON @ ["!!binary"]"#]
    );
    assert_eq!(read("a: !Ref x").problems(), [r#"bad-tag: tag `!Ref` is unknown @ ["!Ref"]"#]);
    assert_eq!(read("!!map []").problems(), [r#"bad-tag: tag `!!map` does not match a list @ ["!!map"]"#]);
    assert_eq!(read("!!set {a}").problems(), [r#"bad-tag: tag `!!set` is unknown @ ["!!set"]"#]);
    assert_eq!(read("!!str {a: 1}").problems(), [r#"bad-tag: tag `!!str` does not match a list or map @ ["!!str"]"#]);
    assert_eq!(read("a: !Ref 1").json(), r#"{"a":1}"#, "and what it stands at is read");
}
