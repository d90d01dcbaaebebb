//! A policy of ASM's kind means the same with the other kind's name.

use super::egress_policy;
use crate::ask::{compiled, texts};
use crate::documents::{A, MESH, documents, http, policy, to};
use crate::said::{slugs, the};

#[test]
fn both_kinds_stand_in_one_set() {
    let ours = egress_policy(A, &to("b.example.org", 80, "HTTP"));
    let both = documents(&[&http(), &ours, MESH]);
    assert_eq!(slugs(&both), [""; 0]);
    let hosts = serde_json::to_string(&compiled(texts(&[&both])).resources).unwrap();
    assert!(hosts.contains("a.example.org") && hosts.contains("b.example.org"), "{hosts}");
    let twice = documents(&[&http(), &ours.replace("name: p,", "name: egress-by-gw,"), MESH]);
    let found = the("duplicate-policy", &twice);
    assert!(found.notes[0].contains("whatever its kind"), "{found:?}");
}

#[test]
fn a_field_of_ours_in_a_policy_of_asm_names_the_kind_to_use() {
    let with = |more: &str| format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {more}}}");
    for (from, to, field) in [
        (A.to_owned(), with("allow: [{methods: [GET]}]"), "allow"),
        (A.to_owned(), with("timeout: 5s"), "timeout"),
        ("{namespace: mytest, serviceAccounts: [a]}".to_owned(), to("a.example.org", 80, "HTTP"), "serviceAccounts"),
    ] {
        let text = documents(&[&policy(&[(&from, &to)]), MESH]);
        let found = the("field-of-egress-policy", &text);
        assert!(found.message.contains(&format!("{field}` is a field of EgressPolicy")), "{found:?}");
        assert!(found.help.unwrap().contains("egressc.dev/v1alpha1"));
        // It is refused and not only left out.
        assert!(compiled(texts(&[&text])).resources.is_empty());
    }
    // What neither kind has stays unknown.
    assert_eq!(slugs(&documents(&[&policy(&[(A, &with("alow: [{methods: [GET]}]"))]), MESH])), ["unknown-field"]);
}

#[test]
fn conventions_of_asm_are_not_for_the_other_kind() {
    let ours = egress_policy(A, &to("b.example.org", 80, "HTTP")).replace("istio-egress", "elsewhere");
    assert_eq!(slugs(&documents(&[&ours, MESH])), [""; 0]);
    let nowhere = ours.replace(", namespace: elsewhere", "");
    assert_eq!(slugs(&documents(&[&nowhere, MESH])), ["policy-namespace"]);
}
