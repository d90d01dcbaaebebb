use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, OtherGateway, Place, Rendering, Source};
use crate::resource::Labels;
use crate::source::PositionEncoding;
use crate::trace::{Encryption, Reached, Scheme, Stop, Verdict};

/// The request of `trace`: the result of one request. Set one of `query`, `ask` and `accessLog`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `trace`: an object")]
pub struct TraceRequest {
    /// All policies of the mesh, the documents that describe it, and Istio objects.
    pub sources: Vec<Source>,
    /// The request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
    /// The request in one line, for example `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// A line of an Envoy access log in Istio's text or JSON format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_log: Option<String>,
    /// The client whose sidecar wrote `accessLog`; if absent, egressc tries every client that the policies name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<QueryClient>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the result in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TraceFormat>,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// What [`Workspace::trace`](crate::api::Workspace::trace) is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// A request.
    Request(Query),
    /// The request that left a line in an access log.
    #[non_exhaustive]
    AccessLog {
        /// The line, in Istio's text or JSON format.
        line: String,
        /// Whose sidecar wrote it; `None` tries every client that the policies name.
        client: Option<QueryClient>,
    },
}

impl Question {
    /// The request that left a line in an access log; without a client, every client that the policies name is tried.
    pub fn access_log(line: impl Into<String>, client: Option<QueryClient>) -> Self {
        Self::AccessLog { line: line.into(), client }
    }
}

/// How a trace is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TraceFormat {
    /// Text for people, hop by hop.
    Text,
    /// A Mermaid sequence diagram.
    Mermaid,
}

/// One request: a client and a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object with `from` and `to`")]
pub struct Query {
    /// The client.
    pub from: QueryClient,
    /// The destination.
    pub to: QueryTarget,
}

/// A workload that sends a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object with the client of the request")]
#[non_exhaustive]
pub struct QueryClient {
    /// Its namespace.
    pub namespace: String,
    /// Labels of its pods.
    #[serde(default)]
    pub labels: Labels,
    /// Its service account; null if unknown.
    #[serde(default)]
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    #[serde(default)]
    pub path: ClientPath,
    /// The gateway that the client calls directly, if `path` is `direct`; by default egressc finds it by the host.
    #[serde(default)]
    pub gateway: Option<String>,
    /// The server name of the mutual TLS connection to the gateway, if `path` is `direct`; by default egressc finds it by the host.
    #[serde(default)]
    pub outer_sni: Option<String>,
}

/// How a client's traffic leaves its pod.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClientPath {
    /// Through its sidecar.
    #[default]
    Sidecar,
    /// To a gateway with the client's own mesh certificate, without the routes of its sidecar.
    Direct,
    /// Through the ztunnel of its node: the workload is in ambient mode.
    Ambient,
    /// Without a sidecar.
    None,
}

/// The destination of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object with the destination of the request")]
#[non_exhaustive]
pub struct QueryTarget {
    /// The protocol of the client.
    pub scheme: Scheme,
    /// The name, or the address, that the client calls.
    pub host: String,
    /// The address that the client dials; null stands for what the host resolves to.
    #[serde(default)]
    pub address: Option<String>,
    /// The port that the client calls, or the port of the gateway if `path` is `direct`. Defaults to the usual port of the scheme;
    /// `tcp` has no default.
    #[serde(default)]
    pub port: Option<u16>,
    /// TLS: the server name that the client sends; null stands for the host, and an empty name for no server name.
    #[serde(default)]
    pub sni: Option<String>,
    /// HTTP: the method.
    #[serde(default)]
    pub method: Option<String>,
    /// HTTP: the path.
    #[serde(default)]
    pub path: Option<String>,
    /// HTTP: headers; `host` overrides the name that the client calls.
    #[serde(default)]
    pub headers: Labels,
    /// HTTP: further values of headers that the client sends several times.
    #[serde(default)]
    pub more_headers: BTreeMap<String, Vec<String>>,
}

