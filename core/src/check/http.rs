//! Are the rules about HTTP requests possible, and does each say what its author will think?

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, Destination, HeaderRules, HttpRules, PathPattern, PolicySet, RequestPattern};
use crate::resource::PathNormalization;
use crate::source::Span;

/// Matches of the routes of one host; Istio's own limit for the routes of a VirtualService is 512.
const MOST_MATCHES: usize = 256;

pub(super) fn validate_http(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let Some(span) = destination.http_span else { continue };
        if destination.protocol.class() != Class::Http {
            report.push(
                Diagnostic::new(
                    &codes::HTTP_FIELD_NOT_HTTP,
                    span,
                    format!("the gateway cannot read HTTP requests inside {}", destination.protocol.name()),
                )
                .label(destination.protocol.span, "the gateway passes these bytes on as they are")
                .note("only plain HTTP of the workload can be compared, limited or changed by the gateway")
                .help("declare the port as HTTP, with `httpsUpgrade` if the host needs HTTPS, or remove the field"),
            );
            continue;
        }
        rules(destination, report);
        retries(destination, span, report);
        normalized(destination, &set.environment.path_normalization, report);
        headers(&destination.http.request_headers, destination, "request", report);
        headers(&destination.http.response_headers, destination, "response", report);
    }
}

fn retries(destination: &Destination, span: Span, report: &mut Report) {
    let Some(retries) = &destination.http.retries else { return };
    if retries.attempts == 0 && (retries.per_try_timeout.is_some() || !retries.retry_on.is_empty()) {
        report.push(
            Diagnostic::new(
                &codes::RETRIES_OFF,
                span,
                format!("`retries` of `{}` has no attempts, so its other fields have no effect", destination.name),
            )
            .note("Istio refuses these fields beside `attempts: 0`, and egressc leaves them out")
            .help("set `attempts`, or remove the other fields"),
        );
    }
}

fn rules(destination: &Destination, report: &mut Report) {
    let rules = &destination.http.rules;
    let span = destination.http_span.unwrap_or(destination.span);
    if patterns(rules).any(|pattern| *pattern == RequestPattern::default()) {
        report.push(
            Diagnostic::new(
                &codes::EMPTY_REQUEST_PATTERN,
                span,
                format!("an item of `allow` or `deny` of `{}` has no methods, paths or headers", destination.name),
            )
            .note("it would match every request, and this is rarely intended")
            .help("add `methods`, `paths` or `headers`, or remove the item"),
        );
        return;
    }
    written_by_proxies(destination, report);
    let matches = patterns(rules).fold(0_usize, |sum, pattern| {
        let each = pattern.methods.len().max(1).saturating_mul(pattern.paths.len().max(1));
        sum.saturating_add(each)
    });
    if matches > MOST_MATCHES {
        report.push(
            Diagnostic::new(
                &codes::TOO_MANY_MATCHES,
                span,
                format!(
                    "the rules about requests of `{}` need {matches} matches, and at most {MOST_MATCHES} are allowed",
                    destination.name
                ),
            )
            .note("each method of an item is combined with each of its paths")
            .help("use a common beginning of the paths, or leave out the methods"),
        );
        return;
    }
    // What could not be read is reported where it stands.
    if rules.allow.as_ref().is_some_and(BTreeSet::is_empty) {
        return;
    }
    if destination.allowed_example().is_none() {
        report.push(
            Diagnostic::new(
                &codes::NO_REQUEST_ALLOWED,
                span,
                format!("`allow` and `deny` of `{}` together allow no request", destination.name),
            )
            .note("the gateway compares `deny` first")
            .help("remove the item of `deny` that matches the same requests as `allow`, or remove the destination"),
        );
    }
    avoidable(rules, destination, report);
}

/// Headers that clients and proxies write by themselves, so that it is not known what the gateway compares.
const WRITTEN_BY_OTHERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "b3",
    "baggage",
    "grpc-encoding",
    "grpc-timeout",
    "referer",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-client-trace-id",
    "x-cloud-trace-context",
    "x-request-id",
];

