//! What the evaluator does not model makes a verdict `unknown`, where it may matter.

use crate::gateway::{HTTP, VIA, parts};
use crate::mesh::{Mesh, is};
use crate::sidecar::two_hosts;

#[test]
fn what_is_not_modelled_is_unknown() {
    let filter = "
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: f, namespace: a}
spec: {configPatches: [{applyTo: NETWORK_FILTER, patch: {operation: MERGE, value: {}}}]}
";
    let mesh = Mesh::bare(&(two_hosts() + filter));
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("b", "https://x.org"), "allowed x.org:443 tls(x.org)");
    // A selector without labels selects everything; a sidecar's labels are all known.
    for (selector, expected) in [
        ("{labels: {}}", "unknown"),
        ("{}", "unknown"),
        ("{labels: {app: s}}", "unknown"),
        ("{labels: {app: t}}", "allowed x.org:443 tls(x.org)"),
        ("{labels: {app: s, tier: b}}", "allowed x.org:443 tls(x.org)"),
    ] {
        let filter = filter.replace("spec: {", &format!("spec: {{workloadSelector: {selector}, "));
        is(&Mesh::bare(&(two_hosts() + &filter)).from("a,app=s", "https://x.org"), expected);
    }
}

#[test]
fn a_filter_for_pods_that_are_half_known() {
    let filter = |selector: &str| {
        let mut parts = parts();
        parts.more = format!(
            "
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: f, namespace: istio-system}}
spec:
  workloadSelector: {{labels: {{{selector}}}}}
  configPatches: [{{applyTo: HTTP_FILTER, patch: {{operation: INSERT_BEFORE, value: {{}}}}}}]
"
        );
        parts.mesh()
    };
    is(&filter("istio: egressgateway-a").from("a,app=s", HTTP), "unknown");
    is(&filter("istio: other").from("a,app=s", HTTP), VIA);
    is(&filter("istio: egressgateway-a, tier: b").from("a,app=s", HTTP), "unknown");
    is(&filter("tier: b").from("a,app=s", HTTP), "unknown");
    let mut complete = filter("tier: b");
    complete.environment.complete = egressc_core::stages::model::Completeness::EVERYTHING;
    is(&complete.from("a,app=s", HTTP), VIA);
}

/// An EnvoyFilter of namespace `a` with one patch.
fn filter_with(patch: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: f, namespace: a}}
spec: {{configPatches: [{{{patch}, patch: {{operation: MERGE, value: {{}}}}}}]}}
"
    )
}

/// What a sidecar of `a` does with HTTP and with TLS for `x.org`, and with HTTP for an unknown host, beside a filter.
fn beside(filter: &str) -> [String; 3] {
    let mesh = Mesh::bare(&(two_hosts() + filter));
    ["http://x.org", "https://x.org", "http://z.org"].map(|to| crate::mesh::short(&mesh.from("a", to)))
}

const OPEN: [&str; 3] = ["allowed x.org:80", "allowed x.org:443 tls(x.org)", "blocked 502"];

