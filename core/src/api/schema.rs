use super::{SchemaKind, SchemaRequest, SchemaResponse};
use crate::resource::{Kind, json_schema};

/// Returns the JSON Schema of a kind, for editors.
pub fn schema(request: &SchemaRequest) -> SchemaResponse {
    let kind = match request.kind {
        SchemaKind::Policy => &Kind::POLICY,
        SchemaKind::Environment => &Kind::ENVIRONMENT,
        SchemaKind::Expectations => &Kind::EXPECTATIONS,
    };
    SchemaResponse { schema: json_schema(kind) }
}
