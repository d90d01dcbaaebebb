//! A port of the protocol `HTTP_PROXY`: its listener reads everything as HTTP (docs/istio/sidecar-listeners.md).

use crate::mesh::{Mesh, is, short};
use crate::sidecar::entry;

const PROXY: &str = "{number: 9010, name: p, protocol: HTTP_PROXY}";

fn port(number: u16, protocol: &str) -> String {
    let name = if protocol.is_empty() { "some".to_owned() } else { protocol.to_ascii_lowercase() };
    format!("{{number: {number}, name: {name}, protocol: '{protocol}'}}")
}

#[test]
fn what_is_no_http_is_answered_and_not_passed_on() {
    let mesh = || Mesh::bare(&entry("x", "own", "'*'", "x.org", PROXY));
    for open in [false, true] {
        let mesh = if open { mesh().allow_any() } else { mesh() };
        is(&mesh.from("a", "http://x.org:9010"), "allowed x.org:9010");
        is(&mesh.from("a", "http://y.org:9010"), if open { "allowed y.org:9010" } else { "blocked 502" });
        for to in ["https://x.org:9010", "https://y.org:9010", "tls://y.org:9010", "tcp://y.org:9010"] {
            let trace = mesh.from("a", to);
            is(&trace, "blocked");
            assert!(trace.notes.iter().any(|note| note.contains("HTTP_PROXY")), "{to}: {:?}", trace.notes);
        }
        is(
            &mesh.from("a", "https://y.org:9011"),
            if open { "allowed y.org:9011 tls(y.org)" } else { "blocked closed UH" },
        );
    }
    // HTTP beside it changes nothing, whichever comes first.
    let beside = entry("x", "own", "'*'", "x.org", PROXY) + &entry("w", "own", "'*'", "w.org", &port(9010, "HTTP"));
    let mesh = Mesh::bare(&beside).allow_any();
    is(&mesh.from("a", "http://w.org:9010"), "allowed w.org:9010");
    is(&mesh.from("a", "https://y.org:9010"), "blocked");
}

#[test]
fn beside_other_protocols_the_order_decides() {
    for protocol in ["TLS", "TCP", "MONGO", ""] {
        let yaml = entry("x", "own", "'*'", "x.org", PROXY) + &entry("y", "own", "'*'", "y.org", &port(9010, protocol));
        let mesh = Mesh::bare(&yaml).allow_any();
        for to in ["https://y.org:9010", "https://z.org:9010", "tcp://y.org:9010"] {
            assert_eq!(short(&mesh.from("a", to)), "unknown", "{protocol} {to}");
        }
        if protocol != "MONGO" {
            is(&mesh.from("a", "http://x.org:9010"), "allowed x.org:9010");
        }
    }
    // A service that the client does not see is none of the port, and one for another port neither.
    let yaml = entry("x", "own", "other", "x.org", PROXY) + &entry("y", "own", "'*'", "y.org", &port(9010, "TLS"));
    is(&Mesh::bare(&yaml).from("a", "https://y.org:9010"), "allowed y.org:9010 tls(y.org)");
    let yaml = entry("x", "own", "'*'", "x.org", PROXY) + &entry("y", "own", "'*'", "y.org", &port(9011, "TLS"));
    is(&Mesh::bare(&yaml).from("a", "https://y.org:9011"), "allowed y.org:9011 tls(y.org)");
}
