//! `MeshConfig.ExtensionProvider` (`mesh/v1alpha1/config.proto` of istio/api).

use super::shared::TRACE_CONTEXT;
use super::value::Value::{Duration, Enum, Flag, List, Map, Of, Struct, Text};
use super::value::{EnumWords, INT32, INT64, Message, UINT32};

pub(super) static EXTENSION_PROVIDER: Message = Message(&[
    ("name", Text),
    ("envoyExtAuthzHttp", Of(&AUTHORIZATION_HTTP)),
    ("envoyExtAuthzGrpc", Of(&AUTHORIZATION_GRPC)),
    ("zipkin", Of(&ZIPKIN)),
    ("lightstep", Of(&LIGHTSTEP)),
    ("datadog", Of(&DATADOG)),
    ("stackdriver", Of(&STACKDRIVER)),
    ("opencensus", Of(&OPEN_CENSUS)),
    ("skywalking", Of(&SKYWALKING)),
    ("opentelemetry", Of(&OPEN_TELEMETRY)),
    ("prometheus", Of(&EMPTY)),
    ("envoyFileAccessLog", Of(&FILE_LOG)),
    ("envoyHttpAls", Of(&HTTP_GRPC_LOG)),
    ("envoyTcpAls", Of(&TCP_GRPC_LOG)),
    ("envoyOtelAls", Of(&OPEN_TELEMETRY_LOG)),
    ("sds", Of(&SDS_PROVIDER)),
]);

static AUTHORIZATION_HTTP: Message = Message(&[
    ("service", Text),
    ("port", UINT32),
    ("timeout", Duration),
    ("pathPrefix", Text),
    ("failOpen", Flag),
    ("clearRouteCache", Flag),
    ("statusOnError", Text),
    ("includeHeadersInCheck", List(&Text)),
    ("includeRequestHeadersInCheck", List(&Text)),
    ("includeAdditionalHeadersInCheck", Map(&Text)),
    ("includeRequestBodyInCheck", Of(&AUTHORIZATION_BODY)),
    ("headersToUpstreamOnAllow", List(&Text)),
    ("headersToDownstreamOnDeny", List(&Text)),
    ("headersToDownstreamOnAllow", List(&Text)),
]);

static AUTHORIZATION_BODY: Message =
    Message(&[("maxRequestBytes", UINT32), ("allowPartialMessage", Flag), ("packAsBytes", Flag)]);

static AUTHORIZATION_GRPC: Message = Message(&[
    ("service", Text),
    ("port", UINT32),
    ("timeout", Duration),
    ("failOpen", Flag),
    ("clearRouteCache", Flag),
    ("statusOnError", Text),
    ("includeRequestBodyInCheck", Of(&AUTHORIZATION_BODY)),
]);

static ZIPKIN: Message = Message(&[
    ("service", Text),
    ("port", UINT32),
    ("maxTagLength", UINT32),
    ("enable64bitTraceId", Flag),
    ("path", Text),
    ("traceContextOption", Enum(&ZIPKIN_TRACE_CONTEXT)),
    ("timeout", Duration),
    ("headers", List(&Of(&PROVIDER_HEADER))),
]);

static ZIPKIN_TRACE_CONTEXT: EnumWords = &[("USE_B3", 0), ("USE_B3_WITH_W3C_PROPAGATION", 1)];

static PROVIDER_HEADER: Message = Message(&[("name", Text), ("value", Text), ("envName", Text)]);

static LIGHTSTEP: Message =
    Message(&[("service", Text), ("port", UINT32), ("accessToken", Text), ("maxTagLength", UINT32)]);

static DATADOG: Message = Message(&[("service", Text), ("port", UINT32), ("maxTagLength", UINT32)]);

static STACKDRIVER: Message = Message(&[
    ("debug", Flag),
    ("maxNumberOfAttributes", INT64),
    ("maxNumberOfAnnotations", INT64),
    ("maxNumberOfMessageEvents", INT64),
    ("maxTagLength", UINT32),
    ("logging", Of(&STACKDRIVER_LOGGING)),
]);

static STACKDRIVER_LOGGING: Message = Message(&[("labels", Map(&Text))]);

static OPEN_CENSUS: Message =
    Message(&[("service", Text), ("port", UINT32), ("context", List(&Enum(&TRACE_CONTEXT))), ("maxTagLength", UINT32)]);

static SKYWALKING: Message = Message(&[("service", Text), ("port", UINT32), ("accessToken", Text)]);

static OPEN_TELEMETRY: Message = Message(&[
    ("service", Text),
    ("port", UINT32),
    ("maxTagLength", UINT32),
    ("http", Of(&HTTP_SERVICE)),
    ("grpc", Of(&GRPC_SERVICE)),
    ("resourceDetectors", Of(&RESOURCE_DETECTORS)),
    ("serviceAttributeEnrichment", Enum(&SERVICE_ATTRIBUTE_ENRICHMENT)),
    ("dynatraceSampler", Of(&DYNATRACE_SAMPLER)),
]);

static HTTP_SERVICE: Message =
    Message(&[("path", Text), ("timeout", Duration), ("headers", List(&Of(&PROVIDER_HEADER)))]);

static GRPC_SERVICE: Message = Message(&[("timeout", Duration), ("initialMetadata", List(&Of(&PROVIDER_HEADER)))]);

static RESOURCE_DETECTORS: Message = Message(&[("environment", Of(&EMPTY)), ("dynatrace", Of(&EMPTY))]);

static EMPTY: Message = Message(&[]);

static SERVICE_ATTRIBUTE_ENRICHMENT: EnumWords = &[("ISTIO_CANONICAL", 0), ("OTEL_SEMANTIC_CONVENTIONS", 1)];

static DYNATRACE_SAMPLER: Message = Message(&[
    ("tenant", Text),
    ("clusterId", INT32),
    ("rootSpansPerMinute", UINT32),
    ("httpService", Of(&DYNATRACE_API)),
]);

static DYNATRACE_API: Message = Message(&[("service", Text), ("port", UINT32), ("http", Of(&HTTP_SERVICE))]);

static FILE_LOG: Message = Message(&[("path", Text), ("logFormat", Of(&LOG_FORMAT)), ("omitEmptyValues", Flag)]);

static LOG_FORMAT: Message = Message(&[("text", Text), ("labels", Struct)]);

static HTTP_GRPC_LOG: Message = Message(&[
    ("service", Text),
    ("port", UINT32),
    ("logName", Text),
    ("filterStateObjectsToLog", List(&Text)),
    ("additionalRequestHeadersToLog", List(&Text)),
    ("additionalResponseHeadersToLog", List(&Text)),
    ("additionalResponseTrailersToLog", List(&Text)),
]);

static TCP_GRPC_LOG: Message =
    Message(&[("service", Text), ("port", UINT32), ("logName", Text), ("filterStateObjectsToLog", List(&Text))]);

static OPEN_TELEMETRY_LOG: Message =
    Message(&[("service", Text), ("port", UINT32), ("logName", Text), ("logFormat", Of(&LOG_FORMAT))]);

static SDS_PROVIDER: Message = Message(&[("name", Text), ("service", Text), ("port", UINT32)]);
