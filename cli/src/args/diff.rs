use clap::{Args, ValueEnum};
use egressc_core::api;

use super::common::ColourArg;

pub(crate) const EXAMPLES: &str = "\
OLD and NEW are each all policies of the mesh, what describes it, and Istio's own objects; what belongs to both is given once, \
as --with. A side without policies is one that has none yet: an empty folder as OLD says what the first policies open.

Each change has a witness: a request, how it fared and how it fares, and the line that did it.
  gained        reached nothing and reaches something now
  widened       a gateway admits a caller that it refused
  unknown       it cannot be known what comes of it now
  weakened      less encryption, less verification, or past the gateway
  rerouted      another gateway or port, or another host
  lost          reached something and reaches nothing now
  narrowed      a gateway refuses a caller that it admitted
  strengthened  more encryption, or more verification

The order at the end keeps every flow that survives the change alive while it is applied.

Examples:
  egressc diff old/ new/ --with mesh.yaml
  egressc diff <(git show main:egress.yaml) egress.yaml --with mesh.yaml --fail-on widened
  egressc diff old/ new/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Exit status: 0 answered; 1 a side is refused, or a hit of --fail-on; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// File or folder before the change; `-` is standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: String,

    /// File or folder after the change
    #[arg(value_name = "NEW")]
    pub(crate) new: String,

    /// File or folder that belongs to both sides, such as what describes the mesh; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) with: Vec<String>,

    /// Changes that end the run with status 1
    #[arg(long, value_enum, value_name = "CHANGES")]
    pub(crate) fail_on: Option<FailOn>,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// gained, widened, weakened, and unknown
    Widened,
    /// Every change of a flow
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// For programs: the response of the library's `diff`
    Json,
    /// For a pull request
    Markdown,
}

impl DiffFormat {
    /// The library's format; `None` for its whole response.
    pub(crate) fn text(self) -> Option<api::DiffFormat> {
        match self {
            Self::Text => Some(api::DiffFormat::Text),
            Self::Json => None,
            Self::Markdown => Some(api::DiffFormat::Markdown),
        }
    }
}
