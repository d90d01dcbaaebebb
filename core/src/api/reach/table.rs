//! Aligned columns for a terminal.

use std::fmt::Write;

use super::row::target;
use super::{Flow, ReachResponse, UnknownReason, where_from};
use crate::api::{Accountability, ClientPath, OtherGateway};
use crate::diagnostic::shown::on_one_line;
use crate::trace::{Encryption, Reached, Unverified, Verdict};

/// The reasons that are shown: the first ones are of most rows.
const MOST_UNKNOWNS: usize = 10;

pub(super) const HEAD: [&str; 7] = ["FROM", "TO", "VERDICT", "THROUGH", "TO GATEWAY", "TO HOST", "BY"];

pub(super) fn text(response: &ReachResponse, rows: &[&Flow]) -> String {
    let (captured, direct): (Vec<&Flow>, Vec<&Flow>) =
        rows.iter().copied().partition(|flow| flow.from.path != ClientPath::Direct);
    let mut out = String::new();
    columns(&mut out, &captured);
    // Callers that a gateway denies are left out, because they would hide those that it allows.
    let admitted: Vec<&Flow> = direct.into_iter().filter(|flow| flow.verdict != Verdict::Blocked).collect();
    if !admitted.is_empty() {
        out.push_str("\nAllowed at a gateway for clients that call it directly, with their own mesh certificate:\n\n");
        columns(&mut out, &admitted);
    }
    let count = |verdict: Verdict| captured.iter().filter(|flow| flow.verdict == verdict).count();
    let bypasses = captured.iter().filter(|flow| flow.bypass).count();
    let audited = captured.iter().filter(|flow| flow.audit).count();
    let audited = if audited > 0 { format!(" ({audited} only by audit mode)") } else { String::new() };
    let past = if bypasses > 0 { format!(" ({bypasses} bypassing every gateway)") } else { String::new() };
    let more = [(Verdict::Diverted, "diverted"), (Verdict::Blocked, "blocked"), (Verdict::Unknown, "unknown")]
        .map(|(verdict, word)| (count(verdict), word))
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!(", {number} {word}"));
    // Writing to a text cannot fail.
    let _ = writeln!(out, "\n{} allowed{audited}{}{past}", count(Verdict::Allowed), more.collect::<String>());
    if !response.unknowns.is_empty() {
        out.push('\n');
    }
    for unknown in response.unknowns.iter().take(MOST_UNKNOWNS) {
        let _ = writeln!(out, "{}", on_one_line(&because(unknown)));
    }
    let more = response.unknowns.len().saturating_sub(MOST_UNKNOWNS);
    if more > 0 {
        let _ = writeln!(out, "unknown: {more} more reasons");
    }
    for text in &response.assumed {
        let _ = writeln!(out, "assumed: {}", on_one_line(text));
    }
    out
}

/// How many rows a document would settle, or why they are unknown.
fn because(UnknownReason { rows, missing, reason }: &UnknownReason) -> String {
    let rows = match rows {
        1 => "1 row is".to_owned(),
        rows => format!("{rows} rows are"),
    };
    match missing {
        Some(document) => format!("{rows} unknown without {document}"),
        None => format!("{rows} unknown: {reason}"),
    }
}

fn columns(out: &mut String, flows: &[&Flow]) {
    let rows: Vec<[String; 7]> = flows.iter().map(|flow| cells(flow)).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: &[String; 7]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&HEAD.map(str::to_owned));
    for row in &rows {
        line(row);
    }
}

pub(super) fn cells(flow: &Flow) -> [String; 7] {
    let place = flow.place.as_ref().map(where_from);
    let by = match (&flow.rule, place) {
        (Some(rule), Some(place)) => format!("{rule} ({place})"),
        (Some(rule), None) => rule.clone(),
        (None, Some(place)) => place,
        (None, None) => String::new(),
    };
    let by = match flow.accountability.as_ref().map(accountable) {
        Some(said) if !said.is_empty() => format!("{by}, {said}"),
        _ => by,
    };
    let row = [
        flow.from.description.clone(),
        target(&flow.to),
        verdict(flow),
        through(flow),
        flow.to_gateway.map_or("", word).to_owned(),
        to_host(flow).unwrap_or_default(),
        by,
    ];
    row.map(|cell| on_one_line(&cell))
}

/// Who answers for a rule, without its reason, which may be long.
fn accountable(said: &Accountability) -> String {
    let parts = [("owner", &said.owner), ("ticket", &said.ticket), ("until", &said.until)];
    let parts = parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    parts.collect::<Vec<_>>().join(", ")
}

fn verdict(flow: &Flow) -> String {
    match flow.verdict {
        // Backends and fallbacks that a policy names.
        Verdict::Allowed if flow.declared && places(flow).any(|place| place.host != flow.to.host) => {
            format!("allowed to {}", listed(flow))
        }
        Verdict::Allowed if flow.audit => "allowed by audit mode".to_owned(),
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Blocked => flow.status.map_or_else(|| "blocked".to_owned(), |status| format!("blocked ({status})")),
        Verdict::Diverted => {
            let to = listed(flow);
            if to.is_empty() { "diverted".to_owned() } else { format!("diverted to {to}") }
        }
        Verdict::Unknown => format!("unknown: {}", flow.unknown.join("; ")),
    }
}

/// The places where a request may arrive, in words.
fn listed(flow: &Flow) -> String {
    places(flow).map(|place| format!("{}:{}", place.host, place.port)).collect::<Vec<_>>().join(" or ")
}

/// Where a request may arrive.
pub(super) fn places(flow: &Flow) -> impl Iterator<Item = &Reached> {
    flow.reached.iter().chain(&flow.also_reached)
}

fn through(flow: &Flow) -> String {
    let first = match (&flow.gateway, flow.gateway_port) {
        (Some(gateway), Some(port)) => format!("{gateway}:{port}"),
        (Some(gateway), None) => gateway.clone(),
        (None, _) if flow.bypass => "BYPASSES EVERY GATEWAY".to_owned(),
        (None, _) => String::new(),
    };
    let others = flow.other_gateways.iter().map(OtherGateway::in_short);
    std::iter::once(first).chain(others).collect::<Vec<_>>().join(" or ")
}

/// The encryption on the way to the host, and what the proxy's TLS does not verify there.
pub(super) fn to_host(flow: &Flow) -> Option<String> {
    let word = word(flow.to_host?);
    Some(match flow.unverified {
        Unverified::Nothing => word.to_owned(),
        Unverified::Name => format!("{word}, name unverified"),
        Unverified::Everything => format!("{word}, unverified"),
    })
}

/// The name of an encryption in responses.
pub(super) fn word(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Plain => "plain",
        Encryption::Mtls => "mtls",
        Encryption::Tls => "tls",
        Encryption::TlsInMtls => "tls-in-mtls",
    }
}
