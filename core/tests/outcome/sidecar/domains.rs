//! The domains of virtual hosts: as VirtualServices write them, short names of services, and names below headless ones.
//! Rules: docs/istio/names.md.

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{HTTP, entry};

fn service(name: &str, more: &str, ports: &str) -> String {
    format!(
        "
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: own}}
spec: {{{more}, ports: [{ports}]}}
"
    )
}

fn answers(name: &str, hosts: &str, created: &str, status: u16) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: own, creationTimestamp: \"{created}\"}}
spec: {{hosts: [{hosts}], http: [{{directResponse: {{status: {status}}}}}]}}
"
    )
}

const OLD: &str = "2020-01-01T00:00:00Z";
const YOUNG: &str = "2021-01-01T00:00:00Z";
const PORT_80: &str = "{name: http, port: 80}";

#[test]
fn a_host_of_two_labels_is_a_domain_as_it_is_written() {
    let reviews = service("reviews", "clusterIP: 10.96.0.77", "{name: http, port: 80}, {name: http-b, port: 9080}");
    let short = answers("short", "reviews.own", YOUNG, 418);
    let mesh = Mesh::bare(&(reviews.clone() + &short)).complete();
    is(&mesh.from("own", "http://reviews.own"), "blocked 418");
    is(&mesh.from("a", "http://reviews.own"), "blocked 418");
    // The Service's other names have its own route, and on another port nobody has registered the host.
    is(&mesh.from("own", "http://reviews"), "unknown");
    is(&mesh.from("own", "http://reviews.own:9080"), "unknown");
    // Of two VirtualServices the first keeps the domain.
    let full = |created: &str| answers("full", "reviews", created, 419);
    is(&Mesh::bare(&(reviews.clone() + &short + &full(OLD))).complete().from("a", "http://reviews.own"), "blocked 419");
    let young = Mesh::bare(&(reviews + &answers("short", "reviews.own", OLD, 418) + &full(YOUNG))).complete();
    is(&young.from("a", "http://reviews.own"), "blocked 418");
    is(&young.from("a", "http://reviews.own.svc"), "blocked 419");
}

#[test]
fn a_host_as_it_is_written_comes_before_an_external_name() {
    let name = service("ext", "type: ExternalName, externalName: x.org", PORT_80);
    let yaml = entry("x", "own", "'*'", "x.org", HTTP) + &name + &answers("r", "ext.own", OLD, 418);
    let mesh = Mesh::bare(&yaml).complete().allow_any();
    is(&mesh.from("own", "http://ext.own"), "blocked 418");
    is(&mesh.from("own", "http://ext"), "allowed x.org:80");
}

#[test]
fn short_names_are_for_services_of_the_port() {
    let yaml = entry("x", "own", "'*'", "x.org", HTTP)
        + &service("reviews", "clusterIP: 10.96.0.77", "{name: http, port: 9080}")
        + &answers("r", "reviews", OLD, 418)
        + &answers("g", "ghost", OLD, 419);
    let mesh = Mesh::bare(&yaml).complete();
    for (host, expected) in [
        ("reviews", "blocked 502"),
        ("reviews.own", "blocked 502"),
        ("reviews.own.svc.cluster.local", "blocked 418"),
        ("ghost", "blocked 502"),
        ("ghost.own.svc.cluster.local", "blocked 419"),
    ] {
        is(&mesh.ask(&query("own", "http://x.org").host(host)), expected);
    }
    is(&mesh.ask(&query("own", "http://x.org:9080").host("reviews")), "blocked 418");
    // A Service that no document describes may be there.
    let some = Mesh::bare(&yaml);
    is(&some.ask(&query("own", "http://x.org").host("ghost")), "blocked");
    is(&some.ask(&query("own", "http://x.org").host("reviews")), "blocked 502");
}

#[test]
fn an_entry_for_a_name_of_the_cluster_has_short_names() {
    let yaml = entry("v", "own", "'*'", "vm.own.svc.cluster.local", HTTP)
        + &entry("o", "own", "'*'", "one.two.svc.cluster.local", HTTP);
    let mesh = Mesh::bare(&yaml).complete();
    is(&mesh.from("own", "http://vm"), "allowed vm.own.svc.cluster.local:80");
    is(&mesh.from("a", "http://vm"), "blocked 502");
    is(&mesh.from("a", "http://vm.own"), "allowed vm.own.svc.cluster.local:80");
    is(&mesh.from("a", "http://vm.own.svc"), "allowed vm.own.svc.cluster.local:80");
    is(&mesh.from("a", "http://one.two"), "allowed one.two.svc.cluster.local:80");
    is(&mesh.from("a", "http://own.svc"), "blocked 502");
}

