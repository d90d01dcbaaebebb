//! Holds a tree against a [`Shape`] and says everything that is wrong with it at once.

use super::shape::{Beside, Field, Need, Others, Shape, Text};
use super::{Date, duration, http_text, name_rules};
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};

/// Reports every way in which `node` is not of `shape`.
///
/// `path` is the field path of `node`, for messages: `spec.egressRules[0]`.
pub(super) fn conform(node: &Node, shape: &Shape, path: &str, report: &mut Report) {
    match shape {
        Shape::Any => {}
        Shape::Object { fields, others } => match &node.kind {
            NodeKind::Map(entries) => object(node, entries, fields, *others, path, report),
            _ => wrong_type(node, "a map", path, report),
        },
        Shape::List { item, min, max } => match &node.kind {
            NodeKind::List(items) => {
                length(node.span, items.len(), *min, *max, path, report);
                for (index, each) in items.iter().enumerate() {
                    conform(each, item, &format!("{path}[{index}]"), report);
                }
            }
            NodeKind::Null if *min > 0 => length(node.span, 0, *min, *max, path, report),
            _ => wrong_type(node, "a list", path, report),
        },
        Shape::Labels => match &node.kind {
            NodeKind::Map(entries) => labels(entries, path, report),
            _ => wrong_type(node, "a map of label names to values", path, report),
        },
        Shape::Selector => selector(node, path, report),
        Shape::Headers => match &node.kind {
            NodeKind::Map(entries) => headers(entries, path, report),
            _ => wrong_type(node, "a map of header names to values", path, report),
        },
        Shape::Text(rule) => match &node.kind {
            NodeKind::Text(text) => check_text(node.span, text, *rule, path, report),
            _ => not_text(node, path, report),
        },
        Shape::Choice(choices) => match &node.kind {
            NodeKind::Text(text) => choice(node.span, text, choices, path, report),
            _ => not_text(node, path, report),
        },
        Shape::Port => match node.kind {
            NodeKind::Integer(number) => port(node.span, number, path, report),
            _ if node.text().is_some_and(is_port_range) => port_range(node, path, report),
            _ => not_quoted(node, "a port number", is_port, path, report),
        },
        Shape::Number { min, max } => match node.kind {
            NodeKind::Integer(found) if found < *min || found > *max => report.push(
                Diagnostic::new(&codes::OUT_OF_RANGE, node.span, format!("`{path}` must not be {found}"))
                    .help(format!("it is a number from {min} to {max}")),
            ),
            NodeKind::Integer(_) => {}
            _ => not_quoted(node, "a whole number", |text| text.parse::<i64>().is_ok(), path, report),
        },
        Shape::PortOrName => match &node.kind {
            NodeKind::Integer(number) => port(node.span, *number, path, report),
            NodeKind::Text(_) => {}
            _ => wrong_type(node, "a port number or a port name", path, report),
        },
        Shape::Bool => match node.kind {
            NodeKind::Bool(_) => {}
            _ => not_quoted(node, "`true` or `false`", is_flag, path, report),
        },
    }
}

fn object(node: &Node, entries: &[Entry], fields: &[Field], others: Others, path: &str, report: &mut Report) {
    for field in fields {
        // Kubernetes drops nulls before it looks at a value, so a null is a missing field.
        // Not for what restricts: an author who wrote the key meant to narrow, and nothing narrows nothing.
        let given =
            |field: &Field| node.get(field.name).filter(|value| value.kind != NodeKind::Null || narrows(&field.shape));
        let value = given(field);
        let is_meant = |name: &str| {
            others.are_refused() && entries.iter().any(|entry| meant(entry, entries, fields) == Some(name))
        };
        match (value, field.need) {
            (Some(value), _) => conform(value, &field.shape, &join(path, field.name), report),
            (None, Need::Optional) => {}
            // That the one is unknown says it, with an edit that gives the other.
            (None, Need::Required) if is_meant(field.name) => {}
            (None, Need::Required) => report.push(missing(node, entries, field, path)),
            (None, Need::Either(other)) => {
                // The first of the two says it.
                let is_first = fields.iter().find(|each| [field.name, other].contains(&each.name));
                let is_first = is_first.is_some_and(|first| first.name == field.name);
                let other_is_given = fields.iter().any(|each| each.name == other && given(each).is_some());
                if is_first && !other_is_given && !is_meant(field.name) && !is_meant(other) {
                    report
                        .push(missing(node, entries, field, path).help(format!("write `{}` or `{other}`", field.name)));
                }
            }
        }
    }
    for entry in entries.iter().filter(|entry| !fields.iter().any(|field| field.name == &*entry.key)) {
        match others {
            Others::Ignored => {}
            Others::OfAnother(beside) if beside.fields.iter().any(|field| field.name == &*entry.key) => {
                of_another_kind(entry, beside, path, report);
            }
            Others::Refused | Others::OfAnother(_) => unknown_field(entry, entries, fields, path, report),
        }
    }
}

