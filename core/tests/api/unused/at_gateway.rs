//! A gateway refuses a request, or cannot pass it on: which part of the way through it does not fit.

use super::{entry, object, reasons, trace};

const GATEWAY: &str = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: mesh}, spec: {completeKinds: [Service], gateways: [{name: out, service: out, namespace: istio-system, podLabels: {istio: out, 'security.istio.io/tlsMode': disabled}, ports: [{port: 80, targetPort: 8080, class: http}, {port: 443, targetPort: 8443, class: tls}]}]}}\n";
const OUT: &str = "out.istio-system.svc.cluster.local";

/// A way of HTTP through port 80 of the gateway.
struct Way {
    entry: String,
    server: &'static str,
    /// The `trafficPolicy` of the DestinationRule for the gateway; empty for none.
    policy: &'static str,
    hosts: &'static str,
    mesh: &'static str,
    gateway: &'static str,
    more: &'static str,
}

const PLAIN: &str = "port: {number: 80, name: http, protocol: HTTP}, hosts: [x.org]";

impl Default for Way {
    fn default() -> Self {
        Self {
            entry: entry("shop/x", "x.org", 80, "HTTP", ""),
            server: PLAIN,
            policy: "",
            hosts: "x.org",
            mesh: "gateways: [mesh], port: 80",
            gateway: "gateways: [out], port: 80",
            more: "",
        }
    }
}

impl Way {
    fn objects(&self) -> Vec<String> {
        let to = |host: &str| format!("route: [{{destination: {{host: {host}, port: {{number: 80}}}}}}]");
        let route = format!(
            "hosts: [{}], gateways: [mesh, out], http: [{{match: [{{{}}}]{}, {}}}, {{match: [{{{}}}], {}}}]",
            self.hosts,
            self.mesh,
            self.more,
            to(OUT),
            self.gateway,
            to("x.org")
        );
        let mut objects = vec![
            GATEWAY.to_owned(),
            self.entry.clone(),
            object("Gateway", "shop/out", &format!("selector: {{istio: out}}, servers: [{{{}}}]", self.server)),
            object("VirtualService", "shop/x", &route),
        ];
        if !self.policy.is_empty() {
            let rule = format!("host: {OUT}, trafficPolicy: {{{}}}", self.policy);
            objects.push(object("DestinationRule", "shop/out", &rule));
        }
        objects
    }

    fn reasons(&self, ask: &str) -> Vec<String> {
        reasons(&self.objects(), ask)
    }
}

const ASK: &str = "shop -> http://x.org";

#[test]
fn a_way_that_fits_has_no_reasons() {
    assert!(Way::default().reasons(ASK).is_empty());
    let tls = Way {
        server: "port: {number: 80, name: https, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}",
        policy: "tls: {mode: ISTIO_MUTUAL, sni: x.org}",
        ..Way::default()
    };
    assert!(tls.reasons(ASK).is_empty());
}

#[test]
fn the_server_name_of_the_sidecar_is_no_host_of_the_server() {
    let server = "port: {number: 80, name: https, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}";
    let with = |policy| Way { server, policy, ..Way::default() }.reasons(ASK);
    let begins = |name: &str| {
        [format!(
            "Gateway shop/out: its server for port 80 is for `x.org`, and the TLS that DestinationRule `shop/out` (mode ISTIO_MUTUAL) begins has the server name `{name}` (`sni`)"
        )]
    };
    assert_eq!(with("tls: {mode: ISTIO_MUTUAL, sni: other.org}"), begins("other.org"));
    assert_eq!(with("tls: {mode: ISTIO_MUTUAL}"), begins(&format!("outbound_.80_._.{OUT}")));
    let every = "port: {number: 80, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}";
    let to_every = Way { server: every, policy: "tls: {mode: ISTIO_MUTUAL, sni: other.org}", ..Way::default() };
    assert!(to_every.reasons(ASK).is_empty(), "this works");
    assert_eq!(
        with(""),
        [
            "Gateway shop/out: its server for port 80 takes TLS (mode ISTIO_MUTUAL), and the client's sidecar sends plain text: no DestinationRule begins TLS with the gateway"
        ]
    );
}

