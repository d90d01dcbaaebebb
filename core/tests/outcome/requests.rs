//! What a proxy takes a request to be before it looks at it: its path, and the headers that Envoy has beside the client's.

use egressc_core::stages::trace::outcome::Simulation;

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
const REFUSED: &str = "blocked 400";
/// What a sidecar does with TCP that it does not know.
const NO_HTTP: &str = "blocked closed UH";

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
        ("\\admin", NO_HTTP, NO_HTTP),
        ("/x/..?y=/../..", VIA, NOT),
        ("/y?/../admin", VIA, NOT),
        // Slashes are not merged.
        ("//admin", VIA, NOT),
        ("/admin/../y", VIA, NOT),
        ("/admin/..", VIA, NOT),
        ("/a%20b", VIA, NOT),
        ("/%2561dmin", VIA, NOT),
        ("/admin%2f..%2fx", DENIED, MATCHED),
        ("/x/..%2fadmin", VIA, NOT),
        ("/x%5Cadmin", VIA, NOT),
        ("/%6", VIA, NOT),
        ("/%zz", VIA, NOT),
        ("/adm%zz/../admin", DENIED, MATCHED),
        ("/a//../admin", VIA, NOT),
        ("/%00admin", REFUSED, REFUSED),
        // The fragment is dropped before anything is compared.
        ("/a#b", VIA, NOT),
        ("/a?b#c", VIA, NOT),
        ("/admin#b", DENIED, MATCHED),
        ("/a#/../admin", VIA, NOT),
        ("/a#%00", VIA, NOT),
        ("/\u{e4}", NO_HTTP, NO_HTTP),
        ("/x y", NO_HTTP, NO_HTTP),
        ("admin", NO_HTTP, NO_HTTP),
        ("", NO_HTTP, NO_HTTP),
        ("ftp://x.org/admin", REFUSED, REFUSED),
        ("http://x.org/admin", DENIED, MATCHED),
        ("HTTP://user@x.org:80/admin?q", DENIED, MATCHED),
        ("http://x.org", VIA, NOT),
        ("http://z.org/admin", "blocked 502", "blocked 502"),
        // Releases differ in it.
        ("/x/..;/admin", "unknown", "unknown"),
        ("/x/.a;/..b/...", VIA, NOT),
    ] {
        let ask = |mut query: egressc_core::stages::trace::Query, mesh: &Mesh| {
            query.http_path = Some(path.to_owned());
            short(&mesh.ask(&query))
        };
        let policy = denying("{to: [{operation: {paths: ['/admin*']}}]}").config("");
        assert_eq!(ask(query("a,app=s", "http://x.org"), &policy), at_policy, "{path}");
        let route = matching("uri: {prefix: /admin}").config("");
        assert_eq!(ask(query("a", "http://x.org"), &route), at_route, "{path}");
    }
    // What takes every path takes one that is not known.
    let odd = || query("a,app=s", "http://x.org/x/..;/y");
    is(&denying("{to: [{operation: {paths: ['*']}}]}").ask(&odd()), DENIED);
    is(&denying("{to: [{operation: {paths: ['/*']}}]}").ask(&odd()), DENIED);
    is(&matching("uri: {prefix: /}").ask(&odd()), MATCHED);
    is(&denying("{to: [{operation: {hosts: [y.org]}}]}").ask(&odd()), VIA);
}

/// `pathNormalization`, and what is known without a mesh config.
#[test]
fn the_mesh_config_may_treat_paths_otherwise() {
    const NUL: &str = "unknown";
    let mesh = || denying("{to: [{operation: {paths: ['/admin*']}}]}");
    let ask = |mesh: &Mesh, path: &str| {
        let mut query = query("a,app=s", "http://x.org");
        query.http_path = Some(path.to_owned());
        short(&mesh.ask(&query))
    };
    let settings = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];
    for (path, expected) in [
        ("/admin", [DENIED; 4]),
        ("/y", [VIA; 4]),
        ("/y?a=/../admin", [VIA; 4]),
        ("/x/../admin", [VIA, DENIED, DENIED, DENIED]),
        ("/x\\..\\admin", [VIA, DENIED, DENIED, DENIED]),
        ("/%61dmin", [VIA, DENIED, DENIED, DENIED]),
        ("//admin", [VIA, VIA, DENIED, DENIED]),
        ("/x/..//admin", [VIA, VIA, DENIED, DENIED]),
        ("/a//../admin", [VIA, VIA, VIA, VIA]),
        ("/x/..%2fadmin", [VIA, VIA, VIA, DENIED]),
        ("/x/..%5Cadmin", [VIA, VIA, VIA, DENIED]),
        ("/%2Fadmin?a=//", [VIA, VIA, VIA, DENIED]),
        ("/x%252f../admin", [VIA; 4]),
        ("/%00admin", [NUL, REFUSED, REFUSED, REFUSED]),
        ("/a#b", [VIA; 4]),
    ] {
        for (setting, expected) in settings.iter().zip(expected) {
            let config = mesh().config(&format!("pathNormalization: {{normalization: {setting}}}"));
            assert_eq!(ask(&config, path), expected, "{path} {setting}");
        }
        // Without a mesh config it is one of these.
        let not_given = if expected.iter().all(|each| *each == expected[0]) { expected[0] } else { "unknown" };
        assert_eq!(ask(&mesh(), path), not_given, "{path}");
        assert_eq!(ask(&mesh().config(""), path), expected[1], "{path}");
        assert_eq!(ask(&mesh().config("pathNormalization: {}"), path), expected[1], "{path}");
        assert_eq!(ask(&mesh().config("pathNormalization: {normalization: DEFAULT}"), path), expected[1], "{path}");
        // One that istiod cannot read says nothing.
        assert_eq!(ask(&mesh().config("pathNormalization: {normalization: SOME}"), path), not_given, "{path}");
    }
}

