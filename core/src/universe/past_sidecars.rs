//! Workloads that have no sidecar according to the facts: Istio does not restrict their requests.

use std::collections::BTreeSet;

use super::classes::{Granularity, Known, TooMany, Universe};
use super::visible::ANY;
use super::{ClientClass, ClientNamespace, RequestClass, SaidName, Way};
use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

impl Universe {
    pub(super) fn past_sidecars(&mut self, known: &Known) -> Result<(), TooMany> {
        for (namespace, labels) in uncaptured(known.environment) {
            for (port, scheme) in [(80, Scheme::Http), (443, Scheme::Https)] {
                let namespace = ClientNamespace::Named(namespace.to_owned());
                let class = RequestClass {
                    host: ANY.to_owned(),
                    port,
                    scheme,
                    client: ClientClass { way: Way::Pod, namespace, labels: labels.clone(), service_account: None },
                    leads_to: None,
                    name: SaidName::Dialled,
                    message: Message::default(),
                };
                self.ask(class, None, Granularity::Row, &BTreeSet::new(), known.most)?;
            }
        }
        Ok(())
    }
}

/// The workloads without a sidecar, by namespace and labels; empty labels stand for all others of the namespace.
/// Namespaces of gateways are left out, because they are reserved for gateways.
pub(crate) fn uncaptured(environment: &Environment) -> BTreeSet<(&str, Labels)> {
    let of_gateway = |name: &str| environment.gateways.values().any(|gateway| gateway.namespace == name);
    let mut found = BTreeSet::new();
    for (name, namespace) in environment.namespaces.iter().filter(|(name, _)| !of_gateway(name)) {
        let is_open = namespace.injection.as_ref().is_some_and(|injection| !injection.value);
        // If all workloads are listed, there are no others.
        let others = (is_open && namespace.workloads.is_none()).then(Labels::new);
        let listed = namespace.known().map(|workload| workload.labels.clone());
        let kinds = listed.chain(others).filter(|labels| !environment.captures(name, labels));
        found.extend(kinds.map(|labels| (name.as_str(), labels)));
    }
    found
}
