//! `OpenShift` Service Mesh 2: its control plane has rules of its own, so that results are unknown.

use egressc_core::api::Verdict;

use super::data_plane::{REGISTRY_ONLY, pods, verdict};
use crate::ask::{checked, texts};

const QUESTION: &str = "shop,app=cart -> https://free.example.org";

#[test]
fn a_mesh_of_openshift_2_is_not_answered_by_the_rules_of_istio() {
    let of_group = |kind: &str| {
        format!(
            "{{apiVersion: maistra.io/v2, kind: {kind}, metadata: {{name: basic, namespace: istio-system}}, spec: {{members: [shop]}}}}"
        )
    };
    let member =
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {maistra.io/member-of: istio-system}}}";
    let rows = [
        (of_group("ServiceMeshControlPlane"), "ServiceMeshControlPlane `basic`"),
        (of_group("ServiceMeshMemberRoll"), "ServiceMeshMemberRoll `basic`"),
        (of_group("ServiceMeshMember"), "ServiceMeshMember `basic`"),
        (member.to_owned(), "label `maistra.io/member-of` of namespace `shop`"),
    ];
    // The pods ask by an annotation, which Istio reads only where a webhook has selected them by labels.
    let by_annotation =
        pods("annotations: {sidecar.istio.io/inject: 'true'}", "").replace(", sidecar.istio.io/inject: 'true'}", "}");
    for (document, shown) in rows {
        for workload in [&by_annotation, &pods("", "")] {
            let (found, reasons) = verdict(&[REGISTRY_ONLY, &document, workload], QUESTION);
            assert_eq!(found, Verdict::Unknown, "{document}");
            assert!(reasons[0].contains("OpenShift Service Mesh 2") && reasons[0].contains(shown), "{reasons:?}");
        }
        let said = checked(texts(&[REGISTRY_ONLY, &document, &by_annotation])).diagnostics;
        let said: Vec<_> = said.iter().filter(|each| each.code == "EGR0314").collect();
        assert!(said.len() == 1 && said[0].message.contains(shown) && said[0].help.is_some(), "{said:?}");
    }
    // Labels of others, and the kinds of version 3, are Istio's.
    let other = member.replace("maistra.io/member-of: istio-system", "maistra.io/other: a");
    let (found, reasons) = verdict(&[REGISTRY_ONLY, &other, &pods("", "")], QUESTION);
    assert_eq!((found, reasons.as_slice()), (Verdict::Blocked, [].as_slice()));
}
