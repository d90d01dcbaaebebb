//! One mistake, one message: what could not be read is reported where it stands, and what only follows from its absence is not
//! reported beside it.

use crate::diagnostic::{Code, Diagnostic, Report, Severity, codes};
use crate::resource::objects;
use crate::source::Span;
use crate::syntax::{Document, Node};

/// What may be said because a value is missing that somebody wrote, and that could not be read.
const OF_ABSENCE: [&Code; 16] = [
    &codes::GATEWAY_MISSING,
    &codes::UPGRADE_NOT_ENABLED,
    &codes::TCP_TAKES_PORT,
    &codes::EMPTY_REQUEST_PATTERN,
    &codes::NO_REQUEST_ALLOWED,
    &codes::DENY_BY_SPELLING,
    &codes::TLS_SETTINGS,
    &codes::SECRET_NEEDED,
    &codes::RULES_AVOIDED,
    &codes::BACKENDS_NOT_HTTP,
    &codes::BACKEND_WEIGHTS,
    &codes::BACKENDS_CONTRADICT,
    &codes::GATEWAYS_CONTRADICT,
    &codes::GATEWAY_WEIGHTS,
    &codes::TOOLS_OPEN,
    &codes::SET_UNDONE,
];

/// The report without what only follows from a value that could not be read. A report without errors of reading stays as it is.
pub(super) fn without_consequences(report: Report, documents: &[Document]) -> Report {
    let unread: Vec<(&Code, Span)> = report.iter().filter_map(of_reading).collect();
    if unread.is_empty() {
        return report;
    }
    let units = units(documents);
    let unit = |place: Span| units.iter().find(|unit| has(**unit, place));
    let broken: Vec<Span> = unread.iter().filter_map(|(_, place)| unit(*place).copied()).collect();
    let follows = |each: &Diagnostic| {
        let Some(place) = each.span() else { return false };
        let of_absence = OF_ABSENCE.contains(&each.code) && unit(place).is_some_and(|unit| broken.contains(unit));
        let of_syntax =
            each.code == &codes::WRONG_TYPE && unread.iter().any(|(code, other)| is_its_text(code, *other, place));
        of_absence || of_syntax
    };
    let kept: Vec<Diagnostic> = report.iter().filter(|each| !follows(each)).cloned().collect();
    Report::from(kept)
}

/// The place of an error of parsing or decoding.
fn of_reading(each: &Diagnostic) -> Option<(&'static Code, Span)> {
    let is_of_reading = each.code.id.starts_with("EGR01") || each.code.id.starts_with("EGR02");
    Some((each.code, each.span()?)).filter(|_| is_of_reading && each.severity() == Severity::Error)
}

/// Whether a value has a wrong type because its text means something else in YAML: a name after `*`, or a template.
fn is_its_text(code: &Code, problem: Span, value: Span) -> bool {
    let begins_with = has(value, problem) && problem.start.saturating_sub(value.start) <= 1;
    [&codes::BAD_ALIAS, &codes::BAD_KEY].contains(&code) && begins_with
}

fn has(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

/// The parts of policies of which each is read by itself: items of `to`, and the gateways of a policy or a rule.
fn units(documents: &[Document]) -> Vec<Span> {
    // What is wrong with the objects themselves is said elsewhere.
    let roots = objects(documents, &mut Report::default());
    let mut units = Vec::new();
    for spec in roots.into_iter().filter_map(|root| root.given("spec")) {
        let rules = spec.given("egressRules").map(Node::items).unwrap_or_default();
        for holder in std::iter::once(spec).chain(rules) {
            units
                .extend(["byEgressGateway", "byEgressGateways"].iter().filter_map(|key| Some(holder.given(key)?.span)));
        }
        let destinations = rules.iter().filter_map(|rule| rule.given("to")).flat_map(Node::items);
        units.extend(destinations.map(|destination| destination.span));
    }
    units
}
