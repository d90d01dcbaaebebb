//! Who gets a sidecar, and what is in force in a pod that was made already: tables in `docs/istio/data-plane.md`.

use egressc_core::api::Verdict;
use egressc_core::api::Verdict::{Allowed, Blocked, Diverted, Unknown};

use super::data_plane::{ENTRY, REGISTRY_ONLY, annotated, asked, bare, namespace, verdict};

const FREE: &str = "https://free.example.org";

/// The injector keeps what it had, or does not start, and everything else is as it was.
#[test]
fn values_that_are_no_yaml_make_the_injector_unknown_and_refuse_nothing() {
    let broken = injector("", "global: [");
    let documents = [REGISTRY_ONLY, &annotated("a: b"), &broken];
    let (verdict, why) = verdict(&documents, "shop,app=cart -> https://free.example.org");
    assert_eq!(verdict, Unknown);
    assert!(why.iter().any(|why| why.contains("values of the injector")), "{why:?}");
    let response = crate::ask::checked(crate::ask::texts(&documents));
    let found = response.diagnostics.iter().find(|each| each.code == "EGR0315").unwrap();
    assert!(response.ok && found.message.starts_with("the injector cannot read these values"), "{found:?}");
    assert_eq!(found.labels[0].source, "2.yaml");
    // A client of another namespace, which says itself that it has no sidecar, is as it was.
    let outside = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: other, uid: x, labels: {app: p}}, spec: {containers: [{name: c}]}}";
    let documents = [REGISTRY_ONLY, outside, &broken];
    assert_eq!(self::verdict(&documents, "other,app=p -> https://free.example.org").0, Allowed);
}

/// The injector's values of a revision.
fn injector(revision: &str, values: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio-sidecar-injector{revision}, namespace: istio-system}}, data: {{values: '{values}'}}}}"
    )
}

const CANARY: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-canary, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}";

#[test]
fn webhooks_select_pods_by_labels_that_are_there_even_if_they_are_empty() {
    const BY_DEFAULT: &str = r#"{"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}"#;
    let auto = injector("", BY_DEFAULT);
    let auto_of_canary = format!("{CANARY}\n---\n{}", injector("-canary", BY_DEFAULT));
    let wants = "sidecar.istio.io/inject: 'true'";
    let rows: [(&[&str], &str, &str, Verdict); 11] = [
        (&[REGISTRY_ONLY], "istio-injection: ''", wants, Allowed),
        (&[REGISTRY_ONLY], "istio.io/rev: ''", wants, Allowed),
        (&[REGISTRY_ONLY], "a: b", wants, Blocked),
        (&[REGISTRY_ONLY], "a: b", "sidecar.istio.io/inject: 'true', istio.io/rev: ''", Allowed),
        (&[REGISTRY_ONLY, &auto], "a: b", "x: y", Blocked),
        (&[REGISTRY_ONLY, &auto], "a: b", "sidecar.istio.io/inject: 'yes'", Allowed),
        (&[REGISTRY_ONLY, &auto], "istio-injection: ''", "x: y", Allowed),
        // The chart writes that webhook for the default revision alone.
        (&[REGISTRY_ONLY, &auto_of_canary], "a: b", "x: y", Allowed),
        // Whether a revision is also the default one, no document says.
        (&[&auto_of_canary], "a: b", "x: y", Unknown),
        (&[CANARY], "a: b", wants, Unknown),
        (&[CANARY], "istio.io/rev: canary", "x: y", Blocked),
    ];
    for (control_planes, of_namespace, of_pod, expected) in rows {
        let own = [namespace(of_namespace), bare(of_pod, "")];
        let documents: Vec<&str> = control_planes.iter().copied().chain(own.iter().map(String::as_str)).collect();
        assert_eq!(asked(&documents, FREE), expected, "{control_planes:?} | {of_namespace} | {of_pod}");
    }
}

