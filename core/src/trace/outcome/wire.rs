//! What travels between two proxies.

use std::collections::BTreeMap;

use super::names;
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

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) authority: String,
    pub(super) method: String,
    /// `None` when a proxy changed it in a way that is not modelled.
    pub(super) path: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
}

impl Payload {
    pub(super) fn of(query: &Query) -> Self {
        match query.scheme {
            Scheme::Http | Scheme::Grpc => {
                let written = query.headers.get("host").or_else(|| query.headers.get(":authority"));
                let dialled =
                    || if query.port == 80 { query.host.clone() } else { format!("{}:{}", query.host, query.port) };
                Self::Http(Request {
                    authority: written.cloned().unwrap_or_else(dialled),
                    method: query
                        .method
                        .clone()
                        .unwrap_or_else(|| if query.scheme == Scheme::Grpc { "POST" } else { "GET" }.to_owned()),
                    path: Some(query.http_path.clone().unwrap_or_else(|| "/".to_owned())),
                    headers: query
                        .headers
                        .iter()
                        .filter(|(name, _)| !matches!(name.as_str(), "host" | ":authority"))
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect(),
                })
            }
            Scheme::Https | Scheme::Tls => Self::Tls(query.sni.as_ref().map(|name| name.to_ascii_lowercase())),
            Scheme::Tcp => Self::Opaque,
        }
    }
}

impl Request {
    /// `Host` without its port, as routes compare it.
    pub(super) fn host(&self) -> String {
        names::without_port(&self.authority).to_ascii_lowercase()
    }
}

impl Leg {
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