fn missing(node: &Node, entries: &[Entry], field: &Field, path: &str) -> Diagnostic {
    let written = entries.iter().find(|entry| &*entry.key == field.name);
    let place = written.map_or_else(|| head(node), |entry| entry.key_span);
    Diagnostic::new(&codes::MISSING_FIELD, place, format!("`{}` is missing", join(path, field.name)))
        .note(clause(field.doc))
}

/// Whether a field restricts something, so that an empty one is a mistake.
fn narrows(shape: &Shape) -> bool {
    matches!(shape, Shape::Selector | Shape::Headers | Shape::List { min: 1.., .. })
}

/// The first sentence of a field's documentation, as the clause that notes are.
fn clause(doc: &str) -> String {
    let sentence = doc.split_once(". ").map_or(doc, |(first, _)| first).trim_end_matches('.');
    let mut chars = sentence.chars();
    match (chars.next(), chars.clone().next()) {
        // Not of a name in capitals, as `API version`.
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => sentence.to_owned(),
    }
}

/// Where to point at for a map that lacks something: its first key, not its whole text.
fn head(node: &Node) -> Span {
    node.entries().first().map_or(node.span, |entry| entry.key_span)
}

/// The field that an unknown one is a slip for. One that is there already was not meant, and renaming this would make two
/// of it.
fn meant(entry: &Entry, siblings: &[Entry], fields: &[Field]) -> Option<&'static str> {
    let is_known = |name: &str| fields.iter().any(|field| field.name == name);
    let names = fields.iter().map(|field| field.name).filter(|name| !siblings.iter().any(|other| &*other.key == *name));
    if is_known(&entry.key) { None } else { name_rules::nearest(&entry.key, names) }
}

fn unknown_field(entry: &Entry, siblings: &[Entry], fields: &[Field], path: &str, report: &mut Report) {
    let found = Diagnostic::new(
        &codes::UNKNOWN_FIELD,
        entry.key_span,
        format!("unknown field `{}`", join(path, &shown(&entry.key))),
    );
    report.push(if let Some(name) = meant(entry, siblings, fields) {
        found.help(format!("did you mean `{name}`?")).fix(format!("rename it to `{name}`"), entry.key_span, name)
    } else {
        let known = fields.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ");
        found.help(format!("the known fields here are {known}"))
    });
}

/// A field that only another kind has. It would have no effect in this one, and most of them restrict.
fn of_another_kind(entry: &Entry, beside: &Beside, path: &str, report: &mut Report) {
    report.push(
        Diagnostic::new(
            &codes::FIELD_OF_EGRESS_POLICY,
            entry.key_span,
            format!(
                "`{}` is a field of {}, and ASMEgressTrafficPolicy does not have it",
                join(path, &entry.key),
                beside.kind
            ),
        )
        .note(format!("{} has every field of this kind with the same meaning, and more", beside.kind))
        .help(format!("write `apiVersion: {}` and `kind: {}`, or remove the field", beside.version, beside.kind)),
    );
}

