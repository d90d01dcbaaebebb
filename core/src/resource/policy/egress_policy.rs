//! The fields of `EgressPolicy`: those of `ASMEgressTrafficPolicy`, and more.
//!
//! A document of ASM's kind is one of this kind when `apiVersion` and `kind` are changed, and means the same.

use super::fields::{
    BY_GATEWAY, FROM, GATEWAY_NAME, GATEWAY_PORT, HOSTS, HOSTS_SHAPE, NAMESPACE, PORT, RULE_NAME, RULES, TO, TO_NAME,
    UPGRADE, UPGRADE_ENABLED, UPGRADE_PORT, WORKLOAD_SELECTOR,
};
use super::mode::RuleMode;
use crate::resource::shape::{Beside, Field, METADATA, Shape, Text, either, object, optional, required, some};

const KIND: &str = "EgressPolicy";
const VERSION: &str = "egressc.dev/v1alpha1";

const ACCOUNT: Shape = Shape::Text(Text::Subdomain);

const SERVICE_ACCOUNTS: Field = optional(
    "serviceAccounts",
    some(&ACCOUNT, 16),
    "Service accounts of the namespace, of which the workload must have one. The gateway compares them with the certificate of the caller.",
);

const ADDRESS: Shape = Shape::Text(Text::Unread);

/// Names or addresses: both would look like the addresses of the names, which no object of Istio's holds a client to.
const TO_HOSTS: Field = either("hosts", "addresses", HOSTS_SHAPE, HOSTS);

const ADDRESSES: Field = either(
    "addresses",
    "hosts",
    some(&ADDRESS, 64),
    "IPv4 addresses of the external service, in place of `hosts`, for TCP that is dialled without a name. A network of at most 16 addresses, such as `198.51.100.8/30`, stands for each of them.",
);

const METHOD: Shape = Shape::Text(Text::Method);
const PATH: Shape = Shape::Text(Text::Path);

const METHODS: Field =
    optional("methods", some(&METHOD, 16), "HTTP methods, any of them. If absent, every method matches.");

const PATHS: Field = optional(
    "paths",
    some(&PATH, 64),
    "Paths, any of them, without the query: `/v1/users` is this path alone, `/v1/*` every path that begins with `/v1/`, `{*}` one segment, and `{**}` the rest. If absent, every path matches.",
);

const REQUEST_HEADERS: Field = optional(
    "headers",
    Shape::Headers,
    "Headers, all of them, with the value that each must have; `*` is any value. A header that is sent twice matches if one of its values does.",
);

const MCP_NAME: Shape = Shape::Text(Text::McpName);

const TOOLS: Field = optional(
    "tools",
    some(&MCP_NAME, 64),
    "Tools of an MCP server, any of them, that may be called. The gateway compares the headers that MCP requires since its revision 2026-07-28, and the server must compare them with the body.",
);

const MCP_METHODS: Field = optional(
    "mcpMethods",
    some(&MCP_NAME, 16),
    "Methods of MCP, any of them, that may be called besides `tools`, for example `tools/list`.",
);

const NAMED_SET: Field = optional(
    "set",
    Shape::Text(Text::Unread),
    "A named set of requests, in place of the other fields, for example `git-clone/1`. `egressc explain @git-clone/1` shows what it allows.",
);

const REQUESTS: Shape = object(&[METHODS, PATHS, REQUEST_HEADERS]);
const ALLOWED_REQUESTS: Shape = object(&[METHODS, PATHS, REQUEST_HEADERS, TOOLS, MCP_METHODS, NAMED_SET]);

const ALLOW: Field = optional(
    "allow",
    some(&ALLOWED_REQUESTS, 64),
    "The HTTP requests that may be sent, any of them. If absent, every request may be sent that `deny` does not match.",
);

const DENY: Field = optional(
    "deny",
    some(&REQUESTS, 64),
    "The HTTP requests that may not be sent, any of them. The gateway compares them before `allow`.",
);

const TIMEOUT: Field = optional(
    "timeout",
    Shape::Text(Text::Duration),
    "How long the gateway waits for the whole response, for example `5s`. If absent, there is no limit, as in Istio.",
);

/// `retryOn` of Envoy's router for HTTP and gRPC (`x-envoy-retry-on`, `x-envoy-retry-grpc-on`), without the headers that a
/// client would have to send.
const RETRY_ON: Shape = Shape::Choice(&[
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
]);

