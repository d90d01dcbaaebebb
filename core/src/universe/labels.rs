//! Kinds of workloads, by the labels that something names.

use std::collections::{BTreeMap, BTreeSet};

use super::ClientNamespace;
use crate::model::Environment;
use crate::resource::Labels;

/// Labels that objects name, by the namespace and the port that they apply to.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// `None` stands for every namespace that sees the host.
    by_namespace: BTreeMap<Option<String>, BTreeMap<Option<u16>, BTreeSet<Labels>>>,
}

impl Named {
    pub(super) fn add(&mut self, namespace: Option<&str>, port: Option<u16>, labels: &Labels) {
        if !labels.is_empty() {
            let ports = self.by_namespace.entry(namespace.map(str::to_owned)).or_default();
            ports.entry(port).or_default().insert(labels.clone());
        }
    }

    /// The labels that matter for clients of a namespace on any port.
    pub(super) fn of_all_ports<'n>(&'n self, whose: &ClientNamespace) -> impl Iterator<Item = &'n Labels> {
        let own = whose.name().and_then(|name| self.by_namespace.get(&Some(name.to_owned())));
        own.into_iter().chain(self.by_namespace.get(&None)).flat_map(BTreeMap::values).flatten()
    }

    /// How many sets of labels matter for clients of every namespace on a port, at least.
    pub(super) fn count_everywhere(&self, port: u16) -> usize {
        let Some(ports) = self.by_namespace.get(&None) else { return 0 };
        let number = |port: Option<u16>| ports.get(&port).map_or(0, BTreeSet::len);
        number(None).max(number(Some(port)))
    }

    /// How many sets of labels matter for clients of a namespace alone on a port, at least.
    pub(super) fn count_of(&self, namespace: &str, port: u16) -> usize {
        let Some(ports) = self.by_namespace.get(&Some(namespace.to_owned())) else { return 0 };
        let number = |port: Option<u16>| ports.get(&port).map_or(0, BTreeSet::len);
        number(None).max(number(Some(port)))
    }

    /// The labels that matter for clients of a namespace on a port.
    pub(super) fn of<'n>(&'n self, whose: &ClientNamespace, port: u16) -> impl Iterator<Item = &'n Labels> {
        let own = whose.name().and_then(|name| self.by_namespace.get(&Some(name.to_owned())));
        let everywhere = self.by_namespace.get(&None);
        let at = move |ports: &'n BTreeMap<Option<u16>, BTreeSet<Labels>>| {
            [ports.get(&None), ports.get(&Some(port))].into_iter().flatten().flatten()
        };
        own.into_iter().chain(everywhere).flat_map(at)
    }
}

/// Adds the kinds of known workloads that have several of the named labels at once.
pub(super) fn add_workloads(kinds: &mut BTreeSet<Labels>, environment: &Environment, whose: &ClientNamespace) {
    let Some(namespace) = whose.name().and_then(|name| environment.namespaces.get(name)) else { return };
    let named: BTreeSet<String> = kinds.iter().flat_map(Labels::keys).cloned().collect();
    // A workload may have several of them, and comes more than once then.
    let several =
        kinds.iter().flat_map(|labels| namespace.that_may_have(labels).into_iter().filter(|each| each.has(labels)));
    let projected: Vec<Labels> = several
        .map(|workload| {
            let (written, added) = (workload.labels.iter(), workload.added.known.iter());
            written
                .chain(added)
                .filter(|(key, _)| named.contains(*key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        })
        .collect();
    kinds.extend(projected);
}

/// The service accounts of clients with these labels; `None` stands for all accounts that are not named.
pub(super) fn accounts(
    environment: &Environment,
    whose: &ClientNamespace,
    labels: &Labels,
) -> BTreeSet<Option<String>> {
    let known = whose.name().and_then(|name| environment.namespaces.get(name)).filter(|_| !labels.is_empty());
    let selected = known.into_iter().flat_map(|known| known.listed_with(labels));
    let accounts: BTreeSet<Option<String>> = selected.map(|workload| Some(workload.service_account.clone())).collect();
    if accounts.is_empty() { BTreeSet::from([None]) } else { accounts }
}

/// The labels of a workload that has both sets of labels; `None` if no workload can have both.
pub(super) fn together(one: &Labels, other: &Labels) -> Option<Labels> {
    let clash = other.iter().any(|(key, value)| one.get(key).is_some_and(|known| known != value));
    (!clash).then(|| one.iter().chain(other).map(|(key, value)| (key.clone(), value.clone())).collect())
}
