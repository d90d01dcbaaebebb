//! Several ServiceEntries of one namespace for one host.

use std::collections::BTreeMap;

use super::service::{Address, Conflict, Endpoints, Protocol, Service};
use crate::istio::{Resolution, ServiceEntry};
use crate::trace::outcome::host_index::HostId;

/// Says of each service what its workloads, or the other objects of its namespace for its host, make of it.
pub(super) fn mark_conflicts<'s, 'w: 's>(services: impl Iterator<Item = &'s mut Service<'w>>) {
    let mut by_host: BTreeMap<(&str, HostId), Vec<&mut Service<'w>>> = BTreeMap::new();
    for service in services.filter(|service| matches!(service.endpoints, Endpoints::Entry(_))) {
        by_host.entry((service.namespace, service.id)).or_default().push(service);
    }
    for mut services in by_host.into_values() {
        let conflict = if services.len() > 1 { conflict(&services) } else { by_selected_workloads(&services) };
        for service in &mut services {
            service.conflict = conflict;
        }
    }
}

fn conflict(services: &[&mut Service<'_>]) -> Conflict {
    let entries: Vec<&ServiceEntry> = services
        .iter()
        .filter_map(|service| match service.endpoints {
            Endpoints::Entry(entry) => Some(entry),
            _ => None,
        })
        .collect();
    let (Some((first, others)), Some((head, _))) = (entries.split_first(), services.split_first()) else {
        return Conflict::None;
    };
    let same_endpoints = |entry: &&ServiceEntry| {
        entry.resolution == first.resolution && entry.endpoints == first.endpoints && entry.selector == first.selector
    };
    let is_round_robin = first.resolution == Resolution::DnsRoundRobin;
    if !is_round_robin && others.iter().all(same_endpoints) && have_same_ports(&entries) {
        return Conflict::None;
    }
    // The name table has the addresses of the merged service, which are those of one of the objects
    // (`pkg/dns/server/name_table.go`, `BuildNameTable`).
    let one_address = services.iter().all(|service| service.address == head.address);
    // Of ports of one number the order of the objects decides which protocol a sidecar's listeners and routes are for.
    // Resolution NONE has a listener for each instance, and one for every address only where the host has no instance
    // (core/listener.go, `buildSidecarOutboundListeners`).
    let is_none = |entry: &ServiceEntry| entry.resolution == Resolution::None;
    let may_listen_by_instance = entries.iter().any(|entry| is_none(entry))
        && entries.iter().any(|entry| entry.selector.is_some() || !entry.endpoints.is_empty() || !is_none(entry));
    // HTTP is routed by `Host`, whatever the address.
    if (!one_address && !have_only_http(&entries))
        || !have_same_protocols(&entries)
        || (may_listen_by_instance && head.address == Address::None && !have_only_http(&entries))
    {
        return Conflict::Listeners;
    }
    let can_be_followed = |entry: &&ServiceEntry| {
        entry.selector.is_none()
            && entry.unsupported.is_empty()
            && entry.internal == first.internal
            && entry.subject_alt_names == first.subject_alt_names
            && (entry.resolution == first.resolution || is_none(entry) || is_none(first))
            // Envoy refuses a LOGICAL_DNS cluster of several endpoints.
            && matches!(entry.resolution, Resolution::None | Resolution::Static | Resolution::Dns)
    };
    if entries.iter().all(can_be_followed) { Conflict::Endpoints } else { Conflict::Clusters }
}

/// Where an entry without resolution selects workloads, sidecars listen at the addresses of these (core/listener.go,
/// `buildSidecarOutboundListeners`), which are not known.
fn by_selected_workloads(services: &[&mut Service<'_>]) -> Conflict {
    let is_one = services.iter().any(|service| match service.endpoints {
        Endpoints::Entry(entry) => {
            entry.selector.is_some()
                && entry.resolution == Resolution::None
                && matches!(service.address, Address::None | Address::Automatic)
                && !have_only_http(&[entry])
        }
        _ => false,
    });
    if is_one { Conflict::Listeners } else { Conflict::None }
}

fn have_only_http(entries: &[&ServiceEntry]) -> bool {
    let mut ports = entries.iter().flat_map(|entry| &entry.ports);
    ports.all(|port| Protocol::parse(&port.protocol) == Protocol::Http)
}

/// Whether ports of one number have one protocol.
fn have_same_protocols(entries: &[&ServiceEntry]) -> bool {
    let mut protocols: BTreeMap<u16, Protocol> = BTreeMap::new();
    entries.iter().flat_map(|entry| &entry.ports).all(|port| {
        let protocol = Protocol::parse(&port.protocol);
        *protocols.entry(port.number).or_insert(protocol) == protocol
    })
}

/// Whether ports of one number, or of one name, lead to one port of the endpoints. Endpoints are kept by the port's name
/// (`pilot/pkg/xds/endpoints/endpoint_builder.go`, `filterIstioEndpoint`).
fn have_same_ports(entries: &[&ServiceEntry]) -> bool {
    let mut by_number: BTreeMap<u16, (Protocol, u16)> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, u16> = BTreeMap::new();
    entries.iter().flat_map(|entry| &entry.ports).all(|port| {
        let target = port.target.unwrap_or(port.number);
        let of_number = (Protocol::parse(&port.protocol), target);
        *by_number.entry(port.number).or_insert(of_number) == of_number
            && *by_name.entry(&port.name).or_insert(target) == target
    })
}
