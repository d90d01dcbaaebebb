use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::source::PositionEncoding;

/// One document source: a text, or a value that a program has built.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Source"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceInput {
    /// What to call it in diagnostics: a path, or any label. It is never opened.
    pub name: String,
    /// YAML or JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A Kubernetes object, or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Bytes that should be text; for callers that read files.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

impl SourceInput {
    /// A text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: Some(text.into()), value: None, bytes: None }
    }

    /// What a file holds; if it is not UTF-8, a diagnostic says so.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), text: None, value: None, bytes: Some(bytes.into()) }
    }

    /// A value.
    pub fn value(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), text: None, value: Some(value), bytes: None }
    }
}

/// How diagnostics are rendered as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rendering {
    /// Without colour.
    Plain,
    /// With terminal colours.
    Coloured,
}

/// How resources are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A YAML stream.
    Yaml,
    /// A JSON `List`.
    Json,
}

/// Asks for the resources of a policy set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompileRequest {
    /// All policies of the mesh, and what describes it.
    pub sources: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `text` with the resources in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// Asks whether a policy set is right.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckRequest {
    /// All policies of the mesh, and what describes it.
    pub sources: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// Asks what a diagnostic means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainRequest {
    /// `EGR0421` or its slug, in any case.
    pub code: String,
}

/// A kind that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SchemaKind {
    /// `ASMEgressTrafficPolicy`.
    Policy,
    /// `MeshEnvironment`.
    Environment,
    /// `EgressExpectations`.
    Expectations,
}

/// Asks for a kind's JSON Schema.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchemaRequest {
    /// The kind.
    pub kind: SchemaKind,
}

/// Asks nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AboutRequest {}
