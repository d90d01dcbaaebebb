//! What a scalar is, after the reader that Kubernetes uses.
//!
//! kubectl and the API server read YAML with sigs.k8s.io/yaml, which stands on go-yaml v2: YAML 1.1 without base 60.
//! A reader after YAML 1.2 would take `on`, `0777` or `1_000` for something else than the cluster does.

use std::borrow::Cow;

/// A scalar that borrows from the text where it can.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// A scalar without quotes and without a tag.
    pub(super) fn plain(text: Cow<'a, str>) -> Self {
        named(&text)
            .or_else(|| match text.as_bytes().first() {
                Some(b'+' | b'-' | b'0'..=b'9') => number(&text),
                Some(b'.') => fraction(&text),
                _ => None,
            })
            .unwrap_or(Self::Text(text))
    }

    /// A scalar that a tag of YAML's own names the type of; `None` when it is not of that type.
    pub(super) fn tagged(tag: &str, text: Cow<'a, str>) -> Option<Self> {
        match (tag, Self::plain(text)) {
            ("int", found @ Self::Integer(_))
            | ("float", found @ Self::Float(_))
            | ("bool", found @ Self::Bool(_))
            | ("null", found @ Self::Null) => Some(found),
            ("float", Self::Integer(number)) => decimal(&number.to_string()),
            _ => None,
        }
    }

    /// What JSON would have as a key; `None` for null, which it cannot have.
    pub(super) fn key(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(float_key(*number)),
            Self::Text(text) => Cow::Borrowed(text),
        })
    }
}

/// The words that are no text.
fn named(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A number that begins with a sign or a digit. `_` may stand anywhere behind the first.
fn number(text: &str) -> Option<Scalar<'static>> {
    let digits: Cow<'_, str> = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    integer(&digits).or_else(|| float(&digits))
}

/// A number that begins with its point. Go itself reads it, and takes `_` between two digits only.
fn fraction(text: &str) -> Option<Scalar<'static>> {
    let mut parts = text.split('_').peekable();
    while let Some(part) = parts.next() {
        let digit_after = parts.peek().is_none_or(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        let digit_before = parts.peek().is_none() || part.ends_with(|c: char| c.is_ascii_digit());
        if !(digit_after && digit_before) {
            return None;
        }
    }
    float(&text.replace('_', ""))
}

/// Go's `ParseInt` and, above its range, `ParseUint`, with the base that the prefix names.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, unsigned.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, unsigned.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, unsigned.get(2..)?),
        [b'0', _, ..] => (8, unsigned.get(1..)?),
        _ => (10, unsigned),
    };
    // The standard library would take a second sign.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    // What lies above `u64` is no integer to go-yaml either: decimals become floats, the rest stays text.
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    let signed = if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
    match signed {
        Some(number) => Some(Scalar::Integer(number)),
        // As large as only an unsigned integer can be: no field of ours is, so that the nearest float will do.
        None if !negative && unsigned.len() == text.len() => decimal(&magnitude.to_string()),
        None => None,
    }
}

/// A decimal number; what is too large for one stays text.
fn float(text: &str) -> Option<Scalar<'static>> {
    // The standard library also takes words such as `inf`.
    let plausible = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if plausible { decimal(text) } else { None }
}

fn decimal(text: &str) -> Option<Scalar<'static>> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Scalar::Float)
}

/// A float as sigs.k8s.io/yaml writes it in a key: Go's `FormatFloat(key, 'g', -1, 32)`.
fn float_key(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the reader that is imitated goes through 32 bits too")]
    let short = number as f32;
    if short.is_nan() {
        return ".nan".to_owned();
    }
    if short.is_infinite() {
        return if short.is_sign_positive() { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{short:e}");
    let exponent = scientific.split_once('e').and_then(|(digits, power)| Some((digits, power.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, power)) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }
        _ => short.to_string(),
    }
}
