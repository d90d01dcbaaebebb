//! The fields of a `Sidecar`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::destination_rule::CONNECTION_POOL;
use super::gateway::SERVER_TLS;
use super::service_entry::WORKLOAD_SELECTOR;
use super::shape::Schema::{self, Words};
use super::shape::{TEXT, TEXTS, UINT32, list, object};
use super::virtual_service::DESTINATION;

pub(super) static SIDECAR_PORT: Schema =
    object(&[("name", &TEXT), ("number", &UINT32), ("protocol", &TEXT), ("targetPort", &UINT32)]);

pub(super) static EGRESS_LISTENER: Schema = object(&[
    ("bind", &TEXT),
    ("captureMode", &Words(&["DEFAULT", "IPTABLES", "NONE"])),
    ("hosts", &TEXTS),
    ("port", &SIDECAR_PORT),
])
.required(&["hosts"]);

pub(super) static INGRESS_LISTENER: Schema = object(&[
    ("bind", &TEXT),
    ("captureMode", &Words(&["DEFAULT", "IPTABLES", "NONE"])),
    ("connectionPool", &CONNECTION_POOL),
    ("defaultEndpoint", &TEXT),
    ("port", &SIDECAR_PORT),
    ("tls", &SERVER_TLS),
])
.required(&["port"]);

pub(super) static OUTBOUND_TRAFFIC_POLICY: Schema =
    object(&[("egressProxy", &DESTINATION), ("mode", &Words(&["REGISTRY_ONLY", "ALLOW_ANY"]))]);

pub(super) static SIDECAR: Schema = object(&[
    ("egress", &list(&EGRESS_LISTENER)),
    ("inboundConnectionPool", &CONNECTION_POOL),
    ("ingress", &list(&INGRESS_LISTENER)),
    ("outboundTrafficPolicy", &OUTBOUND_TRAFFIC_POLICY),
    ("workloadSelector", &WORKLOAD_SELECTOR),
]);
