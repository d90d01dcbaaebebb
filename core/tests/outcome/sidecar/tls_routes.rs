//! TLS routes of a VirtualService: their filter chains (docs/istio/virtual-services.md).

use crate::mesh::{Mesh, is};
use crate::sidecar::{HTTPS, TO_Y, entry, route, two_hosts};

#[test]
fn tls_chains_that_overlap_are_refused_by_envoy() {
    let tls = |name: &str, names: &str| {
        route(name, "'*'", &format!("  tls: [{{match: [{{sniHosts: [{names}]}}], {TO_Y}}}]"))
            .replace("hosts: [x.org]", "hosts: [x.org, z.org]")
    };
    let mesh = Mesh::bare(&(two_hosts() + &tls("r", "x.org") + &tls("q", "'x.org', z.org")));
    is(&mesh.from("a", "https://x.org"), "unknown");
    let mesh = Mesh::bare(&(two_hosts() + &tls("r", "x.org") + &tls("q", "z.org")));
    is(&mesh.from("a", "https://x.org"), "diverted y.org:443 tls(x.org)");
}

#[test]
fn server_names_in_another_order_are_another_chain() {
    let yaml = two_hosts()
        + &entry("z", "own", "'*'", "z.org", HTTPS)
        + &route(
            "r",
            "'*'",
            &format!("  tls: [{{match: [{{sniHosts: [x.org, z.org]}}, {{sniHosts: [z.org, x.org]}}], {TO_Y}}}]"),
        )
        .replace("hosts: [x.org]", "hosts: [x.org, z.org]");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "unknown");
}

#[test]
fn a_wildcard_service_takes_the_chains_of_more_specific_routes() {
    let yaml = entry("w", "own", "'*'", "'*.x.org'", HTTPS).replace("resolution: DNS", "resolution: NONE")
        + &entry("y", "own", "'*'", "y.org", HTTPS)
        + &route("r", "'*'", &format!("  tls: [{{match: [{{sniHosts: [a.x.org]}}], {TO_Y}}}]"))
            .replace("hosts: [x.org]", "hosts: [a.x.org]");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://a.x.org"), "diverted y.org:443 tls(a.x.org)");
    // Then the service has no chain of its own.
    is(&mesh.from("a", "https://b.x.org"), "blocked closed UH");
}
