//! Objects that egressc made, among those that are given.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Meta, Objects};
use crate::origin::{Claim, DIGEST, Identity, MADE_FOR, MANAGED_BY, Standing, standing};
use crate::source::Span;

/// Objects that are named one by one.
const MOST_WITNESSES: usize = 10;

/// Leaves out what this compile makes anew, and what an earlier one verifiably made.
///
/// Everything else is the user's own, even with egressc's label, and the proof asks about it.
pub fn without_ours(mut theirs: Objects, proven: &Objects, report: &mut Report) -> Objects {
    if theirs.metas().next().is_none() {
        return theirs;
    }
    let made: BTreeSet<Identity> = proven.metas().map(Meta::identity).collect();
    let own = |meta: &Meta| standing(&meta.identity(), meta.claim, &made) == Standing::Own;
    let mut old: Vec<Span> = theirs.metas().filter(|meta| !own(meta)).filter_map(|meta| meta.span).collect();
    old.sort_unstable();
    if let Some(first) = old.first() {
        let many = match old.len() {
            1 => "an object in the input was made by egressc and is".to_owned(),
            more => format!("{more} objects in the input were made by egressc and are"),
        };
        report.push(
            Diagnostic::new(&codes::MADE_BY_EGRESSC, *first, format!("{many} ignored"))
                .note("this compile makes these objects again; objects that it no longer makes have to be deleted")
                .help(format!(
                    "remove these objects from the input; `kubectl apply --prune -l {}={}` deletes the old ones from the cluster",
                    MANAGED_BY.0, MANAGED_BY.1
                )),
        );
    }
    theirs.retain(own);
    claimed(&theirs, report);
    theirs
}

/// Objects that say that egressc made them, and are not what it wrote.
fn claimed(theirs: &Objects, report: &mut Report) {
    let mut claimed: Vec<&Meta> = theirs.metas().filter(|meta| meta.claim != Claim::None).collect();
    claimed.sort_by_key(|meta| meta.span);
    let more = claimed.len().saturating_sub(MOST_WITNESSES);
    for (number, meta) in claimed.into_iter().take(MOST_WITNESSES).enumerate() {
        let Some(place) = meta.span else { continue };
        let message = format!(
            "{} `{}/{}` is marked as made by egressc, and was changed by hand or copied",
            meta.kind, meta.namespace, meta.name
        );
        let found = Diagnostic::new(&codes::NOT_AS_WRITTEN, place, message)
            .note("egressc treats it as your own object")
            .help(format!(
                "delete it if you do not need it; if it is your own, remove the label `{}` and the annotations `{MADE_FOR}` \
                 and `{DIGEST}`",
                MANAGED_BY.0
            ));
        let last = number.saturating_add(1) == MOST_WITNESSES && more > 0;
        report.push(if last { found.note(format!("{more} more objects are marked in this way")) } else { found });
    }
}
