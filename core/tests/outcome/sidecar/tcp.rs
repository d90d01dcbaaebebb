//! TCP listeners: with and without an address, and what shares their port (docs/istio/sidecar-listeners.md).

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{HTTPS, TCP, entry, route};

#[test]
fn address_less_tcp_swallows_its_port() {
    let mesh = Mesh::bare(&entry("e", "own", "'*'", "x.org", TCP));
    is(&mesh.from("a", "tcp://x.org:443"), "allowed x.org:443");
    is(&mesh.from("a", "tcp://y.org:443"), "diverted x.org:443");
    is(&mesh.from("a", "https://y.org"), "diverted x.org:443 tls(y.org)");
    is(&mesh.from("a", "http://y.org:443"), "diverted x.org:443");
    is(&mesh.from("a", "http://y.org"), "blocked closed UH");
}

#[test]
fn server_names_and_http_keep_their_chains_beside_it() {
    let yaml = entry("t", "own", "'*'", "t.org", TCP)
        + &entry("s", "own", "'*'", "s.org", HTTPS)
        + &entry("h", "own", "'*'", "h.org", "{number: 443, name: http, protocol: HTTP}");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://s.org"), "allowed s.org:443 tls(s.org)");
    is(&mesh.from("a", "https://other.org"), "diverted t.org:443 tls(other.org)");
    is(&mesh.from("a", "http://h.org:443"), "allowed h.org:443");
    is(&mesh.from("a", "http://other.org:443"), "blocked 502");
    is(&mesh.from("a", "tcp://s.org:443"), "diverted t.org:443");
    is(&mesh.ask(&query("a", "https://s.org").sni(None)), "diverted t.org:443 tls()");
}

#[test]
fn two_address_less_hosts_on_one_port() {
    let yaml = entry("t", "own", "a", "t.org", TCP) + &entry("u", "own", "'*'", "u.org", TCP);
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "tcp://u.org:443"), "diverted t.org:443");
    is(&mesh.from("b", "tcp://u.org:443"), "allowed u.org:443");
    let yaml = entry("t", "own", "'*'", "t.org", TCP) + &entry("u", "own", "'*'", "u.org", TCP);
    is(&Mesh::bare(&yaml).from("a", "tcp://u.org:443"), "unknown");
}

#[test]
fn addresses_have_listeners_of_their_own() {
    let with = |host: &str, address: &str| {
        entry(host, "own", "'*'", host, TCP).replace("  resolution", &format!("  addresses: [{address}]\n  resolution"))
    };
    let mesh = Mesh::bare(&(with("t.org", "240.1.2.3") + &with("u.org", "240.1.2.4"))).dns_capture();
    is(&mesh.from("a", "tcp://t.org:443"), "allowed t.org:443");
    is(&mesh.from("a", "tcp://u.org:443"), "allowed u.org:443");
    is(&mesh.from("a", "tcp://v.org:443"), "blocked closed UH");
    is(&mesh.from("a", "tcp://240.1.2.4:443"), "allowed u.org:443");
    // Nobody learns the address without Istio's DNS.
    is(&Mesh::bare(&with("t.org", "240.1.2.3")).from("a", "tcp://t.org:443"), "blocked closed UH");
    // A real address may be what DNS says.
    is(&Mesh::bare(&with("t.org", "1.2.3.4")).from("a", "tcp://t.org:443"), "unknown");
}

#[test]
fn tcp_routes_by_label_fall_through_to_the_entry() {
    let yaml = entry("x", "own", "'*'", "x.org", TCP)
        + &entry("y", "own", "'*'", "y.org", "{number: 444, name: tcp, protocol: TCP}")
        + &route(
            "r",
            "'*'",
            "  tcp: [{match: [{port: 443, sourceLabels: {app: s}}], route: [{destination: {host: y.org, port: {number: 444}}}]}]",
        );
    is(&Mesh::bare(&yaml).from("a,app=s", "tcp://x.org:443"), "diverted y.org:444");
    is(&Mesh::bare(&yaml).from("a,app=t", "tcp://x.org:443"), "allowed x.org:443");
}

/// A VirtualService for TCP is compared as it is written (`getConfigsForHost` of core/tls.go), whatever host a client dials.
#[test]
fn capitals_of_a_route_matter_for_every_host_of_the_port() {
    let tcp = |number: u16| format!("{{number: {number}, name: tcp, protocol: TCP}}");
    let yaml = entry("x", "own", "'*'", "x.org", &tcp(3306))
        + &entry("y", "own", "'*'", "y.org", &tcp(3307))
        + &route("r", "'*'", "  tcp: [{route: [{destination: {host: y.org}}]}]").replace("x.org", "X.org");
    is(&Mesh::bare(&yaml).from("a", "tcp://x.org:3306"), "unknown");
    is(&Mesh::bare(&yaml).from("a", "tcp://foo.org:3306"), "unknown");
    is(&Mesh::bare(&yaml).from("a", "tcp://foo.org:3307"), "diverted y.org:3307");
}
