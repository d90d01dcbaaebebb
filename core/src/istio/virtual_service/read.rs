use std::collections::BTreeMap;

use super::{
    Answer, CorsPolicy, Destination, Fault, HeaderChanges, HttpMatch, HttpRoute, L4Match, L4Route, Redirect, Rewrite,
    VirtualService, Weighted, refused_by_envoy,
};
use crate::istio::fields::Fields;
use crate::istio::{ExportTo, Meta, Pattern};

pub(in crate::istio) fn read(spec: Fields<'_>, meta: &Meta) -> VirtualService {
    let gateways = gateways(spec, meta);
    VirtualService {
        export_to: ExportTo::read(&spec.texts("exportTo"), &meta.namespace),
        says_exports: !spec.texts("exportTo").is_empty(),
        gateways: if gateways.is_empty() { vec!["mesh".to_owned()] } else { gateways },
        hosts: lower(spec.texts("hosts")),
        http: spec.items("http").map(|route| http(route, meta)).collect(),
        tls: spec.items("tls").map(|route| l4(route, meta)).collect(),
        tcp: spec.items("tcp").map(|route| l4(route, meta)).collect(),
        of_gateway_api: meta.annotations.get("internal.istio.io/route-semantics") == Some("gateway"),
        is_alpha: false,
        span: spec.span(),
    }
}

fn lower(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.to_ascii_lowercase()).collect()
}

/// `resolveGatewayName` of `pilot/pkg/model/config.go`.
fn gateways(fields: Fields<'_>, meta: &Meta) -> Vec<String> {
    let resolve = |name: String| {
        if name == "mesh" {
            return name;
        }
        match name.split_once('/') {
            Some((".", short)) => format!("{}/{short}", meta.namespace),
            Some(_) => name,
            None => match name.split_once('.') {
                None => format!("{}/{name}", meta.namespace),
                Some((short, rest)) => format!("{}/{short}", rest.split('.').next().unwrap_or(rest)),
            },
        }
    };
    fields.texts("gateways").into_iter().map(resolve).collect()
}

/// Fields of an HTTP route that do not change where a request goes. A mirror does: bytes reach one more host.
///
/// `websocketUpgrade` was removed from Istio's API: the API server prunes it, and upgrades are allowed without it.
const HTTP: [&str; 14] = [
    "websocketUpgrade",
    "name",
    "match",
    "route",
    "redirect",
    "directResponse",
    "rewrite",
    "fault",
    "headers",
    "timeout",
    "retries",
    "corsPolicy",
    "mirrorPercent",
    "mirrorPercentage",
];

fn http(route: Fields<'_>, meta: &Meta) -> HttpRoute {
    let answer = if let Some(redirect) = route.child("redirect") {
        Answer::Redirect(Redirect { status: redirect.port("redirectCode").unwrap_or(301) })
    } else if let Some(direct) = route.child("directResponse") {
        Answer::Direct(direct.port("status").unwrap_or(200))
    } else {
        Answer::Send(weighted(route))
    };
    HttpRoute {
        name: route.text("name").unwrap_or_default(),
        matches: route.items("match").map(|each| http_match(each, meta)).collect(),
        answer,
        rewrite: route.child("rewrite").map(|rewrite| Rewrite {
            uri: rewrite.text("uri").filter(|uri| !uri.is_empty()),
            authority: rewrite.text("authority").filter(|authority| !authority.is_empty()),
            by_regex: rewrite.has("uriRegexRewrite"),
        }),
        // Without the one or the other status it is left out (`TranslateFault` of core/route/route.go).
        fault: route
            .child("fault")
            .and_then(|fault| fault.child("abort"))
            .filter(|abort| abort.has("httpStatus") || abort.has("grpcStatus"))
            .map(|abort| Fault { status: abort.port("httpStatus"), percentage: percentage(abort) }),
        headers: headers(route),
        cors: route.child("corsPolicy").map(cors),
        unsupported: route.unsupported(&HTTP),
        unknown: None,
        refused: refused_by_envoy::refused(route),
        of: None,
        span: route.span(),
    }
}

