use clap::{Args, ValueEnum};
use egressc_core::api;

use super::common::Chosen;

pub(crate) const EXAMPLES: &str = "\
OLD and NEW each contain all policies of the mesh, the documents that describe the mesh, and Istio objects; use --with for \
documents of both sides. A side can have no policies: with an empty folder as OLD, the output is what the first policies open.

Each change has an example: a request, its result before and after, and the line that causes the change.
  gained        the request was blocked, and now reaches a host
  widened       a gateway now allows a caller that it denied, or the request arrives at another host
  unknown       the result is now unknown
  weakened      less encryption or less verification, or the request now bypasses the gateway
  rerouted      another gateway or port, or fewer of several hosts
  lost          the request reached a host, and is now blocked
  narrowed      a gateway now denies a caller that it allowed
  strengthened  more encryption, or more verification

If the objects are applied in the order at the end, no flow that exists before and after the change is interrupted.

--output replaces the whole folder, if a new or empty one, or one that egressc wrote. Nothing is written if a side is refused or \
if --fail-on applies. `sh DIR/apply.sh` applies the waves; it is the only file of them that starts a program.

Examples:
  egressc diff old/ new/ --with mesh.yaml
  egressc diff old/ new/ --with mesh.yaml --output waves && sh waves/apply.sh
  egressc diff <(git show main:egress.yaml) egress.yaml --with mesh.yaml --fail-on widened
  egressc diff old/ new/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Exit status: 0 success; 1 one side is refused, or --fail-on applies; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// File or folder before the change; `-` is standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: String,

    /// File or folder after the change
    #[arg(value_name = "NEW")]
    pub(crate) new: String,

    /// File or folder for both sides, for example the description of the mesh; can be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) with: Vec<String>,

    #[command(flatten)]
    pub(crate) chosen: Chosen,

    /// Changes for which the exit status is 1
    #[arg(long, value_enum, value_name = "CHANGES")]
    pub(crate) fail_on: Option<FailOn>,

    /// Folder for the steps: one file for each wave, in their order, and a script that applies them
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// gained, widened, weakened, and unknown
    Widened,
    /// Every change of a flow or of a setting
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
