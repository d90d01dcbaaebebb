use crate::istio::PortProtocol;
use crate::trace::Scheme;

/// The schemes in which a port of a protocol is asked; where no protocol is known, a proxy looks at the first bytes.
pub(super) fn schemes(protocol: &str) -> &'static [Scheme] {
    match PortProtocol::parse(protocol) {
        PortProtocol::Http1 => &[Scheme::Http],
        PortProtocol::Http2 => &[Scheme::Grpc],
        PortProtocol::Https => &[Scheme::Https],
        PortProtocol::Tls => &[Scheme::Tls],
        PortProtocol::Tcp | PortProtocol::Mongo | PortProtocol::MySql | PortProtocol::Redis => &[Scheme::Tcp],
        PortProtocol::Udp => &[],
        PortProtocol::Unsupported => &[Scheme::Http, Scheme::Https],
    }
}
