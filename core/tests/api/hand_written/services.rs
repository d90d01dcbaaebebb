//! Services of type `ExternalName`, and protocols in which the server speaks first.

use super::{CLOSED, HTTP, TLS, WITH_GATEWAY, codes, entry, object_in, told};

const NAME: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\nspec: {type: ExternalName, externalName: api.example.com, ports: [{name: http, port: 80}]}\n";

#[test]
fn a_name_of_a_host_that_nothing_declares() {
    let (other, declared) = (entry("www.example.com", HTTP), entry("api.example.com", HTTP));
    assert_eq!(codes(&[CLOSED, NAME, &other]), ["EGR0725"]);
    assert!(codes(&[CLOSED, NAME, &declared]).is_empty(), "{}", told("EGR0725", &[CLOSED, NAME, &declared]));
    // It is not known whether sidecars let it out.
    assert!(codes(&[NAME, &other]).is_empty());
    // Another name of a Service of the cluster leads to no external host.
    let inside = NAME.replace("api.example.com", "web.shop.svc.cluster.local");
    assert!(codes(&[CLOSED, &inside, &other]).is_empty());
}

#[test]
fn a_name_that_goes_past_the_gateway() {
    let gateway = "istio-egressgateway.istio-system.svc.cluster.local";
    let routes = format!(
        "{{hosts: [api.example.com], gateways: [mesh, egress], http: [
          {{match: [{{gateways: [mesh]}}], route: [{{destination: {{host: {gateway}, port: {{number: 80}}}}}}]}},
          {{match: [{{gateways: [egress]}}], route: [{{destination: {{host: api.example.com, port: {{number: 80}}}}}}]}}], tls: [
          {{match: [{{gateways: [mesh], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: {gateway}, port: {{number: 443}}}}}}]}},
          {{match: [{{gateways: [egress], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: api.example.com, port: {{number: 443}}}}}}]}}]}}"
    );
    let servers = "[{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}, {port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: [api.example.com]}]";
    let said = |name: &str| {
        let documents = [
            WITH_GATEWAY.replace("REGISTRY_ONLY", "ALLOW_ANY"),
            name.to_owned(),
            entry("api.example.com", &format!("{HTTP}}}, {{{TLS}")).replace(", exportTo: [\".\"]", ""),
            object_in(
                "istio-system",
                "Gateway",
                "egress",
                &format!("{{selector: {{istio: egressgateway}}, servers: {servers}}}"),
            ),
            object_in("istio-system", "VirtualService", "api", &routes),
        ];
        told("EGR0725", &documents.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let by_gateway = said(NAME);
    assert!(by_gateway.contains("is blocked") && by_gateway.contains("HTTP status 404"), "{by_gateway}");
    let past = said(&NAME.replace("name: http, port: 80", "name: tls, port: 443"));
    assert!(past.contains("goes past gateway"), "{past}");
}

/// Kubernetes needs no ports in a Service of type `ExternalName`.
#[test]
fn a_name_without_ports_is_asked_for_at_the_ports_of_its_host() {
    let name = "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop}\nspec: {type: ExternalName, externalName: db.example.com}\n";
    let other = entry("www.example.com", HTTP);
    assert!(codes(&[CLOSED, name, &other]).is_empty(), "what its clients speak is not known");
    let database = entry("db.example.com", "number: 5432, name: tcp, protocol: TCP");
    let told = told("EGR0725", &[CLOSED, name, &other, &database]);
    assert!(!told.contains("http"), "{told}");
}

#[test]
fn a_server_that_speaks_first() {
    for port in
        ["number: 25, name: mail, protocol: HTTP", "number: 3306, name: db, protocol: TLS", "number: 25, name: mail"]
    {
        let entry = entry("db.example.com", port);
        assert_eq!(codes(&[CLOSED, &entry]), ["EGR0723"], "{port}");
        assert_eq!(codes(&[&entry]), ["EGR0723"], "{port}");
    }
    for port in [
        "number: 25, name: mail, protocol: TCP",
        "number: 3306, name: db, protocol: MySQL",
        "number: 8080, name: http, protocol: HTTP",
    ] {
        assert!(codes(&[CLOSED, &entry("db.example.com", port)]).is_empty(), "{port}");
    }
}
