//! AuthorizationPolicies at an egress gateway, without any policy of egressc.

use super::{HTTP, TLS, WITH_GATEWAY, codes, entry, object_in, told};

const GATEWAY: &str = "istio-egressgateway.istio-system.svc.cluster.local";

/// HTTP and TLS for one host through the gateway, and an AuthorizationPolicy for its pods.
fn documents(policy: &str) -> Vec<String> {
    let servers = "{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}, {port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: [api.example.com]}";
    let routes = format!(
        "{{hosts: [api.example.com], gateways: [mesh, egress], http: [
          {{match: [{{gateways: [mesh], port: 80}}], route: [{{destination: {{host: {GATEWAY}, port: {{number: 80}}}}}}]}},
          {{match: [{{gateways: [egress], port: 80}}], route: [{{destination: {{host: api.example.com, port: {{number: 80}}}}}}]}}], tls: [
          {{match: [{{gateways: [mesh], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: {GATEWAY}, port: {{number: 443}}}}}}]}},
          {{match: [{{gateways: [egress], port: 443, sniHosts: [api.example.com]}}], route: [{{destination: {{host: api.example.com, port: {{number: 443}}}}}}]}}]}}"
    );
    let policy = format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: callers, namespace: istio-system}}\nspec: {{selector: {{matchLabels: {{istio: egressgateway}}}}, {policy}}}\n"
    );
    vec![
        WITH_GATEWAY.to_owned(),
        entry("api.example.com", &format!("{HTTP}}}, {{{TLS}")).replace(", exportTo: [\".\"]", ""),
        object_in(
            "istio-system",
            "Gateway",
            "egress",
            &format!("{{selector: {{istio: egressgateway}}, servers: [{servers}]}}"),
        ),
        object_in("istio-system", "VirtualService", "api", &routes),
        policy,
    ]
}

fn said(policy: &str) -> Vec<String> {
    let documents = documents(policy);
    codes(&documents.iter().map(String::as_str).collect::<Vec<_>>())
}