const RETRIES: Field = optional(
    "retries",
    object(&[
        required(
            "attempts",
            Shape::Number { min: 0, max: 10 },
            "How often a request is sent again after it failed; 0 is never.",
        ),
        optional(
            "perTryTimeout",
            Shape::Text(Text::Duration),
            "How long each attempt may take. Defaults to `timeout`.",
        ),
        optional(
            "retryOn",
            some(&RETRY_ON, 16),
            "After which failures a request is sent again. If absent, Istio's own list is used.",
        ),
    ]),
    "How the gateway repeats failed requests. If absent, it repeats a request twice, as in Istio.",
);

const HEADER_NAME: Shape = Shape::Text(Text::HeaderName);

const CHANGES: Shape = object(&[
    optional("set", Shape::Headers, "Headers that replace those of the same name."),
    optional("add", Shape::Headers, "Headers that are added to those of the same name."),
    optional("remove", some(&HEADER_NAME, 64), "Headers that are removed."),
]);

const HEADERS: Field = optional(
    "headers",
    object(&[
        optional("request", CHANGES, "Changes of the request, before it leaves the mesh."),
        optional("response", CHANGES, "Changes of the response, before it is sent to the workload."),
    ]),
    "How the gateway changes headers. The values stand in the configuration of the mesh, so they must not be secret.",
);

const COUNT: Shape = Shape::Number { min: 1, max: 1_000_000 };

const CONNECTION_POOL: Field = optional(
    "connectionPool",
    object(&[
        optional(
            "tcp",
            object(&[
                optional("maxConnections", COUNT, "Connections that the gateway opens to the host at once."),
                optional(
                    "connectTimeout",
                    Shape::Text(Text::Duration),
                    "How long the gateway waits for a connection. Defaults to 10s, as in Istio.",
                ),
                optional(
                    "idleTimeout",
                    Shape::Text(Text::Duration),
                    "How long a connection without bytes stays open. Defaults to 1h, as in Istio.",
                ),
            ]),
            "Limits of connections.",
        ),
        optional(
            "http",
            object(&[
                optional("http1MaxPendingRequests", COUNT, "Requests that wait for a connection at once."),
                optional("http2MaxRequests", COUNT, "Requests that are answered at once."),
                optional("maxRequestsPerConnection", COUNT, "Requests over one connection, before it is closed."),
                optional(
                    "idleTimeout",
                    Shape::Text(Text::Duration),
                    "How long a connection without requests stays open. Defaults to 1h, as in Istio.",
                ),
            ]),
            "Limits of HTTP requests.",
        ),
    ]),
    "Limits of the gateway's connections to the host. What is absent has Istio's default.",
);

const OUTLIER_DETECTION: Field = optional(
    "outlierDetection",
    object(&[
        optional(
            "consecutive5xxErrors",
            COUNT,
            "After how many responses with status 5xx in a row an address of the host is left out.",
        ),
        optional(
            "consecutiveGatewayErrors",
            COUNT,
            "After how many responses with status 502, 503 or 504 in a row an address of the host is left out.",
        ),
        optional("interval", Shape::Text(Text::Duration), "How often the addresses are looked at. Defaults to 10s."),
        optional(
            "baseEjectionTime",
            Shape::Text(Text::Duration),
            "How long an address is left out at first. Defaults to 30s.",
        ),
        optional(
            "maxEjectionPercent",
            Shape::Number { min: 1, max: 100 },
            "How many percent of the addresses may be left out at once. Defaults to 10.",
        ),
    ]),
    "When the gateway leaves out an address of the host that fails (circuit breaking). If absent, it never does.",
);

const FILE: Shape = Shape::Text(Text::Free);

/// Fields of `httpsUpgrade` that ASM does not have.
pub(super) const MORE_OF_UPGRADE: Beside = Beside {
    kind: KIND,
    version: VERSION,
    fields: &[TLS_MODE, CREDENTIAL_NAME, CLIENT_CERTIFICATE, PRIVATE_KEY, CA_CERTIFICATES],
};

