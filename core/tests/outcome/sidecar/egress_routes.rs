//! Ports that one egress listener of a Sidecar is for, while the services of another one have them: connections meet the second
//! listener's filter chains, and HTTP the first one's routes (`GetEgressListenerForRDS` of Istio's pilot/pkg/model/sidecar.go).

use crate::mesh::{Mesh, short};
use crate::sidecar::{entry, route};

const PORTS: &str = "{number: 80, name: http, protocol: HTTP}, {number: 8080, name: http-2, protocol: HTTP}, \
                     {number: 443, name: https, protocol: HTTPS}, {number: 3306, name: tcp, protocol: TCP}, {number: 9000, name: any}";

/// What a sidecar of namespace `a` with these egress listeners does with a request.
fn answer(routes: &str, egress: &str, request: &str) -> String {
    let sidecar = format!(
        "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: a}}
spec: {{egress: [{egress}]}}
"
    );
    // The oldest service takes what is left of a port.
    let hosts = entry("x", "own", "'*'", "x.org", PORTS)
        .replace("metadata: {", "metadata: {creationTimestamp: '2024-02-01T00:00:00Z', ")
        + &entry("y", "own", "'*'", "y.org", PORTS)
            .replace("metadata: {", "metadata: {creationTimestamp: '2024-02-02T00:00:00Z', ");
    short(&Mesh::bare(&(hosts + routes + &sidecar)).from("a", request))
}

/// A listener that is for a port, and imports no service with it, is not there.
#[test]
fn a_listener_without_services_leaves_its_port_to_the_other_one_but_for_routes() {
    let of_nobody = |port: u16, protocol: &str| {
        format!("{{port: {{number: {port}, protocol: {protocol}, name: p}}, hosts: ['prod/*']}}, {{hosts: ['*/*']}}")
    };
    for (port, protocol, request, expected) in [
        (80, "HTTP", "http://x.org", "blocked 502"),
        (80, "TCP", "http://x.org", "blocked 502"),
        (8080, "HTTP", "http://x.org:8080", "blocked 502"),
        (9000, "HTTP", "http://x.org:9000", "blocked 502"),
        (9000, "HTTP", "tcp://y.org:9000", "diverted x.org:9000"),
        (443, "HTTPS", "https://x.org", "allowed x.org:443 tls(x.org)"),
        (443, "TCP", "https://x.org", "allowed x.org:443 tls(x.org)"),
        (443, "HTTPS", "https://z.org", "blocked closed UH"),
        (3306, "TCP", "tcp://y.org:3306", "diverted x.org:3306"),
        // Neither has it.
        (9080, "HTTP", "http://x.org:9080", "blocked closed UH"),
    ] {
        assert_eq!(answer("", &of_nobody(port, protocol), request), expected, "{port} {protocol} {request}");
    }
    // On port 80 a VirtualService needs no service (`BuildSidecarOutboundVirtualHosts` of core/httproute.go), but the listener
    // for the port must import it.
    let to_y = route("r", "'*'", "  http: [{route: [{destination: {host: y.org, port: {number: 80}}}]}]");
    let of_prod = to_y.replace("namespace: own", "namespace: prod");
    assert_eq!(answer(&to_y, &of_nobody(80, "HTTP"), "http://x.org"), "blocked 502");
    assert_eq!(answer(&of_prod, &of_nobody(80, "HTTP"), "http://x.org"), "diverted y.org:80");
    assert_eq!(answer(&of_prod, &of_nobody(8080, "HTTP"), "http://x.org:8080"), "blocked 502");
}

/// A listener that takes nothing captured, beside one that does.
#[test]
fn a_listener_elsewhere_has_the_routes_of_its_port() {
    let to_y = route("r", "'*'", "  http: [{route: [{destination: {host: y.org, port: {number: 80}}}]}]");
    for place in ["bind: 127.0.0.1", "captureMode: NONE"] {
        for protocol in ["HTTP", "TCP"] {
            let of = |hosts: &str| {
                format!(
                    "{{port: {{number: 80, protocol: {protocol}, name: p}}, {place}, hosts: [{hosts}]}}, {{hosts: ['*/*']}}"
                )
            };
            for (hosts, x, y) in [
                ("own/x.org", "diverted y.org:80", "blocked 502"),
                ("'*/*'", "diverted y.org:80", "allowed y.org:80"),
                ("prod/*", "blocked 502", "blocked 502"),
            ] {
                assert_eq!(answer(&to_y, &of(hosts), "http://x.org"), x, "{place} {hosts}");
                assert_eq!(answer(&to_y, &of(hosts), "http://y.org"), y, "{place} {hosts}");
                assert_eq!(answer(&to_y, &of(hosts), "https://y.org"), "allowed y.org:443 tls(y.org)");
            }
        }
    }
}

/// Protocols of services that the listener imports and does not select do not matter.
#[test]
fn a_listener_has_the_protocol_of_the_services_that_it_selects() {
    let other = entry("x", "other", "'*'", "w.org", "{number: 80, name: tcp, protocol: TCP}");
    let own = entry("x", "a", "'*'", "w.org", "{number: 80, name: http, protocol: HTTP}");
    let egress = "{port: {number: 80, protocol: HTTP, name: p}, hosts: ['*/w.org']}";
    assert_eq!(answer(&(own + &other), egress, "http://w.org"), "allowed w.org:80");
    assert_eq!(answer(&other, egress, "http://w.org"), "unknown");
}

/// One for each address has routes of its own, and those are not looked for in two listeners.
#[test]
fn routes_of_a_service_with_an_address_are_not_modelled_beside_another_listener() {
    let at = entry("w", "own", "'*'", "w.org", "{number: 7000, name: any}")
        .replace("spec:", "spec:\n  addresses: [10.1.1.1]");
    let egress = "{port: {number: 7000, protocol: HTTP, name: p}, hosts: ['prod/*']}, {hosts: ['*/*']}";
    assert_eq!(answer(&at, egress, "http://10.1.1.1:7000"), "unknown");
    assert_eq!(answer(&at, egress, "tcp://10.1.1.1:7000"), "allowed w.org:7000");
}
