//! What a policy says about HTTP requests to a destination.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::HeaderPattern;

/// What the gateway does with HTTP requests to a destination. Flows with one exit have the same, because a gateway
/// distinguishes HTTP only by its host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Http {
    /// Which requests may be sent.
    pub rules: HttpRules,
    /// How long the gateway waits for a response; `None` is no limit.
    pub timeout: Option<Milliseconds>,
    /// How it repeats requests; `None` is Istio's default.
    pub retries: Option<RetryRules>,
    /// Changes of the headers of requests.
    pub request_headers: HeaderRules,
    /// Changes of the headers of responses.
    pub response_headers: HeaderRules,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Milliseconds(pub u64);

impl fmt::Display for Milliseconds {
    /// In seconds, as protobuf writes durations in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        if rest == 0 { write!(f, "{whole}s") } else { write!(f, "{whole}.{rest:03}s") }
    }
}

/// How a gateway repeats requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryRules {
    /// How often, at most.
    pub attempts: u8,
    /// How long each attempt may take.
    pub per_try_timeout: Option<Milliseconds>,
    /// After which failures; empty is Istio's default.
    pub retry_on: BTreeSet<String>,
}

/// Changes of headers, by names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderRules {
    /// Those that replace others of their name.
    pub set: BTreeMap<String, String>,
    /// Those that are added.
    pub add: BTreeMap<String, String>,
    /// Those that are removed.
    pub remove: BTreeSet<String>,
}

/// Which HTTP requests may be sent: those that an item of `allow` matches and no item of `deny`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRules {
    /// `None` is every request.
    pub allow: Option<BTreeSet<RequestPattern>>,
    /// Compared first.
    pub deny: BTreeSet<RequestPattern>,
}

/// A pattern of requests. A part that is empty matches every request.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestPattern {
    /// Methods, any of them.
    pub methods: BTreeSet<String>,
    /// Paths, any of them.
    pub paths: BTreeSet<PathPattern>,
    /// Headers, all of them, by names in lower case.
    pub headers: BTreeMap<String, HeaderPattern>,
}

/// A pattern of paths without their query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathPattern {
    /// This path.
    Exact(String),
    /// Every path with this beginning, which ends in `/`.
    Below(String),
    /// Paths whose segments match.
    Segments(Vec<PathSegment>),
}

/// A part of a path between two `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSegment {
    /// This text.
    Text(String),
    /// Any text that is not empty.
    One,
    /// Everything up to the end, which may be nothing. Always the last.
    Rest,
}

impl HttpRules {
    /// Whether every request may be sent.
    pub fn are_empty(&self) -> bool {
        self.allow.is_none() && self.deny.is_empty()
    }

    /// Whether a request may be sent; `None` where a header is sent twice and the release of Envoy decides. `path` may have a
    /// query.
    pub fn admit(&self, method: &str, path: &str, headers: &BTreeMap<String, String>) -> Option<bool> {
        let any_of = |patterns: &BTreeSet<RequestPattern>, list| {
            let found = patterns.iter().map(|pattern| pattern.matches(list, method, path, headers));
            found.fold(Some(false), either)
        };
        let is_denied = any_of(&self.deny, RequestList::Deny);
        let is_allowed = self.allow.as_ref().map_or(Some(true), |allow| any_of(allow, RequestList::Allow));
        match (is_denied, is_allowed) {
            (Some(true), _) | (_, Some(false)) => Some(false),
            (Some(false), Some(true)) => Some(true),
            _ => None,
        }
    }
}

/// Whether one of two holds, as far as that is known.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The list in which a pattern stands. What a pattern leaves open is narrow in `allow`, and wide in `deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestList {
    /// `allow`.
    Allow,
    /// `deny`.
    Deny,
}

impl RequestPattern {
    /// As a person would name it: `GET or HEAD /v1/*`.
    pub fn describe(&self) -> String {
        let any_of = |words: Vec<String>| (!words.is_empty()).then(|| words.join(" or "));
        let methods = any_of(self.methods.iter().cloned().collect());
        let paths = any_of(self.paths.iter().map(ToString::to_string).collect());
        let named = self.headers.iter().filter(|(_, pattern)| **pattern != HeaderPattern::Absent);
        let headers: Vec<String> = named.map(|(name, pattern)| format!("{name}: {pattern}")).collect();
        let headers = (!headers.is_empty()).then(|| format!("with {}", headers.join(" and ")));
        let parts: Vec<String> = [methods, paths, headers].into_iter().flatten().collect();
        format!("`{}`", parts.join(" "))
    }

