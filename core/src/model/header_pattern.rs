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
    /// Whether a header matches: its values as lines, or `None` where it is missing. The answer is `None` where releases of
    /// Envoy differ: some compare each of several values by itself, and others all of them joined by commas.
    pub fn matches(&self, values: Option<&str>) -> Option<bool> {
        let Some(values) = values else { return Some(*self == Self::Absent) };
        let is_joined = |wanted: &String| values.replace('\n', ",") == *wanted;
        let is_each = |wanted: &String| values.split('\n').all(|value| value == wanted);
        match self {
            Self::Present => Some(true),
            Self::Is(wanted) => {
                let is_one = values.split('\n').any(|value| value == wanted);
                (is_joined(wanted) == is_one).then_some(is_one)
            }
            Self::IsOnly(wanted) if is_each(wanted) => is_joined(wanted).then_some(true),
            Self::Absent | Self::IsOnly(_) => Some(false),
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
