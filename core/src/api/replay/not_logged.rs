//! What decides about a request, and is not in its line.

use crate::api::log_line::LogLine;
use crate::api::query::authority_of;
use crate::istio::{HttpRoute, Object, Objects, VirtualService};

/// Why a difference may come from what the line does not contain.
///
/// Of the client's headers only `Host` is compared, and the line has it as it is when the request leaves the proxy: after
/// the route has changed it.
pub(super) fn not_logged(line: &LogLine, objects: &Objects) -> Option<String> {
    let authority = line.authority.as_deref()?;
    let (host, _) = authority_of(authority).ok()?;
    let services = || objects.virtual_services.iter();
    if let Some(found) = services().find(|service| is_for(service, &host) && service.spec.http.iter().any(asks_headers))
    {
        return Some(format!("{} matches headers, which the line does not contain", object(found)));
    }
    if let Some(found) = services().find(|service| service.spec.http.iter().any(|route| writes(route, authority))) {
        return Some(format!("{} writes `Host`, and the line has only the written one", object(found)));
    }
    let asks_headers = |key: &str| key.starts_with("request.headers[") || key.starts_with("request.auth.");
    let policy = objects.authorization_policies.iter().find(|policy| {
        policy.spec.rules.iter().flat_map(|rule| &rule.when).any(|condition| asks_headers(&condition.key))
    })?;
    Some(format!(
        "AuthorizationPolicy {}/{} has conditions on headers, which the line does not contain",
        policy.meta.namespace, policy.meta.name
    ))
}

fn object(service: &Object<VirtualService>) -> String {
    format!("VirtualService {}/{}", service.meta.namespace, service.meta.name)
}

/// Whether a VirtualService may be for a host; its hosts may be wildcards and short names.
fn is_for(service: &Object<VirtualService>, host: &str) -> bool {
    service.spec.hosts.iter().any(|each| match each.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => each == host || host.split('.').next() == Some(each.as_str()),
    })
}

fn asks_headers(route: &HttpRoute) -> bool {
    let names = |each: &crate::istio::HttpMatch| {
        each.headers.keys().chain(each.without_headers.keys()).any(|name| !is_authority(name))
    };
    // Without a scheme of its own a request has what `x-forwarded-proto` says.
    route.matches.iter().any(|each| each.scheme.is_some() || names(each))
}

/// Whether a route may have made this authority of another one.
fn writes(route: &HttpRoute, authority: &str) -> bool {
    let rewritten = route.rewrite.as_ref().and_then(|rewrite| rewrite.authority.as_deref());
    let set = route.headers.set.iter().filter(|(name, _)| is_authority(name));
    rewritten
        .into_iter()
        .chain(set.map(|(_, value)| value.as_str()))
        .any(|written| written.eq_ignore_ascii_case(authority))
}

fn is_authority(name: &str) -> bool {
    ["host", ":authority"].iter().any(|each| name.eq_ignore_ascii_case(each))
}
