//! What `check` hides: suppressions with a reason and an end, and codes that a `CheckConfiguration` chooses.

use egressc_core::api::{CheckRequest, CheckResponse, Source, check};

use crate::ask::texts;

fn at(day: &str, documents: &[&str]) -> CheckResponse {
    let sources = texts(documents);
    check(&CheckRequest { sources, date: day.parse().ok(), ..CheckRequest::default() }).unwrap()
}

fn codes(response: &CheckResponse) -> Vec<&str> {
    let mut codes: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

fn hidden(response: &CheckResponse) -> Vec<&str> {
    response.suppressed.iter().map(|each| each.diagnostic.code.as_str()).collect()
}

/// EGR0716 about each of two objects, and EGR0713 about the second one.
fn entries(annotation: &str) -> String {
    let entry = |name: &str, metadata: &str, resolution: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: {name}, namespace: shop{metadata}}}\nspec: {{hosts: [{name}.example.com], ports: [{{number: 443, name: tls, protocol: TLS}}], resolution: {resolution}}}\n"
        )
    };
    let annotation = if annotation.is_empty() {
        String::new()
    } else {
        format!(", annotations: {{egressc.dev/ignore: {annotation}}}")
    };
    format!("{}---\n{}", entry("one", "", "DNS"), entry("two", &annotation, "NONE"))
}

fn configuration(spec: &str) -> String {
    format!("apiVersion: egressc.dev/v1alpha1\nkind: CheckConfiguration\nmetadata: {{name: check}}\nspec: {spec}\n")
}

const TODAY: &str = "2026-12-01";

