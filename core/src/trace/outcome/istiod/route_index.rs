//! The matches of a VirtualService's HTTP routes, with an index by what they compare: there may be thousands, of which few can
//! match a request.

use std::collections::BTreeMap;

use super::pods::ClientLabels;
use super::text_index::{KnownText, TextIndex, TextPattern};
use crate::istio::{HttpMatch, HttpRoute, Pattern};

/// So few matches are all compared.
const FEW: usize = 8;

/// Where a request comes from, as matches compare it.
pub(crate) struct RequestSource<'k> {
    pub(crate) gateway: &'k str,
    pub(crate) namespace: &'k str,
    /// The client, where its labels count.
    pub(crate) client: Option<ClientLabels<'k>>,
}

/// What is known of a request that matches compare.
pub(crate) struct RequestAttributes<'k> {
    pub(crate) source: RequestSource<'k>,
    /// The path without its query.
    pub(crate) path: KnownText<'k>,
    /// What it has as its host, with its port.
    pub(crate) authority: KnownText<'k>,
    pub(crate) header: &'k dyn Fn(&str) -> KnownText<'k>,
}

/// A route, and one of its matches; `None` for a route without any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoutePlace<'w> {
    pub(crate) route: &'w HttpRoute,
    pub(crate) condition: Option<&'w HttpMatch>,
}

/// The matches of a VirtualService, in their order.
#[derive(Debug)]
pub(crate) struct RouteIndex<'w> {
    places: Vec<RoutePlace<'w>>,
    /// By the source alone.
    by_source: MatchIndex<'w>,
    by_request: MatchIndex<'w>,
    /// Whether any of them compares labels of the client.
    pub(crate) has_labels: bool,
    /// Whether any of them holds for every source on every port.
    pub(crate) always_holds: bool,
}

#[derive(Debug, Default)]
struct MatchIndex<'w> {
    by_gateway: BTreeMap<&'w str, Vec<usize>>,
    by_label: BTreeMap<&'w str, BTreeMap<&'w str, Vec<usize>>>,
    by_namespace: BTreeMap<&'w str, Vec<usize>>,
    by_path: TextIndex,
    by_authority: TextIndex,
    by_header: BTreeMap<&'w str, TextIndex>,
    others: Vec<usize>,
}

