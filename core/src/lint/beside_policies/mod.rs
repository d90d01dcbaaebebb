//! Mistakes in the user's own objects about the gateways of policies.
//!
//! [`crate::prove`] reports what an object does to the declared flows; this module reports the reason and how to mend it.
//! A rule reports only where the documents leave no doubt.

mod authorization_policy;
mod given;

use crate::diagnostic::Report;
use crate::istio::Objects;
use crate::model::PolicySet;
use crate::source::SourceMap;
use crate::syntax::Document;
use given::Given;

/// Applies every rule.
pub(crate) fn beside_policies(
    set: &PolicySet,
    theirs: &Objects,
    documents: &[Document],
    sources: &SourceMap,
    report: &mut Report,
) {
    if theirs.is_empty() {
        return;
    }
    let given = Given::of(set, documents, sources);
    authorization_policy::lint(&given, theirs, report);
}
