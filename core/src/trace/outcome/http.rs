//! Routes of HTTP: which hold at a proxy, and which of them matches a request.

use std::borrow::Cow;
use std::fmt::{Display, Formatter};

use super::names;
use super::request::{Found, Request};
use super::routes::{self, MESH};
use super::walk::{Proxy, Step, Walk, answered, unknown};
use super::{cluster, doors};
use crate::istio::{Answer, HttpMatch, HttpRoute, Pattern};
use crate::resource::Labels;
use crate::trace::Stop;

/// A route with the one of its matches that Istio made an Envoy route of.
#[derive(Clone, Copy)]
pub(super) struct Way<'w> {
    pub(super) service: &'w routes::Service<'w>,
    pub(super) route: &'w HttpRoute,
    pub(super) each: Option<&'w HttpMatch>,
    /// The listener's port, for destinations without one.
    pub(super) port: u16,
}

impl Way<'_> {
    /// `IsCatchAllRoute` of core/route/route.go.
    pub(super) fn takes_all(&self) -> bool {
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

    fn name(&self) -> String {
        match self.each.map(|each| each.name.as_str()).filter(|name| !name.is_empty()) {
            Some(each) => format!("{}.{each}", self.route.name),
            None => self.route.name.clone(),
        }
    }
}

impl Display for Way<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.route.name.as_str() {
            "" => write!(f, "a route of {}", self.service),
            name => write!(f, "route `{name}` of {}", self.service),
        }
    }
}

impl<'a> Walk<'a> {
    /// `BuildHTTPRoutesForVirtualService`: the routes of a VirtualService that hold at a proxy on a port, up to the
    /// first that takes everything. Callers are known when routes are made: what does not match them is not there.
    pub(super) fn ways(
        &mut self,
        proxy: &Proxy<'a>,
        service: &'a routes::Service<'a>,
        gateway: &str,
        port: u16,
    ) -> Vec<Way<'a>> {
        let mut ways = Vec::new();
        for route in &service.spec.http {
            if route.matches.is_empty() {
                ways.push(Way { service, route, each: None, port });
                break;
            }
            let mut all = false;
            for each in &route.matches {
                if each.port.is_some_and(|wanted| wanted != port) || !self.source_matches(proxy, each, gateway) {
                    continue;
                }
                let way = Way { service, route, each: Some(each), port };
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
    pub(super) fn has_labels(&mut self, proxy: &Proxy<'_>, labels: &Labels) -> bool {
        let mut unknown = false;
        for (key, value) in labels {
            match proxy.labels.get(key) {
                Some(known) if known == value => {}
                Some(_) => return false,
                None if proxy.labels_are_all => return false,
                None => unknown = true,
            }
        }
        !unknown
            || self.perhaps(&format!("labels {labels:?}"), || {
                "not all labels of the gateway's pods are known, and a `sourceLabels` asks for one".to_owned()
            })
    }

    /// The first way that matches the request, as Envoy goes through them.
    pub(super) fn first_match(&mut self, ways: &[Way<'a>], request: &Request) -> Option<Way<'a>> {
        ways.iter().find(|way| way.each.is_none_or(|each| self.matches(way, each, request))).copied()
    }

    fn matches(&mut self, way: &Way<'_>, each: &HttpMatch, request: &Request) -> bool {
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
                (Found::Missing, Pattern::Present) => Some(false),
                (Found::Missing, pattern) => pattern.matches("", false),
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
        let at = way.service.spec.http.iter().position(|route| std::ptr::eq(route, way.route)).unwrap_or_default();
        let which = way.route.matches.iter().position(|known| std::ptr::eq(known, each)).unwrap_or_default();
        !verdicts.contains(&None)
            || self.perhaps(&format!("match {way} {at} {which}"), || format!("a match of {way} cannot be evaluated"))
    }

    /// Does what a route says: the host, port, subset and request that go on, unless it is answered here.
    pub(super) fn take(
        &mut self,
        proxy: &Proxy<'a>,
        way: Way<'a>,
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
                self.perhaps(&format!("fault {way}"), || {
                    format!("{way} aborts {} of a hundred requests", fault.percentage)
                })
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
        let weighted = self.weighed(destinations, &way)?;
        request.change(&weighted.headers);
        request.change(&route.headers);
        if let Some(rewrite) = &route.rewrite {
            rewritten(&mut request, rewrite, way.each);
        }
        let host = cluster::host_of(&weighted.to, &way.service.meta.namespace, &self.world.environment.cluster_domain);
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

    /// The routes of a gateway's virtual host: those of all its VirtualServices, what takes everything last
    /// (core/route/route.go, `SortVHostRoutes`).
    pub(super) fn ways_at_gateway(
        &mut self,
        proxy: &Proxy<'a>,
        virtual_host: &'a super::listener::VirtualHost,
    ) -> Vec<Way<'a>> {
        let world = self.world;
        let mut bound: Vec<_> =
            virtual_host.routes.iter().filter_map(|bound| Some((bound, world.routes.get(bound.route)?))).collect();
        let settled =
            bound.iter().all(|(_, a)| bound.iter().all(|(_, b)| std::ptr::eq(*a, *b) || a.age.is_settled(&b.age)));
        if !settled {
            let names: Vec<String> =
                bound.iter().map(|(_, route)| format!("`{}/{}`", route.meta.namespace, route.meta.name)).collect();
            let first = self.chances.choose(format_args!("first of {names:?}"), bound.len(), || {
                format!("VirtualServices {} are for one host of a gateway, and the order of their routes depends on their ages", names.join(", "))
            });
            bound.rotate_left(first);
        }
        let mut ways: Vec<Way<'a>> = bound
            .into_iter()
            .flat_map(|(bound, service)| self.ways(proxy, service, &bound.gateway, bound.port))
            .collect();
        ways.sort_by_key(Way::takes_all);
        ways
    }

    /// The routes of a VirtualService at a sidecar.
    pub(super) fn ways_at_sidecar(
        &mut self,
        proxy: &Proxy<'a>,
        service: &'a routes::Service<'a>,
        port: u16,
    ) -> Vec<Way<'a>> {
        self.ways(proxy, service, MESH, port)
    }
}

/// Whether a header is as a match asks.
fn is_like(pattern: &Pattern, found: Found<'_>) -> Option<bool> {
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
pub(super) fn domains(host: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(host.to_owned()).chain(names::wildcards(host))
}

/// Whether a group's labels are all known matters to `sourceLabels` of routes at gateways.
pub(super) fn labels_of<'g>(group: &'g doors::Group<'_>) -> (&'g Labels, bool) {
    (&group.labels, group.labels_are_all)
}
