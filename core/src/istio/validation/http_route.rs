//! `validateHTTPRoute` of pkg/config/validation/virtualservice.go.

use super::broken_rule::BrokenRules;
use super::{durations, header_values, names, ports, regular_expressions, route, selector};
use crate::istio::fields::{Fields, View};

const CONFLICT: &str = "`validateHTTPRouteConflict` of pkg/config/validation/virtualservice.go";
const MATCH: &str = "`validateHTTPRouteMatchRequest` of pkg/config/validation/virtualservice.go";
const ROUTE: &str = "`validateHTTPRoute` of pkg/config/validation/virtualservice.go";
const AUTHORITY: &str = "`validateAuthorityRewrite` of pkg/config/validation/virtualservice.go";
const HEADERS: &str = "`ValidateHTTPHeaderOperationName` of pkg/config/validation/validation.go";
const STRING: &str = "`validateStringMatch` of pkg/config/validation/validation.go";
const FAULT: &str = "`validateHTTPFaultInjection` of pkg/config/validation/validation.go";
const STATUS: &str = "`validateHTTPStatus` of pkg/config/validation/validation.go";
const MIRRORS: &str = "`validateHTTPMirrors` of pkg/config/validation/validation.go";
const REDIRECT: &str = "`validateHTTPRedirect` of pkg/config/validation/validation.go";
const RETRY: &str = "`validateHTTPRetry` of pkg/config/validation/validation.go";
const REWRITE: &str = "`validateHTTPRewrite` of pkg/config/validation/validation.go";
const CORS: &str = "`validateCORSPolicy` of pkg/config/validation/validation.go";
const DURATION: &str = "`ValidateDuration` of pkg/config/validation/agent/validation.go";

pub(super) fn validate(http: Fields<'_>, is_delegate: bool, of_gateway_api: bool, broken: &mut BrokenRules) {
    conflicts(http, is_delegate, broken);
    for matching in http.items("match") {
        request(matching, broken);
    }
    headers(http, broken);
    if let Some(policy) = http.child("corsPolicy") {
        cors(policy, broken);
    }
    if let Some(it) = http.child("fault") {
        fault(it, broken);
    }
    mirroring(http, broken);
    if let Some(it) = http.child("redirect") {
        redirect(it, broken);
    }
    if let Some(it) = http.child("directResponse") {
        status(it, it.number("status").unwrap_or_default(), broken);
        let size = it.child("body").and_then(|body| body.child("string")).map_or(0, |text| text.str().len());
        if size > 1024 * 1024 {
            broken.refuse(it, ROUTE, "the body of a direct response is larger than 1 MB");
        }
    }
    if let Some(it) = http.child("retries") {
        retries(it, broken);
    }
    if let Some(it) = http.child("rewrite") {
        rewrite(it, broken);
    }
    one_authority(http, broken);
    for each in http.items("route") {
        headers(each, broken);
    }
    route::weighted(http, of_gateway_api, broken);
    duration(http, "timeout", broken);
}

/// Whether a header is a claim of a token (`ToRoutingClaim` of pkg/jwt/routing.go).
pub(super) fn is_claim(name: &str) -> bool {
    const PREFIX: &str = "@request.auth.claims";
    let (Some(prefix), Some(rest)) = (name.get(..PREFIX.len()), name.get(PREFIX.len()..)) else { return false };
    prefix.eq_ignore_ascii_case(PREFIX)
        && rest.len() > 1
        && (rest.starts_with('.') || (rest.starts_with('[') && rest.ends_with(']') && rest.len() > 2))
}

fn duration(fields: Fields<'_>, key: &str, broken: &mut BrokenRules) {
    if let Some(time) = fields.child(key) {
        broken.check(time, DURATION, durations::whole_milliseconds(time.str()));
    }
}

