use egressc_core::api::{self, ReachFilter, ReachRequest};

use crate::args::reach::ReachArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::report::json;
use crate::terminal::{answer, rendering, say, tally};

/// Prints who can reach what.
pub(crate) fn reach(args: &ReachArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let format = args.format.text();
    let render = Some(rendering(Stream::Err, host));
    let filter = ReachFilter {
        from: args.from.clone(),
        to: args.to.clone(),
        only: args.only.map(Into::into),
        namespaces: Some(args.namespace.clone()).filter(|names| !names.is_empty()),
    };
    let filter = Some(filter).filter(|filter| *filter != ReachFilter::default());
    let (title, date) = (args.title.clone(), args.date);
    let request = ReachRequest { sources, format, render, filter, title, date, ..ReachRequest::default() };
    let mut response = api::reach(&request).map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    let tally = tally(&response.diagnostics);
    let text = match format {
        Some(_) => response.text.take().unwrap_or_default(),
        None => json(&response)?,
    };
    if !tally.is_empty() {
        let verdict = if response.ok { "" } else { "refused: " };
        say(host, &format!("{verdict}{tally}\n"));
    }
    answer(host, &text)?;
    Ok(ExitStatus::of(response.ok))
}
