//! VirtualServices of HTTP: which hold at a proxy, and which of them matches a request.

use std::borrow::Cow;
use std::fmt::{Display, Formatter};

use super::assumptions::{MOST_RUNS, RoutePart, Unknown};
use super::cluster;
use super::creation_order::ObjectAge;
use super::gateway_bindings::{BoundVirtualService, GatewayVirtualHost};
use super::names;
use super::request::{HeaderValue, Request};
use super::routes::{self, MESH};
use super::walk::{Proxy, Step, Journey, answered, unknown};
use crate::istio::{Answer, HttpMatch, HttpRoute, Pattern};
use crate::resource::Labels;
use crate::trace::Stop;

/// A route with the one of its matches that Istio made an Envoy route of.
#[derive(Clone, Copy)]
pub(crate) struct HttpRouteMatch<'w> {
    pub(crate) service: &'w VirtualServiceConfig<'w>,
    pub(crate) route: &'w HttpRoute,
    pub(crate) each: Option<&'w HttpMatch>,
    /// The listener's port, for destinations without one.
    pub(crate) port: u16,
}

impl HttpRouteMatch<'_> {
    /// `IsCatchAllRoute` of core/route/route.go.
    pub(crate) fn takes_all(&self) -> bool {
        let Some(each) = self.each else { return true };
        let any_path = match &each.uri {
            None => true,
            Some(Pattern::Prefix(prefix)) => prefix == "/",
            Some(Pattern::Regex(regex)) => regex == ".*",
            Some(Pattern::Exact(_) | Pattern::Present) => false,
        };
        any_path
            && each.headers.is_empty()
            && each.without_headers.is_empty()
            && each.query.is_empty()
            && each.method.is_none()
            && each.authority.is_none()
            && each.scheme.is_none()
    }

    /// Its place among the routes of HTTP of its VirtualService.
    fn place(&self) -> usize {
        self.service.spec.http.iter().position(|route| std::ptr::eq(route, self.route)).unwrap_or_default()
    }

    fn name(&self) -> String {
        match self.each.map(|each| each.name.as_str()).filter(|name| !name.is_empty()) {
            Some(each) => format!("{}.{each}", self.route.name),
            None => self.route.name.clone(),
        }
    }
}

/// The routes of a VirtualService at a server of a gateway.
pub(crate) struct BoundRoutes<'a> {
    bound: &'a BoundVirtualService<'a>,
    age: ObjectAge<'a>,
    ways: Vec<HttpRouteMatch<'a>>,
}

impl BoundRoutes<'_> {
    /// Whether only the ages of the VirtualServices say which comes first.
    fn is_beside(&self, other: &Self) -> bool {
        std::ptr::eq(self.bound.server, other.bound.server) && self.bound.tier == other.bound.tier
    }
}

impl Display for HttpRouteMatch<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.route.name.as_str() {
            "" => write!(f, "a route of {}", self.service),
            name => write!(f, "route `{name}` of {}", self.service),
        }
    }
}

