//! Which objects are given: each once, complete, and nothing else.

use egressc_core::api::{Diagnostic, ReachRequest, Source, Verdict, reach};
use proptest::prelude::*;

use crate::ask::{checked, compiled, texts};
use crate::documents::{MESH, documents, http};
use crate::said::{check, slugs, the};

const MODE: &str = "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: m}\nspec: {outboundTrafficPolicy: REGISTRY_ONLY, namespaces: [{name: shop, injection: true}]}\n";

fn entry(version: &str, metadata: &str, host: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/{version}\nkind: ServiceEntry\nmetadata: {{{metadata}}}\nspec: {{hosts: [{host}], ports: [{{number: 443, name: t, protocol: TLS}}], resolution: DNS}}\n"
    )
}

/// The hosts that are reached, and what is said.
fn reached(sources: Vec<Source>) -> (Vec<String>, Vec<Diagnostic>) {
    let answer = reach(&ReachRequest { sources, ..ReachRequest::default() }).unwrap();
    let mut hosts: Vec<String> =
        answer.flows.iter().filter(|row| row.verdict == Verdict::Allowed).map(|row| row.to.host.clone()).collect();
    hosts.sort();
    hosts.dedup();
    (hosts, answer.diagnostics)
}

fn twice(diagnostics: &[Diagnostic]) -> Vec<[u32; 2]> {
    let found = diagnostics.iter().filter(|each| each.slug == "given-twice");
    found.map(|each| [each.labels[0].start.offset, each.labels[1].start.offset]).collect()
}

#[test]
fn of_an_object_that_is_given_twice_the_last_counts() {
    let (first, last) =
        (entry("v1", "name: a, namespace: shop", "a.org"), entry("v1", "name: a, namespace: shop", "b.org"));
    let indented = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let both = format!("apiVersion: v1\nkind: List\nitems:\n{}{}", indented(&first), indented(&last));
    for (name, sources) in [
        ("two files", texts(&[MODE, &first, &last])),
        ("one file", texts(&[MODE, &documents(&[&first, &last])])),
        ("a list", texts(&[MODE, &both])),
        (
            "a list and a file",
            texts(&[MODE, &format!("apiVersion: v1\nkind: List\nitems:\n{}", indented(&first)), &last]),
        ),
    ] {
        let (hosts, said) = reached(sources);
        assert_eq!(hosts, ["b.org"], "{name}");
        let found = twice(&said);
        assert_eq!(found.len(), 1, "{name}: {said:#?}");
    }
    // The places are those of the names, the one that is ignored first.
    let (_, said) = reached(texts(&[MODE, &first, &last]));
    let found = said.iter().find(|each| each.slug == "given-twice").unwrap();
    assert_eq!((found.labels[0].source.as_str(), found.labels[1].source.as_str()), ("1.yaml", "2.yaml"));
    assert_eq!(found.labels[0].path.as_deref(), Some("metadata.name"));
    // The other way round the other one counts.
    assert_eq!(reached(texts(&[MODE, &last, &first])).0, ["a.org"]);
}

#[test]
fn an_object_is_known_by_group_kind_namespace_and_name() {
    for (name, first, last, same) in [
        ("versions of one group", ("v1beta1", "name: a, namespace: shop"), ("v1", "name: a, namespace: shop"), true),
        ("no namespace is `default`", ("v1", "name: a"), ("v1", "name: a, namespace: default"), true),
        ("other namespaces", ("v1", "name: a"), ("v1", "name: a, namespace: shop"), false),
        ("other names", ("v1", "name: a"), ("v1", "name: b"), false),
        ("names that the cluster makes", ("v1", "generateName: a-"), ("v1", "generateName: a-"), false),
    ] {
        let texts = texts(&[MODE, &entry(first.0, first.1, "a.org"), &entry(last.0, last.1, "b.org")]);
        let (hosts, said) = reached(texts);
        assert_eq!(hosts, if same { vec!["b.org"] } else { vec!["a.org", "b.org"] }, "{name}");
        assert_eq!(twice(&said).len(), usize::from(same), "{name}: {said:#?}");
    }
}

#[test]
fn facts_are_objects_too() {
    let namespace = |label: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: mytest, labels: {{istio-injection: {label}}}}}\n")
    };
    let config = |mode: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata:\n  mesh: |\n    outboundTrafficPolicy: {{mode: {mode}}}\n"
        )
    };
    let deployment = |inject: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: batch}}\nspec: {{template: {{metadata: {{labels: {{app: d, sidecar.istio.io/inject: '{inject}'}}}}}}}}\n"
        )
    };
    let service = |port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: istio-gw, namespace: istio-system}}\nspec: {{selector: {{istio: gw}}, ports: [{{port: 80, targetPort: {port}, name: http}}]}}\n"
        )
    };
    for (name, first, last, expected) in [
        ("Namespace", namespace("disabled"), namespace("enabled"), vec!["given-twice"]),
        ("Namespace", namespace("enabled"), namespace("disabled"), vec!["given-twice", "no-injection"]),
        ("ConfigMap", config("ALLOW_ANY"), config("REGISTRY_ONLY"), vec!["given-twice"]),
        ("ConfigMap", config("REGISTRY_ONLY"), config("ALLOW_ANY"), vec!["facts-contradict", "given-twice"]),
        ("Deployment", deployment("false"), deployment("true"), vec!["given-twice"]),
        ("Deployment", deployment("true"), deployment("false"), vec!["given-twice", "past-sidecars"]),
        // The MeshEnvironment has 8080.
        ("Service", service(9090), service(8080), vec!["given-twice"]),
    ] {
        let text = documents(&[&http(), MESH, &first, &last]);
        let mut found = slugs(&text);
        found.retain(|slug| !matches!(slug.as_str(), "facts-contradict") || name == "ConfigMap");
        found.sort();
        assert_eq!(found, expected, "{name}");
    }
    // Nothing is read of a Secret, and policies have errors of their own.
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    assert_eq!(slugs(&documents(&[&http(), MESH, secret, secret])), ["kind-not-read"]);
    assert_eq!(slugs(&documents(&[&http(), MESH, &http()])), ["duplicate-policy"]);
}

