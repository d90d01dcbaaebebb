//! ServiceEntries for wildcards whose names a gateway resolves itself (`DYNAMIC_DNS`).

use crate::mesh::{Ask, Mesh, query, short};

/// A gateway that takes every name below `w.org`, with the fields of the route's destination, the port's protocol and a
/// DestinationRule for the wildcard.
fn mesh(protocol: &str, subset: &str, rule: &str, version: &str) -> Mesh {
    Mesh::new(&format!(
        "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: hollow, namespace: istio-egress}}
spec: {{hosts: ['*.w.org'], exportTo: [a], resolution: STATIC, ports: [{{number: 80, name: http, protocol: HTTP}}]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: real, namespace: istio-system}}
spec: {{hosts: ['*.w.org'], exportTo: [.], resolution: DYNAMIC_DNS, ports: [{{number: 80, name: p, protocol: {protocol}}}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: g, namespace: istio-system}}
spec:
  selector: {{istio: egressgateway-a}}
  servers:
  - {{hosts: ['*.w.org'], port: {{number: 80, name: https, protocol: HTTPS}}, tls: {{mode: ISTIO_MUTUAL}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: way, namespace: istio-system}}
spec:
  host: istio-egressgateway-a.istio-system.svc.cluster.local
  subsets: [{{name: w, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL, sni: a.w.org}}}}}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: to-gateway, namespace: istio-egress}}
spec:
  hosts: ['*.w.org']
  exportTo: [a]
  http: [{{route: [{{destination: {{host: istio-egressgateway-a.istio-system.svc.cluster.local, port: {{number: 80}}, subset: w}}}}]}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: at-gateway, namespace: istio-system}}
spec:
  hosts: ['*.w.org']
  gateways: [g]
  http:
  - headers: {{request: {{remove: [x-forwarded-client-cert]}}}}
    route: [{{destination: {{host: '*.w.org', port: {{number: 80}}{subset}}}}}]
{rule}
"
    ))
    .release(version)
}

fn rule(policy: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: w, namespace: istio-system}}\nspec: {{host: '*.w.org', subsets: [{{name: s}}], trafficPolicy: {{{policy}}}}}"
    )
}

#[test]
fn the_host_and_port_of_the_request_are_those_that_it_reaches() {
    let mesh = mesh("HTTP", "", "", "1.30");
    let ask = |host: Option<&str>| {
        let asked = query("a", "http://a.w.org");
        short(&mesh.ask(&host.map_or_else(|| asked.clone(), |host| asked.clone().host(host))))
    };
    assert_eq!(ask(None), "allowed via egressgateway-a a.w.org:80");
    assert_eq!(ask(Some("b.c.w.org")), "allowed via egressgateway-a b.c.w.org:80");
    assert_eq!(ask(Some("a.w.org:9999")), "diverted via egressgateway-a a.w.org:9999");
    assert_eq!(ask(Some("w.org")), "blocked 502");
}

#[test]
fn a_subset_has_no_cluster_and_an_older_release_is_unknown() {
    let to = |mesh: &Mesh| short(&mesh.from("a", "http://a.w.org"));
    assert_eq!(
        to(&mesh("HTTP", ", subset: s", &rule("loadBalancer: {simple: ROUND_ROBIN}"), "1.30")),
        "blocked 503 NC"
    );
    assert_eq!(to(&mesh("HTTP", "", "", "1.29")), "unknown");
}

#[test]
fn envoy_refuses_options_of_http_without_tls() {
    let to =
        |protocol: &str, policy: &str| short(&mesh(protocol, "", &rule(policy), "1.30").from("a", "http://a.w.org"));
    let tls = "tls: {mode: SIMPLE}";
    for options in [
        "http: {idleTimeout: 1m}",
        "http: {maxRequestsPerConnection: 1}",
        "http: {maxConcurrentStreams: 1}",
        "http: {useClientProtocol: true}",
        "http: {h2UpgradePolicy: UPGRADE}",
        "tcp: {idleTimeout: 1m}",
        "tcp: {maxConnectionDuration: 1m}",
    ] {
        assert_eq!(to("HTTP", &format!("connectionPool: {{{options}}}")), "unknown", "{options}");
        let with_tls = to("HTTP", &format!("connectionPool: {{{options}}}, {tls}"));
        assert_eq!(with_tls, "allowed via egressgateway-a a.w.org:443 tls(a.w.org)", "{options}");
    }
    assert_eq!(to("GRPC", "loadBalancer: {simple: ROUND_ROBIN}"), "unknown");
    assert_eq!(to("HTTP", "connectionPool: {tcp: {maxConnections: 1}}"), "allowed via egressgateway-a a.w.org:80");
}
