//! Workloads that have no sidecar according to the facts: Istio does not hold them to the policies.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{DataPlane, PolicySet};
use crate::source::Span;
use crate::universe::uncaptured;

/// Namespaces that the message names.
const MOST_NAMED: usize = 5;

/// Says once which workloads go past every policy. Namespaces of clients without any sidecar have a warning of their own.
pub fn past_sidecars(set: &PolicySet, report: &mut Report) {
    let clients: BTreeSet<&str> = set.flows().map(|flow| flow.client_namespace()).collect();
    let found = uncaptured(&set.environment);
    let is_said = |name: &str| {
        clients.contains(name)
            && set.environment.namespaces.get(name).is_some_and(|known| {
                known.injection.as_ref().is_some_and(|injection| !injection.value)
                    && !known.known().any(|workload| workload.data_plane == Some(DataPlane::Sidecar))
            })
    };
    let found: Vec<_> = found.into_iter().filter(|(name, _)| !is_said(name)).collect();
    let Some((first, _)) = found.first() else { return };
    let named: BTreeSet<&str> = found.iter().map(|(name, _)| *name).collect();
    let rest = named.len().saturating_sub(MOST_NAMED);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let shown: Vec<String> = named.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let message = format!(
        "workloads without a sidecar reach every host, whatever the policies allow, in namespace {}{rest}",
        shown.join(", ")
    );
    let diagnostic = Diagnostic::at(&codes::PAST_SIDECARS, place(set, first), message);
    report.push(
        diagnostic
            .note("Istio captures only the traffic of pods with a sidecar; `egressc reach` lists these workloads")
            .help("inject sidecars there, or restrict the network of these pods with a NetworkPolicy"),
    );
}

fn place(set: &PolicySet, namespace: &str) -> Option<Span> {
    let known = set.environment.namespaces.get(namespace)?;
    let workload = known
        .known()
        .find(|workload| !workload.is_proxy && workload.data_plane.is_some_and(|plane| plane != DataPlane::Sidecar))
        .map(|workload| workload.span);
    known.injection.as_ref().filter(|injection| !injection.value).map(|injection| injection.span).or(workload)
}
