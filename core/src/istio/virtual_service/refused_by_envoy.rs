//! What Istio's webhook takes in a route of HTTP, and Envoy refuses. With the one route Envoy refuses the whole route
//! configuration: all routes of the port, for every host.

use crate::istio::fields::Fields;
use crate::istio::regex_size::may_be_too_large;
use crate::source::Span;

/// Why Envoy refuses a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedByEnvoy {
    /// What is wrong with it, as a sentence.
    pub rule: String,
    /// Where it stands.
    pub span: Option<Span>,
}

/// Commands in the values of headers, by name, and the beginnings of names of which releases have more and more (Envoy's
/// `source/common/formatter/`).
const COMMANDS: [&str; 48] = [
    "ACCESS_LOG_TYPE",
    "BYTES_RECEIVED",
    "BYTES_RETRANSMITTED",
    "BYTES_SENT",
    "CEL",
    "CLUSTER_METADATA",
    "COALESCE",
    "COMMON_DURATION",
    "CONNECTION_ID",
    "CONNECTION_TERMINATION_DETAILS",
    "CUSTOM_FLAGS",
    "DURATION",
    "DYNAMIC_METADATA",
    "EMIT_TIME",
    "EMIT_TIME_LOCAL",
    "ENVIRONMENT",
    "FILE_CONTENT",
    "FILTER_CHAIN_NAME",
    "FILTER_STATE",
    "GRPC_STATUS",
    "GRPC_STATUS_NUMBER",
    "HOSTNAME",
    "LOCAL_REPLY_BODY",
    "METADATA",
    "PACKETS_RETRANSMITTED",
    "PATH",
    "PER_REQUEST_STATE",
    "PROTOCOL",
    "QUERY_PARAM",
    "QUERY_PARAMS",
    "REQ",
    "REQUESTED_SERVER_NAME",
    "REQ_WITHOUT_QUERY",
    "RESP",
    "ROUNDTRIP_DURATION",
    "ROUTE_NAME",
    "SECRET",
    "SPAN_ID",
    "START_TIME",
    "START_TIME_LOCAL",
    "STREAM_ID",
    "TLS_JA3_FINGERPRINT",
    "TLS_JA4_FINGERPRINT",
    "TRACE_ID",
    "TRAILER",
    "UNIQUE_ID",
    "VIRTUAL_CLUSTER_NAME",
    "VIRTUAL_HOST_NAME",
];
const FAMILIES: [&str; 4] = ["DOWNSTREAM_", "UPSTREAM_", "REQUEST_", "RESPONSE_"];

/// The longest name of a parameter of a query (`QueryParameterMatcher`).
const LONGEST_PARAMETER: usize = 1024;

/// The first such thing in a route.
pub(super) fn refused(route: Fields<'_>) -> Option<RefusedByEnvoy> {
    status(route)
        .or_else(|| route.items("match").find_map(query))
        .or_else(|| regular_expressions(route))
        .or_else(|| texts(route))
        .or_else(|| headers(route))
        .or_else(|| route.items("route").find_map(headers))
}

fn found(at: Fields<'_>, rule: String) -> RefusedByEnvoy {
    RefusedByEnvoy { rule, span: at.span() }
}

/// `DirectResponseAction.status` and `FaultAbort.http_status` are less than 600. Istio's webhook takes 600, too.
fn status(route: Fields<'_>) -> Option<RefusedByEnvoy> {
    let abort = route.child("fault").and_then(|fault| fault.child("abort"));
    let abort = abort.and_then(|abort| abort.child("httpStatus"));
    let direct = route.child("directResponse").and_then(|direct| direct.child("status"));
    let at = [abort, direct].into_iter().flatten().find(|status| status.whole() == Some(600))?;
    Some(found(at, "the status 600 is none of HTTP".to_owned()))
}

/// `QueryParameterMatcher.name`.
fn query(each: Fields<'_>) -> Option<RefusedByEnvoy> {
    let (name, at) =
        each.child("queryParams")?.entries().find(|(name, _)| name.is_empty() || name.len() > LONGEST_PARAMETER)?;
    let what = if name.is_empty() { "no name" } else { "a name of more than 1024 bytes" };
    Some(found(at, format!("a parameter of a query has {what}")))
}

/// An expression that may be larger than Envoy takes. Istio's webhook looks at its length alone.
fn regular_expressions(route: Fields<'_>) -> Option<RefusedByEnvoy> {
    let single = ["uri", "scheme", "method", "authority"];
    let of_match = route.items("match").flat_map(|each| {
        let many = ["headers", "withoutHeaders", "queryParams"].into_iter().filter_map(move |key| each.child(key));
        let named = many.flat_map(Fields::entries).map(|(_, pattern)| pattern);
        single.into_iter().filter_map(move |key| each.child(key)).chain(named)
    });
    let origins = route.child("corsPolicy").into_iter().flat_map(|policy| policy.items("allowOrigins"));
    let rewrite = route.child("rewrite").and_then(|rewrite| rewrite.child("uriRegexRewrite"));
    let regexes = of_match.chain(origins).filter_map(|pattern| pattern.child("regex"));
    let mut all = regexes.chain(rewrite.and_then(|rewrite| rewrite.child("match")));
    all.find_map(|regex| Some(found(regex, too_large(regex.str())?)))
}

