//! Why a line is not compared.

/// Ports of the proxy itself, for readiness, metrics and the agent (`pkg/bootstrap`, `bootstrap.json`).
const PORTS_OF_THE_PROXY: [&str; 4] = [":15000", ":15020", ":15021", ":15090"];
/// Clusters of the proxy itself, in the same file.
const CLUSTERS_OF_THE_PROXY: [&str; 5] = ["agent", "prometheus_stats", "xds-grpc", "sds-grpc", "zipkin"];

use crate::api::log_line::LogLine;

/// Why a line is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    /// It is cut, has another format, or is not from an access log.
    NotRead,
    /// It is longer than any line of an access log.
    TooLong,
    /// The request arrives at the workload, and does not leave it.
    Inbound,
    /// Readiness, metrics, and the like.
    OfTheProxy,
    /// The proxy did not read a whole request.
    NoRequest,
    /// It is for a Service of the cluster.
    InTheCluster,
    /// Neither the call nor the line names the client.
    NoClient,
    /// It is about a port of the gateway's pods to which no port of the Service leads.
    NoServicePort,
    /// HTTP/1.0, CONNECT, and what is no host.
    NoQuery,
}

impl LeftOut {
    /// What a line says about itself, whoever the client is.
    pub(super) fn of(line: &LogLine) -> Option<Self> {
        let is_of_the_proxy = line
            .dialled
            .as_deref()
            .is_some_and(|address| PORTS_OF_THE_PROXY.iter().any(|port| address.ends_with(port)))
            || line.cluster.as_deref().is_some_and(|cluster| CLUSTERS_OF_THE_PROXY.contains(&cluster));
        if line.is_inbound() {
            Some(Self::Inbound)
        } else if is_of_the_proxy {
            Some(Self::OfTheProxy)
        } else if line.method.is_none() && line.protocol.is_some() {
            // Envoy answered before it had read the headers, or the client was gone.
            Some(Self::NoRequest)
        } else if line.protocol.as_deref() == Some("HTTP/1.0") || line.method.as_deref() == Some("CONNECT") {
            Some(Self::NoQuery)
        } else {
            None
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::NotRead => {
                "it is not a whole line of an access log in Istio's default text format or in JSON with Istio's fields"
            }
            Self::TooLong => "it is longer than 64 KiB",
            Self::Inbound => "it is about an inbound request",
            Self::OfTheProxy => "it is about the proxy itself, for example its readiness or its metrics",
            Self::NoRequest => "the proxy did not read a whole request",
            Self::InTheCluster => "the request is for a Service of the cluster",
            Self::NoClient => "the line does not name the client, and no client is set for the log",
            Self::NoServicePort => "no port of the gateway's Service leads to the port that the client called",
            Self::NoQuery => "egressc does not evaluate such requests (HTTP/1.0, CONNECT, or a host that is not valid)",
        }
    }
}
