use clap::{Args, ValueEnum};

use super::common::{Inputs, ReportFormat};

pub(crate) const EXAMPLES: &str = "\
Each line is evaluated as the request that it is about, and the verdict is compared with what the proxy did. A line agrees, \
differs, is unknown, or is left out (inbound requests, health checks, lines of another format). docs/design/replay.md says what is compared.

The logs are in Istio's default text format or in JSON, and are read line by line. A line does not name the client: set --from to \
the workload whose sidecar wrote the logs, or pass JSON logs to which Fluent Bit has added the field `kubernetes`.

Examples:
  kubectl logs deploy/sleep-a -c istio-proxy | egressc replay mesh/ --log - --from mytest,app=sleep-a
  egressc replay mesh/ --log gateway.log --gateway istio-egressgateway --from mytest,app=sleep-a --service-account sleep-a
  egressc replay mesh/ --log fluent-bit.json --fail-on unknown --format json

Exit status: 0 no line differs; 1 a line differs, or --fail-on applies, or the policies are refused; 2 wrong usage, a file that \
cannot be read, or no line that can be compared.";

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// An access log, or `-` for standard input; can be repeated
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) log: Vec<String>,

    /// The client of all lines: a namespace, then labels, for example `mytest,app=sleep-a`
    #[arg(long, value_name = "CLIENT")]
    pub(crate) from: Option<String>,

    /// Service account of the client
    #[arg(long, value_name = "NAME", requires = "from")]
    pub(crate) service_account: Option<String>,

    /// The logs are those of this gateway, and not of the client's sidecar
    #[arg(long, value_name = "NAME", requires = "from")]
    pub(crate) gateway: Option<String>,

    /// Exit with status 1 for these lines
    #[arg(long, value_enum, value_name = "RESULT", default_value_t = ReplayFailOn::Differ)]
    pub(crate) fail_on: ReplayFailOn,

    /// The number of lines that are shown of each result
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) examples: u16,

    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFailOn {
    /// Lines that contradict the verdict
    Differ,
    /// These, and lines whose result is unknown
    Unknown,
}
