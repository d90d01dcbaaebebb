//! What a `WasmPlugin` or `TrafficExtension` is put into (`pilot/pkg/model/extensions.go`).

use super::fields::Fields;

/// The traffic that an extension sees.
#[derive(Debug, Clone)]
pub struct TrafficExtension {
    /// Whether it is a filter of connection managers, and not of filter chains.
    pub of_http: bool,
    /// Whether it sees what a workload sends, and what a gateway does (`workloadModeForListenerClass`).
    pub sees_clients: bool,
    /// The ports of these; empty is all of them.
    pub ports: Vec<u16>,
}

pub(super) fn read(kind: &str, spec: Fields<'_>) -> TrafficExtension {
    let wasm = if kind == "WasmPlugin" { Some(spec) } else { spec.child("wasm") };
    // Lua has HTTP filters alone (`MatchType`).
    let of_http = match wasm.map(|wasm| wasm.text("type")) {
        None => spec.has("lua"),
        Some(kind) => !matches!(kind.as_deref(), Some("NETWORK" | "2")),
    };
    let is_for_clients = |each: &Fields<'_>| !matches!(each.text("mode").as_deref(), Some("SERVER" | "2"));
    let all: Vec<Fields<'_>> = spec.items("match").collect();
    let for_clients: Vec<Fields<'_>> = all.iter().copied().filter(is_for_clients).collect();
    let has_any_port = |each: &Fields<'_>| each.items("ports").next().is_none();
    TrafficExtension {
        of_http,
        sees_clients: all.is_empty() || !for_clients.is_empty(),
        ports: if for_clients.iter().any(has_any_port) {
            Vec::new()
        } else {
            for_clients.iter().flat_map(|each| each.items("ports")).filter_map(|port| port.port("number")).collect()
        },
    }
}
