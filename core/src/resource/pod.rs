//! What a pod says about its data plane: the labels, annotations and fields that Istio's injector, its CNI plugin and ztunnel
//! read.

use super::capture::CaptureSettings;
use super::gateway_role::{self, GatewayRole};
use super::injected_pod::{self, InjectedPod};
use super::overrides;
use super::pod_parts::{Parts, STATUS, has_image, said, variable};
use super::pod_proxy_config::{OwnProxySettings, PodProxyConfig};
use super::proxy_ids::{self, RunAs};
use super::proxy_variables::DNS_CAPTURE;
use super::read::{is_true, word};
use super::templates::Templates;
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::Node;

/// Whether a pod gets a sidecar: a label, and an annotation of the same name.
const INJECT: &str = "sidecar.istio.io/inject";
/// The control plane that a pod asks for.
const REVISION: &str = "istio.io/rev";
/// Whether ztunnel captures a pod.
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// What the controller of Kubernetes' Gateway API writes on the pods that it makes, gateways and waypoints alike
/// (`manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml` and `waypoint.yaml`).
const MADE_FOR_GATEWAY: &str = "gateway.networking.k8s.io/gateway-name";

/// Annotations that change what is captured, or which proxy runs, in ways that are not followed.
const NOT_FOLLOWED: [&str; 5] = [
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/discoveryAddress",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
    "istio.io/reroute-virtual-interfaces",
];

/// What a pod says about its data plane.
#[derive(Debug, Clone)]
pub struct PodSettings {
    /// About a sidecar.
    pub sidecar: PodSidecar,
    /// About the proxy of a gateway.
    pub gateway: GatewayRole,
    /// What it asks of the injector.
    pub request: InjectionRequest,
    /// What is in force in it, if it was injected already.
    pub injected: Option<InjectedPod>,
    /// Whether injection may still add the label of mutual TLS (`injection-template.yaml` adds it, and
    /// `gateway-injection-template.yaml` does not).
    pub may_get_tls_mode: bool,
    /// `istio.io/dataplane-mode`.
    pub dataplane_mode: Option<Spanned<String>>,
    /// Where it says that it runs in the network of its node.
    pub on_host_network: Option<Span>,
    /// Where it says that it was injected.
    pub status: Option<Span>,
    /// What its sidecar is to capture.
    pub capture: CaptureSettings,
    /// What its containers run as.
    pub run_as: Vec<RunAs>,
    /// Whether its sidecar is to answer DNS.
    pub dns_capture: Option<Spanned<bool>>,
    /// What it says about its proxy, whatever that is.
    pub proxy: OwnProxySettings,
    /// `ambient.istio.io/dns-capture`: whether ztunnel answers its DNS.
    pub ambient_dns_capture: Option<Spanned<bool>>,
}

/// What a pod says about its sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodSidecar {
    /// The injector decides, by what the pod asks for and by its namespace.
    ByInjector,
    /// It has one.
    Present,
    /// It gets none, or was made without one.
    Never,
    /// It is a proxy itself: a gateway, a waypoint or ztunnel. It forwards, and makes no requests of its own.
    IsProxy,
}

/// What a pod asks of the injector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InjectionRequest {
    /// The label `sidecar.istio.io/inject`: the webhooks select by it, and it wins over the annotation.
    pub label: Option<String>,
    /// The annotation of the same name, which only the injector reads.
    pub annotation: Option<String>,
    /// The label `istio.io/rev`.
    pub revision: Option<String>,
}

impl InjectionRequest {
    /// What the injector reads of the two (`pkg/kube/inject/inject.go`, `injectRequired`); nothing for other words.
    pub fn asks(&self) -> Option<bool> {
        match self.label.as_ref().or(self.annotation.as_ref()).map(String::as_str) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        }
    }
}

