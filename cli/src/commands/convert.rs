use egressc_core::api::{self, ConvertRequest, PositionEncoding};

use crate::args::convert::ConvertArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::terminal::{answer, rendering, say, tally};

/// Prints the sources of policies of one kind with policies of the other.
pub(crate) fn convert(args: &ConvertArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let request = ConvertRequest {
        sources: inputs::read(&args.inputs, host)?,
        to: args.to.into(),
        position_encoding: PositionEncoding::default(),
        render: Some(rendering(Stream::Err, host)),
    };
    let response = api::convert(&request).map_err(failed)?;
    say(host, &response.rendered.clone().unwrap_or_default());
    if !response.ok {
        say(host, &format!("refused: {}\n", tally(&response.diagnostics)));
        return Ok(ExitStatus::of(response.ok));
    }
    if response.converted.is_empty() {
        say(host, "no policy is of the other kind\n");
    }
    let texts: Vec<String> = response
        .converted
        .iter()
        .map(|source| if source.text.ends_with('\n') { source.text.clone() } else { format!("{}\n", source.text) })
        .collect();
    answer(host, &texts.join("---\n"))?;
    Ok(ExitStatus::of(response.ok))
}
