//! What holds for every policy set, over generated ones.

use std::collections::BTreeSet;

use egressc_core::api::{
    CompileRequest, CompileResponse, Format, PositionEncoding, Rendering, Resource, Source, compile,
};
use egressc_core::stages::emit;
use egressc_core::stages::manifest::Object;
use proptest::prelude::*;
use serde_json::Value;

use crate::ask::values;
use crate::generate::{self, objects};

fn compiled(sources: Vec<Source>) -> CompileResponse {
    compile(&CompileRequest {
        sources,
        format: Some(Format::Yaml),
        render: Some(Rendering::Plain),
        position_encoding: PositionEncoding::Utf8,
    })
    .expect("a good call")
}

fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Rules in another order, clients and hosts too: the same meaning.
fn reversed(mut document: Value) -> Value {
    if let Some(rules) = document.pointer_mut("/spec/egressRules").and_then(Value::as_array_mut) {
        rules.reverse();
        for rule in rules {
            for list in ["/from", "/to"] {
                if let Some(items) = rule.pointer_mut(list).and_then(Value::as_array_mut) {
                    items.reverse();
                }
            }
        }
    }
    document
}

fn objects_of(response: &CompileResponse) -> Vec<Value> {
    response.resources.iter().map(|resource| serde_json::to_value(resource).expect("JSON")).collect()
}

