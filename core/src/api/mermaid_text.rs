//! Text that Mermaid shows unchanged.

use std::fmt::Write;

/// Writes everything except letters, digits and harmless characters as an entity: names may come from anyone, and
/// Mermaid would read some characters as syntax.
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
