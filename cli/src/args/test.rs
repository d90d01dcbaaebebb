use clap::Args;

use super::common::{ColourArg, Inputs, ReportFormat};

pub(crate) const EXAMPLES: &str = "\
Expectations are documents of kind EgressExpectations among the inputs; `egressc schema expectations` has their fields:

  apiVersion: egressc.dev/v1alpha1
  kind: EgressExpectations
  metadata: {name: httpbin}
  spec:
    allow:
    - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}
    deny:
    - {from: mytest, to: ['https://www.httpbin.org']}

--mutations also changes the policies in every small way, and names the changes that no expectation notices.

Exit status: 0 all hold; 1 some do not, or the policies are refused; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Also look for mistakes in the policies that no expectation would notice
    #[arg(long)]
    pub(crate) mutations: bool,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}
