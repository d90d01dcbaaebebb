use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnostic::Severity;
use crate::manifest::Object;
use crate::source::Position;

/// The resources of a policy set.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CompileResponse {
    /// Whether it compiled; if not, `resources` is empty.
    pub ok: bool,
    /// The resources, in the order in which they are best applied.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<serde_json::Value>"))]
    pub resources: Vec<Object>,
    /// For each resource, in the same order, what it was made for.
    pub origins: Vec<ResourceOrigins>,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// What there is to say, in reading order.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The resources as text, when asked for.
    pub text: Option<String>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// Whether a policy set is right.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckResponse {
    /// Whether it would compile.
    pub ok: bool,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// What there is to say, in reading order.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// What one resource was made for.
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
    /// The policy, as `namespace/name`.
    pub policy: String,
    /// Names of the rule and the item.
    pub rule: String,
    /// Where it stands.
    pub place: WirePlace,
}

/// Where at the gateway a destination enters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GatewayPortRow {
    /// The external host.
    pub host: String,
    /// The port that clients dial.
    pub port: u16,
    /// The gateway.
    pub gateway: String,
    /// The port of its Service.
    pub gateway_port: u16,
    /// Whether egressc chose it because the policy names none.
    pub allocated: bool,
}

/// One thing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Diagnostic"))]
#[serde(rename_all = "camelCase")]
pub struct WireDiagnostic {
    /// The rule: `EGR` and four digits.
    pub code: String,
    /// The rule for people.
    pub slug: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; the first is the place to look at.
    pub labels: Vec<WirePlace>,
    /// Why it matters here.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// An edit that does it.
    pub fix: Option<WireFix>,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Place"))]
#[serde(rename_all = "camelCase")]
pub struct WirePlace {
    /// Name of the source.
    pub source: String,
    /// The field, as `spec.egressRules[0].to[0]`; null outside of documents.
    pub path: Option<String>,
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
    /// A few words for this place; empty when the message says it all.
    pub message: String,
}

/// An edit: one place, one new text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Fix"))]
#[serde(rename_all = "camelCase")]
pub struct WireFix {
    /// What it does.
    pub title: String,
    /// What to replace.
    pub place: WirePlace,
    /// With what.
    pub replacement: String,
}

/// What a diagnostic means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainResponse {
    /// The rule: `EGR` and four digits.
    pub code: String,
    /// The rule for people.
    pub slug: String,
    /// How bad a hit is.
    pub severity: Severity,
    /// The rule in one line.
    pub summary: String,
    /// Its page, in Markdown.
    pub page: String,
}

/// A kind's JSON Schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaResponse {
    /// The schema, draft 2020-12.
    pub schema: Value,
}

/// What this library is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AboutResponse {
    /// `egressc`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The calls that it answers.
    pub calls: Vec<String>,
}
