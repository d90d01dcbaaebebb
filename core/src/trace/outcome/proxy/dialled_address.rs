//! The address that a client dials, as far as it is known.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::ControlFlow;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::external_name;
use super::journey::{Journey, Proxy, Step};
use crate::model::{AddressesOfNames, Captured};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::Address;
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port};

/// The address that a client dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialledAddress {
    /// This one: the client names it, or its sidecar answers with it.
    Known(IpAddr),
    /// The one that Istio gives to a host, for clients whose sidecars answer DNS. Behind it is nothing but the sidecar.
    Automatic(ServiceId),
    /// One that the cluster or the internet gives to a name.
    Resolved,
}

/// The networks of automatic addresses, if nobody changes them (`PILOT_IP_AUTOALLOCATE_IPV4_PREFIX` and
/// `PILOT_IP_AUTOALLOCATE_IPV6_PREFIX` of `pilot/pkg/features`).
const AUTOMATIC: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(240, 240, 0, 0), 16)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48)),
];

/// Whether Istio gives such addresses to hosts by itself: to which host is known only where the file of the ServiceEntry has
/// its status, which is not read.
pub(crate) fn is_automatic(address: IpAddr) -> bool {
    AUTOMATIC.iter().any(|range| range.contains(&address))
}

impl DialledAddress {
    /// The address that a client dials. A sidecar that answers DNS resolves a host to its address whatever the port
    /// (`pkg/dns/server/name_table.go`, `BuildNameTable`).
    pub(crate) fn of<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Self {
        let (context, query) = (journey.context, journey.query);
        if let Some(address) = query.address.or_else(|| host_name::address(&query.host)) {
            return Self::Known(address);
        }
        let (id, is_alias) = external_name::dialled_host(journey, proxy.scope.namespace);
        let host = context.hosts.name(id);
        for id in context.services.selected(&proxy.scope, id, &mut journey.assumptions).iter().copied() {
            let Some(service) = context.services.get(id) else { continue };
            match &service.address {
                // The sidecar sends a query for an `ExternalName` on, and its host's own address comes back: the name table
                // has no aliases.
                Address::Automatic if !is_alias && journey.has_automatic_addresses() => return Self::Automatic(id),
                Address::Fixed(addresses) | Address::Networks(_, addresses) if !addresses.is_empty() => {
                    // Only a client whom Istio's DNS gave such an address dials it, since no host has it.
                    let is_told = (!is_alias && journey.answers_dns())
                        || (!addresses.iter().all(|address| is_reserved(address))
                            && journey.assume(Unknown::ResolvesTo(id), || {
                                format!("whether `{host}` resolves to an address of its ServiceEntry is not known")
                            }));
                    if !is_told {
                        continue;
                    }
                    let told = told_apart(journey, proxy, addresses);
                    let why = || format!("`{host}` has several addresses, and which one the client dials is not known");
                    let question = || Unknown::AddressOf(id);
                    let name = |address: &IpAddr| format!("`{address}`");
                    if let Some(address) = journey.assumptions.assume_one_of(&told, question, why, name) {
                        return Self::Known(*address);
                    }
                }
                _ => {}
            }
        }
        Self::Resolved
    }

    /// Whether the client's sidecar captures a connection to it.
    pub(crate) fn captured(self, journey: &Journey<'_>) -> Captured {
        let (capture, port) = (&journey.client.capture, journey.query.port);
        let address = match self {
            Self::Known(address) => Some(address),
            // A part of the network may be treated otherwise than the rest, and which address is the host's is not known.
            Self::Automatic(_) => {
                let has_part =
                    |network: &IpNet| AUTOMATIC.iter().any(|range| range.contains(network) && range != network);
                let has_ipv6 = capture.addresses_of_names == AddressesOfNames::OfBothFamilies;
                let [first, _] = AUTOMATIC;
                Some(first.addr()).filter(|_| !has_ipv6 && !capture.networks().any(has_part))
            }
            Self::Resolved => None,
        };
        match (self, capture.captures(port, address)) {
            // Every name would be in it, and no automatic address is known.
            (Self::Automatic(_), Captured::No(setting)) if address.is_none() && capture.depends_on_addresses() => {
                if capture.excluded_ports.iter().any(|excluded| excluded.what == port) {
                    Captured::No(setting)
                } else {
                    Captured::ByAddress(setting)
                }
            }
            (_, captured) => captured,
        }
    }

    /// Whether it is in a network.
    pub(crate) fn is_in(self, journey: &mut Journey<'_>, network: &IpNet) -> bool {
        let of_automatic = |range: &IpNet| match (network.contains(range), range.contains(network)) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        };
        let known = match self {
            Self::Known(address) => Some(network.contains(&address)),
            Self::Automatic(_) => AUTOMATIC.iter().find(|range| is_v4(range) == is_v4(network)).and_then(of_automatic),
            Self::Resolved if network.prefix_len() == 0 => Some(true),
            Self::Resolved => None,
        };
        known.unwrap_or_else(|| {
            let question = Unknown::Subnets(vec![network.to_string()]);
            journey.assume(question, || format!("whether the dialled address is in `{network}` is not known"))
        })
    }

    /// Whether nothing answers there, unless a sidecar takes the connection.
    pub(crate) fn is_nowhere(self) -> bool {
        match self {
            Self::Known(IpAddr::V4(address)) => address.octets().first().is_some_and(|first| *first >= 240),
            Self::Known(IpAddr::V6(_)) | Self::Resolved => false,
            Self::Automatic(_) => true,
        }
    }
}

/// The addresses of a service of which it may matter which one a client dials: one of those that have the same listeners.
fn told_apart<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, addresses: &[String]) -> Vec<IpAddr> {
    let (context, port) = (journey.context, journey.query.port);
    let addresses = addresses.iter().filter_map(|address| address.parse().ok());
    if on_port(&proxy.scope, port, PortListener::Network).next().is_some() || context.virtual_services.any_subnets() {
        return addresses.collect();
    }
    let mut told: Vec<(Vec<ServiceId>, IpAddr)> = Vec::new();
    for address in addresses {
        let listeners = context.at_address(address).collect();
        if !told.iter().any(|(known, _)| *known == listeners) {
            told.push((listeners, address));
        }
    }
    told.into_iter().map(|(_, address)| address).collect()
}

/// The connection goes on to the address that the client dialled, under the name of the host that is there.
pub(crate) fn original_destination<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> Step<&'a str> {
    let query = journey.query;
    if DialledAddress::of(journey, proxy).is_nowhere() {
        journey.note(format!("`{}` has an address here that leads nowhere but to the sidecar itself", query.host));
        return journey.failed("UF");
    }
    let (host, is_alias) = external_name::dialled_host(journey, proxy.scope.namespace);
    ControlFlow::Continue(if is_alias { journey.context.hosts.name(host) } else { &query.host })
}

fn is_v4(network: &IpNet) -> bool {
    matches!(network, IpNet::V4(_))
}

/// 240.0.0.0/4: no host has such an address.
fn is_reserved(address: &str) -> bool {
    address.parse().is_ok_and(|address| DialledAddress::Known(address).is_nowhere())
}
