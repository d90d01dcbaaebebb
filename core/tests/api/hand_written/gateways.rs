//! Egress gateways: hosts that go past them, servers that nobody crosses, and requests that they refuse.

use super::{HTTP, TLS, WITH_GATEWAY, codes, entry, object_in, told};

const GATEWAY: &str = "istio-egressgateway.istio-system.svc.cluster.local";

fn public(port: &str) -> String {
    entry("api.example.com", port).replace(", exportTo: [\".\"]", "")
}

fn gateway(host: &str) -> String {
    object_in(
        "istio-system",
        "Gateway",
        "egress",
        &format!(
            "{{selector: {{istio: egressgateway}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{host}]}}]}}"
        ),
    )
}

fn leg(name: &str, spec: &str) -> String {
    object_in("istio-system", "VirtualService", name, &format!("{{hosts: [api.example.com], {spec}}}"))
}

fn to_gateway(route: &str) -> String {
    format!("{{{route}route: [{{destination: {{host: {GATEWAY}, port: {{number: 80}}}}}}]}}")
}

fn onward() -> String {
    leg("at-gateway", "gateways: [egress], http: [{route: [{destination: {host: api.example.com}}]}]")
}

#[test]
fn labels_in_the_route_to_the_gateway_leave_all_others_a_way_past_it() {
    let route = to_gateway("match: [{sourceLabels: {app: web}}], ");
    let documents = [
        WITH_GATEWAY,
        &public(HTTP),
        &gateway("api.example.com"),
        &leg("to-gateway", &format!("http: [{route}]")),
        &onward(),
    ];
    assert_eq!(codes(&documents), ["EGR0710"]);
    assert!(told("EGR0710", &documents).contains("past every gateway"));
    let ended = leg("to-gateway", &format!("http: [{route}, {{directResponse: {{status: 403}}}}]"));
    assert!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("api.example.com"), &ended, &onward()]).is_empty());
    let all = leg("to-gateway", &format!("http: [{}]", to_gateway("")));
    assert!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("api.example.com"), &all, &onward()]).is_empty());
}

#[test]
fn istio_drops_labels_beside_gateways() {
    let route = to_gateway("match: [{gateways: [mesh], sourceLabels: {app: web}}], ");
    let onward = "{match: [{gateways: [egress]}], route: [{destination: {host: api.example.com}}]}";
    let service = leg("api", &format!("gateways: [mesh, egress], http: [{route}, {onward}]"));
    let documents = [WITH_GATEWAY, &public(HTTP), &gateway("api.example.com"), &service];
    assert_eq!(codes(&documents), ["EGR0718"]);
    let without = service.replace(", sourceLabels: {app: web}", "");
    assert!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("api.example.com"), &without]).is_empty());
}

#[test]
fn a_server_that_no_request_crosses() {
    assert_eq!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("api.example.com")]), ["EGR0711"]);
    // Hosts that come in are not declared.
    assert!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("shop.example.com")]).is_empty());
    assert!(codes(&[WITH_GATEWAY, &public(HTTP), &gateway("\"*\"")]).is_empty());
}

#[test]
fn a_gateway_without_a_server_for_what_it_gets() {
    let all = leg("to-gateway", &format!("http: [{}]", to_gateway("")));
    let documents = [WITH_GATEWAY, &public(HTTP), &gateway("other.example.com"), &all, &onward()];
    assert!(codes(&documents).contains(&"EGR0714".to_owned()), "{:?}", codes(&documents));
    // Without the route that leads on from the gateway.
    let documents = [WITH_GATEWAY, &public(HTTP), &gateway("api.example.com"), &all];
    assert!(codes(&documents).contains(&"EGR0714".to_owned()), "{:?}", codes(&documents));
}

#[test]
fn the_usual_gateway_need_not_be_given() {
    let route = to_gateway("match: [{sourceLabels: {app: web}}], ");
    let documents =
        [public(HTTP), gateway("api.example.com"), leg("to-gateway", &format!("http: [{route}]")), onward()];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    assert_eq!(codes(&documents), ["EGR0710"]);
    assert!(told("EGR0304", &documents).contains("no document describes gateway `egressgateway`"));
    // A Service that is given is believed, and one of another name is not made up.
    let other: Vec<String> = documents.iter().map(|text| text.replace("istio-egressgateway", "our-gateway")).collect();
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    assert!(told("EGR0304", &other).is_empty() && codes(&other).is_empty(), "{:?}", codes(&other));
}

#[test]
fn two_gateways_for_one_connection() {
    let gateway = |name: &str, host: &str| {
        let spec = format!(
            "{{selector: {{istio: egressgateway}}, servers: [{{port: {{number: 443, name: tls, protocol: TLS}}, tls: {{mode: PASSTHROUGH}}, hosts: [{host}]}}]}}"
        );
        object_in("istio-system", "Gateway", name, &spec)
    };
    let routes = leg(
        "api",
        &format!(
            "gateways: [mesh, egress], tls: [{{match: [{{gateways: [mesh], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: {GATEWAY}, port: {{number: 443}}}}}}]}}, {{match: [{{gateways: [egress], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: api.example.com, port: {{number: 443}}}}}}]}}]"
        ),
    );
    let (entry, egress) = (public(TLS), gateway("egress", "api.example.com"));
    assert_eq!(codes(&[WITH_GATEWAY, &entry, &egress, &gateway("other", "api.example.com"), &routes]), ["EGR0728"]);
    assert!(codes(&[WITH_GATEWAY, &entry, &egress, &gateway("other", "www.example.com"), &routes]).is_empty());
    // Where both lead on it does not matter which one holds.
    let both = routes
        .replace("[mesh, egress]", "[mesh, egress, other]")
        .replace("gateways: [egress]", "gateways: [egress, other]");
    let documents = [WITH_GATEWAY, &entry, &egress, &gateway("other", "api.example.com"), &both];
    assert_eq!(told("EGR0728", &documents), "");
}

#[test]
fn mutual_tls_of_the_mesh_with_routes_by_server_name() {
    let server = "{port: {number: 443, name: tls, protocol: TLS}, tls: {mode: ISTIO_MUTUAL}, hosts: [api.example.com]}";
    let gateway = object_in(
        "istio-system",
        "Gateway",
        "egress",
        &format!("{{selector: {{istio: egressgateway}}, servers: [{server}]}}"),
    );
    let rule = object_in(
        "istio-system",
        "DestinationRule",
        "to-gateway",
        &format!("{{host: {GATEWAY}, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL, sni: api.example.com}}}}}}"),
    );
    let routes = |onward: &str| {
        leg(
            "api",
            &format!(
                "gateways: [mesh, egress], tls: [{{match: [{{gateways: [mesh], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: {GATEWAY}, port: {{number: 443}}}}}}]}}{onward}"
            ),
        )
    };
    let route = "route: [{destination: {host: api.example.com, port: {number: 443}}}]";
    let by_name =
        routes(&format!(", {{match: [{{gateways: [egress], port: 443, sniHosts: [api.example.com]}}], {route}}}]"));
    assert_eq!(codes(&[WITH_GATEWAY, &public(TLS), &gateway, &rule, &by_name]), ["EGR0711", "EGR0714"]);
    let by_port = routes(&format!("], tcp: [{{match: [{{gateways: [egress], port: 443}}], {route}}}]"));
    assert!(codes(&[WITH_GATEWAY, &public(TLS), &gateway, &rule, &by_port]).is_empty());
}
