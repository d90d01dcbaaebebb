//! Regular expressions of RE2, which Envoy compares with whole texts.
//!
//! They are evaluated by `regex-lite`, whose language comes from RE2's (docs/decisions/regular-expressions.md). Where the two
//! languages differ, or may, the result is unknown.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take; one that needs more is not evaluated.
const MOST_BYTES: usize = 1 << 20;

/// Stands for a text that an expression matches and that was not found.
const NOT_FOUND: &str = "/text-that-was-not-found";

/// An expression, compiled once.
#[derive(Clone)]
pub struct Re2 {
    text: String,
    compiled: Option<Regex>,
    beginning: String,
}

impl Re2 {
    /// Reads an expression.
    pub fn of(text: String) -> Self {
        let compiled = is_common(&text).then(|| whole(&text)).flatten();
        let beginning = if compiled.is_some() { certain_beginning(&text) } else { String::new() };
        Self { text, compiled, beginning }
    }

    /// What every text that it matches begins with.
    pub fn beginning(&self) -> &str {
        &self.beginning
    }

    /// The expression as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches a whole text; `None` where the two languages may differ.
    pub fn matches(&self, text: &str) -> Option<bool> {
        self.compiled.as_ref().filter(|_| Self::reads(text)).map(|compiled| compiled.is_match(text))
    }

    /// Whether anything is known of what expressions match in a text. RE2 reads what is no UTF-8, and texts of other alphabets,
    /// by rules of their own.
    pub fn reads(text: &str) -> bool {
        text.is_ascii() && !text.contains(NOT_FOUND)
    }

    /// A text that it matches, with `any` where that fits. Where none was found it is one of which it is not known whether it
    /// matches, so that no answer about it is certain.
    pub fn example(&self, any: &str) -> String {
        self.found_example(any).unwrap_or_else(|| NOT_FOUND.to_owned())
    }

    fn found_example(&self, any: &str) -> Option<String> {
        let candidates = [literal_beginning(&self.text), by_segments(&self.text, any)];
        let candidates = candidates.into_iter().flat_map(|text| [format!("{text}{any}"), format!("{text}1"), text]);
        candidates.into_iter().find(|text| self.matches(text) == Some(true))
    }
}

/// The characters before the first that is more than itself. Where there are alternatives, none of them is certain.
fn certain_beginning(regex: &str) -> String {
    let mut beginning = String::new();
    let mut rest = regex.chars().peekable();
    if regex.contains('|') {
        return beginning;
    }
    while let Some(c) = rest.next() {
        let literal = match c {
            '\\' => rest.next_if(char::is_ascii_punctuation),
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => None,
            other => Some(other),
        };
        // A character that may be left out is not certain.
        match (literal, rest.peek()) {
            (None, _) | (_, Some('*' | '?' | '{')) => break,
            (Some(literal), _) => beginning.push(literal),
        }
    }
    beginning
}

/// Equal if they are written equally: the compiled form follows from the text.
impl PartialEq for Re2 {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Re2 {}

impl fmt::Debug for Re2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

fn whole(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!(r"\A(?:{text})\z")).size_limit(MOST_BYTES).nest_limit(256).build().ok()
}

/// Whether an expression has only what both languages read in the same way.
fn is_common(text: &str) -> bool {
    let mut rest = text;
    let mut before = Before::Other;
    let mut times = 1_u32;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        before = match (next, before) {
            ('?', Before::Repetition) => Before::Lazy,
            // RE2 refuses a repetition of a repetition.
            ('*' | '+' | '?' | '{', Before::Repetition | Before::Lazy) => return false,
            ('*' | '+' | '?' | '}', _) => Before::Repetition,
            _ => Before::Other,
        };
        match next {
            '\\' => {
                // Classes and assertions of RE2 that are not the other's, among them `\Q`, `\C` and `\p`.
                let Some(escaped) = rest.chars().next() else { return false };
                // `\\<` and `\\>` are the characters in RE2, and ends of words in the other language.
                let is_assertion = matches!(escaped, '<' | '>') || !escaped.is_ascii();
                if is_assertion || escaped.is_ascii_alphanumeric() && !"dDwWbBntrf".contains(escaped) {
                    return false;
                }
                rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
            }
            '[' => {
                let Some(behind) = behind_class(rest) else { return false };
                rest = behind;
            }
            // `(?i)` folds the letters of other alphabets, and the rest sets flags that differ.
            '(' if rest.starts_with('?') && !rest.starts_with("?:") => return false,
            // RE2 reads a brace that begins no repetition as itself.
            '{' => {
                let counts = rest.split_once('}').map(|(counts, _)| counts);
                // Without a zero in front, which makes it a text. At most a thousand times, also of repetitions in one another
                // (`kMaxRepeat` of re2/parse.cc).
                let is_number = |text: &str| {
                    text.bytes().all(|byte| byte.is_ascii_digit())
                        && (text == "0" || !text.starts_with('0'))
                        && text.parse().is_ok_and(|times: u16| times <= 1000)
                };
                let most = counts.and_then(|counts| counts.rsplit(',').find_map(|text| text.parse::<u32>().ok()));
                times = times.saturating_mul(most.unwrap_or(1).max(1));
                if times > 1000 {
                    return false;
                }
                let is_repetition = counts.is_some_and(|counts| match counts.split_once(',') {
                    None => is_number(counts),
                    Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
                });
                if !is_repetition {
                    return false;
                }
            }
            other if !other.is_ascii() => return false,
            _ => {}
        }
    }
    true
}

/// What stands before a character of an expression.
#[derive(Clone, Copy)]
enum Before {
    Repetition,
    /// A repetition with the `?` that makes it match as little as possible.
    Lazy,
    Other,
}

