use clap::Args;

use super::common::{ColourArg, Inputs, ReportFormat};

pub(crate) const EXAMPLES: &str = "\
The diagnostics are the result, so they are written to standard output.

Examples:
  egressc check policies/ mesh.yaml
  egressc check --format json policies/ | jq '.diagnostics[] | select(.severity == \"error\")'

Exit status: 0 the policies compile, also with warnings; 1 refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// When the text is coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}
