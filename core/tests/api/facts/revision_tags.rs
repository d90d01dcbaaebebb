//! Tags of revisions, wherever they are written.

use egressc_core::api::Verdict::{Allowed, Blocked, Unknown};

use super::data_plane::{asked, bare, namespace};

const FREE: &str = "https://free.example.org";

fn mesh(revision: &str, mode: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio{revision}, namespace: istio-system}}, data: {{mesh: 'outboundTrafficPolicy: {{mode: {mode}}}'}}}}"
    )
}

fn webhooks(tag: &str, revision: &str) -> String {
    format!(
        "{{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {{name: istio-revision-tag-{tag}, labels: {{istio.io/tag: {tag}, istio.io/rev: {revision}}}}}, webhooks: []}}"
    )
}

fn of_sail(tag: &str, target: &str, more: &str) -> String {
    format!(
        "{{apiVersion: sailoperator.io/v1, kind: IstioRevisionTag, metadata: {{name: {tag}}}, spec: {{targetRef: {{{target}}}}}{more}}}"
    )
}

const ISTIO: &str = "{apiVersion: sailoperator.io/v1, kind: Istio, metadata: {name: default}, spec: {version: v1.27.1, updateStrategy: {type: RevisionBased}, values: {meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}}}}";
const VALUES: &str = "{revision: canary, revisionTags: [prod], meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}}";

#[test]
fn a_tag_stands_for_its_revision() {
    let default = mesh("", "REGISTRY_ONLY");
    let canary = mesh("-canary", "ALLOW_ANY");
    let prod = namespace("istio.io/rev: prod");
    let own = namespace("a: b");
    let plain = bare("x: y", "");
    let asks = bare("istio.io/rev: prod", "");
    let tags = [
        webhooks("prod", "canary"),
        of_sail("prod", "kind: IstioRevision, name: canary", ""),
        of_sail("prod", "kind: Istio, name: other", ", status: {istioRevision: canary}"),
    ];
    for tag in &tags {
        assert_eq!(asked(&[&default, &canary, &prod, &plain, tag], FREE), Allowed, "{tag}");
        assert_eq!(asked(&[&default, &canary, &own, &asks, tag], FREE), Allowed, "{tag}");
        assert_eq!(asked(&[&default, &canary, &prod, tag], FREE), Allowed, "of no described workload: {tag}");
        // Other tags say nothing of it.
        let other = tag.replace("prod", "test");
        assert_eq!(asked(&[&default, &canary, &prod, &plain, &other], FREE), Unknown, "{tag}");
    }
    assert_eq!(asked(&[&default, VALUES, &prod, &plain], FREE), Allowed);
    let of_istio = of_sail("prod", "kind: Istio, name: default", "");
    assert_eq!(asked(&[&default, ISTIO, &of_istio, &prod, &plain], FREE), Allowed);
    assert_eq!(asked(&[&default, &of_istio, &prod, &plain], FREE), Unknown);
    // Webhooks of a revision are no tag.
    let revision = webhooks("prod", "canary").replace("istio.io/tag: prod, ", "");
    assert_eq!(asked(&[&default, &canary, &revision, &prod, &plain], FREE), Unknown);
}

#[test]
fn the_tag_default_is_for_namespaces_that_name_no_revision() {
    let canary = mesh("-canary", "REGISTRY_ONLY");
    let tag = webhooks("default", "canary");
    let enabled = namespace("istio-injection: enabled");
    let plain = bare("x: y", "");
    assert_eq!(asked(&[&canary, &tag, &enabled, &plain], FREE), Blocked);
    let wants = bare("sidecar.istio.io/inject: 'true'", "");
    assert_eq!(asked(&[&canary, &tag, &namespace("a: b"), &wants], FREE), Blocked);
    // Which of two webhooks is still there, no document says.
    let default = mesh("", "ALLOW_ANY");
    assert_eq!(asked(&[&default, &canary, &tag, &enabled, &plain], FREE), Unknown);
    // Two documents that contradict each other.
    let prod = namespace("istio.io/rev: prod");
    let both = [webhooks("prod", "canary"), of_sail("prod", "kind: IstioRevision, name: default", "")];
    assert_eq!(asked(&[&default, &canary, &prod, &plain, &both[0], &both[1]], FREE), Unknown);
}
