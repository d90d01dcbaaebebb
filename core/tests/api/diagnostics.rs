//! What holds for every diagnostic.

use egressc_core::stages::diagnostic::codes;

use crate::ask::{checked, texts, words};
use crate::documents::{MESH, documents, gateways, http, mesh, of_a, policy, service, to};

/// Texts that say as much as possible, and some that try to get control characters into a message.
fn everything() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for code in codes::ALL {
        let blocks = code.page.split("```yaml").skip(1).filter_map(|rest| rest.split("```").next());
        texts.extend(blocks.filter_map(|block| block.split_once('\n')).map(|(_, text)| text.to_owned()));
    }
    texts.push(of_a(&[
        to("db.example.org", 443, "TCP"),
        to("b.example.org", 443, "TCP"),
        to("b.example.org", 443, "HTTP"),
    ]));
    texts
}

/// Texts of a stranger, with line breaks and terminal escapes wherever a text can stand.
fn hostile() -> Vec<String> {
    let evil = r#""a\nb\u001b[31m\u202e""#;
    let text = documents(&[&http(), MESH]);
    let places = [
        "egress-by-gw",
        "istio-egress",
        "{name: gw}",
        "mytest",
        "app: a",
        "a.example.org",
        "HTTP",
        "REGISTRY_ONLY",
        "ASMEgressTrafficPolicy",
        "istio.alibabacloud.com/v1",
        "workloadSelector",
        "MeshEnvironment",
        "prod",
        "egressRules",
    ];
    let mut texts: Vec<String> = places
        .iter()
        .map(|place| match *place {
            "{name: gw}" => text.replacen(place, &format!("{{name: {evil}}}"), 1),
            "app: a" => text.replacen(place, &format!("{evil}: {evil}, {{}}: 1"), 1),
            _ => text.replacen(place, evil, 1),
        })
        .collect();
    let label = format!("{{namespace: mytest, workloadSelector: {{{evil}: [1]}}}}");
    texts.push(policy(&[(&label, &to("a.example.org", 80, "HTTP"))]));
    texts.push(policy(&[(
        &format!("{{namespace: {evil}, workloadSelector: {{app: {evil}}}}}"),
        &to("db.example.org", 443, "TCP"),
    )]));
    texts.push(documents(&[
        &http(),
        &gateways(&format!("{{name: {evil}, service: {evil}}}, {{name: gw, service: {evil}}}")),
    ]));
    texts.push(documents(&[
        &http(),
        &service(evil, evil, &format!("selector: {{istio: gw}}, ports: [{{port: 81, name: {evil}}}]")),
    ]));
    texts.push(documents(&[
        &http(),
        &mesh(&format!("  namespaces: [{{name: istio-system, workloads: [{{name: {evil}, sidecar: true}}]}}]\n")),
    ]));
    texts
}

fn tame(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn every_diagnostic_is_registered_short_and_on_one_line() {
    for text in everything() {
        for found in checked(texts(&[&text])).diagnostics {
            let code = codes::find(&found.code).unwrap_or_else(|| panic!("{} is not registered", found.code));
            assert_eq!((code.slug, code.severity), (found.slug.as_str(), found.severity));
            let all = words(&found);
            assert!(tame(&all), "{all:?}");
            assert!(
                !found.message.is_empty() && !found.message.ends_with('.') && found.message.chars().count() < 200,
                "{}",
                found.message
            );
            // A missing field is explained in the words of its own documentation.
            let notes = found.notes.iter().filter(|_| found.code != codes::MISSING_FIELD.id);
            for said in notes.chain(&found.help) {
                assert!(!said.is_empty() && !said.ends_with('.'), "{said}");
            }
            for place in &found.labels {
                let length = u32::try_from(text.len()).unwrap();
                assert_eq!(place.source, "0.yaml");
                assert!(place.start.offset <= place.end.offset && place.end.offset <= length, "{found:?}");
            }
            // What is missing everywhere can be shown nowhere.
            let nowhere = [
                "no-policy",
                "nothing-about-egress",
                "patch-skipped",
                "too-many-flows",
                "too-many-diagnostics",
                "internal",
            ];
            assert_eq!(found.labels.is_empty(), nowhere.contains(&&*found.slug), "{found:?}");
        }
    }
}

#[test]
fn a_strangers_text_cannot_break_a_line_or_steer_a_terminal() {
    let mut wrong = Vec::new();
    for text in hostile() {
        for found in checked(texts(&[&text])).diagnostics {
            let fix = found.fix.as_ref().map_or("", |fix| &fix.title);
            if !tame(&words(&found)) || !tame(fix) {
                wrong.push(format!("{}: {:?}", found.slug, words(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn diagnostics_stand_in_reading_order_each_once() {
    for text in everything() {
        let found = checked(texts(&[&text])).diagnostics;
        let places: Vec<_> = found.iter().map(|each| each.labels.first().map(|label| label.start.offset)).collect();
        assert!(places.iter().filter(|place| place.is_some()).is_sorted(), "{places:?}");
        for (index, each) in found.iter().enumerate() {
            assert!(!found[..index].contains(each), "{each:?}");
        }
    }
}
