//! Where releases of Istio differ, the stated version decides (docs/istio/releases.md); without one the answer is `unknown`.

use crate::mesh::{Mesh, query, short};
use crate::sidecar::{HTTP, TO_Y, entry, route, two_hosts};
use egressc_core::stages::trace::Query;

/// What a sidecar of `a` answers on each of some releases, the first of them without any.
fn answers<const N: usize>(yaml: &str, to: &str, releases: [&str; N]) -> [String; N] {
    releases.map(|release| ask(yaml, &query("a", to), release))
}

fn ask(yaml: &str, query: &Query, release: &str) -> String {
    let mesh = Mesh::bare(yaml);
    let mesh = if release.is_empty() { mesh } else { mesh.release(release) };
    short(&mesh.ask(query))
}

fn sidecar(hosts: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: a}}
spec: {{egress: [{{hosts: [{hosts}]}}]}}
"
    )
}

#[test]
fn a_tilde_excludes_hosts_since_1_31() {
    let of = |hosts: &str, to: &str| answers(&(two_hosts() + &sidecar(hosts)), to, ["", "1.30.3", "1.31", "v1.32.0"]);
    let (x, y) = ("allowed x.org:80", "allowed y.org:80");
    // Without any host there is no listener on the port.
    let (no, nothing) = ("blocked 502", "blocked closed UH");
    // Every host of every namespace, or of one.
    assert_eq!(of("'*/*', '~/*'", "http://x.org"), ["unknown", x, nothing, nothing]);
    assert_eq!(of("own/*, '~/x.org'", "http://x.org"), ["unknown", x, no, no]);
    assert_eq!(of("own/*, '~/x.org'", "http://y.org")[1..], [y; 3]);
    assert_eq!(of("'*/*', '~own/x.org'", "http://x.org"), ["unknown", x, no, no]);
    assert_eq!(of("'*/*', '~own/*.org'", "http://y.org"), ["unknown", y, nothing, nothing]);
    assert_eq!(of("'*/*', '~other/*'", "http://x.org")[1..], [x; 3]);
    assert_eq!(of("'*/*', '~./*'", "http://x.org")[1..], [x; 3]);
    // A wildcard is not within a host.
    assert_eq!(of("'*/*', '~own/z.org'", "http://x.org"), [x; 4]);
    // Nothing is imported beside it.
    assert_eq!(of("'~/*'", "http://x.org"), [nothing; 4]);
    assert_eq!(of("'~own/x.org'", "http://y.org"), [nothing; 4]);
}

#[test]
fn a_route_is_excluded_where_all_of_its_hosts_are() {
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    let of = |hosts: &str, release| ask(&(yaml.clone() + &sidecar(hosts)), &query("a", "http://x.org"), release);
    assert_eq!(of("'*/*'", "1.31"), "diverted y.org:80");
    assert_eq!(of("'*/*', '~own/x.org'", "1.31"), "blocked 502");
    assert_eq!(of("'*/*', '~own/x.org'", "1.30"), "diverted y.org:80");
    assert_eq!(of("'*/*', '~own/y.org'", "1.31"), "diverted y.org:80");
}

#[test]
fn a_route_for_a_host_without_a_service_may_be_excluded() {
    let direct = route("r", "'*'", "  http: [{directResponse: {status: 403}}]").replace("[x.org]", "[z.org]");
    let of = |hosts: &str| answers(&(two_hosts() + &direct + &sidecar(hosts)), "http://z.org", ["", "1.30", "1.31"]);
    assert_eq!(of("'*/*'"), ["blocked 403"; 3]);
    assert_eq!(of("'*/*', '~/z.org'"), ["unknown", "blocked 403", "blocked 502"]);
    assert_eq!(of("'*/*', '~/*.com'"), ["blocked 403"; 3]);
}

/// Two ServiceEntries of one namespace for one host, each with a port of its own.
fn two_entries(first: &str, second: &str) -> String {
    let of = |name: &str, age: &str, export: &str, port: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: own, creationTimestamp: '{age}'}}
