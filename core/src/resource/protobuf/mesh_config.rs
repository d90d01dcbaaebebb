//! `MeshConfig` (`mesh/v1alpha1/config.proto` of istio/api).

use super::extension_provider::EXTENSION_PROVIDER;
use super::proxy_config::PROXY_CONFIG;
use super::shared::{CLIENT_TLS, TCP_KEEPALIVE};
use super::value::Value::{Duration, Enum, Flag, List, Map, Of, Text};
use super::value::{EnumWords, INT32, Message, UINT32};

pub(in crate::resource) static MESH_CONFIG: Message = Message(&[
    ("proxyListenPort", INT32),
    ("proxyInboundListenPort", INT32),
    ("proxyHttpPort", INT32),
    ("connectTimeout", Duration),
    ("hboneIdleTimeout", Duration),
    ("protocolDetectionTimeout", Duration),
    ("tcpKeepalive", Of(&TCP_KEEPALIVE)),
    ("ingressClass", Text),
    ("ingressService", Text),
    ("ingressControllerMode", Enum(&INGRESS_CONTROLLER_MODE)),
    ("ingressSelector", Text),
    ("enableTracing", Flag),
    ("accessLogFile", Text),
    ("accessLogFormat", Text),
    ("accessLogEncoding", Enum(&ACCESS_LOG_ENCODING)),
    ("enableEnvoyAccessLogService", Flag),
    ("disableEnvoyListenerLog", Flag),
    ("defaultConfig", Of(&PROXY_CONFIG)),
    ("outboundTrafficPolicy", Of(&OUTBOUND_TRAFFIC_POLICY)),
    ("inboundTrafficPolicy", Of(&INBOUND_TRAFFIC_POLICY)),
    ("configSources", List(&Of(&CONFIG_SOURCE))),
    ("enableAutoMtls", Flag),
    ("trustDomain", Text),
    ("trustDomainAliases", List(&Text)),
    ("caCertificates", List(&Of(&CERTIFICATE_DATA))),
    ("defaultServiceExportTo", List(&Text)),
    ("defaultVirtualServiceExportTo", List(&Text)),
    ("defaultDestinationRuleExportTo", List(&Text)),
    ("rootNamespace", Text),
    ("localityLbSetting", Of(&LOCALITY_LOAD_BALANCER_SETTING)),
    ("dnsRefreshRate", Duration),
    ("h2UpgradePolicy", Enum(&H2_UPGRADE_POLICY)),
    ("inboundClusterStatName", Text),
    ("outboundClusterStatName", Text),
    ("certificates", List(&Of(&CERTIFICATE))),
    ("serviceSettings", List(&Of(&SERVICE_SETTINGS))),
    ("serviceScopeConfigs", List(&Of(&SERVICE_SCOPE_CONFIGS))),
    ("enablePrometheusMerge", Flag),
    ("verifyCertificateAtClient", Flag),
    ("ca", Of(&CA)),
    ("extensionProviders", List(&Of(&EXTENSION_PROVIDER))),
    ("defaultProviders", Of(&DEFAULT_PROVIDERS)),
    ("discoverySelectors", List(&Of(&LABEL_SELECTOR))),
    ("pathNormalization", Of(&PATH_NORMALIZATION)),
    ("defaultHttpRetryPolicy", Of(&HTTP_RETRY)),
    ("meshMTLS", Of(&MESH_TLS)),
    ("tlsDefaults", Of(&MESH_TLS)),
]);

static INGRESS_CONTROLLER_MODE: EnumWords = &[("UNSPECIFIED", 0), ("OFF", 1), ("DEFAULT", 2), ("STRICT", 3)];

static ACCESS_LOG_ENCODING: EnumWords = &[("TEXT", 0), ("JSON", 1)];

static OUTBOUND_TRAFFIC_POLICY: Message =
    Message(&[("mode", Enum(&OUTBOUND_TRAFFIC_POLICY_MODE)), ("tls", Of(&CLIENT_TLS))]);

static OUTBOUND_TRAFFIC_POLICY_MODE: EnumWords =
    &[("REGISTRY_ONLY", 0), ("ALLOW_ANY", 1), ("ALLOW_ANY_DYNAMIC_DNS", 3)];

