//! Names of hosts, ports, subsets and labels.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses;

/// `IsDNS1123Label` of pkg/config/labels/instance.go: upper case is allowed.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_label_of_any_length(text)
}

fn is_label_of_any_length(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| inner(*byte))
}

/// `IsWildcardDNS1123Label`: `*`, a label, or a label behind `*` or `*-`.
fn is_wildcard_label(text: &str) -> bool {
    let rest = text.strip_prefix("*-").filter(|rest| is_label_of_any_length(rest)).or_else(|| text.strip_prefix('*'));
    text.len() <= 63
        && rest.map_or_else(|| is_label_of_any_length(text), |rest| rest.is_empty() || is_label_of_any_length(rest))
}

/// `ValidateFQDN` of pkg/config/validation/agent/validation.go.
pub(super) fn domain(name: &str) -> Result<(), String> {
    length(name)?;
    labels(name, name)
}

/// `ValidateWildcardDomain`: the first label may have a wildcard.
pub(super) fn wildcard_domain(name: &str) -> Result<(), String> {
    length(name)?;
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    if !is_wildcard_label(first) {
        return Err(no_domain(name, first));
    }
    rest.map_or(Ok(()), |rest| labels(name, rest))
}

/// `ValidateWildcardDomainForVirtualServiceBoundToGateway`: with `sniHosts`, also the name that Istio gives to a
/// cluster in TLS.
pub(super) fn wildcard_domain_at_gateway(sni: bool, name: &str) -> Result<(), String> {
    length(name)?;
    if !sni || !name.starts_with("outbound_") {
        return wildcard_domain(name);
    }
    let parts: Vec<&str> = name.split('_').collect();
    let [_, port, _, host, ..] = parts.as_slice() else {
        return Err(format!("`{name}` does not have the form `outbound_.<PORT>_._.<HOSTNAME>`"));
    };
    let has = |part: &str, wanted: fn(&char) -> bool| part.trim_matches('.').chars().any(|c| wanted(&c));
    if has(port, char::is_ascii_digit) && has(host, char::is_ascii_alphabetic) {
        Ok(())
    } else {
        Err(format!("`{name}` does not have the form `outbound_.<PORT>_._.<HOSTNAME>`"))
    }
}

/// `CheckDNS1123Preconditions`.
fn length(name: &str) -> Result<(), String> {
    match name.len() {
        0 => Err("a host name is empty".to_owned()),
        1..=255 => Ok(()),
        _ => Err("a host name is longer than 255 characters".to_owned()),
    }
}

/// `ValidateDNS1123Labels`; a dot at the end is allowed.
fn labels(name: &str, domain: &str) -> Result<(), String> {
    let mut parts: Vec<&str> = domain.split('.').collect();
    let last = parts.last().copied().unwrap_or_default();
    if last.parse::<i64>().is_ok() {
        return Err(format!("`{name}` is not a host name: its last label is a number"));
    }
    if last.is_empty() {
        parts.pop();
    }
    parts.into_iter().find(|part| !is_label(part)).map_or(Ok(()), |part| Err(no_domain(name, part)))
}

fn no_domain(name: &str, label: &str) -> String {
    format!("`{name}` is not a host name: its label `{label}` must have 1 to 63 letters, digits and inner hyphens")
}

/// `ValidatePortName`.
pub(super) fn port(name: &str) -> Result<(), String> {
    if is_label(name) { Ok(()) } else { Err(format!("`{name}` is not a port name: it must be a DNS label")) }
}

/// `validateSubsetName`.
pub(super) fn subset(name: &str) -> Result<(), String> {
    if is_label(name) { Ok(()) } else { Err(format!("`{name}` is not a subset name: it must be a DNS label")) }
}

/// The key of a label (`validateTagKey` of pkg/config/labels/instance.go).
pub(super) fn label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let well = qualified(name)
        && name.len() <= 63
        && prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(is_label_of_any_length));
    if well { Ok(()) } else { Err(format!("`{key}` is not the key of a label")) }
}

/// The value of a label; Istio does not limit its length here.
pub(super) fn label_value(value: &str) -> Result<(), String> {
    if value.is_empty() || qualified(value) { Ok(()) } else { Err(format!("`{value}` is not the value of a label")) }
}

fn qualified(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// A host of a Gateway's server or a Sidecar's listener, behind the namespace
/// (`validateSidecarOrGatewayHostnamePart`).
pub(super) fn listed_host(host: &str, may_be_address: bool) -> Result<(), String> {
    if host != "*" && !host.contains('.') {
        return Err(format!("`{host}` is a short name, which is not allowed here"));
    }
    if let Err(rule) = wildcard_domain(host)
        && !(may_be_address && addresses::is_address(host))
    {
        return Err(rule);
    }
    // `ValidatePartialWildCard`.
    if host.contains('*') && host.len() != 1 && !host.starts_with("*.") {
        return Err(format!("`{host}` is a partial wildcard, which is not allowed here"));
    }
    Ok(())
}

/// Hosts of a VirtualService, to compare names with all of them at once.
pub(super) struct Hosts<'n> {
    exact: BTreeSet<&'n str>,
    /// What follows the `*`, and how often.
    wildcards: BTreeMap<&'n str, usize>,
    duplicate: Option<&'n str>,
}

impl<'n> Hosts<'n> {
    pub(super) fn of(names: impl Iterator<Item = &'n str>) -> Self {
        let mut hosts = Self { exact: BTreeSet::new(), wildcards: BTreeMap::new(), duplicate: None };
        for name in names {
            if let Some(suffix) = name.strip_prefix('*') {
                let count = hosts.wildcards.entry(suffix).or_default();
                *count = count.saturating_add(1);
            } else if !hosts.exact.insert(name) {
                hosts.duplicate.get_or_insert(name);
            }
        }
        hosts
    }

    /// Two hosts of which one covers a name of the other (`Matches` of pkg/config/host/name.go).
    pub(super) fn overlap(&self) -> Option<String> {
        if let Some(name) = self.duplicate {
            return Some(format!("`{name}` is listed twice"));
        }
        if let Some((suffix, _)) = self.wildcards.iter().find(|(_, count)| **count > 1) {
            return Some(format!("`*{suffix}` is listed twice"));
        }
        let inner = self.wildcards.keys().find_map(|suffix| Some((format!("*{suffix}"), self.shorter(suffix)?)));
        let exact = || self.exact.iter().find_map(|name| Some(((*name).to_owned(), self.covering(name)?)));
        inner.or_else(exact).map(|(name, by)| format!("`*{by}` covers `{name}`"))
    }

    /// Whether a name is within one of the hosts (`SubsetOf`).
    pub(super) fn contain(&self, name: &str) -> bool {
        match name.strip_prefix('*') {
            Some(suffix) => self.covering(suffix).is_some(),
            None => self.exact.contains(name) || self.covering(name).is_some(),
        }
    }

    /// The wildcard that covers a name.
    fn covering(&self, name: &str) -> Option<&'n str> {
        let starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        starts
            .filter_map(|at| name.get(at..))
            .find_map(|rest| self.wildcards.get_key_value(rest))
            .map(|(rest, _)| *rest)
    }

    /// The same, when it is not the wildcard itself.
    fn shorter(&self, suffix: &str) -> Option<&'n str> {
        let mut rest = suffix.chars();
        rest.next().and_then(|_| self.covering(rest.as_str()))
    }
}
