//! Whether two runs of a request end alike, and what they have in common then.

use crate::trace::{Hop, Reached, Trace, Verdict};

/// Whether two runs end alike.
pub(crate) fn agree(known: &Trace, other: &Trace) -> bool {
    let is_same_end = known.verdict == other.verdict && known.reached == other.reached;
    let is_one_of_several = || {
        !known.also_reached.is_empty()
            && arrive_alike(known, other)
            && other.reached.as_ref().is_some_and(|place| is_place_of(known, place))
    };
    let is_same_way = known.gateway == other.gateway || known.verdict == Verdict::Blocked;
    (is_same_end && is_same_way) || is_one_of_several()
}

/// Whether both runs arrive, by one way and in the same encryption, perhaps at different places.
pub(crate) fn arrive_alike(known: &Trace, other: &Trace) -> bool {
    match (&known.reached, &other.reached) {
        (Some(a), Some(b)) => a.tls == b.tls && known.gateway == other.gateway,
        _ => false,
    }
}

/// Whether the hops of two runs have the same routes and clusters.
fn are_one_way(known: &[Hop], other: &[Hop]) -> bool {
    let way = |hop: &Hop| (hop.at, hop.listener.clone(), hop.chain.clone(), hop.route.clone(), hop.cluster.clone());
    known.iter().map(way).eq(other.iter().map(way))
}

/// Two runs of requests that chance alone sends to different places. Where one of the places is not the destination of the
/// request, the request is diverted.
pub(crate) fn either(known: Trace, mut other: Trace) -> Trace {
    let verdict = if known.verdict == other.verdict { known.verdict } else { Verdict::Diverted };
    let place = other.reached.take().filter(|place| !is_place_of(&known, place));
    let mut both = common(known, other);
    both.verdict = verdict;
    both.also_reached.extend(place);
    both
}

fn is_place_of(trace: &Trace, place: &Reached) -> bool {
    trace.reached.iter().chain(&trace.also_reached).any(|known| known == place)
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
    known.has_other_ways |= other.has_other_ways || !are_one_way(&known.hops, &other.hops);
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
