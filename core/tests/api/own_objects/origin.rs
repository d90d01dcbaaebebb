//! What egressc takes for its own: what it makes now, and what it verifiably made; no label hides an object.

use egressc_core::api::{CheckResponse, CompileRequest, Format, Source, compile};
use egressc_core::stages::load;
use egressc_core::stages::origin::Claim;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::ask::{self, compiled, texts, values};
use crate::generate;

const POLICY: &str = include_str!("../../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../../examples/combined/mesh.yaml");

/// Opens a declared host to everybody, past every gateway.
fn opening(labels: &Value, annotations: &Value) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
        "metadata": {"name": "httpbin", "namespace": "tools", "labels": labels, "annotations": annotations},
        "spec": {"hosts": ["www.httpbin.org"], "resolution": "DNS",
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]},
    })
}

/// The example, and objects of the user's own.
fn example(own: &[Value]) -> Vec<Source> {
    [texts(&[POLICY, MESH]), values(own)].concat()
}

fn checked(own: &[Value]) -> CheckResponse {
    ask::checked(example(own))
}

fn codes(response: &CheckResponse) -> Vec<&str> {
    response.diagnostics.iter().map(|found| found.code.as_str()).collect()
}

/// What the example compiles to.
fn made() -> Vec<Value> {
    compiled(example(&[])).resources.iter().map(|resource| json!(resource)).collect()
}

fn claims(text: &str) -> Vec<Claim> {
    let loaded = load(&texts(&[text]));
    assert!(!loaded.report.has_errors());
    // An object that Istio refuses has its mark too.
    let refused = loaded.objects.refused.iter().map(|refused| &refused.meta);
    loaded.objects.metas().chain(refused).map(|meta| meta.claim).collect()
}

fn claim(object: &Value) -> Claim {
    only(&object.to_string())
}

fn only(text: &str) -> Claim {
    let [claim] = claims(text).try_into().expect("one object");
    claim
}

/// As another writer may write it: keys the other way round, in flow style.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map.iter().rev().map(|(key, value)| format!("{}: {}", json!(key), backwards(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[test]
fn a_label_hides_nothing_and_neither_does_a_forged_annotation() {
    let label = json!({"app.kubernetes.io/managed-by": "egressc"});
    let origin = "istio-egress/egress-by-egressgateway-a: www.httpbin.org:80";
    let copied = &made()[0]["metadata"]["annotations"];
    for (name, labels, annotations) in [
        ("no mark", json!({}), json!({})),
        ("a label", label.clone(), json!({})),
        ("an annotation", json!({}), json!({"egressc.dev/origin": origin})),
        ("both", label.clone(), json!({"egressc.dev/origin": origin})),
        ("a digest of nothing", label.clone(), json!({"egressc.dev/origin": origin, "egressc.dev/digest": ""})),
        ("another object's digest", label, copied.clone()),
    ] {
        let response = checked(&[opening(&labels, &annotations)]);
        let codes = codes(&response);
        assert!(!response.ok && codes.contains(&"EGR0602"), "{name}: {codes:?}");
        assert_eq!(codes.contains(&"EGR0607"), name != "no mark", "{name}: {codes:?}");
        assert!(!codes.contains(&"EGR0604"), "{name}: {codes:?}");
    }
}

#[test]
fn what_this_compile_makes_is_left_out_and_so_is_what_an_earlier_one_made() {
    let response = checked(&made());
    assert!(response.ok);
    assert_eq!(codes(&response), ["EGR0604"]);
    // Of the same kind, namespace and name as one that is made: applied, it is gone.
    let mut changed = made()[0].clone();
    changed["metadata"] = json!({"name": changed["metadata"]["name"], "namespace": changed["metadata"]["namespace"]});
    changed["spec"]["action"] = json!("ALLOW");
    assert_eq!(codes(&checked(&[changed.clone()])), ["EGR0604"]);
    // Of another group it is another object, and is not replaced.
    changed["apiVersion"] = json!("networking.istio.io/v1");
    assert!(!codes(&checked(&[changed])).contains(&"EGR0604"));
}

#[test]
fn a_dump_of_the_cluster_verifies_and_a_change_does_not() {
    for object in made() {
        assert_eq!(claim(&object), Claim::Holds);
        let mut dumped = object.clone();
        let metadata = dumped["metadata"].as_object_mut().expect("a map");
        metadata.insert("uid".to_owned(), json!("a-b-c"));
        metadata.insert("resourceVersion".to_owned(), json!("1"));
        metadata.insert("generation".to_owned(), json!(1));
        metadata.insert("creationTimestamp".to_owned(), json!("2026-01-01T00:00:00Z"));
        metadata.insert("managedFields".to_owned(), json!([{"manager": "kubectl"}]));
        dumped["metadata"]["labels"]["argocd.argoproj.io/instance"] = json!("egress");
        for key in
            ["kubectl.kubernetes.io/last-applied-configuration", "internal.config.kubernetes.io/path", "own/note"]
        {
            dumped["metadata"]["annotations"][key] = json!("{}");
        }
        dumped["status"] = json!({"conditions": []});
        dumped["apiVersion"] = json!(dumped["apiVersion"].as_str().expect("a text").replace("/v1", "/v1beta1"));
        assert_eq!(claim(&dumped), Claim::Holds);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [dumped]});
        assert_eq!(claims(&list.to_string()), [Claim::Holds]);

        let change = |path: &str, key: &str, value: Value| {
            let mut changed = dumped.clone();
            changed.pointer_mut(path).and_then(Value::as_object_mut).expect("a map").insert(key.to_owned(), value);
            changed
        };
        for changed in [
            change("/metadata", "name", json!("other")),
            change("/metadata", "namespace", json!("other")),
            change("/metadata/annotations", "egressc.dev/origin", json!("other/policy: rule")),
            change("/metadata/annotations", "internal.istio.io/route-semantics", json!("gateway")),
            change("/metadata/labels", "networking.istio.io/enable-autoallocate-ip", json!("true")),
            change("/spec", "exportTo", json!(["*"])),
            change("", "spec", json!({})),
        ] {
            assert_eq!(claim(&changed), Claim::Broken, "{changed:#}");
        }
        let label = change("/metadata", "labels", Value::Object(Map::new()));
        assert_eq!(claim(&label), Claim::Partial);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// However it is written: as YAML, as JSON, and with its keys in another order.
    #[test]
    fn all_that_is_made_verifies(documents in generate::documents()) {
        let sources = values(&documents);
        for format in [Format::Yaml, Format::Json] {
            let request = CompileRequest { sources: sources.clone(), format: Some(format), ..CompileRequest::default() };
            let response = compile(&request).expect("a good call");
            let claims = claims(&response.text.unwrap_or_default());
            prop_assert_eq!(claims.len(), response.resources.len());
            prop_assert!(claims.iter().all(|claim| *claim == Claim::Holds));
            for resource in &response.resources {
                prop_assert_eq!(only(&backwards(&json!(resource))), Claim::Holds);
            }
        }
    }
}
