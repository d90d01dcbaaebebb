//! The KRM function, over lists as kustomize and kpt write them.

use egressc::ExitStatus::{Answered, Failed, Refused};
use serde_json::{Value, json};

use crate::memory_host::MemoryHost;

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleep-a, namespace: mytest, annotations: {note: 'on'}}
spec: {replicas: 0777, big: 18446744073709551615, ratio: 1.5, empty: }
";

/// Documents as the items of a list.
fn list(items: &[&str], config: Option<&str>) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for item in items {
        text.push_str(&nested(item, "- ", "  "));
    }
    if let Some(config) = config {
        text.push_str("functionConfig:\n");
        text.push_str(&nested(config, "  ", "  "));
    }
    text
}

fn nested(document: &str, first: &str, rest: &str) -> String {
    let lines = document.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.enumerate().fold(String::new(), |text, (n, line)| text + if n == 0 { first } else { rest } + line + "\n")
}

fn run(input: &str) -> (egressc::ExitStatus, Value, String) {
    let mut host = MemoryHost { stdin: input.into(), ..MemoryHost::default() };
    let status = host.run(&["krm"]);
    let out = if host.out().is_empty() { Value::Null } else { serde_yaml::from_str(host.out()).unwrap() };
    (status, out, host.err().to_owned())
}

fn kinds(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

#[test]
fn resources_are_added_and_nothing_else_changes() {
    let (status, out, err) = run(&list(&[POLICY, MESH, DEPLOYMENT], None));
    assert_eq!((status, err.as_str()), (Answered, ""));
    assert_eq!(kinds(&out)[..4], ["ASMEgressTrafficPolicy", "MeshEnvironment", "Deployment", "AuthorizationPolicy"]);
    assert_eq!(out["items"][2]["spec"], json!({"replicas": 511, "big": u64::MAX, "ratio": 1.5, "empty": null}));
    assert_eq!(out["items"][2]["metadata"]["annotations"]["note"], "on");
    let mut host = MemoryHost::with(&[("policy.yaml", POLICY), ("mesh.yaml", MESH)]);
    host.run(&["compile", "--format", "json", "policy.yaml", "mesh.yaml"]);
    let compiled: Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!(out["items"].as_array().unwrap()[3..], compiled["items"].as_array().unwrap()[..]);
}

#[test]
fn facts_may_be_the_configuration() {
    let inside = run(&list(&[POLICY, MESH], None)).1;
    let (status, out, _) = run(&list(&[POLICY], Some(MESH)));
    assert_eq!(status, Answered);
    assert_eq!(out["items"].as_array().unwrap()[1..], inside["items"].as_array().unwrap()[2..]);
    assert_eq!(out["functionConfig"]["kind"], "MeshEnvironment");
}

#[test]
fn a_configuration_that_only_names_the_function_is_nothing() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: egressc}\n";
    let (status, out, _) = run(&list(&[POLICY, MESH], Some(config)));
    assert_eq!((status, &out["results"]), (Answered, &Value::Null));
}

#[test]
fn what_kpt_always_passes_is_nothing() {
    let empty = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: function-input}\ndata: {}\n";
    let (status, out, err) = run(&list(&[POLICY, MESH], Some(empty)));
    assert_eq!((status, &out["results"], err.as_str()), (Answered, &Value::Null, ""));
    // With `--fn-config mesh.yaml` the same file is an item, too, with kpt's annotations.
    let annotated = MESH
        .replace("  name: example", "  name: example\n  annotations: {internal.config.kubernetes.io/path: mesh.yaml}");
    assert_ne!(annotated, MESH);
    let (status, out, err) = run(&list(&[POLICY, &annotated], Some(MESH)));
    assert_eq!((status, &out["results"], err.as_str()), (Answered, &Value::Null, ""));
    // Another description is a contradiction.
    let other = MESH.replace("name: example", "name: other");
    assert_eq!(run(&list(&[POLICY, MESH], Some(&other))).0, Refused);
}

#[test]
fn a_configuration_without_effect_is_refused() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: egressc}\ndata: {gateway: other}\n";
    let (status, out, err) = run(&list(&[POLICY, MESH], Some(config)));
    assert_eq!((status, out["items"].as_array().unwrap().len()), (Refused, 2));
    assert!(err.starts_with("error: ConfigMap egressc: kind: EGR0208: "), "{err}");
}