fn length(span: Span, length: usize, min: usize, max: usize, path: &str, report: &mut Report) {
    if length < min {
        report.push(
            Diagnostic::new(&codes::EMPTY_LIST, span, format!("`{path}` is empty")).help("add at least one item"),
        );
    } else if length > max {
        report.push(
            Diagnostic::new(
                &codes::LIST_TOO_LONG,
                span,
                format!("`{path}` has {length} items, and at most {max} are allowed"),
            )
            .help("split the list into several entries"),
        );
    }
}

fn selector(node: &Node, path: &str, report: &mut Report) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => labels(entries, path, report),
        NodeKind::Map(_) | NodeKind::Null => {
            report.push(
                Diagnostic::new(&codes::EMPTY_SELECTOR, node.span, format!("`{path}` has no labels"))
                    .note("an empty selector would select every workload in the namespace, and this is rarely intended")
                    .help("add labels, or remove the field to select the whole namespace"),
            );
        }
        _ => wrong_type(node, "a map of label names to values", path, report),
    }
}

fn labels(entries: &[Entry], path: &str, report: &mut Report) {
    for Entry { key, key_span, value } in entries {
        let wrapper = matches!(&**key, "matchLabels" | "labels") && matches!(value.kind, NodeKind::Map(_));
        if wrapper || &**key == "matchExpressions" {
            report.push(
                Diagnostic::new(&codes::SELECTOR_WRAPPER, *key_span, format!("`{key}` is not allowed in `{path}`"))
                    .note("write the labels directly into it, as in `workloadSelector: {app: sleep-a}`")
                    .help(format!("move the labels up one level and remove `{key}`")),
            );
            continue;
        }
        if !name_rules::is_label_key(key) {
            report.push(
                Diagnostic::new(&codes::BAD_NAME, *key_span, format!("`{}` is not a valid label name", shown(key)))
                    .help("a label name has an optional DNS prefix with a slash, and at most 63 letters, digits, `-`, `_` and `.`"),
            );
        }
        match &value.kind {
            NodeKind::Text(text) if name_rules::is_label_value(text) => {}
            NodeKind::Text(text) => report.push(
                Diagnostic::new(&codes::BAD_NAME, value.span, format!("`{}` is not a valid label value", shown(text)))
                    .help("a label value has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit"),
            ),
            _ => not_text(value, &join(path, key), report),
        }
    }
}

fn headers(entries: &[Entry], path: &str, report: &mut Report) {
    if let Some(first) = entries.first() {
        length(first.key_span, entries.len(), 0, 16, path, report);
    }
    for (at, Entry { key, key_span, value }) in entries.iter().enumerate() {
        check_text(*key_span, key, Text::HeaderName, path, report);
        if entries.iter().take(at).any(|other| other.key.eq_ignore_ascii_case(key)) {
            bad_http(*key_span, key, path, "names of headers are equal in any case, and each is written once", report);
        }
        match &value.kind {
            NodeKind::Text(text) => {
                if let Some(problem) = http_text::value_problem(text) {
                    bad_http(value.span, text, &join(path, key), problem, report);
                }
            }
            _ => not_text(value, &join(path, key), report),
        }
    }
}

fn bad_http(span: Span, text: &str, path: &str, help: &str, report: &mut Report) {
    report.push(
        Diagnostic::new(&codes::BAD_HTTP_TEXT, span, format!("`{}` is not a valid `{path}`", shown(text))).help(help),
    );
}