#[test]
fn a_mesh_config_that_is_not_given_is_named_where_a_path_decides() {
    let mut asked = query("a,app=s", "http://x.org");
    asked.http_path = Some("/x/..//admin".to_owned());
    let mesh = denying("{to: [{operation: {paths: ['/admin*']}}]}");
    let trace = mesh.ask(&asked);
    assert!(trace.unknown.iter().any(|why| why.contains("`pathNormalization`")), "{:?}", trace.unknown);
    assert!(trace.missing.iter().any(|missing| missing.document.contains("ConfigMap `istio`")), "{:?}", trace.missing);
    let alternatives = Simulation::new(&mesh.objects, &mesh.environment).alternatives(&asked);
    let shown: Vec<(String, String)> =
        alternatives.shown.iter().map(|each| (each.conditions.concat(), short(&each.end))).collect();
    let of = |words: &str| format!("`pathNormalization` of the mesh config is {words}");
    assert_eq!(
        shown,
        [(of("BASE or NONE"), VIA.to_owned()), (of("MERGE_SLASHES or DECODE_AND_MERGE_SLASHES"), DENIED.to_owned())]
    );
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
        ("scheme: {exact: https}", get().header("x-forwarded-proto", "https"), MATCHED),
        ("scheme: {exact: https}", get().header("x-forwarded-proto", "ftp"), "unknown"),
        // HTTP/2 has a scheme of its own.
        ("scheme: {exact: https}", query("a", "grpc://x.org").header("x-forwarded-proto", "https"), NOT),
        ("scheme: {exact: http}", query("a", "grpc://x.org").header("x-forwarded-proto", "https"), MATCHED),
        // Of its two names for the host `:authority` counts.
        ("authority: {exact: x.org}", query("a", "grpc://x.org").header(":authority", "x.org").host("y.org"), MATCHED),
        // The codec of HTTP/1 leaves out spaces around a value.
        ("headers: {x-mine: {exact: a b}}", get().header("x-mine", " a b\t"), MATCHED),
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
        assert_eq!(short(&matching(each).config("").ask(&request)), expected, "{each}");
    }
}

/// `proxyHeaders` and `gatewayTopology` of the mesh config, and what is known without a mesh config.
#[test]
fn headers_that_the_mesh_config_changes() {
    let at_sidecar = |mesh: Mesh| short(&mesh.from("a", "http://x.org"));
    let at_gateway = |mesh: Mesh| short(&mesh.from("a,app=s", "http://x.org"));
    let id = || matching("headers: {x-request-id: {}}");
    let other = |setting: &str| format!("defaultConfig: {setting}");
    assert_eq!(at_sidecar(id()), "unknown");
    assert_eq!(at_sidecar(id().config("")), MATCHED);
    assert_eq!(at_sidecar(id().config(&other("{proxyHeaders: {requestId: {disabled: false}}}"))), MATCHED);
    assert_eq!(at_sidecar(id().config(&other("{proxyHeaders: {requestId: {disabled: true}}}"))), "unknown");
    // What the client sends is there all the same.
    is(&id().ask(&query("a", "http://x.org").header("x-request-id", "1")), MATCHED);
    let port = || matching("headers: {x-forwarded-port: {}}");
    assert_eq!(at_sidecar(port()), "unknown");
    assert_eq!(at_sidecar(port().config("")), NOT);
    assert_eq!(at_sidecar(port().config(&other("{proxyHeaders: {xForwardedPort: {enabled: true}}}"))), "unknown");
    let certificate = || denying("{when: [{key: 'request.headers[x-forwarded-client-cert]', values: ['*']}]}");
    assert_eq!(at_gateway(certificate()), "unknown");
    assert_eq!(at_gateway(certificate().config("")), DENIED);
    for (details, expected) in [("SANITIZE_SET", DENIED), ("SANITIZE", "unknown"), ("ALWAYS_FORWARD_ONLY", "unknown")] {
        let setting = other(&format!("{{gatewayTopology: {{forwardClientCertDetails: {details}}}}}"));
        assert_eq!(at_gateway(certificate().config(&setting)), expected, "{details}");
    }
    // A sidecar removes what its client sends.
    assert_eq!(at_sidecar(matching("headers: {x-forwarded-client-cert: {}}")), NOT);
    assert_eq!(at_sidecar(matching("headers: {x-mine: {}}")), NOT);
}

