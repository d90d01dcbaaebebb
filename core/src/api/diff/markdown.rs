//! A difference as Markdown, for a pull request.

use std::fmt::Write;

use super::text::{action, affected, summary, word};
use super::types::{Change, DiffResponse};
use crate::api::reach::where_from;
use crate::diagnostic::shown::on_one_line;

/// The largest number of rows, because the text of a pull request is limited (GitHub: 65,536 characters), and nobody
/// reads more.
const MOST_ROWS: usize = 200;

pub(super) fn text(response: &DiffResponse) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let verdict = if response.widened { "opens more than before" } else { "opens nothing new" };
    let _ = writeln!(out, "### Egress: {}\n", summary(response));
    if !response.changes.is_empty() {
        let _ = writeln!(out, "This change **{verdict}**.\n");
        out.push_str("| change | flow | line |\n|---|---|---|\n");
        for change in response.changes.iter().take(MOST_ROWS) {
            out.push_str(&row(change));
        }
        more(&mut out, response.changes.len(), "changes");
    }
    if !response.settings.is_empty() {
        out.push_str("\n| setting | change | line |\n|---|---|---|\n");
        for change in response.settings.iter().take(MOST_ROWS) {
            let (setting, message, place) =
                (code(&change.setting), code(&change.message), code(&where_from(&change.place)));
            let _ = writeln!(out, "| {setting} | {message} | {place} |");
        }
        more(&mut out, response.settings.len(), "settings");
    }
    let affected = affected(response);
    if !affected.is_empty() {
        let names: Vec<String> = affected.iter().map(|name| code(name)).collect();
        let _ = writeln!(out, "\nAffected, and not named in any changed document: {}.", names.join(", "));
    }
    if !response.order.is_empty() {
        let _ =
            writeln!(out, "\n<details><summary>Order in which to apply ({} steps)</summary>\n", response.order.len());
        for (number, step) in (1_usize..).zip(response.order.iter().take(MOST_ROWS)) {
            let object = code(&format!("{} {}/{}", step.kind, step.namespace, step.name));
            let action = action(step.action, step.transitional.is_some());
            let _ = writeln!(out, "{number}. {action} {object}: {}", step.reason);
        }
        more(&mut out, response.order.len(), "steps");
        out.push_str("\n</details>\n");
    }
    out
}

fn more(out: &mut String, number: usize, what: &str) {
    if let Some(more) = number.checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        let _ = writeln!(out, "\nand {more} more {what}.");
    }
}

fn row(change: &Change) -> String {
    let place = change.place.as_ref().map(|place| code(&where_from(place))).unwrap_or_default();
    let untouched = if change.untouched { " (untouched)" } else { "" };
    format!("| {}{untouched} | {} | {place} |\n", word(change.kind), code(&change.message))
}

/// A code span. Nothing in it is a link, a mention or a mark, and the text cannot end the span or its cell.
fn code(text: &str) -> String {
    format!("`{}`", on_one_line(text).replace('`', "'").replace('|', "\\u{7c}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_strangers_stays_in_its_cell() {
        assert_eq!(code("a`b|c\nd"), "`a'b\\u{7c}c\\nd`");
    }
}
