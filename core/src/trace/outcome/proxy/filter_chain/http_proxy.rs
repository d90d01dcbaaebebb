//! A port of the protocol `HTTP_PROXY`.
//!
//! Its listener is one of plain HTTP: it looks at no bytes, and has no chain for what is left. istiod puts it in the place
//! of what it has made before for the port; what comes later is added to it or replaces it (core/listener.go,
//! `buildSidecarOutboundListener`).

use std::ops::ControlFlow;

use crate::trace::Verdict;
use crate::trace::outcome::istiod::sidecar_services::PortListener;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{End, Journey, Proxy, Step, end, unknown};
use crate::trace::outcome::proxy::listener::sidecar::SharedListener;

/// What such a service on the dialled port does to what is no HTTP.
pub(super) fn refuse<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    shared: SharedListener,
    payload: &Payload,
) -> Step<()> {
    // The listener of a Sidecar's own port takes no other service.
    if proxy.scope.listeners.is_some_and(|listeners| listeners.of_port.is_some()) {
        return ControlFlow::Continue(());
    }
    let port = journey.query.port;
    if !journey.any_on_port(&proxy.scope, PortListener::HttpProxy, |_| true) {
        return ControlFlow::Continue(());
    }
    let has_networks = journey.any_on_port(&proxy.scope, PortListener::Network, |_| true);
    match payload {
        Payload::Http(_) if shared.http && !has_networks => ControlFlow::Continue(()),
        _ if shared.tls || shared.tcp || has_networks || !shared.http => unknown(format!(
            "a host on port {port} has the protocol HTTP_PROXY, and which of the listeners of the port is left depends on the order in which Istio reads the hosts"
        )),
        _ => {
            journey.note(format!(
                "a host on port {port} has the protocol HTTP_PROXY, so the sidecar reads everything on this port as HTTP, and answers what is none with 400 in plain text"
            ));
            end(End::new(Verdict::Blocked))
        }
    }
}