#[test]
fn headers_that_a_policy_asks_for() {
    let when = |key: &str, values: &str| {
        denying(&format!("{{when: [{{key: 'request.headers[{key}]', {values}}}]}}")).config("")
    };
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
        // A value that is empty changes nothing.
        ("set: {x-team: ''}", "'*'", without(), VIA),
        ("set: {x-team: ''}", "a", with(), DENIED),
        ("add: {x-team: ''}", "'*'", without(), VIA),
        ("add: {x-team: ''}", "a", with(), DENIED),
        ("remove: [x-team], set: {x-team: ''}", "'*'", with(), VIA),
        // So does a command that makes nothing, and only Envoy knows what it makes.
        ("set: {x-team: '%REQ(x-other)%'}", "'*'", with(), DENIED),
        ("set: {x-team: '%REQ(x-other)%'}", "'*'", without(), "unknown"),
        ("add: {x-team: '%REQ(x-other)%'}", "'*'", without(), "unknown"),
        ("set: {x-team: 'b%REQ(x-other)%'}", "'*'", without(), DENIED),
        ("set: {x-team: 'b%REQ(x-other)%'}", "b", without(), "unknown"),
        ("set: {x-team: '100%%'}", "100%", without(), DENIED),
        ("set: {x-team: '%START_TIME(%Y)%'}", "'*'", without(), "unknown"),
        // Both spellings are one header, and the one that Istio sorts last wins.
        ("set: {x-team: b, X-Team: c}", "b", without(), DENIED),
        ("set: {x-team: b, X-Team: c}", "c", without(), VIA),
        ("add: {x-team: b, X-Team: c}", "d", without(), VIA),
        ("add: {x-team: b, X-Team: c}", "'*'", without(), DENIED),
    ] {
        assert_eq!(changed(changes, values, request), expected, "{changes} {values}");
    }
}

/// With one destination Istio appends its changes to the route's, and Envoy overwrites before it appends; of several
/// destinations each makes its own changes first (`processDestination`, `processWeightedDestination` of
/// core/route/route.go). For `Host` the route comes first in both.
#[test]
fn headers_of_a_route_and_of_its_destination() {
    let changed = |route: &str, destination: &str, several: bool, values: &str| {
        let more = if several { ", weight: 100}, {destination: {host: y.org}, weight: 0" } else { "" };
        let mut mesh = parts();
        let before = mesh.mesh_route.clone();
        mesh.mesh_route = mesh
            .mesh_route
            .replace("  - match: [{port: 80", &format!("  - headers: {{request: {{{route}}}}}\n    match: [{{port: 80"))
            .replacen(
                "subset: http, port: {number: 80}}}",
                &format!("subset: http, port: {{number: 80}}}}, headers: {{request: {{{destination}}}}}{more}}}"),
                1,
            );
        assert_ne!(mesh.mesh_route, before);
        assert!(mesh.mesh_route.contains(destination), "{}", mesh.mesh_route);
        mesh.more = format!(
            "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: istio-system}}
spec: {{action: DENY, rules: [{{when: [{{key: 'request.headers[x-a]', values: [{values}]}}]}}]}}
"
        );
        short(&mesh.mesh().ask(&query("a,app=s", "http://x.org").header("x-a", "0")))
    };
    for (route, destination, one, weighted) in [
        // (the route's, the destination's), and the value that arrives with one and with several destinations.
        ("set: {x-a: '1'}", "set: {x-a: '9'}", "9", "1"),
        ("set: {x-a: '1'}", "remove: [x-a]", "1", "1"),
        ("remove: [x-a]", "set: {x-a: '9'}", "9", "gone"),
        ("remove: [x-a]", "add: {x-a: '9'}", "9", "gone"),
        ("add: {x-a: '1'}", "remove: [x-a]", "1", "1"),
        ("set: {x-a: ''}", "set: {x-a: '9'}", "9", "9"),
        ("set: {x-a: '1'}", "set: {x-a: ''}", "1", "1"),
    ] {
        for (several, value) in [(false, one), (true, weighted)] {
            let expected = if value == "gone" { VIA } else { DENIED };
            assert_eq!(changed(route, destination, several, "'*'"), expected, "{route} {destination} {several}");
            if value != "gone" {
                let ask = |value: &str| changed(route, destination, several, &format!("'{value}'"));
                assert_eq!(ask(value), DENIED, "{route} {destination} {several}");
                assert_eq!(ask("0"), VIA, "{route} {destination} {several}");
            }
        }
    }
}

