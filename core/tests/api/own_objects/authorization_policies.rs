//! AuthorizationPolicies of the user beside the policies.

use serde_json::json;

use crate::ask::{self, checked, texts};
use crate::own_objects::{BOTH, DENY_POST, HTTP, MESH, beside, mended, messages, said, slugs};

#[test]
fn the_example_of_the_page_cuts_off_https_and_misses_hosts_with_a_port() {
    let found = beside(BOTH, DENY_POST);
    assert_eq!(
        slugs(&found),
        ["takes-away", "http-fields-on-tcp", "host-without-port", "host-without-port"],
        "{}",
        messages(&found)
    );
    assert_eq!(
        found[0].message,
        "`app=sleep-a` in `mytest` requests https://httpbin.org:443: it does not reach httpbin.org port 443 in TLS (the connection is closed), because of AuthorizationPolicy `istio-system/sleep-a-egress-www-httpbin-org`"
    );
    // Beside plain HTTP alone it does what it says.
    assert_eq!(slugs(&beside(HTTP, DENY_POST)), ["host-without-port", "host-without-port"]);
    let with_ports = mended(BOTH, DENY_POST, "http-fields-on-tcp");
    assert!(with_ports.contains("        ports: [\"8080\"]\n        hosts:\n"), "{with_ports}");
    let mended = mended(BOTH, &with_ports, "host-without-port");
    assert!(mended.contains("- www.httpbin.org\n        - \"www.httpbin.org:*\"\n        - httpbin.org\n"), "{mended}");
    assert!(slugs(&beside(BOTH, &mended)).is_empty());
}

#[test]
fn fixes_fit_flow_style_and_json() {
    let flow = "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: istio-system}, spec: {action: DENY, selector: {matchLabels: {istio: egressgateway-a}}, rules: [{to: [{operation: {hosts: [httpbin.org], methods: [POST]}}]}]}}";
    let json = json!({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": "p", "namespace": "istio-system"},
        "spec": {"action": "DENY", "selector": {"matchLabels": {"istio": "egressgateway-a"}},
            "rules": [{"to": [{"operation": {"hosts": ["httpbin.org"], "methods": ["POST"]}}]}]}});
    for text in [flow.to_owned(), json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
        let once = mended(BOTH, &text, "http-fields-on-tcp");
        let twice = mended(BOTH, &once, "host-without-port");
        assert!(slugs(&beside(BOTH, &twice)).is_empty(), "{twice}");
        if text.contains("\"spec\"") {
            assert!(serde_json::from_str::<serde_json::Value>(&twice).is_ok(), "{twice}");
        }
    }
}

#[test]
fn an_allow_rule_about_http_admits_no_tls() {
    let allow = DENY_POST.replace("DENY", "ALLOW").replace("POST", "GET");
    let found = beside(BOTH, &allow);
    assert!(
        slugs(&found).contains(&"http-fields-on-tcp") && slugs(&found).contains(&"takes-away"),
        "{}",
        messages(&found)
    );
    assert!(found.iter().all(|each| each.slug != "http-fields-on-tcp" || each.fix.is_none()));
}

#[test]
fn a_policy_of_another_namespace_or_label_selects_nothing() {
    let elsewhere = DENY_POST.replace("namespace: istio-system", "namespace: mytest");
    let found = beside(BOTH, &elsewhere);
    assert_eq!(slugs(&found), ["selects-no-gateway"], "{}", messages(&found));
    // An edit would take it away from pods that have the label there, such as those of a gateway by which requests come in.
    assert!(found[0].fix.is_none());
    let nobody = format!("{MESH}  complete: true\n");
    let response = checked(texts(&[BOTH, &nobody, &elsewhere]));
    let found = response
        .diagnostics
        .iter()
        .find(|each| each.slug == "selects-no-gateway")
        .unwrap_or_else(|| panic!("{:?}", response.diagnostics));
    assert!(ask::mended(&elsewhere, found).contains("namespace: istio-system"));
    let ingress = "{apiVersion: v1, kind: Pod, metadata: {name: in, namespace: mytest, labels: {istio: egressgateway-a}}, spec: {}}";
    let response = checked(texts(&[BOTH, &nobody, ingress, &elsewhere]));
    let found = response.diagnostics.iter().find(|each| each.slug == "selects-no-gateway");
    assert!(found.is_none_or(|found| found.fix.is_none()));
    let misspelt = beside(BOTH, &DENY_POST.replace("egressgateway-a", "egressgatewya-a"));
    assert_eq!(slugs(&misspelt), ["selects-no-gateway"], "{}", messages(&misspelt));
    // An edit would open the other gateway if there is one.
    assert!(misspelt.iter().all(|each| each.fix.is_none()));
    // Labels of Istio's charts, and names that differ by a number or a dash, are of gateways that are not given.
    for other in ["ingressgateway", "egressgateway", "eastwestgateway", "egressgateway-a2", "egress-gateway-a"] {
        let policy = DENY_POST.replace("istio: egressgateway-a", &format!("istio: {other}"));
        assert!(slugs(&beside(BOTH, &policy)).is_empty(), "{other}");
    }
}

