//! VirtualServices that are bound to gateways (docs/istio/gateways.md).

use crate::gateway::{HTTP, VIA, parts};
use crate::mesh::is;

#[test]
fn hosts_and_namespaces_bind_virtual_services() {
    for (hosts, expected) in [
        ("istio-system/http.outer, istio-system/x.org", VIA),
        ("http.outer, x.org", VIA),
        ("./http.outer, ./x.org", VIA),
        ("'*/http.outer', '*/x.org'", VIA),
        ("'*'", VIA),
        ("istio-system/*", VIA),
        // Of another namespace: no virtual host at all.
        ("http.outer, other/x.org", "blocked 404 NR"),
        ("http.outer", "blocked 404 NR"),
    ] {
        let mut parts = parts();
        parts.gateway = parts.gateway.replace("istio-system/http.outer, istio-system/x.org", hosts);
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
}

#[test]
fn virtual_services_at_gateways() {
    // Not exported to the gateway's namespace.
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen("namespace: istio-system}", "namespace: elsewhere}", 1);
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 404 NR");
    // Routes of several are merged, and what takes everything comes last.
    let mut parts = self::parts();
    parts.more = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: more, namespace: istio-system}
spec: {hosts: [x.org], gateways: [g], http: [{match: [{uri: {prefix: /deny}}], directResponse: {status: 418}}]}
"
    .into();
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    is(&parts.mesh().from("a,app=s", "http://x.org/deny"), "blocked 418");
    // Of two that take everything a private one comes before a public one, whatever their ages.
    parts.more = parts.more.replace("match: [{uri: {prefix: /deny}}], ", "");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    parts.more = parts.more.replace("hosts: [x.org]", "hosts: [x.org], exportTo: ['.']");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
}

#[test]
fn a_virtual_service_without_http_routes_makes_no_virtual_host() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("istio-system/http.outer, istio-system/x.org", "'*'");
    parts.gateway_route = parts.gateway_route.replacen(
        "http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]",
        "tcp: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]",
        1,
    );
    parts.more = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: wild, namespace: istio-system}
spec: {hosts: ['*.org'], gateways: [g], http: [{directResponse: {status: 418}}]}
"
    .into();
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 418");
}
