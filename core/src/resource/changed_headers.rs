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
    /// `x-forwarded-client-cert` at gateways: `gatewayTopology.forwardClientCertDetails`.
    pub client_certificate: bool,
    /// Whether gateways may leave the caller's identity out of that header: with `SANITIZE` they remove it, and with the values
    /// that only forward it they set nothing themselves.
    pub hides_identity: bool,
}

impl ChangedHeaders {
    /// Nothing is known of them.
    pub const ALL: Self =
        Self { request_id: true, forwarded_port: true, client_certificate: true, hides_identity: true };

    /// No document says what they are: any of them may be changed, and the identity is there by Istio's default.
    pub const NOT_GIVEN: Self = Self { hides_identity: false, ..Self::ALL };

    /// What the `defaultConfig` of a mesh config changes, or the proxy config of a pod.
    pub(super) fn of_proxy_config(config: &Node) -> Self {
        let is_set = |header: &str, key: &str| {
            let headers = config.given("proxyHeaders");
            let setting = headers.and_then(|headers| headers.given(header));
            setting.and_then(|setting| read::boolean(setting, key)).is_some_and(|fact| fact.value)
        };
        let topology = config.given("gatewayTopology");
        let details = topology.and_then(|topology| read::text(topology, "forwardClientCertDetails"));
        let is_one_of = |usual: &[&str]| details.as_ref().is_none_or(|details| usual.contains(&details.value.as_str()));
        Self {
            request_id: is_set("requestId", "disabled"),
            forwarded_port: is_set("xForwardedPort", "enabled"),
            client_certificate: !is_one_of(&["UNDEFINED", "SANITIZE_SET"]),
            hides_identity: !is_one_of(&["UNDEFINED", "SANITIZE_SET", "APPEND_FORWARD"]),
        }
    }

    /// What either changes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            request_id: self.request_id || other.request_id,
            forwarded_port: self.forwarded_port || other.forwarded_port,
            client_certificate: self.client_certificate || other.client_certificate,
            hides_identity: self.hides_identity || other.hides_identity,
        }
    }
}