fn conflicts(http: Fields<'_>, is_delegate: bool, broken: &mut BrokenRules) {
    let has_route = http.items("route").next().is_some();
    if http.has("delegate") && !is_delegate {
        for field in ["redirect", "route"] {
            if if field == "route" { has_route } else { http.has(field) } {
                broken.refuse(http, CONFLICT, format!("a route with a `delegate` has no `{field}`"));
            }
        }
        return;
    }
    if http.has("delegate") {
        broken.refuse(http, CONFLICT, "a route of a delegate has no `delegate`");
    }
    let answer = ["redirect", "directResponse"].into_iter().find(|field| http.has(field));
    match answer {
        Some(answer) => {
            for field in ["route", "fault", "rewrite", "directResponse"] {
                let given = if field == "route" { has_route } else { http.has(field) };
                if given && field != answer {
                    broken.refuse(http, CONFLICT, format!("a route has either `{field}` or `{answer}`"));
                }
            }
        }
        None if !has_route => {
            broken.refuse(http, CONFLICT, "an `http` route needs `route`, `redirect` or `directResponse`");
        }
        None => {}
    }
    if http.has("mirror") && http.items("mirrors").next().is_some() {
        broken.refuse(http, CONFLICT, "a route has either `mirror` or `mirrors`");
    }
}

fn request(matching: Fields<'_>, broken: &mut BrokenRules) {
    for field in ["headers", "withoutHeaders"] {
        for (name, value) in matching.child(field).into_iter().flat_map(Fields::given_entries) {
            let pseudo = [":method", ":scheme", ":authority", ":path", ":status"].contains(&name);
            if name.is_empty() || !(is_claim(name) || pseudo || is_header(name)) {
                broken.refuse(value, MATCH, format!("`{name}` is not the name of a header"));
            }
            // `*` stands for "is there".
            let any = field == "withoutHeaders" && value.child("regex").is_some_and(|regex| regex.str() == "*");
            if value.view() == View::Null {
                continue;
            }
            if !any {
                string(value, name, broken);
            }
        }
    }
    // The prefix of a path may be empty, unlike the others.
    if let Some(uri) = matching.child("uri") {
        regex(uri, "uri", broken);
    }
    for field in ["scheme", "method", "authority"] {
        if let Some(value) = matching.child(field) {
            string(value, field, broken);
        }
    }
    for (name, value) in matching.child("queryParams").into_iter().flat_map(Fields::given_entries) {
        string(value, name, broken);
    }
    route::match_port(matching, MATCH, broken);
    selector::labels(matching.child("sourceLabels"), broken);
    route::gateways(matching, false, broken);
    if let Some(namespace) = matching.child("sourceNamespace")
        && !namespace.str().is_empty()
        && !names::is_label(namespace.str())
    {
        broken.refuse(namespace, MATCH, format!("`{}` is not a namespace", namespace.str()));
    }
}

fn string(value: Fields<'_>, key: &str, broken: &mut BrokenRules) {
    if let Some(prefix) = value.child("prefix")
        && prefix.str().is_empty()
    {
        broken.refuse(prefix, STRING, format!("the prefix of `{key}` is empty"));
    }
    regex(value, key, broken);
}