#[test]
fn a_handshake_that_fails_at_the_gateway() {
    let policy = "tls: {mode: ISTIO_MUTUAL, sni: x.org}";
    assert_eq!(
        Way { policy, ..Way::default() }.reasons(ASK),
        [
            "Gateway shop/out: its server for port 80 takes plain text, and DestinationRule `shop/out` (mode ISTIO_MUTUAL) begins TLS with it"
        ]
    );
    let server = "port: {number: 80, name: https, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}";
    assert_eq!(
        Way { server, policy: "tls: {mode: SIMPLE, sni: x.org}", ..Way::default() }.reasons(ASK),
        [
            "Gateway shop/out: its server for port 80 needs a client's certificate of the mesh (mode ISTIO_MUTUAL), and DestinationRule `shop/out` (mode SIMPLE) shows none"
        ]
    );
    let mut passing =
        super::through_a_gateway(", trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: x.org}}", "PASSTHROUGH");
    assert_eq!(
        reasons(&passing, "shop -> https://x.org"),
        [
            "Gateway istio-system/out: its server for port 443 passes TLS through (mode PASSTHROUGH), and so the mutual TLS that DestinationRule `istio-system/out` (mode ISTIO_MUTUAL) begins ends at the host, which has no certificate of the mesh"
        ]
    );
    passing = super::through_a_gateway("", "PASSTHROUGH");
    assert!(reasons(&passing, "shop -> https://x.org").is_empty(), "this works");
}

#[test]
fn no_match_of_a_bound_virtual_service_holds_at_the_gateway() {
    let at = |gateway| Way { gateway, ..Way::default() }.reasons(ASK);
    let failing = |why: &str| {
        [format!(
            "VirtualService shop/x: no match holds for this request at port 80 of Gateway `shop/out`: `http[0].match[0]` is for sidecars (`mesh`), `http[1].match[0]` {why}"
        )]
    };
    assert_eq!(at("gateways: [out], port: 8080"), failing("is for port 8080"));
    assert_eq!(at("gateways: [other]"), failing("is for Gateway `shop/other`"));
    assert_eq!(
        at("sourceNamespace: shop"),
        failing("is for clients of namespace `shop`, and the gateway is taken for the client here")
    );
    // A path is no matter of istiod.
    assert!(at("gateways: [out], uri: {prefix: /a}").is_empty());
}

#[test]
fn the_host_of_the_request_is_another_one_at_the_gateway() {
    let every = "port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']";
    let addressed = "hosts: [x.org], addresses: [192.0.2.7], resolution: STATIC, endpoints: [{address: 192.0.2.7}], ports: [{number: 80, name: p, protocol: HTTP}]";
    let by_address = Way { entry: object("ServiceEntry", "shop/x", addressed), server: every, ..Way::default() };
    assert_eq!(
        by_address.reasons("shop -> http://192.0.2.7"),
        [
            "VirtualService shop/x: its hosts do not contain `192.0.2.7`, the `Host` with which the request arrives at the gateway"
        ]
    );
    assert!(by_address.reasons(ASK).is_empty(), "this works");
    let rewritten = Way { more: ", rewrite: {authority: y.org}", ..Way::default() };
    assert_eq!(
        rewritten.reasons(ASK),
        ["Gateway shop/out: its server for port 80 is for `x.org`, and the request arrives with `Host: y.org`"]
    );
    let of_other = "port: {number: 80, name: http, protocol: HTTP}, hosts: [other/x.org]";
    assert_eq!(
        Way { server: of_other, ..Way::default() }.reasons(ASK),
        [
            "VirtualService shop/x: the server of Gateway `shop/out` for port 80 takes VirtualServices of namespace `other` alone for `x.org` (`hosts`)"
        ]
    );
    let own = "port: {number: 80, name: http, protocol: HTTP}, hosts: [./x.org]";
    assert!(Way { server: own, ..Way::default() }.reasons(ASK).is_empty(), "this works");
}

