//! What Kubernetes' and Istio's own documents tell about the mesh.

use egressc_core::api::{CompileResponse, Diagnostic, Place};
use egressc_core::stages::manifest::Spec;
use serde_json::{Value, json};

use crate::ask;

const POLICY: &str = policy!(
    "egressgateway-a",
    "  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to: [{hosts: [www.httpbin.org], port: {number: 80, protocol: HTTP}}]
"
);
const MESH: &str = environment!();
/// As Istio's charts write it: the Service has names for ports, the pods have the numbers.
const GATEWAY: &str = "
apiVersion: v1
kind: Service
metadata: {name: egressgateway-a, namespace: istio-system}
spec:
  selector: {app: egress}
  ports:
  - {name: http2, port: 80, targetPort: http}
  - {name: https, port: 444, targetPort: https}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: egress, namespace: istio-system}
spec:
  template:
    metadata:
      labels: {app: egress, istio: egressgateway-a, sidecar.istio.io/inject: 'true'}
      annotations: {inject.istio.io/templates: gateway}
    spec:
      containers:
      - name: istio-proxy
        image: auto
        ports: [{name: http, containerPort: 8081}, {name: https, containerPort: 8444}]
";
const CLIENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleep-a, namespace: mytest}
spec:
  template:
    metadata: {labels: {app: sleep-a}}
    spec: {serviceAccountName: sleep, containers: [{name: sleep}]}
";

fn compiled(texts: &[&str]) -> CompileResponse {
    let response = ask::compiled(ask::texts(texts));
    assert!(response.ok, "{:#?}", response.diagnostics);
    response
}

fn said(texts: &[&str]) -> Vec<Diagnostic> {
    ask::checked(ask::texts(texts)).diagnostics
}

fn slugs(texts: &[&str]) -> Vec<String> {
    said(texts).into_iter().map(|each| each.slug).collect()
}

/// The text of a place.
fn text<'t>(texts: &[&'t str], place: &Place) -> &'t str {
    let index: usize = place.source.trim_end_matches(".yaml").parse().unwrap();
    let at = |offset: u32| usize::try_from(offset).unwrap();
    texts[index].get(at(place.start.offset)..at(place.end.offset)).unwrap()
}

fn authorization(response: &CompileResponse) -> Value {
    let policies = response.resources.iter().map(|each| &each.object().spec);
    json!(policies.clone().find(|spec| matches!(spec, Spec::AuthorizationPolicy(_))).unwrap())
}

#[test]
fn ports_with_names_are_resolved_through_the_pods_of_the_gateway() {
    let response = compiled(&[POLICY, MESH, GATEWAY]);
    assert_eq!(authorization(&response)["rules"][0]["to"][0]["operation"]["ports"], json!(["8081"]));
    assert!(slugs(&[POLICY, MESH, GATEWAY]).is_empty());
    // Without the pods nobody knows the numbers.
    let alone = GATEWAY.split("---").next().unwrap();
    assert_eq!(slugs(&[POLICY, MESH, alone]), ["target-port-unknown"]);
    // Pods that differ say nothing.
    let second = GATEWAY.split("---").last().unwrap().replace("name: egress,", "name: canary,").replace("8081", "9091");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &second]), ["target-port-unknown"]);
    // Other pods of the namespace are not asked.
    let other = second.replace("app: egress", "app: ingress");
    assert!(slugs(&[POLICY, MESH, GATEWAY, &other]).is_empty());
}

#[test]
fn a_service_is_found_by_the_labels_of_its_pods() {
    let renamed = GATEWAY.replace("metadata: {name: egressgateway-a,", "metadata: {name: way-out,");
    let response = compiled(&[POLICY, MESH, &renamed]);
    let is_way_out = |spec: &Spec| matches!(spec, Spec::DestinationRule(rule) if rule.host == "way-out.istio-system.svc.cluster.local");
    assert!(response.resources.iter().any(|each| is_way_out(&each.object().spec)));
    assert_eq!(authorization(&response)["selector"]["matchLabels"], json!({"app": "egress"}));
}

#[test]
fn service_accounts_are_asked_for_only_where_all_workloads_are_known() {
    let source = |texts: &[&str]| authorization(&compiled(texts))["rules"][0]["from"][0]["source"].clone();
    // A Deployment that is given does not say that there is no other.
    assert_eq!(source(&[POLICY, MESH, GATEWAY, CLIENT]), json!({"notNamespaces": ["mytest"]}));
    let complete = format!("{MESH}  complete: true\n");
    assert_eq!(
        source(&[POLICY, &complete, GATEWAY, CLIENT]),
        json!({"notPrincipals": ["cluster.local/ns/mytest/sa/sleep"]})
    );
    // A namespace of which nothing was given is not empty.
    let elsewhere = CLIENT.replace("mytest", "other");
    assert_eq!(source(&[POLICY, &complete, GATEWAY, &elsewhere]), json!({"notNamespaces": ["mytest"]}));
}