fn check_text(span: Span, text: &str, rule: Text, path: &str, report: &mut Report) {
    let problem = match rule {
        Text::Method => http_text::method_problem(text),
        Text::Path => http_text::path_problem(text),
        Text::HeaderName => http_text::name_problem(text),
        Text::McpName => http_text::mcp_name_problem(text),
        _ => None,
    };
    if let Some(problem) = problem {
        bad_http(span, text, path, problem, report);
    }
    let (legal, what) = match rule {
        Text::Unread | Text::Method | Text::Path | Text::HeaderName | Text::McpName => (true, ""),
        Text::Duration => (
            duration::nanoseconds(text).is_some_and(|length| length >= 1_000_000 && length % 1_000_000 == 0),
            "a duration of at least a millisecond with a unit, for example `500ms`, `5s` or `1m30s`",
        ),
        Text::Free => (
            text.chars().count() <= 253 && !text.chars().any(char::is_control),
            "printable text of at most 253 characters",
        ),
        Text::Reason => (
            text.chars().count() <= 253 && !text.chars().any(char::is_control) && !text.trim().is_empty(),
            "printable text of 1 to 253 characters that are not all blanks",
        ),
        Text::Date => (
            text.parse::<Date>().is_ok(),
            "a day that exists, written as a year, a month and a day, for example `2027-03-31`",
        ),
        Text::Label => (
            name_rules::is_dns_label(text),
            "at most 63 lower-case letters, digits and `-`, with a letter or digit at the beginning and the end",
        ),
        Text::ObjectName => (
            name_rules::is_object_name(text),
            "at most 253 lower-case letters, digits, `-` and `.`, with a letter or digit at the beginning and the end of each part",
        ),
        Text::Subdomain => (
            name_rules::is_dns_subdomain(text),
            "at most 253 lower-case letters, digits, `-` and `.`, with at most 63 between two `.`, and a letter or digit at the beginning and the end of each part",
        ),
    };
    if !legal {
        report.push(
            Diagnostic::new(&codes::BAD_NAME, span, format!("`{}` is not a valid `{path}`", shown(text)))
                .help(format!("it must be {what}")),
        );
    }
}

fn choice(span: Span, text: &str, choices: &[&str], path: &str, report: &mut Report) {
    if choices.contains(&text) {
        return;
    }
    let found = Diagnostic::new(&codes::UNKNOWN_VALUE, span, format!("`{path}` must not be `{}`", shown(text)));
    report.push(match name_rules::nearest(text, choices.iter().copied()) {
        Some(name) => found.help(format!("did you mean `{name}`?")).fix(format!("write `{name}`"), span, name),
        None => found.help(format!("the allowed values are {}", choices.join(", "))),
    });
}

fn port(span: Span, number: i64, path: &str, report: &mut Report) {
    if !(1..=65535).contains(&number) {
        report.push(
            Diagnostic::new(&codes::OUT_OF_RANGE, span, format!("`{path}` must not be {number}"))
                .help("a port is a number from 1 to 65535; egressc chooses an optional port that is absent"),
        );
    }
}

fn not_text(node: &Node, path: &str, report: &mut Report) {
    match node.kind {
        NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) => report.push(
            Diagnostic::new(
                &codes::WRONG_TYPE,
                node.span,
                format!("`{path}` must be a string, and this is {}", node.describe()),
            )
            .help("put it in quotes"),
        ),
        _ => wrong_type(node, "a string", path, report),
    }
}

fn wrong_type(node: &Node, expected: &str, path: &str, report: &mut Report) {
    let message = format!("`{path}` must be {expected}, and this is {}", node.describe());
    report.push(Diagnostic::new(&codes::WRONG_TYPE, node.span, message));
}

/// What would be right if it stood there without quotes.
fn not_quoted(node: &Node, expected: &str, is_one: fn(&str) -> bool, path: &str, report: &mut Report) {
    let Some(bare) = node.text().filter(|text| is_one(text)) else { return wrong_type(node, expected, path, report) };
    let message = format!("`{path}` must be {expected}, and this is {}", node.describe());
    report.push(Diagnostic::new(&codes::WRONG_TYPE, node.span, message).help("write it without quotes").fix(
        format!("write `{bare}`"),
        node.span,
        bare,
    ));
}

/// Several ports in one text, as other tools write them. Istio's objects have one number for each port.
fn port_range(node: &Node, path: &str, report: &mut Report) {
    report.push(
        Diagnostic::new(
            &codes::WRONG_TYPE,
            node.span,
            format!("`{path}` must be one port number, and this is a list or a range of ports"),
        )
        .note("Istio has no ranges of ports: each port of each host has objects of its own")
        .help("write one item for each port that is needed"),
    );
}

fn is_port_range(text: &str) -> bool {
    let ends = text.split(['-', ':', ',']).map(str::trim);
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    ends.clone().count() > 1 && ends.into_iter().all(is_number)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

fn is_flag(text: &str) -> bool {
    matches!(text, "true" | "false")
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