#[test]
fn a_patch_changes_only_what_it_matches() {
    let unknown = |which: [bool; 3]| [0, 1, 2].map(|at| if which[at] { "unknown" } else { OPEN[at] });
    let (all, http, tls, none) = ([true; 3], [true, false, true], [false, true, false], [false; 3]);
    for (patch, expected) in [
        // Contexts.
        ("applyTo: NETWORK_FILTER", all),
        ("applyTo: NETWORK_FILTER, match: {context: ANY}", all),
        ("applyTo: NETWORK_FILTER, match: {context: SIDECAR_OUTBOUND}", all),
        ("applyTo: NETWORK_FILTER, match: {context: SIDECAR_INBOUND}", none),
        ("applyTo: NETWORK_FILTER, match: {context: GATEWAY}", none),
        ("applyTo: NETWORK_FILTER, match: {context: WAYPOINT}", none),
        ("applyTo: BOOTSTRAP, match: {context: SIDECAR_INBOUND}", all),
        ("applyTo: EXTENSION_CONFIG", all),
        ("applyTo: INVALID", none),
        // Kinds of filters.
        ("applyTo: HTTP_FILTER", http),
        ("applyTo: HTTP_FILTER, match: {listener: {portNumber: 80}}", http),
        ("applyTo: HTTP_FILTER, match: {listener: {portNumber: 8080}}", none),
        (
            "applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}}",
            http,
        ),
        (
            "applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: envoy.filters.network.tcp_proxy}}}}",
            tls,
        ),
        ("applyTo: NETWORK_FILTER, match: {listener: {filterChain: {sni: x.org}}}", tls),
        ("applyTo: NETWORK_FILTER, match: {listener: {filterChain: {sni: y.org}}}", none),
        ("applyTo: NETWORK_FILTER, match: {listener: {filterChain: {transportProtocol: tls}}}", tls),
        ("applyTo: NETWORK_FILTER, match: {listener: {filterChain: {destinationPort: 443}}}", none),
        // Listeners, by name and port.
        ("applyTo: FILTER_CHAIN, match: {listener: {portNumber: 443, filterChain: {sni: y.org}}}", tls),
        ("applyTo: LISTENER, match: {listener: {name: 0.0.0.0_443}}", tls),
        ("applyTo: LISTENER, match: {listener: {name: 10.0.0.1_443}}", none),
        ("applyTo: LISTENER, match: {listener: {portNumber: 443}}", tls),
        // All that a pod sends comes to this one first.
        ("applyTo: LISTENER, match: {listener: {name: virtualOutbound}}", all),
        ("applyTo: LISTENER", all),
        ("applyTo: LISTENER_FILTER, match: {listener: {portNumber: 8080}}", all),
        ("applyTo: LISTENER_FILTER, match: {listener: {name: 0.0.0.0_443}}", tls),
        // Routes.
        ("applyTo: ROUTE_CONFIGURATION", http),
        ("applyTo: ROUTE_CONFIGURATION, match: {routeConfiguration: {portNumber: 81}}", none),
        ("applyTo: ROUTE_CONFIGURATION, match: {routeConfiguration: {name: '80'}}", http),
        ("applyTo: HTTP_ROUTE, match: {routeConfiguration: {vhost: {name: 'x.org:80'}}}", [true, false, false]),
        ("applyTo: HTTP_ROUTE, match: {routeConfiguration: {vhost: {domainName: y.org}}}", none),
        ("applyTo: VIRTUAL_HOST, match: {routeConfiguration: {vhost: {name: 'y.org:80'}}}", http),
        // Clusters. The unknown host has none.
        ("applyTo: CLUSTER", [true, true, false]),
        ("applyTo: CLUSTER, match: {cluster: {service: x.org}}", [true, true, false]),
        ("applyTo: CLUSTER, match: {cluster: {service: y.org}}", none),
        ("applyTo: CLUSTER, match: {cluster: {service: x.org, portNumber: 443}}", tls),
        ("applyTo: CLUSTER, match: {cluster: {name: outbound|80||x.org}}", [true, false, false]),
        ("applyTo: CLUSTER, match: {cluster: {subset: v1}}", none),
        // A match of another kind of object is not read.
        ("applyTo: HTTP_FILTER, match: {cluster: {service: y.org}}", http),
    ] {
        assert_eq!(beside(&filter_with(patch)), unknown(expected), "{patch}");
    }
}

/// What responses look like and what is logged, and Istio's own telemetry of old releases.
#[test]
fn a_patch_that_changes_no_requests_way_is_none() {
    let beside = |patch: &str| {
        beside(&format!(
            "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: f, namespace: a}}\nspec: {{configPatches: [{{{patch}}}]}}\n"
        ))
    };
    let manager = |field: &str| {
        format!(
            "applyTo: NETWORK_FILTER, patch: {{operation: MERGE, value: {{typed_config: {{'@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, {field}}}}}}}"
        )
    };
    let routes = |field: &str| format!("applyTo: ROUTE_CONFIGURATION, patch: {{operation: MERGE, value: {{{field}}}}}");
    let extension = |code: &str, runtime: &str| {
        format!(
            "applyTo: HTTP_FILTER, patch: {{operation: INSERT_BEFORE, value: {{name: istio.stats, typed_config: {{value: {{config: {{vm_config: {{code: {{local: {{inline_string: {code}}}}}, runtime: {runtime}}}}}}}}}}}}}"
        )
    };
    for patch in [
        manager("server_header_transformation: PASS_THROUGH"),
        routes("response_headers_to_remove: [server]"),
        extension("envoy.wasm.stats", "envoy.wasm.runtime.null"),
    ] {
        assert_eq!(beside(&patch), OPEN, "{patch}");
    }
    for patch in [
        manager("route_config: {}"),
        routes("request_headers_to_remove: [host]"),
        extension("envoy.wasm.stats", "envoy.wasm.runtime.v8"),
        extension("mine", "envoy.wasm.runtime.null"),
    ] {
        assert_eq!(beside(&patch)[0], "unknown", "{patch}");
    }
}

