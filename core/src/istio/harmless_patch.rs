//! Patches that change no request's way: what responses look like, what is logged, and Istio's own telemetry.

use super::apply_to::ApplyTo;
use super::fields::Fields;

/// Fields of a connection manager that say how responses look and what is logged.
const OF_MANAGER: [&str; 7] = [
    "@type",
    "server_header_transformation",
    "server_name",
    "access_log",
    "access_log_options",
    "stat_prefix",
    "tracing",
];
/// Fields of routes, virtual hosts and route configurations that change responses alone.
const OF_RESPONSES: [&str; 2] = ["response_headers_to_add", "response_headers_to_remove"];
/// Extensions that are part of Istio's proxies up to 1.20, and only count and log (`extensions` of istio/proxy).
const TELEMETRY: [&str; 4] =
    ["envoy.wasm.stats", "envoy.wasm.stackdriver", "envoy.wasm.metadata_exchange", "envoy.wasm.access_log_policy"];

/// Whether what a patch writes changes no request's way.
pub(super) fn is_harmless(apply_to: ApplyTo, operation: Option<&str>, value: Fields<'_>) -> bool {
    let has_only = |fields: Fields<'_>, known: &[&str]| {
        fields.entries().next().is_some() && fields.entries().all(|(name, _)| known.contains(&name))
    };
    match (apply_to, operation) {
        (ApplyTo::NetworkFilter, Some("MERGE")) => {
            has_only(value, &["name", "typed_config"])
                && value.child("typed_config").is_some_and(|config| {
                    let kind = config.text("@type").unwrap_or_default();
                    kind.ends_with(".http_connection_manager.v3.HttpConnectionManager") && has_only(config, &OF_MANAGER)
                })
        }
        (ApplyTo::RouteConfiguration | ApplyTo::VirtualHost | ApplyTo::HttpRoute, Some("MERGE")) => {
            has_only(value, &OF_RESPONSES)
        }
        (
            ApplyTo::HttpFilter | ApplyTo::NetworkFilter,
            Some("INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD"),
        ) => runs_telemetry(value),
        _ => false,
    }
}

/// Whether a filter runs one of Istio's own extensions for telemetry, which is compiled into its proxies.
fn runs_telemetry(filter: Fields<'_>) -> bool {
    let config = filter.child("typed_config").and_then(|config| config.child("value").or(Some(config)));
    let machine = config.and_then(|config| config.child("config")).and_then(|config| config.child("vm_config"));
    machine.is_some_and(|machine| {
        let code = machine.child("code").and_then(|code| code.child("local"));
        let code = code.and_then(|local| local.text("inline_string")).unwrap_or_default();
        machine.text("runtime").as_deref() == Some("envoy.wasm.runtime.null") && TELEMETRY.contains(&code.as_str())
    })
}
