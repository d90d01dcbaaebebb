//! The listener of a gateway that takes a connection to its Service (`core/gateway.go`).

use std::ops::ControlFlow;

use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::{ContainerPort, GatewayPodsId};
use crate::trace::outcome::istiod::gateway_listener::GatewayListener;
use crate::trace::outcome::istiod::gateways::GatewayProxy;
use crate::trace::outcome::proxy::connection::Connection;
use crate::trace::outcome::proxy::journey::{Journey, Step, unknown};

/// A listener of a gateway, and how the connection comes to it.
pub(crate) struct MatchedListener<'a> {
    pub(crate) listener: &'a GatewayListener<'a>,
    /// The port of the gateway's Service.
    pub(crate) port: u16,
    pub(crate) container: ContainerPort,
}

/// The listener that takes a connection to a port of the gateway's Service.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    (id, gateway): (GatewayPodsId, &'a GatewayProxy<'a>),
    port: u16,
    connection: &Connection,
) -> Step<MatchedListener<'a>> {
    if !gateway.pods.ports.contains_key(&port) {
        return journey.failed("NC");
    }
    let container = container_port(journey, (id, gateway), port);
    let assignments = gateway.assignments(port, container);
    let assigned = journey.assumptions.assume_one_of(
        assignments,
        || Unknown::ServerPorts { gateway: id, port, container },
        || {
            let mut reasons = assignments.iter().map(|assigned| assigned.why.as_str());
            reasons.find(|why| !why.is_empty()).unwrap_or_default().to_owned()
        },
        |assigned| {
            let numbers: Vec<String> = assigned.numbers.iter().map(u16::to_string).collect();
            if numbers.is_empty() {
                "no server".to_owned()
            } else {
                format!("the servers of port {}", numbers.join(" and "))
            }
        },
    );
    let Some(assigned) = assigned else { return journey.failed("UF") };
    let listener = match assigned.listeners.choose(&mut journey.assumptions) {
        Ok(listener) => listener,
        Err(too_many) => return unknown(too_many),
    };
    if let Some(refused) = &listener.refused {
        return unknown(refused.clone());
    }
    if listener.passes_to_cluster(connection.server_name()) {
        return unknown(format!("an AUTO_PASSTHROUGH server of gateway `{}` is not modelled", gateway.pods.name));
    }
    let found = MatchedListener { listener, port, container };
    if listener.is_empty() {
        found.note_other_port(journey, gateway);
        return journey.failed("UF");
    }
    journey.hop(|hop| hop.listener = Some(listener.name.clone()));
    ControlFlow::Continue(found)
}

/// The container port behind a port of the Service.
fn container_port<'a>(
    journey: &mut Journey<'a>,
    (id, gateway): (GatewayPodsId, &GatewayProxy<'a>),
    port: u16,
) -> ContainerPort {
    let ports = gateway.pods.container_ports(port);
    let assumed = journey.assumptions.assume_one_of(
        &ports,
        || Unknown::ContainerPort { gateway: id, port },
        || {
            let (name, missing) = (&gateway.pods.name, gateway.pods.what_is_missing());
            format!("the container port behind port {port} of gateway `{name}` is not known{missing}")
        },
        |container| match container {
            ContainerPort::Number(number) => format!("container port {number}"),
            ContainerPort::Unmentioned => "a container port that no document names".to_owned(),
        },
    );
    assumed.copied().unwrap_or(ContainerPort::Unmentioned)
}

impl MatchedListener<'_> {
    /// Notes on which port the servers of the Service's port listen, when the Service does not lead there.
    pub(crate) fn note_other_port(&self, journey: &mut Journey<'_>, gateway: &GatewayProxy<'_>) {
        let Self { port, container, .. } = self;
        if let Some(other) = gateway.server_ports.elsewhere(*port, *container) {
            journey.note(format!(
                "port {port} of the Service has target port {container} of gateway `{}`, but servers of that port listen on {other}",
                gateway.pods.name
            ));
        }
    }
}
