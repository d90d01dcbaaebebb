//! Patterns for texts: which of thousands may match one text.

use std::collections::{BTreeMap, BTreeSet};

/// A pattern that is compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextPattern<'p> {
    Exact(&'p str),
    Prefix(&'p str),
    Suffix(&'p str),
}

/// A text of a request, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownText<'t> {
    /// It is not there, and no pattern matches.
    Missing,
    Is(&'t str),
    /// Any pattern may match.
    Unknown,
}

/// The places of patterns in a list.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    exact: BTreeMap<String, Vec<usize>>,
    prefixes: BTreeMap<String, Vec<usize>>,
    suffixes: BTreeMap<String, Vec<usize>>,
    prefix_lengths: BTreeSet<usize>,
    suffix_lengths: BTreeSet<usize>,
}

impl TextIndex {
    pub(crate) fn add(&mut self, pattern: TextPattern<'_>, place: usize) {
        let (patterns, text) = match pattern {
            TextPattern::Exact(text) => (&mut self.exact, text),
            TextPattern::Prefix(text) => {
                self.prefix_lengths.insert(text.len());
                (&mut self.prefixes, text)
            }
            TextPattern::Suffix(text) => {
                self.suffix_lengths.insert(text.len());
                (&mut self.suffixes, text)
            }
        };
        patterns.entry(text.to_owned()).or_default().push(place);
    }

    /// Adds the places of the patterns that match, or may match, a text.
    pub(crate) fn find(&self, text: KnownText<'_>, places: &mut Vec<usize>) {
        match text {
            KnownText::Missing => {}
            KnownText::Is(text) => {
                places.extend(self.exact.get(text).into_iter().flatten());
                for length in self.prefix_lengths.iter().take_while(|length| **length <= text.len()) {
                    let prefix = text.get(..*length).and_then(|prefix| self.prefixes.get(prefix));
                    places.extend(prefix.into_iter().flatten());
                }
                for start in self.suffix_lengths.iter().map_while(|length| text.len().checked_sub(*length)) {
                    let suffix = text.get(start..).and_then(|suffix| self.suffixes.get(suffix));
                    places.extend(suffix.into_iter().flatten());
                }
            }
            KnownText::Unknown => {
                let all = [&self.exact, &self.prefixes, &self.suffixes];
                places.extend(all.into_iter().flat_map(BTreeMap::values).flatten());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_finds_its_patterns_alone() {
        let mut index = TextIndex::default();
        let patterns: [&[_]; 4] = [
            &[TextPattern::Exact("/a/b"), TextPattern::Prefix("/a"), TextPattern::Suffix("/b")],
            &[TextPattern::Exact("/a"), TextPattern::Prefix("/a/b/c"), TextPattern::Suffix("/a")],
            &[TextPattern::Prefix(""), TextPattern::Prefix("/é")],
            &[TextPattern::Suffix("é")],
        ];
        for (place, patterns) in patterns.into_iter().enumerate() {
            for pattern in patterns {
                index.add(*pattern, place);
            }
        }
        let find = |text: KnownText<'_>| {
            let mut places = Vec::new();
            index.find(text, &mut places);
            places.sort_unstable();
            places
        };
        assert_eq!(find(KnownText::Is("/a/b")), [0, 0, 0, 2]);
        assert_eq!(find(KnownText::Is("/a")), [0, 1, 1, 2]);
        assert_eq!(find(KnownText::Is("/é")), [2, 2, 3]);
        assert_eq!(find(KnownText::Is("")), [2]);
        assert_eq!(find(KnownText::Missing), Vec::<usize>::new());
        assert_eq!(find(KnownText::Unknown).len(), 9);
    }
}
