//! Addresses and networks, as Go's `net/netip` reads them.

use std::net::{IpAddr, Ipv6Addr};

/// `netip.ParseAddr`: an IPv6 address may have a zone.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
        || text.split_once('%').is_some_and(|(address, zone)| !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok())
}

/// `ValidateIPAddress` of pkg/config/validation/agent/validation.go.
pub(super) fn address(text: &str) -> Result<(), String> {
    if is_address(text) { Ok(()) } else { Err(format!("`{text}` is not an IP address")) }
}

/// `netip.ParsePrefix`.
fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.rsplit_once('/') else { return false };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let digits = !bits.is_empty() && bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
    digits && (bits == "0" || !bits.starts_with('0')) && bits.parse::<u16>().is_ok_and(|bits| bits <= most)
}

/// `ValidateIPSubnet`: an address or a network.
pub(super) fn subnet(text: &str) -> Result<(), String> {
    if text.matches('/').count() != 1 {
        return address(text);
    }
    if is_network(text) { Ok(()) } else { Err(format!("`{text}` is not a network in CIDR notation")) }
}

/// `ValidateIPs` of pkg/config/security/security.go.
pub(super) fn block(text: &str) -> Result<(), String> {
    if !text.contains('/') {
        return address(text);
    }
    if is_network(text) { Ok(()) } else { Err(format!("`{text}` is not a network in CIDR notation")) }
}

/// `ValidateUnixAddress` of pkg/config/validation/validation.go, behind `unix://`.
pub(super) fn unix(path: &str) -> Result<(), String> {
    if path.starts_with('@') || (path.starts_with('/') && !path.ends_with('/')) {
        Ok(())
    } else {
        Err(format!("`{path}` is neither an absolute path to a file nor an abstract socket"))
    }
}
