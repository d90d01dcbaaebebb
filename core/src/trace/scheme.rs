use serde::{Deserialize, Serialize};

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// HTTP/1.1 in plain text.
    Http,
    /// HTTP inside TLS.
    Https,
    /// HTTP/2 in plain text.
    Grpc,
    /// Anything inside TLS.
    Tls,
    /// Any bytes that are neither HTTP nor TLS.
    Tcp,
}

impl Scheme {
    /// The method of a request of which nothing is said: gRPC posts.
    pub(crate) fn usual_method(self) -> &'static str {
        if self == Self::Grpc { "POST" } else { "GET" }
    }

    /// As in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Grpc => "grpc",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }

    /// Whether the bytes are HTTP that a proxy can read.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Grpc)
    }

    /// Whether the bytes begin with a TLS handshake.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::Tls)
    }
}
