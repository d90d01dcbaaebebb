//! A [`Shape`] as JSON Schema (draft 2020-12), for editors.

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::shape::{Field, Need, Others, Shape, Text};

/// The schema of a kind's documents.
pub fn json_schema(kind: &Kind) -> Value {
    let mut schema = shape(kind.shape);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".into(), json!(kind.name));
    }
    schema
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Object { fields, others } => object(fields, *others),
        Shape::List { item, min, max } => {
            let mut list = Map::from_iter([("type".into(), json!("array")), ("items".into(), shape(item))]);
            if *min > 0 {
                list.insert("minItems".into(), json!(min));
            }
            if *max < usize::MAX {
                list.insert("maxItems".into(), json!(max));
            }
            Value::Object(list)
        }
        Shape::Labels => labels(0),
        Shape::Selector => labels(1),
        Shape::Headers => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Shape::Text(Text::Reason) => json!({"type": "string", "maxLength": 253, "pattern": "\\S"}),
        Shape::Text(Text::Free) => json!({"type": "string", "maxLength": 253}),
        Shape::Text(Text::Date) => json!({"type": "string", "format": "date"}),
        Shape::Text(Text::Unread | Text::Duration | Text::Path) => json!({"type": "string"}),
        Shape::Text(Text::Method | Text::HeaderName) => {
            json!({"type": "string", "pattern": "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$"})
        }
        Shape::Text(Text::McpName) => json!({"type": "string", "pattern": "^[-_./0-9A-Za-z]+$", "maxLength": 64}),
        Shape::Text(Text::Label) => {
            json!({"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63})
        }
        Shape::Text(Text::Subdomain | Text::ObjectName) => {
            json!({"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "maxLength": 253})
        }
        Shape::Choice(choices) => json!({"type": "string", "enum": choices}),
        Shape::Port => port(),
        Shape::Number { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::PortOrName => json!({"anyOf": [port(), {"type": "string"}]}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Any => json!({}),
    }
}

fn labels(min: usize) -> Value {
    json!({
        "type": "object",
        "minProperties": min,
        "propertyNames": {"pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"},
        "additionalProperties": {"type": "string", "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", "maxLength": 63},
    })
}

fn port() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 65535})
}

fn object(fields: &[Field], others: Others) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), documented(field))).collect();
    let needed: Vec<&str> =
        fields.iter().filter(|field| field.need == Need::Required).map(|field| field.name).collect();
    let mut object =
        Map::from_iter([("type".into(), json!("object")), ("properties".into(), Value::Object(properties))]);
    if !needed.is_empty() {
        object.insert("required".into(), json!(needed));
    }
    let alternatives = fields.iter().filter_map(|field| match field.need {
        Need::Either(_) => Some(json!({"required": [field.name]})),
        Need::Required | Need::Optional => None,
    });
    let alternatives: Vec<Value> = alternatives.collect();
    if !alternatives.is_empty() {
        object.insert("oneOf".into(), json!(alternatives));
    }
    if others.are_refused() {
        object.insert("additionalProperties".into(), json!(false));
    }
    Value::Object(object)
}

fn documented(field: &Field) -> Value {
    let mut value = shape(&field.shape);
    if let Value::Object(map) = &mut value {
        map.insert("description".into(), json!(field.doc));
    }
    value
}
