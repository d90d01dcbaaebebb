//! A trace as text, to be read from top to bottom.

use std::fmt::Write;

use super::case::{End, in_words};
use super::{Decision, Trace, not_used};
use crate::diagnostic::shown::on_one_line;
use crate::trace::{Encryption, Stop, Verdict};

/// Where the text of a hop begins.
const INDENT: usize = 11;

pub(super) fn text(trace: &Trace, described: &str, declared: Option<bool>, hint: Option<&str>) -> String {
    let mut out = format!("{}: {}\n", End::of(trace).in_words(), on_one_line(described));
    for hop in &trace.hops {
        let mut lines = Vec::new();
        let mut way = Vec::new();
        way.extend(hop.listener.as_ref().map(|listener| format!("listener {listener}")));
        way.extend(hop.chain.as_ref().map(|chain| format!("filter chain {chain}")));
        way.extend(hop.route.as_ref().filter(|route| !route.is_empty()).map(|route| format!("route {route}")));
        if !way.is_empty() {
            lines.push(way.join(", "));
        } else if hop.at == Stop::Waypoint && trace.verdict == Verdict::Blocked {
            lines.push("no filter chain is for this port".to_owned());
        } else if hop.at == Stop::Gateway && trace.verdict == Verdict::Blocked {
            lines.push("nothing listens on this port".to_owned());
        }
        if let Some(cluster) = &hop.cluster {
            lines.push(format!("cluster {cluster}"));
        }
        if let Some(encryption) = hop.encryption {
            lines.push(format!("leaves {}", travels(encryption)));
        }
        if hop.at == Stop::Origin {
            lines.extend(trace.reached.iter().chain(&trace.also_reached).enumerate().map(|(index, reached)| {
                let how = match (&reached.sni, reached.tls) {
                    (Some(name), _) => format!("TLS, server name {name}"),
                    (None, true) => "TLS without a server name".to_owned(),
                    (None, false) => "plain text".to_owned(),
                };
                let or = if index == 0 { "" } else { "or " };
                format!("{or}{} port {}, {how}", reached.host, reached.port)
            }));
        }
        let decisions = hop.decided_by.iter().filter_map(|index| trace.decided_by.get(*index));
        lines.extend(decisions.map(decided));
        let at = match hop.at {
            Stop::Sidecar => "sidecar",
            Stop::Gateway => "gateway",
            Stop::Waypoint => "waypoint",
            Stop::Origin => "host",
        };
        for (index, line) in lines.iter().enumerate() {
            let head = if index == 0 { at } else { "" };
            // Writing to a text cannot fail.
            let _ = writeln!(out, "  {head:<width$}{}", on_one_line(line), width = INDENT.saturating_sub(2));
        }
    }
    let mut say = |what: &str, text: &str| {
        let _ = writeln!(out, "{what}: {}", on_one_line(text));
    };
    if !trace.deciders_are_known {
        if trace.verdict != Verdict::Unknown {
            say(
                "note",
                "which of several objects decide is not known; the result is the same, and the lines above show one way",
            );
        }
        let is_shown = |index: usize| trace.hops.iter().any(|hop| hop.decided_by.contains(&index));
        for (_, decision) in trace.decided_by.iter().enumerate().filter(|(index, _)| !is_shown(*index)) {
            say("another way", &decided(decision));
        }
    }
    for reason in &trace.unknown {
        say("unknown", reason);
    }
    for case in &trace.cases {
        say("case", &in_words(case));
    }
    if trace.more_cases > 0 {
        say("case", &format!("and {} more", trace.more_cases));
    }
    for document in &trace.missing {
        say("missing", document);
    }
    for text in &trace.assumed {
        say("assumed", text);
    }
    for note in &trace.notes {
        say("note", note);
    }
    for object in &trace.unused {
        say("not used", &not_used(object));
    }
    if trace.more_unused > 0 {
        say("not used", &format!("{} more objects", trace.more_unused));
    }
    match declared {
        Some(true) if trace.verdict != Verdict::Allowed => say("note", "the policies allow this request"),
        Some(false) if trace.reached.is_some() => say("note", "no policy allows this request"),
        _ => {}
    }
    if let Some(hint) = hint {
        say("help", hint);
    }
    out
}

fn travels(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Plain => "in plain text",
        Encryption::Mtls => "in Istio mutual TLS",
        Encryption::Tls => "in TLS",
        Encryption::TlsInMtls => "as the client's TLS inside Istio mutual TLS",
    }
}

/// The place comes first, as in compilers' messages, so that editors can jump to it.
pub(in crate::api) fn decided(decision: &Decision) -> String {
    let place = decision
        .span
        .as_ref()
        .map_or_else(String::new, |place| format!("{}:{}:{}: ", place.source, place.start.line, place.start.column));
    let object = format!("{} {}/{}", decision.kind, decision.namespace, decision.name);
    match (&decision.policy, &decision.rule) {
        (Some(policy), Some(rule)) => format!("{place}{object}, for rule `{rule}` of `{policy}`"),
        _ => format!("{place}{object}"),
    }
}
