//! What a proxy takes a request to be before it looks at it: its path, and the headers that Envoy has beside the client's.

use crate::gateway::{Parts, VIA, parts};
use crate::mesh::{Ask, Mesh, is, query, short};

const DENIED: &str = "blocked 403";

/// A policy at the gateway that denies.
fn denying(rule: &str) -> Mesh {
    let mut parts: Parts = parts();
    parts.more = format!(
        "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: istio-system}}
spec: {{selector: {{matchLabels: {{istio: egressgateway-a}}}}, action: DENY, rules: [{rule}]}}
"
    );
    parts.mesh()
}

/// Two hosts, and a route at the sidecar by which what matches goes to the other one.
fn routed(http: &str) -> Mesh {
    let entry = |host: &str| {
        format!(
            "---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {host}, namespace: own}}
spec: {{hosts: [{host}], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP}}]}}
"
        )
    };
    let route = format!(
        "---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: own}}
spec: {{hosts: [x.org], http: [{http}]}}
"
    );
    Mesh::bare(&(entry("x.org") + &entry("y.org") + &route))
}

fn matching(each: &str) -> Mesh {
    routed(&format!("{{match: [{{{each}}}], route: [{{destination: {{host: y.org}}}}]}}"))
}

const MATCHED: &str = "diverted y.org:80";
const NOT: &str = "blocked 404 NR";

/// `normalize_path` of each connection manager (`core/listener_builder.go`).
#[test]
fn paths_are_normalized_before_anyone_looks() {
    for (path, at_policy, at_route) in [
        ("/admin", DENIED, MATCHED),
        ("/admin/x", DENIED, MATCHED),
        ("/./admin", DENIED, MATCHED),
        ("/x/../admin", DENIED, MATCHED),
        ("/../admin", DENIED, MATCHED),
        ("/x/%2e%2E/admin", DENIED, MATCHED),
        ("/%61dmin", DENIED, MATCHED),
        ("/x\\..\\admin", DENIED, MATCHED),
        ("\\admin", "unknown", "unknown"),
        ("/x/..?y=/../..", VIA, NOT),
        ("/y?/../admin", VIA, NOT),
        // Slashes are not merged.
        ("//admin", VIA, NOT),
        ("/admin/../y", VIA, NOT),
        ("/admin/..", VIA, NOT),
        ("/a%20b", VIA, NOT),
        ("/%2561dmin", VIA, NOT),
        ("/x/..%2fadmin", "unknown", "unknown"),
        ("/x%5Cadmin", "unknown", "unknown"),
        ("/%6", "unknown", "unknown"),
        ("/%zz", "unknown", "unknown"),
        ("/a#b", "unknown", "unknown"),
        ("/x/..;/admin", "unknown", "unknown"),
        ("/x/.a;/..b/...", VIA, NOT),
    ] {
        let ask = |mut query: egressc_core::stages::trace::Query, mesh: &Mesh| {
            query.http_path = Some(path.to_owned());
            short(&mesh.ask(&query))
        };
        let policy = denying("{to: [{operation: {paths: ['/admin*']}}]}");
        assert_eq!(ask(query("a,app=s", "http://x.org"), &policy), at_policy, "{path}");
        assert_eq!(ask(query("a", "http://x.org"), &matching("uri: {prefix: /admin}")), at_route, "{path}");
    }
    // What takes every path takes this one.
    let odd = || query("a,app=s", "http://x.org/x%2fy");
    is(&denying("{to: [{operation: {paths: ['*']}}]}").ask(&odd()), DENIED);
    is(&denying("{to: [{operation: {paths: ['/*']}}]}").ask(&odd()), DENIED);
    is(&matching("uri: {prefix: /}").ask(&odd()), MATCHED);
    is(&denying("{to: [{operation: {hosts: [y.org]}}]}").ask(&odd()), VIA);
}

