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
    // One with a port is not modelled.
    let ported = sidecar("'*/*'").replace("egress: [{", "egress: [{port: {number: 443, protocol: HTTPS, name: x}, ");
    is(&Mesh::bare(&(two_hosts() + &ported)).from("a", "https://x.org"), "unknown");
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
