//! Which names belong to the cluster itself.

use std::collections::BTreeSet;

use super::public_domains::is_public_domain;
use crate::model::PolicySet;

/// The cluster, as far as names of hosts may be its own.
pub(crate) struct ClusterNames<'a> {
    pub(super) domain: &'a str,
    services: BTreeSet<(&'a str, &'a str)>,
    namespaces: BTreeSet<&'a str>,
}

impl<'a> ClusterNames<'a> {
    pub(crate) fn of(set: &'a PolicySet) -> Self {
        let environment = &set.environment;
        let given = environment.services.iter().map(|(namespace, name)| (namespace.as_str(), name.as_str()));
        let gateways = environment.gateways.values();
        let clients = set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.clients);
        Self {
            domain: &environment.cluster_domain,
            services: given
                .chain(gateways.clone().map(|gateway| (gateway.namespace.as_str(), gateway.service.as_str())))
                .collect(),
            namespaces: ["default", "kube-system", "kube-public", "kube-node-lease"]
                .into_iter()
                .chain([environment.root_namespace.as_str()])
                .chain(environment.services.iter().map(|(namespace, _)| namespace.as_str()))
                .chain(environment.namespaces.keys().map(String::as_str))
                .chain(gateways.map(|gateway| gateway.namespace.as_str()))
                .chain(clients.map(|client| client.namespace.value.as_str()))
                .collect(),
        }
    }

    /// The Service, and its namespace, that a name of two parts is short for: resolvers in pods try `svc` and the
    /// cluster's domain behind it first (`ndots`, Kubernetes' DNS for Services and Pods), and sidecars know Services by
    /// such names (`pilot/pkg/networking/core/httproute.go`, `GenerateAltVirtualHosts`).
    ///
    /// A namespace may be called as a domain is, `dev` or `shop`: there only a Service that is known has the name.
    pub(super) fn short_for<'h>(&self, host: &'h str) -> Option<(&'h str, &'h str)> {
        let (service, namespace) = host.split_once('.').filter(|(_, rest)| !rest.contains('.'))?;
        let known = self.services.contains(&(namespace, service));
        (known || self.namespaces.contains(namespace) && !is_public_domain(namespace)).then_some((service, namespace))
    }
}
