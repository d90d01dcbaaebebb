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
        *self == Self::default()
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
        for network in &self.excluded_networks {
            match is_within(address, &network.what) {
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
                let within: Vec<Option<bool>> = networks.iter().map(|network| is_within(address, network)).collect();
                if within.contains(&Some(true)) {
                    Captured::Yes
                } else if within.contains(&None) {
                    Captured::ByAddress(by.clone())
                } else {
                    Captured::No(by.clone())
                }
            }
        }
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

/// Whether an address is in a network. A name is taken to have IPv4 addresses, so of a name it is known for the
/// network of all of these alone.
fn is_within(address: Option<IpAddr>, network: &IpNet) -> Option<bool> {
    match address {
        Some(address) => Some(network.contains(&address)),
        None if network.prefix_len() == 0 && matches!(network, IpNet::V4(_)) => Some(true),
        None => None,
    }
}
