//! Sidecars that keep an object from a request, or have no listener for it.

use super::near::{Near, Unused};
use crate::trace::outcome::istiod::egress_listeners::{ImportingListener, ListenerPlace};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;
use crate::trace::{Stop, Verdict};

/// A Sidecar whose egress listener for the port has no service: then there is no listener (core/listener.go,
/// `buildSidecarOutboundListeners`).
pub(super) fn unused(near: &Near<'_, '_>) -> Option<Unused> {
    let scope = near.scope.as_ref()?;
    let sidecar = scope.sidecar.filter(|sidecar| sidecar.meta.span.is_some())?;
    let listener = scope.listeners?.of_port?;
    let hop = near.trace.hops.last().filter(|hop| hop.at == Stop::Sidecar)?;
    let port = listener.port.filter(|port| *port == near.query.port)?;
    let is_blocked = near.trace.verdict == Verdict::Blocked && !near.trace.has_other_ways;
    let is_nowhere = is_blocked && hop.listener.as_deref() == Some("virtualOutbound");
    if !is_nowhere || near.context.services.on_this_port(scope, port).next().is_some() {
        return None;
    }
    let why = format!(
        "its egress listener for port {port} imports no ServiceEntry or Service with that port, and without one there is no listener"
    );
    Some(Unused::new(&sidecar.meta, sidecar.spec.span, why))
}

/// Why a Sidecar keeps an object from a request; `None` where it does not.
pub(super) fn not_imported(scope: &SidecarScope<'_>, imports: impl Fn(&SidecarScope<'_>) -> bool) -> Option<String> {
    let sidecar = &scope.sidecar?.meta;
    if imports(scope) {
        return None;
    }
    let importing: Vec<String> =
        scope.by_listener().filter(|(_, alone)| imports(alone)).map(|(listener, _)| which(listener)).collect();
    Some(if importing.is_empty() {
        format!("no egress host of Sidecar `{}/{}` imports it", sidecar.namespace, sidecar.name)
    } else {
        format!(
            "of the egress listeners of Sidecar `{}/{}` only the one {} imports it, and this request does not go there",
            sidecar.namespace,
            sidecar.name,
            importing.join(" and the one ")
        )
    })
}

/// Which of the listeners of a Sidecar it is.
fn which(listener: &ImportingListener) -> String {
    let port = listener.port.map_or_else(|| "for all other ports".to_owned(), |port| format!("for port {port}"));
    match &listener.place {
        ListenerPlace::Captured => port,
        ListenerPlace::At(address) => format!("{port} at `{address}`"),
        ListenerPlace::Socket => "at a socket".to_owned(),
    }
}
