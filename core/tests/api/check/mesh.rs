//! What a policy set needs of its mesh.

use crate::ask::{checked, texts};
use crate::documents::{MESH, documents, gateways, http, service};
use crate::said::{check, slugs};

#[test]
fn a_known_mesh_and_a_plain_policy_need_no_word() {
    assert_eq!(check(&documents(&[&http(), MESH])), [""; 0]);
    assert!(checked(texts(&[&documents(&[&http(), MESH])])).ok);
}

#[test]
fn one_mesh_has_one_environment() {
    assert_eq!(slugs(&documents(&[&http(), MESH, MESH, MESH])), ["two-environments", "two-environments"]);
}

#[test]
fn what_sidecars_do_with_unknown_hosts_is_said_or_assumed_aloud() {
    let assumed = |text: &str| {
        checked(texts(&[text])).diagnostics.iter().filter(|each| each.slug == "registry-only-assumed").count()
    };
    let facts = service("gw", "istio-system", "ports: [{port: 80}]");
    assert_eq!(assumed(&http()), 1);
    assert_eq!(assumed(&documents(&[&http(), &facts])), 1, "a Service does not say");
    assert_eq!(assumed(&documents(&[&http(), &gateways("{name: gw}")])), 1, "a MeshEnvironment need not say");
    assert_eq!(assumed(&documents(&[&http(), MESH])), 0);
    let second = http().replace("egress-by-gw", "other");
    assert_eq!(assumed(&documents(&[&http(), &second])), 1, "once for a mesh");
}

#[test]
fn allow_any_is_refused_where_it_is_said() {
    let text = documents(&[&http(), &MESH.replace("REGISTRY_ONLY", "ALLOW_ANY")]);
    assert_eq!(check(&text), ["allow-any @ spec.outboundTrafficPolicy"]);
    assert!(!checked(texts(&[&text])).ok);
}
