use std::fmt::Write as _;

use clap::ValueEnum as _;
use egressc_core::api::{self, SchemaRequest};

use crate::args::schema::{SchemaArg, SchemaArgs};
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::Host;
use crate::terminal::answer;

/// Prints the JSON Schema of a kind, or which kinds there are.
pub(crate) fn schema(args: &SchemaArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let Some(kind) = args.kind else {
        answer(host, &list())?;
        return Ok(ExitStatus::Answered);
    };
    let response = api::schema(&SchemaRequest { kind: kind.into() });
    answer(host, &(serde_json::to_string_pretty(&response.schema).map_err(failed)? + "\n"))?;
    Ok(ExitStatus::Answered)
}

/// A line for each kind: the argument, and the kind that it stands for.
fn list() -> String {
    let mut text = String::new();
    for kind in SchemaArg::value_variants().iter().filter_map(SchemaArg::to_possible_value) {
        // Writing to a text cannot fail.
        let _ =
            writeln!(text, "{:<13}  {}", kind.get_name(), kind.get_help().map(ToString::to_string).unwrap_or_default());
    }
    text
}
