//! The cluster behind a route to a Service of type `ExternalName`.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::trace::Stop;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::proxy::target::Target;

/// The target of a route to an `ExternalName` Service that the proxy knows: the host that it is written to be a name for, and
/// not the one at the end of several (core/route/route.go, `GetDestinationCluster`).
pub(crate) fn behind<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, target: Target<'a>) -> Step<Target<'a>> {
    let Target::Outbound { host, port, subset, payload } = target else { return ControlFlow::Continue(target) };
    let context = journey.context;
    let id = context.hosts.id(&host);
    let Some(service) = context.services.external_service(id) else {
        return ControlFlow::Continue(Target::Outbound { host, port, subset, payload });
    };
    if context.services.anywhere(id).next().is_some() {
        return unknown(format!("`{host}` is an ExternalName Service and the host of a ServiceEntry"));
    }
    if proxy.scope.sidecar.is_some() {
        return unknown(format!("which names of ExternalName Service `{host}` a Sidecar imports is not modelled"));
    }
    // A sidecar's routes know the Services that have the port of the listener alone (`BuildSidecarOutboundVirtualHosts`).
    let has_port = || service.spec.ports.iter().any(|each| each.port == journey.query.port);
    let is_known = service.spec.export_to.has(proxy.scope.namespace)
        && (proxy.at != Stop::Sidecar || !matches!(payload, Payload::Http(_)) || has_port());
    if !is_known {
        return ControlFlow::Continue(Target::Outbound { host, port, subset, payload });
    }
    journey.decided(&service.meta, None);
    match (&service.spec.external_name, &service.spec.written_external_name) {
        (Some(name), Some(written)) if name == written => {
            ControlFlow::Continue(Target::Outbound { host: Cow::Borrowed(name.as_str()), port, subset, payload })
        }
        _ => unknown(format!("the name behind ExternalName Service `{host}` is not written as a host of Istio is")),
    }
}