#[test]
fn the_policy_of_the_injector_decides_about_pods_that_a_webhook_selects() {
    let rows = [
        ("disabled", "istio-injection: enabled", "x: y", "a: b", Allowed),
        ("disabled", "istio-injection: enabled", "x: y", "sidecar.istio.io/inject: 'true'", Blocked),
        ("disabled", "istio-injection: enabled", "sidecar.istio.io/inject: 'true'", "a: b", Blocked),
        (
            "disabled",
            "istio-injection: enabled",
            "sidecar.istio.io/inject: 'yes'",
            "sidecar.istio.io/inject: 'true'",
            Allowed,
        ),
        ("disabled", "a: b", "istio.io/rev: default", "a: b", Allowed),
        ("disabled", "a: b", "x: y", "sidecar.istio.io/inject: 'true'", Allowed),
        ("enabled", "istio-injection: enabled", "x: y", "sidecar.istio.io/inject: 'false'", Allowed),
        // The injector understands no other word.
        ("true", "istio-injection: enabled", "sidecar.istio.io/inject: 'true'", "a: b", Allowed),
    ];
    for (policy, of_namespace, labels, annotations, expected) in rows {
        let values = injector("", &format!(r#"{{"global": {{"proxy": {{"autoInject": "{policy}"}}}}}}"#));
        let pods = annotated(annotations).replacen("sidecar.istio.io/inject: 'true'", labels, 1);
        let documents = [REGISTRY_ONLY, &values, &namespace(of_namespace), &pods];
        assert_eq!(asked(&documents, FREE), expected, "{policy} | {of_namespace} | {labels} | {annotations}");
    }
}

/// A pod of the cluster, with labels of its own beside `app: cart`.
fn running(metadata: &str, spec: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Pod
metadata: {{name: cart-6d4cf56db6-x7x2p, namespace: shop, uid: 0b1f, labels: {{app: cart, pod-template-hash: 6d4cf56db6}}, {metadata}}}
spec: {{containers: [{{name: c, image: x}}], {spec}}}
status: {{phase: Running}}
"
    )
}

/// What injection writes into the annotations, with more of them.
fn injected_by(revision: &str, more: &str) -> String {
    format!("annotations: {{sidecar.istio.io/status: '{{\"revision\":\"{revision}\"}}'{more}}}")
}

/// What injection writes into the spec.
fn injected(arguments: &str, variables: &str) -> String {
    format!(
        "initContainers: [{{name: istio-init, image: p, args: [istio-iptables, '-m', REDIRECT, '-i', '*', '-x', '' {arguments}]}}, {{name: istio-proxy, image: p, args: [proxy, sidecar], env: [{variables}]}}]"
    )
}

#[test]
fn a_pod_that_was_made_without_a_sidecar_has_none() {
    let labelled = namespace("istio-injection: enabled");
    let pod = running("a: b", "x: y");
    assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &pod], FREE), Allowed);
    // What somebody has written is injected when it is made.
    let written = pod.replace("uid: 0b1f, ", "");
    assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &written], FREE), Blocked);
    // Of a workload and its pods both count, whether its labels are all that are asked for or not.
    for (own, more) in [("x: y", ""), ("version: v1", "version: v1, ")] {
        let deployment = bare(own, "");
        let pod = pod.replace("pod-template-hash", &format!("{more}pod-template-hash"));
        assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &deployment, &pod], FREE), Unknown, "{own}");
        let with_sidecar =
            running("a: b", &injected("", "")).replace("pod-template-hash", &format!("{more}pod-template-hash"));
        assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &deployment, &with_sidecar], FREE), Blocked, "{own}");
    }
    // A namespace whose pods are never injected may have one that somebody has injected by hand.
    let by_hand = running("a: b", &injected("", "")).replace("namespace: shop", "namespace: kube-system");
    assert_eq!(verdict(&[REGISTRY_ONLY, &by_hand], &format!("kube-system,app=cart -> {FREE}")).0, Blocked);
}

#[test]
fn what_has_no_pods_any_more_is_no_client() {
    let open = "annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: '443'}";
    let earlier = format!(
        "{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: cart-1, namespace: shop, ownerReferences: [{{kind: Deployment, name: cart}}]}}, spec: {{replicas: 0, template: {{metadata: {{labels: {{app: cart, pod-template-hash: '1'}}, {open}}}, spec: {{containers: [{{name: c, image: c}}]}}}}}}}}"
    );
    let ended = running("a: b", "hostNetwork: true").replace("Running", "Succeeded");
    let labelled = namespace("istio-injection: enabled");
    let deployment = bare("version: v1", "");
    assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &deployment, &earlier, &ended], FREE), Blocked);
    assert_eq!(
        asked(&[REGISTRY_ONLY, &labelled, &deployment, &earlier.replace("replicas: 0", "replicas: 1")], FREE),
        Unknown
    );
    assert_eq!(asked(&[REGISTRY_ONLY, &labelled, &deployment, &ended.replace("Succeeded", "Running")], FREE), Unknown);
}

