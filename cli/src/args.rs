//! The command line's words. Their docs are its help.

use clap::{Args, Parser, Subcommand, ValueEnum};
use egressc_core::api::{Format, SchemaKind};

use crate::diff_args::{self, DiffArgs};
use crate::reach_args::{self, ReachArgs};

#[derive(Debug, Parser)]
#[command(name = "egressc", version, about = "Compiles egress policies into the Istio resources that enforce them.", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile policies/ --output build/istio
  egressc check --format json policies/
  egressc reach policies/ mesh.yaml
  egressc diff old/ new/ --with mesh.yaml --fail-on widened
  egressc explain EGR0433
  egressc schema policy > policy.schema.json

Exit status: 0 answered, warnings included; 1 refused; 2 misuse, or files that cannot be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the Istio resources of a set of policies
    #[command(after_help = COMPILE)]
    Compile(CompileArgs),
    /// Says what is wrong with a set of policies
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// Prints who can reach what, through which gateway and how encrypted
    #[command(after_help = reach_args::EXAMPLES)]
    Reach(ReachArgs),
    /// Prints what a change opens, closes and reroutes, and how to apply it
    #[command(after_help = diff_args::EXAMPLES)]
    Diff(DiffArgs),
    /// Prints what a diagnostic means and how to mend it
    Explain(ExplainArgs),
    /// Prints the JSON Schema of a kind of document, for editors
    Schema(SchemaArgs),
}

const COMPILE: &str = "\
Resources go to standard output, diagnostics to standard error. When a policy is wrong nothing is printed or written.

--output replaces the folder as a whole: files that are no longer made disappear, and if anything fails it stays as it was. \
A folder with files that egressc did not write is refused.

Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile --format json policies/
  kubectl get asmegresstrafficpolicies -A -o yaml | egressc compile - mesh.yaml --output build/istio

Exit status: 0 compiled, warnings included; 1 refused; 2 misuse, or files that cannot be read or written.";

const CHECK: &str = "\
The diagnostics are the answer, so they go to standard output.

Examples:
  egressc check policies/ mesh.yaml
  egressc check --format json policies/ | jq '.diagnostics[] | select(.severity == \"error\")'

Exit status: 0 would compile, warnings included; 1 refused; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// How the resources are written; JSON on standard output is one List
    #[arg(long, value_enum, default_value_t = FormatArg::Yaml)]
    pub(crate) format: FormatArg,

    /// Folder for one file per resource; `-` is standard output
    #[arg(long, short, value_name = "DIR", default_value = "-")]
    pub(crate) output: String,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

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

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code of a diagnostic, as EGR0433, or its name, as tcp-takes-port
    pub(crate) code: String,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// ASMEgressTrafficPolicy or MeshEnvironment
    #[arg(value_enum)]
    pub(crate) kind: SchemaArg,
}

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders and `-` for standard input: all policies of the mesh, and what describes it
    ///
    /// Of a folder, all *.yaml, *.yml and *.json below it are read, except what is hidden or was written by --output.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// For programs: the response of the library's `check`
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaArg {
    /// ASMEgressTrafficPolicy
    Policy,
    /// MeshEnvironment
    Environment,
}

impl From<SchemaArg> for SchemaKind {
    fn from(kind: SchemaArg) -> Self {
        match kind {
            SchemaArg::Policy => Self::Policy,
            SchemaArg::Environment => Self::Environment,
        }
    }
}
