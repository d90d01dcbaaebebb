//! The table of kinds that are not read is the same in the code and in its page.

use egressc_core::stages::resource::unread::{UNREAD, UnreadEffect};

#[test]
fn the_page_of_kinds_has_the_rows_of_the_code() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/design/kinds.md")).unwrap();
    let (_, table) = page.split_once("| group | kinds | effect |\n|---|---|---|\n").unwrap();
    let rows: Vec<String> = UNREAD
        .iter()
        .map(|row| {
            let group = if row.group.is_empty() { "core" } else { row.group };
            let kinds = if row.kinds.is_empty() { "all".to_owned() } else { row.kinds.join(", ") };
            let effect = match row.effect {
                UnreadEffect::None => "nothing",
                UnreadEffect::Blocks => "can block",
                UnreadEffect::Changes => "may change",
                UnreadEffect::Unknown => panic!("a row says what its kinds do"),
            };
            format!("| {group} | {kinds} | {effect} |")
        })
        .collect();
    assert_eq!(table.lines().collect::<Vec<_>>(), rows);
}
