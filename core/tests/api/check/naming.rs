//! Names of policies.

use crate::ask::{checked, texts};
use crate::documents::{MESH, documents, http};
use crate::said::{check, fixed, slugs, the};

#[test]
fn a_name_is_unique_in_its_namespace() {
    assert_eq!(slugs(&documents(&[&http(), &http(), MESH])), ["duplicate-policy"]);
    let unnamed = http().replace(", namespace: istio-egress", "");
    assert_eq!(slugs(&documents(&[&http(), &unnamed, MESH])), ["duplicate-policy"], "istio-egress is taken");
    let elsewhere = http().replace("istio-egress", "team-egress");
    assert_eq!(slugs(&documents(&[&http(), &elsewhere, MESH])), ["policy-namespace"]);
}

#[test]
fn conventions_are_warnings() {
    let text = documents(&[&http().replace("egress-by-gw", "mine").replace("istio-egress", "team"), MESH]);
    assert_eq!(check(&text), ["policy-name @ metadata.name", "policy-namespace @ metadata.namespace"]);
    assert!(checked(texts(&[&text])).ok);
    assert_eq!(slugs(&fixed("policy-name", &text)), ["policy-namespace"]);
    let unnamed = documents(&[&http().replace(", namespace: istio-egress", ""), MESH]);
    assert_eq!(check(&unnamed), ["policy-namespace @ metadata.name"]);
    let taken = documents(&[&http(), &http().replace("egress-by-gw", "mine"), MESH]);
    assert!(the("policy-name", &taken).fix.is_none(), "the right name is taken");
}
