//! The rows as people read them: without what is said twice, and in the order of what they look for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, FlowClient};
use crate::api::ClientPath;
use crate::trace::Scheme;

/// Namespaces of Kubernetes and Istio themselves: their rows are the last ones.
const OF_THE_SYSTEM: [&str; 4] = ["istio-system", "kube-node-lease", "kube-public", "kube-system"];

/// The rows of a report, each once.
///
/// HTTPS is TLS: where both have one result, the row of TLS stands for both.
pub(super) fn shown(flows: &[Flow]) -> Vec<&Flow> {
    let of_tls: BTreeMap<(&FlowClient, &str, u16), Vec<&Flow>> =
        flows.iter().filter(|flow| flow.to.scheme == Scheme::Tls).fold(BTreeMap::new(), |mut known, flow| {
            known.entry((&flow.from, flow.to.host.as_str(), flow.to.port)).or_insert_with(Vec::new).push(flow);
            known
        });
    let is_said_twice = |flow: &&Flow| {
        flow.to.scheme == Scheme::Https
            && of_tls.get(&(&flow.from, flow.to.host.as_str(), flow.to.port)).is_some_and(|others| {
                others.iter().any(|other| {
                    let mut same = (*flow).clone();
                    same.to.scheme = Scheme::Tls;
                    same == **other
                })
            })
    };
    let (last, mut first): (Vec<&Flow>, Vec<&Flow>) = flows
        .iter()
        .filter(|flow| !is_said_twice(flow))
        .partition(|flow| flow.from.namespace.as_deref().is_some_and(|name| OF_THE_SYSTEM.contains(&name)));
    first.extend(last);
    first
}

/// Says "every workload" of a namespace of which no row names one: there is no other.
pub(super) fn say_every(flows: &mut [Flow]) {
    let mut named = BTreeSet::new();
    for flow in flows.iter().filter(|flow| flow.from.path != ClientPath::Direct && !flow.from.labels.is_empty()) {
        named.extend(flow.from.namespace.clone());
    }
    for FlowClient { namespace, other_namespaces, labels, description, path, .. } in
        flows.iter_mut().map(|flow| &mut flow.from)
    {
        // Where a row stands for other namespaces, those may have workloads that are named.
        let is_other = labels.is_empty() && *path != ClientPath::Direct && *other_namespaces == 0;
        if is_other && namespace.as_ref().is_some_and(|name| !named.contains(name)) {
            *description = description.replacen("any other workload in ", "every workload in ", 1);
        }
    }
}
