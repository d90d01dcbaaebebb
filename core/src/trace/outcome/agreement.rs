//! Whether two runs of a request end alike, and what they have in common then.

use crate::trace::{Trace, Verdict};

/// Whether two runs end alike.
pub(crate) fn agree(known: &Trace, other: &Trace) -> bool {
    known.verdict == other.verdict
        && known.reached == other.reached
        && (known.gateway == other.gateway || known.verdict == Verdict::Blocked)
}

/// Two runs with the same end; what differs between them is left out.
pub(crate) fn common(mut known: Trace, other: Trace) -> Trace {
    if known.gateway != other.gateway {
        known.gateway = None;
    }
    if known.status != other.status {
        known.status = None;
    }
    known.closed &= other.closed;
    known.unverified = known.unverified.max(other.unverified);
    if known.response_flags != other.response_flags {
        known.response_flags = None;
    }
    if known.upstream_cluster != other.upstream_cluster {
        known.upstream_cluster = None;
    }
    for note in other.notes {
        if !known.notes.contains(&note) {
            known.notes.push(note);
        }
    }
    for text in other.assumed {
        if !known.assumed.contains(&text) {
            known.assumed.push(text);
        }
    }
    known
}
