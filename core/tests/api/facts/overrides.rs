//! What a pod changes of the containers that are injected into it, the spellings of istio-init's arguments, and the user that a
//! proxy runs as. `reapplyOverwrittenContainers` of Istio's `pkg/kube/inject/webhook.go`.

use egressc_core::api::Verdict::{Allowed, Blocked, Diverted, Unknown};

use super::data_plane::{ENTRY, REGISTRY_ONLY, annotated, asked, namespace, pods, verdict};

const FREE: &str = "https://free.example.org";

fn overridden(containers: &str) -> String {
    annotated(&format!("proxy.istio.io/overrides: '{containers}'"))
}

fn init_container(fields: &str) -> String {
    pods("a: b", &format!("initContainers: [{{{fields}}}]"))
}

/// The container `istio-proxy` of the pod, which has no image of its own.
fn proxy(fields: &str) -> String {
    pods("a: b", "")
        .replace("{name: c, image: x}", &format!("{{name: c, image: x}}, {{name: istio-proxy, image: auto, {fields}}}"))
}

#[test]
fn what_a_pod_changes_of_injected_containers_is_not_followed() {
    let rows = [
        overridden(r#"{"initContainers":[{"name":"istio-init","args":["istio-iptables","-i",""]}]}"#),
        overridden(r#"{"initContainers":[{"name":"istio-validation","command":["true"]}]}"#),
        // Go reads keys in any capitals.
        overridden(r#"{"InitContainers":[{"Name":"istio-init","Args":["istio-iptables","-o","443"]}]}"#),
        overridden(r#"{"initContainers":[{"name":"istio-init","env":[{"name":"ISTIO_OUTBOUND_PORTS","value":"1"}]}]}"#),
        overridden(
            r#"{"containers":[{"name":"istio-proxy","env":[{"name":"ISTIO_META_DNS_CAPTURE","value":"true"}]}]}"#,
        ),
        overridden(r#"{"containers":[{"name":"istio-proxy","envFrom":[{"configMapRef":{"name":"x"}}]}]}"#),
        overridden(r#"{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1000}}]}"#),
        // Istio refuses such a pod.
        overridden("{"),
        init_container("name: istio-init, image: auto, args: [istio-iptables, '-o', '443']"),
        init_container("name: istio-init, command: [sleep]"),
        proxy("env: [{name: ISTIO_META_DNS_CAPTURE, valueFrom: {configMapKeyRef: {name: x, key: y}}}]"),
        proxy("envFrom: [{configMapRef: {name: x}}]"),
        proxy("env: [{name: PROXY_CONFIG, value: '{\"discoveryAddress\":\"other:15012\"}'}]"),
        proxy("env: [{name: ISTIO_META_INTERCEPTION_MODE, value: NONE}]"),
        proxy("args: [proxy, sidecar, --templateFile, /own]"),
        // The container with `auto` is filled in by injection, beside a proxy with an image of its own.
        proxy("args: [x]").replace("image: auto, args: [x]", "image: own").replace(
            "spec: {",
            "spec: {initContainers: [{name: istio-init, image: auto, args: [istio-iptables, -i, '*']}], ",
        ),
        annotated("proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_INTERCEPTION_MODE: NONE}'"),
    ];
    for pods in rows {
        let (verdict, why) = verdict(&[REGISTRY_ONLY, &pods], &format!("shop,app=cart -> {FREE}"));
        assert_eq!((verdict, why.len()), (Unknown, 1), "{pods}\n{why:?}");
        let other = pods.replace("app: cart", "app: other");
        assert_eq!(asked(&[REGISTRY_ONLY, &other], FREE), Blocked, "{other}");
    }
    let harmless = [
        overridden(r#"{"initContainers":[{"name":"istio-init","resources":{"limits":{"cpu":"1"}}}]}"#),
        overridden(
            r#"{"containers":[{"name":"istio-proxy","env":[{"name":"A","value":"b"}]},{"name":"c","args":["x"]}]}"#,
        ),
        overridden(r#"{"containers":null,"initContainers":[]}"#),
        init_container("name: istio-init, image: auto, resources: {}"),
        init_container("name: own, image: x, args: [istio-iptables, '-o', '443']"),
        proxy("env: [{name: ISTIO_META_DNS_CAPTURE, value: 'true'}], securityContext: {runAsUser: 1337}"),
        proxy("args: [proxy, sidecar, --concurrency, '2']"),
        annotated("proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_INTERCEPTION_MODE: REDIRECT}'"),
    ];
    for pods in harmless {
        assert_eq!(asked(&[REGISTRY_ONLY, &pods], FREE), Blocked, "{pods}");
    }
    // DNS capture of the container itself is read: with it nobody answers at an address of the entry.
    let answers = proxy("env: [{name: ISTIO_META_DNS_CAPTURE, value: 'true'}]");
    assert_eq!(asked(&[REGISTRY_ONLY, &answers, ENTRY], "tcp://other.example.com:9444"), Blocked);
    assert_eq!(asked(&[REGISTRY_ONLY, &proxy("env: []"), ENTRY], "tcp://other.example.com:9444"), Diverted);
}

#[test]
fn a_declared_client_that_overrides_redirection_is_refused() {
    const POLICY: &str = policy!(
        "egressgateway-a",
        "  - from: [{namespace: shop, workloadSelector: {app: cart}}]
    to: [{hosts: [www.httpbin.org], port: {number: 443, protocol: HTTPS}}]
"
    );
    let said = |pods: &str| crate::ask::checked(crate::ask::texts(&[POLICY, environment!(), pods]));
    for pods in [
        overridden(r#"{"initContainers":[{"name":"istio-init","args":["istio-iptables","-o","443"]}]}"#),
        init_container("name: istio-init, image: auto, args: [istio-iptables, '-o', '443']"),
    ] {
        let found = said(&pods);
        let not_captured: Vec<_> = found.diagnostics.iter().filter(|each| each.code == "EGR0413").collect();
        assert!(!found.ok && not_captured.len() == 1, "{pods}\n{:#?}", found.diagnostics);
        assert_eq!(not_captured[0].labels[0].source, "2.yaml");
    }
    assert!(said(&overridden(r#"{"initContainers":[{"name":"istio-init","resources":{}}]}"#)).ok);
}

/// A pod of the cluster that was injected with a container that redirects.
fn running(redirecting: &str, variables: &str, more: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Pod
metadata: {{name: cart-1, namespace: shop, uid: u, labels: {{app: cart}}, annotations: {{sidecar.istio.io/status: '{{}}'}}}}
spec:
  {more}
  initContainers: [{{name: istio-init, image: p, {redirecting}}}, {{name: istio-proxy, image: p, args: [proxy, sidecar], {variables}}}]
  containers: [{{name: c, image: x}}]
"
    )
}

#[test]
fn arguments_are_read_in_every_spelling() {
    let rows = [
        ("args: [istio-iptables, -i, '*', '-o443']", Allowed),
        ("args: [istio-iptables, -i, '*', '-o=443']", Allowed),
        ("args: [istio-iptables, -i, '*', --istio-local-outbound-ports-exclude, '443']", Allowed),
        ("args: [istio-iptables, '-i*', --istio-outbound-ports=443]", Blocked),
        ("args: [istio-iptables, '-i', '', --istio-outbound-ports=443]", Blocked),
        ("args: [istio-iptables, '-i', '', '-q8443']", Allowed),
        ("command: [istio-iptables, -o, '443'], args: ['-i', '*']", Allowed),
        ("command: [/usr/local/bin/pilot-agent, istio-iptables, -i, '*', -o, '443']", Allowed),
        // A value that looks like a flag, and switches before a flag with a value.
        ("args: [istio-iptables, -i, '*', -x, '-o443']", Unknown),
        ("args: [istio-iptables, '-fo443', -i, '*']", Allowed),
        (
            "args: [istio-iptables, -i, '*', --run-validation, --skip-rule-apply, --log_output_level=default:info]",
            Blocked,
        ),
        ("args: [istio-iptables, -i, '*', --dry-run]", Unknown),
        ("args: [istio-iptables, -i, '*', --dry-run=false]", Blocked),
        ("args: [istio-iptables, -i, '*', --unheard-of]", Unknown),
        ("command: [sh, -c, 'istio-iptables -o 443']", Unknown),
        ("args: [istio-iptables, -m, REDIRECT], env: [{name: ISTIO_SERVICE_CIDR, value: '*'}]", Unknown),
        ("args: [istio-iptables, -i, '*'], envFrom: [{configMapRef: {name: x}}]", Unknown),
    ];
    for (redirecting, expected) in rows {
        assert_eq!(asked(&[REGISTRY_ONLY, &running(redirecting, "a: b", "")], FREE), expected, "{redirecting}");
    }
    let redirects = "args: [istio-iptables, -i, '*']";
    let none = "env: [{name: ISTIO_META_INTERCEPTION_MODE, value: NONE}]";
    assert_eq!(asked(&[REGISTRY_ONLY, &running(redirects, none, "")], FREE), Unknown);
}

/// `GetProxyIDs` of Istio's `pkg/kube/inject/inject.go`.
#[test]
fn the_user_of_the_proxy_is_that_of_its_namespace() {
    let of = |annotations: &str| {
        namespace("istio-injection: enabled").replace("labels:", &format!("annotations: {{{annotations}}}, labels:"))
    };
    let users = "openshift.io/sa.scc.uid-range: 1000650000/10000";
    let rows = [
        ("a: b", "runAsUser: 1000659999", Blocked),
        ("a: b", "runAsUser: 1337", Unknown),
        (users, "runAsUser: 1000659999", Unknown),
        (users, "runAsUser: 1000650000", Blocked),
        (users, "runAsGroup: 1000659999", Unknown),
        ("openshift.io/sa.scc.uid-range: 1000650000-1000659999", "runAsUser: 1000659999", Unknown),
        ("openshift.io/sa.scc.supplemental-groups: '5/10,100/10'", "runAsGroup: 14", Unknown),
        ("openshift.io/sa.scc.supplemental-groups: '5/10,100/10'", "runAsGroup: 109", Blocked),
        ("openshift.io/sa.scc.uid-range: many", "runAsUser: 1000659999", Blocked),
    ];
    for (annotations, context, expected) in rows {
        let pods = pods("a: b", &format!("securityContext: {{{context}}}"));
        assert_eq!(asked(&[REGISTRY_ONLY, &of(annotations), &pods], FREE), expected, "{annotations} | {context}");
    }
    // A pod that was injected already has the user among its arguments.
    let rows = [
        ("-u, '1000659999'", 1_000_659_999, Unknown),
        ("-u, '1000659999'", 1337, Blocked),
        ("-m, REDIRECT", 1337, Unknown),
    ];
    for (user, id, expected) in rows {
        let pod = running(
            &format!("args: [istio-iptables, -i, '*', {user}]"),
            "a: b",
            &format!("securityContext: {{runAsUser: {id}}}"),
        );
        assert_eq!(asked(&[REGISTRY_ONLY, &pod], FREE), expected, "{user} | {id}");
    }
}
