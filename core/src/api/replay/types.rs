use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, QueryClient, Rendering, Source, Trace};
use crate::source::PositionEncoding;

/// The request of `replay`: compares the verdicts with the lines of access logs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `replay`: an object")]
pub struct ReplayRequest {
    /// All policies of the mesh, the documents that describe it, and Istio objects.
    pub sources: Vec<Source>,
    /// The access logs.
    pub logs: Vec<AccessLog>,
    /// The largest number of lines in `rows` for each result; the default is 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<usize>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the result in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ReplayFormat>,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// The access log of one proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an access log: an object with `name` and `text`")]
#[non_exhaustive]
pub struct AccessLog {
    /// Name of the log in the response: a path, or any text.
    pub name: String,
    /// Its lines, in Istio's text or JSON format.
    pub text: String,
    /// The client that sent the requests: the workload whose sidecar wrote the log. With `path: direct` and `gateway`, the
    /// log is that of the gateway. If absent, the field `kubernetes` of each JSON line must name the workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<QueryClient>,
}

impl AccessLog {
    /// The log of a client's sidecar, or of the gateway that the client calls directly.
    pub fn new(name: impl Into<String>, text: impl Into<String>, client: impl Into<Option<QueryClient>>) -> Self {
        Self { name: name.into(), text: text.into(), client: client.into() }
    }
}

/// How the result is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReplayFormat {
    /// For a terminal.
    Text,
}

/// The response of `replay`: how many lines agree with the verdicts, and examples.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayResponse {
    /// Whether the sources could be evaluated; if not, `diagnostics` contains the reasons, and no line is compared.
    pub ok: bool,
    /// The number of lines that agree with the verdict.
    pub agree: usize,
    /// The number of lines that contradict the verdict.
    pub differ: usize,
    /// The number of lines for which the verdict is unknown, or that do not show whether it is right.
    pub unknown: usize,
    /// The number of lines that are not compared.
    pub left_out: usize,
    /// The reasons, and the number of lines for each; the most frequent ones first.
    pub reasons: Vec<ReplayReason>,
    /// The rules in audit mode by which alone requests arrive, with the number of lines that agree for each; most lines come first.
    pub audited: Vec<AuditedLines>,
    /// The first lines of each result.
    pub rows: Vec<ReplayRow>,
    /// The result as text, if requested.
    pub text: Option<String>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// What comes of comparing one line with the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ReplayResult {
    /// The line is as the verdict says.
    Agree,
    /// The line contradicts the verdict.
    Differ,
    /// The verdict is unknown, or the line does not show whether it is right.
    Unknown,
    /// The line is not compared.
    LeftOut,
}

/// A reason, and the number of lines that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayReason {
    /// The result of these lines.
    pub result: ReplayResult,
    /// The reason.
    pub reason: String,
    /// The number of lines.
    pub lines: usize,
}

/// A rule in audit mode, and the lines of requests that it would block if it were enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditedLines {
    /// The policy, in the form `namespace/name`.
    pub policy: String,
    /// The rule.
    pub rule: String,
    /// The number of lines.
    pub lines: usize,
}

/// One line of a log, and the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayRow {
    /// The result.
    pub result: ReplayResult,
    /// The name of the log.
    pub log: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The request in words; empty if the line is left out.
    pub request: String,
    /// Why the line differs, is unknown or is left out; empty if it agrees.
    pub reason: String,
    /// What the line contains; null if it could not be read.
    pub logged: Option<Logged>,
    /// The request of the line, and its verdict; null if the line is left out.
    pub trace: Option<Trace>,
}

/// The fields of a line that are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Logged {
    /// The HTTP status.
    pub status: Option<u16>,
    /// Envoy's response flags.
    pub response_flags: Option<String>,
    /// Which part of the proxy answered, or why it closed the connection.
    pub details: Option<String>,
    /// Envoy's cluster.
    pub upstream_cluster: Option<String>,
    /// Envoy's route.
    pub route: Option<String>,
}
