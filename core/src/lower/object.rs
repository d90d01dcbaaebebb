//! What every kind of resource is made with.

use std::collections::BTreeMap;

use crate::manifest::{Object, Origin, Spec};
use crate::model::{Exit, Flow, Gateway, PolicySet, UpstreamHost};

/// A resource that these flows need.
pub(super) fn object(
    set: &PolicySet,
    namespace: impl Into<String>,
    name: impl Into<String>,
    spec: Spec,
    flows: &[Flow],
) -> Object {
    let mut origins: Vec<Origin> = flows
        .iter()
        .map(|flow| Origin {
            policy: flow.policy.id.clone(),
            rule: flow.destination.name.clone(),
            span: flow.destination.span,
        })
        .collect();
    origins.sort_unstable();
    origins.dedup();
    Object { api: set.environment.istio_api, namespace: namespace.into(), name: name.into(), spec, origins }
}

/// The exits with their gateways and flows.
pub(super) fn exits(set: &PolicySet) -> impl Iterator<Item = (Exit<'_>, &Gateway, Vec<Flow<'_>>)> {
    set.flows_by(Flow::exit).into_iter().filter_map(|(exit, flows)| Some((exit, set.gateway(exit.gateway)?, flows)))
}

/// The gateway's Service, as sidecars know it.
pub(super) fn service_host(set: &PolicySet, gateway: &Gateway) -> String {
    format!("{}.{}.svc.{}", gateway.service, gateway.namespace, set.environment.cluster_domain)
}

/// A flow, and a host to which the gateway connects for it.
pub(super) type FlowUpstream<'a> = (Flow<'a>, UpstreamHost<'a>);

/// The hosts to which gateways connect, by the gateways' namespaces.
pub(super) fn upstreams(set: &PolicySet) -> BTreeMap<(&str, &str), Vec<FlowUpstream<'_>>> {
    let mut hosts: BTreeMap<(&str, &str), Vec<FlowUpstream>> = BTreeMap::new();
    for flow in set.flows() {
        let Some(gateway) = set.gateway(flow.gateway()) else { continue };
        for upstream in flow.upstreams() {
            hosts.entry((&gateway.namespace, &upstream.host.value)).or_default().push((flow, upstream));
        }
    }
    hosts
}
