//! Why an object near a request is not used: the reason and the place, and silence where all is as it should be.

use egressc_core::api::{TestFormat, Trace, TraceFormat, Workspace};

use crate::ask::texts;

mod at_gateway;
mod at_sidecar;
mod missing_cluster;

const REGISTRY_ONLY: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}
";

/// A document in one line.
fn object(kind: &str, namespace_and_name: &str, spec: &str) -> String {
    let (namespace, name) = namespace_and_name.split_once('/').unwrap();
    let group = if kind == "AuthorizationPolicy" { "security.istio.io/v1" } else { "networking.istio.io/v1" };
    format!(
        "---\n{{apiVersion: {group}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{{spec}}}}}\n"
    )
}

fn entry(name: &str, host: &str, port: u16, protocol: &str, more: &str) -> String {
    let spec =
        format!("hosts: [{host}], resolution: DNS, ports: [{{number: {port}, name: p, protocol: {protocol}}}]{more}");
    object("ServiceEntry", name, &spec)
}

fn trace(objects: &[String], ask: &str) -> Trace {
    let workspace = Workspace::load(&texts(&[&format!("{REGISTRY_ONLY}{}", objects.concat())]));
    let response = workspace.trace(&ask.parse().unwrap(), Some(TraceFormat::Text)).unwrap();
    let (trace, text) = (response.trace.unwrap(), response.text.unwrap());
    for object in &trace.unused {
        assert!(object.span.is_some() && text.contains(&object.reason), "{object:?}\n{text}");
    }
    trace
}

/// `Kind namespace/name: reason`.
fn reasons(objects: &[String], ask: &str) -> Vec<String> {
    let unused = trace(objects, ask).unused;
    unused.iter().map(|each| format!("{} {}/{}: {}", each.kind, each.namespace, each.name, each.reason)).collect()
}

const TO_X: &str = "http: [{route: [{destination: {host: x.org}}]}]";

#[test]
fn routes_of_another_protocol_than_the_port() {
    let entry = |protocol| entry("shop/x", "x.org", 80, protocol, "");
    let route = object("VirtualService", "shop/x", &format!("hosts: [x.org], {TO_X}"));
    assert_eq!(
        reasons(&[entry("HTTPS"), route.clone()], "shop -> http://x.org"),
        [
            "ServiceEntry shop/x: its port 80 has protocol HTTPS, and the request is plain HTTP",
            "VirtualService shop/x: its `http` routes do not apply: port 80 of ServiceEntry `shop/x` has protocol HTTPS",
        ]
    );
    assert_eq!(
        reasons(&[entry("TCP"), route.clone()], "shop -> tcp://x.org:80"),
        ["VirtualService shop/x: its `http` routes do not apply: port 80 of ServiceEntry `shop/x` has protocol TCP"]
    );
    let none: [&str; 0] = [];
    assert_eq!(reasons(&[entry("HTTP"), route], "shop -> http://x.org"), none);
}

#[test]
fn what_the_client_does_not_see() {
    let x = |more| entry("other/x", "x.org", 80, "HTTP", more);
    assert_eq!(
        reasons(&[x(", exportTo: [.]")], "shop -> http://x.org"),
        ["ServiceEntry other/x: it is exported to `other`, and not to `shop`"]
    );
    let sidecar = object("Sidecar", "shop/default", "egress: [{hosts: ['./*']}]");
    assert_eq!(
        reasons(&[x(""), sidecar.clone()], "shop -> http://x.org"),
        ["ServiceEntry other/x: no egress host of Sidecar `shop/default` imports it"]
    );
    let own = entry("shop/x", "x.org", 80, "HTTP", "");
    let route = |more| object("VirtualService", "other/x", &format!("hosts: [x.org]{more}, {TO_X}"));
    assert_eq!(
        reasons(&[own.clone(), route(", exportTo: [a, b]")], "shop -> http://x.org"),
        ["VirtualService other/x: it is exported to `a`, `b`, and not to `shop`"]
    );
    assert_eq!(
        reasons(&[own.clone(), route(""), sidecar], "shop -> http://x.org"),
        ["VirtualService other/x: no egress host of Sidecar `shop/default` imports it"]
    );
    assert_eq!(
        reasons(&[own], "shop -> http://x.org:8080"),
        ["ServiceEntry shop/x: it has port 80, and the request is for port 8080"]
    );
}