#[test]
fn the_mesh_config_may_treat_paths_otherwise() {
    let ask = |config: &str, path: &str| {
        let mesh = denying("{to: [{operation: {paths: ['/admin*']}}]}").config(config);
        short(&mesh.from("a,app=s", &format!("http://x.org{path}")))
    };
    for (normalization, dots) in
        [("BASE", DENIED), ("DEFAULT", DENIED), ("NONE", "unknown"), ("DECODE_AND_MERGE_SLASHES", "unknown")]
    {
        let config = format!("pathNormalization: {{normalization: {normalization}}}");
        assert_eq!(ask(&config, "/x/../admin"), dots, "{normalization}");
        assert_eq!(ask(&config, "/admin"), DENIED, "{normalization}");
        assert_eq!(ask(&config, "/y"), VIA, "{normalization}");
    }
}

#[test]
fn headers_that_envoy_has_beside_the_clients() {
    let get = || query("a", "http://x.org/p?q=1");
    for (each, request, expected) in [
        ("headers: {':authority': {exact: x.org}}", get(), MATCHED),
        ("headers: {':authority': {exact: y.org}}", get(), NOT),
        ("headers: {host: {prefix: x.}}", get(), MATCHED),
        ("headers: {':method': {exact: GET}}", get(), MATCHED),
        ("headers: {':method': {exact: PUT}}", get(), NOT),
        ("headers: {':path': {exact: '/p?q=1'}}", get(), MATCHED),
        ("headers: {':path': {exact: /p}}", get(), NOT),
        ("headers: {':scheme': {exact: http}}", get(), MATCHED),
        ("headers: {':scheme': {exact: https}}", get(), NOT),
        ("scheme: {exact: http}", get(), MATCHED),
        ("scheme: {exact: https}", get(), NOT),
        ("headers: {x-forwarded-proto: {exact: http}}", get(), MATCHED),
        ("headers: {x-forwarded-proto: {exact: https}}", get(), NOT),
        // A sidecar believes what its client says.
        ("headers: {x-forwarded-proto: {exact: https}}", get().header("x-forwarded-proto", "https"), MATCHED),
        ("scheme: {exact: https}", get().header("x-forwarded-proto", "https"), "unknown"),
        ("headers: {x-request-id: {}}", get(), MATCHED),
        ("headers: {x-request-id: {regex: '.*'}}", get(), MATCHED),
        ("headers: {x-request-id: {exact: a}}", get(), "unknown"),
        ("headers: {x-request-id: {exact: a}}", get().header("x-request-id", "a"), "unknown"),
        ("withoutHeaders: {x-request-id: {}}", get(), NOT),
        ("withoutHeaders: {x-request-id: {exact: a}}", get(), "unknown"),
        ("withoutHeaders: {':method': {exact: GET}}", get(), NOT),
        ("withoutHeaders: {':method': {exact: PUT}}", get(), MATCHED),
        ("headers: {x-envoy-attempt-count: {}}", get(), "unknown"),
        ("headers: {x-forwarded-for: {exact: 1.2.3.4}}", get(), "unknown"),
        ("headers: {traceparent: {}}", get(), "unknown"),
        ("headers: {x-b3-sampled: {exact: '1'}}", get(), "unknown"),
        ("headers: {x-b3-sampled: {exact: '1'}, x-mine: {}}", get(), NOT),
        // The proxy takes it away from who is no proxy.
        ("headers: {x-forwarded-client-cert: {}}", get().header("x-forwarded-client-cert", "By=a"), NOT),
        ("headers: {x-mine: {exact: a}}", get().header("x-mine", "a"), MATCHED),
        ("headers: {x-mine: {}}", get(), NOT),
        ("headers: {content-type: {exact: application/grpc}}", get(), NOT),
        ("headers: {content-type: {exact: application/grpc}}", query("a", "grpc://x.org"), MATCHED),
        (
            "headers: {content-type: {exact: application/grpc}}",
            query("a", "grpc://x.org").header("content-type", "application/grpc+proto"),
            NOT,
        ),
    ] {
        assert_eq!(short(&matching(each).ask(&request)), expected, "{each}");
    }
}

