use crate::istio::PortProtocol;
use crate::trace::Scheme;

/// The schemes of the requests to a port with this protocol. If the protocol is unknown, a proxy detects it from the
/// first bytes.
pub(super) fn schemes(protocol: &str) -> &'static [Scheme] {
    match PortProtocol::parse(protocol) {
        PortProtocol::Http1 | PortProtocol::HttpProxy => &[Scheme::Http],
        PortProtocol::Http2 => &[Scheme::Grpc],
        PortProtocol::Https => &[Scheme::Https],
        PortProtocol::Tls => &[Scheme::Tls],
        PortProtocol::Tcp | PortProtocol::Mongo | PortProtocol::MySql | PortProtocol::Redis => &[Scheme::Tcp],
        PortProtocol::Udp => &[],
        PortProtocol::Unsupported => &[Scheme::Http, Scheme::Https],
    }
}