/// `isMethodValid` of Envoy's `source/common/http/http1/balsa_parser.cc`. HTTP/2 takes any method.
#[test]
fn methods_that_the_codec_does_not_know_are_refused() {
    let ask = |to: &str, method: &str| {
        short(&routed("{route: [{destination: {host: y.org}}]}").ask(&query("a", to).method(method)))
    };
    for (method, expected) in [
        ("GET", MATCHED),
        ("TRACE", MATCHED),
        ("PURGE", MATCHED),
        ("MKCALENDAR", MATCHED),
        ("UNSUBSCRIBE", MATCHED),
        ("ACL", MATCHED),
        ("FOO", REFUSED),
        ("get", REFUSED),
        ("Get", REFUSED),
        ("UPDATE", REFUSED),
        ("LABEL", REFUSED),
        ("VERSION-CONTROL", REFUSED),
        ("", NO_HTTP),
        ("a b", NO_HTTP),
        // Its target is the host, and no route is for it.
        ("CONNECT", NOT),
        // Releases of Envoy differ.
        ("QUERY", "unknown"),
        ("M-SEARCH", "unknown"),
        ("MSEARCH", "unknown"),
    ] {
        assert_eq!(ask("http://x.org", method), expected, "{method}");
    }
    assert_eq!(ask("grpc://x.org", "FOO"), MATCHED);
    assert_eq!(ask("grpc://x.org", "get"), MATCHED);
    assert_eq!(ask("grpc://x.org", "a b"), "blocked closed");
    // Between the proxies it may be either.
    is(&parts().mesh().ask(&query("a,app=s", "grpc://x.org").method("FOO")), "unknown");
}

/// Where a request has no path, Envoy looks only at routes that ask for CONNECT, and Istio writes none.
#[test]
fn no_route_is_for_connect() {
    let connect = |target: Option<&str>| {
        let mut query = query("a", "http://x.org").method("CONNECT");
        query.http_path = target.map(str::to_owned);
        query
    };
    let to_y = || routed("{route: [{destination: {host: y.org}}]}");
    for (target, expected) in [
        (None, NOT),
        (Some("x.org:443"), NOT),
        // Nobody knows this host, and not even the answer to unknown hosts is for it.
        (Some("z.org:443"), NOT),
        (Some("/"), REFUSED),
        (Some("x.org:443/y"), REFUSED),
    ] {
        is(&to_y().ask(&connect(target)), expected);
        is(&to_y().allow_any().ask(&connect(target)), expected);
    }
    let why = to_y().ask(&connect(None)).notes;
    assert!(why.iter().any(|note| note.contains("declare its port with protocol TCP")), "{why:?}");
    is(&to_y().ask(&query("a", "grpc://x.org").method("CONNECT")), "blocked");
}

/// `OPTIONS *` is for the server itself, and every path of Istio's routes begins with a slash.
#[test]
fn no_route_is_for_the_whole_server() {
    let options = |scheme: &str, target: &str| {
        let mut query = query("a", &format!("{scheme}://x.org")).method("OPTIONS");
        query.http_path = Some(target.to_owned());
        query
    };
    for scheme in ["http", "grpc"] {
        for mesh in [routed("{route: [{destination: {host: y.org}}]}"), matching("uri: {prefix: /}"), matching("")] {
            is(&mesh.ask(&options(scheme, "*")), NOT);
            is(&mesh.allow_any().ask(&options(scheme, "*").host("z.org")), NOT);
        }
        is(&matching("uri: {regex: '.*'}").ask(&options(scheme, "*")), "unknown");
        is(&matching("method: {exact: OPTIONS}").ask(&options(scheme, "/")), MATCHED);
    }
    is(&matching("").ask(&options("http", "*x")), "unknown");
    is(&matching("").ask(&options("grpc", "*x")), "blocked closed");
    let mut other = query("a", "http://x.org");
    other.http_path = Some("*".to_owned());
    is(&matching("").ask(&other), REFUSED);
}

/// A request in HTTP/2 need not be one of gRPC: a line of an access log says so.
#[test]
fn plain_http_2_has_the_rules_of_its_codec() {
    let ask = |each: &str, method: &str, is_http_2: bool| {
        let mut query = query("a", "http://x.org").method(method).header("x-forwarded-proto", "https");
        query.is_http_2 = is_http_2;
        short(&matching(each).ask(&query))
    };
    assert_eq!(ask("", "FOO", false), REFUSED);
    assert_eq!(ask("", "FOO", true), MATCHED);
    assert_eq!(ask("scheme: {exact: https}", "GET", false), MATCHED);
    assert_eq!(ask("scheme: {exact: https}", "GET", true), NOT);
    assert_eq!(ask("headers: {content-type: {exact: application/grpc}}", "GET", true), NOT);
    let mut tls = query("a", "https://x.org");
    tls.is_http_2 = true;
    is(&matching("").ask(&tls), "blocked closed UH");
}