/// Why Envoy may refuse a regular expression that is no mistake.
pub(in crate::istio) fn too_large(expression: &str) -> Option<String> {
    let shown: String = expression.chars().take(60).collect();
    may_be_too_large(expression).then(|| {
        format!("the regular expression `{shown}` may be larger than Envoy takes (32,768 instructions of RE2)")
    })
}

/// Texts that Envoy writes into a request or an answer have no line break.
fn texts(route: Fields<'_>) -> Option<RefusedByEnvoy> {
    let of = |part: &str, key: &str| route.child(part).and_then(|part| part.child(key));
    let regex = of("rewrite", "uriRegexRewrite").and_then(|rewrite| rewrite.child("rewrite"));
    let all = [
        ("rewrite.uri", of("rewrite", "uri")),
        ("rewrite.authority", of("rewrite", "authority")),
        ("rewrite.uriRegexRewrite.rewrite", regex),
        ("redirect.uri", of("redirect", "uri")),
        ("redirect.authority", of("redirect", "authority")),
    ];
    let (name, at) = all.into_iter().find_map(|(name, at)| Some((name, at.filter(|at| has_line_break(at.str()))?)))?;
    Some(found(at, format!("`{name}` has a line break")))
}

fn has_line_break(text: &str) -> bool {
    text.contains(['\r', '\n', '\0'])
}

/// Names have no line break, and commands in values are some that Envoy knows.
fn headers(fields: Fields<'_>) -> Option<RefusedByEnvoy> {
    let headers = fields.child("headers")?;
    let changes = ["request", "response"].into_iter().filter_map(|of| headers.child(of));
    for change in changes {
        let entries = ["set", "add"].into_iter().filter_map(|key| change.child(key)).flat_map(Fields::entries);
        for (name, value) in entries {
            if has_line_break(name) {
                return Some(found(value, "the name of a header has a line break".to_owned()));
            }
            // Both are the name of the host, which is no value with commands.
            if !matches!(name.to_ascii_lowercase().as_str(), "host" | ":authority")
                && let Some(command) = unknown_command(value.str())
            {
                return Some(found(
                    value,
                    format!("`%{command}%` in the value of header `{name}` is no command of Envoy"),
                ));
            }
        }
        if let Some(at) = change.items("remove").find(|name| has_line_break(name.str())) {
            return Some(found(at, "the name of a header has a line break".to_owned()));
        }
    }
    None
}

/// The first command in a value that Envoy does not know. Istio's webhook looks at the percent signs alone.
pub(in crate::istio) fn unknown_command(value: &str) -> Option<&str> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('%') {
        if let Some(literal) = after.strip_prefix('%') {
            rest = literal;
            continue;
        }
        let length = after.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        let (name, behind) = after.split_at(length.unwrap_or(after.len()));
        if !is_known(name) || !behind.starts_with(['%', '(', ':']) {
            return Some(after.split('%').next().unwrap_or(after));
        }
        // Arguments in parentheses may have percent signs, as a format of times has.
        let end =
            if behind.starts_with('(') { behind.find(")%").map(|at| at.saturating_add(1)) } else { behind.find('%') };
        // What does not end is the webhook's to refuse.
        let end = end.or_else(|| behind.rfind('%'))?;
        rest = behind.get(end.saturating_add(1)..).unwrap_or_default();
    }
    None
}

fn is_known(name: &str) -> bool {
    COMMANDS.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::unknown_command;

    #[test]
    fn commands_that_envoy_does_not_know() {
        for known in [
            "a",
            "100%%",
            "%HOSTNAME%",
            "a %REQ(x-a)% b",
            "%START_TIME(%Y/%m/%d)%",
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%%REQ(:path):10%",
            "%DYNAMIC_METADATA([\"a\", \"b\"])%",
            "%%FOO%%",
        ] {
            assert_eq!(unknown_command(known), None, "{known}");
        }
        for (unknown, command) in [
            ("%FOO%", "FOO"),
            ("a %HOSTNAME% %FOO(x)%", "FOO(x)"),
            ("%hostname%", "hostname"),
            ("%REQ(x)% %START TIME%", "START TIME"),
            ("%START_TIME(%Y)% %FOO%", "FOO"),
        ] {
            assert_eq!(unknown_command(unknown), Some(command), "{unknown}");
        }
    }
}
