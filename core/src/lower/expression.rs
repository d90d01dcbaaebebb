//! Regular expressions of RE2 for one text, and for every other one.

/// The expression that matches this text alone.
pub(super) fn literal(text: &str) -> String {
    const OPERATORS: &str = ".+*?()|[]{}^$";
    text.chars().flat_map(|letter| OPERATORS.contains(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// A regular expression that matches every text without line breaks but this one.
///
/// Envoy compares a header that is sent twice value by value, or joined by commas; either way one that has another value
/// beside this one matches. Istio takes expressions of at most 1024 characters (`validateStringMatchRegexp`): that is enough
/// for 64 characters of any kind.
pub(super) fn other_than(text: &str) -> String {
    // Behind the whole text something more must follow; after each part of it something else, or nothing.
    text.chars().rev().fold(".+".to_owned(), |rest, next| {
        let next = next.to_string();
        format!("(?:[^{}].*|{}{rest})?", in_class(&next), literal(&next))
    })
}

fn in_class(letter: &str) -> String {
    if matches!(letter, "^" | "-" | "[" | "]" | "\\") { format!("\\{letter}") } else { letter.to_owned() }
}

#[cfg(test)]
mod tests {
    use regex_lite::{Regex, RegexBuilder};

    use super::other_than;

    fn whole(expression: &str) -> Regex {
        RegexBuilder::new(&format!("^(?:{expression})$")).nest_limit(256).build().unwrap()
    }

    #[test]
    fn it_matches_every_text_but_one() {
        let expression = whole(&other_than("a.b-c"));
        for other in ["", "a", "a.", "a.b-", "a.b-cc", "a.b-c,a.b-c", "axb-c", "A.b-c", "b", "a.b-c ", " a.b-c", "a.c"]
        {
            assert!(expression.is_match(other), "{other:?}");
        }
        assert!(!expression.is_match("a.b-c"));
    }

    #[test]
    fn istio_takes_it_for_the_longest_names() {
        for letter in ["a", ".", "-", "/", "_"] {
            let expression = other_than(&letter.repeat(64));
            assert!(expression.len() <= 1024, "{letter}");
            assert!(!whole(&expression).is_match(&letter.repeat(64)), "{letter}");
        }
    }
}
