//! The part of OpenAPI that Istio's CRDs use, and how the API server compares a value with it.

use crate::istio::fields::{Fields, View};

/// What a value must be.
pub(super) enum Schema {
    /// A text of some length, in characters.
    Text { least: usize, most: usize },
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number in a range.
    Integer { least: i64, most: i64 },
    /// Any number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list.
    List { of: &'static Schema, least: usize, most: usize },
    /// A map from any text.
    Map { of: &'static Schema, most: usize },
    /// A map with known keys.
    Object {
        fields: &'static [(&'static str, &'static Schema)],
        required: &'static [&'static str],
        at_most_one_of: &'static [&'static [&'static str]],
    },
}

/// A text of any length.
pub(super) static TEXT: Schema = Schema::Text { least: 0, most: usize::MAX };
/// Bytes in base64.
pub(super) static BYTES: Schema = Schema::Text { least: 0, most: usize::MAX };
/// Texts of any length.
pub(super) static TEXTS: Schema = list(&TEXT);
/// `format: int32`.
pub(super) static INT32: Schema = Schema::Integer { least: -2_147_483_648, most: 2_147_483_647 };
/// `minimum: 0`, `maximum: 4294967295`.
pub(super) static UINT32: Schema = Schema::Integer { least: 0, most: 4_294_967_295 };
/// `minimum: 0`.
pub(super) static UINT64: Schema = Schema::Integer { least: 0, most: i64::MAX };

/// A list of any length.
pub(super) const fn list(of: &'static Schema) -> Schema {
    Schema::List { of, least: 0, most: usize::MAX }
}

/// A map of any size.
pub(super) const fn map(of: &'static Schema) -> Schema {
    Schema::Map { of, most: usize::MAX }
}

/// A map with these keys.
pub(super) const fn object(fields: &'static [(&'static str, &'static Schema)]) -> Schema {
    Schema::Object { fields, required: &[], at_most_one_of: &[] }
}

impl Schema {
    /// The same, with these keys always there.
    pub(super) const fn required(self, required: &'static [&'static str]) -> Self {
        match self {
            Self::Object { fields, at_most_one_of, .. } => Self::Object { fields, required, at_most_one_of },
            other => other,
        }
    }

    /// The same, with at most one key of each group.
    pub(super) const fn at_most_one_of(self, at_most_one_of: &'static [&'static [&'static str]]) -> Self {
        match self {
            Self::Object { fields, required, .. } => Self::Object { fields, required, at_most_one_of },
            other => other,
        }
    }

    /// Reports every place of a value that the API server refuses. `key` is what it is called there.
    pub(super) fn validate<'n>(&self, key: &str, value: Fields<'n>, refuse: &mut impl FnMut(Fields<'n>, String)) {
        match (self, value.view()) {
            (Self::Text { least, most }, View::Text(text)) => {
                let length = text.chars().count();
                if length > *most {
                    refuse(value, format!("`{key}` has {length} characters, and at most {most} are allowed"));
                } else if length < *least {
                    refuse(value, format!("`{key}` has {length} characters, and at least {least} are needed"));
                }
            }
            (Self::Words(words), View::Text(text)) => {
                if !words.contains(&text) {
                    refuse(value, format!("`{text}` is not a value of `{key}`: it must be {}", words.join(", ")));
                }
            }
            (Self::Integer { least, most }, View::Integer(number)) => {
                if number < *least || number > *most {
                    refuse(value, format!("`{key}` is {number}, and must be in the range {least}..{most}"));
                }
            }
            // JSON has no whole numbers of their own: `80.0` is one.
            (Self::Integer { .. }, View::Number(number)) if number.fract() == 0.0 => {}
            (Self::Number, View::Integer(_) | View::Number(_)) | (Self::Flag, View::Flag(_)) => {}
            (Self::List { of, least, most }, View::List) => {
                let length = value.elements().count();
                if length > *most {
                    refuse(value, format!("`{key}` has {length} items, and at most {most} are allowed"));
                } else if length < *least {
                    refuse(value, format!("`{key}` has {length} items, and at least {least} is needed"));
                }
                for item in value.elements() {
                    of.validate(key, item, refuse);
                }
            }
            (Self::Map { of, most }, View::Map) => {
                let length = value.entries().count();
                if length > *most {
                    refuse(value, format!("`{key}` has {length} entries, and at most {most} are allowed"));
                }
                // The API server drops a null before it looks.
                for (name, each) in value.entries().filter(|(_, each)| each.view() != View::Null) {
                    of.validate(name, each, refuse);
                }
            }
            (Self::Object { fields, required, at_most_one_of }, View::Map) => {
                for name in required.iter().filter(|name| !value.has(name)) {
                    refuse(value, format!("`{key}` needs the field `{name}`"));
                }
                for group in *at_most_one_of {
                    let given: Vec<&str> = group.iter().copied().filter(|name| value.has(name)).collect();
                    if let [first, second, ..] = given.as_slice() {
                        refuse(value, format!("`{key}` may have only one of `{first}` and `{second}`"));
                    }
                }
                for (name, shape) in *fields {
                    if let Some(child) = value.child(name) {
                        shape.validate(name, child, refuse);
                    }
                }
            }
            (_, view) => refuse(value, format!("`{key}` must be {}, and is {}", self.noun(), view.noun())),
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Words(_) => "a text",
            Self::Integer { .. } => "a whole number",
            Self::Number => "a number",
            Self::Flag => "`true` or `false`",
            Self::List { .. } => "a list",
            Self::Map { .. } | Self::Object { .. } => "a map",
        }
    }
}
