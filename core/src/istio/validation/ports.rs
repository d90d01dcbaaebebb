//! Numbers and protocols of ports.

use crate::istio::PortProtocol;

/// `ValidatePort` of pkg/config/validation/agent/validation.go.
pub(super) fn number(port: i64) -> Result<(), String> {
    if (1..=65535).contains(&port) { Ok(()) } else { Err(format!("port {port} is not in the range 1..65535")) }
}

/// `ValidateProtocol` of pkg/config/validation/validation.go; without one, Istio looks at the bytes.
pub(super) fn protocol(name: &str) -> Result<(), String> {
    if name.is_empty() || PortProtocol::parse(name) != PortProtocol::Unsupported {
        Ok(())
    } else {
        Err(format!("`{name}` is not a protocol that Istio knows"))
    }
}

/// `IsTLS` of pkg/config/protocol/instance.go.
pub(super) fn is_tls(name: &str) -> bool {
    matches!(PortProtocol::parse(name), PortProtocol::Https | PortProtocol::Tls)
}
