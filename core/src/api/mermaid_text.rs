//! Text that Mermaid shows unchanged.

use std::fmt::Write;

use crate::diagnostic::shown::on_one_line;

/// Writes everything except letters, digits and harmless characters as an entity: names may come from anyone, and
/// Mermaid would read some characters as syntax.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // An entity of a character that turns the direction would turn it in the picture.
    for c in on_one_line(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '/' | '-' | '_' | '=' | '(' | ')' | '|' | '*') {
            out.push(c);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_syntax_and_hides_nothing() {
        assert_eq!(quoted("a\"b"), "a#34;b");
        assert_eq!(quoted("a\u{202e}b"), "a#92;u#123;202e#125;b");
        // A letter that is not seen.
        assert_eq!(quoted("a\u{3164}b"), "a#92;u#123;3164#125;b");
    }
}