/// The codec of HTTP/1 between two proxies leaves out the spaces around a value that a route writes.
#[test]
fn a_value_with_spaces_around_it_arrives_without_them() {
    let ask = |scheme: &str, pattern: &str, port: &str| {
        let mut parts = parts();
        parts.mesh_route = parts
            .mesh_route
            .replace("  - match: [{port: 80,", "  - headers: {request: {set: {x-a: ' 2 '}}}\n    match: [{port: 80,");
        parts.gateway_route = parts.gateway_route.replace(
            "http: [{route:",
            &format!("http: [{{match: [{{headers: {{x-a: {{exact: '{pattern}'}}}}}}], route:"),
        );
        parts.rule = parts.rule.replace("mode: ISTIO_MUTUAL, sni: http.outer}", port);
        short(&parts.mesh().from("a,app=s", &format!("{scheme}://x.org")))
    };
    let plain = "mode: ISTIO_MUTUAL, sni: http.outer}";
    assert_eq!(ask("http", "2", plain), VIA);
    assert_eq!(ask("http", " 2 ", plain), NOT);
    let upgraded = "mode: ISTIO_MUTUAL, sni: http.outer}, connectionPool: {http: {h2UpgradePolicy: UPGRADE}}";
    assert_eq!(ask("http", "2", upgraded), "unknown");
}

/// The first line of a request as Envoy's listener and its codec read it.
#[test]
fn targets_that_are_urls_and_targets_that_are_too_long() {
    let ask = |path: &str| {
        let mut query = query("a", "http://x.org");
        query.http_path = Some(path.to_owned());
        short(&routed("{route: [{destination: {host: y.org}}]}").ask(&query))
    };
    for (path, expected) in [
        ("http://x.org/", MATCHED),
        ("http://x.org:80/", MATCHED),
        ("http://x.org:/", REFUSED),
        ("http://x.org:abc/", REFUSED),
        ("http://x.org:80:80/", REFUSED),
        ("http://x_y.org/", REFUSED),
        ("http://x.o%72g/", REFUSED),
        ("http://x.org\\y", NO_HTTP),
        // The path begins with the question mark then, and no route is for it.
        ("http://x.org?y=1", "unknown"),
    ] {
        assert_eq!(ask(path), expected, "{path}");
    }
    assert_eq!(ask(&format!("/{}", "a".repeat(62 * 1024))), "blocked 431");
    assert_eq!(ask(&format!("/{}", "a".repeat(66 * 1024))), NO_HTTP);
}

/// The `*` of Envoy's domains is for one character at least.
#[test]
fn a_host_that_begins_with_a_dot() {
    let mesh = Mesh::bare(
        "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: w, namespace: own}
spec: {hosts: ['*.w.org'], resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP}]}
",
    );
    let ask = |host: &str| short(&mesh.ask(&query("a", "http://x.w.org").host(host)));
    assert_eq!(ask("x.w.org"), "allowed x.w.org:80");
    assert_eq!(ask("..w.org"), "allowed x.w.org:80");
    assert_eq!(ask(".w.org"), "blocked 502");
}

/// The characters of names, of values and of `Host`; how many and how long they may be.
#[test]
fn headers_that_a_connection_manager_refuses() {
    let to_y = || routed("{route: [{destination: {host: y.org}}]}");
    let http = |name: &str, value: &str| short(&to_y().ask(&query("a", "http://x.org").header(name, value)));
    let grpc = |name: &str, value: &str| short(&to_y().ask(&query("a", "grpc://x.org").header(name, value)));
    for (name, value, expected) in [
        ("x-a", "b", MATCHED),
        ("x_a.b~", "b\tc \u{e9} \"", MATCHED),
        ("x-a", "", MATCHED),
        ("x a", "b", REFUSED),
        ("x:a", "b", REFUSED),
        ("x@a", "b", REFUSED),
        ("x(a", "b", REFUSED),
        ("x\u{e9}", "b", REFUSED),
        ("", "b", REFUSED),
        ("x-a", "b\u{1}", REFUSED),
        ("x-a", "b\0", REFUSED),
        ("x-a", "b\u{7f}", REFUSED),
        ("x-a", "b\r\nx-b: c", "unknown"),
        ("content-length", "5", MATCHED),
        ("content-length", "x", REFUSED),
        ("content-length", "-1", REFUSED),
        ("content-length", "+1", REFUSED),
        ("content-length", "", REFUSED),
        ("content-length", " 5 ", MATCHED),
        ("content-length", "18446744073709551616", REFUSED),
        ("transfer-encoding", "Chunked", MATCHED),
        ("transfer-encoding", "gzip", "blocked 501"),
        ("transfer-encoding", "chunked, identity", "blocked 501"),
        ("expect", "100-continue", MATCHED),
        ("connection", "close", MATCHED),
        ("connection", "x-forwarded-for", REFUSED),
        ("connection", "a,b,c,d,e,f,g,h,i,j,k", REFUSED),
        ("te", "gzip", MATCHED),
        ("keep-alive", "5", MATCHED),
        ("upgrade", "foo", MATCHED),
    ] {
        assert_eq!(http(name, value), expected, "{name}: {value}");
    }
    let two = query("a", "http://x.org").header("content-length", "1").header("transfer-encoding", "chunked");
    is(&to_y().ask(&two), REFUSED);
    // A client that sends a body in chunks sends no length.
    for method in ["POST", "PUT", "PATCH"] {
        is(&to_y().ask(&query("a", "http://x.org").method(method).header("transfer-encoding", "chunked")), MATCHED);
    }
    for (upgrade, expected) in [("websocket", MATCHED), ("WebSocket", MATCHED), ("h2c", MATCHED), ("foo", DENIED)] {
        let query = query("a", "http://x.org").header("connection", "Upgrade").header("upgrade", upgrade);
        assert_eq!(short(&to_y().ask(&query)), expected, "{upgrade}");
    }
    for (name, value, expected) in [
        ("x-a", "b", MATCHED),
        ("x a", "b", "blocked closed"),
        ("x-a", "b\0", "blocked closed"),
        ("connection", "close", "blocked closed"),
        ("te", "gzip", "blocked closed"),
        ("upgrade", "websocket", "blocked closed"),
        ("host", "", "blocked closed"),
    ] {
        assert_eq!(grpc(name, value), expected, "{name}: {value}");
    }
    for (host, expected) in [
        ("X.ORG", MATCHED),
        ("x.org:80", MATCHED),
        ("x.org:", MATCHED),
        ("x.org:99999", MATCHED),
        ("x.org:abc", MATCHED),
        ("x.org:80:80", "blocked 502"),
        ("[x.org]", "blocked 502"),
        ("user@x.org", "blocked 502"),
        ("x.org,x.org", "blocked 502"),
        ("x_org", "blocked 502"),
        ("", "blocked 502"),
        ("x org", REFUSED),
        ("x.org/", REFUSED),
        ("http://x.org", REFUSED),
        ("x.org?", REFUSED),
        ("x\u{e9}.org", REFUSED),
    ] {
        assert_eq!(short(&to_y().ask(&query("a", "http://x.org").host(host))), expected, "{host}");
    }
    for (size, expected) in [(50 * 1024, MATCHED), (60 * 1024 - 100, "unknown"), (61 * 1024, "blocked 431")] {
        assert_eq!(http("x-a", &"a".repeat(size)), expected, "{size}");
    }
    for (count, expected) in [(90, MATCHED), (96, "unknown"), (100, "blocked 431")] {
        let mut query = query("a", "http://x.org");
        query.headers.extend((0..count).map(|number| (format!("x-{number}"), "1".to_owned())));
        assert_eq!(short(&to_y().ask(&query)), expected, "{count}");
    }
}

