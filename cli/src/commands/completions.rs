use clap::CommandFactory;

use crate::args::Cli;
use crate::args::completions::CompletionsArgs;
use crate::exit::{ExitStatus, Failure};
use crate::host::{Host, Stream};

/// Prints the completions of a shell.
pub(crate) fn completions(args: &CompletionsArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "egressc", &mut script);
    host.write(Stream::Out, &script).map_err(|error| vec![format!("standard output: {error}")])?;
    Ok(ExitStatus::Answered)
}
