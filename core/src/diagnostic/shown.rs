//! Text of a given document inside a message or on a terminal.

use std::borrow::Cow;

/// More of it would hide the sentence.
const MOST: usize = 80;

/// The text for a place between backticks: on one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    let text = without_commands(text);
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
    for c in without_commands(text).chars() {
        show(c, &mut line);
    }
    line
}

/// CI servers take commands out of what a step prints: `##[set-output name=a]b` of GitHub's runner and `##vso[...]` of Azure's
/// agent anywhere in a line, `##teamcity[...]` at its start. The second `#` is spelt out.
fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        out.push_str(before);
        let name = after.strip_prefix('#').unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        if after.starts_with('#') && name.starts_with('[') {
            out.push_str("#\\u{23}");
            rest = after.get(1..).unwrap_or_default();
        } else {
            out.push('#');
            rest = after;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
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

    #[test]
    fn echoed_text_is_no_command_of_a_ci_server() {
        assert_eq!(on_one_line("a ##[set-output name=b]c"), "a #\\u{23}[set-output name=b]c");
        assert_eq!(shown("##vso[task.setvariable]"), "#\\u{23}vso[task.setvariable]");
        assert_eq!(on_one_line("###teamcity[a]"), "##\\u{23}teamcity[a]");
        assert_eq!(on_one_line("## [a] ##a #[b] #"), "## [a] ##a #[b] #");
    }
}