/// What a resource is, without what it was made for: names of rules come from the order of hosts.
fn without_origins(response: &CompileResponse) -> Vec<Value> {
    let mut resources = objects_of(response);
    for resource in &mut resources {
        resource["metadata"]["annotations"] = Value::Null;
    }
    resources
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each object is given once here; of one that is given twice the last counts (`decode/given.rs`).
    #[test]
    fn output_does_not_depend_on_the_order_of_documents(documents in generate::documents()) {
        let forwards = compiled(values(&documents));
        let backwards = compiled(documents.iter().rev().map(|document| Source::value("x", document.clone())).collect());
        prop_assert_eq!(forwards.ok, backwards.ok);
        prop_assert_eq!(forwards.text, backwards.text);
    }

    #[test]
    fn output_does_not_depend_on_the_order_of_rules(documents in generate::documents()) {
        let forwards = compiled(values(&documents));
        let backwards = compiled(values(&documents.into_iter().map(reversed).collect::<Vec<_>>()));
        prop_assert_eq!(forwards.ok, backwards.ok);
        prop_assert_eq!(without_origins(&forwards), without_origins(&backwards));
    }

    #[test]
    fn one_file_a_list_and_many_files_are_the_same(documents in generate::documents()) {
        let many = compiled(values(&documents));
        let list = compiled(vec![Source::value("list.json", Value::Array(documents.clone()))]);
        let stream = documents.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n");
        let one = compiled(vec![Source::text("all.yaml", stream)]);
        prop_assert_eq!(&many.text, &list.text);
        prop_assert_eq!(&many.text, &one.text);
    }

    #[test]
    fn emitted_text_reads_back_as_the_same_objects(documents in generate::documents()) {
        let response = compiled(values(&documents));
        let text = response.text.clone().unwrap_or_default();
        let read: Vec<Value> = serde_yaml::Deserializer::from_str(&text)
            .map(|document| <Value as serde::Deserialize>::deserialize(document).expect("YAML"))
            .filter(|value| !value.is_null())
            .collect();
        prop_assert_eq!(&read, &objects_of(&response));
        // Maps of JSON values are in alphabetical order.
        prop_assert_eq!(text, emit::yaml(&read).expect("YAML"));
    }

    /// The crown law: what is lowered does what was declared, for every request of the universe.
    #[test]
    fn the_proof_holds_for_every_set_that_passes_the_checks(documents in generate::documents()) {
        let response = compiled(values(&documents));
        let broken: Vec<_> = response.diagnostics.iter().filter(|found| found.code.starts_with("EGR05")).collect();
        prop_assert!(broken.is_empty(), "{:#?}", broken.iter().map(|found| &found.message).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_legal_and_unique(documents in generate::documents()) {
        let response = compiled(values(&documents));
        let mut seen = BTreeSet::new();
        for Object { namespace, name, spec, .. } in response.resources.iter().map(Resource::object) {
            prop_assert!(is_dns_label(name), "{}", name);
            let identity = (spec.kind(), namespace, name);
            prop_assert!(!seen.contains(&identity), "twice: {identity:?}");
            seen.insert(identity);
        }
    }

    #[test]
    fn every_diagnostic_is_registered_and_placed(documents in generate::documents()) {
        let text = serde_json::to_string_pretty(&Value::Array(documents.clone())).expect("JSON");
        let response = compiled(vec![Source::text("é.json", format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":{text}}}"))]);
        for diagnostic in &response.diagnostics {
            prop_assert!(egressc_core::stages::diagnostic::codes::find(&diagnostic.code).is_some());
            prop_assert!(!diagnostic.labels.is_empty(), "{} has no place", diagnostic.code);
            for label in &diagnostic.labels {
                prop_assert!(label.start <= label.end);
                prop_assert!(label.path.is_some(), "{} points outside of documents", diagnostic.code);
            }
            let texts = [&diagnostic.message].into_iter().chain(&diagnostic.notes).chain(&diagnostic.help);
            for text in texts {
                prop_assert!(!text.contains('\n'));
            }
        }
        prop_assert_eq!(response.ok, !response.resources.is_empty());
    }

    /// Objects for other hosts, other namespaces and other pods.
    #[test]
    fn an_unrelated_object_changes_nothing(documents in generate::documents(), unrelated in objects::unrelated()) {
        let alone = compiled(values(&documents));
        let with: Vec<Value> = documents.iter().chain(&unrelated).cloned().collect();
        let beside = compiled(values(&with));
        prop_assert_eq!(alone.ok, beside.ok, "{:#?}", beside.diagnostics);
        prop_assert_eq!(alone.text, beside.text);
        // All that they do is open the hosts that they are for.
        let others = beside.diagnostics.into_iter().filter(|found| found.code != "EGR0605");
        prop_assert_eq!(alone.diagnostics, others.collect::<Vec<_>>());
    }

    /// Whatever they are, they can only refuse, and change nothing of what is written.
    #[test]
    fn objects_of_the_users_own_never_save_a_compile(documents in generate::documents(), own in objects::own_objects()) {
        let alone = compiled(values(&documents));
        // Of an object that is given twice the last one counts, so that the order matters.
        let own = objects::distinct(own);
        let with: Vec<Value> = documents.iter().chain(&own).cloned().collect();
        let beside = compiled(values(&with));
        prop_assert!(alone.ok || !beside.ok);
        if beside.ok {
            prop_assert_eq!(&alone.text, &beside.text);
        }
        let backwards = compiled(with.iter().rev().map(|document| Source::value("x", document.clone())).collect());
        prop_assert_eq!(beside.ok, backwards.ok);
        prop_assert_eq!(beside.text, backwards.text);
    }

    /// More rules: every object that was there stays under its name, unless the new set is refused.
    #[test]
    fn one_more_rule_renames_nothing(documents in generate::documents()) {
        let mut fewer = documents.clone();
        let rules = fewer.last_mut().and_then(|policy| policy.pointer_mut("/spec/egressRules")).and_then(Value::as_array_mut);
        let enough = rules.is_some_and(|rules| rules.pop().is_some() && !rules.is_empty());
        let (before, after) = (compiled(values(&fewer)), compiled(values(&documents)));
        if enough && before.ok && after.ok {
            let names = |response: &CompileResponse| -> BTreeSet<String> {
                response.resources.iter().map(|resource| format!("{} {}", resource.kind(), resource.name())).collect()
            };
            let lost: Vec<_> = names(&before).difference(&names(&after)).cloned().collect();
            prop_assert!(lost.is_empty(), "{:?}", lost);
        }
    }
}

#[test]
fn generated_sets_are_mostly_right() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let right = (0..200)
        .filter(|_| {
            let documents = generate::documents().new_tree(&mut runner).expect("a tree").current();
            compiled(values(&documents)).ok
        })
        .count();
    // Laws over sets that are all refused would say nothing.
    assert!(right > 60, "{right} of 200 compile");
}
