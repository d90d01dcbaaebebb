//! The fields of a destination that are about the gateway's connections to the host.

use crate::resource::read;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// The fields of a destination that are about the gateway's connections to the host.
#[derive(Debug, Clone, Default)]
pub struct UpstreamFields {
    /// `connectionPool`.
    pub pool: Option<Spanned<PoolFields>>,
    /// Where `connectionPool.http` stands.
    pub http_span: Option<Span>,
    /// `outlierDetection`.
    pub outliers: Option<Spanned<OutlierFields>>,
}

/// `connectionPool`; durations are as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolFields {
    /// `tcp.maxConnections`.
    pub max_connections: Option<u32>,
    /// `tcp.connectTimeout`.
    pub connect_timeout: Option<String>,
    /// `tcp.idleTimeout`.
    pub idle_timeout: Option<String>,
    /// `http.http1MaxPendingRequests`.
    pub http1_max_pending_requests: Option<u32>,
    /// `http.http2MaxRequests`.
    pub http2_max_requests: Option<u32>,
    /// `http.maxRequestsPerConnection`.
    pub max_requests_per_connection: Option<u32>,
    /// `http.idleTimeout`.
    pub http_idle_timeout: Option<String>,
}

/// `outlierDetection`; durations are as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutlierFields {
    /// `consecutive5xxErrors`.
    pub consecutive_5xx_errors: Option<u32>,
    /// `consecutiveGatewayErrors`.
    pub consecutive_gateway_errors: Option<u32>,
    /// `interval`.
    pub interval: Option<String>,
    /// `baseEjectionTime`.
    pub base_ejection_time: Option<String>,
    /// `maxEjectionPercent`.
    pub max_ejection_percent: Option<u32>,
}

/// The fields of `httpsUpgrade` that are about TLS with the host.
#[derive(Debug, Clone, Default)]
pub struct TlsFields {
    /// `mode`.
    pub mode: Option<Spanned<String>>,
    /// `credentialName`.
    pub credential_name: Option<Spanned<String>>,
    /// `clientCertificate`.
    pub client_certificate: Option<Spanned<String>>,
    /// `privateKey`.
    pub private_key: Option<Spanned<String>>,
    /// `caCertificates`.
    pub ca_certificates: Option<Spanned<String>>,
}

impl TlsFields {
    /// Where the first of them stands.
    pub fn first(&self) -> Option<Span> {
        let fields =
            [&self.mode, &self.credential_name, &self.client_certificate, &self.private_key, &self.ca_certificates];
        fields.into_iter().flatten().map(|field| field.span).min_by_key(|span| span.start)
    }
}

pub(super) fn read(to: &Node) -> UpstreamFields {
    UpstreamFields {
        pool: to.given("connectionPool").map(|node| Spanned::new(pool(node), node.span)),
        http_span: to.given("connectionPool").and_then(|node| node.given("http")).map(|node| node.span),
        outliers: to.given("outlierDetection").map(|node| Spanned::new(outliers(node), node.span)),
    }
}

pub(super) fn tls(upgrade: &Node) -> TlsFields {
    TlsFields {
        mode: read::text(upgrade, "mode"),
        credential_name: read::text(upgrade, "credentialName"),
        client_certificate: read::text(upgrade, "clientCertificate"),
        private_key: read::text(upgrade, "privateKey"),
        ca_certificates: read::text(upgrade, "caCertificates"),
    }
}

fn pool(node: &Node) -> PoolFields {
    let (tcp, http) = (node.given("tcp"), node.given("http"));
    PoolFields {
        max_connections: tcp.and_then(|tcp| number(tcp, "maxConnections")),
        connect_timeout: tcp.and_then(|tcp| duration(tcp, "connectTimeout")),
        idle_timeout: tcp.and_then(|tcp| duration(tcp, "idleTimeout")),
        http1_max_pending_requests: http.and_then(|http| number(http, "http1MaxPendingRequests")),
        http2_max_requests: http.and_then(|http| number(http, "http2MaxRequests")),
        max_requests_per_connection: http.and_then(|http| number(http, "maxRequestsPerConnection")),
        http_idle_timeout: http.and_then(|http| duration(http, "idleTimeout")),
    }
}

fn outliers(node: &Node) -> OutlierFields {
    OutlierFields {
        consecutive_5xx_errors: number(node, "consecutive5xxErrors"),
        consecutive_gateway_errors: number(node, "consecutiveGatewayErrors"),
        interval: duration(node, "interval"),
        base_ejection_time: duration(node, "baseEjectionTime"),
        max_ejection_percent: number(node, "maxEjectionPercent"),
    }
}

fn number(node: &Node, key: &str) -> Option<u32> {
    match node.given(key)?.kind {
        NodeKind::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    }
}

fn duration(node: &Node, key: &str) -> Option<String> {
    read::text(node, key).map(|text| text.value)
}