impl<'a> Journey<'a> {
    /// `BuildHTTPRoutesForVirtualService`: the routes of a VirtualService that hold at a proxy on a port, up to the
    /// first that takes everything. Callers are known when routes are made: what does not match them is not there.
    pub(crate) fn ways(
        &mut self,
        proxy: &Proxy<'a>,
        service: &'a VirtualServiceConfig<'a>,
        gateway: &str,
        port: u16,
    ) -> Vec<HttpRouteMatch<'a>> {
        let mut ways = Vec::new();
        for route in &service.spec.http {
            if route.matches.is_empty() {
                ways.push(HttpRouteMatch { service, route, each: None, port });
                break;
            }
            let mut all = false;
            for each in &route.matches {
                if each.port.is_some_and(|wanted| wanted != port) || !self.source_matches(proxy, each, gateway) {
                    continue;
                }
                let way = HttpRouteMatch { service, route, each: Some(each), port };
                ways.push(way);
                if way.takes_all() {
                    all = true;
                    break;
                }
            }
            if all {
                break;
            }
        }
        ways
    }

    /// `sourceMatchHTTP`: a `gateways` beside labels makes Istio ignore the labels.
    fn source_matches(&mut self, proxy: &Proxy<'_>, each: &HttpMatch, gateway: &str) -> bool {
        if !each.gateways.is_empty() {
            return each.gateways.iter().any(|known| known == gateway);
        }
        each.source_namespace.as_deref().is_none_or(|namespace| namespace == proxy.scope.namespace)
            && self.has_labels(proxy, &each.source_labels)
    }

    /// Whether a proxy's pod has all of some labels.
    pub(crate) fn has_labels(&mut self, proxy: &Proxy<'_>, labels: &Labels) -> bool {
        proxy.pods.have(labels, &mut self.assumptions, || {
            "not all labels of the gateway's pods are known, and a `sourceLabels` asks for one".to_owned()
        })
    }

    /// The first way that matches the request, as Envoy goes through them.
    pub(crate) fn first_match(&mut self, ways: &[HttpRouteMatch<'a>], request: &Request) -> Option<HttpRouteMatch<'a>> {
        ways.iter().find(|way| way.each.is_none_or(|each| self.matches(way, each, request))).copied()
    }

    fn matches(&mut self, way: &HttpRouteMatch<'_>, each: &HttpMatch, request: &Request) -> bool {
        let (bare, query) = request.path.as_deref().map(|path| path.split_once('?').unwrap_or((path, ""))).unzip();
        let mut verdicts: Vec<Option<bool>> = Vec::new();
        let texts = [
            (each.uri.as_ref(), bare, each.ignore_uri_case),
            (each.method.as_ref(), Some(request.method.as_str()), false),
            (each.authority.as_ref(), Some(request.authority.as_str()), false),
        ];
        for (pattern, text, ignore_case) in texts {
            if let Some(pattern) = pattern {
                verdicts.push(match text {
                    Some(text) => pattern.matches(text, ignore_case),
                    // Whatever it is, it is a path.
                    None => matches!(pattern, Pattern::Prefix(prefix) if prefix == "/").then_some(true),
                });
            }
        }
        if let Some(pattern) = &each.scheme {
            verdicts.push(is_like(pattern, request.header(":scheme")));
        }
        if !each.strange.is_empty() {
            verdicts.push(None);
        }
        for (name, pattern) in &each.headers {
            verdicts.push(if name.starts_with('@') { None } else { is_like(pattern, request.header(name)) });
        }
        for (name, pattern) in &each.without_headers {
            // A missing header counts as an empty one, except where only its presence is asked for.
            let found = match (request.header(name), pattern) {
                (HeaderValue::Missing, Pattern::Present) => Some(false),
                (HeaderValue::Missing, pattern) => pattern.matches("", false),
                (found, pattern) => is_like(pattern, found),
            };
            verdicts.push(if name.starts_with('@') { None } else { found.map(|found| !found) });
        }
        for (name, pattern) in &each.query {
            let value = query.map(|query| {
                query
                    .split('&')
                    .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value)
            });
            verdicts.push(match value {
                None => None,
                Some(None) => Some(false),
                Some(Some(value)) => pattern.matches(value, false),
            });
        }
        if verdicts.contains(&Some(false)) {
            return false;
        }
        if !verdicts.contains(&None) {
            return true;
        }
        let which = way.route.matches.iter().position(|known| std::ptr::eq(known, each)).unwrap_or_default();
        let unknown = Unknown::HttpMatch { at: self.visit, route: way.service.age.id, http: way.place(), each: which };
        self.assume(unknown, || format!("a match of {way} cannot be evaluated"))
    }

    /// Does what a route says: the host, port, subset and request that go on, unless it is answered here.
    pub(crate) fn take(
        &mut self,
        proxy: &Proxy<'a>,
        way: HttpRouteMatch<'a>,
        mut request: Request,
    ) -> Step<(Cow<'a, str>, u16, &'a str, Request)> {
        let route = way.route;
        self.hop(|hop| hop.route = Some(way.name()));
        self.decided(way.service.meta, route.span);
        if let Some(field) = route.strange.first() {
            return unknown(format!("`{field}` of {way} is not modelled"));
        }
        if let Some(fault) = &route.fault {
            let aborts = if fault.percentage >= 100.0 {
                true
            } else if fault.percentage <= 0.0 {
                false
            } else {
                let abort = Unknown::Abort { at: self.visit, route: way.service.age.id, http: way.place() };
                self.assume(abort, || format!("{way} aborts {} of a hundred requests", fault.percentage))
            };
            match (aborts, fault.status) {
                (true, Some(status)) => return answered(status, Some("FI")),
                (true, None) => return answered(200, Some("FI")),
                (false, _) => {}
            }
        }
        let destinations = match &route.answer {
            Answer::Direct(status) => return answered(*status, None),
            Answer::Redirect(redirect) => return answered(redirect.status, None),
            Answer::Send(destinations) => destinations,
        };
        let (at, route_id) = (self.visit, way.service.age.id);
        let place = || Unknown::Destination { at, route: route_id, part: RoutePart::Http(way.place()) };
        let weighted = self.weighted_destination(destinations, place, &way)?;
        request.change(&weighted.headers);
        request.change(&route.headers);
        if let Some(rewrite) = &route.rewrite {
            rewritten(&mut request, rewrite, way.each);
        }
        let host = cluster::host_of(&weighted.to, &way.service.meta.namespace, &self.context.environment.cluster_domain);
        // Sidecars look at the listener's port alone; gateways at all ports of the service
        // (`serviceRegistry` of core/httproute.go; `buildNameToServiceMapForHTTPRoutes` of core/gateway.go).
        if proxy.at == Stop::Sidecar && is_passed_over(route, proxy.scope.namespace) && self.is_pulled_in(proxy, &host)
        {
            return unknown(format!("Istio may not see that {way} names `{host}`, because of its `sourceNamespace`"));
        }
        let port = match (proxy.at, weighted.to.port) {
            (_, Some(port)) => port,
            (Stop::Sidecar, None) => way.port,
            (_, None) => self.port_of(proxy, &host, None, way.port),
        };
        Ok((host, port, weighted.to.subset.as_str(), request))
    }

    /// The routes of a gateway's virtual host: those of all its VirtualServices that have any here.
    pub(crate) fn ways_at_gateway(
        &mut self,
        proxy: &Proxy<'a>,
        virtual_host: &'a GatewayVirtualHost<'a>,
    ) -> Vec<BoundRoutes<'a>> {
        let context = self.context;
        let mut all = Vec::new();
        for bound in &virtual_host.routes {
            let Some(service) = context.routes.get(bound.route) else { continue };
            let ways = self.ways(proxy, service, &bound.gateway, bound.server.port);
            if !ways.is_empty() {
                all.push(BoundRoutes { bound, age: service.age, ways });
            }
        }
        all
    }

    /// The first of them that matches: what takes everything comes last (core/route/route.go, `SortVHostRoutes`).
    pub(crate) fn first_at_gateway(&mut self, all: &[BoundRoutes<'a>], request: &Request) -> Option<HttpRouteMatch<'a>> {
        [false, true].into_iter().find_map(|takes_all| self.first_of_kind(all, takes_all, request))
    }

    fn first_of_kind(&mut self, all: &[BoundRoutes<'a>], takes_all: bool, request: &Request) -> Option<HttpRouteMatch<'a>> {
        // Mostly there is one VirtualService.
        if let [only] = all {
            let mut ways = only.ways.iter().filter(|way| way.takes_all() == takes_all);
            return ways.find(|way| way.each.is_none_or(|each| self.matches(way, each, request))).copied();
        }
        // Their routes stand in the order of Gateways, of servers, of circles and of VirtualServices.
        let mut matching: Vec<(&BoundRoutes<'a>, HttpRouteMatch<'a>)> = Vec::new();
        for each in all {
            let ages = self.assumptions.ages();
            let is_settled = matching.iter().any(|(known, _)| {
                if known.bound.gateway_age.id == each.bound.gateway_age.id {
                    !known.is_beside(each) || ages.is_before(&known.age, &each.age)
                } else {
                    ages.is_before(&known.bound.gateway_age, &each.bound.gateway_age)
                }
            });
            let mut ways = each.ways.iter().filter(|way| !is_settled && way.takes_all() == takes_all);
            if let Some(way) = ways.find(|way| way.each.is_none_or(|each| self.matches(way, each, request))) {
                matching.push((each, *way));
            }
            if matching.len() > MOST_RUNS {
                break;
            }
        }
        let why = |matching: &[(&BoundRoutes<'a>, HttpRouteMatch<'a>)]| {
            let name = |each: &BoundRoutes<'a>| each.ways.first().map(|way| way.service.meta);
            let metas = matching.iter().filter_map(|(each, _)| name(each));
            let names: Vec<String> = metas.map(|meta| format!("`{}/{}`", meta.namespace, meta.name)).collect();
            format!(
                "VirtualServices {} are for one host of a gateway, and the order of their routes depends on their ages",
                names.join(", ")
            )
        };
        let assumptions = &mut self.assumptions;
        let one_gateway = |a: &BoundRoutes<'_>, b: &BoundRoutes<'_>| a.bound.gateway_age.id == b.bound.gateway_age.id;
        let (oldest, _) = *assumptions.oldest_of(
            &matching,
            |(each, _)| each.bound.gateway_age,
            |(a, _), (b, _)| one_gateway(a, b),
            || why(&matching),
        )?;
        // The first that is there is of the nearest circle of its first server.
        let (first, _) = *matching.iter().find(|(each, _)| one_gateway(each, oldest))?;
        let rivals: Vec<(&BoundRoutes<'a>, HttpRouteMatch<'a>)> =
            matching.iter().filter(|(each, _)| one_gateway(each, first) && first.is_beside(each)).copied().collect();
        assumptions.oldest_of(&rivals, |(each, _)| each.age, |_, _| false, || why(&matching)).map(|(_, way)| *way)
    }

    /// The routes of a VirtualService at a sidecar.
    pub(crate) fn ways_at_sidecar(
        &mut self,
        proxy: &Proxy<'a>,
        service: &'a VirtualServiceConfig<'a>,
        port: u16,
    ) -> Vec<HttpRouteMatch<'a>> {
        self.ways(proxy, service, MESH, port)
    }
}

/// Whether a header is as a match asks.
fn is_like(pattern: &Pattern, found: HeaderValue<'_>) -> Option<bool> {
    found.is(pattern.takes_any(), |text| pattern.matches(text, false))
}

/// `prefix_rewrite` replaces what matched; a regex could be anything.
fn rewritten(request: &mut Request, rewrite: &crate::istio::Rewrite, each: Option<&HttpMatch>) {
    if let Some(authority) = &rewrite.authority {
        request.authority.clone_from(authority);
    }
    if rewrite.by_regex {
        request.path = None;
    } else if let (Some(uri), Some(path)) = (&rewrite.uri, &request.path) {
        let (bare, query) = path.split_once('?').map_or((path.as_str(), None), |(bare, query)| (bare, Some(query)));
        let rest = match each.and_then(|each| each.uri.as_ref()) {
            Some(Pattern::Exact(_)) => Some(""),
            Some(Pattern::Prefix(prefix)) => bare.get(prefix.len()..),
            Some(Pattern::Regex(_) | Pattern::Present) => None,
            None => bare.strip_prefix('/'),
        };
        request.path = rest.map(|rest| match query {
            Some(query) => format!("{uri}{rest}?{query}"),
            None => format!("{uri}{rest}"),
        });
    }
}

/// `virtualServiceDestinationsFilteredBySourceNamespace` of `push_context.go` looks at the last match with a namespace.
fn is_passed_over(route: &HttpRoute, namespace: &str) -> bool {
    let mut namespaces = route.matches.iter().filter_map(|each| each.source_namespace.as_deref()).peekable();
    namespaces.peek().is_some() && !namespaces.any(|wanted| wanted == namespace)
}

/// The wildcards of virtual hosts that a name may be of: itself, then suffixes from the longest on.
pub(crate) fn domains(host: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(host.to_owned()).chain(host_name::wildcards(host))
}
