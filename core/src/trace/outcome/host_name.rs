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

/// The wildcards that cover a name, the most specific first, `*` last.
///
/// Istio's own wildcards stand for whole labels, and so do those of Envoy's server names.
pub(crate) fn wildcards(name: &str) -> impl Iterator<Item = String> {
    suffixes(name).map(|suffix| format!("*{suffix}"))
}

/// What stands behind the `*` of those wildcards. The `*` is for one character at least.
pub(crate) fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    let own = name.strip_prefix('*');
    let bare = own.unwrap_or(name);
    let dots = bare.match_indices('.').filter(|(at, _)| *at > 0).filter_map(|(at, _)| bare.get(at..));
    dots.chain([""]).filter(move |suffix| own != Some(*suffix))
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
        assert_eq!(wildcards("a.b.c").collect::<Vec<_>>(), ["*.b.c", "*.c", "*"]);
        assert_eq!(wildcards("*.b.c").collect::<Vec<_>>(), ["*.c", "*"]);
        assert_eq!(wildcards(".b.c").collect::<Vec<_>>(), ["*.c", "*"]);
        assert!(is_within("a.b.c", "*.c") && !is_within("*.c", "a.b.c") && overlap("*.c", "a.b.c"));
        assert_eq!(without_port("a.org:80"), "a.org");
        assert_eq!(without_port("[::1]:80"), "::1");
        assert_eq!(without_port("[::1]"), "::1");
        assert_eq!(without_port("[a.org]"), "[a.org]");
        assert_eq!(without_port("a.org:80:80"), "a.org:80");
        assert_eq!(without_port("a.org:"), "a.org");
    }
}
