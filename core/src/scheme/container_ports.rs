use crate::model::{Gateway, TargetPort};

/// Container ports behind a port of the gateway's Service: AuthorizationPolicy compares these.
///
/// When the container port is unknown, these are the port itself and the one that Istio's gateway charts and images use
/// for it.
pub(crate) fn container_ports(gateway: &Gateway, port: u16) -> Vec<u16> {
    match gateway.port(port).map(|port| port.target) {
        Some(TargetPort::Known(target)) => vec![target],
        Some(TargetPort::Unknown) | None => match port {
            80 => vec![80, 8080],
            443 => vec![443, 8443],
            other => vec![other],
        },
    }
}
