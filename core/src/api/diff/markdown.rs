//! A difference as Markdown, for a pull request.

use std::fmt::Write;

use super::text::{action, affected, summary, travels, word};
use super::types::{Change, DiffResponse};
use crate::api::reach::{target, where_from};
use crate::api::{Flow, OtherGateway};
use crate::diagnostic::shown::on_one_line;
use crate::trace::{Encryption, Unverified, Verdict};

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
        out.push_str("| change | who | to | before | after | line |\n|---|---|---|---|---|---|\n");
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
            let weaker = if change.weakens { " (weaker)" } else { "" };
            let _ = writeln!(out, "| {setting}{weaker} | {message} | {place} |");
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
    let (before, after) = (parts(change.before.as_ref()), parts(change.after.as_ref()));
    let Some(flow) = change.after.as_ref().or(change.before.as_ref()) else {
        return format!("| {}{untouched} | {} | | | | {place} |\n", word(change.kind), code(&change.message));
    };
    format!(
        "| {}{untouched} | {} | {} | {} | {} | {place} |\n",
        word(change.kind),
        code(change.message.split_once(" -> ").map_or(flow.from.description.as_str(), |(who, _)| who)),
        code(&target(&flow.to)),
        listed(&before),
        marked(&before, &after),
    )
}

/// What becomes of a request, part by part, so that the parts that a change changes can be told: the verdict, where it arrives,
/// which gateway it goes through, both legs, and what is not verified. A flow that a side does not know is blocked there.
fn parts(flow: Option<&Flow>) -> [String; 6] {
    let Some(flow) = flow else {
        return ["blocked".to_owned(), String::new(), String::new(), String::new(), String::new(), String::new()];
    };
    let verdict = match flow.verdict {
        Verdict::Allowed if flow.audit => "allowed by audit mode".to_owned(),
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Diverted => "diverted".to_owned(),
        Verdict::Blocked => flow.status.map_or_else(|| "blocked".to_owned(), |status| format!("blocked ({status})")),
        Verdict::Unknown => format!("unknown: {}", code(&flow.unknown.join("; "))),
    };
    let arrives = !matches!(flow.verdict, Verdict::Blocked | Verdict::Unknown);
    let places: Vec<String> =
        flow.reached.iter().chain(&flow.also_reached).map(|place| format!("{}:{}", place.host, place.port)).collect();
    let asked = format!("{}:{}", flow.to.host, flow.to.port);
    let elsewhere = arrives && !places.is_empty() && places != [asked];
    let first = match (&flow.gateway, flow.gateway_port) {
        (Some(gateway), Some(port)) => format!("{gateway}:{port}"),
        (Some(gateway), None) => gateway.clone(),
        (None, _) => String::new(),
    };
    let gateways: Vec<String> = std::iter::once(first)
        .filter(|name| !name.is_empty())
        .chain(flow.other_gateways.iter().map(OtherGateway::in_short))
        .collect();
    let leg = |leg: Option<Encryption>, to: &str| {
        leg.filter(|_| arrives).map_or_else(String::new, |leg| format!("{} to the {to}", travels(leg)))
    };
    [
        verdict,
        if elsewhere { format!("to {}", code(&places.join(" or "))) } else { String::new() },
        match gateways.is_empty() {
            false if arrives => format!("through {}", code(&gateways.join(" or "))),
            true if flow.bypass => "bypassing every gateway".to_owned(),
            _ => String::new(),
        },
        if gateways.is_empty() { String::new() } else { leg(flow.to_gateway, "gateway") },
        leg(flow.to_host, "host"),
        match flow.unverified {
            _ if !arrives => String::new(),
            Unverified::Nothing => String::new(),
            Unverified::Name => "the server's name is not verified".to_owned(),
            Unverified::Everything => "the server is not verified".to_owned(),
        },
    ]
}

/// The parts of a side.
fn listed(parts: &[String; 6]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}

/// The parts after a change, with what changed in bold: the verdict, or each part where the verdict is the same.
fn marked(before: &[String; 6], after: &[String; 6]) -> String {
    let [was, ..] = before;
    let [is, ..] = after;
    let mark = |(at, (part, old)): (usize, (&String, &String))| {
        let is_news = part != old && (at == 0 || was == is);
        if is_news && !part.is_empty() { format!("**{part}**") } else { part.clone() }
    };
    let parts = after.iter().zip(before).enumerate().map(mark);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A code span. Nothing in it is a link, a mention or a mark, and the text cannot end the span or its cell.
fn code(text: &str) -> String {
    // Two backticks in a row would open a span that the next two close.
    let text = if text.is_empty() { " " } else { text };
    format!("`{}`", on_one_line(text).replace('`', "'").replace('|', "\\u{7c}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_strangers_stays_in_its_cell() {
        assert_eq!(code("a`b|c\nd"), "`a'b\\u{7c}c\\nd`");
        assert_eq!(code(""), "` `");
    }
}
