use std::fmt::Write as _;

use egressc_core::api::{self, ExplainRequest, Severity};
use egressc_core::stages::diagnostic::codes;
use egressc_core::stages::resource::NAMED_SETS;

use crate::args::explain::ExplainArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::Host;
use crate::terminal::answer;

/// Prints the page of a diagnostic, or what pages there are.
pub(crate) fn explain(args: &ExplainArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let Some(code) = &args.code else {
        answer(host, &list())?;
        return Ok(ExitStatus::Answered);
    };
    match api::explain(&ExplainRequest { code: code.clone() }) {
        Ok(response) => {
            let end = if response.page.ends_with('\n') { "" } else { "\n" };
            answer(host, &format!("{}{end}", response.page))?;
            Ok(ExitStatus::Answered)
        }
        Err(error) => Err(failed(error)),
    }
}

/// A line for each code, and one for each named set.
fn list() -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    for code in codes::ALL {
        let severity = match code.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = writeln!(text, "{}  {severity:<7}  {}: {}", code.id, code.slug, code.summary);
    }
    for set in NAMED_SETS {
        let _ = writeln!(text, "@{}  {}", set.name, set.about().lines().next().unwrap_or_default());
    }
    text
}
