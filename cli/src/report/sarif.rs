use std::collections::BTreeMap;
use std::fmt::Write as _;

use egressc_core::api::{Fix, Place, Severity};
use egressc_core::stages::diagnostic::{Code, codes};
use serde_json::{Value, json};

use super::findings::{Finding, Findings};
use super::json::json as print;
use crate::exit::Failure;
use crate::inputs::identity;
use crate::terminal::printed;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of our fingerprint, with its version. `primaryLocationLineHash` is GitHub's own, which its upload computes.
const FINGERPRINT: &str = "egressc/v1";

/// SARIF 2.1.0: one run, with the rules that it has results of.
pub(crate) fn sarif(findings: &Findings<'_>) -> Result<String, Failure> {
    let found: Vec<Finding<'_>> = findings.all().collect();
    let mut rules: Vec<&Code> = found.iter().filter_map(|finding| codes::find(&finding.diagnostic.code)).collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup();
    let numbers: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(number, code)| (code.id, number)).collect();
    let results: Vec<Value> = found.iter().map(|finding| result(finding, &numbers, findings.first_file())).collect();
    print(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "egressc",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{"executionSuccessful": true}],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "name": code.slug,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": meaning(code)},
        "help": {"text": code.page, "markdown": code.page},
        "defaultConfiguration": {"level": level(code.severity)},
    })
}

/// What the page says first.
fn meaning(code: &Code) -> &'static str {
    let section = code.page.split("\n## ").find_map(|section| section.strip_prefix("What it means\n"));
    section.map_or(code.summary, str::trim)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(finding: &Finding<'_>, rules: &BTreeMap<&str, usize>, first_file: &str) -> Value {
    let diagnostic = finding.diagnostic;
    let mut text = vec![diagnostic.message.clone()];
    text.extend(finding.remarks());
    let mut labels = diagnostic.labels.iter();
    // GitHub refuses the whole report for one result without a file.
    let first = labels
        .next()
        .map_or_else(|| json!({"physicalLocation": {"artifactLocation": {"uri": uri(first_file)}}}), location);
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": level(diagnostic.severity),
        "message": {"text": message(&text.join("\n"))},
        "locations": [first],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
    });
    let mut add = |key: &str, value: Value| {
        if let Some(fields) = result.as_object_mut() {
            fields.insert(key.to_owned(), value);
        }
    };
    if let Some(number) = rules.get(&*diagnostic.code) {
        add("ruleIndex", json!(number));
    }
    let related: Vec<Value> = labels.zip(0_u32..).map(|(label, number)| numbered(location(label), number)).collect();
    if !related.is_empty() {
        add("relatedLocations", json!(related));
    }
    if let Some(object) = finding.object {
        let (kind, namespace, name) = (&object.kind, &object.namespace, &object.name);
        add("properties", json!({"object": {"kind": kind, "namespace": namespace, "name": name}}));
    }
    if let Some(given) = &diagnostic.fix {
        add("fixes", json!([fix(given)]));
    }
    if let Some(hidden) = finding.suppression {
        let of = hidden.diagnostic.labels.first().map(|label| &label.source);
        // The annotation of an object is in its file, and a row of a configuration is in another one.
        let kind = if of == Some(&hidden.place.source) { "inSource" } else { "external" };
        let justification = message(&format!("{} (until {})", hidden.reason, hidden.until));
        add("suppressions", json!([{"kind": kind, "status": "accepted", "justification": justification}]));
    }
    result
}

fn numbered(mut location: Value, number: u32) -> Value {
    if let Some(fields) = location.as_object_mut() {
        fields.insert("id".to_owned(), json!(number));
    }
    location
}

fn location(place: &Place) -> Value {
    let mut location = json!({
        "physicalLocation": {"artifactLocation": {"uri": uri(&place.source)}, "region": region(place)},
    });
    if let Some(fields) = location.as_object_mut() {
        if let Some(field) = place.path.as_ref().filter(|field| !field.is_empty()) {
            fields.insert("logicalLocations".to_owned(), json!([{"fullyQualifiedName": printed(field)}]));
        }
        if !place.message.is_empty() {
            fields.insert("message".to_owned(), json!({"text": message(&place.message)}));
        }
    }
    location
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

fn fix(fix: &Fix) -> Value {
    // What is inserted is not printed but applied, and stays as it is.
    let replacement = json!({"deletedRegion": region(&fix.place), "insertedContent": {"text": fix.replacement}});
    json!({
        "description": {"text": message(&fix.title)},
        "artifactChanges": [{"artifactLocation": {"uri": uri(&fix.place.source)}, "replacements": [replacement]}],
    })
}

/// A text of SARIF, in which `[words](target)` is a link: a document must not bring one.
fn message(text: &str) -> String {
    text.split('\n').map(printed).collect::<Vec<_>>().join("\n").replace("](", "] (")
}

/// A path as a URI: relative, so that it is one of the repository, or of the machine.
fn uri(source: &str) -> String {
    let path = identity(source);
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
