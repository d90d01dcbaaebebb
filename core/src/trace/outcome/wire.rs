//! What travels between two proxies.

use super::request::Request;
use crate::trace::{Encryption, Query, Scheme};

/// The header that tells a server whose certificate a proxy has seen.
pub(super) const CALLER: &str = "x-forwarded-client-cert";

/// Bytes of a client, and what proxies have put around them.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) outer: Outer,
    pub(super) payload: Payload,
}

/// TLS that a proxy, or a client with a mesh certificate, began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outer {
    Plain,
    Tls { server_name: Option<String>, certificate: Certificate },
}

/// Whom a proxy shows itself as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certificate {
    Nobody,
    /// Its workload.
    Mesh,
    /// Whatever its DestinationRule says.
    Own,
}

#[derive(Debug, Clone)]
pub(super) enum Payload {
    Http(Request),
    /// The client's own TLS.
    Tls(Option<String>),
    Opaque,
}

impl Payload {
    pub(super) fn of(query: &Query) -> Self {
        match query.scheme {
            Scheme::Http | Scheme::Grpc => Self::Http(Request::of(query)),
            Scheme::Https | Scheme::Tls => Self::Tls(query.sni.as_ref().map(|name| name.to_ascii_lowercase())),
            Scheme::Tcp => Self::Opaque,
        }
    }
}

impl Leg {
    /// What a client without a certificate sends that calls a gateway itself: a gateway may open its TLS.
    pub(super) fn without_certificate(query: &Query) -> Self {
        let inside = match query.scheme {
            Scheme::Https => Payload::Http(Request::of(query)),
            Scheme::Tls => Payload::Opaque,
            Scheme::Http | Scheme::Grpc | Scheme::Tcp => {
                return Self { outer: Outer::Plain, payload: Payload::of(query) };
            }
        };
        let server_name = query.sni.as_ref().map(|name| name.to_ascii_lowercase());
        Self { outer: Outer::Tls { server_name, certificate: Certificate::Nobody }, payload: inside }
    }

    /// The server name that the other end sees.
    pub(super) fn server_name(&self) -> Option<&str> {
        match (&self.outer, &self.payload) {
            (Outer::Tls { server_name, .. }, _) | (Outer::Plain, Payload::Tls(server_name)) => server_name.as_deref(),
            (Outer::Plain, _) => None,
        }
    }

    pub(super) fn encryption(&self) -> Encryption {
        match (&self.outer, &self.payload) {
            (Outer::Plain, Payload::Tls(_)) => Encryption::Tls,
            (Outer::Plain, _) => Encryption::Plain,
            (Outer::Tls { certificate: Certificate::Mesh, .. }, Payload::Tls(_)) => Encryption::TlsInMtls,
            (Outer::Tls { certificate: Certificate::Mesh, .. }, _) => Encryption::Mtls,
            (Outer::Tls { .. }, _) => Encryption::Tls,
        }
    }
}
