use egressc_core::api::{self, TestFormat, TestRequest};

use crate::args::ReportFormat;
use crate::args::test::TestArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::terminal::{answer, rendering, say, tally};

/// Runs the expectations among the inputs.
pub(crate) fn test(args: &TestArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let format = (args.format == ReportFormat::Text).then_some(TestFormat::Text);
    let render = Some(rendering(Stream::Err, host));
    let request = TestRequest { sources, mutations: args.mutations, format, render, ..TestRequest::default() };
    let mut response = api::test(&request).map_err(failed)?;
    say(host, &response.rendered.take().unwrap_or_default());
    if !response.ok {
        say(host, &format!("refused: {}\n", tally(&response.diagnostics)));
    }
    match args.format {
        ReportFormat::Text => answer(host, &response.text.take().unwrap_or_default())?,
        ReportFormat::Json => answer(host, &(serde_json::to_string_pretty(&response).map_err(failed)? + "\n"))?,
    }
    if response.ok && response.expectations.is_empty() {
        return Err(vec![
            "the input contains no EgressExpectations; `egressc test --help` shows an example".to_owned(),
        ]);
    }
    Ok(ExitStatus::of(response.ok && response.failed == 0))
}
