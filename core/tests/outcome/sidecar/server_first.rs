//! Protocols whose server sends the first bytes, and listeners that look at those of the client
//! (docs/istio/names-and-addresses.md).

use crate::mesh::{Mesh, is};
use crate::sidecar::entry;

fn port(number: u16, protocol: &str) -> String {
    format!("{{number: {number}, name: p, protocol: {protocol}}}")
}

fn on(host: &str, number: u16, protocol: &str) -> String {
    entry(host, "own", "'*'", &format!("{host}.org"), &port(number, protocol))
}

/// With a mesh config, and without policies, which declare bytes and no protocol.
fn mesh(yaml: &str, config: &str) -> Mesh {
    let mut mesh = Mesh::bare(yaml).config(config).complete();
    mesh.environment.has_policies = false;
    mesh
}

/// `buildListenerFromEntry` of core/listener.go: without a timeout the sidecar waits for the client, and the client for the
/// server.
#[test]
fn a_client_that_waits_for_the_server_is_stuck_where_the_sidecar_looks_for_http_or_tls() {
    for beside in [on("web", 3306, "HTTP"), on("any", 3306, "''"), on("tls", 3306, "TLS")] {
        let yaml = on("db", 3306, "TCP") + &beside;
        // Whether it is MySQL is not said; of other ports it is taken that the client begins.
        is(&mesh(&yaml, "").from("a", "tcp://db.org:3306"), "unknown");
    }
    let alone = mesh(&on("db", 3306, "TCP"), "");
    is(&alone.from("a", "tcp://db.org:3306"), "allowed db.org:3306");
    let mail = mesh(&on("mail", 25, "''"), "");
    is(&mail.from("a", "tcp://mail.org:25"), "unknown");
    assert!(mail.from("a", "tcp://mail.org:25").unknown.iter().any(|why| why.contains("first bytes")));
    let other = mesh(&on("x", 9000, "''"), "").from("a", "tcp://x.org:9000");
    is(&other, "allowed x.org:9000");
    assert!(other.assumed.iter().any(|text| text.contains("a client that waits")), "{:?}", other.assumed);
}

#[test]
fn the_protocol_may_say_that_the_client_waits() {
    // The older one decides whether the port is for MySQL.
    let old = |yaml: String, year: u16| {
        yaml.replace("namespace: own}", &format!("namespace: own, creationTimestamp: '{year}-01-01T00:00:00Z'}}"))
    };
    let with = |mysql: u16, other: u16, protocol: &str| {
        mesh(&(old(on("db", 3306, "MySQL"), mysql) + &old(on("web", 3306, protocol), other)), "")
    };
    is(&with(2020, 2021, "HTTP").from("a", "tcp://db.org:3306"), "allowed db.org:3306");
    is(&with(2020, 2021, "HTTP").from("a", "http://web.org:3306"), "diverted db.org:3306");
    is(&with(2020, 2021, "TLS").from("a", "https://web.org:3306"), "diverted db.org:3306 tls(web.org)");
    // Neither closed nor answered.
    is(&with(2021, 2020, "HTTP").from("a", "tcp://db.org:3306"), "blocked");
    is(&with(2021, 2020, "HTTP").from("a", "http://web.org:3306"), "allowed web.org:3306");
    is(&with(2021, 2020, "TLS").from("a", "tcp://db.org:3306"), "blocked");
    is(&with(2021, 2020, "TCP").from("a", "tcp://db.org:3306"), "diverted web.org:3306");
    is(&with(2021, 2020, "Mongo").from("a", "tcp://db.org:3306"), "diverted web.org:3306");
    let undated = mesh(&(on("db", 3306, "MySQL") + &on("web", 3306, "HTTP")), "");
    is(&undated.from("a", "tcp://db.org:3306"), "unknown");
    // With an address of its own no other service shares its listener.
    let own = mesh(
        &(on("db", 3306, "MySQL") + &on("web", 3306, "HTTP")),
        "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}",
    );
    is(&own.from("a", "tcp://db.org:3306"), "allowed db.org:3306");
    is(&own.from("a", "http://web.org:3306"), "allowed web.org:3306");
}

#[test]
fn with_a_timeout_the_sidecar_goes_on_as_for_any_bytes() {
    let yaml = on("mail", 25, "''");
    let config = "protocolDetectionTimeout: 5s";
    is(&mesh(&yaml, config).from("a", "tcp://mail.org:25"), "allowed mail.org:25");
    // There is none for server names.
    let tls = on("mail", 25, "TCP") + &on("tls", 25, "TLS");
    is(&mesh(&tls, config).from("a", "tcp://mail.org:25"), "unknown");
    is(&mesh(&yaml, "protocolDetectionTimeout: 0s").from("a", "tcp://mail.org:25"), "unknown");
}
