//! The webhooks of the injector, as a dump of a cluster has them: they decide which pods come to the injector, and not the values
//! from which they are rendered (`mutatingwebhook.yaml` of istiod's chart).

use egressc_core::api::Verdict::{Allowed, Blocked, Unknown};

use super::data_plane::{REGISTRY_ONLY, asked, bare, namespace, verdict};

const FREE: &str = "https://free.example.org";
const PODS: &str = "rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]";

fn configuration(name: &str, labels: &str, webhooks: &[String]) -> String {
    format!(
        "{{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {{name: {name}, labels: {{{labels}}}}}, webhooks: [{}]}}",
        webhooks.join(", ")
    )
}

fn webhook(selectors: &str) -> String {
    format!(
        "{{name: namespace.sidecar-injector.istio.io, clientConfig: {{service: {{name: istiod, namespace: istio-system}}}}, {selectors}, {PODS}}}"
    )
}

/// The configuration of the default revision.
fn of_default(selectors: &str) -> String {
    configuration("istio-sidecar-injector", "istio.io/rev: default", &[webhook(selectors)])
}

const AUTO: &str = "namespaceSelector: {matchExpressions: [{key: istio-injection, operator: DoesNotExist}, {key: istio.io/rev, operator: DoesNotExist}, {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}, objectSelector: {matchExpressions: [{key: sidecar.istio.io/inject, operator: DoesNotExist}, {key: istio.io/rev, operator: DoesNotExist}]}";
const USUAL: &str = "namespaceSelector: {matchExpressions: [{key: istio-injection, operator: In, values: [enabled]}]}, objectSelector: {matchExpressions: [{key: sidecar.istio.io/inject, operator: NotIn, values: ['false']}]}";
const OWN: &str = "namespaceSelector: {matchLabels: {mesh: 'on'}}, objectSelector: {}";

#[test]
fn the_webhooks_that_are_given_decide() {
    let by_default = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-sidecar-injector, namespace: istio-system}, data: {values: '{sidecarInjectorWebhook: {enableNamespacesByDefault: true}}'}}";
    let rows = [
        (USUAL, "istio-injection: enabled", "x: y", Blocked),
        (OWN, "istio-injection: enabled", "x: y", Allowed),
        (OWN, "mesh: 'on'", "x: y", Blocked),
        (OWN, "istio-injection: disabled, mesh: 'on'", "x: y", Blocked),
        (OWN, "mesh: 'on'", "sidecar.istio.io/inject: 'false'", Allowed),
        (AUTO, "a: b", "x: y", Blocked),
        (AUTO, "a: b", "sidecar.istio.io/inject: 'yes'", Allowed),
        (AUTO, "istio-injection: enabled", "x: y", Allowed),
        (USUAL, "a: b", "sidecar.istio.io/inject: 'true'", Allowed),
        // Without a selector they are for everything.
        ("failurePolicy: Fail", "a: b", "x: y", Blocked),
        ("objectSelector: {matchLabels: {app: cart}}", "a: b", "x: y", Blocked),
        ("objectSelector: {matchLabels: {app: other}}", "istio-injection: enabled", "x: y", Allowed),
        // A label that the controller adds, and what is no selector.
        (
            "objectSelector: {matchExpressions: [{key: pod-template-hash, operator: In, values: ['1']}]}",
            "a: b",
            "x: y",
            Unknown,
        ),
        ("matchConditions: [{name: c, expression: 'false'}]", "a: b", "x: y", Unknown),
        ("matchConditions: [{name: c, expression: 'false'}]", "a: b", "sidecar.istio.io/inject: 'false'", Allowed),
        ("namespaceSelector: {matchExpressions: [{key: a, operator: Is}]}", "a: b", "x: y", Unknown),
    ];
    for (selectors, of_namespace, of_pod, expected) in rows {
        let documents = [REGISTRY_ONLY, &namespace(of_namespace), &bare(of_pod, ""), &of_default(selectors)];
        assert_eq!(asked(&documents, FREE), expected, "{selectors} | {of_namespace} | {of_pod}");
    }
    let plain = bare("x: y", "");
    let own = namespace("a: b");
    assert_eq!(asked(&[REGISTRY_ONLY, by_default, &own, &plain], FREE), Blocked);
    assert_eq!(asked(&[REGISTRY_ONLY, by_default, &own, &plain, &of_default(USUAL)], FREE), Allowed);
    // The answer names the webhook.
    let documents = [REGISTRY_ONLY, &own, &plain, &of_default("matchConditions: [{name: c, expression: 'false'}]")];
    let (_, why) = verdict(&documents, &format!("shop,app=cart -> {FREE}"));
    assert_eq!(
        why,
        [
            "webhook `namespace.sidecar-injector.istio.io` of MutatingWebhookConfiguration `istio-sidecar-injector` may change what the client's sidecar captures"
        ]
    );
}

#[test]
fn they_decide_about_pods_that_no_document_has() {
    let rows = [
        (USUAL, "istio-injection: enabled", Blocked),
        (OWN, "istio-injection: enabled", Allowed),
        (AUTO, "a: b", Blocked),
        (USUAL, "a: b", Allowed),
    ];
    for (selectors, of_namespace, expected) in rows {
        let documents = [REGISTRY_ONLY, &namespace(of_namespace), &of_default(selectors)];
        assert_eq!(asked(&documents, FREE), expected, "{selectors} | {of_namespace}");
    }
}

#[test]
fn webhooks_that_are_not_given_are_those_of_the_chart() {
    let enabled = namespace("istio-injection: enabled");
    let plain = bare("x: y", "");
    let of_canary = configuration("istio-sidecar-injector-canary", "istio.io/rev: canary", &[webhook(OWN)]);
    assert_eq!(asked(&[REGISTRY_ONLY, &enabled, &plain, &of_canary], FREE), Blocked);
    // Those of a tag say nothing of the revision's own.
    let of_tag = configuration("istio-revision-tag-prod", "istio.io/rev: default, istio.io/tag: prod", &[webhook(OWN)]);
    assert_eq!(asked(&[REGISTRY_ONLY, &enabled, &plain, &of_tag], FREE), Blocked);
    // Webhooks of other programs, and those that are for other objects, select no pod for the injector.
    let other = of_default(AUTO).replace("istio", "other");
    assert_eq!(asked(&[REGISTRY_ONLY, &namespace("a: b"), &plain, &other], FREE), Allowed);
    let of_jobs = of_default(AUTO).replace("resources: [pods]", "resources: [jobs]");
    assert_eq!(asked(&[REGISTRY_ONLY, &namespace("a: b"), &plain, &of_jobs], FREE), Allowed);
    // Beside those of a tag there may be others of the revision of that name.
    let same =
        configuration("istio-revision-tag-default", "istio.io/rev: default, istio.io/tag: default", &[webhook(OWN)]);
    assert_eq!(asked(&[REGISTRY_ONLY, &enabled, &plain, &same], FREE), Blocked);
    // The tag `default` stands for a revision, and its webhooks decide.
    let default =
        configuration("istio-revision-tag-default", "istio.io/rev: canary, istio.io/tag: default", &[webhook(USUAL)]);
    let canary = REGISTRY_ONLY.replace("name: istio,", "name: istio-canary,");
    assert_eq!(asked(&[&canary, &enabled, &plain, &default], FREE), Blocked);
    let own = default.replace(
        "matchExpressions: [{key: istio-injection, operator: In, values: [enabled]}]",
        "matchLabels: {mesh: 'on'}",
    );
    assert_eq!(asked(&[&canary, &enabled, &plain, &own], FREE), Allowed);
}
