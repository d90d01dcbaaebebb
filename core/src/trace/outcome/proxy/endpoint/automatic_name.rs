//! The name that Envoy takes from `Host` where a DestinationRule gives none: it is sent as the server name (`auto_sni`), and
//! the server's certificate must have it (`auto_san_validation`).

use std::net::IpAddr;

/// The name that Envoy takes from `Host`.
pub(super) struct AutomaticName {
    pub(super) text: String,
    is_address: bool,
}

impl AutomaticName {
    /// `parseAuthority` of Envoy's `source/common/http/utility.cc`: what stands behind the last colon is a port only where it
    /// is a number.
    pub(super) fn of(authority: &str) -> Self {
        let has_port = |(_, port): &(&str, &str)| port.parse::<u16>().is_ok();
        let host = authority.rsplit_once(':').filter(has_port).map_or(authority, |(host, _)| host);
        let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_address = inside.parse::<IpAddr>().is_ok();
        Self { text: if is_address { inside } else { host }.to_ascii_lowercase(), is_address }
    }

    /// The server name: an address is none (RFC 6066, 3).
    pub(super) fn server_name(&self) -> Option<String> {
        (!self.is_address && !self.text.is_empty()).then(|| self.text.clone())
    }

    /// Whether a host of this name is the one that is meant, so that its certificate has the name. Of an address this is not
    /// known: few certificates have any.
    pub(super) fn is_of(&self, host: &str) -> bool {
        !self.is_address && self.text.eq_ignore_ascii_case(host)
    }

    /// Whether a certificate can have it: names in certificates have no dot at their end, no port and no odd characters. A
    /// wildcard stands for all or a part of the first label, whatever that has (`dnsNameMatch` of Envoy's
    /// `source/common/tls/utility.cc`).
    pub(super) fn may_be_in_a_certificate(&self) -> bool {
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        self.is_address
            || match self.text.split_once('.') {
                None => is_label(&self.text),
                Some((_, parent)) => parent.split('.').all(is_label),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_envoy_takes_from_host() {
        for (authority, name, server_name, may_be_in_a_certificate) in [
            ("A.org", "a.org", Some("a.org"), true),
            ("a.org:443", "a.org", Some("a.org"), true),
            ("a.org:x", "a.org:x", Some("a.org:x"), false),
            ("a.org:", "a.org:", Some("a.org:"), false),
            ("a.org:99999", "a.org:99999", Some("a.org:99999"), false),
            ("a.org.", "a.org.", Some("a.org."), false),
            ("10.1.2.3:80", "10.1.2.3", None, true),
            ("[::1]", "::1", None, true),
            ("[::1]:80", "::1", None, true),
            ("%req(x-host)%", "%req(x-host)%", Some("%req(x-host)%"), false),
            ("%x.a.org", "%x.a.org", Some("%x.a.org"), true),
            ("", "", None, false),
        ] {
            let found = AutomaticName::of(authority);
            assert_eq!(found.text, name, "{authority}");
            assert_eq!(found.server_name().as_deref(), server_name, "{authority}");
            assert_eq!(found.may_be_in_a_certificate(), may_be_in_a_certificate, "{authority}");
        }
    }
}