#[test]
fn an_annotation_hides_what_is_said_about_its_object_until_its_day() {
    assert_eq!(codes(&at(TODAY, &[&entries("")])), ["EGR0713", "EGR0716"]);
    let two = entries("\"EGR0713 until 2026-12-01: the partner has one address\"");
    let response = at(TODAY, &[&two]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0716"], vec!["EGR0713"]));
    let row = &response.suppressed[0];
    assert_eq!((row.reason.as_str(), row.until.to_string().as_str()), ("the partner has one address", "2026-12-01"));
    assert_eq!((row.place.start.line, row.diagnostic.labels[0].source.as_str()), (8, row.place.source.as_str()));
    // On the next day it is shown, and so is that it was hidden.
    let response = at("2026-12-02", &[&two]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0713", "EGR0716", "EGR0804"], vec![]));
    // Its name is as good as its code, in any case, and each line is one of them.
    let lines = entries("\"caller-chooses-address until 2027-01-01: a\\n\\n  egr0805   until 2027-01-01 : b\"");
    let response = at(TODAY, &[&lines]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0716", "EGR0803"], vec!["EGR0713"]));
}

#[test]
fn it_hides_nothing_of_another_object() {
    let one = entries("").replace(
        "name: one, namespace: shop",
        "name: one, namespace: shop, annotations: {egressc.dev/ignore: \"EGR0713 until 2027-01-01: x\"}",
    );
    let response = at(TODAY, &[&one]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0713", "EGR0716", "EGR0805"], vec![]));
    // In a list of objects, too.
    let item = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let two = entries("\"EGR0713 until 2027-01-01: x\"");
    let list: String = two.split("---\n").map(item).collect();
    let response = at(TODAY, &[&format!("apiVersion: v1\nkind: List\nitems:\n{list}")]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0716"], vec!["EGR0713"]));
}

#[test]
fn what_cannot_be_read_is_said_and_hides_nothing() {
    for wrong in [
        "EGR0713",
        "EGR0713 until 2027-01-01",
        "'EGR0713 until 2027-01-01:'",
        "\"EGR0713 until 2027-01-01: \"",
        "\"EGR0713: the partner has one address\"",
        "\"EGR0713 until 2027-02-30: x\"",
        "\"EGR0713 until tomorrow: x\"",
        "\"EGR07 until 2027-01-01: x\"",
        "\"EGR9999 until 2027-01-01: x\"",
        "\"EGR0202 until 2027-01-01: it refuses the policies\"",
        "\"EGR0002 until 2027-01-01: it says that something is not shown\"",
        "[EGR0713]",
        "{EGR0713: x}",
        "5",
    ] {
        let response = at(TODAY, &[&entries(wrong)]);
        assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0713", "EGR0716", "EGR0803"], vec![]), "{wrong}");
        assert!(response.ok);
    }
    // Nothing is written, and nothing is hidden.
    assert_eq!(codes(&at(TODAY, &[&entries("\"\"")])), ["EGR0713", "EGR0716"]);
}

#[test]
fn without_a_day_none_is_followed() {
    let two = entries("\"EGR0713 until 2027-01-01: x\\nEGR0713 until 2027-02-01: y\"");
    let response = check(&CheckRequest { sources: texts(&[&two]), ..CheckRequest::default() }).unwrap();
    assert_eq!(codes(&response), ["EGR0713", "EGR0716", "EGR0803"]);
    assert!(
        response.diagnostics.iter().any(|each| each.message.starts_with("2 suppressions are not followed")),
        "{response:?}"
    );
}

#[test]
fn a_configuration_hides_by_kind_namespace_and_name() {
    let rows = |rows: &str| configuration(&format!("{{suppressions: [{rows}]}}"));
    let row = |object: &str| rows(&format!("{{code: EGR0713, {object} reason: x, until: 2027-01-01}}"));
    for object in [
        "",
        "object: {},",
        "object: {kind: ServiceEntry},",
        "object: {namespace: shop},",
        "object: {name: two},",
        "object: {kind: ServiceEntry, namespace: shop, name: two},",
    ] {
        let response = at(TODAY, &[&entries(""), &row(object)]);
        assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0716"], vec!["EGR0713"]), "{object}");
    }
    for object in [
        "object: {kind: VirtualService},",
        "object: {namespace: other},",
        "object: {name: one},",
        "object: {kind: ServiceEntry, namespace: other, name: two},",
    ] {
        let response = at(TODAY, &[&entries(""), &row(object)]);
        assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0713", "EGR0716", "EGR0805"], vec![]), "{object}");
    }
    // A day in quotes is the same one.
    let quoted = rows("{code: EGR0713, reason: x, until: '2027-01-01'}");
    assert_eq!(hidden(&at(TODAY, &[&entries(""), &quoted])), ["EGR0713"]);
    for wrong in [
        "{code: EGR0713, until: 2027-01-01}",
        "{code: EGR0713, reason: x}",
        "{code: EGR0713, reason: '', until: 2027-01-01}",
        "{code: EGR0713, reason: ' ', until: 2027-01-01}",
        "{code: EGR0713, reason: x, until: 2027-13-01}",
    ] {
        let response = at(TODAY, &[&entries(""), &rows(wrong)]);
        assert!(!response.ok && hidden(&response).is_empty(), "{wrong}: {:?}", codes(&response));
    }
}

#[test]
fn a_configuration_chooses_codes() {
    for (spec, expected) in [
        ("{}", &["EGR0713", "EGR0716"][..]),
        ("{ignore: [EGR0716]}", &["EGR0713"]),
        ("{select: [EGR0716]}", &["EGR0716"]),
        ("{select: [EGR07], ignore: [caller-chooses-address]}", &["EGR0716"]),
        ("{select: [EGR04]}", &[]),
    ] {
        assert_eq!(codes(&at(TODAY, &[&entries(""), &configuration(spec)])), expected, "{spec}");
    }
    for spec in ["{ignore: [EGR0101]}", "{ignore: [EGR9]}", "{select: [nonsense]}"] {
        let response = at(TODAY, &[&entries(""), &configuration(spec)]);
        assert!(codes(&response).contains(&"EGR0802") && !response.ok, "{spec}: {:?}", codes(&response));
    }
    let one = configuration("{ignore: [EGR0716]}");
    // Whatever they are called: one of them would replace the other one.
    for name in ["name: other", "name: check"] {
        let other = configuration("{}").replace("name: check", name);
        let response = at(TODAY, &[&one, &other, &entries("")]);
        assert!(codes(&response).contains(&"EGR0801") && !response.ok, "{name}: {:?}", codes(&response));
    }
}

#[test]
fn other_calls_pass_over_a_configuration() {
    let sources = vec![Source::text("egressc.yaml", configuration("{select: [EGR04]}"))];
    let reached = egressc_core::api::reach(&egressc_core::api::ReachRequest { sources, ..Default::default() }).unwrap();
    assert!(reached.ok && reached.diagnostics.is_empty(), "{:?}", reached.diagnostics);
}

#[test]
fn what_is_said_once_for_all_objects_is_not_hidden_for_one_of_them() {
    let annotated = entries("\"EGR0716 until 2027-01-01: x\"");
    let response = at(TODAY, &[&annotated]);
    assert_eq!((codes(&response), hidden(&response)), (vec!["EGR0713", "EGR0716", "EGR0803"], vec![]));
    let row = |object: &str| {
        configuration(&format!("{{suppressions: [{{code: EGR0716, {object} reason: x, until: 2027-01-01}}]}}"))
    };
    let narrow = at(TODAY, &[&entries(""), &row("object: {name: one},")]);
    assert_eq!((codes(&narrow), hidden(&narrow)), (vec!["EGR0713", "EGR0716", "EGR0803"], vec![]));
    let wide = at(TODAY, &[&entries(""), &row("")]);
    assert_eq!((codes(&wide), hidden(&wide)), (vec!["EGR0713"], vec!["EGR0716"]));
}
