//! AuthorizationPolicies at the gateway (docs/istio/authorization.md).

use crate::gateway::{HTTP, Parts, VIA, VIA_TLS, parts};
use crate::mesh::{Ask, Mesh, is, query};

fn with(policy: &str) -> Mesh {
    with_meta("", policy)
}

fn with_meta(meta: &str, policy: &str) -> Mesh {
    let mut parts: Parts = parts();
    parts.more = format!(
        "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: istio-system{meta}}}
spec: {{selector: {{matchLabels: {{istio: egressgateway-a}}}}, {policy}}}
"
    );
    parts.mesh()
}

const DENIED: &str = "blocked 403";
const CUT: &str = "blocked closed";

#[test]
fn fields_of_http() {
    let to = |operation: &str| format!("action: DENY, rules: [{{to: [{{operation: {{{operation}}}}}]}}]");
    for (operation, request, expected) in [
        ("hosts: [x.org]", query("a,app=s", HTTP), DENIED),
        ("hosts: [X.ORG]", query("a,app=s", HTTP), DENIED),
        // Routes ignore the port, authorization does not.
        ("hosts: [x.org]", query("a,app=s", HTTP).host("x.org:80"), VIA),
        ("hosts: ['x.org:*']", query("a,app=s", HTTP).host("x.org:80"), DENIED),
        ("hosts: ['x.*']", query("a,app=s", HTTP).host("x.org:80"), DENIED),
        ("hosts: ['*.org']", query("a,app=s", HTTP), DENIED),
        ("hosts: ['*']", query("a,app=s", HTTP), DENIED),
        ("hosts: [y.org]", query("a,app=s", HTTP), VIA),
        ("notHosts: [y.org]", query("a,app=s", HTTP), DENIED),
        ("notHosts: [x.org]", query("a,app=s", HTTP), VIA),
        ("methods: [POST]", query("a,app=s", HTTP), VIA),
        ("methods: [POST]", query("a,app=s", HTTP).method("POST"), DENIED),
        ("methods: [post]", query("a,app=s", HTTP).method("POST"), VIA),
        ("notMethods: [GET]", query("a,app=s", HTTP), VIA),
        ("paths: ['/a*']", query("a,app=s", "http://x.org/abc?x=y"), DENIED),
        ("paths: [/abc]", query("a,app=s", "http://x.org/abc?x=y"), DENIED),
        ("paths: ['*c']", query("a,app=s", "http://x.org/abc"), DENIED),
        ("paths: [/a]", query("a,app=s", "http://x.org/abc"), VIA),
        ("paths: ['/a/{*}']", query("a,app=s", "http://x.org/a/b"), "unknown"),
        // Container ports, not the Service's.
        ("ports: [\"80\"]", query("a,app=s", HTTP), VIA),
        ("ports: [\"8080\"]", query("a,app=s", HTTP), DENIED),
        ("notPorts: [\"8080\"]", query("a,app=s", HTTP), VIA),
        ("hosts: [x.org], ports: [\"8080\"], methods: [GET]", query("a,app=s", HTTP), DENIED),
        ("hosts: [x.org], ports: [\"444\"]", query("a,app=s", HTTP), VIA),
    ] {
        let trace = with(&to(operation)).ask(&request);
        assert_eq!(crate::mesh::short(&trace), expected, "{operation} {trace:#?}");
    }
}

#[test]
fn callers() {
    let from = |source: &str| format!("action: DENY, rules: [{{from: [{{source: {{{source}}}}}]}}]");
    let s = || query("a,app=s", HTTP).account("s");
    for (source, request, expected) in [
        ("namespaces: [a]", s(), DENIED),
        ("namespaces: [b]", s(), VIA),
        ("namespaces: ['a*']", s(), DENIED),
        ("notNamespaces: [a]", s(), VIA),
        ("notNamespaces: [b]", s(), DENIED),
        ("principals: [cluster.local/ns/a/sa/s]", s(), DENIED),
        ("principals: ['*/ns/a/sa/s']", s(), DENIED),
        ("principals: ['cluster.local/ns/a/*']", s(), DENIED),
        ("principals: ['*']", s(), DENIED),
        ("principals: [cluster.local/ns/a/sa/t]", s(), VIA),
        ("principals: [other/ns/a/sa/s]", s(), VIA),
        ("notPrincipals: [cluster.local/ns/a/sa/s]", s(), VIA),
        ("serviceAccounts: [a/s]", s(), DENIED),
        ("serviceAccounts: [s]", s(), VIA),
        ("serviceAccounts: [b/s]", s(), VIA),
        // Who it is not known is only known to be of its namespace.
        ("principals: [cluster.local/ns/a/sa/s]", query("a,app=s", HTTP), "unknown"),
        ("principals: [cluster.local/ns/b/sa/s]", query("a,app=s", HTTP), VIA),
        ("principals: ['cluster.local/ns/a/*']", query("a,app=s", HTTP), DENIED),
        ("notNamespaces: [a], notPrincipals: [cluster.local/ns/b/sa/t]", s(), VIA),
        ("ipBlocks: [10.0.0.0/8]", s(), "unknown"),
        ("remoteIpBlocks: [10.0.0.0/8], namespaces: [b]", s(), VIA),
        // The address of the connection and that of the client are two.
        ("ipBlocks: [10.0.0.0/8], notRemoteIpBlocks: [10.0.0.0/8]", s(), "unknown"),
        ("ipBlocks: [10.0.0.0/8], notIpBlocks: [10.0.0.0/8]", s(), VIA),
        ("remoteIpBlocks: [10.0.0.0/8], notRemoteIpBlocks: [10.0.0.0/8]", s(), VIA),
        ("requestPrincipals: ['*']", s(), "unknown"),
    ] {
        let trace = with(&from(source)).ask(&request);
        assert_eq!(crate::mesh::short(&trace), expected, "{source} {trace:#?}");
    }
}

