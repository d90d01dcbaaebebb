//! A difference as text, for a terminal.

use std::fmt::Write;

use super::types::{ANY_OTHER, ApplyAction, ChangeKind, DiffResponse};
use crate::api::reach::{account_name, addresses, at, where_from};
use crate::diagnostic::shown::on_one_line;
use crate::reach::FlowOutcome;
use crate::trace::{Encryption, Unverified, Verdict};
use crate::universe::{AddressClass, ClientClass, RequestClass, SaidName, Way};

pub(super) fn text(response: &DiffResponse) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    for change in &response.changes {
        let place = change.place.as_ref().map(|place| format!(" ({})", where_from(place))).unwrap_or_default();
        let line = format!("{}{place}", change.message);
        let _ = writeln!(out, "{:<13} {}", word(change.kind), on_one_line(&line));
    }
    for change in &response.settings {
        let line = format!("{} ({})", change.message, where_from(&change.place));
        let word = if change.weakens { word(ChangeKind::Weakened) } else { "setting" };
        let _ = writeln!(out, "{word:<13} {}", on_one_line(&line));
    }
    if !response.changes.is_empty() || !response.settings.is_empty() {
        out.push('\n');
    }
    let affected = affected(response);
    if !affected.is_empty() {
        let _ = writeln!(out, "affected, and not named in any changed document: {}", on_one_line(&affected.join(", ")));
    }
    let _ = writeln!(out, "{}", summary(response));
    if !response.order.is_empty() {
        out.push_str("\napply in this order:\n");
        for (number, step) in (1_usize..).zip(&response.order) {
            let action = action(step.action, step.transitional.is_some());
            let line = format!("{} {}/{}: {}", step.kind, step.namespace, step.name, step.reason);
            let _ = writeln!(out, "{number:>4}. {action} {}", on_one_line(&line));
        }
    }
    out
}

/// How many of each kind, as `1 gained, 2 lost, 1 setting`.
pub(super) fn summary(response: &DiffResponse) -> String {
    let kinds = [
        ChangeKind::Gained,
        ChangeKind::Widened,
        ChangeKind::Unknown,
        ChangeKind::Weakened,
        ChangeKind::Rerouted,
        ChangeKind::Lost,
        ChangeKind::Narrowed,
        ChangeKind::Strengthened,
    ];
    let counts = kinds.into_iter().filter_map(|kind| {
        let number = response.changes.iter().filter(|change| change.kind == kind).count();
        (number > 0).then(|| format!("{number} {}", word(kind)))
    });
    let mut counts: Vec<String> = counts.collect();
    if counts.is_empty() {
        counts.push("no flow changes".to_owned());
    }
    match response.settings.len() {
        0 => {}
        1 => counts.push("1 setting".to_owned()),
        number => counts.push(format!("{number} settings")),
    }
    counts.join(", ")
}

/// The affected namespaces, in words.
pub(super) fn affected(response: &DiffResponse) -> Vec<String> {
    let name = |name: &String| if name == ANY_OTHER { "any other namespace".to_owned() } else { name.clone() };
    response.affected_namespaces.iter().map(name).collect()
}

pub(super) fn action(action: ApplyAction, transitional: bool) -> &'static str {
    match (action, transitional) {
        (ApplyAction::Delete, _) => "delete",
        (ApplyAction::Apply, false) => "apply",
        (ApplyAction::Apply, true) => "apply temporarily",
    }
}

pub(super) fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Gained => "gained",
        ChangeKind::Widened => "widened",
        ChangeKind::Unknown => "unknown",
        ChangeKind::Weakened => "weakened",
        ChangeKind::Rerouted => "rerouted",
        ChangeKind::Lost => "lost",
        ChangeKind::Narrowed => "narrowed",
        ChangeKind::Strengthened => "strengthened",
    }
}

/// The example: a request, and its result before and after the change.
pub(super) fn message(
    (class, dialled): (&RequestClass, &[AddressClass]),
    before: &FlowOutcome,
    after: &FlowOutcome,
) -> String {
    let ClientClass { way, namespace, labels, service_account } = &class.client;
    let namespace = namespace.name().unwrap_or("any other namespace");
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let who = if labels.is_empty() { namespace.to_owned() } else { format!("{namespace},{}", labels.join(",")) };
    let account = service_account.as_ref().map(|account| format!(" as {}", account_name(account))).unwrap_or_default();
    let itself = match way {
        Way::Pod => String::new(),
        Way::Direct(gateway) => format!(", calling {gateway} directly"),
        Way::Plain => ", without a sidecar or certificate".to_owned(),
    };
    let to = at(class.message.said_to(class.scheme, &class.host, class.port), &addresses(dialled));
    let to = match &class.name {
        SaidName::Dialled => to,
        SaidName::Another(name) => format!("{to} with the name {name}"),
        SaidName::Nothing => format!("{to} without a name"),
    };
    on_one_line(&format!("{who}{account}{itself} -> {to}: was {}; is {}", fares(before), fares(after)))
}

fn fares(answer: &FlowOutcome) -> String {
    let word = match answer.verdict {
        Verdict::Allowed if answer.audit => "allowed by audit mode",
        Verdict::Allowed => "allowed",
        Verdict::Diverted => "diverted",
        Verdict::Blocked => {
            let status = answer.status.map(|status| format!(" ({status})")).unwrap_or_default();
            return format!("blocked{status}");
        }
        Verdict::Unknown => return format!("unknown ({})", answer.unknown.join("; ")),
    };
    let places: Vec<String> = answer.places().map(|place| format!("{}:{}", place.host, place.port)).collect();
    let to = if places.is_empty() { String::new() } else { format!(" to {}", places.join(" or ")) };
    let first = match (&answer.gateway, answer.gateway_port) {
        (Some(gateway), Some(port)) => format!(" through {gateway}:{port}"),
        (Some(gateway), None) => format!(" through {gateway}"),
        (None, _) => ", bypassing every gateway".to_owned(),
    };
    let others = answer.other_gateways.iter().map(|(name, port)| format!("{name}:{port}"));
    let through = std::iter::once(first).chain(others).collect::<Vec<_>>().join(" or ");
    let mut how = Vec::new();
    if let Some(leg) = answer.to_gateway.filter(|_| answer.gateway.is_some()) {
        how.push(format!("{} to the gateway", travels(leg)));
    }
    how.extend(answer.to_host.map(|leg| format!("{} to the host", travels(leg))));
    match answer.unverified {
        Unverified::Nothing => {}
        Unverified::Name => how.push("the server's name is not verified".to_owned()),
        Unverified::Everything => how.push("the server is not verified".to_owned()),
    }
    let how = if how.is_empty() { String::new() } else { format!(", {}", how.join(", ")) };
    format!("{word}{to}{through}{how}")
}

pub(super) fn travels(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Plain => "in plain text",
        Encryption::Mtls => "in mutual TLS",
        Encryption::Tls => "in TLS",
        Encryption::TlsInMtls => "in TLS inside mutual TLS",
    }
}
