//! A proxy sends the request to a cluster that it does not have: what would make the cluster, and why it does not.

use super::{entry, object, reasons, trace};

const GATEWAY: &str = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: mesh}, spec: {completeKinds: [Service], gateways: [{name: out, service: out, namespace: istio-system, podLabels: {istio: out}, ports: [{port: 80, targetPort: 8080, class: http}]}]}}\n";
const SERVICE: &str = "---\n{apiVersion: v1, kind: Service, metadata: {name: out, namespace: istio-system}, spec: {selector: {istio: out}, ports: [{name: http2, port: 80, targetPort: 8080}]}}\n";
const OUT: &str = "out.istio-system.svc.cluster.local";

/// A way through the gateway, all in namespace `egress`, with `rules` for the subset `x` of the gateway.
fn through(rules: &[String]) -> Vec<String> {
    let to = |host: &str| format!("route: [{{destination: {{host: {host}, port: {{number: 80}}}}}}]");
    let mut objects = vec![
        GATEWAY.to_owned(),
        SERVICE.to_owned(),
        entry("egress/x", "x.org", 80, "HTTP", ""),
        object(
            "Gateway",
            "egress/out",
            "selector: {istio: out}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.org]}]",
        ),
        object(
            "VirtualService",
            "egress/x",
            &format!(
                "hosts: [x.org], gateways: [mesh, out], http: [{{match: [{{gateways: [mesh]}}], {}}}, {{match: [{{gateways: [out]}}], {}}}]",
                to(OUT).replace(", port", ", subset: x, port"),
                to("x.org")
            ),
        ),
    ];
    objects.extend_from_slice(rules);
    objects
}

fn rule(name: &str, more: &str) -> String {
    object("DestinationRule", name, &format!("host: {OUT}, {more}"))
}

const SUBSET: &str = "subsets: [{name: x}]";

#[test]
fn a_subset_in_a_namespace_where_nobody_looks() {
    let objects = through(&[rule("egress/out", SUBSET)]);
    assert_eq!(
        reasons(&objects, "shop -> http://x.org"),
        [
            "DestinationRule egress/out: it has the subset `x` that the client's sidecar looks for, but it is in namespace `egress`, where it does not look: only DestinationRules of the client's namespace `shop`, of the host's namespace `istio-system` and of the root namespace `istio-system` apply"
        ]
    );
    assert!(reasons(&objects, "egress -> http://x.org").is_empty(), "its own namespace is looked at");
    let ask = "shop -> http://x.org";
    assert!(reasons(&through(&[rule("istio-system/out", SUBSET)]), ask).is_empty(), "this works");
    // One without the subset is no cause.
    let other = rule("egress/other", "subsets: [{name: y}]");
    assert_eq!(reasons(&through(&[rule("egress/out", SUBSET), other]), ask).len(), 1);
}

#[test]
fn a_subset_that_another_rule_or_its_own_fields_hide() {
    let ask = "shop,app=a -> http://x.org";
    let only = |rules: &[String]| {
        let mut found = reasons(&through(rules), ask);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    };
    let has = "it has the subset `x` that the client's sidecar looks for, but";
    let wide = object("DestinationRule", "shop/all", "host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}");
    let shown = rule("istio-system/out", SUBSET);
    assert_eq!(
        only(&[shown.clone(), wide]),
        format!(
            "DestinationRule istio-system/out: {has} DestinationRule `shop/all` is used for `{OUT}` instead: those of namespace `shop` come first, and only one applies"
        )
    );
    let narrow = rule("shop/out", "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}");
    let wide = object("DestinationRule", "shop/all", "host: '*.local', subsets: [{name: x}]");
    assert_eq!(
        only(&[wide, narrow]),
        format!(
            "DestinationRule shop/all: {has} DestinationRule `shop/out` is used for `{OUT}` instead: its host `{OUT}` is more specific, and only one applies"
        )
    );
    assert_eq!(
        only(&[rule("istio-system/out", &format!("exportTo: [.], {SUBSET}"))]),
        format!("DestinationRule istio-system/out: {has} it is exported to `istio-system`, and not to `shop`")
    );
    assert_eq!(
        only(&[rule("shop/out", &format!("workloadSelector: {{matchLabels: {{app: b}}}}, {SUBSET}"))]),
        format!("DestinationRule shop/out: {has} its `workloadSelector` does not select the client's pods")
    );
    assert_eq!(
        only(&[rule("istio-system/out", &format!("workloadSelector: {{matchLabels: {{app: a}}}}, {SUBSET}"))]),
        format!(
            "DestinationRule istio-system/out: {has} its `workloadSelector` is for workloads of namespace `istio-system`"
        )
    );
}