/// `pilot/pkg/security/trustdomain/bundle.go`.
#[test]
fn trust_domains_and_their_aliases() {
    let ask = |config: &str, rule: &str| {
        let mesh = with(&format!("action: DENY, rules: [{rule}]"));
        mesh.config(config).ask(&query("a,app=s", HTTP).account("s"))
    };
    let from = |source: &str| format!("{{from: [{{source: {{{source}}}}}]}}");
    let aliases = "trustDomain: td\ntrustDomainAliases: [old]";
    for (source, without, with) in [
        ("principals: [old/ns/a/sa/s]", VIA, DENIED),
        ("principals: [td/ns/a/sa/s]", DENIED, DENIED),
        ("principals: [cluster.local/ns/a/sa/s]", DENIED, DENIED),
        ("principals: [older/ns/a/sa/s]", VIA, VIA),
        ("principals: [old/ns/b/sa/s]", VIA, VIA),
        ("principals: ['o*/ns/a/sa/s']", VIA, DENIED),
        // Not the form of an identity: nothing is put in its place.
        ("principals: ['old/*']", VIA, VIA),
        ("principals: ['cluster.local/*']", VIA, VIA),
        ("notPrincipals: [old/ns/a/sa/s]", DENIED, VIA),
        ("trustDomains: [old]", VIA, DENIED),
        ("trustDomains: [td]", DENIED, DENIED),
        ("trustDomains: [cluster.local]", VIA, VIA),
    ] {
        assert_eq!(crate::mesh::short(&ask("trustDomain: td", &from(source))), without, "{source}");
        assert_eq!(crate::mesh::short(&ask(aliases, &from(source))), with, "{source}");
    }
}

#[test]
fn conditions() {
    let when = |key: &str, values: &str| format!("action: DENY, rules: [{{when: [{{key: '{key}', {values}}}]}}]");
    for (key, values, expected) in [
        ("connection.sni", "values: [http.outer]", DENIED),
        ("connection.sni", "values: [x.org]", VIA),
        ("connection.sni", "values: ['*.outer']", DENIED),
        ("connection.sni", "notValues: ['*.outer']", VIA),
        ("connection.sni", "notValues: [x.org]", DENIED),
        ("destination.port", "values: [\"8080\"]", DENIED),
        ("source.namespace", "values: [a]", DENIED),
        ("source.principal", "values: ['*/ns/a/*']", "unknown"),
        ("source.principal", "values: ['*/ns/b/sa/s']", VIA),
        ("request.headers[X-Y]", "values: [z]", VIA),
        ("request.headers[x-y]", "notValues: [z]", DENIED),
        ("source.ip", "values: [1.2.3.4]", "unknown"),
    ] {
        let trace = with(&when(key, values)).from("a,app=s", HTTP);
        assert_eq!(crate::mesh::short(&trace), expected, "{key} {values} {trace:#?}");
    }
}

#[test]
fn http_fields_on_tcp_chains() {
    let https = "https://x.org";
    // A DENY gets wider: this one cuts every TLS and TCP connection of the namespace.
    let deny = "action: DENY, rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {hosts: [x.org], methods: [POST]}}]}]";
    is(&with(deny).from("a,app=s", HTTP), VIA);
    is(&with(deny).from("a,app=s", https), CUT);
    let with_ports = deny.replace("methods: [POST]", "methods: [POST], ports: [\"8080\"]");
    is(&with(&with_ports).from("a,app=s", https), VIA_TLS);
    is(&with(&with_ports).ask(&query("a,app=s", HTTP).method("POST")), DENIED);
    // An ALLOW rule is left out, and closes them for everyone.
    let allow = "action: ALLOW, rules: [{to: [{operation: {hosts: [x.org]}}]}]";
    is(&with(allow).from("a,app=s", HTTP), VIA);
    is(&with(allow).from("a,app=s", https), CUT);
    let by_name = "action: ALLOW, rules: [{to: [{operation: {ports: [\"444\"]}}], when: [{key: connection.sni, values: [tls.outer]}]}]";
    is(&with(by_name).from("a,app=s", https), VIA_TLS);
    is(&with(by_name).from("a,app=s", HTTP), DENIED);
    is(&with(by_name).from("a,app=s", "tcp://x.org:25"), CUT);
}

