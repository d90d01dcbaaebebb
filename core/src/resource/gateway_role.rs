//! Whether a pod runs the proxy of a gateway.

use super::pod_parts::{Parts, STATUS, containers, has_image};
use super::templates::Templates;
use crate::source::Span;
use crate::syntax::Node;

/// What a pod says about the proxy of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayRole {
    /// It runs one.
    Runs,
    /// The injector makes it one: until then it has no proxy, or one with the image `auto`, which does not exist.
    WhenInjected,
    /// The injector would make it one, and skips it because of this.
    NotInjected(SkippedBecause, Span),
    /// It runs something else.
    Other,
    /// It does not say.
    NotKnown,
}

/// Why the injector never sees a pod, or does nothing with it (`pkg/kube/inject/inject.go`, `injectRequired`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkippedBecause {
    /// `hostNetwork: true`.
    HostNetwork,
    /// It was made already.
    Made,
}

/// What the pod itself says of it.
pub(super) fn read(parts: Parts<'_>, templates: &Templates, is_made_for_gateway: bool) -> GatewayRole {
    let mut all = parts.spec.into_iter().flat_map(containers).peekable();
    if all.peek().is_none() {
        return GatewayRole::NotKnown;
    }
    let proxy = parts.proxy();
    // Whoever writes the proxy out names its role, whatever the container is called.
    let is_router = |container: &Node| has_word(container, "router") && has_image(container);
    if is_made_for_gateway || all.any(is_router) {
        return GatewayRole::Runs;
    }
    let Templates::Gateway { .. } = templates else {
        let is_known = match proxy {
            // Without a container of the proxy it is an application, unless a template of somebody's own makes it another.
            None => !matches!(templates, Templates::Unknown(_)),
            // The injector makes a sidecar of one without an image, unless the pod asks for the template of gateways.
            Some(proxy) => {
                has_word(proxy, "sidecar") || !has_image(proxy) && !matches!(templates, Templates::Unknown(_))
            }
        };
        return if is_known { GatewayRole::Other } else { GatewayRole::NotKnown };
    };
    let place = parts.spec.map(|spec| spec.span);
    let was_injected = parts.annotation(STATUS).is_some();
    match (proxy, parts.is_on_host_network(), place) {
        // Its own words start something that the injector does not write.
        (Some(proxy), ..) if has_image(proxy) && (was_injected || has_words(proxy)) => GatewayRole::NotKnown,
        (_, _, Some(place)) if parts.is_made() && !was_injected => {
            GatewayRole::NotInjected(SkippedBecause::Made, place)
        }
        (_, Some(on_host), _) => GatewayRole::NotInjected(SkippedBecause::HostNetwork, on_host.span),
        _ if was_injected => GatewayRole::NotKnown,
        _ => GatewayRole::WhenInjected,
    }
}

fn words(container: &Node) -> impl Iterator<Item = &str> {
    let of = |key: &str| container.given(key).map(Node::items).unwrap_or_default();
    of("command").iter().chain(of("args")).filter_map(Node::text)
}

fn has_words(container: &Node) -> bool {
    words(container).next().is_some()
}

/// Whether a container is started with a word; a shell gets all of them as one text.
fn has_word(container: &Node, wanted: &str) -> bool {
    words(container).any(|word| word.split_whitespace().any(|part| part == wanted))
}
