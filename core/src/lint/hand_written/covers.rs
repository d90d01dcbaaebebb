//! Whether every request that one match of a route takes is taken by another match before it. A request shows what becomes of
//! itself, and not of all that a match takes: this compares the conditions.

use std::collections::BTreeMap;

use crate::istio::{HttpMatch, HttpRoute, Pattern};

/// Whether the matches of some routes take all that a match takes, each of those before it compared alone.
pub(super) fn is_covered<'r>(mut earlier: impl Iterator<Item = &'r HttpRoute>, each: &HttpMatch) -> bool {
    earlier.any(|route| route.matches.is_empty() || route.matches.iter().any(|before| covers(before, each)))
}

/// Whether each condition of a match follows from those of another one.
fn covers(wide: &HttpMatch, narrow: &HttpMatch) -> bool {
    let of = |wide: &Option<Pattern>, narrow: &Option<Pattern>| match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => follows(wide, narrow),
    };
    let all = |wide: &BTreeMap<String, Pattern>, narrow: &BTreeMap<String, Pattern>| {
        wide.iter().all(|(key, wide)| narrow.get(key).is_some_and(|narrow| follows(wide, narrow)))
    };
    // What is not allowed has to be the same: a narrower pattern would leave more requests.
    let same = |wide: &BTreeMap<String, Pattern>, narrow: &BTreeMap<String, Pattern>| {
        wide.iter().all(|(key, wide)| narrow.get(key) == Some(wide))
    };
    wide.unsupported.is_empty()
        && (of(&wide.uri, &narrow.uri) || is_every_path(wide))
        && (wide.ignore_uri_case == narrow.ignore_uri_case || wide.uri.is_none())
        && of(&wide.method, &narrow.method)
        && of(&wide.authority, &narrow.authority)
        && of(&wide.scheme, &narrow.scheme)
        && all(&wide.headers, &narrow.headers)
        && same(&wide.without_headers, &narrow.without_headers)
        && all(&wide.query, &narrow.query)
        && (wide.port.is_none() || wide.port == narrow.port)
        && wide.source_labels.iter().all(|(key, value)| narrow.source_labels.get(key) == Some(value))
        && (wide.source_namespace.is_none() || wide.source_namespace == narrow.source_namespace)
        && (wide.gateways.is_empty() || wide.gateways == narrow.gateways)
}

/// Every path begins with `/`.
fn is_every_path(of: &HttpMatch) -> bool {
    matches!(&of.uri, Some(Pattern::Prefix(path) | Pattern::PathPrefix(path)) if path == "/")
        || matches!(&of.uri, Some(Pattern::Present))
}

/// Whether each text of one pattern is one of another.
fn follows(wide: &Pattern, narrow: &Pattern) -> bool {
    match (wide, narrow) {
        _ if wide == narrow => true,
        (Pattern::Present, _) => true,
        (Pattern::Prefix(wide), Pattern::Exact(text) | Pattern::Prefix(text) | Pattern::PathPrefix(text)) => {
            text.starts_with(wide.as_str())
        }
        (Pattern::PathPrefix(wide), Pattern::Exact(path) | Pattern::PathPrefix(path)) => {
            let wide = wide.trim_end_matches('/');
            path.strip_prefix(wide).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        _ => false,
    }
}
