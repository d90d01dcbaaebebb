//! DestinationRules for the host of the request.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused};
use super::subset::MissingSubset;
use crate::istio::{DestinationRule, Object};
use crate::trace::Stop;
use crate::trace::outcome::istiod::pods::Selects;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let rules = near.context.objects.destination_rules.iter();
    let cluster = NamedCluster::missing(near);
    let subset = cluster.as_ref().and_then(|cluster| MissingSubset::of(near, cluster));
    let reason = |rule: &Object<DestinationRule>| {
        let why = match &subset {
            Some(subset) if subset.is_in(near, rule) => subset.why_not(near, rule),
            _ => why(near, rule),
        };
        Some(Unused::new(&rule.meta, None, why?))
    };
    rules.filter(|rule| rule.meta.span.is_some() && !near.is_used(&rule.meta)).filter_map(reason).collect()
}

fn why(near: &Near<'_, '_>, rule: &Object<DestinationRule>) -> Option<String> {
    let (query, spec) = (near.query, &rule.spec);
    let full = near.full(&spec.host, &rule.meta.namespace);
    if !near.is_host(&full) {
        return near.short_name(&spec.host, &rule.meta.namespace);
    }
    // Only where the host's own cluster is used would it apply.
    let cluster = near.trace.hops.iter().find(|hop| hop.at == Stop::Sidecar)?.cluster.as_deref()?;
    let is_its_cluster = cluster.split('|').nth(3).is_some_and(|host| near.names().iter().any(|name| name == host));
    if !is_its_cluster || near.trace.gateway.is_some() {
        return None;
    }
    if let Some(labels) = spec.workload_selector.as_ref().filter(|_| rule.meta.namespace == query.namespace)
        && near.client.selected_by(labels) == Selects::No
    {
        return Some("its `workloadSelector` does not select the client".to_owned());
    }
    // `destinationRule` of pilot/pkg/model/push_context.go looks in three namespaces.
    let (service, _) = near.service()?;
    let namespaces = [query.namespace.as_str(), service.namespace, near.context.environment.root_namespace.as_str()];
    (!namespaces.contains(&rule.meta.namespace.as_str())).then(|| {
        format!(
            "it is in namespace `{}`; for this request only DestinationRules of the client's namespace `{}`, of the host's namespace `{}` and of the root namespace `{}` apply",
            rule.meta.namespace, query.namespace, service.namespace, near.context.environment.root_namespace
        )
    })
}
