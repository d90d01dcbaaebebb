//! Requests whose target is no path: CONNECT and `OPTIONS *`, for which no route of Istio is.

use std::ops::ControlFlow;

use crate::istio::{HttpMatch, Pattern};
use crate::trace::outcome::proxy::journey::{Journey, Step, answered, unknown};
use crate::trace::outcome::proxy::request::Request;

/// Answers them, whatever VirtualServices say.
pub(super) fn refuse(journey: &mut Journey<'_>, request: &Request) -> Step<()> {
    if request.is_connect() {
        return connect(journey);
    }
    if request.is_for_whole_server { whole_server(journey) } else { ControlFlow::Continue(()) }
}

/// Where a request has no path, Envoy looks only at routes that ask for CONNECT by `connect_matcher`
/// (`VirtualHostImpl::getRouteFromEntries` of `source/common/router/config_impl.cc`).
fn connect(journey: &mut Journey<'_>) -> Step<()> {
    journey.note(format!(
        "a proxy that reads HTTP has no route for CONNECT: if `{}` is an HTTP proxy, declare its port with protocol TCP",
        journey.query.host
    ));
    answered(404, Some("NR"))
}

/// Routes compare paths, and every usual one, also that of an unknown host, begins with `/`. A regular expression may match
/// `*`.
fn whole_server(journey: &mut Journey<'_>) -> Step<()> {
    let by_regex = |each: &HttpMatch| matches!(each.uri, Some(Pattern::Regex(_)));
    let routes = journey.context.objects.virtual_services.iter().flat_map(|object| &object.spec.http);
    if routes.flat_map(|route| &route.matches).any(by_regex) {
        return unknown("whether a regular expression of a route matches the target `*` is not modelled");
    }
    journey.note("no route of Istio has the target `*`".to_owned());
    answered(404, Some("NR"))
}
