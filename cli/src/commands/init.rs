use egressc_core::stages::described;

use crate::args::init::InitArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::{Host, Stream};
use crate::inputs;
use crate::terminal::{answer, rendering, say};

/// Prints the MeshEnvironment that some documents describe.
pub(crate) fn init(args: &InitArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let sources = inputs::read(&args.inputs, host)?;
    let described = described(&sources, rendering(Stream::Err, host));
    say(host, &described.rendered);
    let Some(environment) = &described.environment else {
        return Ok(ExitStatus::Refused);
    };
    for line in &described.left_out {
        say(host, &format!("note: {line}\n"));
    }
    answer(host, &egressc_core::stages::emit::yaml(std::slice::from_ref(environment)).map_err(failed)?)?;
    Ok(ExitStatus::Answered)
}
