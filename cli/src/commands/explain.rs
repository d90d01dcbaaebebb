use egressc_core::api::{self, ExplainRequest};

use crate::args::explain::ExplainArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::Host;
use crate::terminal::answer;

/// Prints the page of a diagnostic.
pub(crate) fn explain(args: &ExplainArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    match api::explain(&ExplainRequest { code: args.code.clone() }) {
        Ok(response) => {
            let end = if response.page.ends_with('\n') { "" } else { "\n" };
            answer(host, &format!("{}{end}", response.page))?;
            Ok(ExitStatus::Answered)
        }
        Err(error) => Err(failed(error)),
    }
}
