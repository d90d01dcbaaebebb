//! The rows as people read them: without what is said twice, and in the order of what they look for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, FlowClient, FlowTarget};
use crate::api::ClientPath;
use crate::trace::{Message, Scheme};

/// Namespaces of Kubernetes and Istio themselves: their rows are the last ones.
const OF_THE_SYSTEM: [&str; 4] = ["istio-system", "kube-node-lease", "kube-public", "kube-system"];

/// Clients and destinations for which some object tells requests apart.
pub(super) type ToldApart = BTreeSet<(FlowClient, Scheme, String, u16)>;

fn key(flow: &Flow) -> (FlowClient, Scheme, String, u16) {
    (flow.from.clone(), flow.to.scheme, flow.to.host.clone(), flow.to.port)
}

/// Those for which requests are told apart, by all rows: a filter may leave out the rows that show it. Of other clients one row
/// stands for every request.
pub(super) fn told_apart(flows: &[Flow]) -> ToldApart {
    flows.iter().filter(|flow| flow.to.message.is_some() && flow.to.scheme.is_http()).map(key).collect()
}

/// The rows with the method and the path of each request, where requests are told apart: a row without them would read as one for
/// every method.
pub(super) fn spelled_out<'f>(flows: &'f [Flow], told_apart: &ToldApart) -> Vec<Cow<'f, Flow>> {
    let spelled = |flow: &Flow| -> Option<Flow> {
        let said = flow.to.message.clone().unwrap_or_default();
        let is_whole = said.method.is_some() && said.path.is_some();
        if is_whole || told_apart.is_empty() || !told_apart.contains(&key(flow)) {
            return None;
        }
        let mut flow = flow.clone();
        let method = said.method.or_else(|| Some(flow.to.scheme.usual_method().to_owned()));
        let path = said.path.or_else(|| Some("/".to_owned()));
        flow.to.message = Some(Message { method, path, headers: said.headers });
        Some(flow)
    };
    flows.iter().map(|flow| spelled(flow).map_or(Cow::Borrowed(flow), Cow::Owned)).collect()
}

/// The rows of a report, each once.
///
/// HTTPS is TLS: where both have one result, the row of TLS stands for both.
pub(super) fn shown<'f>(flows: &'f [Cow<'_, Flow>]) -> Vec<&'f Flow> {
    let mut known: BTreeMap<(&FlowClient, &FlowTarget), Vec<&Flow>> = BTreeMap::new();
    let mut each_once: Vec<&Flow> = Vec::new();
    for flow in flows.iter().map(AsRef::as_ref) {
        let same = known.entry((&flow.from, &flow.to)).or_default();
        if !same.contains(&flow) {
            same.push(flow);
            each_once.push(flow);
        }
    }
    let flows = each_once;
    let of_tls: BTreeMap<(&FlowClient, &str, u16), Vec<&Flow>> =
        flows.iter().copied().filter(|flow| flow.to.scheme == Scheme::Tls).fold(BTreeMap::new(), |mut known, flow| {
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
        .copied()
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