fn written_by_proxies(destination: &Destination, report: &mut Report) {
    let is_typed = destination.protocol.is_http2();
    let is_written = |name: &str| {
        WRITTEN_BY_OTHERS.contains(&name)
            || name.starts_with("x-forwarded-")
            || name.starts_with("x-b3-")
            || name.starts_with("x-ot-")
            || is_typed && name == "content-type"
    };
    let named = patterns(&destination.http.rules).flat_map(|pattern| pattern.headers.keys());
    let Some(name) = named.into_iter().find(|name| is_written(name)) else { return };
    report.push(
        Diagnostic::new(
            &codes::BAD_HTTP_TEXT,
            destination.http_span.unwrap_or(destination.span),
            format!("a rule of `{}` cannot compare the header `{name}`", destination.name),
        )
        .note("clients and proxies write this header by themselves, or change it")
        .help("compare a header that only the application writes"),
    );
}

/// A server may take two spellings for one path, and the last of two headers. What is compared by its spelling can be allowed
/// safely, and not denied.
fn avoidable(rules: &HttpRules, destination: &Destination, report: &mut Report) {
    // Where only whole paths are allowed, no other spelling of a path is.
    let is_exact = |pattern: &RequestPattern| {
        !pattern.paths.is_empty() && pattern.paths.iter().all(|path| matches!(path, PathPattern::Exact(_)))
    };
    let are_exact = rules.allow.as_ref().is_some_and(|allow| allow.iter().all(is_exact));
    let is_avoidable =
        |pattern: &RequestPattern| !pattern.headers.is_empty() || !pattern.paths.is_empty() && !are_exact;
    if !rules.deny.iter().any(is_avoidable) {
        return;
    }
    report.push(
        Diagnostic::new(
            &codes::DENY_BY_SPELLING,
            destination.http_span.unwrap_or(destination.span),
            format!("a workload can avoid a denial of `{}` by another spelling of the path or the header", destination.name),
        )
        .note("a server may take `/admin`, `//admin`, `/%61dmin` and `/Admin` for the same path, and the gateway compares the text")
        .help("use `allow` with the paths and headers that are needed; a denial by method alone cannot be avoided"),
    );
}

/// Where proxies do not resolve `..`, a path that begins as it should may lead anywhere.
fn normalized(destination: &Destination, modes: &[PathNormalization], report: &mut Report) {
    let is_open = |path: &PathPattern| !matches!(path, PathPattern::Exact(_));
    let allow = destination.http.rules.allow.iter().flatten();
    let leaves_open = allow.flat_map(|pattern| &pattern.paths).any(is_open);
    let is_never_resolved = !modes.is_empty() && modes.iter().all(|mode| *mode == PathNormalization::None);
    if leaves_open && is_never_resolved {
        report.push(
            Diagnostic::new(
                &codes::PATHS_NOT_NORMALIZED,
                destination.http_span.unwrap_or(destination.span),
                format!("`allow` of `{}` has patterns of paths, and proxies do not normalize paths", destination.name),
            )
            .note("the mesh config has `pathNormalization: NONE`, so `/v1/../admin` begins with `/v1/`")
            .help("set `pathNormalization: BASE` or more in the mesh config, or allow only whole paths"),
        );
    }
}

fn patterns(rules: &HttpRules) -> impl Iterator<Item = &RequestPattern> {
    rules.allow.iter().flatten().chain(&rules.deny)
}

fn headers(rules: &HeaderRules, destination: &Destination, side: &str, report: &mut Report) {
    let twice = rules
        .set
        .keys()
        .find(|name| rules.add.contains_key(*name) || rules.remove.contains(*name))
        .or_else(|| rules.add.keys().find(|name| rules.remove.contains(*name)));
    let Some(name) = twice else { return };
    report.push(
        Diagnostic::new(
            &codes::HEADER_CHANGED_TWICE,
            destination.http_span.unwrap_or(destination.span),
            format!("the header `{name}` of the {side} is changed in two ways"),
        )
        .note("`set` replaces a header, `add` adds to it, and `remove` removes it")
        .help("name the header in only one of `set`, `add` and `remove`"),
    );
}
