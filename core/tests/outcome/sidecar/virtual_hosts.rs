//! Virtual hosts: which VirtualService owns a host, and the names that it is asked for by.
//! Rules: docs/istio/virtual-services.md.

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{HTTP, TO_Y, entry, route, two_hosts};

#[test]
fn host_with_port_and_other_hosts() {
    let mesh = Mesh::bare(&two_hosts());
    is(&mesh.ask(&query("a", "http://x.org").host("x.org:80")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://x.org").host("X.ORG:9999")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://evil.org").host("x.org")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://x.org").host("evil.org")), "blocked 502");
}

#[test]
fn several_virtual_services_of_one_host() {
    let labelled = |name: &str, label: &str| {
        route(name, "'*'", &format!("  http: [{{match: [{{sourceLabels: {{app: {label}}}}}], {TO_Y}}}]"))
    };
    // Those that say nothing to this proxy are not there.
    let mesh = Mesh::bare(&(two_hosts() + &labelled("r", "s") + &labelled("q", "t")));
    is(&mesh.from("a,app=s", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=t", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=u", "http://x.org"), "allowed x.org:80");
    // Two that both do: the older owns the host.
    let deny = route("d", "'*'", "  http: [{directResponse: {status: 502}}]");
    is(&Mesh::bare(&(two_hosts() + &labelled("r", "s") + &deny)).from("a,app=s", "http://x.org"), "unknown");
    // The nearer circle wins whatever its age.
    let near = route("d", "a", "  http: [{directResponse: {status: 502}}]");
    is(&Mesh::bare(&(two_hosts() + &labelled("r", "s") + &near)).from("a,app=s", "http://x.org"), "blocked 502");
}

#[test]
fn a_wildcard_route_owns_what_nothing_more_specific_is_for() {
    let wild = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: w, namespace: own}
spec: {hosts: ['*.org'], http: [{directResponse: {status: 418}}]}
";
    is(&Mesh::bare(&(two_hosts() + wild)).from("a", "http://x.org"), "blocked 418");
    let specific = route("r", "'*'", &format!("  http: [{{match: [{{sourceLabels: {{app: s}}}}], {TO_Y}}}]"));
    // Even one that says nothing to this proxy keeps the wildcard away.
    is(&Mesh::bare(&(two_hosts() + wild + &specific)).from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn the_first_route_of_a_wildcard_owns_a_service_even_silently() {
    let wild = |name: &str, time: &str, body: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: own, creationTimestamp: \"{time}\"}}
spec: {{hosts: ['*.org'], {body}}}
"
        )
    };
    let silent = wild("s", "2020-01-01T00:00:00Z", "tcp: [{route: [{destination: {host: y.org}}]}]");
    let loud = wild("l", "2021-01-01T00:00:00Z", "http: [{directResponse: {status: 418}}]");
    let mesh = Mesh::bare(&(two_hosts() + &silent + &loud));
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    // Hosts that nobody has registered are not for a wildcard that is for some service.
    is(&mesh.from("a", "http://q.org"), "blocked 502");
}

#[test]
fn port_80_routes_hosts_that_nobody_has_registered() {
    let yaml = entry("y", "own", "'*'", "y.org", HTTP) + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "diverted y.org:80");
    let yaml = entry("y", "own", "'*'", "y.org", "{number: 8080, name: http, protocol: HTTP}")
        + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org:8080"), "blocked 502");
}

/// Its short name for clients of the namespace would be `*`, and Envoy refuses routes with two of them.
#[test]
fn a_wildcard_for_the_clients_own_namespace_leaves_its_port_without_routes() {
    let mesh =
        Mesh::bare(&(entry("all", "a", "'*'", "'*.a.svc.cluster.local'", HTTP).replace("DNS", "NONE") + &two_hosts()));
    is(&mesh.from("a", "http://x.org"), "unknown");
    is(&mesh.from("a", "http://z.org"), "unknown");
    is(&mesh.from("b", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("b", "http://z.org"), "blocked 502");
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}