#[test]
fn a_match_without_gateways_leads_back() {
    let back = Way { mesh: "port: 80", ..Way::default() };
    assert_eq!(
        back.reasons(ASK),
        [
            "VirtualService shop/x: `http[0].match[0]` has no `gateways`, so the route holds at gateway `out`, too, and leads back to it; with `gateways: [mesh]` it is for sidecars alone"
        ]
    );
}

#[test]
fn an_entry_without_an_address_or_an_endpoint() {
    let with = |name: &str, spec: &str| {
        let spec = format!("hosts: [x.org], ports: [{{number: 80, name: p, protocol: HTTP}}]{spec}");
        Way { entry: object("ServiceEntry", name, &spec), ..Way::default() }.objects()
    };
    assert_eq!(
        trace(&with("shop/x", ""), ASK).notes.last().unwrap(),
        "ServiceEntry `shop/x` has no `resolution` (NONE) and no endpoints: gateway `out` does not know the address that the client dialled, and so it has none for `x.org`"
    );
    assert_eq!(
        trace(&with("shop/x", ", resolution: STATIC"), ASK).notes.last().unwrap(),
        "ServiceEntry `shop/x` has resolution STATIC and no endpoints, so nothing is behind `x.org`"
    );
    let labelled = ", resolution: STATIC, endpoints: [{address: 192.0.2.7, labels: {v: a}}]";
    let mut objects = with("shop/x", labelled);
    objects.push(object("DestinationRule", "shop/x", "host: x.org, subsets: [{name: b, labels: {v: b}}]"));
    let route = objects.iter_mut().find(|object| object.contains("kind: VirtualService")).unwrap();
    *route = route.replace("host: x.org, port", "host: x.org, subset: b, port");
    objects.push(object("DestinationRule", "istio-system/x", "host: x.org, subsets: [{name: b, labels: {v: b}}]"));
    assert_eq!(
        trace(&objects, ASK).notes.last().unwrap(),
        "no endpoint of ServiceEntry `shop/x` has the labels `v: b` of subset `b`"
    );
}

#[test]
fn a_policy_of_the_gateway_asks_for_what_the_gateway_does_not_know() {
    let with = |way: &Way, spec: &str| {
        let mut objects = way.objects();
        objects.push(object("AuthorizationPolicy", "istio-system/p", spec));
        reasons(&objects, ASK)
    };
    let plain = Way::default();
    let mutual = Way {
        server: "port: {number: 80, name: https, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}",
        policy: "tls: {mode: ISTIO_MUTUAL, sni: x.org}",
        ..Way::default()
    };
    let from = "rules: [{from: [{source: {namespaces: [shop]}}]}]";
    assert_eq!(
        with(&plain, from),
        [
            "AuthorizationPolicy istio-system/p: `rules[0].from` asks who calls, which gateway `out` does not know: the client's sidecar does not begin mutual TLS with it"
        ]
    );
    assert!(with(&mutual, from).is_empty(), "this works");
    assert!(with(&mutual, "rules: [{from: [{source: {namespaces: [other]}}]}]").is_empty(), "this is what it says");
    assert_eq!(
        with(&plain, "rules: [{to: [{operation: {ports: ['80']}}]}]"),
        [
            "AuthorizationPolicy istio-system/p: `rules[0].to` has other `ports` than 8080, on which the pods of gateway `out` listen: the port of its Service is not compared"
        ]
    );
    assert!(with(&plain, "rules: [{to: [{operation: {ports: ['8080']}}]}]").is_empty(), "this works");
    // Of two rules one may hold.
    let two = "rules: [{to: [{operation: {ports: ['80']}}]}, {to: [{operation: {paths: [/a]}}]}]";
    assert!(with(&plain, two).is_empty());

    let mut passing = super::through_a_gateway("", "PASSTHROUGH");
    let hosts = "action: DENY, rules: [{to: [{operation: {hosts: [other.org]}}]}]";
    passing.push(object("AuthorizationPolicy", "istio-system/p", hosts));
    assert_eq!(
        reasons(&passing, "shop -> https://x.org"),
        [
            "AuthorizationPolicy istio-system/p: `rules[0].to` has fields of HTTP, which gateway `out` does not read on this connection: a rule of DENY holds without them"
        ]
    );
    assert!(with(&plain, hosts).is_empty(), "this is read");
}