fn regex(value: Fields<'_>, key: &str, broken: &mut BrokenRules) {
    let Some(regex) = value.child("regex") else { return };
    if regex.str().is_empty() {
        broken.refuse(regex, STRING, format!("the regex of `{key}` is empty"));
    }
    if regex.str().len() > 1024 {
        broken.refuse(regex, STRING, format!("the regex of `{key}` is longer than 1024 characters"));
    }
    broken.check(regex, STRING, regular_expressions::usual_mistakes(regex.str()));
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `isAuthorityHeader`.
fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

/// `headers` of a route or of one of its destinations.
fn headers(holder: Fields<'_>, broken: &mut BrokenRules) {
    let Some(changes) = holder.child("headers") else { return };
    for side in ["request", "response"] {
        let Some(operations) = changes.child(side) else { continue };
        for operation in ["add", "set"] {
            for (name, value) in operations.child(operation).into_iter().flat_map(Fields::given_entries) {
                let may_be_authority = side == "request" && is_authority(name);
                name_of_operation(value, name, may_be_authority, broken);
                broken.check(value, HEADERS, header_values::value(value.str()));
            }
        }
        for name in operations.items("remove") {
            name_of_operation(name, name.str(), false, broken);
        }
    }
}

fn name_of_operation(at: Fields<'_>, name: &str, may_be_authority: bool, broken: &mut BrokenRules) {
    if name.is_empty() {
        broken.refuse(at, HEADERS, "the name of a header is empty");
    } else if (name.starts_with(':') || name.eq_ignore_ascii_case("host")) && !may_be_authority {
        broken.refuse(at, HEADERS, format!("the header `{name}` cannot be changed here"));
    }
}

fn one_authority(http: Fields<'_>, broken: &mut BrokenRules) {
    let rewritten = http.child("rewrite").and_then(|it| it.child("authority")).map_or("", Fields::str);
    let request = http.child("headers").and_then(|it| it.child("request"));
    let mut current = !rewritten.is_empty();
    for operation in ["set", "add"] {
        let operations = request.and_then(|it| it.child(operation));
        for (_, value) in operations.into_iter().flat_map(Fields::given_entries).filter(|(name, _)| is_authority(name))
        {
            if current {
                broken.refuse(value, AUTHORITY, "the authority is set more than once");
            }
            current = current || !value.str().is_empty();
        }
    }
}

fn cors(policy: Fields<'_>, broken: &mut BrokenRules) {
    const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];
    for origin in policy.items("allowOrigins") {
        let text = |key: &str| origin.child(key).map_or("", Fields::str);
        if ["exact", "prefix", "regex"].into_iter().all(|key| text(key).is_empty()) {
            broken.refuse(origin, CORS, "an allowed origin is empty");
        }
        regex(origin, "allowOrigins", broken);
    }
    for method in policy.items("allowMethods").filter(|method| !METHODS.contains(&method.str())) {
        broken.refuse(method, CORS, format!("`{}` is not a method of HTTP that Istio knows", method.str()));
    }
    for field in ["allowHeaders", "exposeHeaders"] {
        for name in policy.items(field).filter(|name| name.str() != "*" && !is_header(name.str())) {
            broken.refuse(name, CORS, format!("`{}` is not the name of a header", name.str()));
        }
    }
    if let Some(age) = policy.child("maxAge") {
        duration(policy, "maxAge", broken);
        if durations::nanoseconds(age.str()).is_some_and(|time| time.rem_euclid(1_000_000_000) != 0) {
            broken.refuse(age, CORS, "`maxAge` is not a whole number of seconds");
        }
    }
}

fn fault(fault: Fields<'_>, broken: &mut BrokenRules) {
    const CODES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    if !fault.has("abort") && !fault.has("delay") {
        broken.refuse(fault, FAULT, "a fault needs `abort` or `delay`");
    }
    for part in ["abort", "delay"].into_iter().filter_map(|part| fault.child(part)) {
        // `validatePercentage`.
        if let Some(value) = part.child("percentage").and_then(|it| it.child("value"))
            && let Some(percent) = value.real()
            && (!(0.0..=100.0).contains(&percent) || (percent > 0.0 && percent < 0.0001))
        {
            broken.refuse(value, FAULT, format!("the percentage {percent} is neither 0 nor in the range 0.0001..100"));
        }
    }
    if let Some(abort) = fault.child("abort") {
        if let Some(code) = abort.child("grpcStatus")
            && !CODES.contains(&code.str())
        {
            broken.refuse(code, FAULT, format!("`{}` is not a status of gRPC", code.str()));
        }
        if let Some(error) = abort.child("http2Error") {
            broken.refuse(error, FAULT, "`http2Error` is not supported");
        }
        if let Some(code) = abort.child("httpStatus") {
            status(code, code.whole().unwrap_or_default(), broken);
        }
    }
    if let Some(delay) = fault.child("delay") {
        duration(delay, "fixedDelay", broken);
        if let Some(exponential) = delay.child("exponentialDelay") {
            broken.refuse(exponential, FAULT, "`exponentialDelay` is not supported");
        }
    }
}

/// `validateHTTPStatus`.
fn status(at: Fields<'_>, code: i64, broken: &mut BrokenRules) {
    if !(200..=600).contains(&code) {
        broken.refuse(at, STATUS, format!("the status {code} is not in the range 200..599"));
    }
}

fn mirroring(http: Fields<'_>, broken: &mut BrokenRules) {
    for key in ["mirrorPercent", "mirror_percent"] {
        if let Some(percent) = http.child(key)
            && percent.whole().is_some_and(|percent| percent > 100)
        {
            broken.refuse(percent, ROUTE, "a percentage is larger than 100");
        }
    }
    let percent = |holder: Fields<'_>, key: &str, broken: &mut BrokenRules| {
        if let Some(value) = holder.child(key).and_then(|it| it.child("value"))
            && value.real().is_some_and(|percent| !(0.0..=100.0).contains(&percent))
        {
            broken.refuse(value, MIRRORS, "a percentage is not in the range 0..100");
        }
    };
    percent(http, "mirrorPercentage", broken);
    route::destination(http.child("mirror"), broken);
    for mirror in http.items("mirrors") {
        route::destination(mirror.child("destination"), broken);
        percent(mirror, "percentage", broken);
    }
}

