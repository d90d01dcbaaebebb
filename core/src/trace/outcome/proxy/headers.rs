//! The headers of a request, as far as they are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::HeaderChanges;

/// Headers that nearly every client sends by itself: of a request that does not name them it is not known whether they are
/// there.
const OF_CLIENTS: [&str; 7] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "user-agent",
];

/// Headers by their names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RequestHeaders {
    known: BTreeMap<String, StoredValue>,
    /// Headers of [`OF_CLIENTS`] that a proxy has removed.
    removed: BTreeSet<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum StoredValue {
    Text(String),
    /// Several values beside each other.
    Several(Vec<String>),
    /// The header is there, and its value is not known.
    Present,
    /// It is not known whether the header is there.
    MaybePresent,
}

/// What is known of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderValue<'r> {
    Missing,
    Text(&'r str),
    /// Several values beside each other.
    Several(&'r [String]),
    Present,
    MaybePresent,
}

impl RequestHeaders {
    pub(crate) fn get(&self, name: &str) -> HeaderValue<'_> {
        match self.known.get(name) {
            None if self.may_be_of_client(name) => HeaderValue::MaybePresent,
            None => HeaderValue::Missing,
            Some(StoredValue::Text(text)) => HeaderValue::Text(text),
            Some(StoredValue::Several(texts)) => HeaderValue::Several(texts),
            Some(StoredValue::Present) => HeaderValue::Present,
            Some(StoredValue::MaybePresent) => HeaderValue::MaybePresent,
        }
    }

    fn may_be_of_client(&self, name: &str) -> bool {
        OF_CLIENTS.contains(&name) && !self.removed.contains(name)
    }

    /// Each header that somebody has named.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, HeaderValue<'_>)> {
        self.known.keys().map(|name| (name.as_str(), self.get(name)))
    }

    /// Puts one value in the place of what is there.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.known.insert(name.to_owned(), StoredValue::Text(value.to_owned()));
    }

    /// Puts a value beside what is there.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.put_beside(name, StoredValue::Text(value.to_owned()));
    }

    /// The header is there, whatever its value is.
    pub(crate) fn set_present(&mut self, name: &str) {
        self.known.insert(name.to_owned(), StoredValue::Present);
    }

    /// It is not known whether the header is there, nor its value.
    pub(crate) fn set_unknown(&mut self, name: &str) {
        self.known.insert(name.to_owned(), StoredValue::MaybePresent);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.known.remove(name);
        self.removed.extend(OF_CLIENTS.into_iter().find(|of_clients| *of_clients == name));
    }

    /// Changes that a route or a cluster makes (Envoy's `HeaderParser::evaluateHeaders`): it removes, then it overwrites, then
    /// it appends. The values are made before any of it. One that is empty changes nothing, since Istio does not set
    /// `keep_empty_value` (`translateAppendHeaders` of `core/route/route.go`).
    pub(crate) fn change(&mut self, changes: &HeaderChanges) {
        for name in &changes.remove {
            self.remove(name);
        }
        for (name, value) in changes.set.iter().filter(|(name, _)| is_ordinary(name)) {
            match made(value) {
                Made::Nothing => {}
                Made::Text(text) => self.set(name, &text),
                Made::Something => self.set_present(name),
                // It may be nothing, and then what is there stays.
                Made::Unknown => match self.get(name) {
                    HeaderValue::Missing | HeaderValue::MaybePresent => self.set_unknown(name),
                    _ => self.set_present(name),
                },
            }
        }
        for (name, value) in changes.add.iter().filter(|(name, _)| is_ordinary(name)) {
            match made(value) {
                Made::Nothing => {}
                Made::Text(text) => self.add(name, &text),
                Made::Something => self.put_beside(name, StoredValue::Present),
                Made::Unknown => self.put_beside(name, StoredValue::MaybePresent),
            }
        }
    }

    fn put_beside(&mut self, name: &str, value: StoredValue) {
        let maybe = self.may_be_of_client(name).then_some(StoredValue::MaybePresent);
        let joined = match (self.known.remove(name).or(maybe), value) {
            (None, value) => value,
            (Some(StoredValue::Text(first)), StoredValue::Text(second)) => StoredValue::Several(vec![first, second]),
            (Some(StoredValue::Several(mut texts)), StoredValue::Text(text)) => {
                texts.push(text);
                StoredValue::Several(texts)
            }
            (Some(StoredValue::MaybePresent), StoredValue::MaybePresent) => StoredValue::MaybePresent,
            (Some(_), _) => StoredValue::Present,
        };
        self.known.insert(name.to_owned(), joined);
    }
}

impl HeaderValue<'_> {
    /// Whether the value matches; a missing header never does.
    ///
    /// Envoys differ in how they compare several values: joined by commas, or each by itself.
    pub(crate) fn is(self, takes_any: bool, matches: impl Fn(&str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Missing => Some(false),
            Self::Text(text) => matches(text),
            Self::Several(texts) => {
                let joined = matches(&texts.join(","))?;
                let each: Option<Vec<bool>> = texts.iter().map(|text| matches(text)).collect();
                (each?.contains(&true) == joined).then_some(joined)
            }
            Self::Present => takes_any.then_some(true),
            Self::MaybePresent => None,
        }
    }
}

/// Whether a route may change the header: those of the request itself are not its own (`isInternalHeader` of
/// `core/route/route.go`).
fn is_ordinary(name: &str) -> bool {
    name != "host" && !name.starts_with(':')
}

/// What a value in a change of headers makes of a request.
enum Made {
    Nothing,
    Text(String),
    /// Some text, whatever the request is.
    Something,
    /// Some text, or nothing.
    Unknown,
}

/// What a value makes: `%%` is a percent sign, and what stands between two of them is a command that only Envoy can
/// follow. A command may make nothing of a request.
fn made(value: &str) -> Made {
    let mut text = String::with_capacity(value.len());
    let mut has_command = false;
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
        } else {
            has_command = true;
            let (command, after) = after.split_once('%').unwrap_or((after, ""));
            // Arguments may have a percent sign.
            if command.contains('(') && !command.ends_with(')') {
                return Made::Unknown;
            }
            rest = after;
        }
    }
    text.push_str(rest);
    match (has_command, text.is_empty()) {
        (false, true) => Made::Nothing,
        (false, false) => Made::Text(text),
        (true, false) => Made::Something,
        (true, true) => Made::Unknown,
    }
}
