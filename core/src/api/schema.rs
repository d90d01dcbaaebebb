use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::{Kind, json_schema};

/// The request of `schema`: the JSON Schema of a kind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request of `schema`: an object")]
pub struct SchemaRequest {
    /// The kind.
    pub kind: SchemaKind,
}

/// A kind that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SchemaKind {
    /// `ASMEgressTrafficPolicy`.
    Policy,
    /// `EgressPolicy`.
    #[serde(rename = "egress-policy")]
    EgressPolicy,
    /// `MeshEnvironment`.
    Environment,
    /// `EgressExpectations`.
    Expectations,
    /// `CheckConfiguration`.
    Configuration,
}

/// The response of `schema`: the JSON Schema of a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SchemaResponse {
    /// The schema, draft 2020-12.
    pub schema: Value,
}

/// Returns the JSON Schema of a kind, for editors and for tools that check documents before they are compiled.
///
/// ```
/// use egressc_core::api::{SchemaKind, SchemaRequest, schema};
///
/// let policy = schema(&SchemaRequest { kind: SchemaKind::Policy });
/// assert_eq!(policy.schema["properties"]["kind"]["enum"][0], "ASMEgressTrafficPolicy");
/// ```
pub fn schema(request: &SchemaRequest) -> SchemaResponse {
    let kind = match request.kind {
        SchemaKind::Policy => &Kind::POLICY,
        SchemaKind::EgressPolicy => &Kind::EGRESS_POLICY,
        SchemaKind::Environment => &Kind::ENVIRONMENT,
        SchemaKind::Expectations => &Kind::EXPECTATIONS,
        SchemaKind::Configuration => &Kind::CHECK_CONFIGURATION,
    };
    SchemaResponse { schema: json_schema(kind) }
}
