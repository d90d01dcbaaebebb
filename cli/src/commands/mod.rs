//! One file for each command: arguments and a host in, an exit status out.

mod check;
mod compile;
mod diff;
mod explain;
mod krm;
mod reach;
mod schema;
mod test;
mod trace;

pub(crate) use check::check;
pub(crate) use compile::compile;
pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use krm::krm;
pub(crate) use reach::reach;
pub(crate) use schema::schema;
pub(crate) use test::test;
pub(crate) use trace::trace;

use egressc_core::api::WireDiagnostic;
use egressc_core::diagnostic::Severity;

use crate::terminal::count;
use crate::{ExitStatus, Failure};

fn exit(ok: bool) -> ExitStatus {
    if ok { ExitStatus::Answered } else { ExitStatus::Refused }
}

/// A call that the core does not take, or an answer that cannot be written.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: impl ToString) -> Failure {
    vec![error.to_string()]
}

/// How many there are, as `1 error, 2 warnings`; empty when there is nothing.
fn tally(diagnostics: &[WireDiagnostic]) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counts = kinds.into_iter().filter_map(|(severity, name)| {
        let number = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        (number > 0).then(|| count(number, name))
    });
    counts.collect::<Vec<_>>().join(", ")
}