fn words(code: &str, policy: &str) -> String {
    let documents = documents(policy);
    told(code, &documents.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_rule_about_http_denies_tls_too() {
    let deny = "action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]";
    assert_eq!(said(deny), ["EGR0720", "EGR0611"]);
    assert!(words("EGR0611", deny).contains("requests tls://api.example.com:443"), "{}", words("EGR0611", deny));
    // For one port alone, or for HTTP alone, nothing else is denied.
    assert!(said("action: DENY, rules: [{to: [{operation: {methods: [POST], ports: [\"8080\"]}}]}]").is_empty());
    // Of callers of one namespace only these are denied, which its author is told.
    let of_shop =
        "action: DENY, rules: [{from: [{source: {namespaces: [elsewhere]}}], to: [{operation: {methods: [POST]}}]}]";
    assert!(!said(of_shop).contains(&"EGR0720".to_owned()), "{:?}", said(of_shop));
}

#[test]
fn what_no_rule_allows_is_refused_whoever_calls() {
    let other = "action: ALLOW, rules: [{to: [{operation: {hosts: [www.example.com]}}]}]";
    assert_eq!(said(other), ["EGR0720", "EGR0720"]);
    assert!(words("EGR0720", other).contains("AuthorizationPolicy `istio-system/callers` refuses all"));
    assert!(said("action: ALLOW, rules: [{}]").is_empty());
    // Who is allowed only by its identity is refused here, because the connection to the gateway shows none.
    let of_caller = "action: ALLOW, rules: [{from: [{source: {namespaces: [shop]}}]}]";
    assert_eq!(said(of_caller), ["EGR0720", "EGR0720"]);
    // What cannot be put into a request may be what is allowed.
    assert!(said("action: ALLOW, rules: [{when: [{key: source.ip, values: [10.0.0.0/8]}]}]").is_empty());
    assert!(said("action: ALLOW, rules: [{to: [{operation: {methods: [POST], ports: [\"8080\"]}}]}, {to: [{operation: {ports: [\"8443\"]}}]}]").is_empty());
}

#[test]
fn patterns_and_exceptions_may_let_callers_through() {
    for policy in [
        "action: ALLOW, rules: [{from: [{source: {namespaces: [\"shop-*\"]}}]}]",
        "action: ALLOW, rules: [{from: [{source: {principals: [\"*/ns/shop/sa/web\"]}}]}]",
        "action: ALLOW, rules: [{from: [{source: {principals: [td.example/ns/shop/sa/web]}}]}]",
        "action: ALLOW, rules: [{to: [{operation: {notMethods: [GET]}}]}]",
        "action: DENY, rules: [{from: [{source: {notNamespaces: [shop]}}]}]",
        "action: DENY, rules: [{from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/web]}}]}]",
    ] {
        assert!(!said(policy).contains(&"EGR0720".to_owned()), "{policy}: {:?}", said(policy));
    }
}

#[test]
fn a_host_with_its_port_is_not_denied() {
    let deny =
        "action: DENY, rules: [{to: [{operation: {hosts: [api.example.com], methods: [POST], ports: [\"8080\"]}}]}]";
    assert_eq!(said(deny), ["EGR0612"]);
    assert!(words("EGR0612", deny).contains("api.example.com:80"));
    let both = "action: DENY, rules: [{to: [{operation: {hosts: [api.example.com, \"api.example.com:*\"], methods: [POST], ports: [\"8080\"]}}]}]";
    assert!(said(both).is_empty());
    let other = "action: DENY, rules: [{to: [{operation: {hosts: [www.example.com], ports: [\"8080\"]}}]}]";
    assert!(said(other).is_empty());
}

#[test]
fn the_callers_identity_leaves_the_mesh() {
    let mtls =
        "[{port: {number: 80, name: https, protocol: HTTPS}, tls: {mode: ISTIO_MUTUAL}, hosts: [api.example.com]}]";
    let rule = format!("{{host: {GATEWAY}, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL, sni: api.example.com}}}}}}");
    let mesh = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: \"outboundTrafficPolicy: {mode: REGISTRY_ONLY}\"}\n";
    let under = |mesh: &str, headers: &str| {
        let routes = format!(
            "{{hosts: [api.example.com], gateways: [mesh, egress], http: [
              {{match: [{{gateways: [mesh]}}], route: [{{destination: {{host: {GATEWAY}, port: {{number: 80}}}}}}]}},
              {{match: [{{gateways: [egress]}}], {headers}route: [{{destination: {{host: api.example.com}}}}]}}]}}"
        );
        let documents = [
            WITH_GATEWAY.to_owned(),
            mesh.to_owned(),
            entry("api.example.com", HTTP).replace(", exportTo: [\".\"]", ""),
            object_in(
                "istio-system",
                "Gateway",
                "egress",
                &format!("{{selector: {{istio: egressgateway}}, servers: {mtls}}}"),
            ),
            object_in("istio-system", "DestinationRule", "to-gateway", &rule),
            object_in("istio-system", "VirtualService", "api", &routes),
        ];
        codes(&documents.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let with = |headers: &str| under(mesh, headers);
    assert_eq!(with(""), ["EGR0724"]);
    assert!(with("headers: {request: {remove: [x-forwarded-client-cert]}}, ").is_empty());
    // A route that writes a text of its own overwrites the identity, and one that adds a text does not.
    assert!(with("headers: {request: {set: {X-Forwarded-Client-Cert: none}}}, ").is_empty());
    assert_eq!(with("headers: {request: {set: {x-other: none}}}, "), ["EGR0724"]);
    assert_eq!(with("headers: {request: {add: {x-forwarded-client-cert: none}}}, "), ["EGR0724"]);
    for (details, expected) in [
        ("UNDEFINED", ["EGR0724"].as_slice()),
        ("SANITIZE_SET", &["EGR0724"]),
        ("APPEND_FORWARD", &["EGR0724"]),
        ("SANITIZE", &[]),
        ("FORWARD_ONLY", &[]),
        ("ALWAYS_FORWARD_ONLY", &[]),
    ] {
        let setting = format!("defaultConfig: {{gatewayTopology: {{forwardClientCertDetails: {details}}}}}");
        let mesh = mesh.replace("outboundTrafficPolicy: {mode: REGISTRY_ONLY}", &setting);
        assert_eq!(under(&mesh, ""), expected, "{details}");
    }
    // The proxy config of the gateway's own pods.
    let pods = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway, namespace: istio-system}\nspec:\n  selector: {matchLabels: {istio: egressgateway}}\n  template:\n    metadata:\n      labels: {istio: egressgateway}\n      annotations: {proxy.istio.io/config: \"gatewayTopology: {forwardClientCertDetails: SANITIZE}\"}\n";
    assert!(under(&format!("{mesh}---\n{pods}"), "").is_empty());
}