#[test]
fn a_subset_that_nobody_has() {
    let ask = "shop -> http://x.org";
    let note = format!(
        "the client's sidecar sends the request to subset `x` of `{OUT}`, and no DestinationRule for that host has the subset"
    );
    let notes = |rules: &[String]| trace(&through(rules), ask).notes;
    assert_eq!(notes(&[]), std::slice::from_ref(&note));
    assert_eq!(notes(&[object("DestinationRule", "shop/other", "host: y.org, subsets: [{name: x}]")]), [note]);
    assert!(notes(&[rule("egress/out", SUBSET)]).is_empty(), "the DestinationRule has the reason");
}

/// The same with a destination at the gateway, or a port of the gateway, changed.
fn changed(from: &str, to: &str) -> Vec<String> {
    let mut objects = through(&[rule("istio-system/out", SUBSET)]);
    let virtual_service = objects.iter_mut().find(|object| object.contains("kind: VirtualService")).unwrap();
    assert!(virtual_service.contains(from), "{virtual_service}");
    *virtual_service = virtual_service.replace(from, to);
    objects
}

#[test]
fn a_host_or_a_port_that_the_gateway_does_not_know() {
    let ask = "egress -> http://x.org";
    let mut hidden = through(&[rule("istio-system/out", SUBSET)]);
    assert!(reasons(&hidden, ask).is_empty(), "this works");
    hidden[2] = entry("egress/x", "x.org", 80, "HTTP", ", exportTo: [.]");
    assert_eq!(
        reasons(&hidden, ask),
        [
            "ServiceEntry egress/x: it is exported to `egress`, and not to `istio-system`, so gateway `out` has no cluster for `x.org`"
        ]
    );
    assert_eq!(
        reasons(&changed("host: x.org, port: {number: 80}", "host: x.org, port: {number: 8080}"), ask),
        ["ServiceEntry egress/x: it has port 80, and gateway `out` sends the request to port 8080 of `x.org`"]
    );
    assert_eq!(
        reasons(&changed("subset: x, port: {number: 80}", "port: {number: 6379}"), ask),
        ["Service istio-system/out: it has port 80, and the client's sidecar sends the request to its port 6379"]
    );
    let mut without_service = changed("subset: x, port: {number: 80}", "port: {number: 6379}");
    without_service.remove(1);
    assert_eq!(
        trace(&without_service, ask).notes,
        [format!("the Service `{OUT}` has port 80, and the client's sidecar sends the request to its port 6379")]
    );
}

#[test]
fn a_destination_is_no_name_under_a_wildcard() {
    let route = |to: &str| {
        object(
            "VirtualService",
            "shop/x",
            &format!("hosts: [x.org], http: [{{route: [{{destination: {{host: {to}, port: {{number: 80}}}}}}]}}]"),
        )
    };
    let ask = "shop -> http://x.org";
    let with = |to: &str, other: &str| {
        vec![
            GATEWAY.to_owned(),
            entry("shop/x", "x.org", 80, "HTTP", ""),
            entry("shop/w", other, 80, "HTTP", ", endpoints: [{address: w.org}]"),
            route(to),
        ]
    };
    let makes_none = |host: &str, to: &str| {
        [format!(
            "ServiceEntry shop/w: its host `{host}` makes no cluster for `{to}`, to which the client's sidecar sends the request: the destination of a route must be a host of a ServiceEntry as it is written there"
        )]
    };
    assert_eq!(reasons(&with("www.y.org", "'*.y.org'"), ask), makes_none("*.y.org", "www.y.org"));
    assert_eq!(reasons(&with("www.y.org", "www.y.org."), ask), makes_none("www.y.org.", "www.y.org"));
    assert!(reasons(&with("'*.y.org'", "'*.y.org'"), ask).is_empty(), "this is the host of the entry");
    let note =
        "the client's sidecar sends the request to `www.z.org`, which is the host of no ServiceEntry and of no Service";
    assert!(reasons(&with("www.z.org", "'*.y.org'"), ask).is_empty());
    assert_eq!(trace(&with("www.z.org", "'*.y.org'"), ask).notes, [note]);
}
