//! DestinationRules with the subset that the last proxy does not find.

use super::named_cluster::NamedCluster;
use super::near::Near;
use crate::istio::{DestinationRule, Object};
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::destination_rules::MergedRule;
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::pods::Selects;
use crate::trace::outcome::istiod::service::Service;

/// A subset of a service that no DestinationRule has that the proxy uses.
pub(super) struct MissingSubset<'s, 'n> {
    cluster: &'s NamedCluster<'n>,
    service: &'s Service<'s>,
    used: MergedRule<'s>,
    root: &'s str,
}

impl<'s, 'n> MissingSubset<'s, 'n> {
    /// `cluster` is missing.
    pub(super) fn of(near: &'s Near<'n, '_>, cluster: &'s NamedCluster<'n>) -> Option<Self> {
        // A gateway that sends a request to itself would get it again.
        if cluster.subset.is_empty() || cluster.is_of_itself(near) {
            return None;
        }
        let service = cluster.service(near)?;
        let used = cluster.rule(near, service)?;
        let has_it = used.objects().any(|object| object.spec.subsets.contains_key(cluster.subset));
        (!has_it).then_some(Self { cluster, service, used, root: &near.context.environment.root_namespace })
    }

    /// Whether a DestinationRule has the subset.
    pub(super) fn is_in(&self, near: &Near<'_, '_>, rule: &Object<DestinationRule>) -> bool {
        rule.spec.subsets.contains_key(self.cluster.subset)
            && host_name::is_within(&self.service.host, &near.full(&rule.spec.host, &rule.meta.namespace))
    }

    /// Why the proxy does not use a DestinationRule that has the subset.
    pub(super) fn why_not(&self, near: &Near<'_, '_>, rule: &Object<DestinationRule>) -> Option<String> {
        let because = self.because(near, rule)?;
        Some(format!(
            "it has the subset `{}` that {} looks for, but {because}",
            self.cluster.subset,
            self.cluster.proxy()
        ))
    }

    fn because(&self, near: &Near<'_, '_>, rule: &Object<DestinationRule>) -> Option<String> {
        let (own, namespace) = (self.cluster.namespace, rule.meta.namespace.as_str());
        // `destinationRule` of pilot/pkg/model/push_context.go looks in three namespaces.
        let order = [own, self.service.namespace, self.root];
        let place = |namespace: &str| order.iter().position(|known| *known == namespace);
        let Some(at) = place(namespace) else {
            return Some(format!(
                "it is in namespace `{namespace}`, where it does not look: only DestinationRules of {} namespace `{own}`, of the host's namespace `{}` and of the root namespace `{}` apply",
                self.cluster.whose(),
                self.service.namespace,
                self.root
            ));
        };
        if let Some(selector) = &rule.spec.workload_selector {
            let selects = match self.cluster.pods {
                Pods::Client(labels) => labels.selected_by(selector),
                Pods::Gateway(_, pods) => pods.labels.selected_by(selector),
                Pods::Waypoint => Selects::No,
            };
            if namespace != own {
                return Some(format!("its `workloadSelector` is for workloads of namespace `{namespace}`"));
            }
            return (selects == Selects::No)
                .then(|| format!("its `workloadSelector` does not select {} pods", self.cluster.whose()));
        }
        let written = &rule.spec.export_to;
        let is_exported = written.is_empty()
            || written.contains("*")
            || written.contains(own)
            || (namespace == own && written.contains("."));
        if !is_exported {
            let names: Vec<&str> =
                written.iter().map(|name| if name == "." { namespace } else { name.as_str() }).collect();
            return Some(format!("it is exported to `{}`, and not to `{own}`", names.join("`, `")));
        }
        let other = self.used.objects().next()?;
        let is_first = place(&other.meta.namespace).is_some_and(|other| other < at);
        let host = near.full(&other.spec.host, &other.meta.namespace);
        let is_narrower = other.meta.namespace == namespace
            && host != near.full(&rule.spec.host, namespace)
            && host_name::is_within(&host, &near.full(&rule.spec.host, namespace));
        let why = if is_first {
            format!(": those of namespace `{}` come first, and only one applies", other.meta.namespace)
        } else if is_narrower {
            format!(": its host `{host}` is more specific, and only one applies")
        } else {
            String::new()
        };
        Some(format!(
            "DestinationRule `{}/{}` is used for `{}` instead{why}",
            other.meta.namespace, other.meta.name, self.service.host
        ))
    }
}
