use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, GatewayPortRow, Place, Rendering, Source};
use crate::resource::Date;
use crate::source::PositionEncoding;

/// The request of `check`: whether a policy set compiles, and what is wrong with Istio objects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `check`: an object")]
pub struct CheckRequest {
    /// All policies of the mesh, the documents that describe it, Istio objects, and a `CheckConfiguration`.
    pub sources: Vec<Source>,
    /// The day of today, such as `2027-03-31`, for suppressions, which end, and for `until` of rules. Without it no suppression is
    /// followed, and nothing is said about rules whose last day has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `rendered` contains the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// The response of `check`: whether a policy set compiles, and what is wrong with Istio objects.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CheckResponse {
    /// Whether the policies compile, and nothing else is refused.
    pub ok: bool,
    /// The gateway port of each destination.
    pub gateway_ports: Vec<GatewayPortRow>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics that a suppression hides; at most 500 of them.
    pub suppressed: Vec<Suppressed>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// A diagnostic that a suppression hides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Suppressed {
    /// The diagnostic.
    pub diagnostic: Diagnostic,
    /// Why it is hidden.
    pub reason: String,
    /// The last day on which it is hidden.
    pub until: Date,
    /// Where the suppression is written.
    pub place: Place,
}
