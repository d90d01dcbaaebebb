//! The addresses that a policy names in place of hosts: each one alone, since each is an exit of its own.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::diagnostic::shown::shown;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::FoundBy;
use crate::resource::To;
use crate::source::Spanned;

/// The longest network is of 16 addresses. Each address of it has objects, a filter chain of the gateway and a listener of each
/// client.
const SHORTEST_PREFIX: u8 = 28;
/// Addresses of one item of `to`.
const MOST_ADDRESSES: usize = 64;

/// What clients of a destination dial: its hosts, or else its addresses.
pub(super) fn dialled(to: &To, report: &mut Report) -> (Vec<Spanned<String>>, FoundBy) {
    let hosts = || to.hosts.iter().map(|host| host.clone().map(|host| host.to_ascii_lowercase())).collect();
    let Some(first) = to.addresses.first() else { return (hosts(), FoundBy::Names) };
    if let Some(host) = to.hosts.first() {
        report.push(
            Diagnostic::new(
                &codes::HOSTS_AND_ADDRESSES,
                first.span,
                "an item of `to` has both `hosts` and `addresses`",
            )
            .label(host.span, "the hosts")
            .note("the addresses would look like those of the hosts, and egressc does not hold a host to addresses")
            .help("write one item with `hosts` and another one with `addresses`, or remove one of the two"),
        );
        return (hosts(), FoundBy::Names);
    }
    (each(to, report), FoundBy::Addresses)
}

fn each(to: &To, report: &mut Report) -> Vec<Spanned<String>> {
    let networks: Vec<Spanned<Ipv4Net>> = to.addresses.iter().filter_map(|written| network(written, report)).collect();
    let count = networks.iter().fold(0_usize, |sum, network| sum.saturating_add(addresses_of(network.value).count()));
    if count > MOST_ADDRESSES
        && let Some(first) = networks.first()
    {
        report.push(
            Diagnostic::new(
                &codes::TOO_MANY_ADDRESSES,
                first.span,
                format!("an item of `to` has {count} addresses, and at most {MOST_ADDRESSES} are allowed"),
            )
            .note("each address has a listener in every client's sidecar and a filter chain in the gateway")
            .help("name fewer addresses, or use the DNS name of the service in `hosts`"),
        );
        return Vec::new();
    }
    let mut addresses = Vec::new();
    for network in &networks {
        let of_network: Vec<Ipv4Addr> = addresses_of(network.value).collect();
        if let Some((address, why)) = of_network.iter().find_map(|address| Some((address, never(*address)?))) {
            report.push(not_egress(network, *address, why));
            continue;
        }
        addresses.extend(of_network.iter().map(|address| Spanned::new(address.to_string(), network.span)));
    }
    addresses
}

/// A network as it is written; an address alone is one, too.
fn network(written: &Spanned<String>, report: &mut Report) -> Option<Spanned<Ipv4Net>> {
    let text = written.value.as_str();
    let name = shown(text);
    if is_ipv6(text) {
        report.push(
            Diagnostic::new(&codes::IPV6_ADDRESS, written.span, format!("`{name}` is an IPv6 address"))
                .note(
                    "egressc compiles IPv4 addresses only; no run on real proxies has shown that IPv6 ones are closed",
                )
                .help("use the IPv4 address of the service, or its DNS name in `hosts`"),
        );
        return None;
    }
    let network = text.parse::<Ipv4Net>().ok().or_else(|| Some(Ipv4Net::from(text.parse::<Ipv4Addr>().ok()?)));
    let Some(network) = network else {
        report.push(
            Diagnostic::new(&codes::BAD_ADDRESS, written.span, format!("`{name}` is not an IPv4 address or network"))
                .help(help(text)),
        );
        return None;
    };
    if network.prefix_len() < SHORTEST_PREFIX {
        let most = 1_u32 << (32_u8.saturating_sub(SHORTEST_PREFIX));
        report.push(
            Diagnostic::new(
                &codes::TOO_MANY_ADDRESSES,
                written.span,
                format!("network `{name}` has more than {most} addresses"),
            )
            .note("each address has a listener in every client's sidecar and a filter chain in the gateway")
            .note("Istio has no route at a gateway for a network: the gateway does not know the address that a client dialled")
            .help("name the addresses that are needed, or use the DNS name of the service in `hosts`"),
        );
        return None;
    }
    if network.trunc() != network {
        let whole = network.trunc();
        report.push(
            Diagnostic::new(
                &codes::BAD_ADDRESS,
                written.span,
                format!("`{name}` is an address inside of a network, and not the network"),
            )
            .help(format!("write `{whole}` for the network, or `{}` for the address alone", network.addr())),
        );
        return None;
    }
    Some(Spanned::new(network, written.span))
}

fn is_ipv6(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or(text);
    let address = address.trim_start_matches('[').trim_end_matches(']');
    matches!(address.split('%').next().unwrap_or(address).parse(), Ok(IpAddr::V6(_)))
}

fn help(text: &str) -> &'static str {
    let is_address = |text: &str| text.parse::<Ipv4Addr>().is_ok();
    if text.split_once(':').is_some_and(|(address, _)| is_address(address)) {
        return "write the address alone, and the port in `port`";
    }
    if text.split_once('-').is_some_and(|(first, _)| is_address(first.trim())) {
        return "write each address alone, or a network such as `198.51.100.8/30`";
    }
    if text.chars().any(|c| c.is_ascii_alphabetic()) {
        return "write names in `hosts`";
    }
    "write an address such as `203.0.113.7`, or a network of at most 16 addresses such as `198.51.100.8/30`"
}

fn not_egress(network: &Spanned<Ipv4Net>, address: Ipv4Addr, why: &str) -> Diagnostic {
    let what = if network.prefix_len() == 32 {
        format!("`{address}` is not an address of an external service")
    } else {
        format!("`{}` contains `{address}`, which is not an address of an external service", network.value)
    };
    Diagnostic::new(&codes::ADDRESS_NOT_EGRESS, network.span, what).note(why).help("remove it from `addresses`")
}

/// Services of Alibaba Cloud, Azure and Oracle for their machines, at addresses that are not link-local.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// Why no policy can mean an address.
fn never(address: Ipv4Addr) -> Option<&'static str> {
    let [first, second, ..] = address.octets();
    Some(match (first, second) {
        (0, _) => "addresses that begin with 0 stand for no host (RFC 6890)",
        (127, _) => "it is the gateway's own pod, where the administration of its proxy listens",
        (169, 254) if address == Ipv4Addr::new(169, 254, 169, 254) => {
            "at this address cloud providers give the credentials of the gateway's node to whoever asks"
        }
        _ if METADATA.contains(&address) => {
            "at this address a cloud provider answers questions about the gateway's node, and may give its credentials"
        }
        (169, 254) => "such addresses are those of the gateway's own node or network link (RFC 3927)",
        (224..=239, _) => "it is a multicast address, and TCP has one receiver",
        (240, 240) => "Istio gives such addresses to hosts of ServiceEntries by itself, and nothing else has them",
        (240.., _) => "such addresses are reserved, and no host has one (RFC 1112)",
        _ => return None,
    })
}

/// All addresses of a network; `hosts` leaves out the first and the last.
fn addresses_of(network: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    (u32::from(network.network())..=u32::from(network.broadcast())).map(Ipv4Addr::from)
}