/// What stands behind a class of characters without nested brackets, named classes and set operations.
fn behind_class(inside: &str) -> Option<&str> {
    let mut rest = inside.strip_prefix('^').unwrap_or(inside);
    let (mut is_first, mut before) = (true, ' ');
    loop {
        let next = rest.chars().next()?;
        rest = rest.get(next.len_utf8()..)?;
        match next {
            ']' if !is_first => return Some(rest),
            ']' | '[' => return None,
            // `&&`, `--` and `~~` are operations in the other language.
            '&' | '~' | '-' if before == next => return None,
            '\\' => {
                let escaped = rest.chars().next()?;
                if escaped.is_ascii_alphanumeric() && !"dDwWntrf".contains(escaped) {
                    return None;
                }
                rest = rest.get(escaped.len_utf8()..)?;
            }
            other if !other.is_ascii() => return None,
            _ => {}
        }
        (is_first, before) = (false, next);
    }
}

/// The text before the first operator, without the character that an operator behind it repeats.
fn literal_beginning(regex: &str) -> String {
    let mut found = String::new();
    let mut letters = regex.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = match letter {
            '\\' => match letters.next().filter(char::is_ascii_punctuation) {
                Some(escaped) => escaped,
                None => break,
            },
            '.' | '(' | '[' | '{' | '|' | '^' | '$' | '*' | '+' | '?' => break,
            other => other,
        };
        if matches!(letters.peek(), Some('*' | '?' | '{' | '+')) {
            break;
        }
        found.push(next);
    }
    found
}

/// For each part between two `/` a text that it matches.
fn by_segments(regex: &str, any: &str) -> String {
    let parts = segments(regex).into_iter().map(|part| {
        let beginning = literal_beginning(part);
        let compiled = Re2::of(part.to_owned());
        let fits = |text: &String| compiled.matches(text) == Some(true);
        [beginning.clone(), any.to_owned(), format!("{beginning}{any}"), format!("{beginning}1")]
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| any.to_owned())
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The parts of an expression between two `/` that are in no class and no group.
fn segments(regex: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0_usize);
    let (mut depth, mut is_in_class, mut is_escaped) = (0_usize, false, false);
    for (at, letter) in regex.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ']' if is_in_class => is_in_class = false,
            _ if is_in_class => {}
            '[' => is_in_class = true,
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                parts.extend(regex.get(start..at));
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.extend(regex.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::Re2;

    fn matches(regex: &str, text: &str) -> Option<bool> {
        Re2::of(regex.to_owned()).matches(text)
    }

    #[test]
    fn whole_texts_are_compared() {
        for (regex, text, wanted) in [
            ("/v1/[^/]+", "/v1/a", Some(true)),
            ("/v1/[^/]+", "/v1/a/b", Some(false)),
            ("a|b", "ab", Some(false)),
            (".*", "a\nb", Some(false)),
            (r"/v1\.0/\d+", "/v1.0/12", Some(true)),
            (r"/v1\.0/\d+", "/v1x0/12", Some(false)),
            ("(a|b){2,3}", "aba", Some(true)),
            ("[-a]", "-", Some(true)),
            // What the languages read differently.
            ("(?i)a", "A", None),
            ("[[:alpha:]]", "a", None),
            ("[a--b]", "a", None),
            ("[a&&b]", "a", None),
            ("a{", "a{", None),
            ("a{,2}", "aa", None),
            (r"\Qa.b\E", "a.b", None),
            (r"\pL", "a", None),
            (r"\x61", "a", None),
            (r"\s", " ", None),
            ("\u{e9}", "\u{e9}", None),
            (".", "\u{e9}", None),
            ("(", "(", None),
            ("a++", "a", None),
            ("a**", "a", None),
            ("a{2}{3}", "aaaaaa", None),
            ("a{1001}", "a", None),
            ("(a{40}){40}", "a", None),
            ("a{02}", "aa", None),
            ("a{0,1}", "a", Some(true)),
            (r"\<a\>", "<a>", None),
            ("a+?", "aa", Some(true)),
            ("[*+]", "+", Some(true)),
        ] {
            assert_eq!(matches(regex, text), wanted, "{regex} {text:?}");
        }
    }

    #[test]
    fn a_size_is_never_a_reason_to_wait() {
        assert_eq!(matches(&"(a{1000}){1000}".repeat(3), "a"), None);
        assert_eq!(matches("(a*)*b", &"a".repeat(10_000)), Some(false));
    }

    #[test]
    fn examples_match() {
        for regex in
            ["/v1/[^/]+/.*", "/a", "/a/.+", r"/v1\.0/\d+/items", "(GET|HEAD)", "GET|POST", "/a(/b)?", "[a-z]+-[0-9]+"]
        {
            let example = Re2::of(regex.to_owned()).example("any-other");
            let found = matches(regex, &example);
            // The last two have no literal to begin with.
            assert!(found == Some(true) || regex.starts_with(['(', '[']) && found.is_none(), "{regex} {example:?}");
        }
    }

    #[test]
    fn a_beginning_is_that_of_every_text() {
        for (regex, beginning) in [
            (r"api\.example\.com(?::.*)?", "api.example.com"),
            ("/a.*", "/a"),
            ("/ab?c", "/a"),
            ("/ab*", "/a"),
            ("/ab+", "/ab"),
            ("/ab{0,1}", "/a"),
            ("/a|b", ""),
            ("(a|b)", ""),
            (r"\d+", ""),
            (".*", ""),
            // Not understood, so that nothing is certain.
            ("(?i)/a", ""),
        ] {
            assert_eq!(Re2::of(regex.to_owned()).beginning(), beginning, "{regex}");
        }
    }
}
