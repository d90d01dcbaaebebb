//! What an earlier compile made, among the objects that are given.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Meta, Objects};
use crate::source::Span;

/// Who made an object, as [`crate::emit`] writes it.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "egressc");

/// Leaves out what an earlier compile made: it is replaced by this one, or pruned.
pub fn without_ours(mut theirs: Objects, proven: &Objects, report: &mut Report) -> Objects {
    if theirs.metas().next().is_none() {
        return theirs;
    }
    let name = |meta: &Meta| (meta.kind.clone(), meta.namespace.clone(), meta.name.clone());
    let made: BTreeSet<_> = proven.metas().map(name).collect();
    let ours = |meta: &Meta| {
        made.contains(&name(meta)) || meta.labels.get(MANAGED_BY.0).is_some_and(|value| value == MANAGED_BY.1)
    };
    let mut old: Vec<Span> = theirs.metas().filter(|meta| ours(meta)).filter_map(|meta| meta.span).collect();
    old.sort_unstable();
    if let Some(first) = old.first() {
        let many = match old.len() {
            1 => "an object that egressc made is".to_owned(),
            more => format!("{more} objects that egressc made are"),
        };
        report.push(
            Diagnostic::new(&codes::MADE_BY_EGRESSC, *first, format!("{many} among the inputs, and not looked at"))
                .note("this compile makes them anew; those that it does not make any more have to be deleted")
                .help(format!(
                    "leave them out; `kubectl apply --prune -l {}={}` deletes the old ones",
                    MANAGED_BY.0, MANAGED_BY.1
                )),
        );
    }
    theirs.retain(|meta| !ours(meta));
    theirs
}
