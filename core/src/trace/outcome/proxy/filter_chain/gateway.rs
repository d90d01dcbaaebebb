//! The filter chain of a gateway's listener that takes a connection, and what is inside its TLS (`core/gateway.go`).

use std::ops::ControlFlow;

use crate::trace::ClientPath;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::gateway_listener::{ChainFilter, GatewayFilterChain, GatewayListener};
use crate::trace::outcome::istiod::gateways::GatewayProxy;
use crate::trace::outcome::proxy::connection::{Certificate, Connection, Payload, Transport};
use crate::trace::outcome::proxy::journey::{DownstreamProtocol, Journey, Step, closed, unknown};
use crate::trace::outcome::proxy::listener::gateway::MatchedListener;
use crate::trace::outcome::proxy::request::{DownstreamTls, Request};

/// What a filter chain of a gateway reads.
pub(crate) struct GatewayStream {
    /// Whether the client shows a certificate of the mesh.
    pub(crate) has_mesh_certificate: bool,
    /// The server name of the connection.
    pub(crate) server_name: Option<String>,
    pub(crate) content: Content,
}

/// The content of a stream, as the chain's network filter gets it.
pub(crate) enum Content {
    Http(Request),
    Bytes(Payload),
    /// TLS that the gateway does not terminate.
    PassThrough(Connection),
}

impl GatewayStream {
    /// The request, on an HTTP filter chain.
    pub(crate) fn request(&self) -> Option<&Request> {
        match &self.content {
            Content::Http(request) => Some(request),
            Content::Bytes(_) | Content::PassThrough(_) => None,
        }
    }
}

/// The filter chain for the server name of a connection.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    gateway: &GatewayProxy<'_>,
    found: &MatchedListener<'a>,
    connection: &Connection,
) -> Step<&'a GatewayFilterChain<'a>> {
    // Of a listener that istiod does not read, there is no chain.
    let chain = matching(found.listener, connection.server_name());
    let chain = chain.filter(|chain| !chain.gateway.spec.is_alpha || journey.reads_alpha(&chain.gateway.meta));
    let Some(chain) = chain else {
        // No chain is for this server name, or for plain text: the connection is closed.
        found.note_other_port(journey, gateway);
        return journey.failed("UF");
    };
    journey.hop(|hop| hop.chain = Some(chain.name.clone()));
    journey.decided(&chain.gateway.meta, chain.server.span);
    ControlFlow::Continue(chain)
}

/// The chain that Envoy matches: the one for the exact server name, then for the longest wildcard, then the one without a
/// server name.
fn matching<'a>(listener: &'a GatewayListener<'a>, server_name: Option<&str>) -> Option<&'a GatewayFilterChain<'a>> {
    let by_name = server_name.and_then(|name| {
        let name = name.to_ascii_lowercase();
        let exact = listener.by_server_name.get(&name);
        let wildcards = || host_name::wildcard_server_names(&name);
        exact.or_else(|| wildcards().find_map(|wildcard| listener.by_server_name.get(&wildcard)))
    });
    let place = by_name.copied().or(listener.without_server_name)?;
    listener.chains.get(place)
}

/// What the filter chain reads of a connection: it terminates TLS or not.
pub(crate) fn open<'a>(
    journey: &mut Journey<'a>,
    chain: &'a GatewayFilterChain<'a>,
    connection: Connection,
) -> Step<GatewayStream> {
    let has_mesh_certificate = connection.has_mesh_certificate();
    let server_name = connection.server_name().map(str::to_owned);
    let content = match &chain.filter {
        ChainFilter::Http { route, .. } => {
            journey.hop(|hop| hop.route = Some(route.clone()));
            terminate(journey, chain, &connection)?;
            journey.is_read_as(DownstreamProtocol::Http);
            Content::Http(request(connection)?)
        }
        ChainFilter::Tcp { .. } => {
            terminate(journey, chain, &connection)?;
            journey.is_read_as(DownstreamProtocol::Tcp);
            Content::Bytes(connection.payload)
        }
        ChainFilter::PassThrough { .. } => {
            journey.is_read_as(DownstreamProtocol::Tcp);
            Content::PassThrough(connection)
        }
    };
    ControlFlow::Continue(GatewayStream { has_mesh_certificate, server_name, content })
}

/// The request that an HTTP filter chain gets.
fn request(connection: Connection) -> Step<Request> {
    match connection.payload {
        Payload::Http(request) => {
            let tls = match connection.transport {
                Transport::Plain => DownstreamTls::None,
                Transport::Tls { certificate: Certificate::None, .. } => DownstreamTls::WithoutCertificate,
                Transport::Tls { certificate: Certificate::Mesh | Certificate::Custom, .. } => {
                    DownstreamTls::WithCertificate
                }
            };
            ControlFlow::Continue(request.at_gateway(tls))
        }
        // The bytes are not HTTP: the codec refuses them.
        Payload::Tls(_) | Payload::Opaque => closed(Some("DPE")),
    }
}

/// Whether the TLS handshake of a chain succeeds, so that the chain reads the payload.
fn terminate(journey: &mut Journey<'_>, chain: &GatewayFilterChain<'_>, connection: &Connection) -> Step<()> {
    let transport = &connection.transport;
    let calls_itself = calls_without_certificate(journey, connection);
    match chain.mode() {
        None if *transport == Transport::Plain => ControlFlow::Continue(()),
        // To a server of plain text TLS is just bytes, and nobody answers its handshake.
        None => journey.failed("UF"),
        Some("ISTIO_MUTUAL") if connection.has_mesh_certificate() => ControlFlow::Continue(()),
        Some("ISTIO_MUTUAL") => match transport {
            Transport::Tls { certificate: Certificate::Custom, .. } => {
                unknown("it is not known whether a gateway accepts the client certificate of a DestinationRule")
            }
            // Without a certificate the handshake fails.
            _ => journey.failed("UF"),
        },
        // A client that calls the gateway itself may or may not verify the gateway's certificate.
        Some("SIMPLE" | "OPTIONAL_MUTUAL") if calls_itself => ControlFlow::Continue(()),
        Some("MUTUAL") if calls_itself => unknown(format!(
            "it is not known whether the client has a certificate that server `{}` accepts",
            chain.name
        )),
        Some("SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL") => match (transport, &connection.payload) {
            // The mesh's own TLS expects a mesh certificate from the server, which such a server does not show; plain
            // text is no handshake.
            (Transport::Tls { certificate: Certificate::Mesh, .. }, _)
            | (Transport::Plain, Payload::Http(_) | Payload::Opaque) => journey.failed("UF"),
            _ => {
                unknown(format!("it is not known whether a client accepts the certificate of server `{}`", chain.name))
            }
        },
        Some(mode) => unknown(format!("TLS mode `{mode}` of server `{}` is not modelled", chain.name)),
    }
}

fn calls_without_certificate(journey: &Journey<'_>, connection: &Connection) -> bool {
    journey.query.path == ClientPath::None
        && matches!(connection.transport, Transport::Tls { certificate: Certificate::None, .. })
}