#[test]
fn a_second_run_changes_nothing() {
    let first = run(&list(&[POLICY, MESH], None)).1;
    let text = serde_yaml::to_string(&first).unwrap();
    assert_eq!(run(&text).1, first);
}

#[test]
fn what_is_no_longer_declared_goes_and_what_stays_keeps_its_file() {
    let mut first = run(&list(&[POLICY, MESH], None)).1;
    let before = first["items"].as_array().unwrap().len();
    for item in first["items"].as_array_mut().unwrap() {
        item["metadata"]["annotations"]["internal.config.kubernetes.io/path"] = json!("somewhere.yaml");
        if item["kind"] == "AuthorizationPolicy" {
            item["metadata"]["annotations"]["config.kubernetes.io/local-config"] = json!("true");
        }
    }
    let rules = &mut first["items"][0]["spec"]["egressRules"][0]["to"];
    rules.as_array_mut().unwrap().truncate(1);
    let (status, after, _) = run(&first.to_string());
    assert_eq!(status, Answered);
    let after = after["items"].as_array().unwrap();
    assert!(after.len() < before, "{}", after.len());
    assert!(
        after
            .iter()
            .all(|item| { item["metadata"]["annotations"]["internal.config.kubernetes.io/path"] == "somewhere.yaml" })
    );
}

#[test]
fn refused_means_results_and_the_items_as_they_were() {
    let bad = POLICY.replace("- httpbin.org", "- \"*.httpbin.org\"").replace(
        "namespace: istio-egress",
        "namespace: istio-egress\n  annotations: {config.kubernetes.io/path: egress/policy.yaml, config.kubernetes.io/index: '1'}",
    );
    let (status, out, err) = run(&list(&[&bad, MESH, DEPLOYMENT], None));
    assert_eq!(status, Refused);
    assert_eq!(kinds(&out), ["ASMEgressTrafficPolicy", "MeshEnvironment", "Deployment"]);
    let result = &out["results"][0];
    assert_eq!(result["severity"], "error");
    assert_eq!(result["tags"]["code"], "EGR0422");
    assert_eq!(result["field"], json!({"path": "spec.egressRules[0].to[0].hosts[1]"}));
    assert_eq!(result["file"], json!({"path": "egress/policy.yaml", "index": 1}));
    assert_eq!(
        result["resourceRef"],
        json!({"apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
            "namespace": "istio-egress", "name": "egress-by-egressgateway-a"}),
    );
    let line = err.lines().next().unwrap();
    let start = "error: egress/policy.yaml: ASMEgressTrafficPolicy istio-egress/egress-by-egressgateway-a: \
        spec.egressRules[0].to[0].hosts[1]: EGR0422: wildcard host `*.httpbin.org`";
    assert!(line.starts_with(start), "{line}");
    assert!(line.contains("; help: "), "{line}");
}

/// kustomize tells files in its own way, with `buildMetadata: [originAnnotations]`.
#[test]
fn the_file_is_also_known_from_kustomize() {
    let bad = POLICY.replace("- httpbin.org", "- \"*.httpbin.org\"").replace(
        "namespace: istio-egress",
        "namespace: istio-egress\n  annotations: {config.kubernetes.io/origin: \"repo: x\\npath: egress/policy.yaml\\n\"}",
    );
    let (_, out, err) = run(&list(&[&bad, MESH], None));
    assert_eq!(out["results"][0]["file"]["path"], "egress/policy.yaml");
    assert!(err.starts_with("error: egress/policy.yaml: ASMEgressTrafficPolicy "), "{err}");
}

#[test]
fn a_fix_is_proposed_where_the_field_is() {
    let (status, out, _) = run(&list(&[&POLICY.replace("protocol: HTTPS", "protocol: https"), MESH], None));
    assert_eq!(status, Refused);
    assert_eq!(out["results"][0]["field"]["proposedValue"], "HTTPS");
}

#[test]
fn notes_and_warnings_do_not_refuse() {
    let (status, out, _) = run(&list(&[POLICY], None));
    assert_eq!(status, Answered);
    assert_eq!(out["results"][0]["severity"], "info");
}

