//! Clients: where they may live, and whether anything is selected.

use crate::documents::{MESH, documents, gateways, http, mesh, policy, to};
use crate::said::{check, slugs};

#[test]
fn clients_do_not_live_beside_a_gateway() {
    let client = |namespace: &str, environment: &str| {
        check(&documents(&[
            &policy(&[(&format!("{{namespace: {namespace}}}"), &to("a.example.org", 80, "HTTP"))]),
            environment,
        ]))
    };
    let refused = ["client-beside-gateway @ spec.egressRules[0].from[0].namespace"];
    assert_eq!(client("istio-system", MESH), refused);
    let moved = MESH.replace("name: gw\n", "name: gw\n    namespace: egress\n");
    assert_eq!(client("istio-system", &moved), [""; 0]);
    assert_eq!(client("egress", &moved), refused);
}

#[test]
fn no_gateway_of_the_set_is_a_neighbour() {
    let two = gateways(
        "{name: gw, namespace: one, ports: [{port: 80, targetPort: 80}]}, {name: other, namespace: two, ports: [{port: 80, targetPort: 80}]}",
    );
    let second = http().replace("gw", "other");
    let first = policy(&[("{namespace: two}", &to("b.example.org", 80, "HTTP"))]);
    assert_eq!(slugs(&documents(&[&first, &two])), [""; 0], "a gateway that no policy uses knows no hosts");
    assert_eq!(slugs(&documents(&[&first, &second, &two])), ["client-beside-gateway"]);
}

#[test]
fn workloads_with_a_sidecar_do_not_live_beside_a_gateway() {
    let beside = |namespace: &str| check(&documents(&[&http(), &mesh(&format!("  namespaces: [{namespace}]\n"))]));
    let refused = ["beside-gateway @ spec.namespaces[0].workloads[0]"];
    assert_eq!(beside("{name: istio-system, workloads: [{name: x, sidecar: true}]}"), refused);
    assert_eq!(
        beside("{name: istio-system, injection: true, workloads: [{name: x}]}"),
        refused,
        "as its namespace says"
    );
    assert_eq!(beside("{name: istio-system, injection: true, workloads: [{name: x, sidecar: false}]}"), [""; 0]);
    assert_eq!(beside("{name: istio-system, workloads: [{name: x}]}"), [""; 0], "not known");
    assert_eq!(
        beside("{name: istio-system, workloads: [{name: gw, labels: {istio: gw}, sidecar: true}]}"),
        [""; 0],
        "the gateway itself"
    );
    assert_eq!(beside("{name: other, workloads: [{name: x, sidecar: true}]}"), [""; 0]);
}

#[test]
fn gateways_may_be_neighbours() {
    let two = "{name: gw, ports: [{port: 80, targetPort: 80}]}, {name: other, ports: [{port: 80, targetPort: 80}]}";
    let pods = "  namespaces: [{name: istio-system, injection: true, workloads: [{name: x, labels: {istio: gw}}, {name: y2, labels: {istio: other}}]}]\n";
    let second = http().replace("gw", "other").replace("a.example", "b.example");
    assert_eq!(slugs(&documents(&[&http(), &second, &format!("{}{pods}", gateways(two))])), [""; 0]);
}

#[test]
fn a_namespace_without_sidecars_is_told_about() {
    let namespace =
        |facts: &str| check(&documents(&[&http(), &mesh(&format!("  namespaces: [{{name: mytest{facts}}}]\n"))]));
    assert_eq!(namespace(", injection: false"), ["no-injection @ spec.egressRules[0].from[0].namespace"]);
    assert_eq!(namespace(", injection: true"), [""; 0]);
    assert_eq!(namespace(""), [""; 0]);
    assert_eq!(
        namespace(", injection: false, workloads: [{name: a, labels: {app: a}, sidecar: true}]"),
        [""; 0],
        "a pod asked for one"
    );
}

#[test]
fn a_selector_selects_something_where_workloads_are_known() {
    let select = |workloads: &str| {
        check(&documents(&[&http(), &mesh(&format!("  namespaces: [{{name: mytest{workloads}}}]\n"))]))
    };
    let warned = ["selects-nothing @ spec.egressRules[0].from[0].workloadSelector"];
    assert_eq!(select(", workloads: [{name: b, labels: {app: b}}]"), warned);
    assert_eq!(select(", workloads: [{name: a, labels: {App: a}}]"), warned, "letter by letter");
    assert_eq!(select(", workloads: [{name: a}]"), warned);
    assert_eq!(select(", workloads: []"), warned, "all of them were given");
    assert_eq!(select(""), [""; 0], "none were given");
    assert_eq!(select(", workloads: [{name: b, labels: {app: b}}, {name: a, labels: {app: a, tier: x}}]"), [""; 0]);
    let whole = documents(&[
        &policy(&[("{namespace: mytest}", &to("a.example.org", 80, "HTTP"))]),
        &mesh("  namespaces: [{name: mytest, workloads: []}]\n"),
    ]);
    assert_eq!(slugs(&whole), [""; 0], "a namespace needs no workload");
}

#[test]
fn a_complete_mesh_lists_every_namespace() {
    let complete = |spec: &str| check(&documents(&[&http(), &mesh(spec)]));
    assert_eq!(complete("  complete: true\n"), ["unknown-namespace @ spec.egressRules[0].from[0].namespace"]);
    assert_eq!(complete("  complete: true\n  namespaces: [{name: mytest}]\n"), [""; 0]);
    assert_eq!(complete("  complete: false\n"), [""; 0]);
}
