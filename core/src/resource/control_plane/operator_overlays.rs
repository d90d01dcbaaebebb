//! Overlays of an `IstioOperator` (`components.<name>.k8s.overlays`): they change what istioctl has rendered from everything else
//! (`operator/pkg/render/postprocess.go`), and are not followed.

use super::super::read::text;
use super::{ControlPlaneDocument, revision_of, switches};
use crate::source::Spanned;
use crate::syntax::Node;

/// Adds those that change what istiod, its injector or istio-cni read.
pub(super) fn mark(document: &mut ControlPlaneDocument, components: &Node) {
    for component in components.entries() {
        // Of gateways there is a list.
        let holders = [&component.value].into_iter().chain(component.value.items());
        for overlay in holders.flat_map(overlays) {
            let word = |key: &str| text(overlay, key).map(|word| word.value).unwrap_or_default();
            let (kind, name) = (word("kind"), word("name"));
            let path = format!("components.{}.k8s.overlays of {kind} {name}", component.key);
            let setting = Spanned::new(path, overlay.span);
            match kind.as_str() {
                "ConfigMap" if revision_of(&name, "istio-sidecar-injector").is_some() => {
                    document.injector.not_followed.push(setting);
                }
                // The mesh config, and what istio-cni reads.
                "ConfigMap" if name == "istio-cni-config" => document.switches.push(setting),
                "ConfigMap" if revision_of(&name, "istio").is_some() => document.overlays.push(setting),
                "MutatingWebhookConfiguration" => document.injector.not_followed.push(setting),
                "Deployment" if name.starts_with("istiod") && switches::are_named_in(overlay) => {
                    document.switches.push(setting);
                }
                _ => {}
            }
        }
    }
}

fn overlays(component: &Node) -> &[Node] {
    component.given("k8s").and_then(|settings| settings.given("overlays")).map(Node::items).unwrap_or_default()
}