#[test]
fn a_selector_selects_nothing_only_where_all_workloads_are_known() {
    let other = CLIENT.replace("{app: sleep-a}", "{app: sleep-b}");
    assert!(slugs(&[POLICY, MESH, GATEWAY, &other]).is_empty());
    let complete = format!("{MESH}  complete: true\n");
    assert_eq!(slugs(&[POLICY, &complete, GATEWAY, &other]), ["selects-nothing"]);
    assert!(slugs(&[POLICY, &complete, GATEWAY, CLIENT]).is_empty());
}

#[test]
fn every_kind_that_runs_pods_is_read() {
    let complete = format!("{MESH}  complete: true\n");
    let template = "{metadata: {labels: {app: sleep-a}}, spec: {serviceAccountName: sleep}}";
    for (kind, api, spec) in [
        ("StatefulSet", "apps/v1", format!("{{template: {template}}}")),
        ("DaemonSet", "apps/v1", format!("{{template: {template}}}")),
        ("ReplicaSet", "apps/v1", format!("{{template: {template}}}")),
        ("Job", "batch/v1", format!("{{template: {template}}}")),
        ("CronJob", "batch/v1", format!("{{jobTemplate: {{spec: {{template: {template}}}}}}}")),
    ] {
        let text =
            format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: sleep-a, namespace: mytest}}\nspec: {spec}\n");
        let response = compiled(&[POLICY, &complete, GATEWAY, &text]);
        let source = authorization(&response)["rules"][0]["from"][0]["source"].clone();
        assert_eq!(source["notPrincipals"][0], "cluster.local/ns/mytest/sa/sleep", "{kind}");
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: s, namespace: mytest, labels: {app: sleep-a}}\nspec: {}\n";
    let response = compiled(&[POLICY, &complete, GATEWAY, pod]);
    let source = authorization(&response)["rules"][0]["from"][0]["source"].clone();
    assert_eq!(source["notPrincipals"][0], "cluster.local/ns/mytest/sa/default");
}

#[test]
fn labels_of_a_namespace_and_of_its_pods_say_who_gets_a_sidecar() {
    let namespace = |labels: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: mytest{labels}}}\n");
    let pod = |meta: &str| CLIENT.replace("{app: sleep-a}", &format!("{{app: sleep-a{meta}}}"));
    let no = ["no-injection"];
    let others = ["past-sidecars"];
    let none: [&str; 0] = [];
    for (labels, meta, expected) in [
        (", labels: {istio-injection: enabled}", "", &none[..]),
        (", labels: {istio.io/rev: stable}", "", &none),
        ("", "", &no),
        (", labels: {istio-injection: disabled}", "", &no),
        // The older label wins.
        (", labels: {istio-injection: disabled, istio.io/rev: stable}", "", &no),
        (", labels: {istio.io/dataplane-mode: ambient}", "", &no),
        // A pod may ask for itself, unless its namespace forbids it.
        ("", ", sidecar.istio.io/inject: 'true'", &others),
        (", labels: {istio-injection: disabled}", ", sidecar.istio.io/inject: 'true'", &no),
    ] {
        let (namespace, pod) = (namespace(labels), pod(meta));
        assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &namespace, &pod]), expected, "{labels} {meta}");
    }
    // What was injected already is there to be seen.
    let dump = CLIENT.replace("{name: sleep}]", "{name: sleep}, {name: istio-proxy, args: [proxy, sidecar]}]");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &namespace(""), &dump]), others);
}

#[test]
fn a_workload_with_a_sidecar_beside_the_gateway_is_found() {
    let beside =
        CLIENT.replace("mytest", "istio-system").replace("app: sleep-a", "app: x, sidecar.istio.io/inject: 'true'");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &beside]), ["beside-gateway"]);
    // Another gateway is none, nor is what has no sidecar.
    let gateway = GATEWAY.split("---").last().unwrap().replace("egress", "ingress");
    let istiod = beside.replace("'true'", "'false'");
    assert!(slugs(&[POLICY, MESH, GATEWAY, &gateway, &istiod]).is_empty());
}

