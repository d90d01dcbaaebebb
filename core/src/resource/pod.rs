//! What a pod says about its data plane: the labels, annotations and fields that Istio's injector, its CNI plugin and ztunnel
//! read.

use super::CaptureSettings;
use super::read::{is_true, word};
use crate::diagnostic::Report;
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::{Entry, Node, NodeKind, embedded};

/// Whether a pod gets a sidecar. As a label it decides; as an annotation it can only say no where the namespace says
/// nothing (`pkg/kube/inject/inject.go`, `injectRequired`, and the webhook's selectors).
const INJECT: &str = "sidecar.istio.io/inject";
/// The templates that injection uses; `gateway` makes a gateway of the pod.
const TEMPLATES: &str = "inject.istio.io/templates";
/// The control plane that a pod asks for.
const REVISION: &str = "istio.io/rev";
/// Whether ztunnel captures a pod.
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// What the injector writes when it has injected; ztunnel leaves such a pod alone (`cni/pkg/util/podutil.go`,
/// `podHasSidecar`).
const STATUS: &str = "sidecar.istio.io/status";
/// What the controller of Kubernetes' Gateway API writes on the pods that it makes, gateways and waypoints alike
/// (`manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml` and `waypoint.yaml`).
const MADE_FOR_GATEWAY: &str = "gateway.networking.k8s.io/gateway-name";
/// The proxy's container, in what was injected already and in gateways written by hand.
const PROXY: &str = "istio-proxy";
/// The containers that redirect traffic to it, or check that it is redirected.
const REDIRECTING: [Option<&str>; 2] = [Some("istio-init"), Some("istio-validation")];
/// The part of a mesh config that one pod overrides.
const PROXY_CONFIG: &str = "proxy.istio.io/config";
/// The variable that makes a sidecar answer DNS.
pub(super) const DNS_CAPTURE: &str = "ISTIO_META_DNS_CAPTURE";
/// The user and group of the proxy, whose traffic is never captured (`tools/istio-iptables/pkg/capture/run.go`).
const PROXY_ID: i64 = 1337;

/// Annotations that change what is captured, or which proxy runs, in ways that are not followed.
const NOT_FOLLOWED: [&str; 5] = [
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/discoveryAddress",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
    "istio.io/reroute-virtual-interfaces",
];
/// Variables of `proxyMetadata` of the same kind (`tools/istio-iptables/pkg/config`, `pilot/pkg/features`).
const VARIABLES_NOT_FOLLOWED: [&str; 3] =
    ["ISTIO_OUTBOUND_OWNER_GROUPS", "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", "DISABLE_ENVOY"];

/// What a pod says about its data plane.
#[derive(Debug, Clone)]
pub struct PodSettings {
    /// About a sidecar.
    pub sidecar: PodSidecar,
    /// Whether injection may still add the label of mutual TLS (`injection-template.yaml` adds it, and
    /// `gateway-injection-template.yaml` does not).
    pub may_get_tls_mode: bool,
    /// The revision of Istio that it asks for.
    pub revision: Option<Spanned<String>>,
    /// `istio.io/dataplane-mode`.
    pub dataplane_mode: Option<Spanned<String>>,
    /// Where it says that it runs in the network of its node.
    pub on_host_network: Option<Span>,
    /// Where it says that it was injected.
    pub status: Option<Span>,
    /// What its sidecar captures.
    pub capture: CaptureSettings,
    /// Whether its sidecar answers DNS.
    pub dns_capture: Option<Spanned<bool>>,
    /// `ambient.istio.io/dns-capture`: whether ztunnel answers its DNS.
    pub ambient_dns_capture: Option<Spanned<bool>>,
}

/// What a pod says about its sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodSidecar {
    /// Its namespace decides.
    AsNamespace,
    /// It gets one unless its namespace forbids it.
    Wanted,
    /// It has one.
    Present,
    /// It gets none.
    Never,
    /// It is a proxy itself: a gateway, a waypoint or ztunnel. It forwards, and makes no requests of its own.
    IsProxy,
}

