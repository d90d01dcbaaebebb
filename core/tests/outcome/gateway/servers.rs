//! Servers of Gateways: the names of their filter chains, their TLS modes, and their conflicts.
//! Rules: docs/istio/gateways.md.

use crate::gateway::{HTTP, HTTPS, VIA, VIA_TLS, parts};
use crate::mesh::{Ask, is, query};

#[test]
fn the_gateway_knows_only_the_names_of_its_servers() {
    let mut parts = parts();
    parts.rule = parts.rule.replace("tls.outer", "else.outer");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
    // The names of HTTP hosts are server names too.
    let mut parts = self::parts();
    parts.rule = parts.rule.replace("http.outer", "x.org");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
}

#[test]
fn tls_servers_with_mutual_tls_use_tcp_routes_alone() {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replace("tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]", "tls: [{match: [{port: 444, sniHosts: [tls.outer]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
}

#[test]
fn passthrough_servers_use_tls_routes() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace(
        "hosts: [istio-system/tls.outer]\n    tls: {mode: ISTIO_MUTUAL}",
        "hosts: [x.org]\n    tls: {mode: PASSTHROUGH}",
    );
    parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}", "{tls: {mode: DISABLE}}");
    parts.gateway_route = parts.gateway_route.replace("hosts: [tls.outer]", "hosts: [x.org]").replace(
        "tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
        "tls: [{match: [{port: 444, sniHosts: [x.org]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
    );
    is(&parts.mesh().from("a,app=s", HTTPS), VIA_TLS);
    // Mutual TLS goes through to a host that has no mesh certificate.
    let mut mutual = parts.clone();
    mutual.rule = mutual.rule.replace(
        "- name: tls\n    trafficPolicy: {tls: {mode: DISABLE}}",
        "- name: tls\n    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: x.org}}",
    );
    is(&mutual.mesh().from("a,app=s", HTTPS), "blocked closed UF");
    // The sidecar's own TLS goes through.
    let mut simple = parts;
    simple.mesh_route =
        simple.mesh_route.replace("subset: http, port: {number: 80}", "subset: tls, port: {number: 444}");
    simple.rule = simple.rule.replace(
        "- name: tls\n    trafficPolicy: {tls: {mode: DISABLE}}",
        "- name: tls\n    trafficPolicy: {tls: {mode: SIMPLE, sni: x.org}}",
    );
    is(&simple.mesh().from("a,app=s", HTTP), "diverted via egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn https_servers_that_are_tls_lose_their_http_routes() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("name: http, protocol: HTTPS", "name: http, protocol: TLS");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
    let mut parts = self::parts();
    parts.gateway = parts.gateway.replace("name: tls, protocol: TLS", "name: tls, protocol: HTTPS");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed DPE");
}

#[test]
fn servers_that_conflict() {
    let other = |server: &str| {
        format!(
            "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: other, namespace: istio-system}}
spec: {{selector: {{istio: egressgateway-a}}, servers: [{server}]}}
"
        )
    };
    for (server, expected) in [
        // Another string for the same server name: Istio does not see it, Envoy refuses the listener.
        ("{port: {number: 80, name: o, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}}", "unknown"),
        // The same string: the older server stays.
        (
            "{port: {number: 80, name: o, protocol: HTTPS}, hosts: [istio-system/x.org], tls: {mode: ISTIO_MUTUAL}}",
            "unknown",
        ),
        // Plain text that is older drops ours.
        ("{port: {number: 80, name: o, protocol: HTTP}, hosts: ['*']}", "unknown"),
        // Less specific: both stay.
        ("{port: {number: 80, name: o, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}", VIA),
        ("{port: {number: 81, name: o, protocol: HTTP}, hosts: ['*']}", VIA),
    ] {
        let mut parts = parts();
        parts.more = other(server);
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("metadata: {", "metadata: {creationTimestamp: \"2020-01-01T00:00:00Z\", ");
    parts.more = other("{port: {number: 80, name: o, protocol: HTTP}, hosts: ['*']}")
        .replace("metadata: {", "metadata: {creationTimestamp: \"2021-01-01T00:00:00Z\", ");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    parts.more = parts.more.replace("2021", "2019");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
}

#[test]
fn selectors_of_pods_that_are_half_known() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("{istio: egressgateway-a}", "{istio: other}");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
    parts.gateway = parts.gateway.replace("{istio: other}", "{app: egress}");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
    let mut mesh = parts.mesh();
    mesh.environment.complete = egressc_core::stages::model::Completeness::EVERYTHING;
    is(&mesh.from("a,app=s", HTTP), "blocked 503 UF");
}

/// `builtAutoPassthroughFilterChains` of core/gateway.go: a chain for each cluster of the mesh, by its name as server
/// name.
#[test]
fn servers_that_pass_through_to_clusters_are_not_modelled() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace(
        "hosts: [istio-system/tls.outer]\n    tls: {mode: ISTIO_MUTUAL}",
        "hosts: ['*.x.org', x.org]\n    tls: {mode: AUTO_PASSTHROUGH}",
    );
    let to = |name: &str| parts.mesh().ask(&query("a", HTTPS).direct(444, name));
    is(&to("outbound_.443_._.x.org"), "unknown");
    is(&to("outbound_.443_.v1_.a.x.org"), "unknown");
    is(&to("outbound_.443_._.y.org"), "blocked closed UF");
    is(&to("x.org"), "blocked closed UF");
    is(&to("tcp.outer"), "allowed via egressgateway-a x.org:25 tls(x.org)");
    // Its `tls` routes are nothing to it.
    parts.gateway_route = parts.gateway_route.replace("hosts: [tls.outer]", "hosts: [x.org]").replace(
        "tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
        "tls: [{match: [{port: 444, sniHosts: [x.org]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
    );
    parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}", "{tls: {mode: DISABLE}}");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
}
