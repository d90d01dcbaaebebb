//! TLS that a gateway begins (docs/istio/destination-rules.md).

use crate::gateway::{Parts, parts};
use crate::mesh::{Mesh, is};

/// A route that does not tell the host who calls.
const SILENT: &str = "headers: {request: {remove: [X-Forwarded-Client-Cert]}}";

/// HTTP that leaves as HTTPS.
fn upgraded(tls: &str) -> Parts {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen(
        "host: x.org, port: {number: 80}",
        "host: x.org, subset: https, port: {number: 443}",
        1,
    );
    parts.gateway_route = parts.gateway_route.replacen("http: [{", &format!("http: [{{{SILENT}, "), 1);
    parts.more = format!(
        "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: upgrade, namespace: istio-system}}
spec: {{host: x.org, exportTo: [.], subsets: [{{name: https, trafficPolicy: {{tls: {tls}}}}}]}}
"
    );
    parts
}

#[test]
fn an_upgrade_arrives_with_tls() {
    let mesh = upgraded("{mode: SIMPLE, sni: x.org, subjectAltNames: [x.org], caCertificates: system}").mesh();
    let trace = mesh.from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    // Passthrough to the same port stays what it is.
    is(&mesh.from("a,app=s", "https://x.org"), "allowed via egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn names_that_are_not_verified_are_noted() {
    let trace = upgraded("{mode: SIMPLE, sni: x.org}").mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes[0].contains("not that it belongs to `x.org`"), "{:?}", trace.notes);
    // Neither: Istio takes the name from `Host` and verifies it.
    let trace = upgraded("{mode: SIMPLE}").mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    let trace = upgraded("{mode: SIMPLE, sni: x.org, insecureSkipVerify: true}").mesh().from("a,app=s", "http://x.org");
    assert!(trace.notes[0].contains("at all"), "{:?}", trace.notes);
}

#[test]
fn a_caller_who_is_told_to_the_host_is_noted() {
    let mut parts = upgraded("{mode: SIMPLE, sni: x.org, subjectAltNames: [x.org]}");
    parts.gateway_route = parts.gateway_route.replace(SILENT, "name: loud");
    let trace = parts.mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert_eq!(trace.notes, ["the caller's identity leaks to `x.org`: no route removes `x-forwarded-client-cert`"]);
}

#[test]
fn other_modes() {
    for (tls, expected) in [
        ("{mode: ISTIO_MUTUAL}", "blocked 503 UF"),
        ("{mode: DISABLE}", "diverted via egressgateway-a x.org:443"),
        ("{mode: SIMPLE, sni: x.org, subjectAltNames: [y.org]}", "unknown"),
        (
            "{mode: MUTUAL, sni: x.org, subjectAltNames: [x.org], credentialName: c}",
            "allowed via egressgateway-a x.org:443 tls(x.org)",
        ),
    ] {
        is(&upgraded(tls).mesh().from("a,app=s", "http://x.org"), expected);
    }
}

#[test]
fn tls_inside_tls_is_not_guessed_at() {
    let mut parts = upgraded("{mode: SIMPLE, sni: x.org}");
    parts.gateway_route = parts
        .gateway_route
        .replace("host: x.org, port: {number: 443}", "host: x.org, subset: https, port: {number: 443}");
    is(&parts.mesh().from("a,app=s", "https://x.org"), "unknown");
}

/// A DestinationRule that begins TLS for a port on which clients begin it themselves: the server answers the inner handshake
/// as it answers any text that is no request.
#[test]
fn https_inside_tls_fails_and_other_tls_is_not_guessed_at() {
    let mesh = |mode: &str| {
        let mut mesh = Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: a}}
spec: {{hosts: [x.org], resolution: DNS, ports: [{{number: 443, name: tls, protocol: TLS}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: x, namespace: a}}
spec: {{host: x.org, trafficPolicy: {{tls: {{mode: {mode}, sni: x.org, subjectAltNames: [x.org]}}}}}}
"
        ))
        .complete();
        mesh.environment.has_policies = false;
        mesh
    };
    is(&mesh("SIMPLE").from("a", "https://x.org"), "blocked closed");
    is(&mesh("SIMPLE").from("a", "tls://x.org"), "unknown");
    is(&mesh("DISABLE").from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_sidecar_may_begin_tls_itself() {
    let mut parts = parts();
    parts.hollow = parts
        .real
        .replace("namespace: istio-system", "namespace: istio-egress")
        .replace("exportTo: [.]", "exportTo: [a]");
    parts.mesh_route = String::new();
    parts.more = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: o, namespace: a}
spec: {host: x.org, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE, sni: x.org}}]}}
"
    .into();
    is(&parts.mesh().from("a,app=s", "http://x.org"), "allowed x.org:80 tls(x.org)");
}
