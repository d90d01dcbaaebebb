//! What several calls have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Severity;
use crate::resource;
use crate::source::{Position, Span};

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

/// A gateway that a request may go through instead of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OtherGateway {
    /// Its name.
    pub name: String,
    /// The port of its Service.
    pub port: u16,
}

impl OtherGateway {
    pub(super) fn new(name: &str, port: u16) -> Self {
        Self { name: name.to_owned(), port }
    }

    /// Name and port, as tables have them.
    pub(super) fn in_short(&self) -> String {
        format!("{}:{}", self.name, self.port)
    }
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
    /// Who answers for the rule; null if the rule does not say so.
    pub accountability: Option<Accountability>,
}

/// Who answers for a rule, and until when. egressc only reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Accountability {
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is needed.
    pub reason: Option<String>,
    /// Where it was agreed on.
    pub ticket: Option<String>,
    /// The last day on which it is needed, for example `2027-03-31`.
    pub until: Option<String>,
}

impl Accountability {
    /// By the place of a declaration.
    pub(super) fn at(span: Span, known: &BTreeMap<Span, &resource::Accountability>) -> Option<Self> {
        known.get(&span).map(|said| Self {
            owner: said.owner.clone(),
            reason: said.reason.clone(),
            ticket: said.ticket.clone(),
            until: said.until.as_ref().map(|day| day.value.to_string()),
        })
    }
}
