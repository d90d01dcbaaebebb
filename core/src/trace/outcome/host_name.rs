//! Host names, with a wildcard or without, after `pkg/config/host/name.go`; `host_index` finds the names that cover one.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

/// `*`, `*.b.c`: matches whatever ends so.
pub(crate) fn is_wildcard(host: &str) -> bool {
    host.starts_with('*')
}

/// What stands behind the `*`.
fn suffix(host: &str) -> &str {
    host.get(1..).unwrap_or_default()
}

/// Whether a name is covered by another (`SubsetOf`).
pub(crate) fn is_within(name: &str, other: &str) -> bool {
    match (is_wildcard(name), is_wildcard(other)) {
        (true, true) => name.len() >= other.len() && suffix(name).ends_with(suffix(other)),
        (true, false) => false,
        (false, true) => name.ends_with(suffix(other)),
        (false, false) => name == other,
    }
}

/// Whether two names have hosts in common (`Matches`).
pub(crate) fn overlap(a: &str, b: &str) -> bool {
    is_within(a, b) || is_within(b, a)
}

/// A wildcard for a part of a label: `*example.com`, `*-api.example.com`. Istio compares only the ends of names, while Envoy
/// refuses such a server name (`source/common/listener_manager/filter_chain_manager_impl.cc`: "partial wildcards are not
/// supported").
pub(crate) fn is_partial_wildcard(host: &str) -> bool {
    is_wildcard(host) && host != "*" && !host.starts_with("*.")
}

/// The wildcard domains of virtual hosts that a name matches, the longest first, `*` last. They are compared as text, and the
/// `*` is for one character at least (`RouteMatcher::findWildcardVirtualHost` of Envoy's `source/common/router/config_impl.cc`).
pub(crate) fn wildcard_domains(name: &str) -> impl Iterator<Item = String> {
    let starts = name.char_indices().skip(1).map(|(at, _)| at).chain([name.len()]);
    starts.filter_map(|at| name.get(at..)).map(|suffix| format!("*{suffix}"))
}

/// The wildcards of server names that a name matches, the longest first: an Envoy knows those for whole labels only
/// (`source/common/listener_manager/filter_chain_manager_impl.cc`, `findFilterChainForServerName`).
pub(crate) fn wildcard_server_names(name: &str) -> impl Iterator<Item = String> {
    let dots = name.match_indices('.').filter(|(at, _)| *at > 0);
    dots.filter_map(|(at, _)| name.get(at..)).map(|suffix| format!("*{suffix}"))
}

/// A `Host` header without its port: what stands before the last colon, whatever stands behind it (`getPortStart` of Envoy's
/// `source/common/http/header_utility.cc`). An IPv6 address loses its brackets, too.
pub(crate) fn without_port(authority: &str) -> &str {
    let host = match (authority.rfind(':'), authority.rfind(']')) {
        (Some(colon), bracket) if bracket.is_none_or(|bracket| bracket < colon) => {
            authority.get(..colon).unwrap_or(authority)
        }
        _ => authority,
    };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.filter(|inside| inside.parse::<Ipv6Addr>().is_ok()).unwrap_or(host)
}

/// What stands before the first colon of a `Host` header, or of a pattern for one.
pub(crate) fn before_colon(authority: &str) -> &str {
    authority.split(':').next().unwrap_or(authority)
}

/// The address that a host is, if it is one.
pub(crate) fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// `ResolveShortnameToFQDN` of `pilot/pkg/model/config.go`: a name without a dot is one of the object's namespace.
pub(crate) fn full<'h>(host: &'h str, namespace: &str, domain: &str) -> Cow<'h, str> {
    if host.contains('.') || host.contains(':') || host == "*" || host.is_empty() {
        Cow::Borrowed(host)
    } else {
        Cow::Owned(of_service(host, namespace, domain))
    }
}

/// The host of a Service.
pub(crate) fn of_service(name: &str, namespace: &str, domain: &str) -> String {
    format!("{name}.{namespace}.svc.{domain}")
}

/// The host that a sidecar of a namespace knows by a short name, too, if anything has that host: a Service of the cluster, or
/// a ServiceEntry for such a name (`generateAltVirtualHostsForKubernetesService` of `core/httproute.go`).
pub(crate) fn in_full(short: &str, namespace: &str, domain: &str) -> Option<String> {
    match short.strip_suffix(".svc") {
        Some(of_namespace) if of_namespace.contains('.') => Some(format!("{short}.{domain}")),
        Some(_) => None,
        None if short.contains('.') => Some(format!("{short}.svc.{domain}")),
        None => Some(of_service(short, namespace, domain)),
    }
}

/// A name as names are compared: Istio and Envoy know small letters only.
pub(crate) fn lowered(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_from_the_most_specific_on() {
        assert_eq!(wildcard_domains("a.b.c").collect::<Vec<_>>(), ["*.b.c", "*b.c", "*.c", "*c", "*"]);
        assert_eq!(wildcard_domains(".b").collect::<Vec<_>>(), ["*b", "*"]);
        assert_eq!(wildcard_server_names("a.b.c").collect::<Vec<_>>(), ["*.b.c", "*.c"]);
        assert_eq!(wildcard_server_names(".b.c").collect::<Vec<_>>(), ["*.c"]);
        assert!(is_within("a.b.c", "*.c") && !is_within("*.c", "a.b.c") && overlap("*.c", "a.b.c"));
        assert!(is_partial_wildcard("*b.c") && !is_partial_wildcard("*.b.c") && !is_partial_wildcard("*"));
        assert_eq!(without_port("a.org:80"), "a.org");
        assert_eq!(without_port("[::1]:80"), "::1");
        assert_eq!(without_port("[::1]"), "::1");
        assert_eq!(without_port("[a.org]"), "[a.org]");
        assert_eq!(without_port("a.org:80:80"), "a.org:80");
        assert_eq!(without_port("a.org:"), "a.org");
    }
}
