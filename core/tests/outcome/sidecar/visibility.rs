//! `exportTo`, and which of several ServiceEntries of one host a sidecar uses (docs/istio/services.md).

use crate::mesh::{Mesh, is};
use crate::sidecar::{HTTPS, TCP, entry};

#[test]
fn export_to_is_the_namespace_wall() {
    for (export_to, a, b, own) in [
        ("'*'", true, true, true),
        ("a", true, false, false),
        ("a, b", true, true, false),
        (".", false, false, true),
        ("'~'", false, false, false),
        ("own", false, false, true),
    ] {
        let mesh = Mesh::bare(&entry("e", "own", export_to, "x.org", HTTPS));
        for (namespace, seen) in [("a", a), ("b", b), ("own", own)] {
            let expected = if seen { "allowed x.org:443 tls(x.org)" } else { "blocked closed UH" };
            is(&mesh.from(namespace, "https://x.org"), expected);
        }
    }
}

#[test]
fn no_export_to_is_public() {
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS).replace("  exportTo: ['*']\n", "");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn own_namespace_then_explicit_then_public() {
    let hollow = |namespace: &str, export_to: &str| {
        entry("h", namespace, export_to, "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC")
    };
    let real = |namespace: &str, export_to: &str| entry("r", namespace, export_to, "x.org", HTTPS);
    let open = "allowed x.org:443 tls(x.org)";
    let closed = "blocked closed UH";
    for (yaml, expected) in [
        (hollow("p", "a") + &real("q", "'*'"), closed),
        (real("p", "a") + &hollow("q", "'*'"), open),
        (hollow("p", "a") + &real("a", "."), open),
        (hollow("p", "a") + &real("a", "'*'"), open),
        (real("p", "a") + &hollow("a", "'*'"), closed),
        // Nothing but the age tells which of two public ones it is.
        (hollow("p", "'*'") + &real("q", "'*'"), "unknown"),
    ] {
        is(&Mesh::bare(&yaml).from("a", "https://x.org"), expected);
    }
}

#[test]
fn creation_times_settle_the_age() {
    let at =
        |yaml: String, time: &str| yaml.replace("metadata: {", &format!("metadata: {{creationTimestamp: \"{time}\", "));
    let hollow = entry("h", "p", "'*'", "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC");
    let real = entry("r", "q", "'*'", "x.org", HTTPS);
    let old = at(hollow.clone(), "2020-01-01T00:00:00Z") + &at(real.clone(), "2021-01-01T00:00:00Z");
    is(&Mesh::bare(&old).from("a", "https://x.org"), "blocked closed UH");
    let new = at(hollow, "2022-01-01T00:00:00Z") + &at(real, "2021-01-01T00:00:00Z");
    is(&Mesh::bare(&new).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn versions_differ_in_what_comes_first() {
    let at =
        |yaml: String, time: &str| yaml.replace("metadata: {", &format!("metadata: {{creationTimestamp: \"{time}\", "));
    let own = entry("o", "a", ".", "x.org", TCP);
    let exported = entry("e", "own", "a", "y.org", TCP);
    let mesh = |own_time: &str, exported_time: &str| {
        Mesh::bare(&(at(own.clone(), own_time) + &at(exported.clone(), exported_time)))
    };
    is(&mesh("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z").from("a", "tcp://x.org:443"), "allowed x.org:443");
    is(&mesh("2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z").from("a", "tcp://x.org:443"), "unknown");
}