#[test]
fn names_below_a_headless_service_are_names_of_it() {
    let headless = service("hl", "clusterIP: None", PORT_80);
    let yaml = entry("x", "own", "'*'", "x.org", HTTP) + &headless;
    let mesh = Mesh::bare(&yaml).complete();
    for host in ["p.hl.own.svc.cluster.local", "p.hl.own", "a.b.hl.own.svc"] {
        is(&mesh.from("a", &format!("http://{host}")), "unknown");
        is(
            &Mesh::bare(&(yaml.clone() + &answers("r", "hl", OLD, 420))).from("a", &format!("http://{host}")),
            "blocked 420",
        );
    }
    is(&mesh.from("own", "http://p.hl"), "unknown");
    is(&mesh.from("a", "http://p.hl"), "blocked 502");
    // One with an address of its own has no such names.
    let plain = entry("x", "own", "'*'", "x.org", HTTP) + &service("hl", "clusterIP: 10.96.0.77", PORT_80);
    is(&Mesh::bare(&plain).complete().from("a", "http://p.hl.own"), "blocked 502");
}

#[test]
fn wildcards_are_compared_as_text() {
    let x = entry("x", "own", "'*'", "x-api.example.com", HTTP);
    let route = |host: &str, status: u16| answers("r", &format!("'{host}'"), OLD, status);
    is(
        &Mesh::bare(&(x.clone() + &route("*-api.example.com", 418))).from("a", "http://x-api.example.com"),
        "blocked 418",
    );
    is(&Mesh::bare(&(x.clone() + &route("*example.com", 418))).from("a", "http://x-api.example.com"), "blocked 418");
    let both = x.clone() + &route("*-api.example.com", 418) + &answers("w", "'*.example.com'", OLD, 419);
    is(&Mesh::bare(&both).from("a", "http://x-api.example.com"), "blocked 418");
    // An Envoy wants one character for the `*`, and Istio none.
    let only = entry("o", "own", "'*'", "o.org", HTTP) + &route("*example.com", 418);
    is(&Mesh::bare(&only).from("a", "http://q.example.com"), "blocked 418");
    is(&Mesh::bare(&only).from("a", "http://example.com"), "blocked 502");
    let exact = entry("o", "own", "'*'", "example.com", HTTP) + &route("*example.com", 418);
    is(&Mesh::bare(&exact).from("a", "http://example.com"), "blocked 418");
    let label = entry("o", "own", "'*'", "o.org", HTTP) + &route("*.example.com", 418);
    is(&Mesh::bare(&label).from("a", "http://.example.com"), "blocked 502");
}

#[test]
fn a_server_name_with_a_partial_wildcard_makes_the_port_unknown() {
    let tls = "{number: 443, name: tls, protocol: TLS}";
    let x = entry("x", "own", "'*'", "x.org", tls);
    let partial = x.clone()
        + &entry("p", "own", "'*'", "x.com", tls).replace("x.com", "'*-cdn.example.com'").replace("DNS", "NONE");
    is(&Mesh::bare(&x).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&Mesh::bare(&partial).from("a", "https://x.org"), "unknown");
}

#[test]
fn a_wildcard_that_covers_a_service_brings_its_other_hosts_to_the_port() {
    let port = "{number: 8080, name: http, protocol: HTTP}";
    let yaml = entry("x", "own", "'*'", "api.x.org", port) + &answers("r", "'*.x.org', db.example.com", OLD, 418);
    is(&Mesh::bare(&yaml).from("a", "http://api.x.org:8080"), "blocked 418");
    is(&Mesh::bare(&yaml).from("a", "http://db.example.com:8080"), "blocked 418");
    is(&Mesh::bare(&yaml).allow_any().from("a", "http://db.example.com:8080"), "blocked 418");
    // Not where another one is nearer to the service.
    let nearer = yaml + &answers("n", "api.x.org", OLD, 419);
    is(&Mesh::bare(&nearer).from("a", "http://db.example.com:8080"), "blocked 502");
}

#[test]
fn addresses_in_host_are_compared_as_text() {
    let at = |address: &str| entry("x", "own", "'*'", "x.org", HTTP) + &format!("  addresses: ['{address}']\n");
    let ask = |address: &str, host: &str| Mesh::bare(&at(address)).ask(&query("a", "http://x.org").host(host));
    is(&ask("2001:db8::5", "[2001:db8::5]"), "allowed x.org:80");
    is(&ask("2001:db8::5", "[2001:db8:0::5]"), "blocked 502");
    is(&ask("10.5.0.1", "10.5.0.1"), "allowed x.org:80");
    is(&ask("10.5.0.1", "[10.5.0.1]"), "blocked 502");
}

#[test]
fn a_host_with_a_dot_behind_it_is_a_domain_as_it_is_written() {
    let yaml = entry("x", "own", "'*'", "x.org", HTTP) + &answers("r", "w.example.com.", OLD, 418);
    is(&Mesh::bare(&yaml).from("a", "http://w.example.com."), "blocked 418");
    is(&Mesh::bare(&yaml).from("a", "http://w.example.com"), "blocked 502");
}
