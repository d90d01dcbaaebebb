//! Another object has what the client's sidecar would use an object for: the same host, the same port, the same address.

use super::{entry, object, reasons};

/// A VirtualService for `x.org` with one path, and a time.
fn route(name: &str, day: u8, more: &str, path: &str) -> String {
    let object = object(
        "VirtualService",
        name,
        &format!(
            "hosts: [x.org]{more}, http: [{{match: [{{uri: {{prefix: {path}}}}}], route: [{{destination: {{host: x.org}}}}]}}]"
        ),
    );
    object.replace("metadata: {", &format!("metadata: {{creationTimestamp: '2024-01-0{day}T00:00:00Z', "))
}

const ASK: &str = "shop -> http://x.org/a";

#[test]
fn a_virtual_service_that_comes_first() {
    let x = entry("shop/x", "x.org", 80, "HTTP", "");
    let other = |why: &str| {
        [format!(
            "VirtualService shop/a: VirtualService `shop/b` is for the same host and comes first ({why}), and a sidecar takes one VirtualService for a host"
        )]
    };
    let (old, young) = (route("shop/b", 1, "", "/b"), route("shop/a", 2, "", "/a"));
    assert_eq!(reasons(&[x.clone(), old, young], ASK), other("it is older"));
    let (named, public) = (route("shop/b", 2, ", exportTo: [shop]", "/b"), route("shop/a", 1, "", "/a"));
    assert_eq!(
        reasons(&[x.clone(), named, public], ASK),
        other("it is of namespace `shop` itself, and exported to it by name")
    );
    let named = route("other/b", 2, ", exportTo: [shop]", "/b");
    assert_eq!(
        reasons(&[x.clone(), named, route("shop/a", 1, "", "/a")], ASK),
        other("its `exportTo` names `shop`").map(|text| text.replace("shop/b", "other/b"))
    );
    let (old, young) = (route("shop/a", 1, "", "/a"), route("shop/b", 2, "", "/b"));
    assert_eq!(
        reasons(&[x.clone(), old, young], ASK),
        other("it is older")
            .map(|text| { text.replace("shop/a", "?").replace("shop/b", "shop/a").replace('?', "shop/b") })
    );
    let wide =
        object("VirtualService", "shop/wide", "hosts: ['*.org'], http: [{route: [{destination: {host: x.org}}]}]");
    assert_eq!(
        reasons(&[x.clone(), wide.clone(), route("shop/a", 1, "", "/a")], ASK),
        [
            "VirtualService shop/wide: its host `*.org` is less specific than `x.org` of VirtualService `shop/a`, and a sidecar takes one VirtualService for a host"
        ]
    );
    assert!(reasons(&[x.clone(), wide], ASK).is_empty(), "this one is used");
    // Which of two is older is not known, and both do the same.
    let untimed =
        |name| object("VirtualService", name, "hosts: [x.org], http: [{route: [{destination: {host: x.org}}]}]");
    assert!(reasons(&[x, untimed("shop/a"), untimed("shop/b")], ASK).is_empty());
}

#[test]
fn a_virtual_host_needs_a_port_of_http() {
    let objects = |port: u16, hosts: &str| {
        let wild = entry("shop/w", "'*.x.org'", port, "HTTP", ", endpoints: [{address: 192.0.2.7}]");
        let own = entry("shop/own", "y.org", port, "HTTP", "");
        let spec = format!("hosts: [{hosts}], http: [{{route: [{{destination: {{host: y.org}}}}]}}]");
        vec![wild, own, object("VirtualService", "shop/v", &spec)]
    };
    assert_eq!(
        reasons(&objects(9090, "www.x.org"), "shop -> http://www.x.org:9090"),
        [
            "VirtualService shop/v: none of its hosts is that of a ServiceEntry or Service with an HTTP port 9090, and for others it has a virtual host on port 80 alone"
        ]
    );
    assert!(reasons(&objects(80, "www.x.org"), "shop -> http://www.x.org").is_empty(), "this one is used");
    assert!(reasons(&objects(9090, "www.x.org, y.org"), "shop -> http://www.x.org:9090").is_empty(), "so is this");
}

