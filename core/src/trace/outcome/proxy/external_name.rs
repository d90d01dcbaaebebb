//! Services of type `ExternalName`, as a sidecar knows them.

use std::ops::ControlFlow;

use super::connection::Payload;
use super::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::Protocol;

/// What comes of a dialled `ExternalName` is only known where the host behind it is.
pub(crate) fn dialled<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, payload: &Payload) -> Step<()> {
    let (host, id) = journey.context.canonical(&journey.query.host, proxy.scope.namespace);
    if journey.context.services.external_name(id).is_some() && !matches!(payload, Payload::Http(_)) {
        return unknown(format!("`{host}` is an ExternalName Service, and only HTTP to such a Service is modelled"));
    }
    host_behind(journey, proxy, id).map_continue(|_| ())
}

/// The host whose routes hold for a name: its domains have those of its aliases beside them
/// (`generateVirtualHostDomains` of core/httproute.go).
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
    if let ExternalName::Host(concrete) = external_name {
        let ids = context.services.selected(&proxy.scope, concrete, &mut journey.assumptions);
        let mut ports = ids.iter().filter_map(|id| context.services.get(*id)).flat_map(|service| &service.ports);
        if ports.any(|each| each.number == port && each.protocol == Protocol::Http) {
            return ControlFlow::Continue(concrete);
        }
    }
    unknown(format!(
        "`{name}` is an ExternalName Service, and the sidecar does not know its external host for HTTP on port {port}"
    ))
}