spec: {{hosts: [x.org], exportTo: [{export}], resolution: NONE, ports: [{port}]}}
"
        )
    };
    of("old", "2024-01-01T00:00:00Z", first, "{number: 80, name: http, protocol: HTTP}")
        + &of("new", "2024-01-02T00:00:00Z", second, "{number: 8080, name: http, protocol: HTTP}")
}

#[test]
fn of_the_hosts_that_a_sidecar_names_one_service_of_a_namespace_is_looked_up_since_1_31() {
    let of = |yaml: String, hosts: &str, port: u16| {
        answers(&(yaml + &sidecar(hosts)), &format!("http://x.org:{port}"), ["", "1.30", "1.31.4"])
    };
    let both = || two_entries("'*'", "'*'");
    let old = "allowed x.org:80";
    assert_eq!(of(both(), "own/x.org", 80), [old; 3]);
    let [unstated, before, since] = of(both(), "own/x.org", 8080);
    assert_eq!((unstated.as_str(), since.as_str()), ("unknown", "blocked closed UH"));
    assert_ne!(before, since);
    // By a wildcard all of them are imported, as before.
    for hosts in ["own/*", "'*/x.org'", "own/*, own/x.org"] {
        let wide = of(both(), hosts, 8080);
        assert_eq!(wide, [before.clone(), before.clone(), before.clone()], "{hosts}");
    }
    // The oldest stands for the host even where it is not exported to the sidecar.
    let [unstated, before, since] = of(two_entries("b", "'*'"), "own/x.org", 8080);
    assert_eq!((unstated.as_str(), since.as_str()), ("unknown", "blocked closed UH"));
    assert_ne!(before, since);
}

#[test]
fn services_of_ones_own_come_first_up_to_1_30_2() {
    let of = |name: &str, namespace: &str, age: &str, export: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: {namespace}, creationTimestamp: '{age}'}}
spec: {{hosts: [{name}.org], exportTo: [{export}], resolution: DNS, ports: [{{number: 9000, name: tcp, protocol: TCP}}]}}
"
        )
    };
    // Both listen on every address of the port, and the first has it.
    let yaml = of("x", "a", "2024-01-02T00:00:00Z", "'.'") + &of("y", "b", "2024-01-01T00:00:00Z", "a");
    let releases = ["", "1.29.6", "1.30.2", "1.30", "1.30.3", "1.31"];
    let (own, older) = ("diverted x.org:9000", "allowed y.org:9000");
    assert_eq!(answers(&yaml, "tcp://y.org:9000", releases), ["unknown", own, own, "unknown", older, older]);
}

#[test]
fn a_host_with_a_dot_behind_it_is_known_since_1_27() {
    let of = |release| ask(&two_hosts(), &query("a", "http://x.org."), release);
    assert_eq!(
        ["", "1.26.8", "1.27", "1.31"].map(of),
        ["unknown", "blocked 502", "allowed x.org:80", "allowed x.org:80"]
    );
}

#[test]
fn a_host_that_a_route_names_is_of_the_first_namespace_by_name_before_1_30() {
    let yaml = entry("x", "a", "'.'", "x.org", HTTP)
        + "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: y, namespace: c, creationTimestamp: '2024-01-02T00:00:00Z'}
spec: {hosts: [y.org], resolution: STATIC, endpoints: [{address: 192.0.2.1}], ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: y, namespace: d, creationTimestamp: '2024-01-01T00:00:00Z'}
spec: {hosts: [y.org], resolution: DNS, endpoints: [{address: z.org}], ports: [{number: 80, name: http, protocol: HTTP}]}
"
        + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"))
        + &sidecar("a/*, own/*");
    let of = |release| ask(&yaml, &query("a", "http://x.org"), release);
    assert_eq!(of("1.30"), "diverted z.org:80");
    assert_eq!(of("1.29.1"), "diverted y.org:80");
}