/// Labels are something that people write too.
#[test]
fn what_egressc_did_not_make_is_neither_replaced_nor_shadowed() {
    let generated = run(&list(&[POLICY, MESH], None)).1;
    let mut theirs = generated["items"][3].clone();
    theirs["metadata"]["annotations"] = json!({});
    let input = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList",
        "items": [generated["items"][0], generated["items"][1], theirs]});
    let (status, out, err) = run(&input.to_string());
    assert_eq!(status, Refused);
    assert_eq!(out["items"], input["items"]);
    assert!(err.contains("egressc did not make it"), "{err}");
}

/// Every way to say that egressc made an object, on one that opens the mesh: whatever is written was looked at, and what
/// was looked at is refused.
#[test]
fn no_object_is_written_that_was_not_looked_at() {
    let generated = run(&list(&[POLICY, MESH], None)).1;
    let made = generated["items"][3].clone();
    assert_eq!(made["kind"], "AuthorizationPolicy");
    let opening = json!({"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
        "metadata": {"name": "httpbin", "namespace": "tools"},
        "spec": {"hosts": ["www.httpbin.org"], "resolution": "DNS",
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]}});
    let with = |labels: &Value, annotations: &Value| {
        let mut object = opening.clone();
        object["metadata"]["labels"] = labels.clone();
        object["metadata"]["annotations"] = annotations.clone();
        object
    };
    let marks = (&made["metadata"]["labels"], &made["metadata"]["annotations"]);
    let in_list = |object: &Value| json!({"apiVersion": "v1", "kind": "List", "items": [object]});
    let mut elsewhere = made.clone();
    elsewhere["metadata"]["namespace"] = json!("default");
    let copies = [
        opening.clone(),
        with(marks.0, &json!({})),
        with(&json!({}), marks.1),
        with(marks.0, marks.1),
        in_list(&with(marks.0, marks.1)),
        // Left out of the proof, and a list cannot be taken apart.
        in_list(&made),
    ];
    for copy in &copies {
        let items = [&generated["items"][0], &generated["items"][1], copy];
        let input = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items});
        let (status, out, err) = run(&input.to_string());
        assert_eq!((status, &out["items"]), (Refused, &input["items"]), "{copy:#}: {err}");
    }
    // What was changed by hand and is made anew is replaced; a copy of it elsewhere is looked at, and stays.
    let mut changed = made.clone();
    changed["spec"]["rules"] = json!([]);
    let items = [&generated["items"][0], &generated["items"][1], &changed, &elsewhere];
    let input = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items});
    let (status, out, err) = run(&input.to_string());
    assert_eq!(status, Answered, "{err}");
    let count = |object: &Value| out["items"].as_array().unwrap().iter().filter(|item| *item == object).count();
    assert_eq!((count(&changed), count(&made), count(&elsewhere)), (0, 1, 1));
    assert!(err.contains("EGR0607"), "{err}");
}

#[test]
fn what_is_no_list_is_misuse() {
    for (input, says) in [
        (POLICY.to_owned(), "this is not a ResourceList of config.kubernetes.io/v1"),
        ("[]".to_owned(), "this is not a ResourceList"),
        (String::new(), "the input must be one ResourceList"),
        (format!("{}---\n{}", list(&[POLICY], None), list(&[MESH], None)), "the input must be one ResourceList"),
        (list(&["kind: ["], None), "EGR0101"),
        (list(&[POLICY], None).replace("items:\n", "items: 1\nx:\n"), "`items` is not a list"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [1]\n".to_owned(), "is not an object"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nx: .nan\n".to_owned(), "JSON does not have"),
        ("\u{0}".to_owned(), "error"),
    ] {
        let (status, out, err) = run(&input);
        assert_eq!((status, out), (Failed, Value::Null), "{err}");
        assert!(err.contains(says), "{says}: {err}");
    }
    let mut host = MemoryHost { stdin: vec![0xff], ..MemoryHost::default() };
    assert_eq!(host.run(&["krm"]), Failed);
    assert!(host.err().contains("utf-8"), "{}", host.err());
}

#[test]
fn without_a_policy_nothing_is_taken_away() {
    let generated = run(&list(&[POLICY, MESH], None)).1;
    let input = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": generated["items"].as_array().unwrap()[1..]});
    let (status, out, err) = run(&input.to_string());
    assert_eq!(status, Refused);
    assert_eq!(out["items"], input["items"]);
    assert!(err.contains("EGR0215"), "{err}");
}