const TLS_MODE: Field = optional(
    "mode",
    Shape::Choice(&["SIMPLE", "MUTUAL"]),
    "SIMPLE verifies the host; MUTUAL also presents a certificate of the gateway to it. Defaults to SIMPLE.",
);
const CREDENTIAL_NAME: Field = optional(
    "credentialName",
    Shape::Text(Text::ObjectName),
    "Name of a Secret in the gateway's namespace, which has the authorities of the host's certificate and, with MUTUAL, the certificate and key to present.",
);
const CLIENT_CERTIFICATE: Field =
    optional("clientCertificate", FILE, "Path of a file in the gateway's pod with the certificate to present.");
const PRIVATE_KEY: Field =
    optional("privateKey", FILE, "Path of a file in the gateway's pod with the key of that certificate.");
const CA_CERTIFICATES: Field = optional(
    "caCertificates",
    FILE,
    "Path of a file in the gateway's pod with the authorities of the host's certificate. Defaults to those of the pod's system.",
);

/// What a backend's host is; another stage looks at it.
const OUTSIDE_HOST: Shape = Shape::Text(Text::Unread);

const FALLBACK: Field = optional("fallback", some(&OUTSIDE_HOST, 4), FALLBACK_DOC);

const FALLBACK_DOC: &str = "Hosts that serve the same as the host itself, in their order. The gateway connects to the first of them while the host fails, to the next one while that one fails, too, and sends what it would send to the host.";

const BACKENDS: Field = optional(
    "backends",
    some(
        &object(&[
            required("host", OUTSIDE_HOST, "DNS name of the backend. The gateway writes it into `Host`."),
            optional(
                "port",
                Shape::Port,
                "Port of the backend. Defaults to 443 with `httpsUpgrade`, and to the port that the workload calls without it.",
            ),
            optional(
                "weight",
                Shape::Number { min: 0, max: 1_000 },
                "Its share of the requests, compared with the weights of the others; 0 is none now. If no backend has a weight, all have the same share.",
            ),
            optional(
                "httpsUpgrade",
                BACKEND_UPGRADE,
                "The gateway sends plain HTTP of the workload as HTTPS to the backend.",
            ),
            optional("fallback", some(&OUTSIDE_HOST, 2), FALLBACK_DOC),
        ]),
        16,
    ),
    "External hosts to which the gateway sends the requests for `hosts`, by weight. Each request is sent to one of them, whichever answered the last one.",
);

/// TLS with a backend: its port stands beside it.
const BACKEND_UPGRADE: Shape =
    object(&[UPGRADE_ENABLED, TLS_MODE, CREDENTIAL_NAME, CLIENT_CERTIFICATE, PRIVATE_KEY, CA_CERTIFICATES]);

const BY_GATEWAYS_SHAPE: Shape = some(
    &object(&[
        required("name", Shape::Text(Text::Label), GATEWAY_NAME),
        GATEWAY_PORT,
        optional(
            "weight",
            Shape::Number { min: 0, max: 1_000 },
            "Its share of the requests, and of the connections of TLS and TCP, compared with the weights of the others; 0 is none now. If no gateway has a weight, all have the same share.",
        ),
    ]),
    8,
);

const BY_GATEWAYS_DOC: &str = "Several gateways, in place of `byEgressGateway`. The sidecars of the workloads divide HTTP requests, and connections of TLS and TCP, among them by weight.";

const BY_GATEWAYS: Field = optional("byEgressGateways", BY_GATEWAYS_SHAPE, BY_GATEWAYS_DOC);

const TO_GATEWAY: Field = optional(
    "byEgressGateway",
    BY_GATEWAY,
    "The gateway for this traffic, and its port. Defaults to that of the rule, and then to that of the policy.",
);

const RULE_GATEWAY: Field = optional(
    "byEgressGateway",
    BY_GATEWAY,
    "The gateway for the destinations of the rule, and its port. Defaults to that of the policy.",
);

const POLICY_GATEWAY: Field = either(
    "byEgressGateway",
    "byEgressGateways",
    BY_GATEWAY,
    "The egress gateway of all rules that name no other. Its port is the default where this gateway is used without a port.",
);

const POLICY_GATEWAYS: Field = either("byEgressGateways", "byEgressGateway", BY_GATEWAYS_SHAPE, BY_GATEWAYS_DOC);

/// Fields of `spec` that ASM does not have.
pub(super) const MORE_OF_SPEC: Beside = Beside { kind: KIND, version: VERSION, fields: &[BY_GATEWAYS, MODE_OF_POLICY] };