/// Reads the metadata and the spec of a pod.
pub(super) fn read(metadata: Option<&Node>, spec: Option<&Node>, sources: &SourceMap) -> PodSettings {
    let labels = metadata.and_then(|metadata| metadata.given("labels"));
    let annotations = metadata.and_then(|metadata| metadata.given("annotations"));
    let config = annotations.and_then(|annotations| proxy_config(annotations, sources));
    let mut capture = CaptureSettings::of_annotations(annotations);
    let known = |node: Option<&Node>, key| node.and_then(|node| word(node, key));
    let mut dns_capture = None;
    match &config {
        Some(Ok(config)) => {
            capture.interception_mode = capture.interception_mode.or_else(|| word(config, "interceptionMode"));
            let variables = config.given("proxyMetadata");
            dns_capture = variables.and_then(|variables| is_true(variables, DNS_CAPTURE));
            let changes = config.entries().iter().filter(|entry| &*entry.key == "discoveryAddress");
            capture.not_followed.extend(changes.map(|entry| said(entry, &format!("{PROXY_CONFIG}: discoveryAddress"))));
            let variables = variables.map(Node::entries).unwrap_or_default().iter();
            let changes = variables.filter(|entry| VARIABLES_NOT_FOLLOWED.contains(&&*entry.key));
            capture.not_followed.extend(changes.map(|entry| said(entry, &entry.key)));
        }
        Some(Err(broken)) => capture.not_followed.push(broken.clone()),
        None => {}
    }
    let entries = annotations.map(Node::entries).unwrap_or_default().iter();
    let changes = entries.filter(|entry| NOT_FOLLOWED.contains(&&*entry.key));
    capture.not_followed.extend(changes.map(|entry| said(entry, &entry.key)));
    let proxy = spec.into_iter().flat_map(containers).find(|container| is_proxy(container));
    if let Some(variables) = proxy.and_then(|proxy| proxy.given("env")) {
        let own = variables.items().iter().find(|each| each.given("name").and_then(Node::text) == Some(DNS_CAPTURE));
        dns_capture = own.and_then(|own| is_true(own, "value")).or(dns_capture);
    }
    let mut started = spec.into_iter().flat_map(containers);
    if let Some(redirecting) = started.find(|each| REDIRECTING.contains(&each.given("name").and_then(Node::text))) {
        capture = CaptureSettings::of_arguments(redirecting).or(&capture);
    }
    capture.not_followed.extend(spec.into_iter().flat_map(as_the_proxy));
    let sidecar = sidecar(annotations, spec, labels);
    PodSettings {
        may_get_tls_mode: may_get_tls_mode(annotations, sidecar),
        sidecar,
        revision: known(labels, REVISION).filter(|revision| !revision.is_empty()),
        dataplane_mode: known(labels, DATAPLANE_MODE),
        on_host_network: spec
            .and_then(|spec| spec.given("hostNetwork"))
            .filter(|on_host| on_host.kind == NodeKind::Bool(true))
            .map(|on_host| on_host.span),
        status: known(annotations, STATUS).map(|status| status.span),
        capture,
        dns_capture,
        ambient_dns_capture: annotations.and_then(|annotations| is_true(annotations, "ambient.istio.io/dns-capture")),
    }
}

/// The proxy config in an annotation; `Err` where it cannot be read, so that Istio refuses the pod.
fn proxy_config(annotations: &Node, sources: &SourceMap) -> Option<Result<Node, Spanned<String>>> {
    let entry = annotations.entries().iter().find(|entry| &*entry.key == PROXY_CONFIG)?;
    let mut problems = Report::default();
    match embedded(entry, sources, &mut problems) {
        Some(config) if !problems.has_errors() => Some(Ok(config)),
        None if !problems.has_errors() => None,
        _ => Some(Err(said(entry, PROXY_CONFIG))),
    }
}

