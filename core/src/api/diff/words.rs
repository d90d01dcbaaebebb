use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{FlowRow, Rendering, SourceInput, WireDiagnostic, WirePlace};
use crate::source::PositionEncoding;

/// Asks what a change opens, closes and reroutes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiffRequest {
    /// The mesh before the change: all policies, what describes it, and Istio's own objects.
    pub before: Vec<SourceInput>,
    /// The same after the change.
    pub after: Vec<SourceInput>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// Fills `text` with the answer in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<DiffFormat>,
    /// Fills `rendered` with the diagnostics as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<Rendering>,
}

/// How a difference is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DiffFormat {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
}

/// What a change opens, closes and reroutes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DiffResponse {
    /// Whether both sides could be asked; if not, `diagnostics` say why.
    pub ok: bool,
    /// Each flow that fares otherwise than before, the dangerous first.
    pub changes: Vec<Change>,
    /// Whether the change opens anything, weakens encryption, or leaves that unknown.
    pub widened: bool,
    /// Namespaces of clients that fare otherwise although no document that names them was changed;
    /// `*` stands for all that are not named.
    pub affected_namespaces: Vec<String>,
    /// How to apply the change so that no flow that survives it is interrupted, and none is open in between.
    pub order: Vec<ApplyStep>,
    /// The difference as text, when asked for.
    pub text: Option<String>,
    /// What there is to say about the sources: first of those before the change what is not said of those after it too.
    pub diagnostics: Vec<WireDiagnostic>,
    /// The diagnostics as text, when asked for.
    pub rendered: Option<String>,
}

/// A flow that fares otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// The change in a sentence: the witness request, and how it fared and fares.
    pub message: String,
    /// How it fared; null when nothing was known of such a flow.
    pub before: Option<FlowRow>,
    /// How it fares; null when nothing is known of such a flow any more.
    pub after: Option<FlowRow>,
    /// The line that did it.
    pub place: Option<WirePlace>,
    /// Whether no document that names the client's namespace was changed.
    pub untouched: bool,
}

/// What a change does to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was blocked and reaches something now.
    Gained,
    /// A gateway admits a caller that it refused.
    Widened,
    /// It cannot be known what comes of it now.
    Unknown,
    /// It travels with less encryption than before.
    Weakened,
    /// It takes another way, or ends elsewhere.
    Rerouted,
    /// It reached something and is blocked now.
    Lost,
    /// A gateway refuses a caller that it admitted.
    Narrowed,
    /// It travels with more encryption than before.
    Strengthened,
}

impl ChangeKind {
    /// Whether it opens something, makes it less safe, or leaves that open.
    pub fn widens(self) -> bool {
        matches!(self, Self::Gained | Self::Widened | Self::Unknown | Self::Weakened)
    }
}

/// One step of applying a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplyStep {
    /// What to do.
    pub action: ApplyAction,
    /// Kind of the object.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What to apply at this step, when it is not yet the object that the new policies compile to.
    pub transitional: Option<Value>,
    /// Why here.
    pub reason: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ApplyAction {
    /// Creates it, or changes it in place.
    Apply,
    /// Deletes it.
    Delete,
}
