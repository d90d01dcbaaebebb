//! The parts of a pod that Istio writes and reads, and what they are called.

use crate::source::Spanned;
use crate::syntax::{Entry, Node, NodeKind};

/// What the injector writes when it has injected; ztunnel leaves such a pod alone (`cni/pkg/util/podutil.go`,
/// `podHasSidecar`).
pub(super) const STATUS: &str = "sidecar.istio.io/status";
/// The part of a mesh config that one pod overrides.
pub(super) const PROXY_CONFIG: &str = "proxy.istio.io/config";
/// The proxy's container, in what was injected already and in gateways written by hand.
const PROXY: &str = "istio-proxy";
/// The containers that redirect traffic to it, or check that it is redirected.
const REDIRECTING: [&str; 2] = ["istio-init", "istio-validation"];

/// The parts of a pod.
#[derive(Clone, Copy)]
pub(super) struct Parts<'n> {
    metadata: Option<&'n Node>,
    /// Its labels.
    pub(super) labels: Option<&'n Node>,
    /// Its annotations.
    pub(super) annotations: Option<&'n Node>,
    /// Its spec.
    pub(super) spec: Option<&'n Node>,
}

impl<'n> Parts<'n> {
    pub(super) fn of(metadata: Option<&'n Node>, spec: Option<&'n Node>) -> Self {
        let part = |key: &str| metadata.and_then(|metadata| metadata.given(key));
        Self { metadata, labels: part("labels"), annotations: part("annotations"), spec }
    }

    /// Whether it is a pod of the cluster, and not one that somebody wrote: the API server, or a controller, has made it.
    pub(super) fn is_made(self) -> bool {
        let has = |key: &str| self.metadata.is_some_and(|metadata| metadata.given(key).is_some());
        has("uid") || has("resourceVersion") || has("ownerReferences")
    }

    pub(super) fn is_on_host_network(self) -> Option<&'n Node> {
        self.spec.and_then(|spec| spec.given("hostNetwork")).filter(|on_host| on_host.kind == NodeKind::Bool(true))
    }

    /// The container of the proxy.
    pub(super) fn proxy(self) -> Option<&'n Node> {
        self.spec.into_iter().flat_map(containers).find(|each| is_proxy(each))
    }

    /// The container that redirects, with the arguments that injection writes.
    pub(super) fn redirecting(self) -> Option<&'n Node> {
        let has_words = |each: &Node, key: &str| each.given(key).is_some_and(|words| !words.items().is_empty());
        let has_arguments = |each: &Node| has_words(each, "args") || has_words(each, "command");
        self.spec.into_iter().flat_map(containers).find(|each| is_redirecting(each) && has_arguments(each))
    }

    /// The containers of its own, without those of the proxy.
    pub(super) fn own_containers(self) -> impl Iterator<Item = &'n Node> {
        let is_own = |each: &Node| !is_proxy(each) && !is_redirecting(each);
        self.spec.into_iter().flat_map(containers).filter(move |each| is_own(each))
    }

    /// The containers that are called as those that injection writes.
    pub(super) fn injected_containers(self) -> impl Iterator<Item = &'n Node> {
        let all = self.spec.into_iter().flat_map(containers);
        all.filter(|each| is_proxy(each) || is_redirecting(each))
    }

    pub(super) fn annotation(self, key: &str) -> Option<&'n Entry> {
        self.annotations.map(Node::entries).unwrap_or_default().iter().find(|entry| &*entry.key == key)
    }
}

/// The containers of a pod.
pub(super) fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    ["containers", "initContainers"].into_iter().filter_map(|key| spec.given(key)).flat_map(Node::items)
}

fn name(container: &Node) -> Option<&str> {
    container.given("name").and_then(Node::text)
}

/// Whether a container is called as the proxy's.
pub(super) fn is_proxy(container: &Node) -> bool {
    name(container) == Some(PROXY)
}

/// Whether a container is called as one that redirects traffic to the proxy, or checks that it is redirected.
pub(super) fn is_redirecting(container: &Node) -> bool {
    name(container).is_some_and(|name| REDIRECTING.contains(&name))
}

/// Whether a container is whole. Who customizes what is injected writes it without an image, or with `auto`; injection fills in the
/// rest (`pkg/kube/inject/webhook.go`, `reapplyOverwrittenContainers`).
pub(super) fn has_image(container: &Node) -> bool {
    container.given("image").and_then(Node::text).is_some_and(|image| image != "auto")
}

/// A variable of a container.
pub(super) fn variable<'n>(container: &'n Node, named: &str) -> Option<&'n Node> {
    let variables = container.given("env").map(Node::items).unwrap_or_default();
    variables.iter().find(|each| name(each) == Some(named))
}

/// A setting of a pod, and its place.
pub(super) fn said(entry: &Entry, what: &str) -> Spanned<String> {
    Spanned::new(format!("`{what}` of the pod"), entry.key_span)
}
