//! What is compiled and asked about: documents, under the names that diagnostics call them by.

use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

use crate::syntax::Limits;

/// One source of documents: a text, or a value that a program has built.
///
/// In JSON it is an object with `name`, and with `text` or `value`.
///
/// ```
/// use egressc_core::api::{Content, Source};
///
/// let source: Source = serde_json::from_str(r#"{"name": "policy.yaml", "text": "kind: Namespace"}"#)?;
/// assert_eq!(source, Source::text("policy.yaml", "kind: Namespace"));
/// assert!(matches!(source.content, Content::Text(_)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Source {
    /// Name of the source in diagnostics: a path, or any text. egressc never opens it.
    pub name: String,
    /// The documents.
    pub content: Content,
}

/// The documents of a source, in the form in which the caller has them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// YAML or JSON text.
    Text(String),
    /// Bytes that should be UTF-8 text, for callers that read files: if they are not, a diagnostic says so.
    Bytes(Vec<u8>),
    /// A Kubernetes object, or a list of them.
    Value(Value),
}

impl Source {
    /// A source may have so many bytes; a larger one is refused with EGR0103. A program that reads files need not read
    /// more than one byte beyond it.
    pub const MOST_BYTES: usize = Limits::DEFAULT.source_bytes;
    /// All sources of a workspace together may have so many bytes.
    pub const MOST_BYTES_TOGETHER: usize = Limits::DEFAULT.total_bytes;

    /// A text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), content: Content::Text(text.into()) }
    }

    /// The content of a file; if it is not UTF-8, there is a diagnostic.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: Content::Bytes(bytes.into()) }
    }

    /// A value.
    pub fn value(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), content: Content::Value(value) }
    }
}

/// One document source: a text, or a value that a program has built.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Source"))]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "a source: an object with `name`, and `text` or `value`"
)]
struct Fields {
    /// Name of the source in diagnostics: a path, or any text. egressc never opens it.
    name: String,
    /// YAML or JSON text.
    #[serde(default)]
    text: Option<String>,
    /// A Kubernetes object, or a list of them.
    #[serde(default)]
    value: Option<Value>,
}

/// A source with no content, or with two.
pub(super) struct NotOneContent {
    pub(super) name: String,
}

impl fmt::Display for NotOneContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "source `{}` needs exactly one of `text` and `value`", self.name)
    }
}

impl TryFrom<Fields> for Source {
    type Error = NotOneContent;

    fn try_from(fields: Fields) -> Result<Self, NotOneContent> {
        let content = match (fields.text, fields.value) {
            (Some(text), None) => Content::Text(text),
            (None, Some(value)) => Content::Value(value),
            _ => return Err(NotOneContent { name: fields.name }),
        };
        Ok(Self { name: fields.name, content })
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Source", 2)?;
        fields.serialize_field("name", &self.name)?;
        match &self.content {
            Content::Text(text) => fields.serialize_field("text", text)?,
            Content::Value(value) => fields.serialize_field("value", value)?,
            Content::Bytes(bytes) => {
                let text = std::str::from_utf8(bytes).map_err(|_| S::Error::custom("JSON cannot hold these bytes"))?;
                fields.serialize_field("text", text)?;
            }
        }
        fields.end()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Source {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Fields::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Fields::json_schema(generator)
    }
}
