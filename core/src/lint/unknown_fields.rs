//! Fields of Istio's own kinds that Istio does not know, so that they have no effect.

use super::within::within;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{UnknownField, unknown_fields};
use crate::syntax::{Document, Node};

/// EGR0617.
pub(crate) fn report_unknown_fields(documents: &[Document], report: &mut Report) {
    for document in documents {
        let items = document.root.given("items").map(Node::items).unwrap_or_default();
        for root in items.iter().chain([&document.root]) {
            let kind = root.given("kind").and_then(Node::text).unwrap_or_default();
            let name = root.given("metadata").and_then(|metadata| metadata.given("name")).map(|name| name.span);
            let found = unknown_fields(root);
            report.extend(found.iter().filter_map(|field| Some(within(diagnostic(kind, field)?, root, name))));
        }
    }
}

fn diagnostic(kind: &str, field: &UnknownField) -> Option<Diagnostic> {
    let UnknownField { name, of, near, span } = field;
    let message = format!("`{name}` is not a field of `{of}` in a {kind}");
    let found = Diagnostic::new(&codes::FIELD_NOT_OF_ISTIO, (*span)?, message).note(
        "the API server drops the field, and the object does what it does without it; `kubectl apply` refuses it",
    );
    Some(match near {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help("remove the field"),
    })
}
