use clap::Args;

use super::common::{ColourArg, Inputs, ReportFormat};

pub(crate) const EXAMPLES: &str = "\
The diagnostics are the answer, so they go to standard output.

Examples:
  egressc check policies/ mesh.yaml
  egressc check --format json policies/ | jq '.diagnostics[] | select(.severity == \"error\")'

Exit status: 0 would compile, warnings included; 1 refused; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Whether the text is coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}
