//! What sidecars see of the generated objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{ExportTo, Object, Objects, VirtualService};
use crate::model::PolicySet;

/// What sidecars see of the generated objects.
#[derive(Default)]
pub(super) struct SidecarView<'a> {
    /// The namespaces that see an object for a host, by host.
    pub(super) by: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Whether all namespaces see some object.
    pub(super) by_everybody: bool,
    /// The ports of each host.
    pub(super) ports: BTreeMap<&'a str, BTreeSet<u16>>,
    /// Whether a host has an address of its own, or may get one. Then the result depends on which host is dialled,
    /// whatever name the request contains.
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
                // An object for a gateway's own namespace is for the gateway. Clients in that namespace have been
                // refused.
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

/// A port that no flow dials, and that no host or gateway has.
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
