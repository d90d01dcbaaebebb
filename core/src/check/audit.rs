//! What is open because of audit mode, and does it open what another rule closes?
//!
//! A sidecar keeps hosts and ports of one namespace apart, and a gateway the exits of it. Rules about requests are routes of an
//! exit, which all namespaces share.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Destination, Flow, PolicySet, Rule};
use crate::source::Span;

/// Namespaces that one note names.
const MOST_NAMED: usize = 5;

pub(super) fn validate_audit(set: &PolicySet, report: &mut Report) {
    if !set.has_audited_rules() {
        return;
    }
    for rule in set.policies.iter().flat_map(|policy| &policy.rules) {
        report.extend(rule.audit.and_then(|span| in_audit_mode(rule, span)));
    }
    let mut mixed = Mixed { reported: BTreeSet::new(), report };
    for flows in set.flows_by(|flow| (flow.client_namespace(), flow.host.value.as_str(), flow.port())).into_values() {
        mixed.look_at(&flows, "audit mode is open to every workload of the namespace, whom the other rule leaves out");
    }
    for flows in set.flows_by(|flow| (flow.client_namespace(), flow.exit())).into_values() {
        mixed.look_at(
            &flows,
            "both leave the mesh in the same way, and the gateway does not see which port the workload called",
        );
    }
    for mut flows in set.flows_by(Flow::exit).into_values() {
        flows.retain(|flow| !flow.destination.http.rules.are_empty());
        mixed.look_at(
            &flows,
            "a gateway port distinguishes requests only by their host, so `allow` and `deny` are enforced for all clients or for none",
        );
    }
    one_way(set, report);
}

/// What is open because a rule is in audit mode.
fn in_audit_mode(rule: &Rule, span: Span) -> Option<Diagnostic> {
    let first = rule.destinations.first()?;
    let restricts_clients =
        |client: &&crate::model::Client| client.selector.is_some() || client.service_accounts.is_some();
    let namespaces: BTreeSet<&str> =
        rule.clients.iter().filter(restricts_clients).map(|client| client.namespace.value.as_str()).collect();
    let about_requests: Vec<&Destination> =
        rule.destinations.iter().filter(|destination| !destination.http.rules.are_empty()).collect();
    let is_open = !namespaces.is_empty() || !about_requests.is_empty();
    let what = if is_open { "requests that it would block arrive" } else { "nothing is open because of it" };
    let mut found =
        Diagnostic::new(&codes::IN_AUDIT_MODE, span, format!("rule `{}` is in audit mode: {what}", first.name));
    if first.span != span {
        found = found.label(first.span, "the rule");
    }
    if !namespaces.is_empty() {
        let named = listed(namespaces.iter().copied());
        let all = listed(rule.destinations.iter().map(|destination| destination.name.as_str()));
        found = found.note(format!("every workload of namespace {named} can reach {all} through the gateway"));
    }
    if !about_requests.is_empty() {
        let named = listed(about_requests.iter().map(|destination| destination.name.as_str()));
        found = found.note(format!("`allow` and `deny` of {named} block nothing"));
    }
    let help = if is_open {
        "look in the access logs for routes and clusters with `audit-` in their names, and enforce the rule when there are none: `egressc diff` shows what it blocks then"
    } else {
        "remove `mode: audit`"
    };
    Some(found.help(help))
}

/// Some names, in words.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let shown: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown.join(" and "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Flows that are not told apart, of which some are in audit mode and some are not.
struct Mixed<'r> {
    reported: BTreeSet<Span>,
    report: &'r mut Report,
}

impl Mixed<'_> {
    fn look_at(&mut self, flows: &[Flow], why: &str) {
        let Some(audited) = flows.iter().find(|flow| flow.is_audited()) else { return };
        let Some(enforced) = flows.iter().find(|flow| !flow.is_audited()) else { return };
        if !self.reported.insert(audited.destination.span) {
            return;
        }
        self.report.push(
            Diagnostic::new(
                &codes::AUDIT_BESIDE_ENFORCED,
                audited.destination.span,
                format!(
                    "`{}` is in audit mode here, and another rule for `{}` is enforced",
                    audited.destination.name, enforced.host.value
                ),
            )
            .label(enforced.destination.span, "enforced here")
            .note(why)
            .help("set the same `mode` in both rules"),
        );
    }
}

/// Workloads that no rule selects take the way of the audited rules, so these must have one.
fn one_way(set: &PolicySet, report: &mut Report) {
    for flows in set.flows_by(|flow| (flow.client_namespace(), flow.host.value.as_str(), flow.port())).into_values() {
        let mut audited = flows.iter().filter(|flow| flow.is_audited());
        let Some(first) = audited.next() else { continue };
        let Some(other) = audited.find(|flow| flow.exit_shares() != first.exit_shares()) else { continue };
        report.push(
            Diagnostic::new(
                &codes::AUDITED_TWO_WAYS,
                other.destination.span,
                format!("two rules in audit mode send `{}` port {} in two ways", other.host.value, other.port()),
            )
            .label(first.destination.span, "the other way")
            .note(format!(
                "audit mode is open to every workload of namespace `{}`, and it is not decided which way the others take",
                other.client_namespace()
            ))
            .help("give both rules the same gateways, gateway ports, weights and upgrade, or enforce both"),
        );
    }
}
