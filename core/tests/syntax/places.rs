use egressc_core::stages::syntax::{Node, NodeKind};

use crate::reading::{Read, clean};

/// Every node and key in the order of the tree, as the text that its span cuts out.
fn places(text: &str) -> Vec<String> {
    let read = clean(text);
    let mut places = Vec::new();
    for document in &read.documents {
        walk(&read, &document.root, &mut places);
    }
    places
}

fn walk(read: &Read, node: &Node, places: &mut Vec<String>) {
    places.push(read.slice(node.span).to_owned());
    for item in node.items() {
        walk(read, item, places);
    }
    for entry in node.entries() {
        places.push(read.slice(entry.key_span).to_owned());
        walk(read, &entry.value, places);
    }
}

#[test]
fn a_map_reaches_from_its_first_key_to_its_last_value() {
    assert_eq!(places("\n# c\na: 1\nb: x y \n\n# d\n"), ["a: 1\nb: x y", "a", "1", "b", "x y"]);
}

#[test]
fn text_of_more_than_one_byte_a_character() {
    assert_eq!(places("é: 日本\n\"😀\": 'ü'\n"), ["é: 日本\n\"😀\": 'ü'", "é", "日本", "\"😀\"", "'ü'"]);
}

#[test]
fn byte_order_mark_and_carriage_returns() {
    assert_eq!(places("\u{feff}a: é\r\nb: x \r\n"), ["a: é\r\nb: x", "a", "é", "b", "x"]);
}

#[test]
fn block_texts_end_with_their_last_line() {
    assert_eq!(
        places("a: |\n  é\n  y\n\n\nb: >-\n  q\n  r\n\nc: |\nd: 1\n"),
        ["a: |\n  é\n  y\n\n\nb: >-\n  q\n  r\n\nc: |\nd: 1", "a", "é\n  y", "b", "q\n  r", "c", "", "d", "1"]
    );
}

#[test]
fn quoted_text_over_several_lines() {
    assert_eq!(places("a: 'x\n  y'\nb: z"), ["a: 'x\n  y'\nb: z", "a", "'x\n  y'", "b", "z"]);
}

#[test]
fn flow_collections_with_their_brackets() {
    assert_eq!(
        places("a: {b: [1, {c: d}], e: []}  # x\n"),
        [
            "a: {b: [1, {c: d}], e: []}",
            "a",
            "{b: [1, {c: d}], e: []}",
            "b",
            "[1, {c: d}]",
            "1",
            "{c: d}",
            "c",
            "d",
            "e",
            "[]"
        ]
    );
}

#[test]
fn one_pair_in_a_list_has_no_brackets() {
    assert_eq!(places("[a: 1, b]"), ["[a: 1, b]", "a: 1", "a", "1", "b"]);
}

#[test]
fn lists_begin_with_their_first_dash() {
    assert_eq!(
        places("a:\n- 1\n- 2\nb:\n  - c: 1\n    d: 2\n\ne: 1\n"),
        [
            "a:\n- 1\n- 2\nb:\n  - c: 1\n    d: 2\n\ne: 1",
            "a",
            "- 1\n- 2",
            "1",
            "2",
            "b",
            "- c: 1\n    d: 2",
            "c: 1\n    d: 2",
            "c",
            "1",
            "d",
            "2",
            "e",
            "1",
        ]
    );
}

#[test]
fn properties_do_not_belong_to_a_node() {
    assert_eq!(places("!!map\n&m\n&k k: !!str 1\n"), ["k: !!str 1", "k", "1"]);
}

#[test]
fn nothing_stands_behind_its_colon() {
    let text = "a:\nb: # c\n\"c\" :\nd: !!null\ne: {f, g: , h:}\ni:\n- \n- x\n";
    let read = clean(text);
    let mut nulls: Vec<_> = read.nodes().into_iter().filter(|node| node.kind == NodeKind::Null).collect();
    nulls.sort_by_key(|node| node.span);
    let before: Vec<_> = nulls
        .iter()
        .map(|node| {
            assert_eq!(node.span.start, node.span.end);
            text.get(..node.span.range().start).unwrap().rsplit(['\n', ',', '{']).next().unwrap()
        })
        .collect();
    assert_eq!(before, ["a:", "b:", "\"c\" :", "d: !!null", "f", " g:", " h:", "- "]);
}

#[test]
fn an_alias_has_the_place_of_its_anchor() {
    assert_eq!(
        places("a: &x {k: v}\nb: *x\n<<: *x\n"),
        ["a: &x {k: v}\nb: *x\n<<: *x", "a", "{k: v}", "k", "v", "b", "{k: v}", "k", "v", "k", "v"]
    );
}

#[test]
fn json_over_lines_with_tabs() {
    assert_eq!(
        places("{\n\t\"a\":\t[\n\t\t1,\n\t\t\"\\ud83d\\ude00\"\n\t]\n}\n"),
        [
            "{\n\t\"a\":\t[\n\t\t1,\n\t\t\"\\ud83d\\ude00\"\n\t]\n}",
            "\"a\"",
            "[\n\t\t1,\n\t\t\"\\ud83d\\ude00\"\n\t]",
            "1",
            "\"\\ud83d\\ude00\""
        ]
    );
}
