//! Routes that Istio's webhook takes and Envoy refuses, with all routes of their port (docs/istio/validation.md).

use crate::gateway::{VIA, parts};
use crate::mesh::{Mesh, is, short};
use crate::sidecar::{HTTP, HTTPS, entry};

/// Three hosts with HTTP on port 80, one of them on port 8080 too, and a route for the first one.
fn routed(http: &str, more: &str) -> Mesh {
    let ports = format!("{HTTP}, {HTTPS}, {{number: 8080, name: http-8080, protocol: HTTP}}");
    let hosts = ["x.org", "y.org", "z.org"].map(|host| entry(host, "own", "'*'", host, &ports)).concat();
    Mesh::bare(&format!(
        "{hosts}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: own}}
spec: {{hosts: [x.org], {more}http: [{http}]}}
"
    ))
}

const TO_Y: &str = "route: [{destination: {host: y.org}}]";

#[test]
fn such_a_route_makes_its_ports_unknown_for_every_host() {
    for refused in [
        format!("{{headers: {{request: {{set: {{x-a: '%FOO%'}}}}}}, {TO_Y}}}"),
        format!("{{headers: {{request: {{add: {{x-a: 'a %foo%'}}}}}}, {TO_Y}}}"),
        format!("{{headers: {{response: {{set: {{x-a: '%REQ(a)% %FOO(b)%'}}}}}}, {TO_Y}}}"),
        "{route: [{destination: {host: y.org}, headers: {request: {set: {x-a: '%FOO%'}}}}]}".to_owned(),
        "{route: [{destination: {host: y.org}, headers: {request: {remove: [\"x\\ny\"]}}}]}".to_owned(),
        format!("{{fault: {{abort: {{httpStatus: 600, percentage: {{value: 1}}}}}}, {TO_Y}}}"),
        "{directResponse: {status: 600}}".to_owned(),
        format!("{{match: [{{queryParams: {{'': {{exact: '1'}}}}}}], {TO_Y}}}"),
        format!("{{rewrite: {{uri: \"/a\\nb\"}}, {TO_Y}}}"),
        format!("{{rewrite: {{authority: \"a\\rb\"}}, {TO_Y}}}"),
        "{redirect: {uri: \"/a\\nb\"}}".to_owned(),
        "{redirect: {authority: \"a\\nb\"}}".to_owned(),
        // Expressions of fewer than 1,024 characters and more than 32,768 instructions.
        format!("{{match: [{{uri: {{regex: '/\\pL{{500}}'}}}}], {TO_Y}}}"),
        format!("{{match: [{{headers: {{x-a: {{regex: '\\pL{{500}}'}}}}}}, {{}}], {TO_Y}}}"),
        format!("{{rewrite: {{uriRegexRewrite: {{match: '\\pL{{500}}', rewrite: /}}}}, {TO_Y}}}"),
        format!("{{corsPolicy: {{allowOrigins: [{{regex: '\\pL{{500}}'}}]}}, {TO_Y}}}"),
    ] {
        let mesh = routed(&refused, "");
        for to in ["http://x.org", "http://y.org", "http://none.org", "http://x.org:8080", "http://z.org:8080"] {
            assert_eq!(short(&mesh.from("a", to)), "unknown", "{refused} {to}");
        }
        is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    }
}

#[test]
fn what_envoy_takes_leaves_every_route_certain() {
    for taken in [
        format!("{{headers: {{request: {{set: {{x-a: '%HOSTNAME%', x-b: '%%FOO%%'}}}}}}, {TO_Y}}}"),
        format!("{{headers: {{request: {{set: {{Host: '%FOO%'}}}}}}, {TO_Y}}}"),
        format!("{{headers: {{response: {{add: {{x-a: '%START_TIME(%Y/%m)%'}}}}}}, {TO_Y}}}"),
        format!("{{fault: {{abort: {{httpStatus: 599, percentage: {{value: 0}}}}}}, {TO_Y}}}"),
        format!("{{match: [{{queryParams: {{a: {{exact: '1'}}}}}}, {{uri: {{prefix: /}}}}], {TO_Y}}}"),
    ] {
        is(&routed(&taken, "").from("a", "http://z.org"), "allowed z.org:80");
        is(&routed(&taken, "").from("a", "http://x.org"), "diverted y.org:80");
    }
}

#[test]
fn only_proxies_that_get_the_route_are_touched() {
    let refused = "{headers: {request: {set: {x-a: '%FOO%'}}}, route: [{destination: {host: y.org}}]}";
    // Another port has the routes of the hosts there.
    let of_port =
        "{match: [{port: 8080}], headers: {request: {set: {x-a: '%FOO%'}}}, route: [{destination: {host: y.org}}]}";
    is(&routed(of_port, "").from("a", "http://z.org:8080"), "unknown");
    is(&routed(of_port, "").from("a", "http://z.org"), "allowed z.org:80");
    let hidden = routed(refused, "exportTo: ['.'], ");
    is(&hidden.from("a", "http://z.org"), "allowed z.org:80");
    is(&hidden.from("own", "http://z.org"), "unknown");
    let of_client = "{match: [{sourceNamespace: b}], headers: {request: {set: {x-a: '%FOO%'}}}, route: [{destination: {host: y.org}}]}";
    is(&routed(of_client, "").from("a", "http://z.org"), "allowed z.org:80");
    is(&routed(of_client, "").from("b", "http://z.org"), "unknown");
    // What stands behind a route for every request is not part of the configuration.
    let behind = "{route: [{destination: {host: y.org}}]}, {headers: {request: {set: {x-a: '%FOO%'}}}, route: [{destination: {host: y.org}}]}";
    is(&routed(behind, "").from("a", "http://z.org"), "allowed z.org:80");
    is(&routed(refused, "gateways: [elsewhere], ").from("a", "http://z.org"), "allowed z.org:80");
}

#[test]
fn a_gateway_keeps_its_other_ports() {
    let mut parts = parts();
    is(&parts.mesh().from("a,app=s", "http://x.org"), VIA);
    parts.more = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: other, namespace: istio-system}
spec:
  hosts: [other.org]
  gateways: [istio-system/g]
  http: [{headers: {response: {set: {x-a: '%FOO%'}}}, route: [{destination: {host: x.org}}]}]
"
    .into();
    let servers = parts.gateway.clone();
    parts.gateway = servers.replace("istio-system/x.org]", "istio-system/x.org, istio-system/other.org]");
    is(&parts.mesh().from("a,app=s", "http://x.org"), "unknown");
    is(&parts.mesh().from("a,app=s", "https://x.org"), crate::gateway::VIA_TLS);
    is(&parts.mesh().from("a,app=s", "tcp://x.org:25"), crate::gateway::VIA_TCP);
}

#[test]
fn a_header_whose_name_is_none_of_http_is_not_sent() {
    let named = "{headers: {request: {set: {'x y': z}}}, route: [{destination: {host: y.org}}]}";
    is(&routed(named, "").from("a", "http://x.org"), "blocked 503");
    is(&routed(named, "").from("a", "http://z.org"), "allowed z.org:80");
    let empty = "{headers: {request: {set: {'x y': ''}}}, route: [{destination: {host: y.org}}]}";
    is(&routed(empty, "").from("a", "http://x.org"), "diverted y.org:80");
}
