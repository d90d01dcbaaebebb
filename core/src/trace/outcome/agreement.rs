//! Whether two runs of a request end alike, and what they have in common then.

use crate::trace::{Decision, Hop, Reached, Trace, Verdict};

/// Whether two runs end alike.
pub(crate) fn agree(known: &Trace, other: &Trace) -> bool {
    known.verdict == other.verdict
        && known.reached == other.reached
        && (known.gateway == other.gateway || known.verdict == Verdict::Blocked)
}

/// Whether two ends are alike, and requests arrive at the same places, in any order.
pub(crate) fn have_same_places(known: &Trace, other: &Trace) -> bool {
    let within = |one: &Trace, other: &Trace| places(one).all(|place| places(other).any(|known| known == place));
    known.verdict == other.verdict
        && (have_same_gateways(known, other) || known.verdict == Verdict::Blocked)
        && within(known, other)
        && within(other, known)
}

/// Whether requests cross the same gateways, in any order.
fn have_same_gateways(known: &Trace, other: &Trace) -> bool {
    let is_same = known.gateway == other.gateway || !known.crossed.is_empty() && !other.crossed.is_empty();
    let within = |one: &Trace, other: &Trace| one.crossed.iter().all(|crossed| other.crossed.contains(crossed));
    is_same && within(known, other) && within(other, known)
}

/// Whether both runs cross gateways, and their bytes travel in the same encryption to each of them.
fn cross_alike(known: &Trace, other: &Trace) -> bool {
    let mut encryption = known.crossed.iter().chain(&other.crossed).map(|crossed| crossed.encryption);
    let first = encryption.next();
    !known.crossed.is_empty() && !other.crossed.is_empty() && encryption.all(|other| Some(other) == first)
}

/// Whether both runs arrive, through gateways or past them and in the same encryption, perhaps at different places.
pub(crate) fn arrive_alike(known: &Trace, other: &Trace) -> bool {
    match (&known.reached, &other.reached) {
        (Some(a), Some(b)) => a.tls == b.tls && (known.gateway == other.gateway || cross_alike(known, other)),
        _ => false,
    }
}

/// Whether the hops of two runs have the same routes and clusters, and the same objects decide there.
fn are_one_way(known: &Trace, other: &Trace) -> bool {
    let is_same = |(one, two): (&Hop, &Hop)| {
        let way = |hop: &Hop| (hop.at, hop.listener.clone(), hop.chain.clone(), hop.route.clone(), hop.cluster.clone());
        way(one) == way(two) && one.encryption == two.encryption && decided_at(known, one).eq(decided_at(other, two))
    };
    known.hops.len() == other.hops.len() && known.hops.iter().zip(&other.hops).all(is_same)
}

/// Whether the same objects decide in two runs, in any order.
fn have_same_deciders(known: &Trace, other: &Trace) -> bool {
    let within = |one: &Trace, other: &Trace| one.decided_by.iter().all(|by| other.decided_by.contains(by));
    within(known, other) && within(other, known)
}

/// What decided at a hop.
fn decided_at<'t>(trace: &'t Trace, hop: &'t Hop) -> impl Iterator<Item = &'t Decision> {
    hop.decided_by.iter().filter_map(|at| trace.decided_by.get(*at))
}

/// Two ends of requests that chance alone sends to different places. Where one of the places is not the destination of the
/// request, the request is diverted.
pub(crate) fn either(known: Trace, other: Trace) -> Trace {
    let verdict = if known.verdict == other.verdict { known.verdict } else { Verdict::Diverted };
    let more: Vec<Reached> =
        places(&other).filter(|place| !places(&known).any(|known| known == *place)).cloned().collect();
    let mut both = common(known, other);
    both.verdict = verdict;
    both.also_reached.extend(more);
    both
}

fn places(trace: &Trace) -> impl Iterator<Item = &Reached> {
    trace.reached.iter().chain(&trace.also_reached)
}

/// Two runs with the same end; what differs between them is left out.
pub(crate) fn common(mut known: Trace, other: Trace) -> Trace {
    if known.gateway != other.gateway && !cross_alike(&known, &other) {
        known.gateway = None;
        known.crossed.clear();
    } else {
        for crossed in &other.crossed {
            if !known.crossed.contains(crossed) {
                known.crossed.push(crossed.clone());
            }
        }
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
    known.has_other_ways |= other.has_other_ways || !are_one_way(&known, &other);
    known.has_other_deciders |= other.has_other_deciders || !have_same_deciders(&known, &other);
    // The hops are those of one way; what decides in another one is named, too.
    for decision in other.decided_by {
        if !known.decided_by.contains(&decision) {
            known.decided_by.push(decision);
        }
    }
    for note in other.notes {
        if !known.notes.contains(&note) {
            known.notes.push(note);
        }
    }
    for text in other.weights {
        if !known.weights.contains(&text) {
            known.weights.push(text);
        }
    }
    for text in other.assumed {
        if !known.assumed.contains(&text) {
            known.assumed.push(text);
        }
    }
    known
}
