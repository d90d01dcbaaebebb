//! Ports of ServiceEntries.

use std::collections::BTreeMap;

use crate::manifest::ServicePort;
use crate::model::Flow;
use crate::resource::Protocol;

/// One port for each number, with the protocol that `rank` puts first.
fn ports<'a>(
    flows: &[Flow<'a>],
    port: impl Fn(&Flow<'a>) -> u16,
    rank: impl Fn(&Flow<'a>) -> (u8, &'static str),
) -> Vec<ServicePort> {
    let mut ports: BTreeMap<u16, (u8, &'static str)> = BTreeMap::new();
    for flow in flows {
        let rank = rank(flow);
        ports.entry(port(flow)).and_modify(|known| *known = rank.min(*known)).or_insert(rank);
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
    ports(flows, Flow::port, |flow| (0, protocol(flow.destination.protocol.value)))
}

/// The ports that the gateway connects to.
///
/// Where plain HTTP or an upgrade shares a port with passthrough, HTTP's version decides: for opaque bytes the
/// cluster's protocol does not matter.
pub(super) fn external(flows: &[Flow]) -> Vec<ServicePort> {
    ports(
        flows,
        |flow| flow.destination.external_port(),
        |flow| {
            let spoken = flow.destination.protocol.value;
            match (flow.destination.upgrade.is_some(), spoken.is_http2()) {
                // A wildcard has no cluster for GRPC-WEB (`buildOutboundClusters` of `core/cluster.go`).
                (_, true) if flow.wildcard().is_some() && spoken == Protocol::GrpcWeb => (0, "HTTP2"),
                (_, true) => (0, protocol(spoken)),
                // Istio refuses HTTPS beside DYNAMIC_DNS; a DestinationRule begins the TLS all the same.
                (true, false) if flow.wildcard().is_some() => (0, "HTTP"),
                (true, false) => (1, "HTTPS"),
                (false, false) => match spoken {
                    Protocol::Http => (0, "HTTP"),
                    // Opaque to the gateway either way, and a TCP port without addresses draws Istio's warnings.
                    _ => (2, "TLS"),
                },
            }
        },
    )
}

fn protocol(spoken: Protocol) -> &'static str {
    match spoken {
        // Istio's Mongo filter is off by default, and its statistics are the user's decision.
        Protocol::Mongo => "TCP",
        other => other.name(),
    }
}
