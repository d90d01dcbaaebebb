//! Hosts that no ServiceEntry registers: `outboundTrafficPolicy`, and workloads without a sidecar.
//! Rules: docs/istio/sidecar-listeners.md.

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{HTTP, entry};

#[test]
fn unknown_hosts_are_blocked_by_what_listens_on_their_port() {
    let mesh = Mesh::bare("");
    is(&mesh.from("a", "http://x.org"), "blocked closed UH");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    let mesh = Mesh::bare(&entry("e", "b", "'*'", "y.org", HTTP));
    is(&mesh.from("a", "http://x.org"), "blocked 502");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    is(&mesh.from("a", "tcp://x.org:80"), "blocked closed UH");
    is(&mesh.from("a", "http://x.org:8080"), "blocked closed UH");
}

#[test]
fn the_gateways_own_port_80_is_an_http_listener() {
    is(&Mesh::new("").from("a", "http://x.org"), "blocked 502");
    is(&Mesh::new("").from("a", "https://x.org"), "blocked closed UH");
}

#[test]
fn allow_any_lets_out_past_the_gateway() {
    let mesh = Mesh::new("").allow_any();
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    assert_eq!(mesh.from("a", "https://x.org").upstream_cluster.as_deref(), Some("PassthroughCluster"));
}

#[test]
fn a_sidecar_may_allow_any_by_itself() {
    let mesh = Mesh::new(
        "
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: a}
spec: {outboundTrafficPolicy: {mode: ALLOW_ANY}}
",
    );
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&mesh.from("b", "https://x.org"), "blocked closed UH");
}

#[test]
fn without_a_sidecar_everything_is_open() {
    is(&Mesh::new("").ask(&query("a", "https://x.org").no_sidecar()), "allowed x.org:443 tls(x.org)");
    is(&Mesh::new("").ask(&query("a", "http://x.org").no_sidecar()), "allowed x.org:80");
}