fn redirect(redirect: Fields<'_>, broken: &mut BrokenRules) {
    let text = |key: &str| redirect.child(key).map_or("", Fields::str);
    // `prefixRewrite` is new in 1.31.
    let goes_somewhere = ["uri", "authority", "scheme"].into_iter().any(|key| !text(key).is_empty());
    if !goes_somewhere && !["port", "derivePort", "prefixRewrite"].into_iter().any(|key| redirect.has(key)) {
        broken.refuse(redirect, REDIRECT, "a redirect needs `uri`, `authority`, `scheme` or a port");
        return;
    }
    if let Some(code) = redirect.number("redirectCode")
        && code != 0
        && !(300..=399).contains(&code)
    {
        broken.refuse(redirect, REDIRECT, format!("the status {code} of a redirect is not in the range 300..399"));
    }
    if !["", "http", "https"].contains(&text("scheme")) {
        broken.refuse(redirect, REDIRECT, "the scheme of a redirect is neither `http` nor `https`");
    }
    if let Some(port) = redirect.number("port")
        && port > 0
    {
        broken.check(redirect, REDIRECT, ports::number(port));
    }
}

fn retries(retries: Fields<'_>, broken: &mut BrokenRules) {
    const POLICIES: [&str; 16] = [
        "5xx",
        "gateway-error",
        "reset",
        "reset-before-request",
        "connect-failure",
        "retriable-4xx",
        "refused-stream",
        "retriable-status-codes",
        "retriable-headers",
        "envoy-ratelimited",
        "http3-post-connect-failure",
        "cancelled",
        "deadline-exceeded",
        "internal",
        "resource-exhausted",
        "unavailable",
    ];
    let attempts = retries.number("attempts").unwrap_or_default();
    if attempts < 0 {
        broken.refuse(retries, RETRY, "the number of attempts is negative");
    }
    let retry_on = retries.child("retryOn").map_or("", Fields::str);
    if attempts == 0 && (retries.has("perTryTimeout") || !retry_on.is_empty() || retries.has("retryRemoteLocalities")) {
        broken.refuse(retries, RETRY, "retries are configured although `attempts` is 0");
    }
    duration(retries, "perTryTimeout", broken);
    duration(retries, "backoff", broken);
    if let Some(at) = retries.child("retryOn").filter(|text| !text.str().is_empty()) {
        for policy in retry_on.split(',') {
            if !POLICIES.contains(&policy) && !policy.parse().is_ok_and(is_known_status) {
                broken.refuse(at, RETRY, format!("`{policy}` is not a value of `retryOn`"));
            }
        }
    }
}

/// Whether Go has a name for a status (`http.StatusText`).
fn is_known_status(code: i64) -> bool {
    matches!(code, 100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451)
        || matches!(code, 500..=508 | 510 | 511)
}

fn rewrite(rewrite: Fields<'_>, broken: &mut BrokenRules) {
    let text = |key: &str| rewrite.child(key).map_or("", Fields::str);
    let by_regex = rewrite.child("uriRegexRewrite");
    if by_regex.is_some() && !text("uri").is_empty() {
        broken.refuse(rewrite, REWRITE, "a rewrite has either `uri` or `uriRegexRewrite`");
    } else if by_regex.is_none() && text("uri").is_empty() && text("authority").is_empty() {
        broken.refuse(rewrite, REWRITE, "a rewrite needs `uri`, `uriRegexRewrite` or `authority`");
    }
    if let Some(by_regex) = by_regex {
        let empty = |key: &str| by_regex.child(key).is_none_or(|text| text.str().is_empty());
        if empty("match") || empty("rewrite") {
            broken.refuse(by_regex, REWRITE, "`uriRegexRewrite` needs `match` and `rewrite`");
        }
        if by_regex.child("match").is_some_and(|text| text.str().len() > 1024) {
            broken.refuse(by_regex, REWRITE, "the regex is longer than 1024 characters");
        }
    }
}
