//! What becomes of a request, in words.

use std::collections::BTreeSet;

use super::mesh::Asked;
use crate::trace::{Reached, Trace, Verdict};
use crate::universe::OTHER_NAMESPACE;

/// A request and its end: `` `app=a` in `shop` requests http://api.example.com:80, and it arrives ... ``.
pub(super) fn witness(answer: &Asked) -> String {
    format!("{}, and {}", request(answer), ending(&answer.trace))
}

/// A request.
pub(super) fn request(answer: &Asked) -> String {
    answer.query.describe().replace(&format!("`{OTHER_NAMESPACE}`"), "any other namespace")
}

/// The end of a request.
pub(super) fn ending(trace: &Trace) -> String {
    match (trace.verdict, &trace.reached) {
        (Verdict::Allowed | Verdict::Diverted, Some(reached)) => {
            let way = trace
                .gateway
                .as_ref()
                .map_or_else(|| " past every gateway".to_owned(), |gateway| format!(" through gateway `{gateway}`"));
            format!("it arrives at {}{way}", place(reached))
        }
        (Verdict::Allowed | Verdict::Diverted, None) => "it arrives".to_owned(),
        (Verdict::Blocked, _) => match (trace.status, trace.response_flags) {
            (Some(status), Some(flags)) => format!("it is blocked (HTTP status {status}, response flags {flags})"),
            (Some(status), None) => format!("it is blocked (HTTP status {status})"),
            (None, _) => "its connection is closed".to_owned(),
        },
        (Verdict::Unknown, _) => format!("its result is unknown: {}", trace.unknown.join("; ")),
    }
}

/// Where a request arrives.
pub(super) fn place(reached: &Reached) -> String {
    let how = if reached.tls { "TLS" } else { "plain text" };
    format!("`{}` port {} in {how}", reached.host, reached.port)
}

/// A set of names, for people: at most three of them.
pub(super) fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
