//! The way of a request through a gateway, and of those that call it themselves (docs/istio/gateways.md).

use crate::gateway::{HTTP, HTTPS, TCP, VIA, VIA_TCP, VIA_TLS, parts};
use crate::mesh::{Ask, is, query, short};

#[test]
fn three_ways_through_a_gateway() {
    let mesh = parts().mesh();
    is(&mesh.from("a,app=s", HTTP), VIA);
    is(&mesh.from("a,app=s", HTTPS), VIA_TLS);
    is(&mesh.from("a,app=s", TCP), VIA_TCP);
    is(&mesh.from("a,app=t", HTTP), "blocked 502");
    is(&mesh.from("a,app=t", HTTPS), "blocked closed UH");
    is(&mesh.from("a,app=t", TCP), "blocked closed UH");
    is(&mesh.from("b,app=s", HTTP), "blocked 502");
    is(&mesh.from("b,app=s", HTTPS), "blocked closed UH");
    is(&mesh.ask(&query("a,app=s", HTTP).host("x.org:80")), VIA);
    is(&mesh.ask(&query("a,app=s", HTTPS).sni(Some("y.org"))), "blocked closed UH");
    is(&mesh.ask(&query("a,app=s", HTTPS).sni(None)), "blocked closed UH");
    is(&mesh.from("a,app=s", "http://x.org:443"), "blocked closed UH");
    is(&mesh.from("a,app=s", "https://x.org:80"), "blocked closed UH");
    // Port 25 belongs to the address-less host.
    is(&mesh.from("a,app=s", "tcp://y.org:25"), "diverted via egressgateway-a x.org:25");
    is(&mesh.from("a,app=s", "https://x.org:25"), "allowed via egressgateway-a x.org:25 tls(x.org)");
}

#[test]
fn a_port_that_the_service_does_not_have() {
    let mut parts = parts();
    parts.mesh_route = parts.mesh_route.replace("subset: http, port: {number: 80}", "subset: http, port: {number: 81}");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 NC");
}

#[test]
fn a_gateway_that_is_given_as_a_service() {
    let service = "
---
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec:
  selector: {app: egress, istio: egressgateway-a}
  ports:
  - {name: http2, port: 80, targetPort: 8080}
  - {name: tls, port: 444}
";
    let mut parts = parts();
    parts.more = service.into();
    let mut mesh = parts.mesh();
    mesh.environment.gateways.clear();
    is(&mesh.from("a,app=s", HTTP), "allowed via istio-system/istio-egressgateway-a x.org:80");
    is(&mesh.from("a,app=s", HTTPS), "allowed via istio-system/istio-egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn a_circle_of_gateways_ends() {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen(
        "host: x.org, port: {number: 80}",
        "host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: http, port: {number: 80}",
        1,
    );
    parts.rule = parts.rule.replace("exportTo: [a]", "exportTo: ['*']");
    let trace = parts.mesh().from("a,app=s", HTTP);
    is(&trace, "blocked");
    assert!(trace.notes.iter().any(|note| note.contains("in a loop")), "{:?}", trace.notes);
    // Where chance decides at each gateway anew, it may leave the circle.
    parts.gateway_route = parts.gateway_route.replacen(
        "subset: http, port: {number: 80}}}",
        "subset: http, port: {number: 80}}, weight: 50}, {destination: {host: x.org, port: {number: 80}}, weight: 50}",
        1,
    );
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
}