/// Fields of an item of `to` that ASM does not have.
pub(super) const MORE_OF_TO: Beside = Beside {
    kind: KIND,
    version: VERSION,
    fields: &[
        ADDRESSES,
        BY_GATEWAYS,
        BACKENDS,
        FALLBACK,
        ALLOW,
        DENY,
        TIMEOUT,
        RETRIES,
        HEADERS,
        CONNECTION_POOL,
        OUTLIER_DETECTION,
    ],
};

/// Fields of an item of `from` that ASM does not have.
pub(super) const MORE_OF_FROM: Beside = Beside { kind: KIND, version: VERSION, fields: &[SERVICE_ACCOUNTS] };

/// Fields of a rule that ASM does not have.
pub(super) const MORE_OF_RULE: Beside =
    Beside { kind: KIND, version: VERSION, fields: &[OWNER, REASON, TICKET, UNTIL, MODE, RULE_GATEWAY, BY_GATEWAYS] };

const MODE_OF_POLICY: Field = optional(
    "mode",
    Shape::Choice(RuleMode::NAMES),
    "The mode of all rules that have none of their own. Defaults to `enforce`.",
);
const MODE: Field = optional(
    "mode",
    Shape::Choice(RuleMode::NAMES),
    "`enforce` blocks what the rule does not allow. `audit` lets every workload of the namespaces in `from` send every request to the destinations in `to`, through the gateway, and access logs show what `enforce` would block. Defaults to the `mode` of the policy.",
);

const OWNER: Field = optional(
    "owner",
    Shape::Text(Text::Free),
    "Who answers for the rule. It changes nothing in what is compiled, and reports show it.",
);
const REASON: Field = optional(
    "reason",
    Shape::Text(Text::Free),
    "Why the rule is needed. It changes nothing in what is compiled, and reports show it.",
);
const TICKET: Field = optional(
    "ticket",
    Shape::Text(Text::Free),
    "Where the rule was agreed on. It changes nothing in what is compiled, and reports show it.",
);
const UNTIL: Field = optional(
    "until",
    Shape::Text(Text::Date),
    "The last day on which the rule is needed, for example `2027-03-31`. It changes nothing in what is compiled, and reports show it.",
);

const FROM_SHAPE: Shape = object(&[NAMESPACE, WORKLOAD_SELECTOR, SERVICE_ACCOUNTS]);

const HTTPS_UPGRADE: Shape = object(&[
    UPGRADE_ENABLED,
    UPGRADE_PORT,
    TLS_MODE,
    CREDENTIAL_NAME,
    CLIENT_CERTIFICATE,
    PRIVATE_KEY,
    CA_CERTIFICATES,
]);

const TO_SHAPE: Shape = object(&[
    TO_NAME,
    TO_HOSTS,
    ADDRESSES,
    PORT,
    TO_GATEWAY,
    BY_GATEWAYS,
    optional("httpsUpgrade", HTTPS_UPGRADE, UPGRADE),
    BACKENDS,
    FALLBACK,
    ALLOW,
    DENY,
    TIMEOUT,
    RETRIES,
    HEADERS,
    CONNECTION_POOL,
    OUTLIER_DETECTION,
]);

const RULE: Shape = object(&[
    RULE_NAME,
    OWNER,
    REASON,
    TICKET,
    UNTIL,
    MODE,
    RULE_GATEWAY,
    BY_GATEWAYS,
    required("from", some(&FROM_SHAPE, 10_000), FROM),
    required("to", some(&TO_SHAPE, 10_000), TO),
]);

const FIELDS: &[Field] = &[
    required("apiVersion", Shape::Choice(&["egressc.dev/v1alpha1"]), "API version."),
    required("kind", Shape::Choice(&["EgressPolicy"]), "Kind of the document."),
    required("metadata", METADATA, "Name and namespace of the policy."),
    required(
        "spec",
        object(&[
            POLICY_GATEWAY,
            POLICY_GATEWAYS,
            MODE_OF_POLICY,
            required("egressRules", some(&RULE, 100_000), RULES),
        ]),
        "The policy.",
    ),
    optional("status", Shape::Any, "egressc ignores it."),
];

/// The fields of the kind.
pub(in crate::resource) const SHAPE: Shape = object(FIELDS);
