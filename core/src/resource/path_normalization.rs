//! `pathNormalization` of Istio's mesh config.

/// What proxies make of a path before they look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathNormalization {
    /// Dot segments are removed, and `\` is `/`: what Istio has them do by itself.
    Base,
    /// Nothing.
    None,
    /// Slashes beside each other are one, too.
    MergeSlashes,
    /// Escaped slashes are slashes, too.
    DecodeAndMergeSlashes,
}

impl PathNormalization {
    /// Each of them, Istio's own first.
    pub const ALL: [Self; 4] = [Self::Base, Self::None, Self::MergeSlashes, Self::DecodeAndMergeSlashes];

    /// Its word in the mesh config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base => "BASE",
            Self::None => "NONE",
            Self::MergeSlashes => "MERGE_SLASHES",
            Self::DecodeAndMergeSlashes => "DECODE_AND_MERGE_SLASHES",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        if word == "DEFAULT" {
            return Some(Self::Base);
        }
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}
