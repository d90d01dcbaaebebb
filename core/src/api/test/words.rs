use serde::{Deserialize, Serialize};

use crate::api::{OriginRow, Rendering, SourceInput, WireDiagnostic, WirePlace, WireQuery};
use crate::source::PositionEncoding;
use crate::trace::Verdict;

/// Runs the expectations among the sources.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestRequest {
    /// All policies of the mesh, what describes it, Istio's own objects, and `EgressExpectations`.
    pub sources: Vec<SourceInput>,
    /// Whether to look for changes of the policies that no expectation notices.
    #[serde(default)]
    pub mutations: bool,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `text` with the answer in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TestFormat>,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// How results are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TestFormat {
    /// For a terminal.
    Text,
}

/// How the expectations fare.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestResponse {
    /// Whether the sources could be asked; if not, `diagnostics` say why.
    pub ok: bool,
    /// How many expectations hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// Each expectation, in reading order.
    pub expectations: Vec<ExpectationRow>,
    /// The `to` items that no `allow` expectation reaches.
    pub uncovered: Vec<OriginRow>,
    /// Each change that was tried, when asked for.
    pub mutants: Vec<MutantRow>,
    /// Changes that were not tried because there are too many.
    pub untried: usize,
    /// The results as text, when asked for.
    pub text: Option<String>,
    /// What there is to say about the sources, in reading order.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// One expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExpectationRow {
    /// What is expected.
    pub expected: ExpectedVerdict,
    /// The request.
    pub query: WireQuery,
    /// What comes of it.
    pub verdict: Verdict,
    /// Whether that is as expected.
    pub passed: bool,
    /// The same in a sentence.
    pub message: String,
    /// The URL.
    pub place: WirePlace,
}

/// What is expected of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExpectedVerdict {
    /// It arrives.
    Allow,
    /// It arrives nowhere.
    Deny,
}

/// A small change of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MutantRow {
    /// What was changed.
    pub description: String,
    /// Whether some expectation fares otherwise, or the changed policies are refused.
    pub noticed: bool,
    /// Where.
    pub place: WirePlace,
}
