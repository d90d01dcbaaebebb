use egressc_core::api::{self, ExplainRequest, UsageError};
use egressc_core::diagnostic::codes;

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
        Err(error @ UsageError::UnknownCode(_)) => {
            let hint = nearest(args.code.trim()).map(|code| format!("; did you mean {} ({})?", code.id, code.slug));
            Err(vec![format!("{error}{}", hint.unwrap_or_default())])
        }
        Err(error) => Err(failed(error)),
    }
}

/// The code that was probably meant: mistyped, without its letters or zeros, or by a mistyped name.
fn nearest(text: &str) -> Option<&'static codes::Code> {
    const MOST_EDITS: usize = 2;
    // Longer than any code or slug, so that the distance need not be worked out.
    if text.len() > 64 {
        return None;
    }
    let text = text.to_lowercase();
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number: Option<u32> = digits.parse().ok();
    let by_number = codes::ALL
        .iter()
        .copied()
        .find(|code| code.id.trim_start_matches("EGR").parse().ok() == number && number.is_some());
    let distance = |code: &codes::Code| {
        strsim::osa_distance(&text, &code.id.to_lowercase()).min(strsim::osa_distance(&text, code.slug))
    };
    by_number.or_else(|| {
        codes::ALL
            .iter()
            .copied()
            .map(|code| (distance(code), code))
            .filter(|(edits, _)| *edits <= MOST_EDITS)
            .min_by_key(|(edits, code)| (*edits, code.id))
            .map(|(_, code)| code)
    })
}
