//! The command line's words, one file for each command. Their docs are its help.

pub(crate) mod check;
mod common;
pub(crate) mod compile;
pub(crate) mod convert;
pub(crate) mod diff;
pub(crate) mod explain;
mod krm;
pub(crate) mod reach;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod test;
pub(crate) mod trace;

use clap::{Parser, Subcommand};

use check::CheckArgs;
pub(crate) use common::{ColourArg, ReportFormat};
use compile::CompileArgs;
use convert::ConvertArgs;
use diff::DiffArgs;
use explain::ExplainArgs;
use reach::ReachArgs;
use replay::ReplayArgs;
use schema::SchemaArgs;
use test::TestArgs;
use trace::TraceArgs;

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
    /// Prints what a diagnostic means and how to fix it
    Explain(ExplainArgs),
    /// Prints the JSON Schema of a document kind, for editors
    Schema(SchemaArgs),
    /// Runs as a KRM function: a `ResourceList` on standard input and output
    #[command(after_help = krm::EXAMPLES)]
    Krm,
}
