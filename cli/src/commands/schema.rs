use egressc_core::api::{self, SchemaRequest};

use crate::args::schema::SchemaArgs;
use crate::exit::{ExitStatus, Failure, failed};
use crate::host::Host;
use crate::terminal::answer;

/// Prints the JSON Schema of a kind.
pub(crate) fn schema(args: &SchemaArgs, host: &mut dyn Host) -> Result<ExitStatus, Failure> {
    let response = api::schema(&SchemaRequest { kind: args.kind.into() });
    answer(host, &(serde_json::to_string_pretty(&response.schema).map_err(failed)? + "\n"))?;
    Ok(ExitStatus::Answered)
}
