//! What a rule about requests wants of one header.

use std::fmt;

/// What the values of a header must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeaderPattern {
    /// The header is not there.
    Absent,
    /// It is there, with any value.
    Present,
    /// It has this value. Where it is sent twice, some releases of Envoy are content with one of the values.
    Is(String),
    /// It has this value and no other, however often it is sent.
    IsOnly(String),
}

impl HeaderPattern {
    /// Whether a header matches: its values as lines, or `None` where it is missing.
    pub fn matches(&self, values: Option<&str>) -> bool {
        match self {
            Self::Absent => values.is_none(),
            Self::Present => values.is_some(),
            Self::Is(wanted) => values == Some(wanted),
            Self::IsOnly(wanted) => values.is_some_and(|values| values.split('\n').all(|value| value == wanted)),
        }
    }

    /// A value that matches; `None` where there is none.
    pub(super) fn example(&self, any: &str) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Present => Some(any.to_owned()),
            Self::Is(value) | Self::IsOnly(value) => Some(value.clone()),
        }
    }

    /// Values that do not match, beside a missing header.
    pub(super) fn others(&self, any: &str) -> Vec<String> {
        let other = format!("{any}-value");
        match self {
            Self::Absent | Self::Present | Self::Is(_) => vec![other],
            Self::IsOnly(value) => vec![format!("{value}\n{other}"), format!("{value}{any}"), other],
        }
    }
}

impl fmt::Display for HeaderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Present => f.write_str("*"),
            Self::Is(value) | Self::IsOnly(value) => f.write_str(value),
        }
    }
}
