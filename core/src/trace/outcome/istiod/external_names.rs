//! Services of type `ExternalName`: names for other hosts (`pilot/pkg/model/push_context.go`, `resolveServiceAliases`).

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::Objects;
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;

/// What an `ExternalName` Service is a name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExternalName {
    /// This host, which no object may have.
    Host(HostId),
    /// Itself, directly or through other such names.
    Circular,
}

/// The hosts of `ExternalName` Services, with their namespaces and what they are names for.
pub(crate) fn external_names<'w>(
    objects: &'w Objects,
    hosts: &HostIndex,
    domain: &str,
) -> Vec<(String, &'w str, HostId, ExternalName)> {
    let mut found: Vec<(String, &str, HostId)> = Vec::new();
    let mut next: BTreeMap<HostId, HostId> = BTreeMap::new();
    for service in &objects.services {
        let Some(name) = &service.spec.external_name else { continue };
        let host = host_name::of_service(service.meta.istio_name(), &service.meta.namespace, domain);
        let id = hosts.id(&host);
        next.insert(id, hosts.id(name));
        found.push((host, &service.meta.namespace, id));
    }
    found.into_iter().map(|(host, namespace, id)| (host, namespace, id, end(&next, id))).collect()
}

fn end(next: &BTreeMap<HostId, HostId>, start: HostId) -> ExternalName {
    let mut seen = BTreeSet::new();
    let mut at = start;
    while let Some(further) = next.get(&at) {
        if !seen.insert(at) {
            return ExternalName::Circular;
        }
        at = *further;
    }
    ExternalName::Host(at)
}
