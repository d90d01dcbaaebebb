//! Traps in Istio objects that people wrote by hand.
//!
//! An object shows which requests its author means: a VirtualService those for its hosts, a DestinationRule the connections to
//! its host, a ServiceEntry those to its hosts and ports. Each rule asks the evaluator for such requests and reports only what
//! one of them shows: no witness, no warning. Where it is not known what becomes of a request, nothing is said, unless every
//! way that it may take shows the same.
//!
//! Only hosts outside of the cluster are asked for. Each file has the rules about one kind of object, or one mistake of several.

mod destination_rule;
mod gateway;
mod mesh;
mod registry;
mod route_requests;
mod said;
mod service_entry;
mod virtual_service;
mod walked_around;

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::model::Environment;
use mesh::Mesh;

/// So many requests are asked for all objects together: some seconds of work.
const MOST_REQUESTS: usize = 500_000;

/// Applies every rule to the objects that have a place in the sources; the others are there, too.
pub(crate) fn hand_written(objects: &Objects, environment: &Environment, report: &mut Report) {
    if !objects.metas().any(|meta| meta.span.is_some()) {
        return;
    }
    let mut mesh = Mesh::new(objects, environment, MOST_REQUESTS);
    virtual_service::lint(&mut mesh, report);
    service_entry::lint(&mut mesh, report);
    walked_around::lint(&mut mesh, report);
    gateway::lint(&mut mesh, report);
    // Last, since it says that no request uses a rule.
    destination_rule::lint(&mut mesh, report);
    if mesh.is_exhausted() {
        let message = format!("your own objects mean more requests than egressc asks for, which are {MOST_REQUESTS}");
        report.push(
            Diagnostic::nowhere(&codes::NOT_ALL_ASKED, message)
                .note("some objects are not checked")
                .help("check fewer objects at a time, such as those of some namespaces together with those of the gateways"),
        );
    }
}

/// A set of names, for people: at most three of them.
fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