#[test]
fn a_proxy_is_no_workload_with_a_sidecar() {
    let daemon = |labels: &str, container: &str| {
        format!(
            "
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: ztunnel, namespace: istio-system}}
spec:
  template:
    metadata: {{labels: {labels}}}
    spec: {{containers: [{container}]}}
"
        )
    };
    let labels = "{app: x}";
    for (name, document) in [
        ("ztunnel", daemon(labels, "{name: istio-proxy, image: istio/ztunnel, args: [proxy, ztunnel]}")),
        ("waypoint", daemon(labels, "{name: istio-proxy, image: istio/proxyv2, args: [proxy, waypoint]}")),
        ("gateway", daemon("{gateway.networking.k8s.io/gateway-name: g}", "{name: istio-proxy, image: istio/proxyv2}")),
        ("label", daemon("{sidecar.istio.io/inject: 'false'}", "{name: istio-proxy, image: istio/proxyv2}")),
        // A patch of kustomize, and what customizes a sidecar that is still to be injected.
        ("patch", daemon(labels, "{name: istio-proxy, resources: {}}")),
        ("auto", daemon(labels, "{name: istio-proxy, image: auto}")),
    ] {
        assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &document]), [""; 0], "{name}");
    }
    let sidecar = daemon(labels, "{name: istio-proxy, image: istio/proxyv2}");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &sidecar]), ["beside-gateway"]);
}

#[test]
fn a_gateway_elsewhere_is_no_workload_past_every_gateway() {
    // In a namespace that no gateway of a policy has.
    let gateway = GATEWAY.split("---").last().unwrap().replace("egress", "ingress").replace("istio-system", "edge");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &gateway]), [""; 0]);
    let batch = gateway.replace("annotations: {inject.istio.io/templates: gateway}", "").replace("'true'", "'false'");
    assert_eq!(slugs(&[POLICY, MESH, GATEWAY, &batch]), ["past-sidecars"]);
}

fn config(mesh: &str) -> String {
    let lines: Vec<String> = mesh.lines().map(|line| format!("    {line}")).collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata:\n  mesh: |\n{}\n",
        lines.join("\n")
    )
}

#[test]
fn the_mesh_config_says_what_the_mesh_does() {
    let strict = config("outboundTrafficPolicy:\n  mode: REGISTRY_ONLY\ntrustDomain: corp");
    assert!(slugs(&[POLICY, GATEWAY, &strict]).is_empty());
    // Of the trust domain identities are made.
    let complete =
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: m}\nspec: {complete: true}\n";
    let response = compiled(&[POLICY, GATEWAY, CLIENT, &strict, complete]);
    let source = authorization(&response)["rules"][0]["from"][0]["source"].clone();
    assert_eq!(source["notPrincipals"][0], "corp/ns/mytest/sa/sleep");
    // Other revisions' are read, other ConfigMaps are not.
    assert!(slugs(&[POLICY, GATEWAY, &strict.replace("name: istio,", "name: istio-1-30,")]).is_empty());
    assert_eq!(
        slugs(&[POLICY, GATEWAY, &strict.replace("name: istio,", "name: sidecar,")]),
        ["registry-only-assumed", "kind-not-read"]
    );
}

#[test]
fn a_mesh_config_that_lets_everything_out_is_refused_at_its_line() {
    let open = config("trustDomain: corp\noutboundTrafficPolicy:\n  mode: ALLOW_ANY");
    let texts = [POLICY, GATEWAY, &open];
    let found = said(&texts);
    assert_eq!(found[0].slug, "allow-any");
    assert_eq!(text(&texts, &found[0].labels[0]), "ALLOW_ANY");
    assert_eq!(found[0].labels[0].start.line, 8);
    assert_eq!(found[0].labels[0].path.as_deref(), Some("data.mesh"));
    // Istio's default is no other.
    for silent in [config("trustDomain: corp"), config("outboundTrafficPolicy:"), config("")] {
        let texts = [POLICY, GATEWAY, &silent];
        let found = said(&texts);
        assert_eq!(found[0].slug, "allow-any", "{silent}");
        assert_eq!(text(&texts, &found[0].labels[0]), "mesh");
    }
}

#[test]
fn several_mesh_configs_are_as_open_as_the_most_open() {
    let strict = config("outboundTrafficPolicy: {mode: REGISTRY_ONLY}");
    let open = config("outboundTrafficPolicy: {mode: ALLOW_ANY}").replace("name: istio,", "name: istio-canary,");
    let mut found = slugs(&[POLICY, GATEWAY, &strict, &open]);
    found.sort();
    // Two revisions may well differ; within one it is a contradiction.
    assert_eq!(found, ["allow-any"]);
}