#[test]
fn what_is_added_or_taken_away_changes_what_it_is_for() {
    let operation =
        |patch: &str, operation: &str| beside(&filter_with(patch).replace("operation: MERGE, value: {}", operation));
    assert_eq!(
        operation("applyTo: FILTER_CHAIN, match: {listener: {filterChain: {sni: y.org}}}", "operation: REMOVE"),
        OPEN
    );
    assert_eq!(
        operation(
            "applyTo: VIRTUAL_HOST, match: {routeConfiguration: {vhost: {name: 'y.org:80'}}}",
            "operation: REMOVE"
        ),
        OPEN
    );
    assert_eq!(operation("applyTo: CLUSTER", "operation: ADD, value: {name: mine}"), OPEN);
    let added = "operation: ADD, value: {name: mine, address: {socket_address: {address: 0.0.0.0, port_value: 443}}}";
    for context in ["SIDECAR_OUTBOUND", "SIDECAR_INBOUND"] {
        let answers = operation(&format!("applyTo: LISTENER, match: {{context: {context}}}"), added);
        assert_eq!(answers, [OPEN[0], "unknown", OPEN[2]], "{context}");
    }
    // A patch that writes nothing is discarded.
    assert_eq!(beside(&filter_with("applyTo: LISTENER").replace(", patch: {operation: MERGE, value: {}}", "")), OPEN);
}

#[test]
fn the_version_of_a_patch_is_compared_where_both_are_simple() {
    let answer = |pattern: &str, version: Option<&str>| {
        let patch = format!("applyTo: NETWORK_FILTER, match: {{proxy: {{proxyVersion: '{pattern}'}}}}");
        let mut mesh = Mesh::bare(&(two_hosts() + &filter_with(&patch)));
        mesh.environment.istio_version = version.map(str::to_owned);
        crate::mesh::short(&mesh.from("a", "http://x.org"))
    };
    for (pattern, version, expected) in [
        (r"^1\.8.*", Some("1.30"), OPEN[0]),
        (r"^1\.8.*", None, "unknown"),
        (r"^1\.30.*", Some("1.30"), "unknown"),
        (r"^1\.3.*", Some("1.30"), "unknown"),
        (r"^1\.30\.2$", Some("1.30"), "unknown"),
        (r"^1\.16|1\.30", Some("1.30"), "unknown"),
        (r"1\.8.*", Some("1.30"), "unknown"),
        (r"^1\.80?", Some("1.30"), "unknown"),
    ] {
        assert_eq!(answer(pattern, version), expected, "{pattern} {version:?}");
    }
}

#[test]
fn an_extension_changes_the_chains_that_it_is_put_into() {
    let with = |spec: &str| {
        beside(&format!(
            "
---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {{name: w, namespace: a}}
spec: {{url: file:///w.wasm{spec}}}
"
        ))
    };
    assert_eq!(with(""), ["unknown", OPEN[1], "unknown"], "of HTTP");
    assert_eq!(with(", type: NETWORK"), ["unknown", "unknown", "unknown"]);
    assert_eq!(with(", match: [{mode: SERVER}]"), OPEN);
    assert_eq!(with(", match: [{mode: CLIENT, ports: [{number: 8080}]}]"), OPEN);
    assert_eq!(
        with(", match: [{mode: SERVER}, {mode: CLIENT, ports: [{number: 80}]}]"),
        ["unknown", OPEN[1], "unknown"]
    );
    assert_eq!(with(", targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]"), OPEN);
}

#[test]
fn a_patch_of_a_gateway_leaves_other_requests_certain() {
    let with = |patch: &str| {
        let mut parts = parts();
        parts.more = filter_with(patch).replace("namespace: a", "namespace: istio-system").replace("\n---", "");
        let mesh = parts.mesh();
        [HTTP, crate::gateway::HTTPS].map(|to| crate::mesh::short(&mesh.from("a,app=s", to)))
    };
    let (via, via_tls) = (VIA, crate::gateway::VIA_TLS);
    assert_eq!(with("applyTo: HTTP_FILTER, match: {context: GATEWAY}"), ["unknown", via_tls]);
    assert_eq!(with("applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}"), [via, via_tls]);
    // The container's port, and the port of the servers.
    assert_eq!(
        with("applyTo: NETWORK_FILTER, match: {context: GATEWAY, listener: {portNumber: 444}}"),
        [via, "unknown"]
    );
    assert_eq!(
        with("applyTo: NETWORK_FILTER, match: {context: GATEWAY, listener: {portNumber: 8080}}"),
        ["unknown", via_tls]
    );
    assert_eq!(with("applyTo: CLUSTER, match: {context: GATEWAY, cluster: {service: y.org}}"), [via, via_tls]);
    assert_eq!(with("applyTo: CLUSTER, match: {context: GATEWAY, cluster: {service: x.org}}"), ["unknown", "unknown"]);
    assert_eq!(
        with("applyTo: HTTP_ROUTE, match: {context: GATEWAY, routeConfiguration: {portNumber: 81}}"),
        [via, via_tls]
    );
}
