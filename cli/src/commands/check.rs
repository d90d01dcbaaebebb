use std::collections::BTreeSet;

use egressc_core::api::{self, CheckRequest, CheckResponse};

use crate::args::ReportFormat;
use crate::args::check::CheckArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::terminal::{answer, count, rendering, tally};

/// Checks a set of policies and prints what is wrong.
pub(crate) fn check(args: &CheckArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs.paths, host)?;
    let number = sources.len();
    let render = match args.format {
        ReportFormat::Text => Some(rendering(args.color, Stream::Out, host)),
        ReportFormat::Json => None,
    };
    let mut response = api::check(&CheckRequest { sources, render, ..CheckRequest::default() }).map_err(failed)?;
    let text = match args.format {
        ReportFormat::Text => response.rendered.take().unwrap_or_default() + &summary(&response, number) + "\n",
        ReportFormat::Json => serde_json::to_string_pretty(&response).map_err(failed)? + "\n",
    };
    answer(host, &text)?;
    Ok(ExitStatus::of(response.ok))
}

fn summary(response: &CheckResponse, sources: usize) -> String {
    let tally = tally(&response.diagnostics);
    if !response.ok {
        return format!("refused: {tally}");
    }
    let destinations: BTreeSet<(&str, u16)> =
        response.gateway_ports.iter().map(|row| (row.host.as_str(), row.port)).collect();
    let comma = if tally.is_empty() { "" } else { ", " };
    let sources = count(sources, "source");
    // Without policies there are only the objects that people wrote by hand.
    if destinations.is_empty() {
        return format!("ok: {sources} without policies{comma}{tally}");
    }
    format!("ok: {} in {sources}{comma}{tally}", count(destinations.len(), "destination"))
}
