//! What the fields of a protobuf message may hold.

/// The fields of a message, by their names in JSON.
pub(in crate::resource) struct Message(pub(super) &'static [(&'static str, Value)]);

/// The words of an enum, with their numbers.
pub(super) type EnumWords = &'static [(&'static str, i64)];

/// What a field may hold.
pub(super) enum Value {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number in a range.
    Integer { least: i64, most: i64 },
    /// Any number.
    Number,
    /// A duration, as a text.
    Duration,
    /// Any map.
    Struct,
    /// One of some words.
    Enum(&'static EnumWords),
    /// A message.
    Of(&'static Message),
    /// A list.
    List(&'static Value),
    /// A map from any text.
    Map(&'static Value),
}

pub(super) const INT32: Value = Value::Integer { least: -2_147_483_648, most: 2_147_483_647 };
pub(super) const UINT32: Value = Value::Integer { least: 0, most: 4_294_967_295 };
pub(super) const INT64: Value = Value::Integer { least: i64::MIN, most: i64::MAX };

impl Value {
    /// What it is called in a message to the user.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "`true` or `false`",
            Self::Integer { .. } => "a whole number",
            Self::Number => "a number",
            Self::Duration => "a duration such as `5s`",
            Self::Struct | Self::Of(_) | Self::Map(_) => "a map",
            Self::Enum(_) => "one of its words",
            Self::List(_) => "a list",
        }
    }
}
