//! The two sides of an external host: hollow for clients, real for the gateway.

use super::object::{object, upstreams};
use super::{failover, ports};
use crate::manifest::{EntryEndpoint, Location, Object, Resolution, ServiceEntry, Spec};
use crate::model::{Class, Flow, PolicySet, registry_name, wildcard};
use crate::resource::Labels;
use crate::scheme::{EntryHome, names};

/// What clients see: the host's name and ports, and no endpoint to send to.
pub(super) fn hollow(set: &PolicySet) -> Vec<Object> {
    set.flows_by(|flow| (flow.host.value.as_str(), flow.client_namespace()))
        .into_iter()
        .map(|((host, client_namespace), flows)| {
            let EntryHome { namespace, export_to } = EntryHome::of(set, client_namespace, &flows);
            let by_address = set.environment.dns_capture && flows.iter().any(|flow| flow.class() == Class::Tcp);
            let addresses = match flows.iter().find_map(Flow::address) {
                // The listener is for this address alone, so that the rest of the port is not taken.
                Some(address) => vec![address.to_string()],
                None if by_address => vec![names::virtual_address(host)],
                None => Vec::new(),
            };
            let entry = ServiceEntry {
                addresses,
                endpoints: Vec::new(),
                export_to,
                hosts: vec![registry_name(host).into_owned()],
                location: Location::MeshExternal,
                ports: ports::dialled(&flows),
                resolution: Resolution::Static,
            };
            object(set, namespace, names::client_side(host, client_namespace), Spec::ServiceEntry(entry), &flows)
        })
        .collect()
}

/// What the gateway's namespace sees, and no other.
pub(super) fn real(set: &PolicySet) -> Vec<Object> {
    upstreams(set)
        .into_iter()
        .map(|((namespace, host), upstreams)| {
            // Never several addresses in one entry: the gateway would take any of them.
            let address = upstreams.iter().find_map(|(flow, _)| flow.address()).map(|address| address.to_string());
            let resolution = match (&address, wildcard::parent(host)) {
                (Some(_), _) => Resolution::Static,
                (None, Some(_)) => Resolution::DynamicDns,
                (None, None) => Resolution::Dns,
            };
            let fallbacks = || upstreams.first().map(|(_, upstream)| failover::endpoints(upstream)).unwrap_or_default();
            let entry = ServiceEntry {
                addresses: Vec::new(),
                endpoints: match address {
                    Some(address) => vec![EntryEndpoint { address, labels: Labels::new() }],
                    None => fallbacks(),
                },
                export_to: vec![".".to_owned()],
                hosts: vec![registry_name(host).into_owned()],
                location: Location::MeshExternal,
                ports: ports::external(&upstreams),
                resolution,
            };
            let flows: Vec<Flow> = upstreams.iter().map(|(flow, _)| *flow).collect();
            object(set, namespace, names::external(host), Spec::ServiceEntry(entry), &flows)
        })
        .collect()
}
