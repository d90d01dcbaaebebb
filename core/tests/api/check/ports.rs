//! Ports of gateways: their classes, their container ports, and which one a flow takes.

use crate::ask::{compiled, texts, words};
use crate::documents::{A, documents, gateways, http, of_a, policy, service, to, with};
use crate::said::{check, gateway_ports, slugs, the};

#[test]
fn a_class_comes_from_app_protocol_then_the_name_then_the_number() {
    let table = [
        ("{port: 80}", "{port: 81}", 80),
        ("{port: 80, name: tls}", "{port: 81, name: http-x}", 81),
        ("{port: 80, name: https}", "{port: 81, name: http2}", 81),
        ("{port: 80, name: http, appProtocol: tls}", "{port: 81, name: tcp, appProtocol: http}", 81),
        ("{port: 80, name: tcp}", "{port: 81, name: grpc-api}", 81),
        ("{port: 80, name: status}", "{port: 81, name: metrics}", 80),
        ("{port: 80, name: https, protocol: HTTPS}", "{port: 81, name: x, protocol: HTTP}", 81),
        ("{port: 80, name: HTTP}", "{port: 81}", 80),
    ];
    for (one, two, expected) in table {
        let text = documents(&[&http(), &service("gw", "istio-system", &format!("ports: [{one}, {two}]"))]);
        assert_eq!(gateway_ports(&text), [format!("a.example.org:80 at {expected}*")], "{one} {two}");
    }
}

#[test]
fn a_probe_port_takes_no_traffic() {
    let text = documents(&[
        &http(),
        &service("gw", "istio-system", "ports: [{port: 15021, name: http-status}, {port: 15080, name: http}]"),
    ]);
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 15080*"]);
}

#[test]
fn container_ports_are_known_or_said_to_be_unknown() {
    let ports = |spec: &str| slugs(&documents(&[&http(), &service("gw", "istio-system", &format!("ports: [{spec}]"))]));
    assert_eq!(ports("{port: 80}"), [""; 0], "an absent targetPort is the port");
    assert_eq!(ports("{port: 80, targetPort: 8080}"), [""; 0]);
    assert_eq!(ports("{port: 80, targetPort: http}"), ["target-port-unknown"], "a name needs the workload");
    let environment = |port: &str| slugs(&documents(&[&http(), &gateways(&format!("{{name: gw, ports: [{port}]}}"))]));
    assert_eq!(environment("{port: 80}"), ["target-port-unknown"]);
    assert_eq!(environment("{port: 80, targetPort: 80}"), [""; 0]);
    let both = [
        &http(),
        &gateways("{name: gw, ports: [{port: 80}]}"),
        &service("gw", "istio-system", "ports: [{port: 80, targetPort: 8080}]"),
    ];
    assert_eq!(
        slugs(&documents(&both.map(String::as_str))),
        [""; 0],
        "the Service fills what the MeshEnvironment leaves out"
    );
    let off = gateways("{name: gw, authorization: off, ports: [{port: 80}]}");
    assert_eq!(
        slugs(&documents(&[&http(), &off.replace("authorization: off", "authorization: \"off\"")])),
        [""; 0],
        "no policy names it"
    );
    let unused = gateways("{name: gw, ports: [{port: 80, targetPort: 80}, {port: 444}]}");
    assert_eq!(slugs(&documents(&[&http(), &unused])), [""; 0], "no flow uses port 444");
}

#[test]
fn an_unknown_container_port_is_a_warning_in_every_mode_of_authorization() {
    for mode in ["shared", "managed", "off"] {
        let mesh = format!(
            "{}  gateways:\n  - {{name: egressgateway-a, authorization: '{mode}', ports: [{{port: 80, class: http}}]}}\n",
            environment!()
        );
        let policy = policy!(
            "egressgateway-a",
            "  - from: [{namespace: mytest}]\n    to: [{hosts: [www.httpbin.org], port: {name: http, number: 80, protocol: HTTP}}]\n"
        );
        let response = compiled(texts(&[policy, &mesh]));
        assert!(response.ok, "{mode}: {:?}", response.diagnostics);
    }
}

#[test]
fn gateway_ports_are_chosen_or_taken() {
    let all = |spec_port: &str, more: &str| {
        let text = of_a(&[
            with("a.example.org", 80, "HTTP", more),
            with("b.example.org", 50051, "GRPC", more),
            with("c.example.org", 443, "HTTPS", more),
            with("d.example.org", 5432, "TCP", more),
        ]);
        gateway_ports(
            &text.replace("byEgressGateway: {name: gw}", &format!("byEgressGateway: {{name: gw{spec_port}}}")),
        )
    };
    let at = |[a, b, c, d]: [&str; 4]| {
        [
            format!("a.example.org:80 at {a}"),
            format!("b.example.org:50051 at {b}"),
            format!("c.example.org:443 at {c}"),
            format!("d.example.org:5432 at {d}"),
        ]
    };
    assert_eq!(all("", ""), at(["80*", "80*", "443*", "443*"]), "the lowest of its class");
    assert_eq!(all("", ", byEgressGateway: {}"), at(["80*", "80*", "443*", "443*"]));
    assert_eq!(all("", ", byEgressGateway: {port: 444}"), at(["444"; 4]), "whatever its class");
    assert_eq!(all(", port: 444", ""), at(["444"; 4]), "the default of the policy");
    assert_eq!(all(", port: 444", ", byEgressGateway: {port: 80}"), at(["80"; 4]), "the nearer one wins");
    assert_eq!(all(", port: 444", ", byEgressGateway: {name: gw}"), at(["444"; 4]));
}

#[test]
fn ports_that_are_missing_are_refused_where_they_are_written() {
    let port = of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 8443}")]);
    assert_eq!(check(&port), ["gateway-port-missing @ spec.egressRules[0].to[0].byEgressGateway.port"]);
    let spec = of_a(&[to("a.example.org", 80, "HTTP")]).replace("{name: gw}", "{name: gw, port: 8443}");
    assert_eq!(check(&spec), ["gateway-port-missing @ spec.byEgressGateway.port"]);
    assert!(words(&the("gateway-port-missing", &spec)).contains("80 (http), 443 (tls), 444 (tls)"));

    let tls_only = documents(&[&http(), &gateways("{name: gw, ports: [{port: 444, targetPort: 444}]}")]);
    assert_eq!(check(&tls_only), ["no-fitting-port @ spec.egressRules[0].to[0]"]);
    let none = documents(&[&http(), &gateways("{name: gw, ports: []}")]);
    assert_eq!(slugs(&none), ["no-fitting-port"]);
    assert!(words(&the("no-fitting-port", &none)).contains("no ports"));
    let http_only = documents(&[
        &policy(&[(A, &to("a.example.org", 443, "TLS"))]),
        &gateways("{name: gw, ports: [{port: 80, targetPort: 80}]}"),
    ]);
    assert_eq!(slugs(&http_only), ["no-fitting-port"]);
}

#[test]
fn a_rule_may_repeat_its_gateway_and_not_change_it() {
    assert_eq!(slugs(&of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {name: gw}")])), [""; 0]);
    let other = of_a(&[with("a.example.org", 80, "HTTP", ", byEgressGateway: {name: other}")]);
    assert_eq!(check(&other), ["other-gateway @ spec.egressRules[0].to[0].byEgressGateway.name"]);
    assert_eq!(the("other-gateway", &other).labels[1].path.as_deref(), Some("spec.byEgressGateway.name"));
}
