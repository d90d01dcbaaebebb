//! What sidecars see of the generated objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{ExportTo, Object, Objects, VirtualService};
use crate::model::PolicySet;

/// What sidecars see of the generated objects.
#[derive(Default)]
pub(super) struct SidecarView<'a> {
    /// The namespaces that see something of a host.
    pub(super) by: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Whether anything is seen by all of them.
    pub(super) by_everybody: bool,
    /// The ports that a host has.
    pub(super) ports: BTreeMap<&'a str, BTreeSet<u16>>,
    /// Whether a host has an address of its own, or may get one: then it matters which one is dialled, whatever is asked for.
    pub(super) by_address: bool,
}

impl<'a> SidecarView<'a> {
    pub(super) fn of(set: &PolicySet, objects: &'a Objects) -> Self {
        let mut visible = Self { by_address: set.environment.dns_capture, ..Self::default() };
        for Object { spec, .. } in &objects.service_entries {
            visible.by_address |= !spec.addresses.is_empty();
            for host in &spec.hosts {
                visible.ports.entry(host).or_default().extend(spec.ports.iter().map(|port| port.number));
            }
            visible.export(set, &spec.hosts, &spec.export_to);
        }
        let of_sidecars =
            |service: &&Object<VirtualService>| service.spec.gateways.iter().any(|gateway| gateway == "mesh");
        for Object { spec, .. } in objects.virtual_services.iter().filter(of_sidecars) {
            visible.export(set, &spec.hosts, &spec.export_to);
        }
        visible
    }

    fn export(&mut self, set: &PolicySet, hosts: &'a [String], export_to: &'a ExportTo) {
        match export_to {
            ExportTo::Public => self.by_everybody = true,
            ExportTo::Nobody => {}
            ExportTo::Namespaces(namespaces) => {
                // What is for a gateway's own namespace is for the gateway; a client there has been refused.
                let of_gateway =
                    |name: &&String| set.environment.gateways.values().any(|gateway| gateway.namespace == **name);
                for namespace in namespaces.iter().filter(|name| !of_gateway(name)) {
                    for host in hosts {
                        self.by.entry(host).or_default().insert(namespace);
                    }
                }
            }
        }
    }
}

/// A port that nothing listens on: no flow dials it, and no host or gateway has it.
pub(super) fn free_port(set: &PolicySet, visible: &SidecarView) -> u16 {
    let gateways = set.environment.gateways.values().flat_map(|gateway| &gateway.ports);
    let used: BTreeSet<u16> = set
        .flows()
        .map(|flow| flow.port())
        .chain(visible.ports.values().flatten().copied())
        .chain(gateways.map(|port| port.port))
        .collect();
    (7001..=u16::MAX).find(|port| !used.contains(port)).unwrap_or(7001)
}