/// Headers that are for the connection, and those that a client may send by itself.
#[test]
fn headers_that_are_not_what_the_request_names() {
    let get = || query("a", "http://x.org");
    for (each, request, expected) in [
        ("headers: {x-mine: {}}", get().header("connection", "close, X-Mine").header("x-mine", "a"), NOT),
        ("headers: {te: {}}", get().header("connection", "te").header("te", "trailers"), MATCHED),
        ("headers: {te: {}}", get().header("te", "gzip"), NOT),
        ("headers: {te: {exact: trailers}}", get().header("te", "gzip, trailers"), MATCHED),
        ("headers: {te: {}}", get().header("te", "gzip, Trailers"), NOT),
        ("headers: {keep-alive: {}}", get().header("keep-alive", "5"), NOT),
        ("headers: {connection: {}}", get().header("connection", "close"), NOT),
        ("headers: {proxy-connection: {}}", get().header("proxy-connection", "close"), NOT),
        ("headers: {transfer-encoding: {}}", get().header("transfer-encoding", "chunked"), NOT),
        ("headers: {upgrade: {}}", get().header("upgrade", "websocket"), NOT),
        ("headers: {upgrade: {}}", get().header("connection", "upgrade").header("upgrade", "websocket"), "unknown"),
        ("headers: {referer: {}}", get().header("referer", "http://z.org/a"), MATCHED),
        ("headers: {referer: {}}", get().header("referer", "about:blank"), "unknown"),
        ("headers: {user-agent: {prefix: curl}}", get(), "unknown"),
        ("headers: {user-agent: {prefix: curl}}", get().header("user-agent", "curl/8"), MATCHED),
        ("headers: {user-agent: {prefix: curl}}", get().header("user-agent", "go"), NOT),
        ("withoutHeaders: {accept: {exact: a}}", get(), "unknown"),
        ("headers: {content-type: {}}", get(), NOT),
        ("headers: {content-type: {}}", get().method("POST"), "unknown"),
        ("headers: {content-length: {}}", get().method("POST"), "unknown"),
        ("headers: {authorization: {}}", get(), NOT),
    ] {
        assert_eq!(short(&matching(each).ask(&request)), expected, "{each}");
    }
}