#[test]
fn the_first_place_is_the_one_that_is_ignored() {
    let text = documents(&[&http(), MESH, &entry("v1", "name: a", "a.org"), &entry("v1", "name: a", "b.org")]);
    let found = the("given-twice", &text);
    assert!(found.labels[0].start.offset < found.labels[1].start.offset, "{found:#?}");
    assert!(found.message.contains("ServiceEntry `a` is given twice"), "{found:#?}");
}

#[test]
fn names_may_be_as_long_as_kubernetes_takes_them() {
    let long = "a".repeat(200);
    let with = |text: &str| slugs(&documents(&[&http(), MESH, text]));
    let deployment =
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {long}, namespace: shop}}\nspec: {{}}\n");
    assert_eq!(with(&deployment), [""; 0]);
    let own = |name: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{}}\n"
        )
    };
    assert_eq!(with(&own(&long)), [""; 0]);
    for kind in ["Service", "Namespace"] {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {long}}}\n");
        assert_eq!(with(&text), ["bad-name"], "{kind}");
    }
    // Kubernetes refuses the name too, so that the object is left out as well.
    assert_eq!(with(&own(&"a".repeat(254))), ["bad-name", "refused-by-istio"]);
}

#[test]
fn a_name_that_the_cluster_makes_is_no_missing_name() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-, namespace: shop}\nspec: {template: {metadata: {labels: {app: run}}}}\n";
    assert_eq!(slugs(&documents(&[&http(), MESH, job])), [""; 0]);
    let neither = job.replace("generateName: run-, ", "");
    assert_eq!(slugs(&documents(&[&http(), MESH, &neither])), ["missing-field"]);
    assert_eq!(reached(texts(&[MODE, &entry("v1", "generateName: a-, namespace: shop", "a.org")])).0, ["a.org"]);
}

#[test]
fn a_key_twice_matters_only_where_something_is_read() {
    let with = |text: &str| {
        let mut found = slugs(&documents(&[&http(), MESH, text]));
        found.sort();
        found
    };
    let foreign = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: t}\nspec: {a: 1}\nspec: {a: 2}\n";
    assert_eq!(with(foreign), ["kind-not-read"]);
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: b}\ndata: {a: c}\n";
    assert_eq!(with(config), ["kind-not-read"]);
    assert_eq!(with(&config.replace("name: app", "name: istio")), ["duplicate-key", "kind-not-read"]);
    assert_eq!(with("replicas: 1\nreplicas: 2\n"), ["object-skipped"]);
    let read = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\nspec: {template: {}}\n";
    assert_eq!(with(read), ["duplicate-key"]);
    let misspelt =
        "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolcy\nmetadata: {name: t}\nspec: {}\nspec: {}\n";
    assert_eq!(with(misspelt), ["duplicate-key", "unknown-kind"]);
}

#[test]
fn items_of_a_list_of_one_kind_need_no_head() {
    let list = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: d, namespace: batch}\n  spec: {template: {metadata: {labels: {app: d, sidecar.istio.io/inject: 'false'}}}}\n- metadata: {name: e, namespace: batch}\n  spec: {}\n";
    assert_eq!(slugs(&documents(&[&http(), MESH, list])), ["past-sidecars"]);
    let entries = "apiVersion: networking.istio.io/v1\nkind: ServiceEntryList\nitems:\n- metadata: {name: a, namespace: shop}\n  spec: {hosts: [a.org], ports: [{number: 443, name: t, protocol: TLS}], resolution: DNS}\n";
    assert_eq!(reached(texts(&[MODE, entries])).0, ["a.org"]);
    // A plain list has items of every kind.
    let plain = list.replace("DeploymentList", "List");
    assert_eq!(slugs(&documents(&[&http(), MESH, &plain])).iter().filter(|slug| *slug == "not-an-object").count(), 4);
}

#[test]
fn files_of_other_tools_share_one_note() {
    let files = ["a: 1\n", "name: x\nversion: 1.0.0\napiVersion: v2\n", "[1, 2]\n"];
    let sources = texts(&[&http(), MESH, files[0], files[1], files[2]]);
    let said = checked(sources).diagnostics;
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!((said[0].slug.as_str(), said[0].notes.len()), ("object-skipped", 2));
    assert_eq!(check(&documents(&[&http(), MESH, "a: 1\n"])), ["object-skipped @ a"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The one exception to the law that the order of documents does not matter: an object that is given twice.
    #[test]
    fn only_the_last_of_one_object_matters(documents in crate::generate::documents(), own in crate::generate::objects::own_objects(), at in any::<proptest::sample::Index>()) {
        prop_assume!(!own.is_empty());
        let mut twice = own[at.index(own.len())].clone();
        twice["spec"] = serde_json::json!({});
        let sources = |objects: Vec<serde_json::Value>| -> Vec<Source> {
            objects.into_iter().map(|object| Source::value("x", object)).collect()
        };
        let once = compiled(sources(documents.iter().chain(&own).cloned().collect()));
        let again = compiled(sources(std::iter::once(&twice).chain(&documents).chain(&own).cloned().collect()));
        prop_assert_eq!(once.ok, again.ok);
        prop_assert_eq!(once.text, again.text);
    }
}
