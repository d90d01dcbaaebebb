//! Requests that stand for all that rules about HTTP distinguish.

use std::collections::{BTreeMap, BTreeSet};

use super::{HeaderPattern, HttpRules, PathPattern, PathSegment, RequestPattern};

/// A text that no rule names.
const ANY: &str = "any-other";
/// So many paths and sets of headers are combined.
const MOST_COMBINED: usize = 64;
const CONTENT_TYPE: &str = "content-type";
/// One of these is named by no rule, unless the rules name all of them.
const METHODS: [&str; 9] = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"];

/// Method, path and headers of a request; what is `None` is usual for its protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestExample {
    /// Its method.
    pub method: Option<String>,
    /// Its path.
    pub path: Option<String>,
    /// Its headers, in lower case.
    pub headers: BTreeMap<String, String>,
}

impl HttpRules {
    /// A request that may be sent, the plain one if it may; `None` if none was found. `usual_method` is the method of the
    /// plain one.
    pub(super) fn allowed_example(&self, usual_method: &str) -> Option<RequestExample> {
        let found = self.found_example(usual_method)?;
        // Where a rule names the type of a body, a body without one has a type that is not known.
        let typed = || found.clone().with_type_of(usual_method);
        let fits = |example: &RequestExample| {
            let method = example.method.as_deref().unwrap_or(usual_method);
            self.admit(method, example.path.as_deref().unwrap_or("/"), &example.headers) == Some(true)
        };
        Some(if self.name_a_type() { Some(typed()).filter(fits).unwrap_or(found.clone()) } else { found })
    }

    fn found_example(&self, usual_method: &str) -> Option<RequestExample> {
        let plain = RequestExample::default();
        let fit = |example: &RequestExample| {
            let method = example.method.as_deref().unwrap_or(usual_method);
            self.admit(method, example.path.as_deref().unwrap_or("/"), &example.headers) == Some(true)
        };
        if fit(&plain) {
            return Some(plain);
        }
        let examples = self.examples();
        if let Some(found) = examples.iter().find(|example| fit(example)) {
            return Some(found.clone());
        }
        // The method of one item may be needed with the path of another, and a path that nothing names.
        let methods: BTreeSet<Option<&String>> = examples.iter().map(|example| example.method.as_ref()).collect();
        let paths: BTreeSet<Option<&String>> = examples.iter().map(|example| example.path.as_ref()).collect();
        let headers: BTreeSet<&BTreeMap<String, String>> = examples.iter().map(|example| &example.headers).collect();
        let with = |method: Option<&String>, path: Option<&String>, headers: &BTreeMap<String, String>| {
            RequestExample { method: method.cloned(), path: path.cloned(), headers: headers.clone() }
        };
        let all = methods.iter().flat_map(|method| {
            let (paths, headers) = (paths.iter().take(MOST_COMBINED), headers.iter().take(MOST_COMBINED));
            paths.flat_map(move |path| headers.clone().map(move |headers| with(*method, *path, headers)))
        });
        all.into_iter().find(|example| fit(example))
    }

    fn name_a_type(&self) -> bool {
        let mut patterns = self.allow.iter().flatten().chain(&self.deny);
        patterns.any(|pattern| pattern.headers.contains_key(CONTENT_TYPE))
    }

    /// Requests on both sides of each rule: one for each value that it names, and some that differ from these in one value.
    pub fn examples(&self) -> BTreeSet<RequestExample> {
        let patterns = || self.allow.iter().flatten().chain(&self.deny);
        let named: BTreeSet<&str> = patterns().flat_map(|pattern| &pattern.methods).map(String::as_str).collect();
        let other_method = METHODS.into_iter().find(|method| !named.contains(method)).unwrap_or("UNNAMED");
        let names_a_type = self.name_a_type();
        let mut examples: BTreeSet<RequestExample> =
            patterns().flat_map(|pattern| pattern.examples(other_method)).collect();
        if names_a_type {
            examples = examples.into_iter().map(RequestExample::with_type).collect();
        }
        examples
    }
}

impl RequestExample {
    /// With a type of its content, which a request with a body has mostly: without one it would not be known.
    fn with_type(self) -> Self {
        self.with_type_of("GET")
    }