/// `StringMatch` at each of its places (`TranslateRouteMatch` of core/route/route.go).
#[test]
fn texts_are_compared_as_envoy_compares_them() {
    let ask = |each: &str, to: &str| short(&matching(each).ask(&query("a", to)));
    for (each, to, expected) in [
        ("uri: {exact: /abc}, ignoreUriCase: true", "http://x.org/ABC", MATCHED),
        ("uri: {prefix: /abc}, ignoreUriCase: true", "http://x.org/ABCd", MATCHED),
        ("uri: {prefix: /abc}, ignoreUriCase: true", "http://x.org/AB", NOT),
        // A regular expression has its own case.
        ("uri: {regex: /abc}, ignoreUriCase: true", "http://x.org/ABC", NOT),
        ("uri: {regex: /ABC}, ignoreUriCase: true", "http://x.org/ABC", MATCHED),
        ("uri: {regex: /abc}", "http://x.org/abc?x=1", MATCHED),
        ("uri: {regex: '/abc.*'}", "http://x.org/abc", MATCHED),
        ("uri: {regex: '/abc.*'}", "http://x.org/abc/d?x=1", MATCHED),
        ("uri: {regex: '/abc.*'}", "http://x.org/ab", NOT),
        ("uri: {regex: '/abc/?.*'}", "http://x.org/abc", MATCHED),
        ("uri: {regex: '.*/abc.*'}", "http://x.org/abc", MATCHED),
        // What RE2 may read in another way than the library here.
        ("uri: {regex: '(?i)/abc'}", "http://x.org/abc", "unknown"),
        ("uri: {exact: /abc}", "http://x.org/abc?x=1", MATCHED),
        ("uri: {exact: /abc}", "http://x.org/ABC", NOT),
        ("uri: {exact: ''}", "http://x.org/", NOT),
        ("uri: {prefix: ''}", "http://x.org/a", MATCHED),
        ("uri: {}", "http://x.org/a", MATCHED),
        ("method: {exact: get}", "http://x.org", NOT),
        ("method: {prefix: G}", "http://x.org", MATCHED),
        ("method: {}", "http://x.org", MATCHED),
        ("authority: {exact: X.org}", "http://x.org", NOT),
        ("authority: {exact: x.org}", "http://x.org", MATCHED),
        ("authority: {exact: 'x.org:80'}", "http://x.org", NOT),
        ("scheme: {exact: HTTP}", "http://x.org", NOT),
        ("queryParams: {a: {exact: b}}", "http://x.org/?a=b&a=c", MATCHED),
        ("queryParams: {a: {exact: c}}", "http://x.org/?a=b&a=c", NOT),
        ("queryParams: {a: {exact: ''}}", "http://x.org/?a", MATCHED),
        ("queryParams: {a: {}}", "http://x.org/?a", MATCHED),
        ("queryParams: {a: {}}", "http://x.org/?A=1", NOT),
        ("queryParams: {a: {exact: 'b c'}}", "http://x.org/?a=b%20c", NOT),
        ("queryParams: {a: {exact: b%20c}}", "http://x.org/?a=b%20c", MATCHED),
    ] {
        assert_eq!(ask(each, to), expected, "{each} {to}");
    }
}

/// A listener of a sidecar looks at the first line (`http_inspector`); what is no HTTP is TCP to it.
#[test]
fn what_is_no_http_is_tcp_to_a_sidecar() {
    let to_y = || routed("{route: [{destination: {host: y.org}}]}");
    let odd = || {
        let mut query = query("a", "http://x.org");
        query.http_path = Some("admin".to_owned());
        query
    };
    is(&to_y().ask(&odd()), NO_HTTP);
    is(&to_y().allow_any().ask(&odd()), "allowed x.org:80");
    is(&to_y().allow_any().ask(&query("a", "http://x.org").method("FOO")), REFUSED);
}

/// Envoy 1.40 compares each of several values by itself, and one that matches is enough; older ones compare them joined.
#[test]
fn a_header_that_is_given_several_times() {
    let ask = |values: &str, pattern: &str| {
        short(&matching(&format!("headers: {{x-a: {pattern}}}")).ask(&query("a", "http://x.org").header("x-a", values)))
    };
    for (values, pattern, expected) in [
        ("a\nb", "{exact: c}", NOT),
        ("a\nb", "{exact: a}", "unknown"),
        ("a\nb", "{exact: 'a,b'}", "unknown"),
        ("a\nb", "{prefix: a}", MATCHED),
        ("a\nb", "{prefix: b}", "unknown"),
        ("a\nb", "{}", MATCHED),
        ("a\na", "{exact: a}", "unknown"),
    ] {
        assert_eq!(ask(values, pattern), expected, "{values:?} {pattern}");
    }
    let twice = |name: &str, values: &str| {
        short(&matching("uri: {prefix: /}").ask(&query("a", "http://x.org").header(name, values)))
    };
    assert_eq!(twice("host", "x.org\nx.org"), "blocked 502");
    assert_eq!(twice("content-length", "1\n1"), REFUSED);
    assert_eq!(twice("connection", "close\nx-a"), "unknown");
    assert_eq!(twice("x-a", "1\n2"), MATCHED);
}

/// `GenerateAltVirtualHosts` of core/httproute.go: hosts of the registry only.
#[test]
fn a_host_with_a_dot_behind_it() {
    let mesh = routed("{route: [{destination: {host: y.org}}]}");
    let ask = |mesh: &Mesh, host: &str| short(&mesh.ask(&query("a", "http://x.org").host(host)));
    // Older releases do not know it.
    assert_eq!(ask(&mesh, "x.org."), "unknown");
    assert_eq!(ask(&mesh, "x.org.."), "blocked 502");
    assert_eq!(ask(&mesh, "z.org."), "blocked 502");
    let alias = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: r, namespace: own}
