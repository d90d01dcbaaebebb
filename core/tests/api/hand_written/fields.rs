//! Fields that Istio does not know.

use super::{CLOSED, object, told};

fn entry(fields: &str) -> String {
    object("ServiceEntry", "api", &format!("{{hosts: [api.example.com], exportTo: [\".\"], {fields}}}"))
}

fn said(document: &str) -> String {
    told("EGR0617", &[CLOSED, document])
}

#[test]
fn a_field_that_no_release_has() {
    let singular = said(&entry("port: [{number: 443, name: tls, protocol: TLS}], resolution: DNS"));
    assert!(
        singular.contains("`port` is not a field of `spec`") && singular.contains("did you mean `ports`?"),
        "{singular}"
    );
    let letters = said(&entry("ports: [{number: 443, name: tls, protocol: TLS}], resolutoin: DNS"));
    assert!(letters.contains("did you mean `resolution`?"), "{letters}");
    assert_eq!(said(&entry("ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS")), "");
    // In depth, and without anything that is near.
    let deep = said(&entry("ports: [{number: 443, name: tls, protocol: TLS, description: text}], resolution: DNS"));
    assert!(deep.contains("`description` is not a field of `ports`") && deep.contains("remove the field"), "{deep}");
    // Keys of maps are no fields, and neither is what only some releases know.
    let labels = entry(
        "ports: [{number: 443, name: tls, protocol: TLS}], resolution: STATIC, endpoints: [{address: 192.0.2.1, labels: {port: a}}]",
    );
    assert_eq!(said(&labels), "");
    let newer = object(
        "DestinationRule",
        "api",
        "{host: api.example.com, trafficPolicy: {connectionPool: {http: {http2KeepAlive: {interval: 1s}}}}}",
    );
    assert_eq!(said(&newer), "");
    // Another group has kinds of the same name.
    let other = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a, namespace: shop}\nspec: {gatewayClassName: istio, listeners: []}\n";
    assert_eq!(said(other), "");
}
