//! Services of type `ExternalName`, as a sidecar knows them.

use std::ops::ControlFlow;

use super::connection::Payload;
use super::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::Protocol;

/// What comes of a dialled `ExternalName` is only known where it is no circle, and where a Sidecar cannot leave it out.
pub(crate) fn dialled<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, payload: &Payload) -> Step<()> {
    let (host, id) = journey.context.canonical(&journey.query.host, proxy.scope.namespace);
    match journey.context.services.external_name(id) {
        Some(ExternalName::Circular) => unknown(format!("`{host}` is an ExternalName Service for itself")),
        // Its name is a server name of the host behind it, as far as the Sidecar imports it (`matchingAliasService` of
        // pilot/pkg/model/sidecar.go).
        Some(ExternalName::Host(_)) if proxy.scope.sidecar.is_some() && matches!(payload, Payload::Tls(_)) => {
            unknown(format!("which names of ExternalName Service `{host}` a Sidecar imports is not modelled"))
        }
        _ => host_behind(journey, proxy, id).map_continue(|_| ()),
    }
}

/// The host whose routes hold for a name: its domains have those of its aliases beside them
/// (`generateVirtualHostDomains` of `core/httproute.go`).
pub(crate) fn host_behind<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, host: HostId) -> Step<HostId> {
    let context = journey.context;
    let Some(external_name) = context.services.external_name(host) else { return ControlFlow::Continue(host) };
    let port = journey.query.port;
    let name = context.hosts.name(host);
    let routed = std::iter::once(host)
        .chain(context.hosts.covering(name))
        .any(|host| !context.virtual_services.for_host(&proxy.scope, host).is_empty());
    if routed {
        return unknown(format!("a VirtualService is for the ExternalName Service `{name}`, which is not modelled"));
    }
    if context.services.anywhere(host).next().is_some() {
        return unknown(format!("`{name}` is an ExternalName Service and the host of a ServiceEntry"));
    }
    let ExternalName::Host(concrete) = external_name else {
        return unknown(format!("`{name}` is an ExternalName Service for itself"));
    };
    let real = context.hosts.name(concrete);
    // Only a full name is the host of a Service here.
    if real.ends_with(&context.environment.cluster_domain) && journey.may_have_service(real) {
        return unknown(format!("`{name}` is an ExternalName Service for `{real}`, which no document describes"));
    }
    let ids = context.services.selected(&proxy.scope, concrete, &mut journey.assumptions);
    let mut services = ids.iter().filter_map(|id| context.services.get(*id));
    match services.find_map(|service| service.protocol_of(port)) {
        Some(Protocol::Http) => ControlFlow::Continue(concrete),
        Some(Protocol::Unspecified) => unknown(format!(
            "`{name}` is an ExternalName Service for `{real}`, whose port {port} has no protocol, which is not modelled"
        )),
        // A name for a host without HTTP there is in no route (core/route/route.go, `BuildSidecarVirtualHostWrapper`).
        _ => ControlFlow::Continue(host),
    }
}

/// The host that the client's DNS finds behind the name that it dials, and whether that is another one.
pub(crate) fn dialled_host(journey: &Journey<'_>, namespace: &str) -> (HostId, bool) {
    let context = journey.context;
    let (_, id) = context.canonical(&journey.query.host, namespace);
    match context.services.external_name(id) {
        Some(ExternalName::Host(concrete)) => (concrete, true),
        _ => (id, false),
    }
}
