use serde::Serialize;

/// How a host is connected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule {
    /// Namespaces that see it.
    pub export_to: Vec<String>,
    /// The host.
    pub host: String,
    /// Named ways.
    pub subsets: Vec<Subset>,
}

/// A named way to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subset {
    /// Its name.
    pub name: String,
    /// The way.
    pub traffic_policy: TrafficPolicy,
}

/// Settings of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficPolicy {
    /// Pool settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_pool: Option<ConnectionPool>,
    /// TLS settings.
    pub tls: TlsSettings,
}

/// Pool settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionPool {
    /// For HTTP.
    pub http: ConnectionPoolHttp,
}

/// Pool settings for HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionPoolHttp {
    /// Speak upstream the version that the client spoke.
    pub use_client_protocol: bool,
}

/// TLS to the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsSettings {
    /// Where trusted authorities come from; `system` is the proxy's own set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// `ISTIO_MUTUAL` or `SIMPLE`.
    pub mode: &'static str,
    /// The server name that is asked for.
    pub sni: String,
    /// Names of which the server's certificate must have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
}
