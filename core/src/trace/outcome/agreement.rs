//! Whether two runs of a request end alike, and what they have in common then.

use crate::trace::{Trace, Verdict};

/// Whether two runs end alike.
pub(crate) fn agree(known: &Trace, other: &Trace) -> bool {
    let is_known_place = || other.reached.as_ref().is_some_and(|place| known.also_reached.contains(place));
    have_one_way(known, other) && (known.reached == other.reached || is_known_place())
}

/// Whether two runs differ at most in the place at which the request arrives.
pub(crate) fn have_one_way(known: &Trace, other: &Trace) -> bool {
    let is_tls = |trace: &Trace| trace.reached.as_ref().map(|place| place.tls);
    known.verdict == other.verdict
        && is_tls(known) == is_tls(other)
        && (known.gateway == other.gateway || known.verdict == Verdict::Blocked)
}

/// Two runs of requests that chance alone sends to different places.
pub(crate) fn either(known: Trace, mut other: Trace) -> Trace {
    let place = other.reached.take();
    let mut both = common(known, other);
    both.also_reached.extend(place);
    both
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