#[test]
fn a_port_that_another_service_takes() {
    let timed = |object: String, day: u8| {
        object.replace("metadata: {", &format!("metadata: {{creationTimestamp: '2024-01-0{day}T00:00:00Z', "))
    };
    let both = |protocol: &str, more: &str| {
        [timed(entry("shop/x", "x.org", 443, "TCP", ""), 1), timed(entry("shop/z", "z.org", 443, protocol, more), 2)]
    };
    let taken = |protocol: &str, ways_out: &str| {
        [format!(
            "ServiceEntry shop/z: its port 443 has protocol {protocol} and no address of its own, and ServiceEntry `shop/x` takes all that arrives on that port; `addresses`{ways_out} would tell them apart"
        )]
    };
    assert_eq!(
        reasons(&both("TCP", ""), "shop -> https://z.org"),
        taken("TCP", " or DNS capture (`ISTIO_META_DNS_CAPTURE`) or protocol TLS")
    );
    assert_eq!(
        reasons(&both("TCP", ""), "shop -> tcp://z.org:443"),
        taken("TCP", " or DNS capture (`ISTIO_META_DNS_CAPTURE`)")
    );
    let without_resolution = both("TCP", "").map(|object| object.replace("resolution: DNS", "resolution: NONE"));
    assert_eq!(reasons(&without_resolution, "shop -> tcp://z.org:443"), taken("TCP", ""));
    assert!(reasons(&both("TLS", ""), "shop -> https://z.org").is_empty(), "this works");
    assert!(reasons(&both("TCP", ""), "shop -> tcp://x.org:443").is_empty(), "this works");

    let beside = [entry("shop/x", "x.org", 80, "HTTP", ""), entry("shop/z", "z.org", 80, "TCP", "")];
    assert_eq!(
        reasons(&beside, "shop -> http://z.org"),
        [
            "ServiceEntry shop/z: its port 80 has protocol TCP, and another service has protocol HTTP on that port, so that the sidecar routes HTTP there by `Host` to hosts with protocol HTTP alone"
        ]
    );
    assert!(reasons(&beside[1..], "shop -> http://z.org").is_empty(), "this works");
}

#[test]
fn a_host_has_the_address_of_its_first_entry() {
    let capture = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: '{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}}'}}\n".to_owned();
    let (a, b) = (entry("shop/a", "x.org", 80, "HTTP", ""), entry("shop/b", "x.org", 443, "TLS", ""));
    let found = reasons(&[capture.clone(), a.clone(), b.clone()], "shop -> https://x.org");
    assert!(
        found.contains(
            &"ServiceEntry shop/b: its listener is on the address that Istio gives to it, and for `x.org` the sidecar answers DNS with that of ServiceEntry `shop/a`, which has no port 443: one ServiceEntry of the host must have both ports".to_owned()
        ),
        "{found:?}"
    );
    assert!(reasons(&[a, b.clone()], "shop -> https://x.org").is_empty(), "this works");
    assert!(reasons(&[capture, b], "shop -> https://x.org").is_empty(), "so does this");
}

#[test]
fn a_name_for_a_host_that_nobody_has_registered() {
    let service = "---\n{apiVersion: v1, kind: Service, metadata: {name: alias, namespace: shop}, spec: {type: ExternalName, externalName: x.org, ports: [{name: http, port: 80}]}}\n".to_owned();
    let other = entry("shop/z", "z.org", 80, "HTTP", "");
    let ask = "shop -> http://alias.shop.svc.cluster.local";
    assert_eq!(
        reasons(&[service.clone(), other.clone()], ask),
        [
            "Service shop/alias: it is only another name for `x.org` (ExternalName), which is the host of no ServiceEntry and of no other Service"
        ]
    );
    assert!(reasons(&[service, other, entry("shop/x", "x.org", 80, "HTTP", "")], ask).is_empty(), "it has one");
}

#[test]
fn an_egress_listener_without_a_service() {
    let sidecar = |hosts: &str| {
        let listener = format!("egress: [{{port: {{number: 8080, protocol: HTTP, name: http}}, hosts: [{hosts}]}}]");
        object("Sidecar", "shop/s", &listener)
    };
    let x = entry("shop/x", "x.org", 80, "HTTP", "");
    let complete = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: mesh}, spec: {completeKinds: [Service]}}\n".to_owned();
    let (ask, other) = ("shop -> http://y.org:8080", entry("shop/other", "y.org", 8080, "HTTP", ""));
    assert_eq!(
        reasons(&[complete.clone(), x.clone(), sidecar("'./*'")], ask),
        [
            "Sidecar shop/s: its egress listener for port 8080 imports no ServiceEntry or Service with that port, and without one there is no listener"
        ]
    );
    assert!(reasons(&[complete, x, other, sidecar("'./*'")], ask).is_empty(), "this works");
}
