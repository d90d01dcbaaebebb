use super::fields::Fields;
use super::re2::Re2;

/// Istio's `StringMatch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// The whole text.
    Exact(String),
    /// Its beginning.
    Prefix(String),
    /// The beginning of a path, up to a `/` or to its end, as the Gateway API has it (`path_separated_prefix` of Envoy).
    PathPrefix(String),
    /// An RE2 expression that matches the whole text.
    Regex(Re2),
    /// Any text, as long as it is there: `{}`, or the regex `*`.
    Present,
}

impl Pattern {
    pub(super) fn read(fields: Fields<'_>) -> Self {
        if let Some(exact) = fields.text("exact") {
            Self::Exact(exact)
        } else if let Some(prefix) = fields.text("prefix") {
            Self::Prefix(prefix)
        } else if let Some(regex) = fields.text("regex") {
            // `canBeConvertedToPresentMatch` of core/route/route.go.
            if regex == "*" { Self::Present } else { Self::Regex(Re2::of(regex)) }
        } else {
            Self::Present
        }
    }

    /// Whether every text matches, as long as it is there.
    pub fn takes_any(&self) -> bool {
        match self {
            Self::Present => true,
            Self::Prefix(prefix) => prefix.is_empty(),
            Self::Regex(regex) => regex.text() == ".*",
            Self::Exact(_) | Self::PathPrefix(_) => false,
        }
    }

    /// Whether a text matches; `None` for a regular expression that is not understood.
    pub fn matches(&self, text: &str) -> Option<bool> {
        match self {
            Self::Exact(exact) => Some(exact == text),
            Self::Prefix(prefix) => Some(text.starts_with(prefix)),
            Self::PathPrefix(prefix) => {
                let rest = text.strip_prefix(prefix.strip_suffix('/').unwrap_or(prefix));
                Some(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
            }
            Self::Present => Some(true),
            Self::Regex(regex) => regex.matches(text),
        }
    }

    /// What every text begins with that matches, as far as that is certain; empty for a pattern of another kind.
    pub fn certain_beginning(&self) -> &str {
        match self {
            Self::Regex(regex) => regex.beginning(),
            Self::Exact(_) | Self::Prefix(_) | Self::PathPrefix(_) | Self::Present => "",
        }
    }

    /// Whether a path matches with `ignoreUriCase`. Envoy does not ignore case in regular expressions (`RegexRouteEntryImpl` of
    /// `source/common/router/config_impl.cc`).
    pub fn matches_in_any_case(&self, path: &str) -> Option<bool> {
        match self {
            Self::Exact(exact) => Some(exact.eq_ignore_ascii_case(path)),
            Self::Prefix(prefix) => Some(begins_in_any_case(path, prefix)),
            Self::PathPrefix(prefix) => {
                let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
                let rest = path.as_bytes().get(prefix.len());
                Some(begins_in_any_case(path, prefix) && rest.is_none_or(|next| *next == b'/'))
            }
            Self::Regex(_) | Self::Present => self.matches(path),
        }
    }
}

fn begins_in_any_case(path: &str, prefix: &str) -> bool {
    let start = path.as_bytes().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}
