//! The endpoints of a ServiceEntry: its `resolution`, and entries that share a host (docs/istio/services.md).

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{HTTP, HTTPS, entry};

#[test]
fn a_hollow_entry_is_a_cluster_without_endpoints() {
    let yaml =
        entry("e", "own", "'*'", "x.org", &format!("{HTTP}, {HTTPS}")).replace("resolution: DNS", "resolution: STATIC");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "http://x.org"), "blocked 503 UH");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    assert_eq!(mesh.from("a", "https://x.org").upstream_cluster.as_deref(), Some("outbound|443||x.org"));
}

#[test]
fn resolution_none_goes_where_the_client_dialled() {
    let yaml = entry("e", "own", "'*'", "'*.x.org'", HTTPS).replace("resolution: DNS", "resolution: NONE");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://a.x.org"), "allowed a.x.org:443 tls(a.x.org)");
    is(&mesh.ask(&query("a", "https://evil.org").sni(Some("a.x.org"))), "allowed evil.org:443 tls(a.x.org)");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
}

#[test]
fn endpoints_that_are_other_names_divert() {
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
        .replace("  resolution", "  endpoints: [{address: y.org, ports: {https: 8443}}]\n  resolution");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "diverted y.org:8443 tls(x.org)");
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
        .replace("resolution: DNS", "endpoints: [{address: 1.2.3.4}]\n  resolution: STATIC");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn entries_of_one_namespace_mix_their_endpoints_seen_or_not() {
    let hollow = entry("h", "own", "a", "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC");
    let real = entry("r", "own", "b", "x.org", HTTPS);
    is(&Mesh::bare(&(hollow.clone() + &real)).from("a", "https://x.org"), "unknown");
    // So do ways from one port to two.
    let moved = entry("m", "own", "b", "x.org", HTTPS).replace("number: 443", "number: 443, targetPort: 8443");
    is(&Mesh::bare(&(entry("s", "own", "a", "x.org", HTTPS) + &moved)).from("a", "https://x.org"), "unknown");
    // Two hollow ones are as hollow as one.
    let other = entry("o", "own", "b", "x.org", HTTP).replace("resolution: DNS", "resolution: STATIC");
    is(&Mesh::bare(&(hollow + &other)).from("a", "https://x.org"), "blocked closed UH");
}
