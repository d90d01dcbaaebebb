//! CONNECT, for which no route of Istio is.

use std::ops::ControlFlow;

use crate::trace::outcome::proxy::journey::{Journey, Step, answered};
use crate::trace::outcome::proxy::request::Request;

/// Answers CONNECT, whatever VirtualServices say: where a request has no path, Envoy looks only at routes that ask for
/// CONNECT by `connect_matcher` (`VirtualHostImpl::getRouteFromEntries` of `source/common/router/config_impl.cc`).
pub(super) fn refuse(journey: &mut Journey<'_>, request: &Request) -> Step<()> {
    if !request.is_connect() {
        return ControlFlow::Continue(());
    }
    journey.note(format!(
        "a proxy that reads HTTP has no route for CONNECT: if `{}` is an HTTP proxy, declare its port with protocol TCP",
        journey.query.host
    ));
    answered(404, Some("NR"))
}