#[test]
fn allow_policies() {
    // Without rules nothing is admitted; without an action it is an ALLOW.
    is(&with("rules: []").from("a,app=s", HTTP), DENIED);
    is(&with("rules: [{}]").from("a,app=s", HTTP), VIA);
    is(&with("action: AUDIT, rules: [{}]").from("a,app=s", HTTP), VIA);
    is(&with("action: CUSTOM, provider: {name: x}, rules: [{}]").from("a,app=s", HTTP), "unknown");
    is(
        &with("action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {hosts: [y.org]}}]}]")
            .from("a,app=s", HTTP),
        VIA,
    );
    // Go's `strconv.ParseBool`; what it cannot read the webhook refuses.
    for (value, expected) in [
        ("true", VIA),
        ("True", VIA),
        ("TRUE", VIA),
        ("t", VIA),
        ("T", VIA),
        ("1", VIA),
        ("false", DENIED),
        ("0", DENIED),
    ] {
        let annotation = format!(", annotations: {{istio.io/dry-run: \"{value}\"}}");
        is(&with_meta(&annotation, "action: DENY, rules: [{}]").from("a,app=s", HTTP), expected);
    }
}

#[test]
fn which_pods_a_policy_is_for() {
    let deny = |namespace: &str, spec: &str| {
        let mut parts = parts();
        parts.more = format!(
            "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: {namespace}}}
spec: {{{spec} action: DENY, rules: [{{}}]}}
"
        );
        parts.mesh()
    };
    is(&deny("istio-system", "").from("a,app=s", HTTP), DENIED);
    is(&deny("elsewhere", "").from("a,app=s", HTTP), VIA);
    is(&deny("a", "").from("a,app=s", HTTP), VIA);
    is(&deny("istio-system", "selector: {matchLabels: {istio: other}},").from("a,app=s", HTTP), VIA);
    is(&deny("istio-system", "selector: {matchLabels: {app: egress}},").from("a,app=s", HTTP), "unknown");
    is(
        &deny("istio-system", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}],")
            .from("a,app=s", HTTP),
        VIA,
    );
    // Of the root namespace it holds for gateways elsewhere too.
    let mut mesh = deny("root", "");
    mesh.environment.root_namespace = "root".into();
    is(&mesh.from("a,app=s", HTTP), DENIED);
}

#[test]
fn direct_callers_are_judged_by_their_certificate() {
    let shared = "action: DENY, rules: [{from: [{source: {notNamespaces: [a]}}], to: [{operation: {hosts: [x.org, 'x.org:*'], ports: [\"8080\"]}}]},
      {from: [{source: {notNamespaces: [a]}}], to: [{operation: {ports: [\"444\"]}}], when: [{key: connection.sni, values: [tls.outer]}]}]";
    let mesh = with(shared);
    is(&mesh.from("a,app=s", HTTP), VIA);
    is(&mesh.ask(&query("a,app=t", HTTP).direct(80, "http.outer")), VIA);
    is(&mesh.ask(&query("b", HTTP).direct(80, "http.outer")), DENIED);
    is(&mesh.ask(&query("b", HTTP).host("x.org:80").direct(80, "x.org")), DENIED);
    is(&mesh.ask(&query("b", "https://x.org").direct(444, "tls.outer")), CUT);
    is(&mesh.ask(&query("a", "https://x.org").direct(444, "tls.outer")), VIA_TLS);
    // The TCP host has no rule.
    is(&mesh.ask(&query("b", "tcp://x.org").direct(444, "tcp.outer")), "allowed via egressgateway-a x.org:25");
}

#[test]
fn container_ports_that_nobody_knows() {
    let unknown = |mut mesh: Mesh| {
        let gateway = mesh.environment.gateways.get_mut("egressgateway-a").unwrap();
        for port in &mut gateway.ports {
            port.target = egressc_core::stages::model::TargetPort::Unknown;
        }
        mesh
    };
    let deny = |ports: &str| {
        with(&format!("action: DENY, rules: [{{to: [{{operation: {{hosts: [x.org], ports: [{ports}]}}}}]}}]"))
    };
    is(&unknown(deny("\"8080\"")).from("a,app=s", HTTP), "unknown");
    is(&unknown(deny("\"9999\"")).from("a,app=s", HTTP), VIA);
    is(
        &unknown(with("action: DENY, rules: [{to: [{operation: {hosts: [y.org], ports: [\"8080\"]}}]}]"))
            .from("a,app=s", HTTP),
        VIA,
    );
    // Both usual ones: what else it could be cannot be ruled out.
    is(&unknown(deny("\"80\", \"8080\"")).from("a,app=s", HTTP), "unknown");
}
