/// The protocol of a port, by the name that a ServiceEntry, a Service or a Gateway gives it
/// (`pkg/config/protocol/instance.go`, `Parse`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortProtocol {
    /// HTTP/1.1 in plain text.
    Http1,
    /// The same, to a proxy of HTTP.
    HttpProxy,
    /// HTTP/2 in plain text, also gRPC and gRPC-Web.
    Http2,
    /// HTTP in TLS, which a proxy passes on by the server name.
    Https,
    /// TLS.
    Tls,
    /// Bytes.
    Tcp,
    /// MongoDB.
    Mongo,
    /// `MySQL`, where the server speaks first.
    MySql,
    /// Redis.
    Redis,
    /// Datagrams, which sidecars do not capture.
    Udp,
    /// No name, or one that Istio does not know: the proxy looks at the first bytes.
    Unsupported,
}

impl PortProtocol {
    /// The protocol of this name, in any case.
    pub fn parse(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "http" => Self::Http1,
            "http_proxy" => Self::HttpProxy,
            "http2" | "grpc" | "grpc-web" => Self::Http2,
            "https" => Self::Https,
            "tls" => Self::Tls,
            "tcp" => Self::Tcp,
            "mongo" => Self::Mongo,
            "mysql" => Self::MySql,
            "redis" => Self::Redis,
            "udp" => Self::Udp,
            _ => Self::Unsupported,
        }
    }

    /// Whether it is HTTP in plain text (`IsHTTP`).
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http1 | Self::HttpProxy | Self::Http2)
    }
}
