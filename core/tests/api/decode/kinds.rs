//! Which documents are read: kinds, versions and lists.

use crate::documents::{MESH, documents, http};
use crate::said::{check, slugs};

#[test]
fn kinds_and_versions() {
    let with_header = |api_version: &str, kind: &str| {
        let other = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        check(&documents(&[&http(), MESH, &other]))
    };
    assert_eq!(with_header("v1", "ConfigMap"), ["kind-not-read @ kind"]);
    assert_eq!(with_header("serving.knative.dev/v1", "Service"), ["kind-not-read @ kind"], "somebody else's Service");
    // A version that is not known is a note, whichever group it is of. Old versions of workloads are read.
    for (version, kind) in [("v2", "Service"), ("batch/v3", "CronJob"), ("apps/v7", "Deployment")] {
        assert_eq!(with_header(version, kind), ["kind-not-read @ kind"], "{version}");
    }
    for (version, kind) in
        [("batch/v1beta1", "CronJob"), ("apps/v1beta1", "Deployment"), ("extensions/v1beta1", "Deployment")]
    {
        assert_eq!(with_header(version, kind), [""; 0], "{version}");
    }
    assert_eq!(with_header("istio.alibabacloud.com/v2", "IstioGateway"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("istio.alibabacloud.com/v2", "ASMEgressTrafficPolicy"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("example.org/v1", "ASMEgressTrafficPolicy"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("egressc.dev/v1", "MeshEnvironment"), ["unknown-version @ apiVersion"]);
    assert_eq!(with_header("v1", "\"\""), ["kind-not-read @ kind"]);
    assert_eq!(slugs(&documents(&[&http().replace("com/v1\n", "com/v1beta1\n"), MESH])), [""; 0]);
}

#[test]
fn documents_that_are_no_objects() {
    for (other, expected) in [
        ("[1]\n", vec!["object-skipped"]),
        ("text\n", vec!["not-an-object"]),
        ("a: 1\n", vec!["object-skipped"]),
        ("apiVersion: v2\nname: chart\nversion: 1.0.0\n", vec!["object-skipped"]),
        ("kind: Deployment\nreplicas: 2\n", vec!["object-skipped"]),
        // Somebody forgot a part of these.
        ("kind: Service\n", vec!["not-an-object"]),
        ("kind: Service\nmetadata: {name: a}\n", vec!["not-an-object"]),
        ("apiVersion: v1\nkind: 1\n", vec!["not-an-object"]),
        ("metadata: {name: a}\nspec: {hosts: [a.org]}\n", vec!["not-an-object", "not-an-object"]),
        ("# nothing\n", vec![]),
    ] {
        assert_eq!(slugs(&documents(&[&http(), MESH, other])), expected, "{other}");
    }
    // Alone it is a mistake.
    assert_eq!(slugs("a: 1\n"), ["not-an-object", "not-an-object"]);
    assert_eq!(slugs("- 1\n"), ["not-an-object"]);
}

#[test]
fn lists_hold_objects() {
    let indented = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let list = |kind: &str| format!("apiVersion: v1\nkind: {kind}\nitems:\n{}{}", indented(&http()), indented(MESH));
    assert_eq!(slugs(&list("List")), [""; 0]);
    assert_eq!(slugs(&list("ASMEgressTrafficPolicyList")), [""; 0]);
    let wrong = list("List").replace("protocol: HTTP", "protocol: HTPP");
    assert_eq!(check(&wrong), ["unknown-value @ items[0].spec.egressRules[0].to[0].port.protocol"]);
    assert_eq!(slugs("apiVersion: v1\nkind: List\nitems: {}\n"), ["wrong-type"]);
    assert_eq!(slugs("apiVersion: v1\nkind: List\nitems: null\n"), ["no-policy"]);
}

#[test]
fn no_policy_is_said_only_when_nothing_else_is_wrong() {
    assert_eq!(check(MESH), ["no-policy @ nowhere"]);
    assert_eq!(check(""), ["no-policy @ nowhere"]);
    assert_eq!(slugs(&MESH.replace("REGISTRY_ONLY", "X")), ["unknown-value"]);
}
