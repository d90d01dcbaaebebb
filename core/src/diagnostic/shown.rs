//! Text of a given document inside a message or on a terminal.

/// More of it would hide the sentence.
const MOST: usize = 80;

/// The text for a place between backticks: on one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count >= MOST {
            shown.push('…');
            break;
        }
        if c == '`' {
            shown.extend(c.escape_unicode());
        } else {
            show(c, &mut shown);
        }
    }
    shown
}

/// The text on one line: what would move the cursor, turn the direction, or not be seen, is spelt out.
pub fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        show(c, &mut line);
    }
    line
}

/// Whether a character would move the cursor, turn the direction, or not be seen.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..)
}

fn show(c: char, line: &mut String) {
    if is_hidden(c) {
        line.extend(c.escape_default());
    } else {
        line.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoed_text_cannot_steer_a_terminal() {
        assert_eq!(shown("a\u{1b}[31mb\u{202e}`"), "a\\u{1b}[31mb\\u{202e}\\u{60}");
        assert!(shown(&"x".repeat(500)).chars().count() <= MOST + 1);
    }
}
