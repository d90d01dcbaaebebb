//! Ports of ServiceEntries.

use std::collections::BTreeMap;

use super::object::FlowUpstream;
use crate::manifest::ServicePort;
use crate::model::{Flow, wildcard};
use crate::resource::Protocol;

/// One port for each number, with the protocol that its rank puts first.
fn ports(ranked: impl Iterator<Item = (u16, (u8, &'static str))>) -> Vec<ServicePort> {
    let mut ports: BTreeMap<u16, (u8, &'static str)> = BTreeMap::new();
    for (port, rank) in ranked {
        ports.entry(port).and_modify(|known| *known = rank.min(*known)).or_insert(rank);
    }
    ports
        .into_iter()
        .map(|(number, (_, protocol))| ServicePort {
            name: format!("{}-{number}", protocol.to_ascii_lowercase()),
            number,
            protocol,
        })
        .collect()
}

/// The ports that clients dial, with the protocol that their sidecars read there.
pub(super) fn dialled(flows: &[Flow]) -> Vec<ServicePort> {
    ports(flows.iter().map(|flow| (flow.port(), (0, protocol(flow.destination.protocol.value)))))
}

/// The ports that the gateway connects to.
///
/// Where plain HTTP or an upgrade shares a port with passthrough, HTTP's version decides: for opaque bytes the
/// cluster's protocol does not matter.
pub(super) fn external(upstreams: &[FlowUpstream]) -> Vec<ServicePort> {
    ports(upstreams.iter().map(|(flow, upstream)| {
        let spoken = flow.destination.protocol.value;
        let is_wildcard = wildcard::parent(upstream.host).is_some();
        let rank = match (upstream.is_upgraded, spoken.is_http2()) {
            // A wildcard has no cluster for GRPC-WEB (`buildOutboundClusters` of `core/cluster.go`).
            (_, true) if is_wildcard && spoken == Protocol::GrpcWeb => (0, "HTTP2"),
            (_, true) => (0, protocol(spoken)),
            // Istio refuses HTTPS beside DYNAMIC_DNS; a DestinationRule begins the TLS all the same.
            (true, false) if is_wildcard => (0, "HTTP"),
            (true, false) => (1, "HTTPS"),
            (false, false) => match spoken {
                Protocol::Http => (0, "HTTP"),
                // Opaque to the gateway either way, and a TCP port without addresses draws Istio's warnings.
                _ => (2, "TLS"),
            },
        };
        (upstream.port, rank)
    }))
}

fn protocol(spoken: Protocol) -> &'static str {
    match spoken {
        // Istio's Mongo filter is off by default, and its statistics are the user's decision.
        Protocol::Mongo => "TCP",
        other => other.name(),
    }
}
