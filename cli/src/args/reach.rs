use clap::{Args, ValueEnum};
use egressc_core::api;

use super::common::Inputs;

pub(crate) const EXAMPLES: &str = "\
Each row is a kind of client and a destination that some policy or object distinguishes: the clients that are named, any other \
client in each of their namespaces, and any client in another namespace. Blocked requests have rows too. \
Policies are not required, Istio objects are enough: the output marks requests that reach a host and bypass every gateway.

Examples:
  egressc reach policies/ mesh.yaml
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
        }
    }
}