#[test]
fn an_egress_listener_that_the_request_does_not_meet() {
    let objects = |listeners: &str, ask: &str| {
        let x = object(
            "ServiceEntry",
            "shop/x",
            "hosts: [x.org], resolution: DNS, ports: [{number: 9080, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]",
        );
        let route = object("VirtualService", "shop/x", &format!("hosts: [x.org], {TO_X}"));
        let sidecar = object("Sidecar", "shop/s", &format!("egress: [{listeners}]"));
        reasons(&[x, route, sidecar], ask)
    };
    let both = |why: &str| [format!("ServiceEntry shop/x: {why}"), format!("VirtualService shop/x: {why}")];
    let only = |which: &str| {
        both(&format!(
            "of the egress listeners of Sidecar `shop/s` only the one {which} imports it, and this request does not go there"
        ))
    };
    let own = "{port: {number: 9080, protocol: HTTP, name: http}, hosts: ['./*']}";
    assert_eq!(objects(own, "shop -> https://x.org"), only("for port 9080"));
    assert!(objects(own, "shop -> http://x.org:9080").is_empty(), "this works");
    let bound =
        "{port: {number: 9080, protocol: HTTP, name: http}, bind: 127.0.0.1, captureMode: NONE, hosts: ['./*']}";
    assert_eq!(objects(bound, "shop -> http://x.org:9080"), only("for port 9080 at `127.0.0.1`"));
    let beside = format!("{own}, {{hosts: ['other/*']}}");
    assert_eq!(objects(&beside, "shop -> https://x.org"), only("for port 9080"));
    let others = "{port: {number: 9080, protocol: HTTP, name: http}, hosts: ['other/*']}, {hosts: ['other/*']}";
    assert_eq!(
        objects(others, "shop -> https://x.org"),
        both("no egress host of Sidecar `shop/s` imports it"),
        "no listener at all"
    );
}

