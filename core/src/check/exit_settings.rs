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
        let are_equal =
            known.destination.http == flow.destination.http && known.destination.upstream == flow.destination.upstream;
        if are_equal || !reported.insert(flow.destination.span) {
            continue;
        }
        let exit = flow.exit();
        let place = |flow: &Flow| flow.destination.http_span.unwrap_or(flow.destination.span);
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