static INBOUND_TRAFFIC_POLICY: Message = Message(&[("mode", Enum(&INBOUND_TRAFFIC_POLICY_MODE))]);

static INBOUND_TRAFFIC_POLICY_MODE: EnumWords = &[("PASSTHROUGH", 0), ("LOCALHOST", 1)];

static CONFIG_SOURCE: Message =
    Message(&[("address", Text), ("tlsSettings", Of(&CLIENT_TLS)), ("subscribedResources", List(&Enum(&RESOURCE)))]);

static RESOURCE: EnumWords = &[("SERVICE_REGISTRY", 0)];

static CERTIFICATE_DATA: Message =
    Message(&[("pem", Text), ("spiffeBundleUrl", Text), ("certSigners", List(&Text)), ("trustDomains", List(&Text))]);

static LOCALITY_LOAD_BALANCER_SETTING: Message = Message(&[
    ("distribute", List(&Of(&LOCALITY_LOAD_BALANCER_SETTING_DISTRIBUTE))),
    ("failover", List(&Of(&LOCALITY_LOAD_BALANCER_SETTING_FAILOVER))),
    ("failoverPriority", List(&Text)),
    ("enabled", Flag),
]);

static LOCALITY_LOAD_BALANCER_SETTING_DISTRIBUTE: Message = Message(&[("from", Text), ("to", Map(&UINT32))]);

static LOCALITY_LOAD_BALANCER_SETTING_FAILOVER: Message = Message(&[("from", Text), ("to", Text)]);

static H2_UPGRADE_POLICY: EnumWords = &[("DO_NOT_UPGRADE", 0), ("UPGRADE", 1)];

static CERTIFICATE: Message = Message(&[("secretName", Text), ("dnsNames", List(&Text))]);

static SERVICE_SETTINGS: Message = Message(&[("settings", Of(&SERVICE_SETTINGS_SETTINGS)), ("hosts", List(&Text))]);

static SERVICE_SETTINGS_SETTINGS: Message = Message(&[("clusterLocal", Flag)]);

static SERVICE_SCOPE_CONFIGS: Message = Message(&[
    ("namespaceSelector", Of(&LABEL_SELECTOR)),
    ("servicesSelector", Of(&LABEL_SELECTOR)),
    ("scope", Enum(&SERVICE_SCOPE_CONFIGS_SCOPE)),
]);

static LABEL_SELECTOR: Message =
    Message(&[("matchLabels", Map(&Text)), ("matchExpressions", List(&Of(&LABEL_SELECTOR_REQUIREMENT)))]);

static LABEL_SELECTOR_REQUIREMENT: Message = Message(&[("key", Text), ("operator", Text), ("values", List(&Text))]);

static SERVICE_SCOPE_CONFIGS_SCOPE: EnumWords = &[("LOCAL", 0), ("GLOBAL", 1)];

static CA: Message =
    Message(&[("address", Text), ("tlsSettings", Of(&CLIENT_TLS)), ("requestTimeout", Duration), ("istiodSide", Flag)]);

static DEFAULT_PROVIDERS: Message =
    Message(&[("tracing", List(&Text)), ("metrics", List(&Text)), ("accessLogging", List(&Text))]);

static PATH_NORMALIZATION: Message = Message(&[("normalization", Enum(&NORMALIZATION))]);

static NORMALIZATION: EnumWords =
    &[("DEFAULT", 0), ("NONE", 1), ("BASE", 2), ("MERGE_SLASHES", 3), ("DECODE_AND_MERGE_SLASHES", 4)];

static HTTP_RETRY: Message = Message(&[
    ("attempts", INT32),
    ("perTryTimeout", Duration),
    ("retryOn", Text),
    ("retryRemoteLocalities", Flag),
    ("retryIgnorePreviousHosts", Flag),
    ("backoff", Duration),
]);

static MESH_TLS: Message =
    Message(&[("minProtocolVersion", Enum(&TLS_PROTOCOL)), ("ecdhCurves", List(&Text)), ("cipherSuites", List(&Text))]);

static TLS_PROTOCOL: EnumWords = &[("TLS_AUTO", 0), ("TLSV1_2", 1), ("TLSV1_3", 2)];
