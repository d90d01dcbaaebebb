//! `CheckConfiguration`: what `check` shows and what it hides, in egressc's own kind.

use super::shape::{Field, METADATA, Shape, Text, list, object, optional, required, some};
use super::{Date, read};
use crate::diagnostic::Severity;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// Far more codes than there are.
const MOST_CODES: usize = 256;

const CODES: Shape = some(&Shape::Text(Text::Unread), MOST_CODES);
const FAIL_ON: &[&str] = &["error", "warning", "info"];

const OBJECT: Shape = object(&[
    optional("kind", Shape::Text(Text::Free), "Kind of the object. If absent, any."),
    optional("namespace", Shape::Text(Text::Label), "Namespace of the object as its document has it. If absent, any."),
    optional("name", Shape::Text(Text::ObjectName), "Name of the object. If absent, any."),
]);

const SUPPRESSION: Shape = object(&[
    required("code", Shape::Text(Text::Unread), "The code, for example `EGR0706`, or its name."),
    optional(
        "object",
        OBJECT,
        "The object that the diagnostics are about. If absent, all diagnostics of the code are hidden.",
    ),
    required("reason", Shape::Text(Text::Reason), "Why they are hidden."),
    required("until", Shape::Text(Text::Date), "The last day on which they are hidden, for example `2027-03-31`."),
]);

const FIELDS: &[Field] = &[
    required("apiVersion", Shape::Choice(&["egressc.dev/v1alpha1"]), "API version."),
    required("kind", Shape::Choice(&["CheckConfiguration"]), "Kind of the document."),
    required("metadata", METADATA, "Name of the configuration; it has no effect."),
    required(
        "spec",
        object(&[
            optional(
                "select",
                CODES,
                "The codes that are shown: codes, names, or first characters of codes. If absent, all are shown.",
            ),
            optional("ignore", CODES, "The codes that are hidden, also those that `select` names."),
            optional(
                "failOn",
                Shape::Choice(FAIL_ON),
                "The mildest severity with which the command line fails; `error` if absent.",
            ),
            optional(
                "suppressions",
                list(&SUPPRESSION),
                "Single diagnostics that are hidden until a day, with the reason.",
            ),
        ]),
        "The configuration.",
    ),
];

/// The fields of the kind.
pub(super) const SHAPE: Shape = object(FIELDS);

/// A document of the kind.
#[derive(Debug, Clone)]
pub struct CheckConfiguration {
    /// `select`; all codes if `None`.
    pub select: Option<Vec<Spanned<String>>>,
    /// `ignore`.
    pub ignore: Vec<Spanned<String>>,
    /// `failOn`.
    pub fail_on: Option<Severity>,
    /// `suppressions`.
    pub suppressions: Vec<ConfiguredSuppression>,
    /// Its name.
    pub span: Span,
}

/// A row of `suppressions`.
#[derive(Debug, Clone)]
pub struct ConfiguredSuppression {
    /// `code`, as written.
    pub code: Spanned<String>,
    /// `object`: kind, namespace and name, each if it is given.
    pub object: [Option<String>; 3],
    /// `reason`.
    pub reason: String,
    /// `until`.
    pub until: Date,
    /// The row.
    pub span: Span,
}

pub(super) fn read(root: &Node) -> Option<CheckConfiguration> {
    let spec = root.given("spec")?;
    let codes = |key| read::each(spec, key, |node| Some(Spanned::new(node.text()?.to_owned(), node.span)));
    let fail_on = read::text(spec, "failOn").and_then(|word| match &*word.value {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "info" => Some(Severity::Note),
        _ => None,
    });
    Some(CheckConfiguration {
        select: spec.given("select").map(|_| codes("select")),
        ignore: codes("ignore"),
        fail_on,
        suppressions: read::each(spec, "suppressions", suppression),
        span: read::metadata(root)?.name.span,
    })
}

fn suppression(row: &Node) -> Option<ConfiguredSuppression> {
    let of_object = |key| read::text(row.given("object")?, key).map(|text| text.value);
    Some(ConfiguredSuppression {
        code: read::text(row, "code")?,
        object: ["kind", "namespace", "name"].map(of_object),
        reason: read::text(row, "reason")?.value,
        until: read::text(row, "until")?.value.parse().ok()?,
        span: row.span,
    })
}
