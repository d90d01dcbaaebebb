//! Values that a proxy writes into a header (`ValidateHTTPHeaderValue` of pkg/config/validation/validation.go, and
//! `validateHeaderValue` of `header_value_validator.go`, which follows Envoy's own parser).

/// Where the reading of a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Literal,
    Name,
    Arguments,
    Text,
    Quote,
    Next,
    Parenthesis,
    Percent,
}

pub(in crate::istio) fn value(text: &str) -> Result<(), String> {
    if text.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
        return Err("the value of a header has a control character".to_owned());
    }
    if is_well_formed(text) { Ok(()) } else { Err(format!("`{text}` has a `%` that is neither `%%` nor `%VARIABLE%`")) }
}

fn is_well_formed(text: &str) -> bool {
    let mut at = At::Literal;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        at = match (at, byte) {
            (At::Literal, b'%') => {
                let mut ahead = bytes.clone();
                match ahead.next() {
                    None => return false,
                    Some(b'%') => {
                        bytes = ahead;
                        At::Literal
                    }
                    Some(_) => At::Name,
                }
            }
            (At::Name | At::Percent, b'%') => At::Literal,
            (At::Name, b'(') => At::Arguments,
            (At::Arguments, b'[') | (At::Next, b',') => At::Quote,
            (At::Next, b']') => At::Parenthesis,
            (At::Arguments | At::Next | At::Quote | At::Parenthesis | At::Percent, b' ') => at,
            (At::Quote, b'"') | (At::Arguments, _) => At::Text,
            (At::Text, b'\\') => {
                if bytes.next().is_none() {
                    return false;
                }
                At::Text
            }
            (At::Text | At::Parenthesis, b')') => At::Percent,
            (At::Text, b'"') => At::Next,
            (At::Literal | At::Name | At::Text, _) => at,
            (At::Next | At::Quote | At::Parenthesis | At::Percent, _) => return false,
        };
    }
    at == At::Literal
}