/// `TranslateCORSPolicy` of core/route/route.go: an origin without a kind of match is left out.
fn cors(policy: Fields<'_>) -> CorsPolicy {
    let has_kind = |origin: &Fields<'_>| ["exact", "prefix", "regex"].iter().any(|kind| origin.has(kind));
    let mut origins: Vec<Pattern> = policy.items("allowOrigins").filter(has_kind).map(Pattern::read).collect();
    if policy.items("allowOrigins").next().is_none() {
        origins.extend(policy.texts("allowOrigin").into_iter().map(Pattern::Exact));
    }
    CorsPolicy { origins, answers_others: policy.text("unmatchedPreflights").as_deref() == Some("IGNORE") }
}

/// Istio writes no percentage where there is none (`TranslateFault` of core/route/route.go), and Envoy's own is 0 of a
/// hundred.
fn percentage(abort: Fields<'_>) -> f64 {
    let percentage = abort.child("percentage").and_then(|percentage| percentage.text("value"));
    percentage.and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn headers(fields: Fields<'_>) -> HeaderChanges {
    let Some(request) = fields.child("headers").and_then(|headers| headers.child("request")) else {
        return HeaderChanges::default();
    };
    let values = |key: &str| {
        // Istio sorts them by name as it is written (`translateAppendHeaders` of core/route/route.go).
        let changes = request.labels(key).unwrap_or_default();
        changes.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
    };
    HeaderChanges { set: values("set"), add: values("add"), remove: lower(request.texts("remove")) }
}

fn patterns(fields: Fields<'_>, key: &str) -> BTreeMap<String, Pattern> {
    let Some(map) = fields.child(key) else { return BTreeMap::new() };
    map.entries().map(|(name, pattern)| (name.to_owned(), Pattern::read(pattern))).collect()
}

fn http_match(each: Fields<'_>, meta: &Meta) -> HttpMatch {
    let pattern = |key: &str| each.child(key).map(Pattern::read);
    let headers =
        |key: &str| patterns(each, key).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    HttpMatch {
        name: each.text("name").unwrap_or_default(),
        uri: pattern("uri"),
        ignore_uri_case: each.flag("ignoreUriCase"),
        method: pattern("method"),
        authority: pattern("authority"),
        scheme: pattern("scheme"),
        headers: headers("headers"),
        without_headers: headers("withoutHeaders"),
        query: patterns(each, "queryParams"),
        port: each.port("port"),
        source_labels: each.labels("sourceLabels").unwrap_or_default(),
        source_namespace: each.text("sourceNamespace").filter(|name| !name.is_empty()),
        gateways: gateways(each, meta),
        unsupported: each.unsupported(&[
            "name",
            "uri",
            "ignoreUriCase",
            "method",
            "authority",
            "scheme",
            "headers",
            "withoutHeaders",
            "queryParams",
            "port",
            "sourceLabels",
            "sourceNamespace",
            "gateways",
            "statPrefix",
        ]),
    }
}

fn l4(route: Fields<'_>, meta: &Meta) -> L4Route {
    L4Route {
        matches: route
            .items("match")
            .map(|each| L4Match {
                sni_hosts: lower(each.texts("sniHosts")),
                port: each.port("port"),
                source_labels: each.labels("sourceLabels").unwrap_or_default(),
                source_namespace: each.text("sourceNamespace").filter(|name| !name.is_empty()),
                gateways: gateways(each, meta),
                subnets: each.texts("destinationSubnets"),
                unsupported: each.unsupported(&[
                    "sniHosts",
                    "port",
                    "sourceLabels",
                    "sourceNamespace",
                    "gateways",
                    "destinationSubnets",
                    "sourceSubnet",
                ]),
            })
            .collect(),
        route: weighted(route),
        unknown: None,
        span: route.span(),
    }
}

fn weighted(route: Fields<'_>) -> Vec<Weighted> {
    route.each("route", |each| {
        let destination = each.child("destination")?;
        Some(Weighted {
            to: Destination {
                // As written: Istio compares it with the lowered hosts of services (`core/route/route.go`).
                host: destination.text("host").unwrap_or_default(),
                port: destination.child("port").and_then(|port| port.port("number")),
                subset: destination.text("subset").unwrap_or_default(),
            },
            weight: each.number("weight").unwrap_or(0),
            headers: headers(each),
        })
    })
}
