//! The routes of a gateway for the HTTP requests to one host.
//!
//! Rules about requests are routes, and not AuthorizationPolicies: a DENY of everything that several items allow would need
//! one rule for each way to miss all of them, and an ALLOW would take traffic of others on that gateway. A route applies to
//! HTTP alone, so no rule can widen on a TCP chain.

use std::collections::BTreeMap;

use super::expression::{literal, other_than};
use crate::manifest::{
    DirectResponse, HeaderOperations, Headers, HttpMatch, HttpRetry, HttpRoute, RouteDestination, StringMatch,
};
use crate::model::{
    Flow, HeaderPattern, HeaderRules, Http, PathPattern, PathSegment, RequestList, RequestPattern, RetryRules, wildcard,
};

/// What a workload gets for a request that its policy does not allow: what an AuthorizationPolicy would give.
const FORBIDDEN: u16 = 403;

/// What a workload gets for a name or port that no policy declares: what Istio gives for an unknown host.
pub(super) const UNKNOWN_HOST: u16 = 502;

/// The routes in their order: what is denied, what is allowed, and the rest.
///
/// Hosts `below` a wildcard have rules of their own at the same gateway port: the wildcard does not serve them.
pub(super) fn at_gateway(flow: &Flow, below: &[&str], route: &[RouteDestination]) -> Vec<HttpRoute> {
    let http = &flow.destination.http;
    let mut routes = Vec::new();
    if !below.is_empty() {
        let more_specific =
            below.iter().map(|host| HttpMatch { authority: Some(with_any_port(host)), ..HttpMatch::default() });
        routes.push(respond("more-specific", more_specific.collect(), UNKNOWN_HOST));
    }
    // In audit mode the same matches forward, and access logs show their names.
    let refuse = |name: &str, matches: Vec<HttpMatch>| {
        if flow.is_audited() {
            forward(http, &format!("audit-{name}"), of_names(flow, matches), route.to_vec())
        } else {
            respond(name, matches, FORBIDDEN)
        }
    };
    if !http.rules.deny.is_empty() {
        let denied = http.rules.deny.iter().flat_map(|pattern| matches(pattern, RequestList::Deny));
        routes.push(refuse("denied", denied.collect()));
    }
    let allowed = http.rules.allow.iter().flatten().flat_map(|pattern| matches(pattern, RequestList::Allow)).collect();
    routes.push(forward(http, "forward", of_names(flow, allowed), route.to_vec()));
    if http.rules.allow.is_some() {
        routes.push(refuse("not-allowed", Vec::new()));
    }
    if flow.wildcard().is_some() && (flow.is_audited() || http.rules.allow.is_none()) {
        routes.push(respond("other-name", Vec::new(), UNKNOWN_HOST));
    }
    routes
}

/// `Host` of a name, or of the names below a wildcard.
fn with_any_port(host: &str) -> StringMatch {
    let name = match wildcard::parent(host) {
        Some(above) => format!(r".+\.{}", literal(above)),
        None => literal(host),
    };
    StringMatch { regex: Some(format!("{name}(?::.*)?")), ..StringMatch::default() }
}

