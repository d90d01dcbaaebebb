//! Can each client be held to its policy?

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Client, PolicySet, is_never_injected};

pub(super) fn check(set: &PolicySet, report: &mut Report) {
    let gateway_namespaces: BTreeSet<&str> = set
        .policies
        .iter()
        .filter_map(|policy| set.environment.gateways.get(&policy.gateway.value))
        .map(|gateway| gateway.namespace.as_str())
        .collect();
    for client in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients) {
        let namespace = &client.namespace;
        if gateway_namespaces.contains(namespace.value.as_str()) {
            report.push(
                Diagnostic::new(&codes::CLIENT_BESIDE_GATEWAY, namespace.span, format!("clients of namespace `{}` share it with the gateway", namespace.value))
                    .note("that namespace knows the external hosts' addresses, so its workloads would reach them past the gateway")
                    .help("move the clients or the gateway to another namespace"),
            );
        }
        if is_never_injected(&namespace.value) {
            report.push(
                Diagnostic::new(
                    &codes::NO_INJECTION,
                    namespace.span,
                    format!("namespace `{}` gets no sidecars, whatever its labels say", namespace.value),
                )
                .note("Istio's injector passes over kube-system, kube-public, kube-node-lease and local-path-storage")
                .note("without a sidecar nothing is sent to the gateway, and nothing is blocked either")
                .help("move the workloads to another namespace, or hold this one with a NetworkPolicy"),
            );
        } else {
            known_facts(set, client, report);
        }
    }
}

fn known_facts(set: &PolicySet, client: &Client, report: &mut Report) {
    let name = &client.namespace;
    let Some(facts) = set.environment.namespaces.get(&name.value) else {
        if set.environment.complete {
            report.push(
                Diagnostic::new(
                    &codes::UNKNOWN_NAMESPACE,
                    name.span,
                    format!("no namespace is called `{}`", name.value),
                )
                .note("the MeshEnvironment says that it is complete")
                .help("add the namespace to it, or correct the name"),
            );
        }
        return;
    };
    if let Some(injection) = &facts.injection
        && !injection.value
        && !facts.known().any(|workload| workload.sidecar == Some(true))
    {
        report.push(
            Diagnostic::new(&codes::NO_INJECTION, name.span, format!("namespace `{}` gets no sidecars", name.value))
                .label(injection.span, "as this says")
                .note("without a sidecar nothing is sent to the gateway, and nothing is blocked either")
                .help("label the namespace `istio-injection: enabled` and restart its workloads"),
        );
    }
    if let (Some(workloads), Some(selector)) = (&facts.workloads, &client.selector)
        && !workloads.iter().any(|workload| workload.has(&selector.value))
    {
        report.push(
            Diagnostic::new(
                &codes::SELECTS_NOTHING,
                selector.span,
                format!("no workload of `{}` has these labels", name.value),
            )
            .help("compare the labels with those of the pods"),
        );
    }
}
