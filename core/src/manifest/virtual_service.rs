use std::collections::BTreeMap;

use serde::Serialize;

use crate::resource::Labels;

/// Where requests for hosts go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualService {
    /// Namespaces that see it.
    pub export_to: Vec<String>,
    /// Gateways that it holds at; `mesh` is every sidecar.
    pub gateways: Vec<String>,
    /// The hosts.
    pub hosts: Vec<String>,
    /// Routes of HTTP, first match first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRoute>,
    /// Routes of opaque connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tcp: Vec<TcpRoute>,
    /// Routes of TLS by server name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tls: Vec<TlsRoute>,
}

/// A route of HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute {
    /// The answer, when the proxy gives it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_response: Option<DirectResponse>,
    /// Changes of headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// Any of them; none matches everything.
    #[serde(rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<HttpMatch>,
    /// Its name, which access logs show.
    pub name: String,
    /// How failed requests are sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<HttpRetry>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<RouteDestination>,
    /// How long the proxy waits for the response, in seconds with their unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// How failed requests are sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRetry {
    /// How often, at most.
    pub attempts: u8,
    /// How long each attempt may take, in seconds with their unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<String>,
    /// After which failures, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<String>,
}

/// An answer of the proxy's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DirectResponse {
    /// HTTP status.
    pub status: u16,
}

/// Changes of headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headers {
    /// Of the request.
    pub request: HeaderOperations,
    /// Of the response.
    #[serde(skip_serializing_if = "HeaderOperations::is_empty")]
    pub response: HeaderOperations,
}

/// Changes of one side's headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HeaderOperations {
    /// Headers that are added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add: BTreeMap<String, String>,
    /// Headers that are taken out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Headers that replace others of their name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
}

impl HeaderOperations {
    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.set.is_empty()
    }
}

/// A match of HTTP. Never with `gateways`: Istio ignores `sourceLabels` beside it (`core/route/route.go`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpMatch {
    /// The `Host` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<StringMatch>,
    /// Headers, all of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, StringMatch>,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch>,
    /// The port that was dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Labels of the caller.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub source_labels: Labels,
    /// The path without its query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<StringMatch>,
    /// What none of the headers may be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without_headers: BTreeMap<String, StringMatch>,
}

/// How a text is compared. Without any of the fields every text matches, as long as it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StringMatch {
    /// The whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
    /// Its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// An RE2 expression that matches the whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

/// A route of opaque connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TcpRoute {
    /// Any of them.
    #[serde(rename = "match")]
    pub matches: Vec<TcpMatch>,
    /// Where it goes.
    pub route: Vec<RouteDestination>,
}

/// A match of opaque connections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TcpMatch {
    /// The port that was dialled.
    pub port: u16,
    /// Labels of the caller.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub source_labels: Labels,
}

/// A route of TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TlsRoute {
    /// Any of them.
    #[serde(rename = "match")]
    pub matches: Vec<TlsMatch>,
    /// Where it goes.
    pub route: Vec<RouteDestination>,
}

/// A match of TLS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsMatch {
    /// The port that was dialled.
    pub port: u16,
    /// Server names.
    pub sni_hosts: Vec<String>,
    /// Labels of the caller.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub source_labels: Labels,
}

/// Where a route goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteDestination {
    /// The host, port and subset.
    pub destination: Destination,
    /// Changes of headers that only this destination gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// Its share, compared with the weights of the others; `None` where it has all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// A host, port and subset of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// The host.
    pub host: String,
    /// The port.
    pub port: PortSelector,
    /// The subset of the host's DestinationRule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
}

/// A port by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortSelector {
    /// The number.
    pub number: u16,
}
