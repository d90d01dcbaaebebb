//! The command line's words, one file for each command. Their docs are its help.

pub(crate) mod check;
mod common;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod diff;
pub(crate) mod dump;
pub(crate) mod explain;
pub(crate) mod init;
mod krm;
pub(crate) mod man;
pub(crate) mod reach;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod test;
pub(crate) mod trace;

use clap::{Parser, Subcommand};

use check::CheckArgs;
pub(crate) use common::{Cluster, ColourArg, Everywhere, Inputs, ReportFormat};
use compile::CompileArgs;
use completions::CompletionsArgs;
use convert::ConvertArgs;
use diff::DiffArgs;
use dump::DumpArgs;
use explain::ExplainArgs;
use init::InitArgs;
use man::ManArgs;
use reach::ReachArgs;
use replay::ReplayArgs;
use schema::SchemaArgs;
use test::TestArgs;
use trace::TraceArgs;

#[derive(Debug, Parser)]
#[command(name = "egressc", version, about = "Compiles egress policies into the Istio resources that enforce them.", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) everywhere: Everywhere,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  egressc compile policies/ mesh.yaml | kubectl apply -f -
  egressc compile policies/ --output build/istio
  egressc check --format json policies/
  egressc trace policies/ mesh.yaml --from mytest,app=sleep-a --to https://www.httpbin.org
  egressc reach policies/ mesh.yaml
  egressc diff old/ new/ --with mesh.yaml --fail-on widened
  egressc explain EGR0433
  egressc schema policy > policy.schema.json

Exit status: 0 success, also with warnings; 1 refused; 2 wrong usage, or a file that cannot be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the Istio resources of a set of policies
    #[command(after_help = compile::EXAMPLES)]
    Compile(CompileArgs),
    /// Checks a set of policies and prints what is wrong
    #[command(after_help = check::EXAMPLES)]
    Check(CheckArgs),
    /// Prints the path of one request, hop by hop, with the objects that decide it
    #[command(after_help = trace::EXAMPLES)]
    Trace(Box<TraceArgs>),
    /// Prints which clients can reach which hosts, through which gateway and with which encryption
    #[command(after_help = reach::EXAMPLES)]
    Reach(ReachArgs),
    /// Prints which flows a change opens, closes and reroutes, and in which order to apply it
    #[command(after_help = diff::EXAMPLES)]
    Diff(DiffArgs),
    /// Tests the policies with expectations, and prints the rules and mistakes that no expectation covers
    #[command(after_help = test::EXAMPLES)]
    Test(TestArgs),
    /// Compares the verdicts with the access logs of sidecars and gateways
    #[command(after_help = replay::EXAMPLES)]
    Replay(Box<ReplayArgs>),
    /// Prints policies of one kind as policies of the other
    #[command(after_help = convert::EXAMPLES)]
    Convert(ConvertArgs),
    /// Prints what a diagnostic means and how to fix it, or lists all codes
    Explain(ExplainArgs),
    /// Prints the JSON Schema of a document kind, for editors, or lists the kinds
    Schema(SchemaArgs),
    /// Prints a MeshEnvironment with what the documents of a cluster say about its mesh
    #[command(after_help = init::EXAMPLES)]
    Init(InitArgs),
    /// Prints a script that reads what egressc needs from a cluster
    #[command(after_help = dump::EXAMPLES)]
    Dump(DumpArgs),
    /// Prints the completions of a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(CompletionsArgs),
    /// Prints the manual as man pages
    #[command(after_help = man::EXAMPLES)]
    Man(ManArgs),
    /// Runs as a KRM function: a `ResourceList` on standard input and output
    #[command(after_help = krm::EXAMPLES)]
    Krm,
}

impl Command {
    /// The paths of a command that reads policies and the mesh.
    pub(crate) fn inputs_mut(&mut self) -> Option<&mut Inputs> {
        match self {
            Self::Compile(args) => Some(&mut args.inputs),
            Self::Check(args) => Some(&mut args.inputs),
            Self::Trace(args) => Some(&mut args.inputs),
            Self::Reach(args) => Some(&mut args.inputs),
            Self::Test(args) => Some(&mut args.inputs),
            Self::Replay(args) => Some(&mut args.inputs),
            Self::Convert(args) => Some(&mut args.inputs),
            Self::Init(args) => Some(&mut args.inputs),
            Self::Diff(_)
            | Self::Explain(_)
            | Self::Schema(_)
            | Self::Dump(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Krm => None,
        }
    }
}
