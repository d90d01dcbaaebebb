//! The addresses by which connections are told apart: addresses and networks of ServiceEntries, `destinationSubnets` of
//! routes, and the networks that sidecars capture or leave alone.
//!
//! A name leads to addresses that no document gives. So where the result depends on the address, one request stands for
//! each address or network that something names, and one for all other addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::networks::networks;
use super::visible::ANY;
use super::{ClientClass, RequestClass};
use crate::istio::{Objects, VirtualService};
use crate::model::{Capture, Environment, IncludedNetworks};
use crate::resource::{Labels, selects};

/// Addresses that a client may dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressClass {
    /// Those of a network that are in no smaller network that an object names.
    In {
        /// The network; an address alone is one, too.
        network: IpNet,
        /// One of its addresses.
        address: IpAddr,
    },
    /// All that are in no network that an object names.
    Other(IpAddr),
}

impl AddressClass {
    /// An address that stands for all of them.
    pub fn address(self) -> IpAddr {
        match self {
            Self::In { address, .. } | Self::Other(address) => address,
        }
    }
}

/// The networks that objects and clients name.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    /// Those for a host.
    of_hosts: BTreeMap<String, BTreeSet<IpNet>>,
    /// Those at a port.
    at_ports: BTreeMap<u16, BTreeSet<IpNet>>,
    /// Those of workloads with these labels, by their namespace.
    of_workloads: BTreeMap<String, BTreeMap<Labels, BTreeSet<IpNet>>>,
    /// Those of workloads that say nothing of their own.
    of_every_client: BTreeSet<IpNet>,
}

/// The largest number of networks that are told apart for one host. Each one is a row for each kind of client.
const MOST_NETWORKS: usize = 64;

/// Addresses that nobody has (RFC 5737), and the first one of a host: what is free of an IPv4 network begins with one of them
/// or behind a network that is named.
const IPV4: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
    IpAddr::V4(Ipv4Addr::new(1, 0, 0, 0)),
];
/// An address that nobody has (RFC 3849).
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

impl Addresses {
    pub(super) fn of(objects: &Objects, environment: &Environment) -> Self {
        let mut addresses = Self::default();
        addresses.clients(environment);
        for entry in objects.service_entries.iter().map(|entry| &entry.spec) {
            let networks = networks(&entry.addresses);
            for host in entry.hosts.iter().filter(|_| !networks.is_empty()) {
                addresses.of_hosts.entry(host.clone()).or_default().extend(&networks);
            }
            for port in &entry.ports {
                addresses.at_ports.entry(port.number).or_default().extend(&networks);
            }
        }
        for service in objects.virtual_services.iter().map(|service| &service.spec) {
            addresses.route(service);
        }
        addresses
    }

    fn clients(&mut self, environment: &Environment) {
        let planes = environment.control_planes.iter();
        self.of_every_client = planes.flat_map(|plane| networks_of(&plane.capture)).collect();
        for (name, namespace) in &environment.namespaces {
            for workload in namespace.known() {
                let networks: BTreeSet<IpNet> = networks_of(&workload.capture).collect();
                if !networks.is_empty() {
                    let of_namespace = self.of_workloads.entry(name.clone()).or_default();
                    of_namespace.entry(workload.labels.clone()).or_default().extend(networks);
                }
            }
        }
    }

    /// The networks that the clients of a class name. One of its workloads is enough.
    fn of_clients(&self, client: &ClientClass) -> impl Iterator<Item = &IpNet> {
        let workloads = client.namespace.name().and_then(|name| self.of_workloads.get(name)).into_iter().flatten();
        let is_one = |labels: &Labels| !client.labels.is_empty() && selects(&client.labels, labels);
        workloads
            .filter(move |(labels, _)| is_one(labels))
            .flat_map(|(_, networks)| networks)
            .chain(&self.of_every_client)
    }

    fn route(&mut self, service: &VirtualService) {
        for each in service.tls.iter().chain(&service.tcp).flat_map(|route| &route.matches) {
            let networks = networks(&each.subnets);
            if networks.is_empty() {
                continue;
            }
            for host in service.hosts.iter().chain(&each.sni_hosts) {
                self.of_hosts.entry(host.clone()).or_default().extend(&networks);
            }
            if let Some(port) = each.port {
                self.at_ports.entry(port).or_default().extend(&networks);
            }
        }
    }

    /// Adds those of another universe.
    pub(super) fn extend(&mut self, others: &Self) {
        for (host, networks) in &others.of_hosts {
            self.of_hosts.entry(host.clone()).or_default().extend(networks);
        }
        for (port, networks) in &others.at_ports {
            self.at_ports.entry(*port).or_default().extend(networks);
        }
        for (name, workloads) in &others.of_workloads {
            for (labels, networks) in workloads {
                let of_namespace = self.of_workloads.entry(name.clone()).or_default();
                of_namespace.entry(labels.clone()).or_default().extend(networks);
            }
        }
        self.of_every_client.extend(&others.of_every_client);
    }

