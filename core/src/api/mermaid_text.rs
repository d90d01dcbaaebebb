//! Text that Mermaid shows as it is.

use std::fmt::Write;

/// Everything but letters, digits and harmless marks as an entity: names come from strangers, and Mermaid has a syntax.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '/' | '-' | '_' | '=' | '(' | ')' | '|' | '*') {
            out.push(c);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
