//! Which of the routes of a VirtualService matches an HTTP request.

use std::fmt::{Display, Formatter};

use crate::istio::{HttpMatch, HttpRoute, Pattern};
use crate::trace::Stop;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::istiod::virtual_services::VirtualServiceConfig;
use crate::trace::outcome::proxy::headers::HeaderValue;
use crate::trace::outcome::proxy::journey::{Journey, Proxy};
use crate::trace::outcome::proxy::request::Request;

/// A route, and the one of its matches that Istio made an Envoy route of.
#[derive(Clone, Copy)]
pub(crate) struct HttpRouteMatch<'w> {
    pub(crate) config: &'w VirtualServiceConfig<'w>,
    pub(crate) route: &'w HttpRoute,
    pub(crate) condition: Option<&'w HttpMatch>,
    /// The listener's port, for destinations without one.
    pub(crate) port: u16,
}

impl HttpRouteMatch<'_> {
    /// Whether it takes every request.
    pub(crate) fn is_catch_all(&self) -> bool {
        self.condition.is_none_or(HttpMatch::is_catch_all)
    }

    /// Its place among the HTTP routes of its VirtualService.
    pub(crate) fn place(&self) -> usize {
        self.config.spec.http.iter().position(|route| std::ptr::eq(route, self.route)).unwrap_or_default()
    }

    /// Envoy's name of it.
    pub(crate) fn name(&self) -> String {
        match self.condition.map(|condition| condition.name.as_str()).filter(|name| !name.is_empty()) {
            Some(name) => format!("{}.{name}", self.route.name),
            None => self.route.name.clone(),
        }
    }
}

impl Display for HttpRouteMatch<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.route.name.as_str() {
            "" => write!(f, "a route of {}", self.config),
            name => write!(f, "route `{name}` of {}", self.config),
        }
    }
}

/// `BuildHTTPRoutesForVirtualService`: the routes of a VirtualService that hold at a proxy on a port, up to the first that
/// matches every request. istiod knows the client when it makes routes, and leaves out what does not match it.
pub(crate) fn routes_at<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    config: &'a VirtualServiceConfig<'a>,
    gateway: &str,
    port: u16,
) -> Vec<HttpRouteMatch<'a>> {
    let mut routes = Vec::new();
    for route in &config.spec.http {
        if route.matches.is_empty() {
            routes.push(HttpRouteMatch { config, route, condition: None, port });
            break;
        }
        let mut matches_all = false;
        for condition in &route.matches {
            if !is_made(journey, proxy, condition, (gateway, port)) {
                continue;
            }
            let matched = HttpRouteMatch { config, route, condition: Some(condition), port };
            routes.push(matched);
            if matched.is_catch_all() {
                matches_all = true;
                break;
            }
        }
        if matches_all {
            break;
        }
    }
    routes
}

/// Whether istiod makes a route of a match for a proxy and a port.
pub(super) fn is_made(
    journey: &mut Journey<'_>,
    proxy: &Proxy<'_>,
    condition: &HttpMatch,
    (gateway, port): (&str, u16),
) -> bool {
    condition.port.is_none_or(|wanted| wanted == port) && source_matches(journey, proxy, condition, gateway)
}

/// `sourceMatchHTTP`: where `gateways` stands beside labels, Istio ignores the labels.
fn source_matches(journey: &mut Journey<'_>, proxy: &Proxy<'_>, condition: &HttpMatch, gateway: &str) -> bool {
    // A waypoint leaves out every match with labels (core/listener_waypoint.go, `waypointInboundRoute`).
    if proxy.at == Stop::Waypoint && !condition.source_labels.is_empty() {
        return false;
    }
    if !condition.gateways.is_empty() {
        return condition.gateways.iter().any(|known| known == gateway);
    }
    condition.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
        && proxy.has_labels(&condition.source_labels, &mut journey.assumptions)
}

/// Whether a route matches the request.
pub(crate) fn matches(journey: &mut Journey<'_>, route: &HttpRouteMatch<'_>, request: &Request) -> bool {
    let Some(condition) = route.condition else { return true };
    let found = conditions(condition, request);
    if found.contains(&Some(false)) {
        return false;
    }
    if !found.contains(&None) {
        return true;
    }
    let each = route.route.matches.iter().position(|known| std::ptr::eq(known, condition)).unwrap_or_default();
    let unknown = Unknown::HttpMatch { at: journey.visit, route: route.config.age.id, http: route.place(), each };
    journey.assume(unknown, || format!("a match of {route} cannot be evaluated"))
}

/// Whether each part of a match holds; `None` where that is not known.
fn conditions(condition: &HttpMatch, request: &Request) -> Vec<Option<bool>> {
    let (path, query) = request.path.as_deref().map(|path| path.split_once('?').unwrap_or((path, ""))).unzip();
    let mut found: Vec<Option<bool>> = Vec::new();
    if let Some(pattern) = &condition.uri {
        found.push(match path {
            Some(path) if condition.ignore_uri_case => pattern.matches_in_any_case(path),
            Some(path) => pattern.matches(path),
            // Whatever the path is, it begins with `/`.
            None => (matches!(pattern, Pattern::Prefix(prefix) if prefix == "/") || *pattern == Pattern::Present)
                .then_some(true),
        });
    }
    found.extend(condition.method.as_ref().map(|pattern| pattern.matches(&request.method)));
    found.extend(condition.authority.as_ref().map(|pattern| pattern.matches(&request.authority)));
    if let Some(pattern) = &condition.scheme {
        found.push(header_matches(pattern, request.header(":scheme")));
    }
    if !condition.unsupported.is_empty() {
        found.push(None);
    }
    // A name that begins with `@` asks for a claim of a token, which is not modelled.
    for (name, pattern) in &condition.headers {
        found.push(if name.starts_with('@') { None } else { header_matches(pattern, request.header(name)) });
    }
    for (name, pattern) in &condition.without_headers {
        // A missing header counts as an empty one, except where only its presence is asked for.
        let matched = match (request.header(name), pattern) {
            (HeaderValue::Missing, Pattern::Present) => Some(false),
            (HeaderValue::Missing, pattern) => pattern.matches(""),
            (value, pattern) => header_matches(pattern, value),
        };
        found.push(if name.starts_with('@') { None } else { matched.map(|matched| !matched) });
    }
    for (name, pattern) in &condition.query {
        let value = query.map(|query| {
            query
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        });
        found.push(match value {
            None => None,
            Some(None) => Some(false),
            Some(Some(value)) => pattern.matches(value),
        });
    }
    found
}

fn header_matches(pattern: &Pattern, value: HeaderValue<'_>) -> Option<bool> {
    value.is(pattern.takes_any(), |text| pattern.matches(text))
}