    fn with_type_of(mut self, usual_method: &str) -> Self {
        if !matches!(self.method.as_deref().unwrap_or(usual_method), "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE") {
            self.headers.entry(CONTENT_TYPE.to_owned()).or_insert_with(|| format!("{ANY}-value"));
        }
        self
    }
}

impl RequestPattern {
    fn examples(&self, other_method: &str) -> BTreeSet<RequestExample> {
        let paths: Vec<String> = self.paths.iter().map(PathPattern::example).collect();
        let first = RequestExample {
            method: self.methods.first().cloned(),
            path: paths.first().cloned(),
            headers: self.example_headers(),
        };
        let mut examples = BTreeSet::from([first.clone()]);
        for method in self.methods.iter().map(String::as_str).chain([other_method]) {
            examples.insert(RequestExample { method: Some(method.to_owned()), ..first.clone() });
        }
        let near = self.paths.iter().flat_map(PathPattern::near);
        for path in paths.iter().cloned().chain(near).chain([format!("/{ANY}")]) {
            examples.insert(RequestExample { path: Some(path), ..first.clone() });
        }
        for (name, pattern) in &self.headers {
            let mut without = first.clone();
            without.headers.remove(name);
            examples.insert(without);
            for values in pattern.others(ANY) {
                let mut other = first.clone();
                other.headers.insert(name.clone(), values);
                examples.insert(other);
            }
        }
        examples
    }
}

impl RequestPattern {
    /// The headers of a request that matches.
    pub(crate) fn example_headers(&self) -> BTreeMap<String, String> {
        let header =
            |(name, pattern): (&String, &HeaderPattern)| pattern.example(ANY).map(|value| (name.clone(), value));
        self.headers.iter().filter_map(header).collect()
    }
}

impl PathPattern {
    /// A path that matches and has this last segment; `None` where there is none.
    pub(crate) fn example_ending_in(&self, last: &str) -> Option<String> {
        match self {
            Self::Exact(exact) => exact.rsplit('/').next().filter(|segment| *segment == last).map(|_| exact.clone()),
            Self::Below(beginning) => Some(format!("{beginning}{ANY}/{last}")),
            Self::Segments(segments) => {
                let (end, before) = segments.split_last()?;
                let is_free = end.text().is_none_or(|text| text == last);
                is_free
                    .then(|| if before.is_empty() { format!("/{last}") } else { format!("{}/{last}", joined(before)) })
            }
        }
    }

    /// A path that matches.
    fn example(&self) -> String {
        match self {
            Self::Exact(exact) => exact.clone(),
            Self::Below(beginning) => format!("{beginning}{ANY}"),
            Self::Segments(segments) => joined(segments),
        }
    }

    /// Paths that are near the pattern: some match, and some do not.
    fn near(&self) -> Vec<String> {
        match self {
            Self::Exact(exact) => vec![format!("{}/{ANY}", exact.trim_end_matches('/')), format!("{exact}{ANY}")],
            Self::Below(beginning) => {
                // Without its last `/` it does not match.
                let bare = beginning.trim_end_matches('/');
                let bare = if bare.is_empty() { "/" } else { bare };
                // The first may be sent. What proxies decode themselves is left out: that depends on the mesh.
                let encoded = ["%40", "%252e"].map(|code| format!("{beginning}{code}{ANY}"));
                [vec![beginning.clone(), bare.to_owned(), format!("{bare}{ANY}")], encoded.to_vec()].concat()
            }
            Self::Segments(segments) => {
                let example = self.example();
                let shorter = segments.split_last().map_or(&[][..], |(_, shorter)| shorter);
                let cut = joined(shorter);
                vec![format!("{example}/{ANY}"), format!("{cut}/"), cut]
            }
        }
        .into_iter()
        .filter(|path| path.starts_with('/') && !path.contains("//"))
        .collect()
    }
}

fn joined(segments: &[PathSegment]) -> String {
    let texts: Vec<&str> = segments.iter().map(|segment| segment.text().unwrap_or(ANY)).collect();
    format!("/{}", texts.join("/"))
}

impl PathSegment {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::One | Self::Rest => None,
        }
    }
}
