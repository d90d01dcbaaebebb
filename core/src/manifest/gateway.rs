use serde::Serialize;

use super::service_entry::ServicePort;
use crate::resource::Labels;

/// What the selected pods listen for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gateway {
    /// The pods.
    pub selector: Labels,
    /// The listeners.
    pub servers: Vec<Server>,
}

/// One listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Names it answers to, as `namespace/name`: of TLS server names and of routes.
    pub hosts: Vec<String>,
    /// The port.
    pub port: ServicePort,
    /// TLS of its connections.
    pub tls: ServerTls,
}

/// TLS of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerTls {
    /// `ISTIO_MUTUAL`.
    pub mode: &'static str,
}
