//! Flows that a gateway or a client cannot tell apart.

use crate::documents::{A, B, MESH, documents, http, of_a, policy, to, with};
use crate::said::{check, slugs, the};

#[test]
fn http_for_one_host_leaves_one_gateway_port_in_one_way() {
    let upgrade = ", httpsUpgrade: {enabled: true}";
    let collision = ["http-collision @ spec.egressRules[0].to[1]"];
    assert_eq!(check(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 8080, "HTTP")])), collision);
    assert_eq!(
        check(&of_a(&[to("a.example.org", 80, "HTTP"), with("a.example.org", 8080, "HTTP", upgrade)])),
        collision
    );
    assert_eq!(
        check(&of_a(&[to("A.example.org", 80, "HTTP"), to("a.Example.org", 8080, "HTTP")])),
        collision,
        "in any case"
    );
    assert_eq!(
        check(&of_a(&[to("a.example.org", 80, "HTTP"), to("b.example.org", 8080, "HTTP")])),
        [""; 0],
        "two hosts"
    );
    assert_eq!(
        check(&of_a(&[with("a.example.org", 80, "HTTP", upgrade), with("a.example.org", 8080, "HTTP", upgrade)])),
        [""; 0],
        "dialled differently, and leaving in the same way"
    );
    assert_eq!(
        check(&of_a(&[
            to("a.example.org", 80, "HTTP"),
            with("a.example.org", 8080, "HTTP", ", byEgressGateway: {port: 444}")
        ])),
        [""; 0],
        "another port of the gateway"
    );
    assert_eq!(
        check(&of_a(&[to("a.example.org", 443, "HTTPS"), to("a.example.org", 8443, "HTTPS")])),
        [""; 0],
        "TLS is told apart by port too"
    );
}

#[test]
fn collisions_are_found_across_namespaces_and_policies() {
    let other = "{namespace: other}";
    let text = documents(&[
        &policy(&[(A, &to("a.example.org", 80, "HTTP")), (other, &to("a.example.org", 8080, "HTTP"))]),
        MESH,
    ]);
    assert_eq!(check(&text), ["http-collision @ spec.egressRules[1].to[0]"]);
    let second = policy(&[(other, &to("a.example.org", 8080, "HTTP"))]).replace("egress-by-gw", "z");
    assert_eq!(slugs(&documents(&[&http(), &second, MESH])), ["policy-name", "http-collision"]);
    let found = the("http-collision", &documents(&[&http(), &second, MESH]));
    assert!(
        found.labels[0].start.line > found.labels[1].start.line,
        "both places are named, and the first one stays: {found:?}"
    );
}

#[test]
fn one_client_has_one_way_to_a_host_and_port() {
    let here = with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 80}");
    let there = with("a.example.org", 80, "HTTP", ", byEgressGateway: {port: 444}");
    let ways = |one: &str, two: &str| check(&documents(&[&policy(&[(one, &here), (two, &there)]), MESH]));
    let refused = ["two-ways @ spec.egressRules[1].to[0]"];
    assert_eq!(ways(A, A), refused);
    assert_eq!(ways(A, "{namespace: mytest}"), refused, "the whole namespace has A in it");
    assert_eq!(ways(A, "{namespace: mytest, workloadSelector: {tier: x}}"), refused, "a pod may have both labels");
    assert_eq!(ways(A, "{namespace: mytest, workloadSelector: {app: a, tier: x}}"), refused);
    assert_eq!(ways(A, B), [""; 0], "no pod has both");
    assert_eq!(ways(A, "{namespace: other, workloadSelector: {app: a}}"), [""; 0]);
    let tls = |port: u16| with("a.example.org", 443, "HTTPS", &format!(", byEgressGateway: {{port: {port}}}"));
    assert_eq!(check(&documents(&[&policy(&[(A, &tls(443)), (A, &tls(444))]), MESH])), refused);
}
