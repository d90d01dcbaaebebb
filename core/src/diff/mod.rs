//! What a change opens, closes, reroutes and weakens.
//!
//! Both sides are asked for every class of requests that either of them tells apart.

mod change;
mod compare;
mod gateway_callers;

pub(crate) use change::{Difference, FlowChange};

use crate::reach::Reachability;
use crate::universe::{Granularity, Universe, Way};
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
        let (old, new) = (before.outcome(class, members), after.outcome(class, members));
        // A class that is finer than rows counts only where it arrives although no policy foresees it.
        if members.granularity == Granularity::Proof && !old.arrives_unforeseen() && !new.arrives_unforeseen() {
            continue;
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
            let difference = Difference { kind, class: class.clone(), before: old, after: new };
            callers.note_implied(&difference);
            found.push(difference);
        }
    }
    for (class, old, new) in direct {
        if let Some(kind) = callers.compare(class, &old, &new) {
            found.push(Difference { kind, class: class.clone(), before: old, after: new });
        }
    }
    found.sort_by(|a, b| (a.kind, &a.class).cmp(&(b.kind, &b.class)));
    found
}
