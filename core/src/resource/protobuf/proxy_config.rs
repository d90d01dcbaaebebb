//! `ProxyConfig` (`mesh/v1alpha1/proxy.proto` of istio/api).

use super::shared::{CLIENT_TLS, TCP_KEEPALIVE, TRACE_CONTEXT};
use super::value::Value::{Duration, Enum, Flag, List, Map, Number, Of, Text};
use super::value::{EnumWords, INT32, INT64, Message, UINT32};

pub(in crate::resource) static PROXY_CONFIG: Message = Message(&[
    ("configPath", Text),
    ("binaryPath", Text),
    ("serviceCluster", Text),
    ("tracingServiceName", Enum(&TRACING_SERVICE_NAME)),
    ("drainDuration", Duration),
    ("discoveryAddress", Text),
    ("discoveryRefreshDelay", Duration),
    ("zipkinAddress", Text),
    ("statsdUdpAddress", Text),
    ("envoyMetricsServiceAddress", Text),
    ("proxyAdminPort", INT32),
    ("availabilityZone", Text),
    ("controlPlaneAuthPolicy", Enum(&AUTHENTICATION_POLICY)),
    ("customConfigFile", Text),
    ("statNameLength", INT32),
    ("concurrency", INT32),
    ("proxyBootstrapTemplatePath", Text),
    ("interceptionMode", Enum(&INTERCEPTION_MODE)),
    ("tracing", Of(&TRACING)),
    ("sds", Of(&SDS)),
    ("envoyAccessLogService", Of(&REMOTE_SERVICE)),
    ("envoyMetricsService", Of(&REMOTE_SERVICE)),
    ("proxyMetadata", Map(&Text)),
    ("runtimeValues", Map(&Text)),
    ("statusPort", INT32),
    ("extraStatTags", List(&Text)),
    ("gatewayTopology", Of(&TOPOLOGY)),
    ("terminationDrainDuration", Duration),
    ("meshId", Text),
    ("readinessProbe", Of(&READINESS_PROBE)),
    ("proxyStatsMatcher", Of(&STATS_MATCHER)),
    ("holdApplicationUntilProxyStarts", Flag),
    ("caCertificatesPem", List(&Text)),
    ("image", Of(&PROXY_IMAGE)),
    ("privateKeyProvider", Of(&PRIVATE_KEY_PROVIDER)),
    ("proxyHeaders", Of(&PROXY_HEADERS)),
    ("fileFlushInterval", Duration),
    ("fileFlushMinSizeKb", UINT32),
    ("statsCompression", Flag),
]);

static TRACING_SERVICE_NAME: EnumWords =
    &[("APP_LABEL_AND_NAMESPACE", 0), ("CANONICAL_NAME_ONLY", 1), ("CANONICAL_NAME_AND_NAMESPACE", 2)];

static AUTHENTICATION_POLICY: EnumWords = &[("NONE", 0), ("MUTUAL_TLS", 1), ("INHERIT", 1000)];

static INTERCEPTION_MODE: EnumWords = &[("REDIRECT", 0), ("TPROXY", 1), ("NONE", 2)];

static TRACING: Message = Message(&[
    ("zipkin", Of(&TRACING_ZIPKIN)),
    ("lightstep", Of(&TRACING_LIGHTSTEP)),
    ("datadog", Of(&TRACING_DATADOG)),
    ("stackdriver", Of(&TRACING_STACKDRIVER)),
    ("openCensusAgent", Of(&TRACING_OPEN_CENSUS_AGENT)),
    ("customTags", Map(&Of(&CUSTOM_TAG))),
    ("maxPathTagLength", UINT32),
    ("sampling", Number),
    ("tlsSettings", Of(&CLIENT_TLS)),
    ("enableIstioTags", Flag),
]);

static TRACING_ZIPKIN: Message = Message(&[("address", Text)]);

static TRACING_LIGHTSTEP: Message = Message(&[("address", Text), ("accessToken", Text)]);

static TRACING_DATADOG: Message = Message(&[("address", Text)]);

static TRACING_STACKDRIVER: Message = Message(&[
    ("debug", Flag),
    ("maxNumberOfAttributes", INT64),
    ("maxNumberOfAnnotations", INT64),
    ("maxNumberOfMessageEvents", INT64),
]);

static TRACING_OPEN_CENSUS_AGENT: Message = Message(&[("address", Text), ("context", List(&Enum(&TRACE_CONTEXT)))]);

static CUSTOM_TAG: Message = Message(&[
    ("literal", Of(&TRACING_LITERAL)),
    ("environment", Of(&TRACING_ENVIRONMENT)),
    ("header", Of(&TRACING_REQUEST_HEADER)),
]);

static TRACING_LITERAL: Message = Message(&[("value", Text)]);