#[test]
fn a_gateway_that_is_not_given_is_the_cause_only_where_it_is_needed() {
    let route = |gateways: &str| {
        object(
            "VirtualService",
            "shop/x",
            &format!(
                "hosts: [x.org], gateways: [{gateways}], http: [{{match: [{{gateways: [mesh]}}], route: [{{destination: {{host: x.org}}}}]}}]"
            ),
        )
    };
    let x = entry("shop/x", "x.org", 80, "HTTP", "");
    assert!(reasons(&[x.clone(), route("mesh, out")], "shop -> http://x.org").is_empty(), "the sidecar uses it");
    let mut through = through_a_gateway("", "PASSTHROUGH");
    let virtual_service = through.pop().unwrap();
    through.push(virtual_service.replace("gateways: [mesh, out]", "gateways: [mesh, oout]"));
    let found = reasons(&through, "shop -> https://x.org");
    assert!(
        found.contains(&"VirtualService istio-system/x: it names Gateway `istio-system/oout` in `gateways`, and no such Gateway is given".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_short_name_means_another_host() {
    let endpoints = ", endpoints: [{address: billing.corp.org}]";
    let objects = [
        entry("shop/alias", "billing", 80, "HTTP", endpoints),
        object("VirtualService", "shop/alias", "hosts: [billing], http: [{route: [{destination: {host: billing}}]}]"),
        object("DestinationRule", "shop/alias", "host: billing, trafficPolicy: {tls: {mode: SIMPLE}}"),
    ];
    let why = "its host `billing` is a short name and means `billing.shop.svc.cluster.local`, while the request is for `billing`, the host of ServiceEntry `shop/alias`";
    assert_eq!(
        reasons(&objects, "shop -> http://billing"),
        [format!("VirtualService shop/alias: {why}"), format!("DestinationRule shop/alias: {why}")]
    );
    // Without the ServiceEntry, or for clients that do not see it, the name may well be that of the Service.
    let none: [&str; 0] = [];
    assert_eq!(reasons(&objects[1..], "shop -> http://billing"), none);
    let hidden = entry("other/alias", "billing", 80, "HTTP", ", exportTo: [.]");
    assert_eq!(
        reasons(&[hidden, objects[1].clone()], "shop -> http://billing"),
        ["ServiceEntry other/alias: it is exported to `other`, and not to `shop`"]
    );
    let notes = trace(&objects, "shop -> http://billing").notes;
    assert!(
        notes.contains(
            &"`billing` is another name for `billing.corp.org`: it is an endpoint of ServiceEntry `shop/alias`"
                .to_owned()
        ),
        "{notes:?}"
    );
}

#[test]
fn gateways_and_matches_that_are_for_others() {
    let x = entry("shop/x", "x.org", 80, "HTTP", "");
    let with =
        |spec: &str| reasons(&[x.clone(), object("VirtualService", "shop/x", spec)], "shop,app=a -> http://x.org");
    assert_eq!(
        with(&format!("hosts: [x.org], gateways: [out], {TO_X}")),
        [
            "VirtualService shop/x: it names Gateway `shop/out` in `gateways`, and no such Gateway is given",
            "VirtualService shop/x: it applies only at Gateway `shop/out`: its `gateways` do not contain `mesh`",
        ]
    );
    let matching = |condition: &str| {
        with(&format!("hosts: [x.org], http: [{{match: [{condition}], route: [{{destination: {{host: x.org}}}}]}}]"))
    };
    let failing =
        |why: &str| [format!("VirtualService shop/x: no match holds for this request: `http[0].match[0]` {why}")];
    assert_eq!(matching("{port: 8080}"), failing("is for port 8080"));
    assert_eq!(matching("{sourceLabels: {app: b}}"), failing("is for clients with the labels `app: b`"));
    assert_eq!(matching("{sourceNamespace: other}"), failing("is for clients of namespace `other`"));
    assert_eq!(matching("{gateways: [shop/out]}"), failing("is for Gateway `shop/out`"));
    assert_eq!(
        matching("{sourceLabels: {app: b}, gateways: [mesh]}"),
        [
            "VirtualService shop/x: the `sourceLabels` of `http[0].match[0]` are ignored beside `gateways`, so that this route is for every client"
        ]
    );
    assert!(matching("{sourceLabels: {app: a}}").is_empty());

    let tls = [
        entry("shop/x", "x.org", 443, "TLS", ""),
        object(
            "VirtualService",
            "shop/x",
            "hosts: [x.org, y.org], tls: [{match: [{sniHosts: [y.org]}], route: [{destination: {host: x.org}}]}]",
        ),
    ];
    assert_eq!(
        reasons(&tls, "shop -> https://x.org"),
        [
            "VirtualService shop/x: no match holds for this request: `tls[0].match[0]` has no server name `x.org` in `sniHosts`"
        ]
    );
}

#[test]
fn a_destination_rule_of_a_third_namespace_and_a_policy_for_what_comes_in() {
    let x = entry("shop/x", "x.org", 443, "TLS", "");
    let rule = object("DestinationRule", "third/x", "host: x.org, trafficPolicy: {tls: {mode: DISABLE}}");
    assert_eq!(
        reasons(&[x.clone(), rule], "shop -> https://x.org"),
        [
            "DestinationRule third/x: it is in namespace `third`; for this request only DestinationRules of the client's namespace `shop`, of the host's namespace `shop` and of the root namespace `istio-system` apply"
        ]
    );
    let incoming =
        "AuthorizationPolicy shop/p: it restricts what the client receives, and nothing that the client sends";
    let with =
        |spec: &str| reasons(&[x.clone(), object("AuthorizationPolicy", "shop/p", spec)], "shop -> https://x.org");
    assert_eq!(with(""), [incoming]);
    assert_eq!(with("action: DENY, rules: [{to: [{operation: {hosts: ['x.org']}}]}]"), [incoming]);
    assert_eq!(with("action: DENY, rules: [{when: [{key: connection.sni, values: ['*.org']}]}]"), [incoming]);
    // A policy of a good mesh, and one for another workload.
    assert!(
        with("rules: [{from: [{source: {namespaces: [front]}}], to: [{operation: {ports: ['8080']}}]}]").is_empty()
    );
    assert!(with("selector: {matchLabels: {app: other}}").is_empty());
    let policy = object("AuthorizationPolicy", "shop/p", "");
    assert!(reasons(&[policy], "shop -> https://blocked.org").is_empty(), "it does not arrive anyway");
}

fn through_a_gateway(tls: &str, mode: &str) -> Vec<String> {
    vec![
        "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: mesh}, spec: {gateways: [{name: out, service: out, namespace: istio-system, podLabels: {istio: out}, ports: [{port: 443, targetPort: 8443, class: tls}]}]}}\n".to_owned(),
        entry("istio-system/x", "x.org", 443, "TLS", ""),
        object(
            "Gateway",
            "istio-system/out",
            &format!("selector: {{istio: out}}, servers: [{{port: {{number: 443, name: tls, protocol: TLS}}, hosts: [x.org], tls: {{mode: {mode}}}}}]"),
        ),
        object(
            "DestinationRule",
            "istio-system/out",
            &format!("host: out.istio-system.svc.cluster.local, subsets: [{{name: x{tls}}}]"),
        ),
        object(
            "VirtualService",
            "istio-system/x",
            "hosts: [x.org], gateways: [mesh, out], tls: [{match: [{gateways: [mesh], sniHosts: [x.org]}], route: [{destination: {host: out.istio-system.svc.cluster.local, subset: x, port: {number: 443}}}]}, {match: [{gateways: [out], sniHosts: [x.org]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
        ),
    ]
}

#[test]
fn a_server_without_a_route_of_its_kind_has_no_filter_chain() {
    let mutual = ", trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: x.org}}";
    let needs = "terminates TLS (mode ISTIO_MUTUAL) and needs";
    assert_eq!(
        reasons(&through_a_gateway(mutual, "ISTIO_MUTUAL"), "shop -> https://x.org"),
        [
            format!(
                "Gateway istio-system/out: its server for port 443 has no filter chain: it {needs} a `tcp` route, and no VirtualService that is bound to it has one"
            ),
            format!(
                "VirtualService istio-system/x: it has no `tcp` route, and the server of Gateway `istio-system/out` for port 443 {needs} one"
            ),
        ]
    );
    assert!(reasons(&through_a_gateway("", "PASSTHROUGH"), "shop -> https://x.org").is_empty(), "this works");

    let workspace =
        Workspace::load(&texts(&[&format!("{REGISTRY_ONLY}{}", through_a_gateway(mutual, "ISTIO_MUTUAL").concat())]));
    let response = workspace.trace(&"shop -> https://x.org".parse().unwrap(), Some(TraceFormat::Text)).unwrap();
    let text = response.text.unwrap();
    assert!(text.contains("\n  gateway  nothing listens on this port\n"), "{text}");
}

#[test]
fn a_failed_expectation_has_the_reasons_and_one_that_holds_has_none() {
    let expectations = "---\n{apiVersion: egressc.dev/v1alpha1, kind: EgressExpectations, metadata: {name: e}, spec: {allow: [{from: shop, to: ['http://x.org']}], deny: [{from: shop, to: ['http://x.org']}]}}\n";
    let hidden = entry("other/x", "x.org", 80, "HTTP", ", exportTo: [.]");
    let workspace = Workspace::load(&texts(&[&format!("{REGISTRY_ONLY}{hidden}{expectations}")]));
    let response = workspace.test(Some(TestFormat::Text)).unwrap();
    let counts: Vec<(bool, usize)> = response.expectations.iter().map(|row| (row.passed, row.unused.len())).collect();
    assert_eq!(counts, [(false, 1), (true, 0)]);
    let text = response.text.unwrap();
    assert!(text.contains("ServiceEntry other/x: it is exported to `other`, and not to `shop`"), "{text}");
}

#[test]
fn many_are_counted() {
    let hidden: Vec<String> =
        (0..20).map(|at| entry(&format!("n{at}/x"), "x.org", 80, "HTTP", ", exportTo: [.]")).collect();
    let trace = trace(&hidden, "shop -> http://x.org");
    assert_eq!((trace.unused.len(), trace.more_unused), (8, 12));
}

/// One result may be decided by one of two routes: the answer names both, and says that it is one of them.
#[test]
fn the_text_names_every_object_that_may_decide() {
    let entry = entry("shop/x", "x.org", 80, "HTTP", "");
    let to_x = "route: [{destination: {host: x.org}}]";
    let routes =
        |first: &str| object("VirtualService", "shop/x", &format!("hosts: [x.org], http: [{first}{{{to_x}}}]"));
    let told = |objects: &[String]| {
        let workspace = Workspace::load(&texts(&[&format!("{REGISTRY_ONLY}{}", objects.concat())]));
        let response = workspace.trace(&"shop -> http://x.org/v1".parse().unwrap(), Some(TraceFormat::Text)).unwrap();
        (response.trace.unwrap().deciders_are_known, response.text.unwrap())
    };
    let (known, text) = told(&[entry.clone(), routes("")]);
    assert!(known && text.matches("VirtualService shop/x").count() == 1 && !text.contains("is not known"), "{text}");
    let by_regex = format!("{{match: [{{uri: {{regex: '(?i)/v[0-9]+'}}}}], {to_x}}}, ");
    let (known, text) = told(&[entry, routes(&by_regex)]);
    assert!(!known && text.starts_with("allowed") && text.matches("VirtualService shop/x").count() == 2, "{text}");
    assert!(
        text.contains("\nnote: which of several objects decide is not known") && text.contains("\nanother way: "),
        "{text}"
    );
}