fn said(entry: &Entry, what: &str) -> Spanned<String> {
    Spanned::new(what.to_owned(), entry.key_span)
}

pub(super) fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    ["containers", "initContainers"].into_iter().filter_map(|key| spec.given(key)).flat_map(Node::items)
}

fn is_proxy(container: &Node) -> bool {
    container.given("name").and_then(Node::text) == Some(PROXY)
}

/// The containers that run as the proxy's user or group, so that their traffic is taken for the proxy's own.
fn as_the_proxy(spec: &Node) -> impl Iterator<Item = Spanned<String>> {
    let own = containers(spec).filter(|container| !is_proxy(container));
    let contexts = own.chain([spec]).filter_map(|holder| holder.given("securityContext"));
    let ids = contexts.flat_map(|context| {
        ["runAsUser", "runAsGroup"].into_iter().filter_map(move |key| Some((key, context.given(key)?)))
    });
    ids.filter(|(_, id)| id.kind == NodeKind::Integer(PROXY_ID))
        .map(|(key, id)| Spanned::new(format!("{key}: {PROXY_ID}"), id.span))
}

fn sidecar(annotations: Option<&Node>, spec: Option<&Node>, labels: Option<&Node>) -> PodSidecar {
    let annotation = |key: &str| annotations.and_then(|all| word(all, key));
    let label = |key: &str| labels.and_then(|labels| word(labels, key));
    let proxy = spec.into_iter().flat_map(containers).find(|container| is_proxy(container));
    let is_role = |roles: &[&str]| proxy.is_some_and(|proxy| has_argument(proxy, roles));
    if templates(annotations).iter().any(|name| name == "gateway")
        || is_role(&["router", "waypoint", "ztunnel"])
        || label(MADE_FOR_GATEWAY).is_some()
    {
        return PodSidecar::IsProxy;
    }
    if spec.and_then(|spec| spec.given("hostNetwork")).is_some_and(|on_host| on_host.kind == NodeKind::Bool(true)) {
        return PodSidecar::Never;
    }
    let (asked, written) = (label(INJECT), annotation(INJECT));
    let asked = asked.as_deref().map(String::as_str);
    let forbids = matches!((asked, written.as_deref().map(String::as_str)), (Some("false"), _) | (None, Some("false")));
    // Who customizes the sidecar writes its container without an image, or with `auto`; injection fills in the rest
    // (`pkg/kube/inject/webhook.go`, `reapplyOverwrittenContainers`).
    let has_image = |proxy: &Node| proxy.given("image").and_then(Node::text).is_some_and(|image| image != "auto");
    let runs = is_role(&["sidecar"]) || proxy.is_some_and(has_image);
    if runs && (!forbids || annotation(STATUS).is_some()) {
        return PodSidecar::Present;
    }
    match asked {
        _ if forbids => PodSidecar::Never,
        Some("true") => PodSidecar::Wanted,
        // The webhook for a revision selects a pod that asks for one, where the namespace says nothing.
        _ if label(REVISION).is_some() => PodSidecar::Wanted,
        _ => PodSidecar::AsNamespace,
    }
}

fn may_get_tls_mode(annotations: Option<&Node>, sidecar: PodSidecar) -> bool {
    match sidecar {
        PodSidecar::Never => false,
        PodSidecar::IsProxy => templates(annotations).iter().any(|name| name != "gateway"),
        PodSidecar::AsNamespace | PodSidecar::Wanted | PodSidecar::Present => true,
    }
}

fn templates(annotations: Option<&Node>) -> Vec<String> {
    let names = annotations.and_then(|all| word(all, TEMPLATES)).map(|names| names.value).unwrap_or_default();
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn has_argument(container: &Node, wanted: &[&str]) -> bool {
    let args = container.given("args").map(Node::items).unwrap_or_default();
    args.iter().filter_map(Node::text).any(|arg| wanted.contains(&arg))
}