static TRACING_ENVIRONMENT: Message = Message(&[("name", Text), ("defaultValue", Text)]);

static TRACING_REQUEST_HEADER: Message = Message(&[("name", Text), ("defaultValue", Text)]);

static SDS: Message = Message(&[("enabled", Flag), ("k8sSaJwtPath", Text)]);

static REMOTE_SERVICE: Message =
    Message(&[("address", Text), ("tlsSettings", Of(&CLIENT_TLS)), ("tcpKeepalive", Of(&TCP_KEEPALIVE))]);

static TOPOLOGY: Message = Message(&[
    ("numTrustedProxies", UINT32),
    ("forwardClientCertDetails", Enum(&FORWARD_CLIENT_CERT_DETAILS)),
    ("proxyProtocol", Of(&PROXY_PROTOCOL)),
]);

static FORWARD_CLIENT_CERT_DETAILS: EnumWords = &[
    ("UNDEFINED", 0),
    ("SANITIZE", 1),
    ("FORWARD_ONLY", 2),
    ("APPEND_FORWARD", 3),
    ("SANITIZE_SET", 4),
    ("ALWAYS_FORWARD_ONLY", 5),
];

static PROXY_PROTOCOL: Message = Message(&[]);

static READINESS_PROBE: Message = Message(&[
    ("initialDelaySeconds", INT32),
    ("timeoutSeconds", INT32),
    ("periodSeconds", INT32),
    ("successThreshold", INT32),
    ("failureThreshold", INT32),
    ("httpGet", Of(&HTTP_HEALTH_CHECK)),
    ("tcpSocket", Of(&TCP_HEALTH_CHECK)),
    ("exec", Of(&EXEC_HEALTH_CHECK)),
    ("grpc", Of(&GRPC_HEALTH_CHECK)),
]);

static HTTP_HEALTH_CHECK: Message = Message(&[
    ("path", Text),
    ("port", UINT32),
    ("host", Text),
    ("scheme", Text),
    ("httpHeaders", List(&Of(&PROBE_HEADER))),
]);

static PROBE_HEADER: Message = Message(&[("name", Text), ("value", Text)]);

static TCP_HEALTH_CHECK: Message = Message(&[("host", Text), ("port", UINT32)]);

static EXEC_HEALTH_CHECK: Message = Message(&[("command", List(&Text))]);

static GRPC_HEALTH_CHECK: Message = Message(&[("port", UINT32), ("service", Text)]);

static STATS_MATCHER: Message = Message(&[
    ("inclusionPrefixes", List(&Text)),
    ("inclusionSuffixes", List(&Text)),
    ("inclusionRegexps", List(&Text)),
]);

static PROXY_IMAGE: Message = Message(&[("imageType", Text)]);

static PRIVATE_KEY_PROVIDER: Message =
    Message(&[("cryptomb", Of(&PRIVATE_KEY_PROVIDER_CRYPTO_MB)), ("qat", Of(&PRIVATE_KEY_PROVIDER_QAT))]);

static PRIVATE_KEY_PROVIDER_CRYPTO_MB: Message = Message(&[("pollDelay", Duration), ("fallback", Flag)]);

static PRIVATE_KEY_PROVIDER_QAT: Message = Message(&[("pollDelay", Duration), ("fallback", Flag)]);

static PROXY_HEADERS: Message = Message(&[
    ("forwardedClientCert", Enum(&FORWARD_CLIENT_CERT_DETAILS)),
    ("setCurrentClientCertDetails", Of(&CLIENT_CERT_DETAILS)),
    ("requestId", Of(&DISABLED)),
    ("server", Of(&SERVER_HEADER)),
    ("attemptCount", Of(&DISABLED)),
    ("envoyDebugHeaders", Of(&DISABLED)),
    ("metadataExchangeHeaders", Of(&METADATA_EXCHANGE)),
    ("preserveHttp1HeaderCase", Flag),
    ("xForwardedHost", Of(&ENABLED)),
    ("xForwardedPort", Of(&ENABLED)),
]);

static CLIENT_CERT_DETAILS: Message =
    Message(&[("subject", Flag), ("cert", Flag), ("chain", Flag), ("dns", Flag), ("uri", Flag)]);

static DISABLED: Message = Message(&[("disabled", Flag)]);

static SERVER_HEADER: Message = Message(&[("disabled", Flag), ("value", Text)]);

static METADATA_EXCHANGE: Message = Message(&[("mode", Enum(&METADATA_EXCHANGE_MODE))]);

static METADATA_EXCHANGE_MODE: EnumWords = &[("UNDEFINED", 0), ("IN_MESH", 1)];

static ENABLED: Message = Message(&[("enabled", Flag)]);
