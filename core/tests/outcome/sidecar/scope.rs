//! The Sidecar resource: what it imports, and for whom (docs/istio/sidecar-listeners.md).

use crate::mesh::{Mesh, is};
use crate::sidecar::{HTTP, TO_Y, entry, route, two_hosts};

#[test]
fn sidecars_narrow_what_is_seen() {
    let sidecar = |hosts: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: a}}
spec: {{egress: [{{hosts: [{hosts}]}}]}}
"
        )
    };
    for (hosts, expected) in [
        ("'*/*'", "allowed x.org:443 tls(x.org)"),
        ("own/*", "allowed x.org:443 tls(x.org)"),
        ("own/x.org", "allowed x.org:443 tls(x.org)"),
        ("'*/*.org'", "allowed x.org:443 tls(x.org)"),
        ("./*", "blocked closed UH"),
        ("'~/*'", "blocked closed UH"),
        ("own/y.org", "blocked closed UH"),
    ] {
        is(&Mesh::bare(&(two_hosts() + &sidecar(hosts))).from("a", "https://x.org"), expected);
    }
    // Another namespace has none.
    is(&Mesh::bare(&(two_hosts() + &sidecar("./*"))).from("b", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_selectors_sidecar_comes_first_and_the_roots_last() {
    let sidecar = |namespace: &str, name: &str, selector: &str, hosts: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{selector}egress: [{{hosts: [{hosts}]}}]}}
"
        )
    };
    let yaml = two_hosts()
        + &sidecar("a", "all", "", "'*/*'")
        + &sidecar("a", "some", "workloadSelector: {labels: {app: s}}, ", "'~/*'")
        + &sidecar("istio-system", "default", "", "own/y.org");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a,app=s", "https://x.org"), "blocked closed UH");
    is(&mesh.from("a,app=t", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&mesh.from("b", "https://x.org"), "blocked closed UH");
    is(&mesh.from("b", "https://y.org"), "allowed y.org:443 tls(y.org)");
}

