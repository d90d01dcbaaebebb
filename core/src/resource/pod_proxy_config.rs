//! The proxy config that a pod has in an annotation, and in variables of its proxy.

use super::ChangedHeaders;
use super::capture::Setting;
use super::pod_parts::{PROXY_CONFIG, Parts, said, variable};
use super::protobuf;
use super::proxy_variables::{self, DNS_CAPTURE};
use super::read::{is_true, word};
use crate::diagnostic::Report;
use crate::source::{SourceMap, Spanned};
use crate::syntax::{Entry, Node, embedded};

/// The variable of a proxy that cannot bind to ports below 1024 (`IsUnprivileged` of `pilot/pkg/model/context.go`).
const UNPRIVILEGED: &str = "ISTIO_META_UNPRIVILEGED_POD";

/// What an annotation says about a sidecar.
#[derive(Debug, Default)]
pub(super) struct PodProxyConfig {
    pub(super) interception_mode: Option<Setting>,
    pub(super) dns_capture: Option<Spanned<bool>>,
    pub(super) not_followed: Vec<Spanned<String>>,
    pub(super) own: OwnProxySettings,
}

/// What a pod says about its proxy, whether that is a sidecar or a gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnProxySettings {
    /// Headers that it treats otherwise than proxies do by themselves.
    pub changed_headers: ChangedHeaders,
    /// `gatewayTopology.proxyProtocol`: a gateway wants the PROXY protocol before anything else.
    pub proxy_protocol: Option<Spanned<String>>,
    /// Whether a gateway has no listeners on ports below 1024.
    pub is_unprivileged: bool,
}

impl PodProxyConfig {
    pub(super) fn read(parts: Parts<'_>, sources: &SourceMap) -> Self {
        let mut read = match parts.annotation(PROXY_CONFIG) {
            Some(entry) => Self::of_annotation(entry, sources),
            None => Self::default(),
        };
        let of_proxy = parts.proxy().and_then(|proxy| variable(proxy, UNPRIVILEGED));
        read.own.is_unprivileged |= of_proxy.and_then(|of| is_true(of, "value")).is_some_and(|fact| fact.value);
        read
    }

    fn of_annotation(entry: &Entry, sources: &SourceMap) -> Self {
        let mut problems = Report::default();
        let config = embedded(entry, sources, &mut problems);
        let refused = || Self { not_followed: vec![said(entry, PROXY_CONFIG)], ..Self::default() };
        if problems.has_errors() {
            return refused();
        }
        let Some(config) = config else { return Self::default() };
        // As Istio reads it (`ApplyProxyConfig` of `pkg/config/mesh/mesh.go`); it refuses a pod whose config it cannot read.
        let Ok(config) = protobuf::read(&protobuf::PROXY_CONFIG, &config) else { return refused() };
        let variables = config.given("proxyMetadata");
        // Istio refuses a pod whose proxy config it cannot read, such as one with a variable that is no text.
        let is_text = |entry: &Entry| entry.value.text().is_some();
        let capture = variables.and_then(|variables| variables.given(DNS_CAPTURE));
        let is_readable = variables.map(Node::entries).unwrap_or_default().iter().all(is_text)
            && capture.is_none_or(|_| variables.is_some_and(|variables| is_true(variables, DNS_CAPTURE).is_some()));
        if !is_readable {
            return refused();
        }
        let mut not_followed = proxy_variables::not_followed(variables, "the pod");
        let changes = config.entries().iter().filter(|entry| &*entry.key == "discoveryAddress");
        not_followed.extend(changes.map(|entry| said(entry, &format!("{PROXY_CONFIG}: discoveryAddress"))));
        let protocol = config.given("gatewayTopology").and_then(|topology| topology.given("proxyProtocol"));
        Self {
            interception_mode: word(&config, "interceptionMode")
                .map(|mode| Setting::new(&format!("{PROXY_CONFIG}: interceptionMode"), mode, "the pod")),
            dns_capture: variables.and_then(|variables| is_true(variables, DNS_CAPTURE)),
            not_followed,
            own: OwnProxySettings {
                changed_headers: ChangedHeaders::of_proxy_config(&config),
                proxy_protocol: protocol
                    .map(|node| Spanned::new(format!("`{PROXY_CONFIG}: gatewayTopology.proxyProtocol`"), node.span)),
                is_unprivileged: variables
                    .and_then(|variables| is_true(variables, UNPRIVILEGED))
                    .is_some_and(|fact| fact.value),
            },
        }
    }
}
