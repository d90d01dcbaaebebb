//! The names that objects mention, as numbers: a request is compared with thousands of names, and mostly has none of them.

use std::collections::BTreeMap;

use super::host_name;
use crate::istio::Objects;
use crate::model::Environment;

/// A host name as a number, in the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HostId {
    /// A name that some object mentions: its place in the index.
    Mentioned(u32),
    /// A name that no object mentions: nothing is found by it.
    Unmentioned,
}

/// Hosts, short ones made full, and server names.
#[derive(Debug)]
pub(crate) struct HostIndex {
    sorted: Vec<Box<str>>,
    /// Wildcards, by what stands behind the `*`.
    wild: BTreeMap<Box<str>, HostId>,
}

impl HostIndex {
    /// Reads the objects once.
    pub(crate) fn new(objects: &Objects, environment: &Environment) -> Self {
        let domain = environment.cluster_domain.as_str();
        let mut sorted: Vec<Box<str>> = Vec::new();
        sorted.extend(
            objects.service_entries.iter().flat_map(|entry| &entry.spec.hosts).map(|host| host.as_str().into()),
        );
        sorted.extend(
            objects.services.iter().map(|service| {
                host_name::of_service(service.meta.istio_name(), &service.meta.namespace, domain).into()
            }),
        );
        sorted.extend(
            objects.services.iter().filter_map(|service| service.spec.external_name.as_deref()).map(Into::into),
        );
        let gateways = environment.gateways.values();
        sorted
            .extend(gateways.map(|gateway| host_name::of_service(&gateway.service, &gateway.namespace, domain).into()));
        for route in &objects.virtual_services {
            let hosts = route.spec.hosts.iter();
            sorted.extend(hosts.map(|host| host_name::full(host, &route.meta.namespace, domain).as_ref().into()));
            let server_names = route.spec.tls.iter().flat_map(|route| &route.matches).flat_map(|each| &each.sni_hosts);
            sorted.extend(server_names.map(|name| name.as_str().into()));
        }
        sorted.extend(
            objects
                .destination_rules
                .iter()
                .map(|rule| host_name::full(&rule.spec.host, &rule.meta.namespace, domain).as_ref().into()),
        );
        sorted.sort_unstable();
        sorted.dedup();
        let mut wild = BTreeMap::new();
        for (at, name) in sorted.iter().enumerate() {
            if let Some(suffix) = name.strip_prefix('*') {
                wild.insert(suffix.into(), id(at));
            }
        }
        Self { sorted, wild }
    }

    /// The number of a name.
    pub(crate) fn id(&self, name: &str) -> HostId {
        self.sorted.binary_search_by(|known| (**known).cmp(name)).map_or(HostId::Unmentioned, id)
    }

    pub(crate) fn name(&self, id: HostId) -> &str {
        let HostId::Mentioned(at) = id else { return "" };
        usize::try_from(at).ok().and_then(|at| self.sorted.get(at)).map_or("", |name| name)
    }

    /// The wildcards that cover a name, other than itself: the most specific first, `*` last.
    pub(crate) fn covering<'h>(&'h self, name: &'h str) -> impl Iterator<Item = HostId> {
        // Nearly always there is none to look for.
        let suffixes = (!self.wild.is_empty()).then(|| host_name::suffixes(name)).into_iter().flatten();
        suffixes.filter_map(|suffix| self.wild.get(suffix).copied())
    }

    /// A name and the wildcards that cover it, as far as objects mention them.
    pub(crate) fn domains<'h>(&'h self, name: &'h str) -> impl Iterator<Item = HostId> {
        std::iter::once(self.id(name)).chain(self.covering(name))
    }
}

fn id(at: usize) -> HostId {
    // Input is bounded far below that many names.
    u32::try_from(at).map_or(HostId::Unmentioned, HostId::Mentioned)
}