#[test]
fn what_is_wrong_in_the_text_of_a_mesh_config_has_its_place_there() {
    let wrong = config("outboundTrafficPolicy:\n  mode: REGISTRYONLY");
    let texts = [POLICY, GATEWAY, &wrong];
    let found = said(&texts);
    let value = found.iter().find(|each| each.slug == "unreadable-mesh-config").unwrap();
    assert_eq!(text(&texts, &value.labels[0]), "REGISTRYONLY");
    assert_eq!(text(&texts, &value.fix.as_ref().unwrap().place), "REGISTRYONLY");
    let broken = config("a: [1");
    let found = said(&[POLICY, GATEWAY, &broken]);
    let error = found.iter().find(|each| each.slug == "unreadable-mesh-config").unwrap();
    assert_eq!((error.labels[0].source.as_str(), error.labels[0].path.as_deref()), ("2.yaml", Some("data.mesh")));
}

#[test]
fn mesh_environment_wins_and_a_contradiction_is_shown_at_both_places() {
    let given = format!(
        "{MESH}  trustDomain: corp\n  namespaces:\n  - name: mytest\n    injection: true\n    workloads:\n    - {{name: sleep-a, labels: {{app: sleep-a}}, serviceAccount: other}}\n"
    );
    let open = config("trustDomain: cluster.local");
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: mytest, labels: {istio-injection: disabled}}\n";
    let second = CLIENT.replace("name: sleep-a,", "name: sleep-z,");
    let texts = [POLICY, &given, GATEWAY, &open, namespace, CLIENT, &second];
    let found = said(&texts);
    let places: Vec<[&str; 2]> = found
        .iter()
        .filter(|each| each.slug == "facts-contradict")
        .map(|each| [text(&texts, &each.labels[0]), text(&texts, &each.labels[1])])
        .collect();
    assert_eq!(
        places,
        [
            ["REGISTRY_ONLY", "mesh"],
            ["corp", "cluster.local"],
            ["mytest", "sleep-z"],
            ["true", "disabled"],
            ["other", "sleep"],
        ]
    );
    assert!(found.iter().all(|each| each.slug == "facts-contradict"), "{found:#?}");
    let source = authorization(&compiled(&texts))["rules"][0]["from"][0]["source"].clone();
    assert_eq!(source["notPrincipals"][0], "corp/ns/mytest/sa/other");
}

#[test]
fn kinds_that_are_not_read_are_named_once() {
    let secret = |name: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n");
    let found = said(&[POLICY, MESH, GATEWAY, &secret("a"), &secret("b"), &secret("c")]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].labels[0].source, "3.yaml");
    assert_eq!(found[0].notes[1], "2 more documents are of this kind");
}

/// As `kubectl get -o yaml` prints it.
#[test]
fn a_dump_passes_with_one_word_about_a_namespace_without_sidecars() {
    let noise = "
    creationTimestamp: '2026-01-01T00:00:00Z'
    generation: 3
    managedFields: [{apiVersion: apps/v1, fieldsType: FieldsV1, fieldsV1: {f:metadata: {}}, manager: kubectl, operation: Update}]
    resourceVersion: '12'
    uid: 1a1a";
    let item = |kind: &str, api: &str, name: &str, namespace: &str, rest: &str| {
        format!(
            "- apiVersion: {api}\n  kind: {kind}\n  metadata:\n    name: {name}\n    namespace: {namespace}{noise}\n  {rest}\n  status: {{conditions: [{{status: 'True'}}], replicas: 1}}\n"
        )
    };
    let list = format!(
        "apiVersion: v1\nkind: List\nmetadata: {{resourceVersion: ''}}\nitems:\n{}{}{}{}",
        item(
            "ASMEgressTrafficPolicy",
            "istio.alibabacloud.com/v1",
            "egress-by-egressgateway-a",
            "istio-egress",
            "spec: {byEgressGateway: {name: egressgateway-a}, egressRules: [{from: [{namespace: mytest}], to: [{hosts: [a.org], port: {number: 80, protocol: HTTP}}]}]}"
        ),
        item(
            "Service",
            "v1",
            "istio-egressgateway-a",
            "istio-system",
            "spec: {clusterIP: 10.0.0.1, internalTrafficPolicy: Cluster, selector: {istio: egressgateway-a}, ports: [{name: http, port: 80, protocol: TCP, targetPort: 80, nodePort: 30000}]}"
        ),
        item(
            "Deployment",
            "apps/v1",
            "sleep-a",
            "mytest",
            "spec: {progressDeadlineSeconds: 600, selector: {matchLabels: {app: s}}, strategy: {type: RollingUpdate}, template: {metadata: {creationTimestamp: null, labels: {app: s}}, spec: {containers: [], serviceAccountName: s}}}"
        ),
        item("Namespace", "v1", "istio-egress", "''", "spec: {finalizers: [kubernetes]}")
            .replace("    namespace: ''\n", ""),
    );
    assert_eq!(slugs(&[MESH, &list]), ["past-sidecars"]);
}