#[test]
fn what_is_in_force_in_a_pod_is_what_it_was_injected_with() {
    let status = injected_by("default", "");
    let excludes = injector("", r#"{"global": {"proxy": {"excludeOutboundPorts": "443"}}}"#);
    let annotated = injected_by("default", ", traffic.sidecar.istio.io/excludeOutboundPorts: '443'");
    let nothing = String::new();
    let none = "initContainers: [{name: istio-proxy, image: p, args: [proxy, sidecar], env: [{name: ISTIO_META_INTERCEPTION_MODE, value: NONE}]}]".to_owned();
    let rows = [
        (&status, injected("", ""), &excludes, Blocked),
        (&annotated, injected("", ""), &nothing, Blocked),
        (&status, injected(", '-o', '443'", ""), &nothing, Allowed),
        (&status, injected(", '-o=443'", ""), &nothing, Allowed),
        // Of a flag that is repeated the last one counts.
        (&status, injected(", '-o', '443', '-o', '25'", ""), &nothing, Blocked),
        (&status, injected(", '-o', '25', '--istio-local-outbound-ports-exclude=443'", ""), &nothing, Allowed),
        (&status, injected(", '-c', eth1", ""), &nothing, Unknown),
        (&status, injected("", "{name: ISTIO_OUTBOUND_OWNER_GROUPS, value: java}"), &nothing, Unknown),
        (&status, injected("", "").replace("'-i', '*', ", ""), &nothing, Allowed),
        (&status, none.clone(), &nothing, Allowed),
        (&status, none.replace("NONE", "REDIRECT"), &nothing, Unknown),
    ];
    for (metadata, spec, control_plane, expected) in rows {
        let pod = running(metadata, &spec);
        let mut documents = vec![REGISTRY_ONLY, &pod];
        documents.extend(Some(control_plane.as_str()).filter(|text| !text.is_empty()));
        assert_eq!(asked(&documents, FREE), expected, "{metadata} | {spec} | {control_plane}");
    }
}

#[test]
fn a_sidecar_answers_dns_as_it_was_started() {
    const NAME: &str = "tcp://other.example.com:9444";
    let mesh = REGISTRY_ONLY.replace(
        "'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'",
        "'{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}}'",
    );
    let config = |capture: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: c, namespace: shop}}, spec: {{selector: {{matchLabels: {{app: cart}}}}, environmentVariables: {{ISTIO_META_DNS_CAPTURE: '{capture}'}}}}}}"
        )
    };
    let on = "{name: ISTIO_META_DNS_CAPTURE, value: 'true'}";
    let rows = [
        (&mesh, config("true"), "", Diverted),
        (&mesh, config("false"), on, Blocked),
        // istiod refuses a proxy that says such a thing.
        (&mesh, config("true"), "{name: ISTIO_META_DNS_CAPTURE, value: 'yes'}", Unknown),
    ];
    for (mesh, config, variables, expected) in rows {
        let pod = running(&injected_by("default", ""), &injected("", variables));
        assert_eq!(asked(&[mesh, &config, &pod, ENTRY], NAME), expected, "{config} | {variables}");
    }
    // A proxy reads its annotation again whenever it is started again.
    let later = injected_by("default", ", proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}'");
    let pod = running(&later, &injected("", ""));
    assert_eq!(asked(&[REGISTRY_ONLY, &pod, ENTRY], NAME), Unknown);
}

#[test]
fn the_revision_that_injected_a_pod_configures_it_until_it_is_made_again() {
    let open = CANARY.replace("outboundTrafficPolicy: {mode: REGISTRY_ONLY}", "{}");
    let moved = namespace("istio.io/rev: canary");
    let of = |revision: &str| running(&injected_by(revision, ""), &injected("", ""));
    assert_eq!(asked(&[REGISTRY_ONLY, &open, &moved, &of("default")], FREE), Blocked);
    assert_eq!(asked(&[REGISTRY_ONLY, &open, &moved, &of("canary")], FREE), Allowed);
    assert_eq!(asked(&[REGISTRY_ONLY, &open, &moved, &bare("x: y", "")], FREE), Allowed);
}

#[test]
fn templates_that_redirect_nothing_capture_nothing_and_others_are_not_followed() {
    let rows = [
        ("sidecar", Blocked),
        ("grpc-agent", Allowed),
        ("grpc-simple", Allowed),
        ("'sidecar,custom'", Unknown),
        ("custom", Unknown),
        ("'sidecar,grpc-agent'", Unknown),
    ];
    for (templates, expected) in rows {
        let pods = annotated(&format!("inject.istio.io/templates: {templates}"));
        assert_eq!(asked(&[REGISTRY_ONLY, &pods], FREE), expected, "{templates}");
    }
}

