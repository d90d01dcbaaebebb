use clap::{Args, ValueEnum};
use egressc_core::api::{Date, Severity};

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
The diagnostics are the result, so they are written to standard output.

CODES is a list with commas: a code such as EGR0605, its name such as opens-other-hosts, or the first characters of codes such \
as EGR06. An error that refuses the policies is always shown.

Examples:
  egressc check policies/ mesh.yaml
  egressc check --format json policies/ | jq '.diagnostics[] | select(.severity == \"error\")'
  egressc check --format sarif policies/ mesh.yaml > egressc.sarif
  egressc check --fail-on warning --ignore EGR0402,gateway-assumed policies/ mesh.yaml
  egressc check --statistics policies/ mesh.yaml
  egressc check --diff manifests/
  egressc check --fix manifests/

Exit status: 0 the policies compile, also with warnings; 1 refused, --fail-on applies, or --diff has changes; 2 wrong usage, or a file that cannot be \
read.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,

    /// Shows only the diagnostics with these codes, whatever the configuration says; can be repeated
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) select: Option<Vec<String>>,

    /// Hides the diagnostics with these codes, also if --select names them, whatever the configuration says; can be repeated
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) ignore: Option<Vec<String>>,

    /// The exit status is 1 if a diagnostic of this severity, or of a worse one, is shown [default: that of the configuration, or error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,

    /// The configuration [default: the nearest egressc.yaml in the folder of the first path or above, up to that of a repository]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<String>,

    /// Looks for no configuration
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// The day on which suppressions are looked at, for example 2027-03-31 [default: today, in UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) now: Option<Date>,

    /// Puts the fixes that diagnostics offer into the files, as far as they open no flow, and checks the result
    #[arg(long, conflicts_with = "diff")]
    pub(crate) fix: bool,

    /// Prints what --fix would change, and writes nothing; the exit status is 1 if there is anything
    #[arg(long, conflicts_with_all = ["format", "statistics"])]
    pub(crate) diff: bool,

    /// Counts the diagnostics by code: in text instead of the diagnostics, in JSON beside them
    #[arg(long)]
    pub(crate) statistics: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// For programs: the response of the library's `check`
    Json,
    /// SARIF 2.1.0, for code scanning of GitHub and other tools
    Sarif,
    /// JUnit XML, for test reports of CI servers
    Junit,
    /// Workflow commands of GitHub Actions, which annotate lines
    Github,
    /// A code quality report of GitLab
    Gitlab,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Info,
}

impl FailOn {
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Info,
        }
    }

    /// The mildest severity that fails.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Note,
        }
    }

    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}
