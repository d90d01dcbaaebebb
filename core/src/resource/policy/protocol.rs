/// What a workload sends, by Istio's names (`istio.io/api` `networking/v1/gateway.proto`, `Port.protocol`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1.1 in plain text.
    Http,
    /// HTTP/2 in plain text.
    Http2,
    /// gRPC in plain text.
    Grpc,
    /// gRPC-Web in plain text.
    GrpcWeb,
    /// HTTPS, ended by the external host.
    Https,
    /// TLS, ended by the external host.
    Tls,
    /// Any bytes.
    Tcp,
    /// MongoDB's wire protocol; treated as TCP.
    Mongo,
}

impl Protocol {
    pub(super) const NAMES: &'static [&'static str] =
        &["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP", "MONGO"];

    const ALL: [Self; 8] =
        [Self::Http, Self::Http2, Self::Grpc, Self::GrpcWeb, Self::Https, Self::Tls, Self::Tcp, Self::Mongo];

    /// Its name in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Http2 => "HTTP2",
            Self::Grpc => "GRPC",
            Self::GrpcWeb => "GRPC-WEB",
            Self::Https => "HTTPS",
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
            Self::Mongo => "MONGO",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}
