use clap::{ArgGroup, Args, ValueEnum};

use super::common::{ColourArg, Inputs};

pub(crate) const EXAMPLES: &str = "\
The request meets what the policies compile to, and Istio's own objects among the inputs; policies are not needed. \
What cannot be known is `unknown`, with the reason.

An access log line does not say who asked: give --from, or every client that the policies name is tried.

Examples:
  egressc trace policies/ mesh.yaml --from mytest,app=sleep-a --to https://www.httpbin.org
  egressc trace policies/ mesh.yaml --from mytest --to http://www.httpbin.org/x --method POST --expect blocked
  egressc trace policies/ mesh.yaml --from default --to https://www.httpbin.org --direct
  kubectl logs deploy/sleep-a -c istio-proxy | tail -1 | egressc trace policies/ mesh.yaml --access-log -

Exit status: 0 answered; 1 refused, or not as expected; 2 misuse, or files that cannot be read.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("question").required(true).args(["to", "access_log"]))]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Who asks: a namespace, then labels, as `mytest,app=sleep-a`
    #[arg(long, value_name = "CLIENT", required_unless_present = "access_log")]
    pub(crate) from: Option<String>,

    /// What for, as `https://www.httpbin.org`; schemes are http, https, grpc, tls and tcp
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,

    /// A line of Envoy's access log in Istio's text or JSON format; `-` reads the first line of standard input
    #[arg(long, value_name = "LINE", conflicts_with_all = ["method", "header", "sni", "direct"])]
    pub(crate) access_log: Option<String>,

    /// HTTP method
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// HTTP header, as `Host: other.example`; may be given several times
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,

    /// TLS server name that the client sends; empty for none
    #[arg(long, value_name = "NAME")]
    pub(crate) sni: Option<String>,

    /// Service account of the client
    #[arg(long, value_name = "NAME")]
    pub(crate) service_account: Option<String>,

    /// The client calls the gateway itself, with its own mesh certificate; a port in --to is the gateway's
    #[arg(long)]
    pub(crate) direct: bool,

    /// The gateway that is called, when several are described
    #[arg(long, value_name = "NAME", requires = "direct")]
    pub(crate) gateway: Option<String>,

    /// Exit with 1 unless this comes of it
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) expect: Option<ExpectArg>,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = TraceFormatArg::Text)]
    pub(crate) format: TraceFormatArg,

    /// Whether the diagnostics are coloured
    #[arg(long, value_enum, default_value_t = ColourArg::Auto)]
    pub(crate) color: ColourArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExpectArg {
    /// It arrives where it was sent
    Allowed,
    /// It arrives nowhere
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