/// Reads the metadata and the spec of a pod.
pub(super) fn read(metadata: Option<&Node>, spec: Option<&Node>, sources: &SourceMap) -> PodSettings {
    let parts = Parts::of(metadata, spec);
    let Parts { labels, annotations, .. } = parts;
    let known = |node: Option<&Node>, key| node.and_then(|node| word(node, key));
    let words = |node: Option<&Node>, key| known(node, key).map(|word| word.value);
    let request = InjectionRequest {
        label: words(labels, INJECT),
        annotation: words(annotations, INJECT),
        revision: words(labels, REVISION),
    };
    let templates = Templates::read(annotations);
    let config = PodProxyConfig::read(parts, sources);
    let sidecar = sidecar(parts, &request, &templates);
    let proxy = parts.proxy();
    // What nobody has made yet, and has no trace of injection, is only an addition to what the injector writes.
    let redirects = parts.redirecting().is_some_and(has_image);
    let was_injected = parts.is_made() || parts.annotation(STATUS).is_some() || redirects;
    let run_as = proxy_ids::of_containers(parts);
    let injected = (sidecar == PodSidecar::Present && was_injected)
        .then(|| injected_pod::read(parts, proxy, &templates, config.dns_capture.as_ref(), sources));
    let injected = injected.map(|mut injected| {
        let ids = proxy_ids::of_redirecting(parts.redirecting());
        let as_the_proxy = run_as.iter().filter(|own| ids.contains(&own.id));
        injected.capture.not_followed.extend(as_the_proxy.map(|own| own.called.clone()));
        injected
    });
    let own = proxy.and_then(|proxy| variable(proxy, DNS_CAPTURE)).and_then(|own| is_true(own, "value"));
    PodSettings {
        may_get_tls_mode: may_get_tls_mode(sidecar, &templates),
        gateway: gateway_role::read(parts, &templates, is_made_for_gateway(parts)),
        sidecar,
        request,
        injected,
        dataplane_mode: known(labels, DATAPLANE_MODE),
        on_host_network: parts.is_on_host_network().map(|on_host| on_host.span),
        status: known(annotations, STATUS).map(|status| status.span),
        capture: capture(parts, &config, &templates, sources),
        run_as,
        dns_capture: own.or(config.dns_capture),
        proxy: config.own,
        ambient_dns_capture: annotations.and_then(|annotations| is_true(annotations, "ambient.istio.io/dns-capture")),
    }
}

/// What the sidecar is to capture of a pod that is not injected yet.
fn capture(parts: Parts<'_>, config: &PodProxyConfig, templates: &Templates, sources: &SourceMap) -> CaptureSettings {
    if let Templates::WithoutProxy(place) = templates {
        return CaptureSettings::nothing_is_captured(place.clone());
    }
    let mut capture = CaptureSettings::of_annotations(parts.annotations);
    capture.with_configured_mode(config.interception_mode.as_ref());
    capture.not_followed.extend(config.not_followed.iter().cloned());
    let annotations = NOT_FOLLOWED.iter().filter_map(|key| parts.annotation(key));
    capture.not_followed.extend(annotations.map(|entry| said(entry, &entry.key)));
    capture.not_followed.extend(templates.not_followed());
    capture.pod_templates = templates.beside_sidecar();
    capture.not_followed.extend(overrides::not_followed(parts, sources));
    capture
}

fn sidecar(parts: Parts<'_>, request: &InjectionRequest, templates: &Templates) -> PodSidecar {
    let proxy = parts.proxy();
    let is_role = |roles: &[&str]| proxy.is_some_and(|proxy| has_argument(proxy, roles));
    if matches!(templates, Templates::Gateway { .. })
        || is_role(&["router", "waypoint", "ztunnel"])
        || is_made_for_gateway(parts)
    {
        return PodSidecar::IsProxy;
    }
    if parts.is_on_host_network().is_some() {
        return PodSidecar::Never;
    }
    let is_forbidden = request.asks() == Some(false);
    let has_status = parts.annotation(STATUS).is_some();
    let runs = is_role(&["sidecar"]) || proxy.is_some_and(has_image);
    match () {
        () if runs && (!is_forbidden || has_status) => PodSidecar::Present,
        () if is_forbidden => PodSidecar::Never,
        // Injection is over: such a pod was made before it was asked for, and gets no sidecar until it is made again.
        () if parts.is_made() => {
            if has_status {
                PodSidecar::Present
            } else {
                PodSidecar::Never
            }
        }
        () => PodSidecar::ByInjector,
    }
}

fn is_made_for_gateway(parts: Parts<'_>) -> bool {
    parts.labels.is_some_and(|labels| labels.given(MADE_FOR_GATEWAY).is_some())
}

fn may_get_tls_mode(sidecar: PodSidecar, templates: &Templates) -> bool {
    match sidecar {
        PodSidecar::Never => false,
        PodSidecar::IsProxy => matches!(templates, Templates::Gateway { alone: false }),
        PodSidecar::ByInjector | PodSidecar::Present => true,
    }
}

fn has_argument(container: &Node, wanted: &[&str]) -> bool {
    let args = container.given("args").map(Node::items).unwrap_or_default();
    args.iter().filter_map(Node::text).any(|arg| wanted.contains(&arg))
}