/// What a request must have for a match to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MatchKey<'w> {
    Gateway(&'w str),
    Label(&'w str, &'w str),
    Namespace(&'w str),
    Path(TextPattern<'w>),
    Authority(TextPattern<'w>),
    Header(&'w str, TextPattern<'w>),
}

impl<'w> RouteIndex<'w> {
    /// The index of some routes; `None` where it is not worth it.
    pub(super) fn of(routes: &'w [HttpRoute]) -> Option<Self> {
        let mut places = Vec::new();
        for route in routes {
            if route.matches.is_empty() {
                places.push(RoutePlace { route, condition: None });
                // Nothing gets past it.
                break;
            }
            places.extend(route.matches.iter().map(|condition| RoutePlace { route, condition: Some(condition) }));
        }
        if places.len() <= FEW {
            return None;
        }
        let conditions = || places.iter().map(|place| place.condition);
        let of_source = |each: Option<&'w HttpMatch>| each.map(keys_of_source).unwrap_or_default();
        let of_request = |each: Option<&'w HttpMatch>| each.map(keys_of_request).unwrap_or_default();
        let by_source = MatchIndex::of(&conditions().map(of_source).collect::<Vec<_>>());
        let all = |each| [of_source(each), of_request(each)].concat();
        let by_request = MatchIndex::of(&conditions().map(all).collect::<Vec<_>>());
        let has_labels = conditions().flatten().any(|each| !each.source_labels.is_empty());
        let holds_for_all = |each: Option<&'w HttpMatch>| {
            each.is_none_or(|each| each.port.is_none() && keys_of_source(each).is_empty())
        };
        let always_holds = conditions().any(holds_for_all);
        Some(Self { places, by_source, by_request, has_labels, always_holds })
    }

    /// Those that may hold for a source, in their order.
    pub(crate) fn of_source(&self, source: &RequestSource<'_>) -> impl Iterator<Item = RoutePlace<'w>> {
        let mut found = Vec::new();
        self.by_source.find_source(source, &mut found);
        self.at(found)
    }

    /// Those that may hold for a request, in their order.
    pub(crate) fn of_request(&self, request: &RequestAttributes<'_>) -> impl Iterator<Item = RoutePlace<'w>> {
        let mut found = Vec::new();
        self.by_request.find_source(&request.source, &mut found);
        self.by_request.by_path.find(request.path, &mut found);
        self.by_request.by_authority.find(request.authority, &mut found);
        for (name, values) in &self.by_request.by_header {
            values.find((request.header)(name), &mut found);
        }
        self.at(found)
    }

    fn at(&self, mut found: Vec<usize>) -> impl Iterator<Item = RoutePlace<'w>> {
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|place| self.places.get(place)).copied()
    }
}

impl<'w> MatchIndex<'w> {
    /// Each match stands under the attribute that tells it best from others. `all` has the alternatives for each.
    fn of(all: &[Vec<Vec<MatchKey<'w>>>]) -> Self {
        let mut wanted: BTreeMap<MatchKey<'w>, usize> = BTreeMap::new();
        for key in all.iter().flatten().flatten() {
            let number = wanted.entry(*key).or_default();
            *number = number.saturating_add(1);
        }
        let commonest = |keys: &Vec<MatchKey<'w>>| keys.iter().filter_map(|key| wanted.get(key)).max().copied();
        let mut index = Self::default();
        for (place, keys) in all.iter().enumerate() {
            let Some(best) = keys.iter().min_by_key(|keys| commonest(keys)) else {
                index.others.push(place);
                continue;
            };
            for key in best {
                match *key {
                    MatchKey::Gateway(name) => index.by_gateway.entry(name).or_default().push(place),
                    MatchKey::Label(key, value) => {
                        index.by_label.entry(key).or_default().entry(value).or_default().push(place);
                    }
                    MatchKey::Namespace(name) => index.by_namespace.entry(name).or_default().push(place),
                    MatchKey::Path(pattern) => index.by_path.add(pattern, place),
                    MatchKey::Authority(pattern) => index.by_authority.add(pattern, place),
                    MatchKey::Header(name, pattern) => index.by_header.entry(name).or_default().add(pattern, place),
                }
            }
        }
        index
    }

    /// Adds those that may hold for a source, and those that compare nothing of the request.
    fn find_source(&self, source: &RequestSource<'_>, found: &mut Vec<usize>) {
        found.extend(&self.others);
        found.extend(self.by_gateway.get(source.gateway).into_iter().flatten());
        found.extend(self.by_namespace.get(source.namespace).into_iter().flatten());
        let Some(client) = source.client else { return };
        for (key, value) in client.known() {
            let places = self.by_label.get(key.as_str()).and_then(|values| values.get(value.as_str()));
            found.extend(places.into_iter().flatten());
        }
    }
}

/// A match that names gateways compares nothing else of the source (`sourceMatchHTTP` of core/route/route.go).
fn keys_of_source(each: &HttpMatch) -> Vec<Vec<MatchKey<'_>>> {
    if !each.gateways.is_empty() {
        return vec![each.gateways.iter().map(|gateway| MatchKey::Gateway(gateway)).collect()];
    }
    let labels = each.source_labels.iter().map(|(key, value)| vec![MatchKey::Label(key, value)]);
    labels.chain(each.source_namespace.iter().map(|namespace| vec![MatchKey::Namespace(namespace)])).collect()
}

/// A match of every request is found for every one: nothing gets past it.
fn keys_of_request(each: &HttpMatch) -> Vec<Vec<MatchKey<'_>>> {
    if each.is_catch_all() {
        return Vec::new();
    }
    let path = each.uri.as_ref().filter(|_| !each.ignore_uri_case).and_then(text).map(MatchKey::Path);
    // A name that begins with `@` is none of a header.
    let headers = each.headers.iter().filter(|(name, _)| !name.starts_with('@'));
    let headers = headers.filter_map(|(name, pattern)| Some(MatchKey::Header(name, text(pattern)?)));
    let authority = each.authority.as_ref().and_then(text).map(MatchKey::Authority);
    path.into_iter().chain(authority).chain(headers).map(|key| vec![key]).collect()
}

fn text(pattern: &Pattern) -> Option<TextPattern<'_>> {
    match pattern {
        Pattern::Exact(text) => Some(TextPattern::Exact(text)),
        Pattern::Prefix(text) => Some(TextPattern::Prefix(text)),
        Pattern::PathPrefix(text) => Some(TextPattern::Prefix(text.strip_suffix('/').unwrap_or(text))),
        Pattern::Regex(_) => Some(pattern.certain_beginning()).filter(|text| !text.is_empty()).map(TextPattern::Prefix),
        Pattern::Present => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::istio::Objects;
    use crate::resource::{AddedLabels, Labels};

    /// A thousand routes with a match each, and one without.
    fn objects(each: impl Fn(usize) -> Value) -> Objects {
        let mut routes: Vec<Value> =
            (0..1_000).map(|n| json!({"match": [each(n)], "route": [{"destination": {"host": "h"}}]})).collect();
        routes.push(json!({"route": [{"destination": {"host": "h"}}]}));
        let mut objects = Objects::default();
        objects.made(&json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": "v", "namespace": "n"}, "spec": {"hosts": ["h"], "http": routes},
        }));
        objects
    }

    #[test]
    fn a_request_is_compared_with_few_of_many_matches() {
        let labels: Labels = [("app".to_owned(), "a5".to_owned())].into();
        let added = AddedLabels::default();
        let client = Some(ClientLabels::new(&labels, &added));
        let header = |name: &str| if name == "x" { KnownText::Is("v9") } else { KnownText::Missing };
        let source = || RequestSource { gateway: "mesh", namespace: "n3", client };
        let found = |objects: &Objects, path: KnownText<'static>| {
            let routes = &objects.virtual_services[0].spec.http;
            let index = RouteIndex::of(routes).unwrap();
            let of = |place: RoutePlace<'_>| routes.iter().position(|route| std::ptr::eq(route, place.route)).unwrap();
            let authority = KnownText::Is("h7.example:80");
            let asked = RequestAttributes { source: source(), path, authority, header: &header };
            let by_request: Vec<usize> = index.of_request(&asked).map(of).collect();
            (by_request, index.of_source(&source()).count(), index.always_holds)
        };
        let root = KnownText::Is("/p70");
        let headers = objects(|n| json!({"headers": {"x": {"exact": format!("v{n}")}}, "uri": {"prefix": "/p"}}));
        assert_eq!(found(&headers, root), (vec![9, 1_000], 1_001, true));
        let paths = objects(|n| json!({"uri": {"prefix": format!("/p{n}")}}));
        assert_eq!(found(&paths, root).0, [7, 70, 1_000]);
        assert_eq!(found(&paths, KnownText::Unknown).0.len(), 1_001);
        let sources = objects(|n| json!({"sourceLabels": {"app": format!("a{n}"), "tier": "web"}}));
        assert_eq!(found(&sources, root), (vec![5, 1_000], 2, true));
        let namespaces = objects(|n| json!({"sourceNamespace": format!("n{n}"), "uri": {"exact": "/p70"}}));
        assert_eq!(found(&namespaces, root), (vec![3, 1_000], 2, true));
        let hosts = objects(|n| json!({"authority": {"regex": format!("h{n}\\.example(:[0-9]+)?")}}));
        assert_eq!(found(&hosts, root), (vec![7, 1_000], 1_001, true));
        // What takes every request of its source is found by the source alone, and a case that does not matter by nothing.
        let all = objects(|n| json!({"uri": {"prefix": if n == 0 { "/" } else { "/x" }}, "ignoreUriCase": n == 1}));
        assert_eq!(found(&all, root).0, [0, 1, 1_000]);
    }
}
