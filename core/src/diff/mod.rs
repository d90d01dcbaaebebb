//! What a change opens, closes, reroutes and weakens.
//!
//! Both sides are asked for every class of requests that either of them tells apart.

mod change;
mod compare;
mod gateway_callers;
mod settings;

pub(crate) use change::{Difference, FlowChange};
pub(crate) use settings::{SettingDifference, TakesEffect, setting_differences};

use crate::reach::{FlowOutcome, Reachability};
use crate::trace::Verdict;
use crate::universe::{AddressClass, Granularity, RequestClass, Universe, Way};
use compare::compare;
use gateway_callers::GatewayCallers;

/// The classes of a universe that have another outcome after the change, the dangerous first.
pub(crate) fn differences(before: &Reachability, after: &Reachability, universe: &Universe) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut direct = Vec::new();
    let mut callers = GatewayCallers::default();
    // How the plain message to the same destination changed.
    let mut plain = None;
    for (class, members) in universe.classes() {
        let outcomes =
            |dialled: Option<AddressClass>| (before.at(class, members, dialled), after.at(class, members, dialled));
        let (old, new) = outcomes(None);
        // A class that is finer than rows counts only where it arrives although no policy foresees it.
        if members.granularity == Granularity::Proof && !old.arrives_unforeseen() && !new.arrives_unforeseen() {
            continue;
        }
        let is_unknown = |outcome: &FlowOutcome| outcome.verdict == Verdict::Unknown;
        if class.client.way == Way::Pod && (is_unknown(&old) || is_unknown(&new)) {
            let by_address = universe.addresses(class).into_iter().map(|dialled| (dialled, outcomes(Some(dialled))));
            let by_address: Vec<_> = by_address.collect();
            if by_address.iter().any(|(_, (old, new))| !is_unknown(old) || !is_unknown(new)) {
                found.extend(of_addresses(class, by_address));
                continue;
            }
        }
        let kind = compare(&old, &new);
        // Another message that changes in the same way has been reported with the plain one.
        let is_news = class.message.is_plain() || kind != plain;
        if class.message.is_plain() {
            plain = kind;
        }
        if class.client.way != Way::Pod {
            callers.note(class, &old, &new);
            if is_news {
                direct.push((class, old, new));
            }
        } else if let Some(kind) = kind.filter(|_| is_news) {
            let difference = Difference { kind, class: class.clone(), dialled: Vec::new(), before: old, after: new };
            callers.note_implied(&difference);
            found.push(difference);
        }
    }
    for (class, old, new) in direct {
        if let Some(kind) = callers.compare(class, &old, &new) {
            found.push(Difference { kind, class: class.clone(), dialled: Vec::new(), before: old, after: new });
        }
    }
    found.sort_by(|a, b| (a.kind, &a.class, &a.dialled).cmp(&(b.kind, &b.class, &b.dialled)));
    found
}

/// The changes of a class whose outcome depends on the dialled address; addresses with the same change are one.
fn of_addresses(class: &RequestClass, outcomes: Vec<(AddressClass, (FlowOutcome, FlowOutcome))>) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for (dialled, (before, after)) in outcomes {
        let Some(kind) = compare(&before, &after) else { continue };
        let is_same = |known: &&mut Difference| {
            known.kind == kind && known.before.takes_same_way_as(&before) && known.after.takes_same_way_as(&after)
        };
        match found.iter_mut().find(is_same) {
            Some(known) => known.dialled.push(dialled),
            None => found.push(Difference { kind, class: class.clone(), dialled: vec![dialled], before, after }),
        }
    }
    found
}
