use super::fields::Fields;
use crate::resource::Labels;

/// An object that may change an answer, and whose meaning is not known here.
#[derive(Debug, Clone)]
pub struct Other {
    /// The proxies that it is for; `None` is all of its namespace.
    pub selector: Option<Labels>,
    /// Names of the Services and ServiceEntries that it is for; empty when it is for proxies.
    pub parents: Vec<String>,
}

/// `None` for what has no say in where requests go.
pub(super) fn read(group: &str, kind: &str, spec: Fields<'_>) -> Option<Other> {
    match (group, kind) {
        ("networking.istio.io", "EnvoyFilter") => Some(Other {
            selector: spec.child("workloadSelector").and_then(|it| it.labels("labels")),
            parents: Vec::new(),
        }),
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
                selector: spec.child("selector").and_then(|it| it.labels("matchLabels")),
                parents: Vec::new(),
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
            (!parents.is_empty()).then_some(Other { selector: None, parents })
        }
        _ => None,
    }
}