/// The same matches for names below a wildcard, with the declared port and no other: the gateway resolves the name in `Host`
/// and connects to the port in it.
fn of_names(flow: &Flow, matches: Vec<HttpMatch>) -> Vec<HttpMatch> {
    let Some(above) = flow.wildcard() else { return matches };
    let port = match (flow.destination.upgrade.is_some(), flow.destination.external_port()) {
        (true, _) => String::new(),
        // Clients leave out the usual port.
        (false, 80) => "(?::80)?".to_owned(),
        (false, port) => format!(":{port}"),
    };
    let regex = format!(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.{}{port}", literal(above));
    let authority = Some(StringMatch { regex: Some(regex), ..StringMatch::default() });
    let matches = if matches.is_empty() { vec![HttpMatch::default()] } else { matches };
    matches.into_iter().map(|each| HttpMatch { authority: authority.clone(), ..each }).collect()
}

/// An answer of the proxy's own.
pub(super) fn respond(name: &str, matches: Vec<HttpMatch>, status: u16) -> HttpRoute {
    HttpRoute {
        direct_response: Some(DirectResponse { status }),
        headers: None,
        matches,
        name: name.to_owned(),
        retries: None,
        route: Vec::new(),
        timeout: None,
    }
}

fn forward(http: &Http, name: &str, matches: Vec<HttpMatch>, route: Vec<RouteDestination>) -> HttpRoute {
    let mut request = operations(&http.request_headers);
    // The caller's certificate stays in the mesh: gateways would forward it (`core/gateway.go`, `SANITIZE_SET`).
    request.remove.push("x-forwarded-client-cert".to_owned());
    HttpRoute {
        direct_response: None,
        headers: Some(Headers { request, response: operations(&http.response_headers) }),
        matches,
        name: name.to_owned(),
        retries: http.retries.as_ref().map(retries),
        route,
        timeout: http.timeout.map(|length| length.to_string()),
    }
}

/// One for each method and path, since a match has one of each.
fn matches(pattern: &RequestPattern, list: RequestList) -> Vec<HttpMatch> {
    let of_headers = |wanted: fn(&HeaderPattern) -> Option<StringMatch>| -> BTreeMap<String, StringMatch> {
        pattern.headers.iter().filter_map(|(name, pattern)| Some((name.clone(), wanted(pattern)?))).collect()
    };
    let headers = of_headers(with_header);
    let without_headers = of_headers(without_header);
    let methods = any_or(pattern.methods.iter().map(|method| exact(method)));
    let paths = any_or(pattern.paths.iter().map(|each| path(each, list)));
    let with = |method: &Option<StringMatch>, uri: &Option<StringMatch>| HttpMatch {
        headers: headers.clone(),
        method: method.clone(),
        uri: uri.clone(),
        without_headers: without_headers.clone(),
        ..HttpMatch::default()
    };
    methods.iter().flat_map(|method| paths.iter().map(move |uri| with(method, uri))).collect()
}

/// What a header must be. Without any field its presence is enough.
fn with_header(pattern: &HeaderPattern) -> Option<StringMatch> {
    match pattern {
        HeaderPattern::Absent => None,
        HeaderPattern::Present => Some(StringMatch::default()),
        HeaderPattern::Is(value) | HeaderPattern::IsOnly(value) => Some(exact(value)),
    }
}

/// What a header must not be.
fn without_header(pattern: &HeaderPattern) -> Option<StringMatch> {
    match pattern {
        HeaderPattern::Absent => Some(StringMatch::default()),
        HeaderPattern::Present | HeaderPattern::Is(_) => None,
        HeaderPattern::IsOnly(value) => Some(StringMatch { regex: Some(other_than(value)), ..StringMatch::default() }),
    }
}

/// The matches of a list; an empty list is one match of everything.
fn any_or(listed: impl Iterator<Item = StringMatch>) -> Vec<Option<StringMatch>> {
    let listed: Vec<Option<StringMatch>> = listed.map(Some).collect();
    if listed.is_empty() { vec![None] } else { listed }
}

fn exact(text: &str) -> StringMatch {
    StringMatch { exact: Some(text.to_owned()), ..StringMatch::default() }
}

fn path(pattern: &PathPattern, list: RequestList) -> StringMatch {
    let regex = |regex: String| StringMatch { regex: Some(regex), ..StringMatch::default() };
    match pattern {
        PathPattern::Exact(path) => exact(path),
        PathPattern::Below(beginning) => regex(format!("{}{}", literal(beginning), rest(list))),
        PathPattern::Segments(segments) => {
            let segments: Vec<String> = segments.iter().map(|segment| expression(segment, list)).collect();
            regex(format!("/{}", segments.join("/")))
        }
    }
}

/// A character that is encoded, but for `.`, `/`, `%`, `\` and control characters. A server that decodes a path before it
/// resolves `..` would take a path with these for one of another place, so `allow` does not match it.
const ENCODED: &str = "%(?:[346-9A-Fa-f][0-9A-Fa-f]|2[0-46-9A-Da-d]|5[0-9ABD-Fabd-f])";

/// A segment as RE2 has it.
fn expression(segment: &PathSegment, list: RequestList) -> String {
    match (segment, list) {
        (PathSegment::Text(text), _) => literal(text),
        (PathSegment::Rest, _) => rest(list),
        (PathSegment::One, RequestList::Deny) => "[^/]+".to_owned(),
        // Visible ASCII without `%`, `/` and `\`.
        (PathSegment::One, RequestList::Allow) => format!(r"(?:[!-$&-.0-\[\]-~]|{ENCODED})+"),
    }
}

fn rest(list: RequestList) -> String {
    match list {
        RequestList::Deny => ".*".to_owned(),
        // Visible ASCII without `%` and `\`.
        RequestList::Allow => format!(r"(?:[!-$&-\[\]-~]|{ENCODED})*"),
    }
}

fn operations(rules: &HeaderRules) -> HeaderOperations {
    // Envoy reads `%` in a value as the beginning of a command, and `%%` as itself.
    let values = |values: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        values.iter().map(|(name, value)| (name.clone(), value.replace('%', "%%"))).collect()
    };
    HeaderOperations {
        add: values(&rules.add),
        remove: rules.remove.iter().cloned().collect(),
        set: values(&rules.set),
    }
}

/// What makes a request one for a backend: authorization and routes have compared the host that the workload calls before, and
/// the backend would not know that name (`HostRewriteLiteral` of a weighted cluster, `core/route/route.go`).
pub(super) fn with_host(host: &str, port: u16, is_upgraded: bool) -> Headers {
    let is_usual = port == if is_upgraded { 443 } else { 80 };
    let authority = if is_usual { host.to_owned() } else { format!("{host}:{port}") };
    let set = BTreeMap::from([("host".to_owned(), authority)]);
    Headers { request: HeaderOperations { set, ..HeaderOperations::default() }, response: HeaderOperations::default() }
}

fn retries(rules: &RetryRules) -> HttpRetry {
    // Istio refuses everything else beside no attempts (`validateHTTPRetry`).
    if rules.attempts == 0 {
        return HttpRetry { attempts: 0, per_try_timeout: None, retry_on: None };
    }
    let retry_on: Vec<&str> = rules.retry_on.iter().map(String::as_str).collect();
    HttpRetry {
        attempts: rules.attempts,
        per_try_timeout: rules.per_try_timeout.map(|length| length.to_string()),
        retry_on: (!retry_on.is_empty()).then(|| retry_on.join(",")),
    }
}
