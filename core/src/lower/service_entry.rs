//! The two sides of an external host: hollow for clients, real for the gateway.

use super::object::{object, upstreams};
use super::{failover, ports};
use crate::manifest::{Location, Object, Resolution, ServiceEntry, Spec};
use crate::model::{Class, Flow, PolicySet, wildcard};
use crate::scheme::{EntryHome, names};

/// What clients see: the host's name and ports, and no endpoint to send to.
pub(super) fn hollow(set: &PolicySet) -> Vec<Object> {
    set.flows_by(|flow| (flow.host.value.as_str(), flow.client_namespace()))
        .into_iter()
        .map(|((host, client_namespace), flows)| {
            let EntryHome { namespace, export_to } = EntryHome::of(set, client_namespace, &flows);
            let by_address = set.environment.dns_capture && flows.iter().any(|flow| flow.class() == Class::Tcp);
            let entry = ServiceEntry {
                endpoints: Vec::new(),
                addresses: if by_address { vec![names::virtual_address(host)] } else { Vec::new() },
                export_to,
                hosts: vec![host.to_owned()],
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
            let entry = ServiceEntry {
                addresses: Vec::new(),
                endpoints: upstreams.first().map(|(_, upstream)| failover::endpoints(upstream)).unwrap_or_default(),
                export_to: vec![".".to_owned()],
                hosts: vec![host.to_owned()],
                location: Location::MeshExternal,
                ports: ports::external(&upstreams),
                resolution: if wildcard::parent(host).is_some() { Resolution::DynamicDns } else { Resolution::Dns },
            };
            let flows: Vec<Flow> = upstreams.iter().map(|(flow, _)| *flow).collect();
            object(set, namespace, names::external(host), Spec::ServiceEntry(entry), &flows)
        })
        .collect()
}
