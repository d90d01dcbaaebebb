//! Do all rules for one exit of a gateway have the same rules about requests, and the same settings?

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Exit, Flow, PolicySet};
use crate::source::Span;

/// A gateway tells requests apart by their exit alone, so all callers of one exit have the same.
pub(super) fn validate_exit_settings(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<Exit, Flow> = BTreeMap::new();
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flow in set.flows() {
        let known = *first.entry(flow.exit()).or_insert(flow);
        let (one, other) = (known.destination, flow.destination);
        let have_equal_backends = one.backends.len() == other.backends.len()
            && one.backends.iter().zip(&other.backends).all(|(one, other)| one.is_like(other));
        let are_equal = one.http == other.http && one.upstream == other.upstream && have_equal_backends;
        if are_equal || !reported.insert(flow.destination.span) {
            continue;
        }
        let exit = flow.exit();
        let place = |flow: &Flow| {
            let written = flow.destination.http_span.or(flow.destination.backends_span);
            written.unwrap_or(flow.destination.span)
        };
        report.push(
            Diagnostic::new(
                &codes::HTTP_FIELDS_DIFFER,
                place(&flow),
                format!(
                    "`{}` through port {} of gateway `{}` would have two sets of rules or settings",
                    exit.host, exit.gateway_port, exit.gateway
                ),
            )
            .label(place(&known), "the other one")
            .note("a gateway port distinguishes requests only by their host and port, so all clients have the same rules and settings there")
            .help("write the same fields in both, or send one of the two through another gateway port"),
        );
    }
}
