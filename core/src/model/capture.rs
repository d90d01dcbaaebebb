//! Which outbound traffic of a pod its sidecar captures (`tools/istio-iptables/pkg/capture/run.go`).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::source::{Span, Spanned};

/// What a sidecar captures; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// The setting by which nothing is captured.
    pub off: Option<Spanned<String>>,
    /// Ports that are not captured.
    pub excluded_ports: Vec<Excluded<u16>>,
    /// Networks that are not captured.
    pub excluded_networks: Vec<Excluded<IpNet>>,
    /// Ports that are captured at every address that is not excluded.
    pub included_ports: IncludedPorts,
    /// Networks that are captured.
    pub included_networks: IncludedNetworks,
    /// Settings that may change what is captured, and are not followed.
    pub not_followed: Vec<Spanned<String>>,
    /// What is known of the addresses of a name.
    pub addresses_of_names: AddressesOfNames,
}

/// Which addresses a name may have where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AddressesOfNames {
    /// They are taken to be of IPv4, as in most clusters.
    #[default]
    Ipv4,
    /// Of either family: a document shows that the cluster has IPv6.
    OfBothFamilies,
}

/// What is not captured, and the setting that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded<T> {
    /// A port, or a network.
    pub what: T,
    /// The setting.
    pub by: Spanned<String>,
}

/// Ports that are captured although their network is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IncludedPorts {
    /// Every port.
    All,
    /// No port.
    #[default]
    None,
    /// These.
    These(Vec<u16>),
}

/// Networks that are captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IncludedNetworks {
    /// Every network.
    #[default]
    All,
    /// These, and no others; the setting says so.
    These(Vec<IpNet>, Spanned<String>),
}

/// Whether a sidecar captures a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captured {
    /// It does.
    Yes,
    /// It does not, because of this setting.
    No(Spanned<String>),
    /// It depends on the address that the client dials, because of this setting.
    ByAddress(Spanned<String>),
    /// A setting that is not followed may change it.
    NotFollowed(Spanned<String>),
}

impl Capture {
    /// Whether everything is captured.
    pub fn is_everything(&self) -> bool {
        *self == Self { addresses_of_names: self.addresses_of_names, ..Self::default() }
    }

    /// Whether a connection to a port is captured; `address` is `None` where only a name is known.
    ///
    /// The rules are asked in the order in which istio-iptables writes them: excluded ports, excluded networks, included
    /// ports, included networks. A port that is excluded stays so whatever the settings say that are not followed: its rule
    /// comes before all of them.
    pub fn captures(&self, port: u16, address: Option<IpAddr>) -> Captured {
        if let Some(setting) = &self.off {
            return Captured::No(setting.clone());
        }
        if let Some(excluded) = self.excluded_ports.iter().find(|excluded| excluded.what == port) {
            return Captured::No(excluded.by.clone());
        }
        if let Some(setting) = self.not_followed.first() {
            return Captured::NotFollowed(setting.clone());
        }
        let mut by_address = None;
        if let Some(last) = self.excluded_networks.last()
            && are_all(self.excluded_networks.iter().map(|excluded| &excluded.what))
        {
            return Captured::No(last.by.clone());
        }
        for network in &self.excluded_networks {
            match self.is_within(address, &network.what) {
                Some(true) => return Captured::No(network.by.clone()),
                Some(false) => {}
                None => by_address = by_address.or_else(|| Some(network.by.clone())),
            }
        }
        match self.included(port, address) {
            Captured::Yes => by_address.map_or(Captured::Yes, Captured::ByAddress),
            otherwise => otherwise,
        }
    }

    fn included(&self, port: u16, address: Option<IpAddr>) -> Captured {
        let has_port = match &self.included_ports {
            IncludedPorts::All => true,
            IncludedPorts::None => false,
            IncludedPorts::These(ports) => ports.contains(&port),
        };
        if has_port {
            return Captured::Yes;
        }
        match &self.included_networks {
            IncludedNetworks::All => Captured::Yes,
            IncludedNetworks::These(networks, by) => {
                let within: Vec<Option<bool>> =
                    networks.iter().map(|network| self.is_within(address, network)).collect();
                if within.contains(&Some(true)) || are_all(networks) {
                    Captured::Yes
                } else if within.contains(&None) {
                    Captured::ByAddress(by.clone())
                } else {
                    Captured::No(by.clone())
                }
            }
        }
    }

    /// Whether an address is in a network. Of a name that has IPv4 addresses it is known for the network of all of these alone.
    fn is_within(&self, address: Option<IpAddr>, network: &IpNet) -> Option<bool> {
        let is_all = |network: &IpNet| network.prefix_len() == 0 && matches!(network, IpNet::V4(_));
        match address {
            Some(address) => Some(network.contains(&address)),
            None if is_all(network) && self.addresses_of_names == AddressesOfNames::Ipv4 => Some(true),
            None => None,
        }
    }

    /// Whether networks decide what is captured.
    pub fn depends_on_addresses(&self) -> bool {
        !self.excluded_networks.is_empty() || matches!(self.included_networks, IncludedNetworks::These(..))
    }

    /// The networks by which something is captured, or is not.
    pub fn networks(&self) -> impl Iterator<Item = &IpNet> {
        let included = match &self.included_networks {
            IncludedNetworks::All => &[],
            IncludedNetworks::These(networks, _) => networks.as_slice(),
        };
        self.excluded_networks.iter().map(|excluded| &excluded.what).chain(included)
    }

    /// Whether a network of loopback addresses is among those that are captured.
    pub fn includes_loopback(&self) -> bool {
        match &self.included_networks {
            IncludedNetworks::All => false,
            IncludedNetworks::These(networks, _) => networks.iter().any(|network| network.addr().is_loopback()),
        }
    }

    /// Where it is said that something is not captured.
    pub fn span(&self) -> Option<Span> {
        let networks = match &self.included_networks {
            IncludedNetworks::All => None,
            IncludedNetworks::These(_, by) => Some(by.span),
        };
        let off = self.off.as_ref().map(|setting| setting.span);
        off.or_else(|| self.excluded_ports.first().map(|port| port.by.span))
            .or_else(|| self.excluded_networks.first().map(|network| network.by.span))
            .or(networks)
            .or_else(|| self.not_followed.first().map(|setting| setting.span))
    }
}

/// Whether networks have all addresses of both families.
fn are_all<'n>(networks: impl IntoIterator<Item = &'n IpNet>) -> bool {
    let whole: Vec<&IpNet> = networks.into_iter().filter(|network| network.prefix_len() == 0).collect();
    let has = |is_v4: bool| whole.iter().any(|network| matches!(network, IpNet::V4(_)) == is_v4);
    has(true) && has(false)
}
