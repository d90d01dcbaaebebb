use std::fmt::Write as _;

use egressc_core::stages::diagnostic::is_hidden;
use serde::Serialize;

use crate::exit::{Failure, failed};

/// JSON to print. What would steer a terminal, or be a command to a CI server such as `##[error]`, is an escape, which means the
/// same to every reader of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(failed)?;
    let mut out = String::with_capacity(text.len().saturating_add(1));
    for c in text.replace("##", "#\\u0023").chars() {
        // A line break stands between values: one inside of a string is an escape already.
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    Ok(out)
}