/// `RunTemplate` of Istio's `pkg/kube/inject/webhook.go`, and `istiod-injector-configmap.yaml` of its chart.
#[test]
fn own_templates_that_documents_give_are_for_the_pods_that_name_them() {
    let spire = "spec: {containers: [{name: istio-proxy, volumeMounts: [{name: s, mountPath: /s}]}], volumes: [{name: s, csi: {driver: csi.spiffe.io}}]}";
    let installed = |values: &str| {
        format!(
            "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {{name: i, namespace: istio-system}}, spec: {{values: {{sidecarInjectorWebhook: {{{values}}}}}}}}}"
        )
    };
    let given = |name: &str, text: &str| installed(&format!("templates: {{{name}: '{text}'}}"));
    let named = annotated("inject.istio.io/templates: 'sidecar,spire'");
    let unnamed = annotated("a: b");
    let of = |documents: &[&str]| asked(&[&[REGISTRY_ONLY], documents].concat(), FREE);
    assert_eq!(of(&[&given("spire", spire), &named]), Blocked);
    assert_eq!(of(&[&given("spire", spire), &unnamed]), Blocked);
    assert_eq!(of(&[&installed("defaultTemplates: [sidecar]"), &unnamed]), Blocked);
    // Nobody gives this one; one without the sidecar redirects nothing, or it may.
    assert_eq!(of(&[&given("other", spire), &named]), Unknown);
    assert_eq!(of(&[&given("spire", spire), &annotated("inject.istio.io/templates: spire")]), Unknown);
    assert_eq!(
        of(&[&given("spire", spire), &annotated("inject.istio.io/templates: 'sidecar,spire,grpc-agent'")]),
        Unknown
    );
    for changed in [
        "{{ if .X }}spec: {}{{ end }}",
        "spec: {initContainers: [{name: istio-init, args: [-o, \"443\"]}]}",
        "spec: {containers: [{name: istio-proxy, env: [{name: ISTIO_META_DNS_CAPTURE, value: \"true\"}]}]}",
        "spec: {containers: [{name: istio-proxy, securityContext: {runAsUser: 0}}]}",
        "spec: {containers: [{name: other, image: x}]}",
        "spec: {hostNetwork: true}",
        "metadata: {labels: {app: other}}",
        "[",
    ] {
        assert_eq!(of(&[&given("spire", changed), &named]), Unknown, "{changed}");
        assert_eq!(of(&[&given("spire", changed), &unnamed]), Blocked, "{changed}");
    }
    // In the place of the chart's, and by default, they are for every pod.
    assert_eq!(of(&[&given("sidecar", spire), &unnamed]), Unknown);
    assert_eq!(of(&[&installed("defaultTemplates: [sidecar, spire]"), &unnamed]), Unknown);
}

#[test]
fn variables_that_are_not_followed_are_seen_wherever_they_are_set() {
    let of_mesh = REGISTRY_ONLY.replace(
        "'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'",
        "'{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, defaultConfig: {proxyMetadata: {DISABLE_ENVOY: \"true\"}}}'",
    );
    let config = |namespace: &str, selector: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: c, namespace: {namespace}}}, spec: {{{selector}environmentVariables: {{ISTIO_OUTBOUND_OWNER_GROUPS: java}}}}}}"
        )
    };
    let pods = annotated("a: b");
    let running = running(&injected_by("default", ""), &injected("", ""));
    let rows = [
        (vec![of_mesh.clone(), pods.clone()], Unknown),
        (vec![REGISTRY_ONLY.to_owned(), pods.clone(), config("shop", "")], Unknown),
        (vec![REGISTRY_ONLY.to_owned(), pods.clone(), config("istio-system", "")], Unknown),
        (vec![REGISTRY_ONLY.to_owned(), pods.clone(), config("other", "")], Blocked),
        (
            vec![REGISTRY_ONLY.to_owned(), pods.clone(), config("shop", "selector: {matchLabels: {app: other}}, ")],
            Blocked,
        ),
        // Such a pod was started without them.
        (vec![of_mesh.clone(), running.clone(), config("shop", "")], Blocked),
    ];
    for (documents, expected) in rows {
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        assert_eq!(asked(&documents, FREE), expected, "{documents:#?}");
    }
}

#[test]
fn a_note_names_the_setting_by_which_a_connection_is_not_captured() {
    let values = injector("", r#"{"global": {"proxy": {"includeIPRanges": "10.0.0.0/8"}}}"#);
    let query = "shop,app=cart -> tcp://203.0.113.5:443";
    let rows = [
        (values, "`global.proxy.includeIPRanges: 10.0.0.0/8` of the injector's values"),
        (
            annotated("traffic.sidecar.istio.io/excludeOutboundPorts: '443'"),
            "`traffic.sidecar.istio.io/excludeOutboundPorts: 443` of the pod",
        ),
        (
            annotated("proxy.istio.io/config: 'interceptionMode: NONE'"),
            "`proxy.istio.io/config: interceptionMode: NONE` of the pod",
        ),
        (running("a: b", &injected(", '-o', '443'", "")), "argument `-o 443` of `istio-init`"),
    ];
    for (document, setting) in rows {
        let notes = super::data_plane::notes(&[REGISTRY_ONLY, &document], query);
        let expected = format!("the client's sidecar does not capture the connection, because of {setting}");
        assert!(notes.contains(&expected), "{notes:#?}");
    }
}