/// HTTP/2 writes an upgrade as an extended CONNECT, which Istio's gateways do not allow.
#[test]
fn websocket_through_a_port_of_http_2() {
    let ask = |name: &str, pool: &str| {
        let mut parts = parts();
        parts.more = format!(
            "
---
apiVersion: v1
kind: Service
metadata: {{name: istio-egressgateway-a, namespace: istio-system}}
spec:
  selector: {{app: egress, istio: egressgateway-a}}
  ports:
  - {{name: {name}, port: 80, targetPort: 8080}}
  - {{name: tls, port: 444}}
"
        );
        let plain = parts.rule.clone();
        parts.rule = parts.rule.replace("trafficPolicy: {tls", &format!("trafficPolicy: {{{pool}tls"));
        assert!(pool.is_empty() || parts.rule != plain, "{plain}");
        let mut mesh = parts.mesh();
        mesh.environment.gateways.clear();
        short(&mesh.ask(&query("a,app=s", HTTP).header("connection", "Upgrade").header("upgrade", "websocket")))
    };
    let via = "allowed via istio-system/istio-egressgateway-a x.org:80";
    assert_eq!(ask("http", ""), via);
    assert_eq!(ask("http2", ""), "blocked 503 UR");
    assert_eq!(ask("grpc-web", ""), "blocked 503 UR");
    assert_eq!(ask("http2", "connectionPool: {http: {useClientProtocol: true}}, "), via);
    assert_eq!(ask("http2", "connectionPool: {http: {h2UpgradePolicy: DO_NOT_UPGRADE}}, "), "blocked 503 UR");
    assert_eq!(ask("http", "connectionPool: {http: {h2UpgradePolicy: UPGRADE}}, "), "blocked 503 UR");
    // Whether the host takes it is not known.
    let mut parts = parts();
    parts.real = parts.real.replace("name: http, protocol: HTTP}", "name: http, protocol: HTTP2}");
    let upgrade = query("a,app=s", HTTP).header("connection", "Upgrade").header("upgrade", "websocket");
    is(&parts.mesh().ask(&upgrade), "unknown");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
}

#[test]
fn clients_that_talk_to_the_gateway_themselves() {
    let mesh = parts().mesh();
    is(&mesh.ask(&query("b", HTTP).direct(80, "http.outer")), VIA);
    is(&mesh.ask(&query("b", HTTPS).direct(444, "tls.outer")), VIA_TLS);
    is(&mesh.ask(&query("b", HTTP).direct(80, "wrong")), "blocked closed UF");
    is(&mesh.ask(&query("b", HTTP).direct(443, "http.outer")), "blocked closed UF");
    is(&mesh.ask(&query("b", "http://y.org").direct(80, "http.outer")), "blocked 404 NR");
    // Without a certificate of the mesh nobody gets in.
    let plain = query("b", "http://istio-egressgateway-a.istio-system:80").no_sidecar();
    is(&mesh.ask(&plain), "blocked closed UF");
    let own = query("b", "https://istio-egressgateway-a.istio-system:444").no_sidecar().sni(Some("tls.outer"));
    is(&mesh.ask(&own), "blocked closed UF");
}

/// The gateway is the first proxy that reads the bytes, so it answers where it reads HTTP.
#[test]
fn a_gateway_that_cannot_send_on_answers_who_calls_it() {
    let mut parts = parts();
    parts.gateway_route =
        parts.gateway_route.replace("{host: x.org, port: {number: 80}}", "{host: nowhere.org, port: {number: 80}}");
    parts.gateway_route =
        parts.gateway_route.replace("{host: x.org, port: {number: 443}}", "{host: nowhere.org, port: {number: 443}}");
    let mesh = parts.mesh();
    is(&mesh.ask(&query("b", HTTP).direct(80, "http.outer")), "blocked 503 NC");
    is(&mesh.ask(&query("b", HTTPS).direct(444, "tls.outer")), "blocked closed NC");
    is(&mesh.from("a,app=s", HTTP), "blocked 503 NC");
    is(&mesh.from("a,app=s", HTTPS), "blocked closed NC");
}

#[test]
fn a_sidecars_own_call_of_the_gateway_finds_no_chain() {
    let mesh = parts().mesh();
    is(&mesh.from("b", "http://istio-egressgateway-a.istio-system"), "blocked 503 UF");
    is(&mesh.from("b", "tls://istio-egressgateway-a.istio-system:444"), "blocked closed UF");
}

/// Of all proxies but ztunnel a gateway alone uses waypoints, where a label says so and the endpoints come by EDS.
#[test]
fn a_gateway_may_use_the_waypoint_of_its_host() {
    let through = |labels: &str, more: &str| {
        let mut parts = parts();
        let named = format!("name: real, namespace: istio-system, labels: {{{labels}}}");
        parts.real = parts.real.replace("name: real, namespace: istio-system", &named).replace("resolution: DNS", more);
        short(&parts.mesh().from("a,app=s", HTTP))
    };
    let of_eds = "resolution: STATIC\n  endpoints: [{address: 192.0.2.7}]";
    assert_eq!(through("istio.io/ingress-use-waypoint: 'true'", of_eds), "unknown");
    assert_eq!(through("istio.io/ingress-use-waypoint: 'true'", "resolution: DNS"), VIA);
    assert_eq!(through("istio.io/use-waypoint: way", of_eds), VIA);
}
