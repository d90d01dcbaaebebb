//! Objects whose effect the evaluator does not model.

use crate::own_objects::{HTTP, beside, slugs};

#[test]
fn what_is_not_modelled_is_said_where_it_matters() {
    const PATCH: &str = "configPatches: [{applyTo: NETWORK_FILTER, patch: {operation: MERGE, value: {}}}]";
    let filter = |namespace: &str, spec: &str| {
        format!(
            "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: own, namespace: {namespace}}}\nspec: {{{spec}}}\n"
        )
    };
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", PATCH))), ["undecided"]);
    // One without a patch changes nothing.
    assert!(slugs(&beside(HTTP, &filter("mytest", ""))).is_empty());
    let selecting = |app: &str| format!("workloadSelector: {{labels: {{app: {app}}}}}, {PATCH}");
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", &selecting("sleep-a")))), ["undecided"]);
    // It may open the host to those that no policy selects.
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", &selecting("other")))), ["undecided"]);
    assert_eq!(slugs(&beside(HTTP, &filter("other", PATCH))), ["undecided"]);
    // What enters a pod is no way out.
    let patches = |context: &str| {
        format!(
            "configPatches: [{{applyTo: HTTP_FILTER, match: {{context: {context}}}, patch: {{operation: REMOVE}}}}]"
        )
    };
    assert!(slugs(&beside(HTTP, &filter("mytest", &patches("SIDECAR_INBOUND")))).is_empty());
    assert!(slugs(&beside(HTTP, &filter("istio-system", &patches("SIDECAR_INBOUND")))).is_empty());
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", &patches("SIDECAR_OUTBOUND")))), ["undecided"]);
    assert_eq!(slugs(&beside(HTTP, &filter("istio-system", &patches("GATEWAY")))), ["undecided"]);
}