#[test]
fn a_narrowed_sidecar_still_gets_what_its_routes_name() {
    let yaml = two_hosts()
        + "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: b}
spec: {egress: [{hosts: [b/*]}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: x, namespace: b}
spec: {hosts: [x.org], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: r, namespace: b}
spec: {hosts: [x.org], http: [{route: [{destination: {host: y.org}}]}]}
";
    is(&Mesh::bare(&yaml).from("b", "http://x.org"), "diverted y.org:80");
}

#[test]
fn a_route_pulls_in_what_its_namespace_does_not_export_to_itself() {
    let yaml = entry("x", "own", "'*'", "x.org", HTTP)
        + &entry("y", "a", "b", "y.org", HTTP)
        + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "diverted y.org:80");
    is(&Mesh::bare(&yaml).from("a", "http://y.org"), "blocked 502");
    is(&Mesh::bare(&yaml).from("c", "http://x.org"), "blocked 503 NC");
    // Istio reads the last `sourceNamespace` of a route's matches alone.
    let passed_over = route("r", "'*'", &format!("  http: [{{match: [{{}}, {{sourceNamespace: c}}], {TO_Y}}}]"));
    let yaml = entry("x", "own", "'*'", "x.org", HTTP) + &entry("y", "a", "b", "y.org", HTTP) + &passed_over;
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "unknown");
}

/// A Sidecar of namespace `a` with these egress listeners.
fn listeners(egress: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: a}}
spec: {{egress: [{egress}]}}
"
    )
}

const ALLOWED: [&str; 4] =
    ["allowed x.org:80", "allowed x.org:443 tls(x.org)", "allowed y.org:80", "allowed y.org:443 tls(y.org)"];

/// What a sidecar of `a` does with HTTP and HTTPS for `x.org` and `y.org`.
fn answers(egress: &str) -> [String; 4] {
    let mesh = Mesh::bare(&(two_hosts() + &listeners(egress)));
    ["http://x.org", "https://x.org", "http://y.org", "https://y.org"].map(|to| crate::mesh::short(&mesh.from("a", to)))
}

#[test]
fn a_listener_with_a_port_has_its_own_hosts() {
    let [x80, x443, y80, y443] = ALLOWED;
    let http_of_x = "{port: {number: 80, protocol: HTTP, name: http}, hosts: [own/x.org]}";
    let (no_host, closed) = ("blocked 502", "blocked closed UH");
    // The last one, without a port, is for all other ports.
    assert_eq!(answers(&format!("{http_of_x}, {{hosts: ['*/*']}}")), [x80, x443, no_host, y443]);
    assert_eq!(answers(&format!("{http_of_x}, {{hosts: [own/y.org]}}")), [x80, closed, no_host, y443]);
    // Without it there is no listener on other ports.
    assert_eq!(answers(http_of_x), [x80, closed, no_host, closed]);
    let https_of_y = "{port: {number: 443, protocol: HTTPS, name: https}, hosts: [own/y.org]}";
    assert_eq!(answers(&format!("{http_of_x}, {https_of_y}")), [x80, closed, no_host, y443]);
    // A port that nobody has leaves all others alone.
    let of_nobody = "{port: {number: 9080, protocol: HTTP, name: http}, hosts: ['prod/*']}";
    assert_eq!(answers(&format!("{of_nobody}, {{hosts: [own/x.org]}}")), [x80, x443, no_host, closed]);
    let mesh = Mesh::bare(&(two_hosts() + &listeners(&format!("{of_nobody}, {{hosts: [other/*]}}"))));
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    is(&mesh.from("a", "http://z.org:8080"), "blocked closed UH");
    is(&mesh.from("a", "http://z.org:9080"), "blocked closed UH");
    assert_eq!(y80, "allowed y.org:80");
}

#[test]
fn a_listener_that_is_not_modelled_leaves_other_ports_certain() {
    let [x80, x443, y80, y443] = ALLOWED;
    // Another protocol than the port of the service has.
    let other = "{port: {number: 80, protocol: TCP, name: tcp}, hosts: [own/x.org]}, {hosts: ['*/*']}";
    assert_eq!(answers(other), ["unknown", x443, "unknown", y443]);
    let proxy = "{port: {number: 80, protocol: HTTP_PROXY, name: p}, hosts: [own/x.org]}, {hosts: ['*/*']}";
    assert_eq!(answers(proxy), ["unknown", x443, "unknown", y443]);
    // On every address.
    let bound = "{port: {number: 443, protocol: HTTPS, name: h}, bind: 0.0.0.0, hosts: [own/x.org]}, {hosts: ['*/*']}";
    assert_eq!(answers(bound), [x80, "unknown", y80, "unknown"]);
}

/// TLS and TCP of a service with an address listen there, and so the listener on every address is free for other services
/// (`listenerMapKey` of core/listener.go). A service without an address takes it, and HTTP does so in any case.
#[test]
fn a_listener_with_a_port_takes_every_address_only_where_its_services_do() {
    let egress = "{port: {number: 443, protocol: HTTPS, name: h}, hosts: [pinned/*]}, {hosts: [own/*]}";
    let pinned = "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: v, namespace: pinned}
spec:
  hosts: [v.org]
  addresses: [10.1.2.3]
  resolution: STATIC
  endpoints: [{address: 10.1.2.3}]
  ports: [{number: 443, name: https, protocol: HTTPS}]
";
    let mesh = Mesh::bare(&(two_hosts() + pinned + &listeners(egress)));
    assert_eq!(crate::mesh::short(&mesh.from("a", "https://x.org")), "unknown");
}

/// A host without an address has one of its own where the sidecar answers DNS, and is on every address where it does not.
#[test]
fn automatic_addresses_leave_every_address_to_the_other_listener() {
    let tcp = |name: &str, host: &str, resolution: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: own}}
spec: {{hosts: [{host}], resolution: {resolution}, ports: [{{number: 5432, name: tcp, protocol: TCP}}]}}
"
        )
    };
    let all = tcp("x", "x.org", "DNS") + &tcp("y", "y.org", "DNS") + &tcp("w", "'*.w.org'", "NONE");
    let of = |host: &str| format!("{{port: {{number: 5432, protocol: TCP, name: tcp}}, hosts: [own/{host}]}}");
    let asked = |egress: &str, dns: bool, host: &str| {
        let mut mesh = Mesh::bare(&(all.clone() + &listeners(egress)));
        mesh.environment.stated_dns_capture = Some(dns);
        crate::mesh::short(&mesh.from("a", &format!("tcp://{host}:5432")))
    };
    let closed = "blocked closed UH";
    for (egress, dns, host, expected) in [
        // Alone, the listener is for the address of its host.
        (of("x.org"), true, "x.org", "allowed x.org:5432"),
        (of("x.org"), true, "y.org", closed),
        (of("x.org"), true, "other.org", closed),
        (of("x.org"), false, "x.org", "allowed x.org:5432"),
        (of("x.org"), false, "y.org", "diverted x.org:5432"),
        // Every address is left to what the other listener has for it.
        (of("x.org") + ", {hosts: ['own/*.w.org']}", true, "other.org", "unknown"),
        (of("x.org") + ", {hosts: ['own/*.w.org']}", false, "other.org", "diverted x.org:5432"),
        // The other listener has an address for its host as well.
        (of("x.org") + ", {hosts: [own/y.org]}", true, "y.org", "unknown"),
        (of("x.org") + ", {hosts: [own/y.org]}", false, "y.org", "diverted x.org:5432"),
        // What takes every address is the only one to do so.
        (of("*.w.org") + ", {hosts: [own/y.org]}", false, "other.org", "allowed other.org:5432"),
        (of("*.w.org") + ", {hosts: [own/y.org]}", true, "y.org", "unknown"),
    ] {
        assert_eq!(asked(&egress, dns, host), expected, "{egress} {dns} {host}");
    }
}

