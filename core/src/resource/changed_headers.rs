//! Settings of a proxy config that change which headers a proxy has beside the client's.

use super::read;
use crate::syntax::Node;

/// For each header whether a proxy may treat it otherwise than Istio has it do by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangedHeaders {
    /// `x-request-id`: `proxyHeaders.requestId.disabled`.
    pub request_id: bool,
    /// `x-forwarded-port`: `proxyHeaders.xForwardedPort.enabled`.
    pub forwarded_port: bool,
    /// `x-forwarded-client-cert` at gateways.
    pub client_certificate: ClientCertificate,
}

/// What gateways make of `x-forwarded-client-cert`: `gatewayTopology.forwardClientCertDetails`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientCertificate {
    /// They set it to the caller's identity and nothing else, as Istio has it by itself.
    #[default]
    Set,
    /// They put the identity into it, and perhaps more.
    Named,
    /// The identity may not be in it: with `SANITIZE` they remove it, and with the values that only forward it they set nothing.
    MayBeHidden,
}

impl ChangedHeaders {
    /// Nothing is known of them.
    pub const ALL: Self =
        Self { request_id: true, forwarded_port: true, client_certificate: ClientCertificate::MayBeHidden };

    /// No document says what they are: any of them may be changed, and the identity is there by Istio's default.
    pub const NOT_GIVEN: Self = Self { client_certificate: ClientCertificate::Named, ..Self::ALL };

    /// What the `defaultConfig` of a mesh config changes, or the proxy config of a pod.
    pub(super) fn of_proxy_config(config: &Node) -> Self {
        let is_set = |header: &str, key: &str| {
            let headers = config.given("proxyHeaders");
            let setting = headers.and_then(|headers| headers.given(header));
            setting.and_then(|setting| read::boolean(setting, key)).is_some_and(|fact| fact.value)
        };
        let topology = config.given("gatewayTopology");
        let details = topology.and_then(|topology| read::text(topology, "forwardClientCertDetails"));
        Self {
            request_id: is_set("requestId", "disabled"),
            forwarded_port: is_set("xForwardedPort", "enabled"),
            client_certificate: match details.as_ref().map(|details| details.value.as_str()) {
                None | Some("UNDEFINED" | "SANITIZE_SET") => ClientCertificate::Set,
                Some("APPEND_FORWARD") => ClientCertificate::Named,
                Some(_) => ClientCertificate::MayBeHidden,
            },
        }
    }

    /// What either changes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            request_id: self.request_id || other.request_id,
            forwarded_port: self.forwarded_port || other.forwarded_port,
            client_certificate: self.client_certificate.max(other.client_certificate),
        }
    }
}
