//! Sidecars that keep an object from a request.

use crate::trace::outcome::istiod::egress_listeners::{ImportingListener, ListenerPlace};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;

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
