use clap::{Args, ValueEnum};
use egressc_core::api::{self, Date};

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
Each row is a kind of client and a destination that some policy or object distinguishes: the clients that are named, any other \
client in each of their namespaces, and any client in another namespace. Blocked requests have rows too. \
Policies are not required, Istio objects are enough: the output marks requests that reach a host and bypass every gateway.

Examples:
  egressc reach policies/ mesh.yaml
  egressc reach policies/ mesh.yaml --from mytest,app=sleep-a --only allowed
  egressc reach policies/ mesh.yaml --format html --title 'Egress of prod' --date 2027-03-31 > reach.html
  egressc reach policies/ mesh.yaml --format dot | dot -Tsvg > reach.svg
  egressc reach --format json policies/ | jq '.flows[] | select(.bypass)'
  kubectl get serviceentries,virtualservices,destinationrules,gateways,sidecars,authorizationpolicies,services,envoyfilters -A -o yaml | egressc reach -

Exit status: 0 success; 1 refused; 2 wrong usage, or a file that cannot be read.";

#[derive(Debug, Args)]
pub(crate) struct ReachArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,

    /// Output format
    #[arg(long, value_enum, default_value_t = ReachFormat::Table)]
    pub(crate) format: ReachFormat,

    /// Only the rows of this client: a namespace, then labels, for example `mytest,app=sleep-a`
    #[arg(long, value_name = "CLIENT")]
    pub(crate) from: Option<String>,

    /// Only the rows of this host, for example `www.httpbin.org`, `*.httpbin.org` or `www.httpbin.org:443`
    #[arg(long, value_name = "HOST")]
    pub(crate) to: Option<String>,

    /// Only the rows with this result
    #[arg(long, value_enum, value_name = "RESULT")]
    pub(crate) only: Option<OnlyArg>,

    /// Only the rows of clients in this namespace; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Vec<String>,

    /// Title of html and svg
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,

    /// Date that html and svg show, for example 2027-03-31 [default: none]
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    /// For people
    Table,
    /// For programs: the response of the library's `reach`
    Json,
    /// For spreadsheets
    Csv,
    /// A Mermaid flowchart
    Mermaid,
    /// A Graphviz graph
    Dot,
    /// A page with a picture and a table, in one file without scripts
    Html,
    /// A picture, in one file without scripts
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnlyArg {
    /// The request arrives somewhere, or it is unknown whether it does
    Allowed,
    /// The request is blocked
    Blocked,
    /// The request arrives, and bypasses every gateway
    Bypass,
}

impl From<OnlyArg> for api::ReachOnly {
    fn from(only: OnlyArg) -> Self {
        match only {
            OnlyArg::Allowed => Self::Allowed,
            OnlyArg::Blocked => Self::Blocked,
            OnlyArg::Bypass => Self::Bypass,
        }
    }
}

impl ReachFormat {
    /// The library's format; `None` for its whole response.
    pub(crate) fn text(self) -> Option<api::ReachFormat> {
        match self {
            Self::Table => Some(api::ReachFormat::Table),
            Self::Json => None,
            Self::Csv => Some(api::ReachFormat::Csv),
            Self::Mermaid => Some(api::ReachFormat::Mermaid),
            Self::Dot => Some(api::ReachFormat::Dot),
            Self::Html => Some(api::ReachFormat::Html),
            Self::Svg => Some(api::ReachFormat::Svg),
        }
    }
}
