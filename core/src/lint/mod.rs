//! Mistakes in the user's own Istio objects that can be seen without asking for a request.
//!
//! [`crate::prove`] reports what an object does to the declared flows; this module reports the reason and how to mend it.
//! Each kind of object has a file. A rule reports only where the documents leave no doubt.

mod authorization_policy;
mod edit;
mod given;
mod refused;
mod refused_by_envoy;

use crate::diagnostic::Report;
use crate::istio::Objects;
use crate::model::PolicySet;
use crate::source::SourceMap;
use crate::syntax::Document;
use given::Given;
pub(crate) use refused::refused;
pub(crate) use refused_by_envoy::refused_by_envoy;

/// Applies every rule.
pub(crate) fn lint(
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