#[test]
fn headers_that_a_policy_asks_for() {
    let when = |key: &str, values: &str| denying(&format!("{{when: [{{key: 'request.headers[{key}]', {values}}}]}}"));
    for (key, values, expected) in [
        (":authority", "values: [x.org]", DENIED),
        (":method", "values: [GET]", DENIED),
        (":method", "values: [PUT]", VIA),
        (":path", "values: ['/p?q=1']", DENIED),
        (":path", "notValues: ['/p*']", VIA),
        ("x-request-id", "values: ['*']", DENIED),
        ("x-request-id", "values: [a]", "unknown"),
        ("x-request-id", "notValues: ['*']", VIA),
        ("x-forwarded-for", "values: ['*']", DENIED),
        ("x-forwarded-for", "values: [1.2.3.4]", "unknown"),
        // A gateway tells whose certificate it has seen.
        ("x-forwarded-client-cert", "values: ['*']", DENIED),
        ("x-forwarded-client-cert", "values: ['By=*']", "unknown"),
        ("x-forwarded-proto", "values: ['*']", DENIED),
        ("x-forwarded-proto", "values: [http]", "unknown"),
        ("x-envoy-peer-metadata", "values: ['*']", "unknown"),
        ("x-mine", "values: ['*']", VIA),
    ] {
        assert_eq!(short(&when(key, values).from("a,app=s", "http://x.org/p?q=1")), expected, "{key} {values}");
    }
    // Two headers are two questions.
    let two = "{when: [{key: 'request.headers[x-request-id]', values: [a]}, {key: 'request.headers[x-forwarded-for]', notValues: [a]}]}";
    is(&denying(two).from("a,app=s", "http://x.org"), "unknown");
}

/// `OVERWRITE_IF_EXISTS_OR_ADD` and `APPEND_IF_EXISTS_OR_ADD` (`translateAppendHeaders` of core/route/route.go). Envoy
/// 1.40 compares each of several values by itself, older ones compare them joined by commas.
#[test]
fn headers_that_routes_set_and_add() {
    let changed = |changes: &str, values: &str, request: egressc_core::stages::trace::Query| {
        let mut mesh = parts();
        mesh.mesh_route = mesh.mesh_route.replace(
            "  - match: [{port: 80",
            &format!("  - headers: {{request: {{{changes}}}}}\n    match: [{{port: 80"),
        );
        mesh.more = format!(
            "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: istio-system}}
spec: {{action: DENY, rules: [{{when: [{{key: 'request.headers[x-team]', values: [{values}]}}]}}]}}
"
        );
        short(&mesh.mesh().ask(&request))
    };
    let with = || query("a,app=s", "http://x.org").header("x-team", "a");
    let without = || query("a,app=s", "http://x.org");
    for (changes, values, request, expected) in [
        ("add: {x-team: b}", "b", with(), "unknown"),
        ("add: {x-team: b}", "a", with(), "unknown"),
        ("add: {x-team: b}", "'a,b'", with(), "unknown"),
        ("add: {X-Team: ab}", "'a*'", with(), DENIED),
        ("add: {x-team: b}", "'*'", with(), DENIED),
        ("add: {x-team: b}", "c", with(), VIA),
        ("add: {x-team: b}", "b", without(), DENIED),
        ("set: {x-team: b}", "b", with(), DENIED),
        ("set: {x-team: b}, add: {x-team: c}", "'b,c'", with(), "unknown"),
        ("remove: [x-team], add: {x-team: b}", "b", with(), DENIED),
        ("remove: [x-team]", "a", with(), VIA),
        ("set: {x-team: '%REQ(x-other)%'}", "b", with(), "unknown"),
        ("set: {x-team: '%REQ(x-other)%'}", "'*'", with(), "unknown"),
    ] {
        assert_eq!(changed(changes, values, request), expected, "{changes} {values}");
    }
}
