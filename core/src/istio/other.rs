use super::apply_to::ApplyTo;
use super::envoy_filter::{self, Patch, PatchContext, PatchOperation};
use super::fields::Fields;
use super::traffic_extension::{self, TrafficExtension};
use super::{Meta, TargetReference, target_reference};
use crate::resource::Labels;

/// An object that may change an answer, and whose meaning is not known here.
#[derive(Debug, Clone)]
pub struct Other {
    /// The proxies that it is for; `None` is all of its namespace.
    pub selector: Option<Labels>,
    /// Whether it may change what sidecars do with what leaves a pod.
    pub at_sidecars: bool,
    /// Whether it may change what gateways do.
    pub at_gateways: bool,
    /// Whether it may change what waypoints do.
    pub at_waypoints: bool,
    /// The objects that it is attached to: then it is for gateways of the Gateway API alone
    /// (`pilot/pkg/model/policyattachment.go`, `ShouldAttachPolicy`).
    pub targets: Vec<TargetReference>,
    /// What of these proxies it may change.
    pub touches: Touches,
}

/// What an object may change of a proxy.
#[derive(Debug, Clone)]
pub enum Touches {
    /// It may be anything.
    All,
    /// What these patches are for.
    Patched(Vec<Patch>),
    /// The filter chains that an extension is put into.
    Extended(TrafficExtension),
}

fn has_targets(spec: Fields<'_>) -> bool {
    !target_reference::read(spec).is_empty()
}

impl Other {
    fn at_all_proxies(spec: Fields<'_>, selector: Option<Labels>) -> Self {
        Self {
            selector,
            at_sidecars: true,
            at_gateways: true,
            at_waypoints: true,
            targets: target_reference::read(spec),
            touches: Touches::All,
        }
    }
}

/// `None` for what has no say in where requests go.
pub(super) fn read(meta: &Meta, spec: Fields<'_>) -> Option<Other> {
    let (group, kind) = (meta.group.as_str(), meta.kind.as_str());
    match (group, kind) {
        ("networking.istio.io", "EnvoyFilter") => {
            let patches = envoy_filter::patches(spec);
            let is_for = |wanted: PatchContext| {
                patches.iter().any(|patch| {
                    patch.context == wanted
                        || patch.context == PatchContext::Any
                        || patch.apply_to == ApplyTo::Anything
                        // A sidecar has one list of listeners, whatever direction they are for.
                        || (wanted == PatchContext::SidecarOutbound
                            && patch.apply_to == ApplyTo::Listener
                            && patch.operation == PatchOperation::Add)
                })
            };
            let (at_sidecars, at_gateways) = (is_for(PatchContext::SidecarOutbound), is_for(PatchContext::Gateway));
            // Besides patches for every context and their own, waypoints get those for what a pod receives.
            let at_waypoints = has_targets(spec) && (is_for(PatchContext::Any) || is_for(PatchContext::Other));
            (at_sidecars || at_gateways || at_waypoints).then(|| Other {
                at_sidecars: at_sidecars && !has_targets(spec),
                at_gateways,
                at_waypoints,
                touches: Touches::Patched(patches),
                ..Other::at_all_proxies(spec, spec.child("workloadSelector").and_then(|it| it.labels("labels")))
            })
        }
        ("extensions.istio.io", "WasmPlugin" | "TrafficExtension") => {
            let extension = traffic_extension::read(kind, spec);
            (extension.sees_clients || has_targets(spec)).then(|| Other {
                at_sidecars: !has_targets(spec),
                at_gateways: extension.sees_clients,
                touches: Touches::Extended(extension),
                ..Other::at_all_proxies(spec, spec.child("selector").and_then(|it| it.labels("matchLabels")))
            })
        }
        ("security.istio.io", "PeerAuthentication" | "RequestAuthentication") => {
            // Of mutual TLS only its absence changes what a client sends.
            let disables = |fields: Fields<'_>| {
                fields.child("mtls").and_then(|mtls| mtls.text("mode")).as_deref() == Some("DISABLE")
            };
            let some_port = || {
                spec.child("portLevelMtls").is_some_and(|ports| {
                    ports.entries().any(|(_, port)| port.text("mode").as_deref() == Some("DISABLE"))
                })
            };
            if kind == "PeerAuthentication" && !disables(spec) && !some_port() {
                return None;
            }
            Some(Other {
                // What enters a pod is authenticated, and what enters a gateway.
                at_sidecars: kind != "RequestAuthentication" && !has_targets(spec),
                ..Other::at_all_proxies(spec, spec.child("selector").and_then(|it| it.labels("matchLabels")))
            })
        }
        _ => None,
    }
}