/// Networks are matched by filter chains of the listener on every address (`buildSidecarOutboundListener` of core/listener.go),
/// which then belongs to the port alone.
#[test]
fn networks_take_every_address_and_leave_none_to_the_other_listener() {
    let tcp = |name: &str, host: &str, addresses: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: own}}
spec: {{hosts: [{host}], addresses: [{addresses}], resolution: NONE, ports: [{{number: 5432, name: tcp, protocol: TCP}}]}}
"
        )
    };
    let asked = |networks: &str, url: &str| {
        let all = tcp("x", "x.org", networks) + &tcp("w", "'*.w.org'", "");
        let egress = "{port: {number: 5432, protocol: TCP, name: tcp}, hosts: [own/x.org]}, {hosts: ['own/*.w.org']}";
        crate::mesh::short(&Mesh::bare(&(all + &listeners(egress))).from("a", url))
    };
    let closed = "blocked closed UH";
    assert_eq!(asked("10.1.0.0/16", "tcp://10.1.2.3:5432"), "allowed 10.1.2.3:5432");
    assert_eq!(asked("10.1.0.0/16", "tcp://10.2.2.3:5432"), closed, "the port is the first listener's");
    assert_eq!(asked("10.1.0.0/16, 10.2.2.0/24", "tcp://10.2.2.3:5432"), "allowed 10.2.2.3:5432");
    // An address may come before the networks, and then the service listens there alone.
    assert_eq!(asked("10.1.0.0/16, 10.9.9.9", "tcp://10.2.2.3:5432"), "unknown");
}

#[test]
fn a_listener_that_takes_nothing_captured_is_dialled_by_its_address() {
    let closed = "blocked closed UH";
    for place in ["captureMode: NONE", "bind: 127.0.0.1", "bind: 127.0.0.1, captureMode: NONE"] {
        let of_port = format!("{{port: {{number: 80, protocol: HTTP, name: h}}, {place}, hosts: ['*/*']}}");
        assert_eq!(answers(&of_port), [closed; 4], "{place}");
        assert_eq!(answers(&format!("{{{place}, hosts: ['*/*']}}")), [closed; 4], "{place}");
        let mesh = Mesh::bare(&(two_hosts() + &listeners(&of_port)));
        is(&mesh.from("a", "http://127.0.0.1:80"), "unknown");
        // No sidecar takes it, and what else listens in the pod is not known.
        is(&mesh.from("a", "http://127.0.0.1:81"), "unknown");
        // Routes are looked up by the port alone, and are those of this listener (egress_routes.rs).
        let two = format!("{of_port}, {{hosts: ['*/*']}}");
        assert_eq!(answers(&two), ALLOWED, "{place}");
    }
    let mesh = Mesh::bare(&(two_hosts() + &listeners("{captureMode: NONE, hosts: ['*/*']}"))).allow_any();
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn a_host_that_may_be_left_out_makes_its_own_port_unknown() {
    let [x80, x443, y80, y443] = ALLOWED;
    assert_eq!(answers("{hosts: ['*/*', '~own/z.org']}"), [x80, x443, y80, y443]);
    assert_eq!(answers("{hosts: ['*/*', '~own/x.org']}"), ["unknown"; 4]);
}
