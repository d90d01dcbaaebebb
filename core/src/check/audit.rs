//! What is open because of audit mode, and does it open what another rule closes?
//!
//! A sidecar keeps hosts and ports of one namespace apart, and a gateway the exits of it. Rules about requests are routes of an
//! exit, which all namespaces share.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Destination, Flow, PolicySet, Rule, UpstreamHost, wildcard};
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
    opened_below_wildcards(set, report);
    opened_behind_others(set, report);
}

/// Hosts and ports of the clients of a namespace that enforced rules limit.
type Limited<'s> = BTreeMap<(&'s str, &'s str, u16), Flow<'s>>;

/// Whether a rule has something that audit mode does not enforce.
fn restricts(flow: &Flow) -> bool {
    flow.client.is_restricted() || !flow.destination.http.rules.are_empty()
}

/// The places of which every enforced flow is limited, with the first of these flows.
fn limited<'s>(set: &'s PolicySet, key: impl Fn(&Flow<'s>) -> Option<(&'s str, &'s str, u16)>) -> Limited<'s> {
    let enforced = || set.flows_of_any_gateway().filter(|flow| !flow.is_audited());
    let open: BTreeSet<_> = enforced().filter(|flow| !restricts(flow)).filter_map(|flow| key(&flow)).collect();
    let mut limited = Limited::new();
    for flow in enforced().filter(restricts) {
        let Some(place) = key(&flow).filter(|place| !open.contains(place)) else { continue };
        limited.entry(place).or_insert(flow);
    }
    limited
}

/// An audited rule for a host below a wildcard decides for that host, and is open.
fn opened_below_wildcards(set: &PolicySet, report: &mut Report) {
    let wildcards = limited(set, |flow| Some((flow.client_namespace(), flow.wildcard()?, flow.port())));
    if wildcards.is_empty() {
        return;
    }
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flow in set.flows_of_any_gateway().filter(|flow| flow.is_audited() && restricts(flow)) {
        let name = flow.wildcard().unwrap_or(&flow.host.value);
        let wide = wildcard::parents(name)
            .filter_map(|above| wildcards.get(&(flow.client_namespace(), above, flow.port())))
            .find(|wide| wide.class() == flow.class());
        let Some(wide) = wide.filter(|_| reported.insert(flow.destination.span)) else { continue };
        report.push(
            Diagnostic::new(
                &codes::AUDIT_OPENS_HOST,
                flow.host.span,
                format!(
                    "audit mode opens `{}` to every workload of namespace `{}`, and an enforced rule limits `{}`",
                    flow.host.value,
                    flow.client_namespace(),
                    wide.host.value
                ),
            )
            .label(wide.host.span, "enforced here")
            .note("the most specific host decides, so the enforced rule does not hold for this host")
            .help("set `mode: enforce` for the more specific host, or remove its rule"),
        );
    }
}

/// An audited rule leads all requests to its backends and fallbacks, whatever an enforced rule says about their own names.
fn opened_behind_others(set: &PolicySet, report: &mut Report) {
    let limited = limited(set, |flow| {
        Some((flow.client_namespace(), flow.host.value.as_str(), flow.destination.external_port()))
    });
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flow in set.flows_of_any_gateway().filter(|flow| flow.is_audited() && restricts(flow)) {
        for upstream in flow.upstreams().into_iter().filter(UpstreamHost::is_in_use) {
            let port = upstream.port;
            let fallbacks = upstream.settings.fallback.iter().map(|fallback| &fallback.0);
            let hosts = std::iter::once(upstream.host).chain(fallbacks);
            for host in hosts.filter(|host| host.value != flow.host.value) {
                let wildcards = wildcard::parents(&host.value).map(|above| format!("*.{above}"));
                let names: Vec<String> = std::iter::once(host.value.clone()).chain(wildcards).collect();
                let mut found =
                    names.iter().filter_map(|name| limited.get(&(flow.client_namespace(), name.as_str(), port)));
                let Some(other) = found.next() else { continue };
                if !reported.insert(host.span) {
                    continue;
                }
                report.push(
                    Diagnostic::new(
                        &codes::AUDIT_OPENS_HOST,
                        host.span,
                        format!(
                            "audit mode leads requests of every workload of namespace `{}` to `{}`, which an enforced rule limits",
                            flow.client_namespace(),
                            host.value
                        ),
                    )
                    .label(other.host.span, "enforced here")
                    .note(format!("the workloads call `{}`, whose rule blocks nothing", flow.host.value))
                    .help("enforce the rule with the backend or fallback, or leave the host out of it"),
                );
            }
        }
    }
}

/// What is open because a rule is in audit mode.
fn in_audit_mode(rule: &Rule, span: Span) -> Option<Diagnostic> {
    let first = rule.destinations.first()?;
    let namespaces: BTreeSet<&str> = rule
        .clients
        .iter()
        .filter(|client| client.is_restricted())
        .map(|client| client.namespace.value.as_str())
        .collect();
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
