//! Can the service accounts that a policy names be enforced?

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Flow, PolicySet, TargetPort};
use crate::resource::Authorization;
use crate::source::Span;

pub(super) fn validate_accounts(set: &PolicySet, report: &mut Report) {
    let names_any = set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients);
    if names_any.clone().all(|client| client.service_accounts.is_none()) {
        return;
    }
    at_the_gateway(set, report);
    together(set, report);
}

/// Only the gateway compares accounts, and only where its rules apply.
fn at_the_gateway(set: &PolicySet, report: &mut Report) {
    let mut reported: BTreeSet<(Span, &str)> = BTreeSet::new();
    for flow in set.flows() {
        let Some(accounts) = &flow.client.service_accounts else { continue };
        let Some(gateway) = set.gateway(flow.gateway()) else { continue };
        let number = flow.through.port.port;
        let target = gateway.port(number).map(|port| port.target);
        let (why, help) = if gateway.authorization == Authorization::Off {
            (
                "its authorization is `off`",
                "set `authorization: shared` or `managed` for the gateway, or remove `serviceAccounts`".to_owned(),
            )
        } else if !matches!(target, Some(TargetPort::Known(_))) {
            (
                "the container port behind its port is not known, so a rule may not apply",
                format!("give the gateway's Service, or `targetPort` of port {number} in a MeshEnvironment"),
            )
        } else {
            continue;
        };
        if reported.insert((accounts.span, flow.gateway())) {
            report.push(
                Diagnostic::new(
                    &codes::ACCOUNTS_NOT_ENFORCED,
                    accounts.span,
                    format!("gateway `{}` cannot compare service accounts: {why}", gateway.name),
                )
                .note("a sidecar does not compare the service account of its own workload; the gateway compares the caller's certificate")
                .help(help),
            );
        }
    }
}

/// The sidecar compares labels and the gateway accounts, each without the other: with two clients of one exit, the labels of
/// one and the account of the other would be enough.
fn together(set: &PolicySet, report: &mut Report) {
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flows in set.flows_by(|flow| (flow.exit(), flow.client_namespace())).into_values() {
        let Some((first, rest)) = flows.split_first() else { continue };
        let accounts = |flow: &Flow| flow.client.service_accounts.as_ref().map(|accounts| accounts.value.clone());
        // A sidecar compares the port that is dialled, too, and the gateway does not see it.
        let labels = |flow: &Flow| (flow.port(), flow.client.selector.as_ref().map(|selector| selector.value.clone()));
        let name_some = flows.iter().all(|flow| flow.client.service_accounts.is_some());
        let are_equal = rest.iter().all(|flow| accounts(flow) == accounts(first))
            || name_some && rest.iter().all(|flow| labels(flow) == labels(first));
        if are_equal {
            continue;
        }
        let named = flows.iter().find_map(|flow| Some((flow, flow.client.service_accounts.as_ref()?)));
        let Some((flow, span)) = named.map(|(flow, accounts)| (flow, accounts.span)) else { continue };
        let other = flows.iter().find(|other| accounts(other) != accounts(flow) && labels(other) != labels(flow));
        let Some(other) = other.or(rest.first()).filter(|_| reported.insert(span)) else { continue };
        report.push(
            Diagnostic::new(
                &codes::ACCOUNTS_NOT_KEPT_APART,
                span,
                format!(
                    "{} shares an exit for `{}` with a client of other labels and other service accounts",
                    flow.client.describe(),
                    flow.host.value
                ),
            )
            .label(other.client.namespace.span, "the other client")
            .note("the sidecar compares the labels and the gateway the service accounts, so the labels of one and the account of the other would be enough")
            .help("name the same service accounts for both, or the same labels, or send one of them through another gateway port"),
        );
    }
}
