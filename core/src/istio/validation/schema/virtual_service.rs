//! The fields of a `VirtualService`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::shape::Schema::{self, Flag, Number, Words};
use super::shape::{BYTES, INT32, TEXT, TEXTS, UINT32, list, map, object};

pub(super) static STRING_MATCH: Schema =
    object(&[("exact", &TEXT), ("prefix", &TEXT), ("regex", &TEXT)]).at_most_one_of(&[&["exact", "prefix", "regex"]]);

pub(super) static CORS_POLICY: Schema = object(&[
    ("allowCredentials", &Flag),
    ("allowHeaders", &TEXTS),
    ("allowMethods", &TEXTS),
    ("allowOrigin", &TEXTS),
    ("allowOrigins", &list(&STRING_MATCH)),
    ("exposeHeaders", &TEXTS),
    ("maxAge", &TEXT),
    ("unmatchedPreflights", &Words(&["UNSPECIFIED", "FORWARD", "IGNORE"])),
]);

pub(super) static DELEGATE: Schema = object(&[("name", &TEXT), ("namespace", &TEXT)]);

pub(super) static BODY: Schema =
    object(&[("bytes", &BYTES), ("string", &TEXT)]).at_most_one_of(&[&["string", "bytes"]]);

pub(super) static DIRECT_RESPONSE: Schema = object(&[("body", &BODY), ("status", &UINT32)]).required(&["status"]);

pub(super) static PERCENTAGE: Schema = object(&[("value", &Number)]);

pub(super) static ABORT: Schema =
    object(&[("grpcStatus", &TEXT), ("http2Error", &TEXT), ("httpStatus", &INT32), ("percentage", &PERCENTAGE)])
        .at_most_one_of(&[&["httpStatus", "grpcStatus", "http2Error"]]);

pub(super) static DELAY: Schema =
    object(&[("exponentialDelay", &TEXT), ("fixedDelay", &TEXT), ("percent", &INT32), ("percentage", &PERCENTAGE)])
        .at_most_one_of(&[&["fixedDelay", "exponentialDelay"]]);

pub(super) static FAULT: Schema = object(&[("abort", &ABORT), ("delay", &DELAY)]);

pub(super) static HEADER_OPERATIONS: Schema = object(&[("add", &map(&TEXT)), ("remove", &TEXTS), ("set", &map(&TEXT))]);

pub(super) static HEADERS: Schema = object(&[("request", &HEADER_OPERATIONS), ("response", &HEADER_OPERATIONS)]);

pub(super) static HTTP_MATCH: Schema = object(&[
    ("authority", &STRING_MATCH),
    ("gateways", &TEXTS),
    ("headers", &map(&STRING_MATCH)),
    ("ignoreUriCase", &Flag),
    ("method", &STRING_MATCH),
    ("name", &TEXT),
    ("port", &UINT32),
    ("queryParams", &map(&STRING_MATCH)),
    ("scheme", &STRING_MATCH),
    ("sourceLabels", &map(&TEXT)),
    ("sourceNamespace", &TEXT),
    ("statPrefix", &TEXT),
    ("uri", &STRING_MATCH),
    ("withoutHeaders", &map(&STRING_MATCH)),
]);

pub(super) static PORT_NUMBER: Schema = object(&[("number", &UINT32)]);

pub(super) static DESTINATION: Schema =
    object(&[("host", &TEXT), ("port", &PORT_NUMBER), ("subset", &TEXT)]).required(&["host"]);

pub(super) static MIRROR: Schema =
    object(&[("destination", &DESTINATION), ("percentage", &PERCENTAGE)]).required(&["destination"]);

pub(super) static REDIRECT: Schema = object(&[
    ("authority", &TEXT),
    ("derivePort", &Words(&["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"])),
    ("port", &UINT32),
    ("redirectCode", &UINT32),
    ("scheme", &TEXT),
    ("uri", &TEXT),
])
.at_most_one_of(&[&["port", "derivePort"]]);

pub(super) static RETRIES: Schema = object(&[
    ("attempts", &INT32),
    ("backoff", &TEXT),
    ("perTryTimeout", &TEXT),
    ("retryIgnorePreviousHosts", &Flag),
    ("retryOn", &TEXT),
    ("retryRemoteLocalities", &Flag),
]);

pub(super) static URI_REGEX_REWRITE: Schema = object(&[("match", &TEXT), ("rewrite", &TEXT)]);

pub(super) static REWRITE: Schema =
    object(&[("authority", &TEXT), ("uri", &TEXT), ("uriRegexRewrite", &URI_REGEX_REWRITE)]);

pub(super) static HTTP_DESTINATION: Schema =
    object(&[("destination", &DESTINATION), ("headers", &HEADERS), ("weight", &INT32)]).required(&["destination"]);

pub(super) static HTTP_ROUTE: Schema = object(&[
    ("corsPolicy", &CORS_POLICY),
    ("delegate", &DELEGATE),
    ("directResponse", &DIRECT_RESPONSE),
    ("fault", &FAULT),
    ("headers", &HEADERS),
    ("match", &list(&HTTP_MATCH)),
    ("mirror", &DESTINATION),
    ("mirrorPercent", &UINT32),
    ("mirrorPercentage", &PERCENTAGE),
    ("mirror_percent", &UINT32),
    ("mirrors", &list(&MIRROR)),
    ("name", &TEXT),
    ("redirect", &REDIRECT),
    ("retries", &RETRIES),
    ("rewrite", &REWRITE),
    ("route", &list(&HTTP_DESTINATION)),
    ("timeout", &TEXT),
]);

pub(super) static TCP_MATCH: Schema = object(&[
    ("destinationSubnets", &TEXTS),
    ("gateways", &TEXTS),
    ("port", &UINT32),
    ("sourceLabels", &map(&TEXT)),
    ("sourceNamespace", &TEXT),
    ("sourceSubnet", &TEXT),
]);

pub(super) static ROUTE_DESTINATION: Schema =
    object(&[("destination", &DESTINATION), ("weight", &INT32)]).required(&["destination"]);

pub(super) static TCP_ROUTE: Schema = object(&[("match", &list(&TCP_MATCH)), ("route", &list(&ROUTE_DESTINATION))]);

pub(super) static TLS_MATCH: Schema = object(&[
    ("destinationSubnets", &TEXTS),
    ("gateways", &TEXTS),
    ("port", &UINT32),
    ("sniHosts", &TEXTS),
    ("sourceLabels", &map(&TEXT)),
    ("sourceNamespace", &TEXT),
])
.required(&["sniHosts"]);

pub(super) static TLS_ROUTE: Schema =
    object(&[("match", &list(&TLS_MATCH)), ("route", &list(&ROUTE_DESTINATION))]).required(&["match"]);

pub(super) static VIRTUAL_SERVICE: Schema = object(&[
    ("exportTo", &TEXTS),
    ("gateways", &TEXTS),
    ("hosts", &TEXTS),
    ("http", &list(&HTTP_ROUTE)),
    ("tcp", &list(&TCP_ROUTE)),
    ("tls", &list(&TLS_ROUTE)),
]);
