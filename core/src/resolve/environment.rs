//! What is known about the mesh as a whole.

use super::facts::Facts;
use crate::model::{Environment, Namespace, Workload};
use crate::resource::{EnvironmentNamespace, IstioApi, OutboundTrafficPolicy, Placement};
use crate::source::Spanned;

/// The mesh without its gateways, which are found when a policy names them.
pub(super) fn environment(facts: &Facts) -> Environment {
    let given = facts.environment.as_ref();
    let word = |value: Option<&Spanned<String>>, default: &str| {
        value.map_or_else(|| default.to_owned(), |word| word.value.clone())
    };
    let outbound = given.and_then(|given| given.outbound_traffic_policy.as_ref());
    Environment {
        root_namespace: word(given.and_then(|given| given.root_namespace.as_ref()), "istio-system"),
        trust_domain: word(given.and_then(|given| given.trust_domain.as_ref()), "cluster.local"),
        cluster_domain: word(given.and_then(|given| given.cluster_domain.as_ref()), "cluster.local"),
        outbound_traffic_policy: outbound.map_or(OutboundTrafficPolicy::RegistryOnly, |policy| policy.value),
        outbound_traffic_policy_span: outbound.map(|policy| policy.span),
        dns_capture: given.and_then(|given| given.dns_capture.as_ref()).is_some_and(|fact| fact.value),
        complete: given.and_then(|given| given.complete.as_ref()).is_some_and(|fact| fact.value),
        gateways: std::collections::BTreeMap::new(),
        namespaces: given
            .map(|given| given.namespaces.iter().map(|each| (each.name.value.clone(), namespace(each))).collect())
            .unwrap_or_default(),
        istio_api: given.and_then(|given| given.istio_api).unwrap_or(IstioApi::V1),
        placement: given.and_then(|given| given.placement).unwrap_or(Placement::Policy),
    }
}

fn namespace(given: &EnvironmentNamespace) -> Namespace {
    let injection = given.injection.as_ref().map(|fact| fact.value);
    Namespace {
        injection: given.injection.clone(),
        workloads: given.workloads.as_ref().map(|workloads| {
            workloads
                .iter()
                .map(|workload| Workload {
                    name: workload.name.value.clone(),
                    labels: workload.labels.clone(),
                    service_account: workload
                        .service_account
                        .as_ref()
                        .map_or_else(|| "default".to_owned(), |name| name.value.clone()),
                    sidecar: workload.sidecar.or(injection),
                    span: workload.span,
                })
                .collect()
        }),
    }
}
