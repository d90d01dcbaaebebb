//! The command line's words, one file for each command. Their docs are its help.

pub(crate) mod check;
mod common;
pub(crate) mod compile;
pub(crate) mod diff;
pub(crate) mod explain;
mod krm;
pub(crate) mod reach;
pub(crate) mod schema;
pub(crate) mod test;
pub(crate) mod trace;

use clap::{Parser, Subcommand};

use check::CheckArgs;
pub(crate) use common::{ColourArg, ReportFormat};
use compile::CompileArgs;
use diff::DiffArgs;
use explain::ExplainArgs;
use reach::ReachArgs;
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

Exit status: 0 answered, warnings included; 1 refused; 2 misuse, or files that cannot be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the Istio resources of a set of policies
    #[command(after_help = compile::EXAMPLES)]
    Compile(CompileArgs),
    /// Says what is wrong with a set of policies
    #[command(after_help = check::EXAMPLES)]
    Check(CheckArgs),
    /// Says what becomes of one request, hop by hop, and why
    #[command(after_help = trace::EXAMPLES)]
    Trace(Box<TraceArgs>),
    /// Prints who can reach what, through which gateway and how encrypted
    #[command(after_help = reach::EXAMPLES)]
    Reach(ReachArgs),
    /// Prints what a change opens, closes and reroutes, and how to apply it
    #[command(after_help = diff::EXAMPLES)]
    Diff(DiffArgs),
    /// Runs expectations against the policies, and says which rules and mistakes none would notice
    #[command(after_help = test::EXAMPLES)]
    Test(TestArgs),
    /// Prints what a diagnostic means and how to mend it
    Explain(ExplainArgs),
    /// Prints the JSON Schema of a kind of document, for editors
    Schema(SchemaArgs),
    /// Runs as a KRM function: a `ResourceList` on standard input and output
    #[command(after_help = krm::EXAMPLES)]
    Krm,
}
