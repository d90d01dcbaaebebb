use clap::{Args, ValueEnum};

use super::common::Inputs;

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

--mutations also makes each possible small change to the policies, and lists the changes that no expectation notices. \
--min-mutation-score does so, too.

Examples:
  egressc test policies/ mesh.yaml
  egressc test policies/ mesh.yaml --format junit --min-mutation-score 80 > expectations.xml
  egressc test policies/ mesh.yaml --write > proposed.yaml

Exit status: 0 all expectations pass; 1 some fail, or the policies are refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Also make small changes to the policies, and list those that no expectation notices
    #[arg(long)]
    pub(crate) mutations: bool,

    /// The exit status is 1 if the expectations notice fewer of these changes, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_mutation_score: Option<u8>,

    /// Prints EgressExpectations for the rules that no expectation reaches, instead of the results: what the policies do now, to be
    /// read by a person
    #[arg(long, conflicts_with_all = ["format", "mutations", "min_mutation_score"])]
    pub(crate) write: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormatArg::Text)]
    pub(crate) format: TestFormatArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormatArg {
    /// For people
    Text,
    /// For programs: the response of the library's `test`
    Json,
    /// JUnit XML, for test reports of CI servers
    Junit,
}
