//! What travels between two proxies.

use super::request::Request;
use crate::trace::outcome::ids::GatewayPodsId;
use crate::trace::{Encryption, Query, Scheme};

/// The bytes of a client, and the TLS that a proxy has put around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) transport: Transport,
    pub(crate) payload: Payload,
}

/// A connection to the Service of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayConnection {
    pub(crate) gateway: GatewayPodsId,
    /// The port of the gateway's Service.
    pub(crate) port: u16,
    pub(crate) connection: Connection,
}

/// TLS that a proxy began, or a client that calls a gateway itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    Tls { server_name: Option<String>, certificate: Certificate },
}

/// The client certificate of a TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    None,
    /// The workload's certificate of the mesh.
    Mesh,
    /// The one that a DestinationRule names.
    Custom,
}

/// What the client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    Http(Request),
    /// TLS that the client began itself, with its server name.
    Tls(Option<String>),
    Opaque,
}

impl Payload {
    pub(crate) fn of(query: &Query) -> Self {
        match query.scheme {
            Scheme::Http | Scheme::Grpc => Self::Http(Request::of(query)),
            Scheme::Https | Scheme::Tls => Self::Tls(query.compared_sni()),
            Scheme::Tcp => Self::Opaque,
        }
    }
}

impl Connection {
    pub(crate) fn plain(payload: Payload) -> Self {
        Self { transport: Transport::Plain, payload }
    }

    /// The connection of a client without a mesh certificate that calls a gateway itself: the gateway may terminate its
    /// TLS.
    pub(crate) fn without_certificate(query: &Query) -> Self {
        let inside = match query.scheme {
            Scheme::Https => Payload::Http(Request::of(query)),
            Scheme::Tls => Payload::Opaque,
            Scheme::Http | Scheme::Grpc | Scheme::Tcp => return Self::plain(Payload::of(query)),
        };
        let server_name = query.compared_sni();
        Self { transport: Transport::Tls { server_name, certificate: Certificate::None }, payload: inside }
    }

    /// The server name that the other end sees.
    pub(crate) fn server_name(&self) -> Option<&str> {
        match (&self.transport, &self.payload) {
            (Transport::Tls { server_name, .. }, _) | (Transport::Plain, Payload::Tls(server_name)) => {
                server_name.as_deref()
            }
            (Transport::Plain, _) => None,
        }
    }

    /// Whether the client shows a certificate of the mesh.
    pub(crate) fn has_mesh_certificate(&self) -> bool {
        matches!(self.transport, Transport::Tls { certificate: Certificate::Mesh, .. })
    }

    pub(crate) fn encryption(&self) -> Encryption {
        match (&self.transport, &self.payload) {
            (Transport::Plain, Payload::Tls(_)) => Encryption::Tls,
            (Transport::Plain, _) => Encryption::Plain,
            (Transport::Tls { certificate: Certificate::Mesh, .. }, Payload::Tls(_)) => Encryption::TlsInMtls,
            (Transport::Tls { certificate: Certificate::Mesh, .. }, _) => Encryption::Mtls,
            (Transport::Tls { .. }, _) => Encryption::Tls,
        }
    }
}