/// Requests that come in are not compared, so no edit takes anything from a policy that may hold them.
#[test]
fn no_fix_lets_in_what_comes_from_outside() {
    let offered = |documents: &[&str], slug: &str| {
        let response = checked(texts(documents));
        let found = response.diagnostics.iter().find(|each| each.slug == slug).unwrap_or_else(|| panic!("{slug}"));
        found.fix.is_some()
    };
    let ports = DENY_POST
        .replace("        methods:", "        ports: ['80']\n        methods:")
        .replace("- www.httpbin.org\n        - httpbin.org", "- '*'");
    for (policy, slug) in [(DENY_POST, "http-fields-on-tcp"), (ports.as_str(), "service-port-in-rule")] {
        assert!(offered(&[BOTH, MESH, policy], slug), "{slug}");
        // Pods of another namespace, which a policy of the root namespace selects, too.
        let ingress = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: in, namespace: edge}, spec: {selector: {}, template: {metadata: {labels: {istio: egressgateway-a}}, spec: {}}}}";
        assert!(!offered(&[BOTH, MESH, ingress, policy], slug), "{slug}");
        // Servers of somebody's own at the same pods.
        let servers = "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: in, namespace: istio-system}, spec: {selector: {istio: egressgateway-a}, servers: [{port: {number: 8443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: web}, hosts: [shop.example.com]}]}}";
        assert!(!offered(&[BOTH, MESH, servers, policy], slug), "{slug}");
    }
    // A part of the labels, which other gateways have, too.
    let mesh = MESH.replace("podLabels: {", "podLabels: {role: gateway, ");
    assert_ne!(mesh, MESH);
    let policy = DENY_POST.replace("istio: egressgateway-a", "role: gateway");
    assert!(!offered(&[BOTH, &mesh, &policy], "http-fields-on-tcp"));
}

#[test]
fn a_port_of_the_service_is_no_port_of_the_pod() {
    let policy = DENY_POST
        .replace("        methods:", "        ports: ['80']\n        methods:")
        .replace("- www.httpbin.org\n        - httpbin.org", "- '*'");
    assert_eq!(slugs(&beside(BOTH, &policy)), ["service-port-in-rule"]);
    assert!(mended(BOTH, &policy, "service-port-in-rule").contains("ports: [\"8080\"]"));
    // Both, by somebody who does not know.
    assert!(slugs(&beside(BOTH, &policy.replace("['80']", "['80', '8080']"))).is_empty());
}

#[test]
fn labels_of_the_gateways_pods_decide_where_they_are_known() {
    let other = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: kiali, namespace: istio-system}
spec: {selector: {matchLabels: {app: kiali}}, rules: [{from: [{source: {namespaces: [monitoring]}}]}]}
";
    // Whether the gateway's pods have that label too is not known.
    assert!(beside(HTTP, other).iter().all(|each| each.slug == "undecided"));
    assert!(!beside(HTTP, other).is_empty());
    let pods = "
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec: {selector: {istio: egressgateway-a}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tls, port: 444, targetPort: 8444}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec: {template: {metadata: {labels: {istio: egressgateway-a, app: egress}}, spec: {}}}
";
    assert!(slugs(&said(&[HTTP, MESH, pods, other])).is_empty());
}

/// A part that two policies have by an anchor is wrong in both.
#[test]
fn rules_that_two_policies_share_are_told_for_both() {
    let policy = |name: &str, rules: &str| {
        format!(
            "- {{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {{name: {name}, namespace: istio-system}}, spec: {{action: DENY, selector: {{matchLabels: {{istio: egressgateway-a}}}}, rules: {rules}}}}}\n"
        )
    };
    let rules = "&rules [{to: [{operation: {hosts: [httpbin.org], methods: [POST], ports: ['8080']}}]}]";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{}{}", policy("a", rules), policy("b", "*rules"));
    let found = beside(HTTP, &list);
    assert_eq!(slugs(&found), ["host-without-port", "host-without-port"], "{}", messages(&found));
    let places: Vec<u32> = found.iter().map(|each| each.labels[0].start.line).collect();
    assert_eq!(places, [4, 5]);
}
