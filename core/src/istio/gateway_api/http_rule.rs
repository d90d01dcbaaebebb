//! The rules of `HTTPRoute` and `GRPCRoute`, as far as they do not depend on backends (`convertHTTPRoute`, `convertGRPCRoute` of
//! `pilot/pkg/config/kube/gateway/conversion.go`).

use std::collections::BTreeMap;

use super::backend_ref::{self, Backend, headers};
use super::refused_by_envoy;
use super::rule::{RouteKind, RouteRule};
use crate::istio::fields::Fields;
use crate::istio::{Answer, CorsPolicy, HeaderChanges, HttpMatch, HttpRoute, Pattern, Re2, Redirect, Rewrite};
use crate::source::Span;

/// Fields of a rule that change where requests go, or that change nothing of it.
const RULE: [&str; 7] = ["name", "matches", "filters", "backendRefs", "timeouts", "retry", "sessionPersistence"];

/// The route of a rule without a match: the schema of `HTTPRoute` fills in the prefix `/`.
pub(super) fn of_every_path(name: String, span: Option<Span>) -> HttpRoute {
    let every_path = HttpMatch { uri: Some(Pattern::Prefix("/".to_owned())), ..HttpMatch::default() };
    HttpRoute { matches: vec![every_path], ..empty(name, span) }
}

fn empty(name: String, span: Option<Span>) -> HttpRoute {
    HttpRoute {
        name,
        matches: Vec::new(),
        answer: Answer::Direct(500),
        rewrite: None,
        fault: None,
        headers: HeaderChanges::default(),
        cors: None,
        unsupported: Vec::new(),
        of: None,
        unknown: None,
        refused: None,
        span,
    }
}

pub(super) fn read(kind: RouteKind, rule: Fields<'_>, name: String, backends: Vec<Backend>) -> RouteRule {
    let mut base = HttpRoute {
        unsupported: rule.unsupported(&RULE),
        refused: refused_by_envoy::refused(rule),
        ..empty(name, rule.span())
    };
    let mut read = RouteRule {
        http: Vec::new(),
        backends,
        mirrors: Vec::new(),
        is_refused: false,
        redirects: false,
        span: rule.span(),
    };
    for filter in rule.items("filters") {
        match (filter.text("type").as_deref().unwrap_or_default(), kind) {
            ("RequestHeaderModifier", _) => match headers(filter.child("requestHeaderModifier")) {
                Some(changes) => base.headers = changes,
                None => read.is_refused = true,
            },
            ("ResponseHeaderModifier", _) => {}
            // `createCorsFilter` has preflights of other origins answered, too.
            ("CORS", RouteKind::Http) => {
                let answering = || CorsPolicy { origins: Vec::new(), answers_others: true };
                base.cors = filter.child("cors").map(|_| answering());
            }
            ("RequestRedirect", RouteKind::Http) => {
                // The schema's default is 302.
                let status = filter.child("requestRedirect").and_then(|redirect| redirect.port("statusCode"));
                base.answer = Answer::Redirect(Redirect { status: status.unwrap_or(302) });
                read.redirects = true;
            }
            ("RequestMirror", _) => {
                let to = filter.child("requestMirror").and_then(|mirror| mirror.child("backendRef"));
                read.mirrors.extend(to.map(backend_ref::read));
            }
            ("URLRewrite", RouteKind::Http) => base.rewrite = filter.child("urlRewrite").and_then(rewrite),
            _ => read.is_refused = true,
        }
    }
    let mut matches: Vec<Option<HttpMatch>> = Vec::new();
    for each in rule.items("matches") {
        let condition = if kind == RouteKind::Grpc { grpc_match(each) } else { http_match(each) };
        read.is_refused |= condition.is_none();
        matches.extend(condition.map(Some));
    }
    if matches.is_empty() {
        let every_path = || HttpMatch { uri: Some(Pattern::Prefix("/".to_owned())), ..HttpMatch::default() };
        matches.push((kind == RouteKind::Http).then(every_path));
    }
    // Each match becomes a route of its own, so that all can be sorted.
    let of_match =
        |condition: Option<HttpMatch>| HttpRoute { matches: condition.into_iter().collect(), ..base.clone() };
    read.http = matches.into_iter().map(of_match).collect();
    read
}

