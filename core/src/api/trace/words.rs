use serde::{Deserialize, Serialize};

use crate::api::{Rendering, SourceInput, WireDiagnostic, WirePlace};
use crate::resource::Labels;
use crate::source::PositionEncoding;
use crate::trace::{Encryption, Reached, Scheme, Stop, Verdict};

/// Asks what becomes of one request. Give one of `query`, `ask` and `accessLog`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TraceRequest {
    /// All policies of the mesh, what describes it, and Istio's own objects.
    pub sources: Vec<SourceInput>,
    /// The request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<WireQuery>,
    /// The request in one line, as `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// A line of an Envoy access log in Istio's text or JSON format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_log: Option<String>,
    /// Whose sidecar wrote `accessLog`; without it every client that the policies name is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<QueryClient>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `text` with the answer in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TraceFormat>,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// How a trace is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TraceFormat {
    /// A story, hop by hop.
    Text,
    /// A Mermaid sequence diagram.
    Mermaid,
}

/// One request: who asks, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Query"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WireQuery {
    /// Who asks.
    pub from: QueryClient,
    /// What for.
    pub to: QueryTarget,
}

/// A workload that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryClient {
    /// Its namespace.
    pub namespace: String,
    /// Labels of its pods.
    #[serde(default)]
    pub labels: Labels,
    /// Its service account; null when it is not known.
    #[serde(default)]
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    #[serde(default)]
    pub path: WirePath,
    /// The gateway that it calls itself, when `path` is `direct`; found by the host when it is left out.
    #[serde(default)]
    pub gateway: Option<String>,
    /// The server name of the mutual TLS in which it calls the gateway itself; found by the host when it is left out.
    #[serde(default)]
    pub outer_sni: Option<String>,
}

/// How a client's traffic leaves its pod.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ClientPath"))]
#[serde(rename_all = "lowercase")]
pub enum WirePath {
    /// Through its sidecar.
    #[default]
    Sidecar,
    /// To a gateway with its own mesh certificate, past its sidecar's routes.
    Direct,
    /// Without a sidecar.
    None,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryTarget {
    /// What the client speaks.
    pub scheme: Scheme,
    /// The name, or the address, that it dials.
    pub host: String,
    /// The port that it dials, and when `path` is `direct` the port of the gateway; by default the scheme's usual one,
    /// which `tcp` has not.
    #[serde(default)]
    pub port: Option<u16>,
    /// TLS: the server name that it sends; null stands for the host, an empty one for none.
    #[serde(default)]
    pub sni: Option<String>,
    /// HTTP: the method.
    #[serde(default)]
    pub method: Option<String>,
    /// HTTP: the path.
    #[serde(default)]
    pub path: Option<String>,
    /// HTTP: headers; `host` overrides the name that is dialled.
    #[serde(default)]
    pub headers: Labels,
}

/// What becomes of one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TraceResponse {
    /// Whether the sources could be asked; if not, `diagnostics` say why.
    pub ok: bool,
    /// How the request fares.
    pub trace: Option<WireTrace>,
    /// Whether the policies allow it; null when they do not speak of such requests.
    pub declared: Option<bool>,
    /// What would open it, when no policy allows it, or else what is worth a word.
    pub hint: Option<String>,
    /// The trace as text, when asked for.
    pub text: Option<String>,
    /// What there is to say about the sources, in reading order.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// How a request fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Trace"))]
#[serde(rename_all = "camelCase")]
pub struct WireTrace {
    /// The request, with everything filled in.
    pub query: WireQuery,
    /// What comes of it.
    pub verdict: Verdict,
    /// The HTTP status of the proxy that answers it; null when none does.
    pub status: Option<u16>,
    /// Whether a proxy closes the connection.
    pub closed: bool,
    /// The gateway that it crosses.
    pub gateway: Option<String>,
    /// Where it arrives.
    pub reached: Option<Reached>,
    /// Envoy's response flags, as access logs show them.
    pub response_flags: Option<String>,
    /// Envoy's cluster of the last proxy, as access logs show it.
    pub upstream_cluster: Option<String>,
    /// The proxies that it passes, in order, and the host where it arrives.
    pub hops: Vec<WireHop>,
    /// The objects that decided; hops point into it.
    pub decided_by: Vec<WireDecision>,
    /// Why it cannot be known; empty unless it is.
    pub unknown: Vec<String>,
    /// What is worth a word although it works.
    pub notes: Vec<String>,
}

/// One proxy on the way, or the end of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Hop"))]
#[serde(rename_all = "camelCase")]
pub struct WireHop {
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
    /// How the bytes leave this hop.
    pub encryption: Option<Encryption>,
    /// Indices into `decidedBy`.
    pub decided_by: Vec<usize>,
}

/// An object that decided something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Decision"))]
#[serde(rename_all = "camelCase")]
pub struct WireDecision {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where it stands; of what was compiled, the `to` item that it was made for.
    pub span: Option<WirePlace>,
    /// The policy that it was made for, as `namespace/name`.
    pub policy: Option<String>,
    /// The rule that it was made for.
    pub rule: Option<String>,
}
