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
    /// How long these are, the longest first, each once.
    lengths: Vec<usize>,
    /// Whether any of them is for a part of a label, which is rare.
    any_partial_wildcard: bool,
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
        let mut lengths: Vec<usize> = sorted.iter().filter_map(|name| name.strip_prefix('*')).map(str::len).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        let any_partial_wildcard = sorted.iter().any(|name| host_name::is_partial_wildcard(name));
        Self { sorted, wild, lengths, any_partial_wildcard }
    }

    /// The number of a name.
    pub(crate) fn id(&self, name: &str) -> HostId {
        self.sorted.binary_search_by(|known| (**known).cmp(name)).map_or(HostId::Unmentioned, id)
    }

    pub(crate) fn name(&self, id: HostId) -> &str {
        let HostId::Mentioned(at) = id else { return "" };
        usize::try_from(at).ok().and_then(|at| self.sorted.get(at)).map_or("", |name| name)
    }

    /// Whether any wildcard is for a part of a label.
    pub(crate) fn any_partial_wildcard(&self) -> bool {
        self.any_partial_wildcard
    }

    /// The wildcards by which Istio finds objects for a name, other than itself: the most specific first, `*` last. The text
    /// behind the `*` is compared with the end of the name, and nothing need be before it (`pkg/config/host/name.go`,
    /// `Matches`).
    pub(crate) fn covering<'h>(&'h self, name: &'h str) -> impl Iterator<Item = HostId> {
        let own = name.strip_prefix('*');
        let endings = self.endings(own.unwrap_or(name)).filter(move |ending| own != Some(*ending));
        endings.filter_map(|ending| self.wild.get(ending).copied())
    }

    /// The wildcards that an Envoy finds for a name: the longest first, `*` last. Something must be before the end of the name.
    pub(crate) fn wildcard_domains<'h>(&'h self, name: &'h str) -> impl Iterator<Item = HostId> {
        let endings = self.endings(name).filter(move |ending| ending.is_empty() || ending.len() < name.len());
        endings.filter_map(|ending| self.wild.get(ending).copied())
    }

    /// A name and the wildcards that an Envoy finds for it, as far as objects mention them.
    pub(crate) fn domains<'h>(&'h self, name: &'h str) -> impl Iterator<Item = HostId> {
        std::iter::once(self.id(name)).chain(self.wildcard_domains(name))
    }

    /// The ends of a name that are as long as that of some wildcard.
    fn endings<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        let starts = self.lengths.iter().filter_map(|length| name.len().checked_sub(*length));
        starts.filter_map(|start| name.get(start..))
    }
}

fn id(at: usize) -> HostId {
    // Input is bounded far below that many names.
    u32::try_from(at).map_or(HostId::Unmentioned, HostId::Mentioned)
}
