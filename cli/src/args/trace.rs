use clap::{ArgGroup, Args, ValueEnum};

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
The request is evaluated with the compiled resources and with the Istio objects in the input; policies are not required. \
If the input does not determine the result, the verdict is `unknown`, with the reason.

An access log line does not name the client: set --from, or egressc tries every client that the policies name.

Examples:
  egressc trace policies/ mesh.yaml --from mytest,app=sleep-a --to https://www.httpbin.org
  egressc trace policies/ mesh.yaml --from mytest --to http://www.httpbin.org/x --method POST --expect blocked
  egressc trace policies/ mesh.yaml --from default --to https://www.httpbin.org --direct
  kubectl logs deploy/sleep-a -c istio-proxy | tail -1 | egressc trace policies/ mesh.yaml --access-log -

Exit status: 0 success; 1 refused, or not as expected; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("question").required(true).args(["to", "access_log"]))]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// The client: a namespace, then labels, for example `mytest,app=sleep-a`
    #[arg(long, value_name = "CLIENT", required_unless_present = "access_log")]
    pub(crate) from: Option<String>,

    /// The destination, for example `https://www.httpbin.org`; schemes are http, https, grpc, tls and tcp
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,

    /// A line of Envoy's access log in Istio's text or JSON format; `-` reads the first line of standard input
    #[arg(long, value_name = "LINE", conflicts_with_all = ["address", "method", "header", "sni", "direct"])]
    pub(crate) access_log: Option<String>,

    /// The address that the client dials; by default what the host resolves to
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,

    /// HTTP method
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// HTTP header, for example `Host: other.example`; can be repeated
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,

    /// TLS server name that the client sends; an empty value means no server name
    #[arg(long, value_name = "NAME")]
    pub(crate) sni: Option<String>,

    /// Service account of the client
    #[arg(long, value_name = "NAME")]
    pub(crate) service_account: Option<String>,

    /// The client calls the gateway directly, with its own mesh certificate; a port in --to is a port of the gateway
    #[arg(long)]
    pub(crate) direct: bool,

    /// The gateway that the client calls, if the input describes several
    #[arg(long, value_name = "NAME", requires = "direct")]
    pub(crate) gateway: Option<String>,

    /// Exit with status 1 if the verdict is another one
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) expect: Option<ExpectArg>,

    /// Output format
    #[arg(long, value_enum, default_value_t = TraceFormatArg::Text)]
    pub(crate) format: TraceFormatArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExpectArg {
    /// The request arrives where it was sent
    Allowed,
    /// The request does not arrive
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormatArg {
    /// For people
    Text,
    /// For programs: the response of the library's `trace`
    Json,
    /// A Mermaid sequence diagram
    Mermaid,
}
