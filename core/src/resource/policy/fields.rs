//! The fields that both kinds of policies have.

use super::Protocol;
use crate::resource::shape::{Field, Shape, Text, object, optional, required, some};

/// What a gateway's name is.
pub(super) const GATEWAY_NAME: &str = "Name of the egress gateway: the name of the IstioGateway in ASM, or of the entry in `gateways` of a MeshEnvironment, not of the Service.";

pub(super) const GATEWAY_PORT: Field =
    optional("port", Shape::Port, "Port of the gateway. Defaults to the gateway's lowest port for the protocol.");

pub(super) const BY_GATEWAY: Shape = object(&[optional("name", Shape::Text(Text::Label), GATEWAY_NAME), GATEWAY_PORT]);

pub(super) const NAMESPACE: Field =
    required("namespace", Shape::Text(Text::Label), "Namespace of the workloads that may send requests.");

pub(super) const WORKLOAD_SELECTOR: Field = optional(
    "workloadSelector",
    Shape::Selector,
    "Labels that a workload must have, all of them. If absent, the rule applies to every workload in the namespace.",
);

const PORT_SHAPE: Shape = object(&[
    required(
        "number",
        Shape::Port,
        "Port that the workload calls. It is also the external port, unless `httpsUpgrade` sets another.",
    ),
    required(
        "protocol",
        Shape::Choice(Protocol::NAMES),
        "Protocol that the workload sends. HTTP, HTTP2, GRPC and GRPC-WEB are plain text and matched by host; HTTPS and TLS are matched by server name; TCP and MONGO are matched only by port.",
    ),
    optional("name", Shape::Text(Text::Free), "Name of the port; it has no effect."),
    optional("targetPort", Shape::Port, "Deprecated in Istio; egressc ignores it."),
    optional("target_port", Shape::Port, "Deprecated in Istio; egressc ignores it."),
]);

pub(super) const UPGRADE_ENABLED: Field =
    optional("enabled", Shape::Bool, "Whether the gateway sends HTTPS if the workload sends HTTP.");

pub(super) const UPGRADE_PORT: Field =
    optional("port", Shape::Port, "External port of the HTTPS connection. Defaults to 443.");

const HOST: Shape = Shape::Text(Text::Unread);

pub(super) const TO_NAME: Field = optional(
    "name",
    Shape::Text(Text::Free),
    "Name of the external service; every resource compiled from this item contains it.",
);

/// The shape of `hosts`.
pub(super) const HOSTS_SHAPE: Shape = some(&HOST, 50);

/// The documentation of `hosts`.
pub(super) const HOSTS: &str = "DNS names of the external service. Requests for each name go to that name; the names can have different addresses. In EgressPolicy, `*.example.com` is every name below `example.com`.";

pub(super) const PORT: Field = required("port", PORT_SHAPE, "Port and protocol that the workload uses.");

/// A policy of ASM is for one gateway.
pub(super) const TO_GATEWAY: Field = optional("byEgressGateway", BY_GATEWAY, "The gateway port for this traffic.");

/// The documentation of `httpsUpgrade`, of which the two kinds have different fields.
pub(super) const UPGRADE: &str = "The gateway sends plain HTTP of the workload as HTTPS.";

pub(super) const RULE_NAME: Field =
    optional("name", Shape::Text(Text::Free), "Name of the rule; messages and annotations use it.");

/// The documentation of `from`.
pub(super) const FROM: &str = "The clients that may send requests.";
/// The documentation of `to`.
pub(super) const TO: &str = "The destinations that the clients may reach.";

pub(super) const POLICY_GATEWAY: Field = required(
    "byEgressGateway",
    BY_GATEWAY,
    "The egress gateway of all rules. Its port is the default for rules without a port.",
);

/// The documentation of `egressRules`.
pub(super) const RULES: &str = "The rules: which clients may reach which destinations. All other requests are blocked.";
