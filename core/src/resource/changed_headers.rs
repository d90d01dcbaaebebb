//! Settings of the mesh config that change which headers a proxy has beside the client's.

/// For each header whether a proxy may treat it otherwise than Istio has it do by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangedHeaders {
    /// `x-request-id`: `proxyHeaders.requestId.disabled`.
    pub request_id: bool,
    /// `x-forwarded-port`: `proxyHeaders.xForwardedPort.enabled`.
    pub forwarded_port: bool,
    /// `x-forwarded-client-cert` at gateways: `gatewayTopology.forwardClientCertDetails`.
    pub client_certificate: bool,
}

impl ChangedHeaders {
    /// Nothing is known of them.
    pub const ALL: Self = Self { request_id: true, forwarded_port: true, client_certificate: true };

    /// What either changes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            request_id: self.request_id || other.request_id,
            forwarded_port: self.forwarded_port || other.forwarded_port,
            client_certificate: self.client_certificate || other.client_certificate,
        }
    }
}
