//! Generated names: legal, readable, and a function of only what they name.
//!
//! Adding a rule must not rename what other rules made, so no name depends on a position or a count.

use std::net::Ipv4Addr;

use sha2::{Digest, Sha256};

use crate::model::{Class, Exit};

/// Under this, server names of TLS and TCP exits; apart from HTTP's, so that a rule for one can leave out the other.
const L4: &str = "l4.egressc.internal";
/// Under this, server names of HTTP ports.
const L7: &str = "l7.egressc.internal";

/// How much longer than its host an exit's server name can be: `tls-65535.` before it and `.` with [`L4`] after it.
pub(crate) const OUTER_NAME_OVERHEAD: usize = "tls-65535.".len().saturating_add(".".len()).saturating_add(L4.len());

/// Matches the server name of every TLS and TCP exit, and of nothing else.
pub(crate) const ANY_L4: &str = "*.l4.egressc.internal";

/// The server name of mutual TLS that stands for a TLS or TCP exit between sidecar and gateway.
pub(crate) fn l4_server_name(exit: &Exit) -> String {
    format!("{}-{}.{}.{L4}", exit.class.name(), exit.port, exit.host)
}

/// The server name of mutual TLS that carries HTTP to a gateway port; `shard` is empty unless there are many hosts.
pub(crate) fn l7_server_name(gateway_port: u16, shard: &str) -> String {
    format!("http-{gateway_port}{shard}.{L7}")
}

/// The subset of the gateway's DestinationRule for HTTP.
pub(crate) fn l7_subset(gateway_port: u16, shard: &str) -> String {
    format!("http-{gateway_port}{shard}")
}

/// The subset of the gateway's DestinationRule for a TLS or TCP exit.
pub(crate) fn l4_subset(exit: &Exit) -> String {
    let readable = format!("{}-{}-{}", exit.class.name(), exit.port, exit.host);
    label(&readable, &[&readable])
}

/// The same for workloads that only audit mode lets use the exit: access logs show the subset.
pub(crate) fn audited_l4_subset(exit: &Exit) -> String {
    let readable = format!("audit-{}-{}-{}", exit.class.name(), exit.port, exit.host);
    label(&readable, &[&readable])
}

/// The name of the dry run of what a gateway has for an exit.
pub(crate) fn dry_run(exit: &Exit) -> String {
    let class = exit.class.name();
    let (gateway_port, port) = (exit.gateway_port.to_string(), exit.port.to_string());
    label(&format!("dry-run-{class}-{}", exit.host), &["dry-run", exit.gateway, &gateway_port, class, &port, exit.host])
}

/// The name of what a gateway has for an exit.
pub(crate) fn exit(exit: &Exit) -> String {
    let class =
        if exit.class == Class::Http { "http".to_owned() } else { format!("{}-{}", exit.class.name(), exit.port) };
    let port = exit.gateway_port.to_string();
    label(&format!("{class}-{}", exit.host), &["exit", exit.gateway, &port, &class, exit.host])
}

/// The name of what a gateway has for a backend of an exit.
pub(crate) fn backend(exit: &Exit, host: &str, port: u16) -> String {
    let (gateway_port, port) = (exit.gateway_port.to_string(), port.to_string());
    label(
        &format!("{}-{host}-{port}", exit.class.name()),
        &["backend", exit.gateway, &gateway_port, exit.host, host, &port],
    )
}

/// The name of what a client's namespace has for a host.
pub(crate) fn client_side(host: &str, client_namespace: &str) -> String {
    label(&format!("{host}-{client_namespace}"), &["client", host, client_namespace])
}

/// The name of what a gateway's namespace has for a host.
pub(crate) fn external(host: &str) -> String {
    label(host, &["external", host])
}

/// The name of a gateway's HTTP listener.
pub(crate) fn http_listener(gateway: &str, gateway_port: u16, shard: &str) -> String {
    let port = gateway_port.to_string();
    label(&format!("http-{gateway_port}{shard}-{gateway}"), &["listener", gateway, &port, shard])
}

/// The name of a client namespace's way to a gateway.
pub(crate) fn way_to_gateway(gateway: &str, client_namespace: &str, shard: &str) -> String {
    label(&format!("{gateway}-{client_namespace}{shard}"), &["way", gateway, client_namespace, shard])
}

/// The address that stands for a TCP host in sidecars that answer DNS.
///
/// In 240.128.0.0/9: reserved addresses, apart from 240.240.0.0/16, which Istio allocates from, and never routed.
pub(crate) fn virtual_address(host: &str) -> String {
    let [a, b, c, ..] = hash(&["address", host]);
    // Istio's own range is skipped by clearing a bit of it.
    let high = if a | 128 == 240 { 224 } else { a | 128 };
    Ipv4Addr::new(240, high, b, c).to_string()
}

/// A DNS label of at most 63 characters: some of the readable text, then 48 bits of a hash of the key.
fn label(readable: &str, key: &[&str]) -> String {
    const READABLE: usize = 50;
    let mut slug = String::with_capacity(READABLE);
    for c in readable.chars() {
        let c = if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
        if slug.len() < READABLE && !(c == '-' && (slug.is_empty() || slug.ends_with('-'))) {
            slug.push(c);
        }
    }
    let slug = slug.trim_end_matches('-');
    let bits = u64::from_be_bytes(hash(key).first_chunk().copied().unwrap_or_default());
    format!("{slug}-{:012x}", bits >> 16)
}

pub(crate) fn hash(key: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in key {
        hasher.update(part.as_bytes());
        // A byte that no name has, so that ["ab", "c"] and ["a", "bc"] differ.
        hasher.update([0]);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::name_rules::{is_dns_label, is_dns_subdomain};

    #[test]
    fn names_are_legal_however_long_the_host() {
        let host = format!("{}.{}.org", "a".repeat(63), "b".repeat(63));
        for name in
            [external(&host), client_side(&host, &"n".repeat(63)), http_listener(&"g".repeat(63), 65535, "-0101")]
        {
            assert!(is_dns_label(&name), "{name}");
        }
        let exit =
            Exit { gateway: "g", gateway_port: 444, class: Class::Tls, host: &host, port: 65535, upgraded: false };
        assert!(is_dns_label(&l4_subset(&exit)));
        let outer = l4_server_name(&exit);
        assert!(is_dns_subdomain(&outer));
        assert_eq!(outer.len(), host.len() + OUTER_NAME_OVERHEAD);
    }

    #[test]
    fn names_differ_where_their_readable_parts_do_not() {
        assert_ne!(external("a.b.org"), external("a-b.org"));
        assert_ne!(client_side("a.org", "b-c"), client_side("a.org-b", "c"));
    }
}
