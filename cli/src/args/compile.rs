use clap::{Args, ValueEnum};
use egressc_core::api::Format;

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
Resources are written to standard output, diagnostics to standard error. If a policy is refused, no resource is printed or written.

--output replaces the whole folder: files of an earlier run are removed, and if an error occurs the folder does not change. \
A folder with files that egressc did not write is refused.

Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile --format json policies/
  kubectl get asmegresstrafficpolicies -A -o yaml | egressc compile - mesh.yaml --output build/istio

Exit status: 0 compiled, also with warnings; 1 refused; 2 wrong usage, or a file that cannot be read or written.";

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Output format of the resources; JSON on standard output is one List
    #[arg(long, value_enum, default_value_t = FormatArg::Yaml)]
    pub(crate) format: FormatArg,

    /// Folder with one file for each resource; `-` is standard output
    #[arg(long, short, value_name = "DIR", default_value = "-")]
    pub(crate) output: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    Yaml,
    Json,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Yaml => Self::Yaml,
            FormatArg::Json => Self::Json,
        }
    }
}
