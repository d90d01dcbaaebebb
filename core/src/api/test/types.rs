use serde::{Deserialize, Serialize};

use crate::api::{Diagnostic, OriginRow, Place, Query, Rendering, Source, TraceCase, UnusedObject};
use crate::source::PositionEncoding;
use crate::trace::Verdict;

/// The request of `test`: runs the expectations in the sources.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `test`: an object")]
pub struct TestRequest {
    /// All policies of the mesh, the documents that describe it, Istio objects, and `EgressExpectations`.
    pub sources: Vec<Source>,
    /// Whether to make small changes to the policies, and to list those that no expectation notices.
    #[serde(default)]
    pub mutations: bool,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the result in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TestFormat>,
    /// If set, `rendered` contains the diagnostics as text.
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

/// The response of `test`: the results of the expectations.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TestResponse {
    /// Whether the sources could be evaluated; if not, `diagnostics` contains the reasons.
    pub ok: bool,
    /// The number of expectations that pass.
    pub passed: usize,
    /// The number of expectations that fail.
    pub failed: usize,
    /// Each expectation, in the order of the sources.
    pub expectations: Vec<ExpectationRow>,
    /// The `to` items that no `allow` expectation reaches.
    pub uncovered: Vec<OriginRow>,
    /// Each change that was tested, if requested.
    pub mutants: Vec<MutantRow>,
    /// The number of changes that were not tested because there are too many.
    pub untried: usize,
    /// What the results take for granted because no document describes it.
    pub assumed: Vec<String>,
    /// The results as text, if requested.
    pub text: Option<String>,
    /// The diagnostics, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// One expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExpectationRow {
    /// What is expected.
    pub expected: ExpectedVerdict,
    /// The request.
    pub query: Query,
    /// The result.
    pub verdict: Verdict,
    /// Whether the result is as expected.
    pub passed: bool,
    /// The result as a sentence.
    pub message: String,
    /// The possible results if the result is unknown, each with its conditions.
    pub cases: Vec<TraceCase>,
    /// The number of possible results that `cases` does not contain.
    pub more_cases: usize,
    /// The documents that would settle which case is right.
    pub missing: Vec<String>,
    /// If the expectation fails: objects that name the host of the request, or select its client, and that are not used.
    pub unused: Vec<UnusedObject>,
    /// The number of such objects that `unused` does not contain.
    pub more_unused: usize,
    /// The URL.
    pub place: Place,
}

/// The expected result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExpectedVerdict {
    /// The request arrives.
    Allow,
    /// The request does not arrive.
    Deny,
}

/// A small change of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MutantRow {
    /// The change.
    pub description: String,
    /// Whether the result of an expectation changes, or the changed policies are refused.
    pub noticed: bool,
    /// Where.
    pub place: Place,
}