spec: {hosts: [z.org], http: [{directResponse: {status: 201}}]}
";
    // Something else has HTTP on the port.
    let other = "---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: w, namespace: own}
spec: {hosts: [w.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
";
    let alias = Mesh::bare(&format!("{alias}{other}")).complete();
    is(&alias.from("a", "http://z.org"), "blocked 201");
    is(&alias.ask(&query("a", "http://z.org").host("z.org.")), "blocked 502");
}

/// `CorsFilter::decodeHeaders` of Envoy, on routes with a destination.
#[test]
fn preflights_that_a_route_answers() {
    let ask = |policy: &str, method: &str, headers: &[(&str, &str)]| {
        let mesh = routed(&format!("{{corsPolicy: {{{policy}}}, route: [{{destination: {{host: y.org}}}}]}}"));
        let query = headers
            .iter()
            .fold(query("a", "http://x.org").method(method), |query, (name, value)| query.header(name, value));
        short(&mesh.ask(&query))
    };
    let own = "allowOrigins: [{exact: 'http://o.org'}]";
    let (origin, other) = (("origin", "http://o.org"), ("origin", "http://p.org"));
    let wants = ("access-control-request-method", "GET");
    let answered = "blocked 200";
    for (policy, method, headers, expected) in [
        (own, "OPTIONS", &[origin, wants][..], answered),
        (own, "OPTIONS", &[other, wants], MATCHED),
        (own, "OPTIONS", &[origin], MATCHED),
        (own, "OPTIONS", &[wants], MATCHED),
        (own, "GET", &[origin, wants], MATCHED),
        (own, "OPTIONS", &[origin, ("access-control-request-method", "")], MATCHED),
        ("allowOrigins: [{exact: '*'}]", "OPTIONS", &[other, wants], answered),
        ("allowOrigins: [{prefix: 'http://p'}]", "OPTIONS", &[other, wants], answered),
        ("allowOrigins: [{regex: 'http://[a-z].org'}]", "OPTIONS", &[other, wants], answered),
        ("allowOrigins: [{regex: '(?i)http://[a-z].org'}]", "OPTIONS", &[other, wants], "unknown"),
        ("allowMethods: [GET]", "OPTIONS", &[origin, wants], MATCHED),
        ("allowOrigins: [{exact: 'http://o.org'}], unmatchedPreflights: IGNORE", "OPTIONS", &[other, wants], answered),
        ("allowOrigins: [{exact: 'http://o.org'}], unmatchedPreflights: FORWARD", "OPTIONS", &[other, wants], MATCHED),
    ] {
        assert_eq!(ask(policy, method, headers), expected, "{policy} {method} {headers:?}");
    }
    let direct = routed("{corsPolicy: {allowOrigins: [{exact: 'http://o.org'}]}, directResponse: {status: 201}}");
    let preflight = query("a", "http://x.org").method("OPTIONS").header(origin.0, origin.1).header(wants.0, wants.1);
    is(&direct.ask(&preflight), "blocked 201");
}

/// docs/istio/names.md: some places compare hosts as they are written, and others in lower case.
#[test]
fn hosts_that_are_written_with_capitals() {
    let object = |kind: &str, spec: &str| {
        format!(
            "---\napiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: o{}, namespace: own}}\nspec: {{{spec}}}\n",
            spec.len()
        )
    };
    let entry = |host: &str| {
        object(
            "ServiceEntry",
            &format!("hosts: [{host}], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP}}]"),
        )
    };
    // Something else has HTTP on the port.
    let to = |text: &str, url: &str| short(&Mesh::bare(&(entry("w.org") + text)).complete().from("own", url));
    assert_eq!(to(&entry("X.org"), "http://x.org"), "unknown");
    assert_eq!(to(&entry("X.org"), "http://y.org"), "blocked 502");
    let answer = |hosts: &str| {
        object("VirtualService", &format!("hosts: [{hosts}], http: [{{directResponse: {{status: 201}}}}]"))
    };
    // Lowered at a sidecar.
    assert_eq!(to(&answer("X.org"), "http://x.org"), "blocked 201");
    assert_eq!(to(&(entry("x.org") + &answer("X.org")), "http://x.org"), "blocked 201");
    assert_eq!(to(&answer("'*.X.org'"), "http://a.x.org"), "unknown");
    let sidecar = object("Sidecar", "egress: [{hosts: ['own/X.org', own/w.org]}]");
    assert_eq!(to(&(entry("x.org") + &sidecar), "http://x.org"), "unknown");
    // As written: the entry's host is another one.
    let route = object("VirtualService", "hosts: [z.org], http: [{route: [{destination: {host: X.org}}]}]");
    assert_eq!(to(&(entry("x.org") + &route), "http://z.org"), "blocked 503 NC");
    assert_eq!(to(&(entry("X.org") + &route), "http://z.org"), "unknown");
}