    /// Whether a request matches; `None` where a header is sent twice and the release of Envoy decides.
    fn matches(&self, list: RequestList, method: &str, path: &str, headers: &BTreeMap<String, String>) -> Option<bool> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let is_of_line = (self.methods.is_empty() || self.methods.contains(method))
            && (self.paths.is_empty() || self.paths.iter().any(|pattern| pattern.matches(list, path)));
        let mut found: BTreeSet<Option<bool>> = BTreeSet::from([Some(is_of_line)]);
        found.extend(self.headers.iter().map(|(name, wanted)| wanted.matches(headers.get(name).map(String::as_str))));
        let is_refused = found.contains(&Some(false));
        (is_refused || !found.contains(&None)).then_some(!is_refused)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => f.write_str(path),
            Self::Below(beginning) => write!(f, "{beginning}*"),
            Self::Segments(segments) => segments.iter().try_for_each(|segment| match segment {
                PathSegment::Text(text) => write!(f, "/{text}"),
                PathSegment::One => f.write_str("/{*}"),
                PathSegment::Rest => f.write_str("/{**}"),
            }),
        }
    }
}

impl PathPattern {
    /// Reads a pattern whose form has been checked.
    pub fn of(text: &str) -> Self {
        let is_pattern = |segment: &str| matches!(segment, "*" | "{*}" | "{**}");
        if let Some((before, "*" | "{**}")) = text.rsplit_once('/')
            && !before.split('/').any(is_pattern)
        {
            return Self::Below(format!("{before}/"));
        }
        if !text.split('/').any(is_pattern) {
            return Self::Exact(text.to_owned());
        }
        let segments = text.strip_prefix('/').unwrap_or(text).split('/');
        Self::Segments(
            segments
                .map(|segment| match segment {
                    "{*}" => PathSegment::One,
                    "*" | "{**}" => PathSegment::Rest,
                    text => PathSegment::Text(text.to_owned()),
                })
                .collect(),
        )
    }

    /// Whether a path without its query matches. What a pattern of `allow` leaves open has no `.`, `/`, `%` and `\` that is
    /// encoded: a server may decode these, and take the path for one of another place.
    fn matches(&self, list: RequestList, path: &str) -> bool {
        let is_open = |text: &str| list == RequestList::Deny || is_open(text);
        match self {
            Self::Exact(exact) => exact == path,
            Self::Below(beginning) => path.strip_prefix(beginning.as_str()).is_some_and(&is_open),
            Self::Segments(segments) => {
                let Some(mut rest) = path.strip_prefix('/').map(|path| path.split('/')) else { return false };
                for segment in segments {
                    let found = rest.next();
                    let fits = match segment {
                        PathSegment::Rest => return found.is_some_and(&is_open) && rest.all(&is_open),
                        PathSegment::One => found.is_some_and(|found| !found.is_empty() && is_open(found)),
                        PathSegment::Text(text) => found == Some(text.as_str()),
                    };
                    if !fits {
                        return false;
                    }
                }
                rest.next().is_none()
            }
        }
    }
}

impl PathPattern {
    /// Whether some path may match both patterns.
    pub fn may_meet(&self, other: &Self) -> bool {
        use PathSegment::{Rest, Text};
        let (own, others) = (self.segments(), other.segments());
        let (mut own, mut others) = (own.iter(), others.iter());
        loop {
            match (own.next(), others.next()) {
                (Some(Rest), _) | (_, Some(Rest)) | (None, None) => return true,
                (None, Some(_)) | (Some(_), None) => return false,
                (Some(Text(one)), Some(Text(another))) if one != another => return false,
                _ => {}
            }
        }
    }

    fn segments(&self) -> Vec<PathSegment> {
        let texts = |path: &str| -> Vec<PathSegment> {
            let path = path.strip_prefix('/').unwrap_or(path);
            path.split('/').map(|text| PathSegment::Text(text.to_owned())).collect()
        };
        match self {
            Self::Exact(path) => texts(path),
            Self::Below(beginning) => {
                let mut segments = texts(beginning.strip_suffix('/').unwrap_or(beginning));
                segments.push(PathSegment::Rest);
                segments
            }
            Self::Segments(segments) => segments.clone(),
        }
    }
}

/// Whether a text may stand where a pattern leaves a path open.
fn is_open(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_allowed = match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                let code = digit().zip(digit()).map(|(high, low)| high.saturating_mul(16).saturating_add(low));
                code.is_some_and(|code| code >= 0x20 && ![0x25, 0x2e, 0x2f, 0x5c].contains(&code))
            }
            b'\\' => false,
            other => other.is_ascii_graphic(),
        };
        if !is_allowed {
            return false;
        }
    }
    true
}
