//! Addresses that policies name in place of hosts.
//!
//! Istio's registry has names only, so an address has one there that nobody else uses. It is never resolved: the objects for
//! it say its address. People and requests name the address itself.

use std::borrow::Cow;
use std::net::Ipv4Addr;

/// Under this, the names of addresses; policies cannot name a host under `egressc.internal`.
const DOMAIN: &str = ".address.egressc.internal";

/// What Istio's registry calls a host or an address.
pub fn registry_name(host: &str) -> Cow<'_, str> {
    match host.parse::<Ipv4Addr>() {
        Ok(address) => Cow::Owned(format!("{}{DOMAIN}", address.to_string().replace('.', "-"))),
        Err(_) => Cow::Borrowed(host),
    }
}

/// What clients dial for a name of Istio's registry: the address for the name of an address, and else the name.
pub fn dialled_name(name: &str) -> Cow<'_, str> {
    let address = name.strip_suffix(DOMAIN).and_then(|label| label.replace('-', ".").parse::<Ipv4Addr>().ok());
    // Of several spellings one is the name.
    match address.map(|address| address.to_string()) {
        Some(address) if registry_name(&address) == name => Cow::Owned(address),
        _ => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_name() {
        let name = registry_name("203.0.113.7");
        assert_eq!(name, "203-0-113-7.address.egressc.internal");
        assert_eq!(dialled_name(&name), "203.0.113.7");
        for other in ["db.example.org", "203.0-113-7.address.egressc.internal", "a-0-113-7.address.egressc.internal"] {
            assert_eq!(registry_name(other), other);
            assert_eq!(dialled_name(other), other);
        }
    }
}
