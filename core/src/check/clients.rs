//! Can each client be held to its policy?

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Client, DataPlane, PolicySet, is_never_injected};

/// Clients of one rule add up, so one that has all workloads of another leaves nothing for it to limit.
fn within_another(set: &PolicySet, report: &mut Report) {
    for rule in set.policies.iter().flat_map(|policy| &policy.rules) {
        let mut by_namespace: BTreeMap<&str, Vec<&Client>> = BTreeMap::new();
        for client in &rule.clients {
            by_namespace.entry(&client.namespace.value).or_default().push(client);
        }
        for clients in by_namespace.values().filter(|clients| clients.len() > 1) {
            for (at, client) in clients.iter().enumerate() {
                // Of two that are the same, the second is the one too many.
                let is_wider = |(number, other): &(usize, &&Client)| {
                    *number != at && other.has_all_of(client) && (*number < at || !client.has_all_of(other))
                };
                let Some((_, wider)) = clients.iter().enumerate().find(is_wider) else { continue };
                let place =
                    |client: &Client| client.selector.as_ref().map_or(client.namespace.span, |labels| labels.span);
                report.push(
                    Diagnostic::new(
                        &codes::CLIENT_WITHIN,
                        place(client),
                        format!("{} is in the same rule as {}", client.describe(), wider.describe()),
                    )
                    .label(place(wider), "this client contains it")
                    .note("items of `from` add up: a workload is allowed if one of them selects it")
                    .help("remove the item that is not meant"),
                );
            }
        }
    }
}

pub(super) fn validate_clients(set: &PolicySet, report: &mut Report) {
    within_another(set, report);
    let gateways = set.named_gateways().into_keys().filter_map(|name| set.gateway(name));
    let gateway_namespaces: BTreeSet<&str> = gateways.map(|gateway| gateway.namespace.as_str()).collect();
    for client in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients) {
        let namespace = &client.namespace;
        if gateway_namespaces.contains(namespace.value.as_str()) {
            report.push(
                Diagnostic::new(&codes::CLIENT_BESIDE_GATEWAY, namespace.span, format!("the gateway and its clients are both in namespace `{}`", namespace.value))
                    .note("the ServiceEntries that hold the external addresses are visible in that namespace, so its workloads would bypass the gateway")
                    .help("move the clients or the gateway to another namespace"),
            );
        }
        if is_never_injected(&namespace.value) {
            report.push(
                Diagnostic::new(
                    &codes::NO_INJECTION,
                    namespace.span,
                    format!(
                        "Istio never injects sidecars into namespace `{}`, whatever labels it has",
                        namespace.value
                    ),
                )
                .note("Istio's injector skips kube-system, kube-public, kube-node-lease and local-path-storage")
                .note("traffic of a pod without a sidecar is not sent to the gateway and not blocked")
                .help("move the workloads to another namespace, or restrict this namespace with a NetworkPolicy"),
            );
        } else {
            known_facts(set, client, report);
        }
    }
}

fn known_facts(set: &PolicySet, client: &Client, report: &mut Report) {
    let name = &client.namespace;
    let Some(facts) = set.environment.namespaces.get(&name.value) else {
        if set.environment.complete.namespaces {
            report.push(
                Diagnostic::new(
                    &codes::UNKNOWN_NAMESPACE,
                    name.span,
                    format!("no namespace is named `{}`", name.value),
                )
                .note("the MeshEnvironment says that it lists every namespace")
                .help("add the namespace to it, or correct the name"),
            );
        }
        return;
    };
    if let Some(injection) = &facts.injection
        && !injection.value
        && !facts.known().any(|workload| workload.data_plane == Some(DataPlane::Sidecar))
    {
        report.push(
            Diagnostic::new(
                &codes::NO_INJECTION,
                name.span,
                format!("sidecar injection is off in namespace `{}`", name.value),
            )
            .label(injection.span, "set here")
            .note("traffic of a pod without a sidecar is not sent to the gateway and not blocked")
            .help("label the namespace `istio-injection: enabled` and restart its workloads"),
        );
    }
    if let (Some(_), Some(selector)) = (&facts.workloads, &client.selector)
        && facts.listed_with(&selector.value).is_empty()
    {
        report.push(
            Diagnostic::new(
                &codes::SELECTS_NOTHING,
                selector.span,
                format!("no workload in namespace `{}` has these labels", name.value),
            )
            .help("compare the labels with those of the pods"),
        );
    }
}
