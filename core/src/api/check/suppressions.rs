//! Diagnostics that people have looked at and hide until a day, each with a reason: in an annotation of the object, or in a
//! `CheckConfiguration`.

use crate::api::Workspace;
use crate::diagnostic::shown::shown;
use crate::diagnostic::{Code, Diagnostic, Report, codes, on_one_line};
use crate::resource::{CheckConfiguration, ConfiguredSuppression, Date, objects};
use crate::source::Span;
use crate::syntax::Node;

use super::codes_meant::suppressed;
use super::object_name::object_name;

/// The annotation that hides diagnostics of its object: a line for each code.
pub(super) const ANNOTATION: &str = "egressc.dev/ignore";
const FORM: &str =
    "write a line for each code, for example `EGR0706 until 2027-03-31: the partner changes it in March`";

/// One that is in force.
#[derive(Debug, Clone)]
pub(super) struct Suppression {
    code: &'static Code,
    of: Subject,
    pub(super) reason: String,
    pub(super) until: Date,
    /// Where it is written.
    pub(super) span: Span,
}

/// What the diagnostics are about.
#[derive(Debug, Clone)]
enum Subject {
    /// The object with the annotation.
    At(Span),
    /// The objects with this kind, namespace and name, as far as they are given.
    Named([Option<String>; 3]),
}

impl Subject {
    /// Whether it is about some objects alone.
    fn is_narrow(&self) -> bool {
        match self {
            Self::At(_) => true,
            Self::Named(parts) => parts.iter().any(Option::is_some),
        }
    }
}

/// Whether a code is said once, with the first of its objects as an example.
fn is_said_once(code: &Code) -> bool {
    [&codes::VISIBLE_EVERYWHERE, &codes::UNKNOWN_HOSTS_OPEN, &codes::GATEWAY_NOT_ENFORCED].contains(&code)
}

/// What somebody has written.
struct Written {
    word: String,
    of: Subject,
    reason: String,
    until: Date,
    span: Span,
}

impl Suppression {
    /// Whether it hides a diagnostic.
    pub(super) fn hides(&self, diagnostic: &Diagnostic, workspace: &Workspace) -> bool {
        if diagnostic.code != self.code {
            return false;
        }
        let place = diagnostic.span();
        match &self.of {
            Subject::At(object) => place.is_some_and(|place| {
                object.source == place.source && object.start <= place.start && place.end <= object.end
            }),
            Subject::Named(parts) if parts.iter().all(Option::is_none) => true,
            Subject::Named([kind, namespace, name]) => {
                place.and_then(|place| object_name(workspace, place)).is_some_and(|object| {
                    let is =
                        |wanted: &Option<String>, given: &str| wanted.as_ref().is_none_or(|wanted| wanted == given);
                    is(kind, &object.kind) && is(namespace, &object.namespace) && is(name, &object.name)
                })
            }
        }
    }

    /// What is said if it hides nothing.
    pub(super) fn unused(&self) -> Diagnostic {
        let message = format!("nothing is hidden by this suppression of {}", self.code.id);
        Diagnostic::new(&codes::SUPPRESSION_UNUSED, self.span, message)
            .note("it would hide a new mistake of the same kind")
            .help("remove it")
    }
}

/// Those that are in force, and what is wrong with the others.
pub(super) fn suppressions(
    workspace: &Workspace,
    configurations: &[&CheckConfiguration],
    report: &mut Report,
) -> Vec<Suppression> {
    let date = workspace.date();
    let mut written = annotated(workspace, report);
    written.extend(configurations.iter().flat_map(|each| &each.suppressions).map(configured));
    let mut in_force = Vec::new();
    let mut undated = Vec::new();
    for Written { word, of, reason, until, span } in written {
        let code = match suppressed(&word) {
            Ok(code) => code,
            Err(problem) => {
                report.push(not_followed(span, problem));
                continue;
            }
        };
        if is_said_once(code) && of.is_narrow() {
            report.push(
                not_followed(span, format!("{} is said once for all objects, and not hidden for one of them", code.id))
                    .help("add it to `ignore` of a CheckConfiguration, or to `suppressions` without `object`"),
            );
            continue;
        }
        match date {
            None => undated.push(span),
            Some(date) if date > until => report.push(
                Diagnostic::new(
                    &codes::SUPPRESSION_EXPIRED,
                    span,
                    format!("this suppression of {} was in force until {until}", code.id),
                )
                .note(format!("the reason was: {}", shown(&reason)))
                .help("mend what it hides, or look at it again and set a later day"),
            ),
            Some(_) => in_force.push(Suppression { code, of, reason, until, span }),
        }
    }
    // One is enough: the request is what is wrong.
    if let Some(first) = undated.first() {
        let message = match undated.len() {
            1 => "a suppression is not followed, because the request has no `date`".to_owned(),
            number => format!("{number} suppressions are not followed, because the request has no `date`"),
        };
        report.push(
            Diagnostic::new(&codes::SUPPRESSION_NOT_FOLLOWED, *first, message)
                .help("set `date` to the day of today, for example `2027-03-31`"),
        );
    }
    in_force
}

fn not_followed(span: Span, problem: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&codes::SUPPRESSION_NOT_FOLLOWED, span, problem)
}

fn configured(row: &ConfiguredSuppression) -> Written {
    Written {
        word: row.code.value.clone(),
        of: Subject::Named(row.object.clone()),
        reason: on_one_line(&row.reason),
        until: row.until,
        span: row.span,
    }
}

/// Those of all annotations.
fn annotated(workspace: &Workspace, report: &mut Report) -> Vec<Written> {
    let mut written = Vec::new();
    // What is wrong with the objects themselves is said elsewhere.
    for object in objects(workspace.documents(), &mut Report::default()) {
        let annotation = |object: &'_ Node| object.given("metadata")?.given("annotations")?.given(ANNOTATION).cloned();
        let Some(annotation) = annotation(object) else { continue };
        let Some(text) = annotation.text() else {
            report.push(not_followed(annotation.span, format!("`{ANNOTATION}` is not a string")).help(FORM));
            continue;
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match parts(line) {
                Ok((word, until, reason)) => written.push(Written {
                    word: word.to_owned(),
                    of: Subject::At(object.span),
                    reason: on_one_line(reason),
                    until,
                    span: annotation.span,
                }),
                Err(problem) => {
                    report.push(not_followed(annotation.span, format!("`{}` {problem}", shown(line))).help(FORM));
                }
            }
        }
    }
    written
}

/// The code, the last day and the reason of a line.
fn parts(line: &str) -> Result<(&str, Date, &str), &'static str> {
    let (code, rest) = line.split_once(char::is_whitespace).ok_or("has no day on which it ends")?;
    let rest = rest.trim_start().strip_prefix("until").ok_or("has no `until` after the code")?;
    let (day, reason) = rest.split_once(':').ok_or("has no reason after a colon")?;
    let until = day.trim().parse().map_err(|_| "has no day such as `2027-03-31` after `until`")?;
    match reason.trim() {
        "" => Err("has no reason after the colon"),
        reason => Ok((code, until, reason)),
    }
}
