//! Services whose pods may run no gateway, by their workloads.

use std::collections::BTreeMap;

use super::facts::{Facts, place};
use super::injection::{Injection, NamespaceInjection, injection};
use super::service_pods::ServiceWorkloads;
use crate::model::{GatewayDoubt, GatewayDoubtKind};
use crate::resource::{EnvironmentNamespace, GatewayRole, NamespaceDocument, SkippedBecause, WorkloadDocument};

/// The first doubt about each Service, by namespace and name; of those that are no gateway's, too.
pub(super) fn gateway_doubts(facts: &Facts) -> BTreeMap<(String, String), GatewayDoubt> {
    let named: BTreeMap<&str, &NamespaceDocument> =
        facts.namespaces.iter().rev().map(|given| (given.name.value.as_str(), given)).collect();
    let listed: BTreeMap<&str, &EnvironmentNamespace> = facts
        .environment
        .iter()
        .flat_map(|given| &given.namespaces)
        .map(|given| (given.name.value.as_str(), given))
        .collect();
    let doubts = facts.services.iter().filter_map(|service| {
        let namespace = place(service.namespace.as_ref());
        let of_namespace = NamespaceInjection::of(listed.get(namespace).copied(), named.get(namespace).copied());
        let pods = ServiceWorkloads::of(Some(service), facts);
        let doubt = match pods.without_replicas() {
            Some(workload) => Some(GatewayDoubt {
                kind: GatewayDoubtKind::NoReplicas(called(workload)),
                span: workload.replicas.unwrap_or(workload.name.span),
            }),
            None => pods.pods.iter().find_map(|workload| doubt(workload, (namespace, of_namespace), facts)),
        };
        Some(((namespace.to_owned(), service.name.value.clone()), doubt?))
    });
    doubts.collect()
}

fn doubt(
    workload: &WorkloadDocument,
    (namespace, of_namespace): (&str, NamespaceInjection<'_>),
    facts: &Facts,
) -> Option<GatewayDoubt> {
    let not_injected = |why: &str| GatewayDoubtKind::NotInjected(called(workload), why.to_owned());
    let at_name = workload.name.span;
    let (kind, span) = match workload.pod.gateway {
        GatewayRole::Runs | GatewayRole::NotKnown => return None,
        // The pods of a Job end, and take no requests then.
        GatewayRole::Other if matches!(workload.kind.as_str(), "Job" | "CronJob") => return None,
        GatewayRole::Other => (GatewayDoubtKind::OtherPods(called(workload)), at_name),
        GatewayRole::NotInjected(SkippedBecause::HostNetwork, span) => {
            (not_injected("it skips pods with `hostNetwork: true`"), span)
        }
        GatewayRole::NotInjected(SkippedBecause::Made, span) => {
            (not_injected("they were made without it, and injection is over"), span)
        }
        GatewayRole::WhenInjected => match injection(namespace, of_namespace, workload, facts) {
            Injection::By(_) | Injection::Unknown => return None,
            Injection::Doubtful(_, setting) => (GatewayDoubtKind::MayNotBeInjected(called(workload), setting), at_name),
            Injection::None if workload.pod.request.asks() == Some(false) => {
                (not_injected("`sidecar.istio.io/inject: \"false\"` turns it off"), at_name)
            }
            Injection::None => {
                let why = format!("neither their labels nor those of namespace `{namespace}` turn it on");
                (not_injected(&why), at_name)
            }
        },
    };
    Some(GatewayDoubt { kind, span })
}

fn called(workload: &WorkloadDocument) -> String {
    format!("{} `{}`", workload.kind, workload.name.value)
}