/// `createURIMatch`, `createHeadersMatch`, `createQueryParamsMatch`, `createMethodMatch`; `None` for a type that istiod refuses.
fn http_match(each: Fields<'_>) -> Option<HttpMatch> {
    let path = each.child("path");
    let value = path.and_then(|path| path.text("value")).unwrap_or_else(|| "/".to_owned());
    let uri = match path.and_then(|path| path.text("type")).as_deref() {
        None | Some("PathPrefix") => {
            let prefix = if value == "/" { "/" } else { value.strip_suffix('/').unwrap_or(&value) };
            if prefix == "/" { Pattern::Prefix(prefix.to_owned()) } else { Pattern::PathPrefix(prefix.to_owned()) }
        }
        Some("Exact") => Pattern::Exact(value),
        Some("RegularExpression") => Pattern::Regex(Re2::of(value)),
        Some(_) => return None,
    };
    let headers = patterns(each, "headers")?;
    Some(HttpMatch {
        uri: Some(uri),
        method: each.text("method").map(Pattern::Exact),
        headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        query: patterns(each, "queryParams")?,
        unsupported: each.unsupported(&["path", "headers", "queryParams", "method"]),
        ..HttpMatch::default()
    })
}

/// `createGRPCURIMatch`, `createGRPCHeadersMatch`.
fn grpc_match(each: Fields<'_>) -> Option<HttpMatch> {
    let uri = match each.child("method") {
        None => None,
        Some(asked) => {
            let is_regex = match asked.text("type").as_deref() {
                None | Some("Exact") => false,
                Some("RegularExpression") => true,
                Some(_) => return None,
            };
            Some(match (asked.text("service"), asked.text("method"), is_regex) {
                (None, None, _) => return None,
                (Some(service), None, false) => Pattern::PathPrefix(format!("/{service}/")),
                (Some(service), None, true) => Pattern::Regex(Re2::of(format!("/{service}/.+"))),
                (None, Some(method), _) => Pattern::Regex(Re2::of(format!("/[^/]+/{method}"))),
                (Some(service), Some(method), false) => Pattern::Exact(format!("/{service}/{method}")),
                (Some(service), Some(method), true) => Pattern::Regex(Re2::of(format!("/{service}/{method}"))),
            })
        }
    };
    let headers = patterns(each, "headers")?;
    Some(HttpMatch {
        uri,
        headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        unsupported: each.unsupported(&["method", "headers"]),
        ..HttpMatch::default()
    })
}

fn patterns(each: Fields<'_>, key: &str) -> Option<BTreeMap<String, Pattern>> {
    let mut patterns = BTreeMap::new();
    for item in each.items(key) {
        let (name, value) = (item.text("name").unwrap_or_default(), item.text("value").unwrap_or_default());
        let pattern = match item.text("type").as_deref() {
            None | Some("Exact") => Pattern::Exact(value),
            Some("RegularExpression") if value == "*" => Pattern::Present,
            Some("RegularExpression") => Pattern::Regex(Re2::of(value)),
            Some(_) => return None,
        };
        patterns.insert(name, pattern);
    }
    Some(patterns)
}

/// `createRewriteFilter`.
fn rewrite(filter: Fields<'_>) -> Option<Rewrite> {
    let path = filter.child("path");
    let of_type = |wanted: &str| path.filter(|path| path.text("type").as_deref() == Some(wanted));
    let uri = of_type("ReplacePrefixMatch").map(|path| {
        let prefix = path.text("replacePrefixMatch").unwrap_or_default();
        let prefix = prefix.strip_suffix('/').unwrap_or(&prefix);
        if prefix.is_empty() { "/".to_owned() } else { prefix.to_owned() }
    });
    let rewrite = Rewrite {
        uri,
        authority: filter.text("hostname").filter(|name| !name.is_empty()),
        // A regular expression that takes the whole path.
        by_regex: of_type("ReplaceFullPath").is_some(),
    };
    (rewrite.uri.is_some() || rewrite.authority.is_some() || rewrite.by_regex).then_some(rewrite)
}
