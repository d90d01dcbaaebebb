use serde::{Deserialize, Serialize};

use crate::api::{Rendering, SourceInput, WireDiagnostic, WirePath, WirePlace};
use crate::resource::Labels;
use crate::source::PositionEncoding;
use crate::trace::{Encryption, Message, Reached, Scheme, Unverified, Verdict};

/// Asks who can reach what.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReachRequest {
    /// All policies of the mesh, what describes it, and Istio's own objects.
    pub sources: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `text` with the answer in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ReachFormat>,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// How flows are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReachFormat {
    /// Aligned columns.
    Table,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz graph.
    Dot,
}

/// Who can reach what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReachResponse {
    /// Whether the sources could be asked; if not, `diagnostics` say why.
    pub ok: bool,
    /// One row for each group of requests that no object tells apart, blocked ones included.
    pub flows: Vec<FlowRow>,
    /// The flows as text, when asked for.
    pub text: Option<String>,
    /// What there is to say about the sources, in reading order.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// One kind of client and one destination: how its requests fare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Flow"))]
#[serde(rename_all = "camelCase")]
pub struct FlowRow {
    /// Who asks.
    pub from: FlowClient,
    /// What for.
    pub to: FlowTarget,
    /// What comes of it.
    pub verdict: Verdict,
    /// Whether a policy allows it.
    pub declared: bool,
    /// Whether it reaches a host past every gateway.
    pub bypass: bool,
    /// The gateway that it crosses.
    pub gateway: Option<String>,
    /// The port of the gateway's Service.
    pub gateway_port: Option<u16>,
    /// How the bytes travel to the gateway.
    pub to_gateway: Option<Encryption>,
    /// How the bytes travel to the host.
    pub to_host: Option<Encryption>,
    /// What a proxy's TLS to the host does not verify.
    pub unverified: Unverified,
    /// Where it arrives.
    pub reached: Option<Reached>,
    /// The HTTP status of the proxy that answers it.
    pub status: Option<u16>,
    /// Envoy's response flags.
    pub response_flags: Option<String>,
    /// The policy that declares it, as `namespace/name`.
    pub policy: Option<String>,
    /// The rule that declares it.
    pub rule: Option<String>,
    /// The declaration, or the object that lets it through.
    pub place: Option<WirePlace>,
    /// Why it cannot be known; empty unless it is.
    pub unknown: Vec<String>,
}

/// A kind of client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlowClient {
    /// Its namespace; null stands for all that are not named.
    pub namespace: Option<String>,
    /// Labels of its pods; empty stands for all that have none of the named ones.
    pub labels: Labels,
    /// Its service account; null when it is not known.
    pub service_account: Option<String>,
    /// How its traffic leaves the pod.
    pub path: WirePath,
    /// The same as a person would say it.
    pub description: String,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlowTarget {
    /// What the client speaks.
    pub scheme: Scheme,
    /// The host that it dials.
    pub host: String,
    /// The port that it dials.
    pub port: u16,
    /// The name that it says, in `Host` or as TLS server name, where this is not the host that it dials; empty for none.
    pub name: Option<String>,
    /// What its HTTP requests say, where an object tells them from others by it and they fare otherwise; null stands for
    /// all others.
    pub message: Option<Message>,
}
