//! What a matching HTTP route does with a request.

use std::ops::ControlFlow;

use super::destination;
use super::http_match::HttpRouteMatch;
use super::preflight;
use crate::istio::{Answer, Fault, HeaderChanges, HttpMatch, HttpRoute, Pattern, Rewrite, Weighted};
use crate::trace::Stop;
use crate::trace::outcome::assumptions::{RoutePart, Unknown};
use crate::trace::outcome::istiod::virtual_services::is_overlooked;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, answered, unknown};
use crate::trace::outcome::proxy::request::{Request, is_of_token};
use crate::trace::outcome::proxy::target::Target;

/// Applies a route: the request is answered here, or sent to one of the destinations.
pub(crate) fn apply<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    matched: HttpRouteMatch<'a>,
    mut request: Request,
) -> Step<Target<'a>> {
    let (config, route) = (matched.config, matched.route);
    journey.hop(|hop| hop.route = Some(matched.name()));
    journey.decided(route.of.as_deref().unwrap_or(config.meta), route.span);
    if let Some(reason) = &route.unknown {
        return unknown(reason.clone());
    }
    if let Some(field) = route.unsupported.first() {
        return unknown(format!("`{field}` of {matched} is not modelled"));
    }
    if let Some(fault) = &route.fault
        && aborts(journey, &matched, fault)
    {
        return answered(fault.status.unwrap_or(200), Some("FI"));
    }
    let destinations = match &route.answer {
        Answer::Direct(status) => return answered(*status, None),
        Answer::WithoutBackend => {
            let is_404 = journey.assume(Unknown::StatusWithoutBackend, || {
                format!("releases of Istio differ in the status with which {matched} answers without a backend")
            });
            return answered(if is_404 { 404 } else { 500 }, None);
        }
        Answer::Redirect(redirect) => return answered(redirect.status, None),
        Answer::Send(destinations) => destinations,
    };
    match route.cors.as_ref().map(|policy| preflight::is_answered(policy, &request)) {
        None | Some(Some(false)) => {}
        Some(Some(true)) => return answered(200, None),
        Some(None) => return unknown(format!("whether `corsPolicy` of {matched} answers the preflight is not known")),
    }
    let at = journey.visit;
    let question = || Unknown::Destination { at, route: config.age.id, part: RoutePart::Http(matched.place()) };
    let weighted = destination::weighted(journey, destinations, question, &matched)?;
    if let Some(name) = not_sent(&route.headers).or_else(|| not_sent(&weighted.headers)) {
        journey.note(format!(
            "{matched} sets the header `{name}`, whose name is none of HTTP, and a proxy does not send the request on"
        ));
        return answered(503, None);
    }
    change_headers(&mut request, route, destinations, weighted);
    if let Some(rewrite) = &route.rewrite {
        apply_rewrite(&mut request, rewrite, matched.condition);
    }
    journey.has_gateway_api_route = config.spec.of_gateway_api;
    if weighted.to.host.is_empty() {
        journey.cluster(|| "UnknownService".to_owned());
        return journey.failed("NC");
    }
    let host = destination::host(journey, &weighted.to, &config.meta.namespace);
    // A sidecar looks at the listener's port alone; a gateway looks at all ports of the service
    // (`serviceRegistry` of core/httproute.go; `buildNameToServiceMapForHTTPRoutes` of core/gateway.go).
    if proxy.at == Stop::Sidecar
        && is_overlooked(route, proxy.scope.namespace)
        && journey.context.is_seen_by_route_alone(&proxy.scope, &host, &mut journey.assumptions)
    {
        return unknown(format!("Istio may not see that {matched} names `{host}`, because of its `sourceNamespace`"));
    }
    let port = match (proxy.at, weighted.to.port) {
        (_, Some(port)) => port,
        (Stop::Sidecar, None) => matched.port,
        (_, None) => destination::port(journey, proxy, &host, None, matched.port),
    };
    ControlFlow::Continue(Target::Outbound { host, port, subset: &weighted.to.subset, payload: Payload::Http(request) })
}

/// Whether a fault aborts the request.
fn aborts(journey: &mut Journey<'_>, matched: &HttpRouteMatch<'_>, fault: &Fault) -> bool {
    if fault.percentage >= 100.0 {
        return true;
    }
    if fault.percentage <= 0.0 {
        return false;
    }
    let abort = Unknown::Abort { at: journey.visit, route: matched.config.age.id, http: matched.place() };
    journey.assume(abort, || format!("{matched} aborts {} of a hundred requests", fault.percentage))
}

/// Changes of headers. Where a route has one destination, Istio appends the destination's changes to the route's
/// (`processDestination` of `core/route/route.go`); of several destinations Envoy makes those of the cluster before those of
/// the route (`WeightedClusterEntry::finalizeRequestHeaders`). For `Host` the route comes first in both.
fn change_headers(request: &mut Request, route: &HttpRoute, destinations: &[Weighted], taken: &Weighted) {
    if destinations.len() == 1 {
        request.change_headers(&route.headers.and(&taken.headers));
    } else {
        request.change_headers(&taken.headers);
        request.change_headers(&route.headers);
    }
    let rewritten = route.rewrite.as_ref().and_then(|rewrite| rewrite.authority.as_deref());
    if let Some(authority) = rewritten.or_else(|| route.headers.authority()).or_else(|| taken.headers.authority()) {
        authority.clone_into(&mut request.authority);
    }
}

/// A header that a route writes into a request, and that a codec refuses to write: its name is no token.
fn not_sent(changes: &HeaderChanges) -> Option<&str> {
    let mut written = changes.set.iter().chain(&changes.add).filter(|(_, value)| !value.is_empty());
    let is_name = |name: &str| name.starts_with(':') || name.bytes().all(is_of_token);
    written.find(|(name, _)| !is_name(name)).map(|(name, _)| name.as_str())
}

/// `prefix_rewrite` replaces what matched; what `regex_rewrite` makes is not followed.
fn apply_rewrite(request: &mut Request, rewrite: &Rewrite, condition: Option<&HttpMatch>) {
    // Where `proxyHeaders` of the mesh asks for it, the name that was asked for is kept (`AppendXForwardedHost`).
    request.headers.set_unknown("x-forwarded-host");
    if rewrite.by_regex {
        request.path = None;
    } else if let (Some(uri), Some(path)) = (&rewrite.uri, &request.path) {
        let (bare, query) = path.split_once('?').map_or((path.as_str(), None), |(bare, query)| (bare, Some(query)));
        let rest = match condition.and_then(|condition| condition.uri.as_ref()) {
            // A regular expression matches the whole path, too.
            Some(Pattern::Exact(_) | Pattern::Regex(_)) => Some(""),
            Some(Pattern::Prefix(prefix)) => bare.get(prefix.len()..),
            Some(Pattern::PathPrefix(prefix)) => {
                let rest = bare.get(prefix.strip_suffix('/').unwrap_or(prefix).len()..);
                // `/` takes the prefix away and stays one `/` (`applyHTTPRouteDestination`).
                rest.map(|rest| if uri == "/" { rest.strip_prefix('/').unwrap_or(rest) } else { rest })
            }
            // Without a kind of match it is the prefix `/` (`TranslateRouteMatch` of core/route/route.go).
            Some(Pattern::Present) | None => bare.strip_prefix('/'),
        };
        request.path = rest.map(|rest| match query {
            Some(query) => format!("{uri}{rest}?{query}"),
            None => format!("{uri}{rest}"),
        });
    }
}
