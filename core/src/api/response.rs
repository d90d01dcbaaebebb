use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnostic::Severity;
use crate::manifest::Object;
use crate::source::Position;

/// The response of `compile`: the resources of a policy set.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CompileResponse {
    /// Whether the policies compile; if not, `resources` is empty.
    pub ok: bool,
    /// The resources, in the order in which they should be applied.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub resources: Vec<Object>,
    /// The origin of each resource, in the same order.
    pub origins: Vec<ResourceOrigins>,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The resources as text, if requested.
    pub text: Option<String>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// The response of `check`: whether a policy set compiles.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckResponse {
    /// Whether the policies compile.
    pub ok: bool,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// The origin of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResourceOrigins {
    /// Kind of the resource.
    pub kind: String,
    /// Namespace of the resource.
    pub namespace: String,
    /// Name of the resource.
    pub name: String,
    /// The `to` items.
    pub origins: Vec<OriginRow>,
}

/// A `to` item of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OriginRow {
    /// The policy, in the form `namespace/name`.
    pub policy: String,
    /// Names of the rule and the item.
    pub rule: String,
    /// Its place in the sources.
    pub place: WirePlace,
}

/// The gateway port of a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GatewayPortRow {
    /// The external host.
    pub host: String,
    /// The port that clients call.
    pub port: u16,
    /// The gateway.
    pub gateway: String,
    /// The port of its Service.
    pub gateway_port: u16,
    /// Whether egressc chose the port because the policy does not set one.
    pub allocated: bool,
}

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Diagnostic"))]
#[serde(rename_all = "camelCase")]
pub struct WireDiagnostic {
    /// The code: `EGR` and four digits.
    pub code: String,
    /// The slug of the code, for people.
    pub slug: String,
    /// The severity.
    pub severity: Severity,
    /// The message.
    pub message: String,
    /// The places; look at the first one first.
    pub labels: Vec<WirePlace>,
    /// Why it matters.
    pub notes: Vec<String>,
    /// The action.
    pub help: Option<String>,
    /// An edit that fixes the problem.
    pub fix: Option<WireFix>,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Place"))]
#[serde(rename_all = "camelCase")]
pub struct WirePlace {
    /// Name of the source.
    pub source: String,
    /// The field, for example `spec.egressRules[0].to[0]`; null outside of documents.
    pub path: Option<String>,
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
    /// A few words for this place; empty if the message is enough.
    pub message: String,
}

/// An edit: one place, one new text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Fix"))]
#[serde(rename_all = "camelCase")]
pub struct WireFix {
    /// What the edit does.
    pub title: String,
    /// What to replace.
    pub place: WirePlace,
    /// The new text.
    pub replacement: String,
}

/// The response of `explain`: the meaning of a diagnostic.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainResponse {
    /// The code: `EGR` and four digits.
    pub code: String,
    /// The slug of the code, for people.
    pub slug: String,
    /// The severity.
    pub severity: Severity,
    /// The title of the page.
    pub summary: String,
    /// Its page, in Markdown.
    pub page: String,
}

/// The response of `schema`: the JSON Schema of a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaResponse {
    /// The schema, draft 2020-12.
    pub schema: Value,
}

/// The response of `about`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AboutResponse {
    /// `egressc`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The names of its calls.
    pub calls: Vec<String>,
}
