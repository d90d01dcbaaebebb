//! What several calls have in common.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Severity;
use crate::source::Position;

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

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnostic {
    /// The code: `EGR` and four digits.
    pub code: String,
    /// The slug of the code, for people.
    pub slug: String,
    /// The severity.
    pub severity: Severity,
    /// The message.
    pub message: String,
    /// The places; look at the first one first.
    pub labels: Vec<Place>,
    /// Why it matters.
    pub notes: Vec<String>,
    /// The action.
    pub help: Option<String>,
    /// An edit that fixes the problem.
    pub fix: Option<Fix>,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Place {
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fix {
    /// What the edit does.
    pub title: String,
    /// What to replace.
    pub place: Place,
    /// The new text.
    pub replacement: String,
}

/// A `to` item of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OriginRow {
    /// The policy, in the form `namespace/name`.
    pub policy: String,
    /// Names of the rule and the item.
    pub rule: String,
    /// Its place in the sources.
    pub place: Place,
}