    /// The addresses that are told apart where the result for a class depends on them; none where there are too many.
    pub(super) fn told_apart(&self, class: &RequestClass) -> Vec<AddressClass> {
        // It is an address itself.
        if class.host.parse::<IpAddr>().is_ok() {
            return Vec::new();
        }
        let is_network = |network: &&IpNet| class.host == ANY || network.prefix_len() < network.max_prefix_len();
        let at_port = self.at_ports.get(&class.port).into_iter().flatten().filter(is_network);
        let of_host = self.of_hosts.get(&class.host).into_iter().flatten();
        let named: BTreeSet<IpNet> = at_port.chain(of_host).chain(self.of_clients(&class.client)).copied().collect();
        if named.is_empty() || named.len() > MOST_NETWORKS {
            return Vec::new();
        }
        let inside = |network: &IpNet| {
            let address = an_address_of(*network, &named)?;
            Some(AddressClass::In { network: *network, address })
        };
        named.iter().filter_map(inside).chain(another(&named).map(AddressClass::Other)).collect()
    }
}

/// The networks by which a sidecar captures, or does not.
fn networks_of(capture: &Capture) -> impl Iterator<Item = IpNet> {
    let included = match &capture.included_networks {
        IncludedNetworks::All => [].as_slice(),
        IncludedNetworks::These(networks, _) => networks.as_slice(),
    };
    let excluded = capture.excluded_networks.iter().map(|network| network.what);
    excluded.chain(included.iter().copied()).map(|network| network.trunc())
}

/// An address of a network that is in no smaller network; `None` where smaller networks fill it.
fn an_address_of(network: IpNet, named: &BTreeSet<IpNet>) -> Option<IpAddr> {
    let smaller = || named.iter().filter(|each| **each != network && network.contains(*each));
    let after = smaller().filter_map(|each| next(each.broadcast()));
    let mut candidates = network.hosts().next().into_iter().chain(after);
    candidates.find(|address| network.contains(address) && !smaller().any(|each| each.contains(address)))
}

/// An address that is in none of the networks; `None` where they have all addresses.
fn another(named: &BTreeSet<IpNet>) -> Option<IpAddr> {
    let behind = named.iter().filter_map(|network| next(network.broadcast()));
    let (behind_ipv4, behind_ipv6): (Vec<_>, Vec<_>) = behind.partition(IpAddr::is_ipv4);
    let mut candidates = IPV4.into_iter().chain(behind_ipv4).chain([IPV6]).chain(behind_ipv6);
    candidates.find(|address| !named.iter().any(|network| network.contains(address)))
}

fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => u32::from(address).checked_add(1).map(|next| IpAddr::V4(next.into())),
        IpAddr::V6(address) => u128::from(address).checked_add(1).map(|next| IpAddr::V6(next.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_network_is_in_no_smaller_one() {
        let named: BTreeSet<IpNet> =
            ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/32", "10.1.0.0/16", "192.168.0.0/31", "192.168.0.0/32"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
        let address = |text: &str| an_address_of(text.parse().unwrap(), &named).map(|address| address.to_string());
        assert_eq!(address("10.0.0.0/8").as_deref(), Some("10.2.0.0"));
        assert_eq!(address("10.0.0.0/16").as_deref(), Some("10.0.0.2"));
        assert_eq!(address("10.0.0.1/32").as_deref(), Some("10.0.0.1"));
        assert_eq!(address("192.168.0.0/31").as_deref(), Some("192.168.0.1"));
    }
    #[test]
    fn another_address_is_in_no_network_that_is_named() {
        let documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
        for (more, expected) in [
            (&["10.0.0.0/8"][..], Some("1.0.0.0")),
            (&["0.0.0.0/4"], Some("16.0.0.0")),
            (&["0.0.0.0/1", "192.0.0.0/2"], Some("128.0.0.0")),
            (&["128.0.0.0/1"], Some("1.0.0.0")),
            (&["0.0.0.0/0"], Some("2001:db8::1")),
            (&["0.0.0.0/0", "2001:db8::/32"], Some("2001:db9::")),
            (&["0.0.0.0/0", "::/0"], None),
        ] {
            let named = documentation.iter().chain(more).map(|text| text.parse().unwrap()).collect();
            assert_eq!(another(&named).map(|address| address.to_string()).as_deref(), expected, "{more:?}");
        }
    }
}
