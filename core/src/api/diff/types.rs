use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Diagnostic, Flow, Place, Rendering, Source};
use crate::source::PositionEncoding;

/// Stands for all namespaces that nothing names.
pub(super) const ANY_OTHER: &str = "*";

/// The request of `diff`: which flows a change opens, closes and reroutes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `diff`: an object")]
pub struct DiffRequest {
    /// The mesh before the change: all policies, the documents that describe it, and Istio objects.
    pub before: Vec<Source>,
    /// The mesh after the change.
    pub after: Vec<Source>,
    /// Units of columns and offsets in the response.
    #[serde(default)]
    pub position_encoding: PositionEncoding,
    /// If set, `text` contains the result in this format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<DiffFormat>,
    /// If set, `rendered` contains the diagnostics as text.
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

/// The response of `diff`: which flows a change opens, closes and reroutes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffResponse {
    /// Whether both sides could be evaluated; if not, `diagnostics` contains the reasons.
    pub ok: bool,
    /// Each flow that changes, the dangerous changes first.
    pub changes: Vec<Change>,
    /// Each setting that changes for flows that a policy declares before and after the change: weights, timeouts, retries,
    /// limits, headers, certificates. They are compared as policies say them; those of other Istio objects are not.
    pub settings: Vec<SettingChange>,
    /// Whether the change opens a flow or weakens its protection, or whether that is unknown.
    pub widened: bool,
    /// Namespaces of clients whose flows change although no document that names them was changed;
    /// `*` stands for all namespaces that are not named.
    pub affected_namespaces: Vec<String>,
    /// The order in which to apply the change, so that no flow that exists before and after it is interrupted, and no other flow is
    /// open in between.
    pub order: Vec<ApplyStep>,
    /// The changes as text, if requested.
    pub text: Option<String>,
    /// The diagnostics of the sources: first those of the sources before the change that do not apply after it.
    pub diagnostics: Vec<Diagnostic>,
    /// The diagnostics as text, if requested.
    pub rendered: Option<String>,
}

/// A flow that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Change {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The change as a sentence: an example request, and its result before and after.
    pub message: String,
    /// The result before the change; null if no such flow was known.
    pub before: Option<Flow>,
    /// The result after the change; null if no such flow is known any more.
    pub after: Option<Flow>,
    /// The place in the documents that causes the change.
    pub place: Option<Place>,
    /// Whether no document that names the client's namespace was changed.
    pub untouched: bool,
}

/// A setting of a destination that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SettingChange {
    /// The field of the policy, below `to[]`, as `retries.attempts`.
    pub setting: String,
    /// The gateway, the backend or the header whose setting it is; null for a setting of the whole destination.
    pub of: Option<String>,
    /// The change as a sentence.
    pub message: String,
    /// The value before the change; null if the policy did not set it. A weight is a share of all weights, as `9 of 10`.
    pub before: Option<String>,
    /// The value after the change; null if the policy does not set it any more.
    pub after: Option<String>,
    /// Whether the gateway accepts certificates of more authorities than before: those of its system instead of those of a Secret
    /// or a file.
    pub weakens: bool,
    /// The clients of the destination, in words.
    pub clients: Vec<String>,
    /// The hosts of the destination.
    pub hosts: Vec<String>,
    /// The port that clients use.
    pub port: u16,
    /// The destination in the policy after the change.
    pub place: Place,
}

/// What a change does to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// The request was blocked, and now reaches a host.
    Gained,
    /// A gateway now allows a caller that it denied, or the request arrives at a host at which it did not arrive.
    Widened,
    /// The result is now unknown.
    Unknown,
    /// The request has less encryption or verification than before, or now bypasses the gateway.
    Weakened,
    /// The request uses another gateway or port, or arrives at fewer of several hosts.
    Rerouted,
    /// The request reached a host, and is now blocked.
    Lost,
    /// A gateway now denies a caller that it allowed.
    Narrowed,
    /// The request has more encryption or verification than before.
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
#[non_exhaustive]
pub struct ApplyStep {
    /// The action.
    pub action: ApplyAction,
    /// The number of the wave of the step, from 1 on. The steps of a wave have one action and one kind; between two waves, wait until
    /// the proxies have what was applied.
    pub wave: usize,
    /// Kind of the object.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object to apply in this step, if it is not yet the object that the new policies compile to.
    pub transitional: Option<Value>,
    /// The reason for this position in the order.
    pub reason: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ApplyAction {
    /// Creates it, or changes it in place.
    Apply,
    /// Deletes it.
    Delete,
}
