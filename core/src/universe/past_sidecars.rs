//! Workloads that have no sidecar according to the facts, and ports that sidecars do not capture: Istio does not restrict
//! these requests.

use std::collections::BTreeSet;

use super::classes::{Granularity, Known, TooMany, Universe};
use super::visible::ANY;
use super::{ClientClass, ClientNamespace, RequestClass, SaidName, Way};
use crate::model::{Captured, DataPlane, Environment, Namespace};
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

impl Universe {
    pub(super) fn past_sidecars(&mut self, known: &Known) -> Result<(), TooMany> {
        let open = uncaptured(known.environment).into_iter().flat_map(|(namespace, labels)| {
            [(80, Scheme::Http), (443, Scheme::Https)].map(|request| (namespace, labels.clone(), request))
        });
        let let_out = ports_past_sidecars(known.environment);
        for (namespace, labels, (port, scheme)) in open.chain(let_out) {
            let namespace = ClientNamespace::Named(namespace.to_owned());
            let class = RequestClass {
                host: ANY.to_owned(),
                port,
                scheme,
                client: ClientClass { way: Way::Pod, namespace, labels, service_account: None },
                leads_to: None,
                name: SaidName::Dialled,
                message: Message::default(),
            };
            self.ask(class, None, Granularity::Row, &BTreeSet::new(), known.most)?;
        }
        Ok(())
    }
}

/// The workloads without a sidecar, by namespace and labels; empty labels stand for all others of the namespace.
/// Namespaces of gateways are left out, because they are reserved for gateways, and so are proxies: they have no requests of
/// their own.
pub(crate) fn uncaptured(environment: &Environment) -> BTreeSet<(&str, Labels)> {
    let is_past = |name: &str, labels: &Labels| environment.most_open_data_plane(name, labels) != DataPlane::Sidecar;
    let mut found = BTreeSet::new();
    for (name, namespace) in namespaces_of_clients(environment) {
        let is_open = namespace.data_plane().is_some_and(|plane| plane != DataPlane::Sidecar);
        // If all workloads are listed, there are no others.
        let others = (is_open && namespace.workloads.is_none()).then(Labels::new);
        let listed = namespace.known().filter(|workload| !workload.is_proxy).map(|workload| workload.labels.clone());
        let kinds = listed.chain(others).filter(|labels| is_past(name, labels));
        found.extend(kinds.map(|labels| (name, labels)));
    }
    found
}

/// The ports at which sidecars do not capture all that leaves a pod, by namespace and labels.
fn ports_past_sidecars(environment: &Environment) -> BTreeSet<(&str, Labels, (u16, Scheme))> {
    let mut found = BTreeSet::new();
    for (name, namespace) in namespaces_of_clients(environment) {
        let others = namespace.workloads.is_none().then(Labels::new);
        let kinds = namespace.known().map(|workload| workload.labels.clone()).chain(others);
        for labels in kinds {
            for client in environment.clients(name, &labels) {
                if client.data_plane != DataPlane::Sidecar || client.capture.is_everything() {
                    continue;
                }
                let excluded = client.capture.excluded_ports.iter().map(|port| port.what);
                let ports =
                    excluded.chain([80, 443]).filter(|port| client.capture.captures(*port, None) != Captured::Yes);
                found.extend(ports.map(|port| (name, labels.clone(), (port, scheme(port)))));
            }
        }
    }
    found
}

fn namespaces_of_clients(environment: &Environment) -> impl Iterator<Item = (&str, &Namespace)> {
    let of_gateway = |name: &str| environment.gateways.values().any(|gateway| gateway.namespace == name);
    environment
        .namespaces
        .iter()
        .map(|(name, namespace)| (name.as_str(), namespace))
        .filter(move |(name, _)| !of_gateway(name))
}

/// What clients usually speak at a port.
fn scheme(port: u16) -> Scheme {
    match port {
        80 | 8080 => Scheme::Http,
        443 | 8443 => Scheme::Https,
        _ => Scheme::Tcp,
    }
}
