use clap::Args;

use super::common::{Inputs, ReportFormat};

pub(crate) const EXAMPLES: &str = "\
Expectations are documents of kind EgressExpectations in the input; `egressc schema expectations` describes their fields:

  apiVersion: egressc.dev/v1alpha1
  kind: EgressExpectations
  metadata: {name: httpbin}
  spec:
    allow:
    - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}
    deny:
    - {from: mytest, to: ['https://www.httpbin.org']}

--mutations also makes each possible small change to the policies, and lists the changes that no expectation notices.

Exit status: 0 all expectations pass; 1 some fail, or the policies are refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Also make small changes to the policies, and list those that no expectation notices
    #[arg(long)]
    pub(crate) mutations: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}
