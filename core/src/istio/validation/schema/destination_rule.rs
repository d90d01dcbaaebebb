//! The fields of a `DestinationRule`, after its CRD (`manifests/charts/base/files/crd-all.gen.yaml`).

use super::shape::Schema::{self, Flag, List, Map, Number, Text, Words};
use super::shape::{INT32, TEXT, TEXTS, UINT32, UINT64, list, map, object};
use super::virtual_service::PORT_NUMBER;

pub(super) static HTTP_SETTINGS: Schema = object(&[
    ("h2UpgradePolicy", &Words(&["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"])),
    ("http1MaxPendingRequests", &INT32),
    ("http2MaxRequests", &INT32),
    ("idleTimeout", &TEXT),
    ("maxConcurrentStreams", &INT32),
    ("maxRequestsPerConnection", &INT32),
    ("maxRetries", &INT32),
    ("useClientProtocol", &Flag),
]);

pub(super) static TCP_KEEPALIVE: Schema = object(&[("interval", &TEXT), ("probes", &UINT32), ("time", &TEXT)]);

pub(super) static TCP_SETTINGS: Schema = object(&[
    ("connectTimeout", &TEXT),
    ("idleTimeout", &TEXT),
    ("maxConnectionDuration", &TEXT),
    ("maxConnections", &INT32),
    ("tcpKeepalive", &TCP_KEEPALIVE),
]);

pub(super) static CONNECTION_POOL: Schema = object(&[("http", &HTTP_SETTINGS), ("tcp", &TCP_SETTINGS)]);

pub(super) static COOKIE_ATTRIBUTE: Schema = object(&[("name", &TEXT), ("value", &TEXT)]).required(&["name"]);

pub(super) static HTTP_COOKIE: Schema =
    object(&[("attributes", &list(&COOKIE_ATTRIBUTE)), ("name", &TEXT), ("path", &TEXT), ("ttl", &TEXT)])
        .required(&["name"]);

pub(super) static MAGLEV: Schema = object(&[("tableSize", &UINT64)]);

pub(super) static RING_HASH: Schema = object(&[("minimumRingSize", &UINT64)]);

pub(super) static CONSISTENT_HASH: Schema = object(&[
    ("httpCookie", &HTTP_COOKIE),
    ("httpHeaderName", &TEXT),
    ("httpQueryParameterName", &TEXT),
    ("maglev", &MAGLEV),
    ("minimumRingSize", &UINT64),
    ("ringHash", &RING_HASH),
    ("useSourceIp", &Flag),
])
.at_most_one_of(&[&["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"], &["ringHash", "maglev"]]);

pub(super) static DISTRIBUTE: Schema = object(&[("from", &TEXT), ("to", &map(&UINT32))]);

pub(super) static FAILOVER: Schema = object(&[("from", &TEXT), ("to", &TEXT)]);

pub(super) static LOCALITY_LB_SETTING: Schema = object(&[
    ("distribute", &list(&DISTRIBUTE)),
    ("enabled", &Flag),
    ("failover", &list(&FAILOVER)),
    ("failoverPriority", &TEXTS),
]);

pub(super) static WARMUP: Schema =
    object(&[("aggression", &Number), ("duration", &TEXT), ("minimumPercent", &Number)]).required(&["duration"]);

pub(super) static LOAD_BALANCER: Schema = object(&[
    ("consistentHash", &CONSISTENT_HASH),
    ("localityLbSetting", &LOCALITY_LB_SETTING),
    ("simple", &Words(&["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"])),
    ("warmup", &WARMUP),
    ("warmupDurationSecs", &TEXT),
])
.at_most_one_of(&[&["simple", "consistentHash"]]);

pub(super) static OUTLIER_DETECTION: Schema = object(&[
    ("baseEjectionTime", &TEXT),
    ("consecutive5xxErrors", &UINT32),
    ("consecutiveErrors", &INT32),
    ("consecutiveGatewayErrors", &UINT32),
    ("consecutiveLocalOriginFailures", &UINT32),
    ("interval", &TEXT),
    ("maxEjectionPercent", &INT32),
    ("minHealthPercent", &INT32),
    ("splitExternalLocalOriginErrors", &Flag),
]);

pub(super) static CLIENT_TLS: Schema = object(&[
    ("caCertificates", &TEXT),
    ("caCrl", &TEXT),
    ("clientCertificate", &TEXT),
    ("credentialName", &TEXT),
    ("insecureSkipVerify", &Flag),
    ("mode", &Words(&["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"])),
    ("privateKey", &TEXT),
    ("sni", &TEXT),
    ("subjectAltNames", &TEXTS),
]);

pub(super) static PORT_LEVEL_SETTING: Schema = object(&[
    ("connectionPool", &CONNECTION_POOL),
    ("loadBalancer", &LOAD_BALANCER),
    ("outlierDetection", &OUTLIER_DETECTION),
    ("port", &PORT_NUMBER),
    ("tls", &CLIENT_TLS),
]);

pub(super) static PROXY_PROTOCOL: Schema = object(&[("version", &Words(&["V1", "V2"]))]);

pub(super) static RETRY_BUDGET: Schema = object(&[("minRetryConcurrency", &UINT32), ("percent", &Number)]);

pub(super) static TUNNEL: Schema = object(&[("protocol", &TEXT), ("targetHost", &TEXT), ("targetPort", &UINT32)])
    .required(&["targetHost", "targetPort"]);

pub(super) static TRAFFIC_POLICY: Schema = object(&[
    ("connectionPool", &CONNECTION_POOL),
    ("loadBalancer", &LOAD_BALANCER),
    ("outlierDetection", &OUTLIER_DETECTION),
    ("portLevelSettings", &List { of: &PORT_LEVEL_SETTING, least: 0, most: 4096 }),
    ("proxyProtocol", &PROXY_PROTOCOL),
    ("retryBudget", &RETRY_BUDGET),
    ("tls", &CLIENT_TLS),
    ("tunnel", &TUNNEL),
]);

pub(super) static SUBSET: Schema =
    object(&[("labels", &map(&TEXT)), ("name", &TEXT), ("trafficPolicy", &TRAFFIC_POLICY)]).required(&["name"]);

pub(super) static POLICY_SELECTOR: Schema =
    object(&[("matchLabels", &Map { of: &Text { least: 0, most: 63 }, most: 4096 })]);

pub(super) static DESTINATION_RULE: Schema = object(&[
    ("exportTo", &TEXTS),
    ("host", &TEXT),
    ("subsets", &list(&SUBSET)),
    ("trafficPolicy", &TRAFFIC_POLICY),
    ("workloadSelector", &POLICY_SELECTOR),
])
.required(&["host"]);
