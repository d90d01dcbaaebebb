//! The filter chain of a waypoint for a port of a service (`core/listener_waypoint.go`, `buildWaypointInternal`).
//!
//! A waypoint has a chain for each service that is bound to it and each of its ports; it finds them by the address that the
//! client dialled. `Host` and server name do not count.

use std::ops::ControlFlow;

use crate::istio::{PortProtocol, Resolution};
use crate::trace::outcome::istiod::service::{Endpoints, Protocol, Service};
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{DownstreamProtocol, Journey, Step, closed, unknown};
use crate::trace::outcome::proxy::request::Request;

/// What a filter chain of a waypoint reads.
pub(crate) struct WaypointStream {
    pub(crate) content: WaypointContent,
    /// The server name that the chain's filters see.
    pub(crate) server_name: ServerName,
}

/// The content of a stream, as the chain's network filter gets it.
pub(crate) enum WaypointContent {
    Http(Request),
    Bytes(Payload),
}

/// The server name of a connection, as filters see it.
pub(crate) enum ServerName {
    /// The TLS inspector ran: this one, or none.
    Seen(Option<String>),
    /// The inspector may not run on this port: it does where a service of the waypoint has TLS there.
    MayBeSeen,
}

impl WaypointStream {
    /// The request, on an HTTP filter chain.
    pub(crate) fn request(&self) -> Option<&Request> {
        match &self.content {
            WaypointContent::Http(request) => Some(request),
            WaypointContent::Bytes(_) => None,
        }
    }
}

/// The chain for the dialled port of a service.
pub(crate) fn choose(journey: &mut Journey<'_>, service: &Service<'_>, payload: Payload) -> Step<WaypointStream> {
    let port = journey.query.port;
    let found = service.ports.iter().find(|each| each.number == port && each.protocol != Protocol::Udp);
    let Some(protocol) = found.map(|found| found.protocol) else {
        journey
            .note(format!("`{}` does not list port {port}, so its waypoint has no filter chain for it", service.host));
        return closed(Some("NR"));
    };
    let is_http = match protocol {
        Protocol::Http => true,
        // The waypoint looks at the first bytes.
        Protocol::Unspecified => matches!(payload, Payload::Http(_)),
        Protocol::Tls | Protocol::Tcp | Protocol::MySql | Protocol::Mongo | Protocol::Udp => false,
    };
    let kind = if is_http { "http" } else { "tcp" };
    journey.hop(|hop| {
        hop.listener = Some("main_internal".to_owned());
        hop.chain = Some(format!("inbound-vip|{port}|{kind}|{}", service.host));
    });
    dynamic(service, port, protocol)?;
    journey.is_read_as(if is_http { DownstreamProtocol::Http } else { DownstreamProtocol::Tcp });
    if is_http {
        return match payload {
            Payload::Http(request) => {
                // `use_remote_address` is off, and the certificate's header is removed, as at a sidecar.
                let content = WaypointContent::Http(request);
                ControlFlow::Continue(WaypointStream { content, server_name: ServerName::Seen(None) })
            }
            // The bytes are not HTTP: the codec refuses them.
            Payload::Tls(_) | Payload::Opaque => closed(Some("DPE")),
        };
    }
    let server_name = match &payload {
        Payload::Tls(name) if protocol == Protocol::Tls => ServerName::Seen(name.clone()),
        Payload::Tls(_) => ServerName::MayBeSeen,
        Payload::Http(_) | Payload::Opaque => ServerName::Seen(None),
    };
    ControlFlow::Continue(WaypointStream { content: WaypointContent::Bytes(payload), server_name })
}

/// A service with resolution `DYNAMIC_DNS` has clusters for HTTP/1 and TLS alone, and TLS only where a flag is on
/// (`buildWaypointInboundVIP` of `core/cluster_waypoint.go`).
fn dynamic(service: &Service<'_>, port: u16, protocol: Protocol) -> Step<()> {
    let Endpoints::Entry(entry) = service.endpoints else { return ControlFlow::Continue(()) };
    if entry.resolution != Resolution::Dynamic {
        return ControlFlow::Continue(());
    }
    if protocol == Protocol::Tls {
        return unknown(format!(
            "a waypoint takes TLS of `{}` only where istiod has ENABLE_WILDCARD_HOST_SERVICE_ENTRIES_FOR_TLS, which is not known",
            service.host
        ));
    }
    let written = entry.ports.iter().find(|each| each.number == port).map(|each| PortProtocol::parse(&each.protocol));
    if !matches!(written, Some(PortProtocol::Http1 | PortProtocol::HttpProxy)) {
        return unknown(format!("port {port} of `{}`, with resolution DYNAMIC_DNS, is not modelled", service.host));
    }
    ControlFlow::Continue(())
}
