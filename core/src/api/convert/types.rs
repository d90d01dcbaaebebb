use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, Rendering, Source};
use crate::source::PositionEncoding;

/// The request of `convert`: policies of one kind as policies of another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `convert`: an object")]
pub struct ConvertRequest {
    /// The sources with policies.
    pub sources: Vec<Source>,
    /// The kind that the policies get.
    pub to: PolicyKind,
    /// The units of columns and offsets.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// How the diagnostics are rendered as text; null or absent: they are not.
    #[serde(default)]
    pub render: Option<Rendering>,
}

/// A kind of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PolicyKind {
    /// `ASMEgressTrafficPolicy` of `istio.alibabacloud.com/v1`.
    #[serde(rename = "ASMEgressTrafficPolicy")]
    Asm,
    /// `EgressPolicy` of `egressc.dev/v1alpha1`.
    #[serde(rename = "EgressPolicy")]
    EgressPolicy,
}

/// The response of `convert`: the sources with converted policies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConvertResponse {
    /// Whether every policy could be converted. If not, there are no texts.
    pub ok: bool,
    /// The sources that have policies of the other kind, with their new texts. Comments and all other documents stay as they
    /// are.
    pub converted: Vec<ConvertedSource>,
    /// What is wrong, and the fields that have no place in the other kind.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if the request asks for it.
    pub rendered: Option<String>,
}

/// A source with converted policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConvertedSource {
    /// Its name.
    pub name: String,
    /// Its new text.
    pub text: String,
}
