//! Services that have a host or a port in common, found by namespace and by host.

use std::collections::{BTreeMap, BTreeSet};

use super::service::{Endpoints, Service};
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::ids::ServiceId;

/// Some services of one visibility, in the order of age. A mesh may have thousands on one port, so that a request looks at
/// those of one namespace or of one host.
#[derive(Debug, Default)]
pub(crate) struct ServiceGroup {
    all: Vec<ServiceId>,
    by_namespace: BTreeMap<String, Vec<ServiceId>>,
    /// Their hosts, each once, in the order of the first service of each.
    hosts: Vec<HostId>,
    known_hosts: BTreeSet<HostId>,
    of_cluster: Vec<ServiceId>,
}

impl ServiceGroup {
    /// Adds a service. They come in the order of age.
    pub(super) fn push(&mut self, id: ServiceId, service: &Service<'_>) {
        // A service may have one port twice.
        if self.all.last() == Some(&id) {
            return;
        }
        self.all.push(id);
        match self.by_namespace.get_mut(service.namespace) {
            Some(ids) => ids.push(id),
            None => {
                self.by_namespace.insert(service.namespace.to_owned(), vec![id]);
            }
        }
        if self.known_hosts.insert(service.id) {
            self.hosts.push(service.id);
        }
        if !matches!(service.endpoints, Endpoints::Entry(_)) {
            self.of_cluster.push(id);
        }
    }

    pub(crate) fn all(&self) -> &[ServiceId] {
        &self.all
    }

    /// Those of a namespace.
    pub(crate) fn of_namespace(&self, namespace: &str) -> &[ServiceId] {
        self.by_namespace.get(namespace).map(Vec::as_slice).unwrap_or_default()
    }

    /// Services of Kubernetes.
    pub(crate) fn of_cluster(&self) -> &[ServiceId] {
        &self.of_cluster
    }

    /// Their hosts, in the order of the first service of each.
    pub(crate) fn hosts(&self) -> &[HostId] {
        &self.hosts
    }

    pub(crate) fn contains(&self, id: ServiceId) -> bool {
        self.all.binary_search(&id).is_ok()
    }
}