/// The response of `trace`: the result of one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TraceResponse {
    /// Whether the sources could be evaluated; if not, `diagnostics` contains the reasons.
    pub ok: bool,
    /// The result of the request.
    pub trace: Option<Trace>,
    /// Whether the policies allow the request; null if they do not apply to such requests.
    pub declared: Option<bool>,
    /// Whether the request arrives only because its rule is in audit mode: an enforced rule would block it.
    pub audit: bool,
    /// How to allow the request, if no policy allows it, or another hint.
    pub hint: Option<String>,
    /// The trace as text, if requested.
    pub text: Option<String>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Trace {
    /// The request, with all defaults.
    pub query: Query,
    /// The result.
    pub verdict: Verdict,
    /// The HTTP status, if a proxy answers the request; null if no proxy does.
    pub status: Option<u16>,
    /// Whether a proxy closes the connection.
    pub closed: bool,
    /// The gateway that the request goes through.
    pub gateway: Option<String>,
    /// The other gateways that it may go through: a weight decides for each request.
    pub other_gateways: Vec<OtherGateway>,
    /// Where the request arrives.
    pub reached: Option<Reached>,
    /// The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request.
    pub also_reached: Vec<Reached>,
    /// Envoy's response flags, as in access logs.
    pub response_flags: Option<String>,
    /// Envoy's cluster of the last proxy, as in access logs.
    pub upstream_cluster: Option<String>,
    /// The proxies that the request goes through, in order, and the host where it arrives.
    pub hops: Vec<Hop>,
    /// Whether each object in `decidedBy` decides for certain. If not, the request may take several ways with this result: `hops`
    /// shows one of them, and the objects that decide in the others are in `decidedBy`, too.
    pub deciders_are_known: bool,
    /// The objects that decide the result; hops refer to them by index.
    pub decided_by: Vec<Decision>,
    /// Why the result is unknown; empty if it is known.
    pub unknown: Vec<String>,
    /// The possible results if the result is unknown, each with its conditions.
    pub cases: Vec<TraceCase>,
    /// The number of possible results that `cases` does not contain.
    pub more_cases: usize,
    /// The documents that would settle which case is right.
    pub missing: Vec<String>,
    /// What the result takes for granted because no document describes it.
    pub assumed: Vec<String>,
    /// Remarks on the request.
    pub notes: Vec<String>,
    /// Objects that name the host of the request, or select its client, and that are not used, with the reasons.
    pub unused: Vec<UnusedObject>,
    /// The number of such objects that `unused` does not contain.
    pub more_unused: usize,
}

/// An object near a request that is not used, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnusedObject {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its place in the sources.
    pub span: Option<Place>,
    /// Why it is not used, as a clause.
    pub reason: String,
}

/// A possible result of a request, and the conditions under which it is the right one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TraceCase {
    /// The conditions, as clauses; all of them must hold.
    pub conditions: Vec<String>,
    /// The result.
    pub verdict: Verdict,
    /// The HTTP status, if a proxy answers the request.
    pub status: Option<u16>,
    /// Whether a proxy closes the connection.
    pub closed: bool,
    /// The gateway that the request goes through.
    pub gateway: Option<String>,
    /// Where the request arrives.
    pub reached: Option<Reached>,
    /// Envoy's response flags, as in access logs.
    pub response_flags: Option<String>,
    /// Why the result is unknown even under these conditions; empty if it is known.
    pub unknown: Vec<String>,
}

/// One proxy on the path of the request, or the host at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Hop {
    /// Where.
    pub at: Stop,
    /// Envoy's listener.
    pub listener: Option<String>,
    /// Envoy's filter chain.
    pub chain: Option<String>,
    /// Envoy's route.
    pub route: Option<String>,
    /// Envoy's cluster.
    pub cluster: Option<String>,
    /// Encryption of the connection that leaves this hop.
    pub encryption: Option<Encryption>,
    /// Indices into `decidedBy`.
    pub decided_by: Vec<usize>,
}

/// An object that decides the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Decision {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its place in the sources; for a compiled object, the `to` item that it was made for.
    pub span: Option<Place>,
    /// The policy that it was made for, in the form `namespace/name`.
    pub policy: Option<String>,
    /// The rule that it was made for.
    pub rule: Option<String>,
}
