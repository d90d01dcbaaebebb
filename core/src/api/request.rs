use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::source::PositionEncoding;

/// One document source: a text, or a value that a program has built.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Source"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceInput {
    /// Name of the source in diagnostics: a path, or any text. egressc never opens it.
    pub name: String,
    /// YAML or JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A Kubernetes object, or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Bytes of a text, for callers that read files.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

impl SourceInput {
    /// A text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: Some(text.into()), value: None, bytes: None }
    }

    /// The content of a file; if it is not UTF-8, there is a diagnostic.
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

/// The request of `compile`: the resources of a policy set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompileRequest {
    /// All policies of the mesh, and the documents that describe it.
    pub sources: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the resources in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// The request of `check`: whether a policy set compiles.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckRequest {
    /// All policies of the mesh, and the documents that describe it.
    pub sources: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// The request of `explain`: the meaning of a diagnostic.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainRequest {
    /// A code such as `EGR0421`, or its slug, in upper or lower case.
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

/// The request of `schema`: the JSON Schema of a kind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchemaRequest {
    /// The kind.
    pub kind: SchemaKind,
}

/// The request of `about`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AboutRequest {}
