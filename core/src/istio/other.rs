use super::fields::Fields;
use crate::resource::Labels;

/// An object that may change an answer, and whose meaning is not known here.
#[derive(Debug, Clone)]
pub struct Other {
    /// The proxies that it is for; `None` is all of its namespace.
    pub selector: Option<Labels>,
    /// Names of the Services and ServiceEntries that it is for; empty when it is for proxies.
    pub parents: Vec<String>,
    /// Whether it may change what sidecars do with what leaves a pod.
    pub at_sidecars: bool,
    /// Whether it may change what gateways do.
    pub at_gateways: bool,
}

impl Other {
    fn at_all_proxies(selector: Option<Labels>) -> Self {
        Self { selector, parents: Vec::new(), at_sidecars: true, at_gateways: true }
    }
}

/// `None` for what has no say in where requests go.
pub(super) fn read(group: &str, kind: &str, spec: Fields<'_>) -> Option<Other> {
    match (group, kind) {
        ("networking.istio.io", "EnvoyFilter") => {
            // `PatchContext` of istio/api networking/v1alpha3/envoy_filter.proto; left out, it is for all.
            let contexts: Vec<String> = spec
                .items("configPatches")
                .map(|patch| patch.child("match").and_then(|it| it.text("context")).unwrap_or_default())
                .collect();
            let may_be = |wanted: &str| {
                let is_other = |context: &String| {
                    ["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"].contains(&context.as_str())
                        && context != wanted
                };
                contexts.is_empty() || !contexts.iter().all(is_other)
            };
            Some(Other {
                at_sidecars: may_be("SIDECAR_OUTBOUND"),
                at_gateways: may_be("GATEWAY"),
                ..Other::at_all_proxies(spec.child("workloadSelector").and_then(|it| it.labels("labels")))
            })
        }
        ("extensions.istio.io", "WasmPlugin" | "TrafficExtension")
        | ("security.istio.io", "PeerAuthentication" | "RequestAuthentication") => {
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
                at_sidecars: kind != "RequestAuthentication",
                ..Other::at_all_proxies(spec.child("selector").and_then(|it| it.labels("matchLabels")))
            })
        }
        // A route whose parent is a Gateway is at pods of its own; one whose parent is a Service is at sidecars.
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute") => {
            let parents: Vec<String> = spec
                .items("parentRefs")
                .filter(|parent| {
                    matches!(parent.text("kind").as_deref(), Some("Service" | "ServiceEntry" | "Hostname"))
                })
                .filter_map(|parent| parent.text("name"))
                .collect();
            (!parents.is_empty()).then(|| Other { parents, ..Other::at_all_proxies(None) })
        }
        _ => None,
    }
}
