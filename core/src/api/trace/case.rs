//! The possible results of a request whose result is unknown.

use super::{Trace, TraceCase};
use crate::trace::outcome::Alternative;
use crate::trace::{Reached, Verdict};

/// The possible results, in the form of responses.
pub(in crate::api) fn cases(alternatives: Vec<Alternative>) -> Vec<TraceCase> {
    let case = |Alternative { conditions, end }: Alternative| TraceCase {
        conditions,
        verdict: end.verdict,
        status: end.status,
        closed: end.closed,
        gateway: end.gateway,
        reached: end.reached,
        response_flags: end.response_flags.map(str::to_owned),
        unknown: end.unknown,
    };
    alternatives.into_iter().map(case).collect()
}

/// A case as one sentence.
pub(in crate::api) fn in_words(case: &TraceCase) -> String {
    let end = End {
        verdict: case.verdict,
        status: case.status,
        closed: case.closed,
        response_flags: case.response_flags.as_deref(),
        gateways: case.gateway.iter().cloned().collect(),
        reached: case.reached.as_ref(),
    };
    let mut text = end.in_words();
    if let (Verdict::Diverted, Some(to)) = (case.verdict, &case.reached) {
        text = format!("{text} to {} port {}", to.host, to.port);
    }
    if !case.unknown.is_empty() {
        text = format!("{text} ({})", case.unknown.join("; "));
    }
    format!("{text} if {}", case.conditions.join(", and "))
}

/// How a request ends, in one line.
pub(in crate::api) fn in_short(trace: &Trace) -> String {
    End::of(trace).in_words()
}

/// How a request ends, as far as one line shows it.
pub(super) struct End<'t> {
    verdict: Verdict,
    status: Option<u16>,
    closed: bool,
    response_flags: Option<&'t str>,
    gateways: Vec<String>,
    reached: Option<&'t Reached>,
}

impl<'t> End<'t> {
    pub(super) fn of(trace: &'t Trace) -> Self {
        Self {
            verdict: trace.verdict,
            status: trace.status,
            closed: trace.closed,
            response_flags: trace.response_flags.as_deref(),
            gateways: trace
                .gateway
                .iter()
                .chain(trace.other_gateways.iter().map(|other| &other.name))
                .cloned()
                .collect(),
            reached: trace.reached.as_ref(),
        }
    }

    pub(super) fn in_words(&self) -> String {
        let word = match self.verdict {
            Verdict::Allowed => "allowed",
            Verdict::Blocked => "blocked",
            Verdict::Diverted => "diverted",
            Verdict::Unknown => "unknown",
        };
        let mut how = Vec::new();
        how.extend(self.status.map(|status| format!("HTTP status {status}")));
        if self.closed {
            how.push("connection closed".to_owned());
        }
        how.extend(self.response_flags.map(|flags| format!("response flags {flags}")));
        if self.reached.is_some() {
            how.push(match self.gateways.as_slice() {
                [] => "bypassing every gateway".to_owned(),
                gateways => format!("through gateway {}", gateways.join(" or ")),
            });
        }
        if how.is_empty() { word.to_owned() } else { format!("{word} ({})", how.join(", ")) }
    }
}
