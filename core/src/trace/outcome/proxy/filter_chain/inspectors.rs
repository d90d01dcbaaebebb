//! Listener filters that look at the first bytes of a client before a filter chain takes the connection.

use std::ops::ControlFlow;

use super::on_address::AddressChains;
use crate::model::MeshSetting;
use crate::trace::Verdict;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::istiod::service::Protocol;
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port};
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{End, Journey, Proxy, Step, end};
use crate::trace::outcome::proxy::listener::sidecar::SidecarListener;

/// Ports whose servers send the first bytes: FTP, SMTP, POP3, NNTP, IMAP, submission of mail, `MySQL`. Here a client waits.
const SERVERS_SPEAK_FIRST: [u16; 7] = [21, 25, 110, 119, 143, 587, 3306];

/// What a listener looks for before it chooses a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inspector {
    /// The server name, without a limit of time.
    Tls,
    /// Whether it is HTTP, for `protocolDetectionTimeout` of the mesh config: without end if that is not set.
    Http,
}

/// What becomes of a client that waits for the server to send the first bytes: the sidecar waits for the client's
/// (`core/listener.go`, `buildListenerFromEntry`), and no connection to the server begins.
pub(super) fn wait<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    listener: &SidecarListener,
    payload: &Payload,
) -> Step<()> {
    if !matches!(payload, Payload::Opaque) {
        return ControlFlow::Continue(());
    }
    let Some(inspector) = inspector(journey, proxy, listener)? else { return ControlFlow::Continue(()) };
    let port = journey.query.port;
    if !waits(journey, proxy) {
        assumed(
            journey,
            format!(
                "the client is taken to send the first bytes: the sidecar looks at them on port {port}, and a client that waits for the server's gets no answer"
            ),
        );
        return ControlFlow::Continue(());
    }
    if inspector == Inspector::Http && stops_looking(journey) {
        return ControlFlow::Continue(());
    }
    journey.note(format!(
        "the client waits for the first bytes of the server, and the sidecar waits for those of the client on port {port}: neither sends any"
    ));
    end(End::new(Verdict::Blocked))
}

/// What is compiled declares bytes, and no protocol: then nothing is assumed of one.
fn assumed(journey: &mut Journey<'_>, text: String) {
    if !journey.context.environment.has_policies {
        journey.assumed(text);
    }
}

fn inspector<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, listener: &SidecarListener) -> Step<Option<Inspector>> {
    let found = match listener {
        SidecarListener::OnAddress(services) => {
            let chains = AddressChains::of(journey, proxy, services)?;
            let has_names = chains.l4.iter().any(|chain| !chain.server_names.is_empty());
            if chains.http.is_some() { Some(Inspector::Http) } else { has_names.then_some(Inspector::Tls) }
        }
        SidecarListener::VirtualOutbound | SidecarListener::CapturePort => None,
        SidecarListener::OnPort(shared) if shared.http => Some(Inspector::Http),
        SidecarListener::OnPort(shared) => {
            let (services, port) = (&journey.context.services, journey.query.port);
            let mut of_networks = on_port(&proxy.scope, port, PortListener::Network);
            let has_names = of_networks.any(|(_, id)| {
                services.get(id).and_then(|service| service.protocol_of(port)) == Some(Protocol::Tls)
                    && services.is_selected(&proxy.scope, id, &mut journey.assumptions)
            });
            (shared.tls || has_names).then_some(Inspector::Tls)
        }
    };
    ControlFlow::Continue(found)
}

/// Whether the client waits for the server: certain where the dialled host's port says `MySQL`, and to be asked on the ports
/// of other such protocols.
fn waits<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>) -> bool {
    let (context, port) = (journey.context, journey.query.port);
    let (_, host) = context.canonical(&journey.query.host, proxy.scope.namespace);
    context.services.speaks_my_sql(host, port)
        || (!context.environment.has_policies
            && SERVERS_SPEAK_FIRST.contains(&port)
            && journey.assume(Unknown::WaitsForServer, || {
                format!("servers of some protocols on port {port} send the first bytes, and the sidecar waits for those of the client there")
            }))
}

/// Whether the sidecar stops looking for HTTP after some time, and goes on as if it were none.
fn stops_looking(journey: &mut Journey<'_>) -> bool {
    if let Some(times_out) = journey.client.detection_times_out {
        return times_out;
    }
    let doubt = journey.doubt(MeshSetting::DetectionTimeout);
    journey.assume(Unknown::DetectionTimeout, || {
        let why =
            "no document says whether sidecars stop looking for HTTP after some time (`protocolDetectionTimeout`)";
        doubt.unwrap_or(why).to_owned()
    })
}
