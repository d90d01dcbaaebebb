//! What Istio makes of routes: VirtualServices (`pilot/pkg/config/kube/gateway/route_collections.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attachment::{Attachment, Parents};
use super::backends::{Backends, Destinations};
use super::host_names::{intersection, overlap};
use super::precedence;
use super::reference::Grant;
use super::route::KubernetesRoute;
use super::rule::{RouteKind, RouteRule};
use crate::istio::object::istio_name;
use crate::istio::{
    Answer, Destination, ExportTo, HttpMatch, HttpRoute, L4Match, L4Route, Meta, Object, UnattachedRoute,
    VirtualService, Weighted,
};
use crate::source::Span;

/// The most routes and hosts that are made of all documents together.
const MOST_MADE: usize = 200_000;

/// What becomes of all routes.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) virtual_services: Vec<Object<VirtualService>>,
    pub(super) unattached: Vec<UnattachedRoute>,
    /// Whether there are more than are made.
    pub(super) are_too_many: bool,
    made: usize,
}

/// The routes of one object for one parent.
struct Contribution<'a> {
    meta: &'a Meta,
    span: Option<Span>,
    routes: Arc<Vec<HttpRoute>>,
}

/// The hosts of one gateway, or of the sidecars, with the objects that route each of them.
type ByKey = BTreeMap<(String, Option<u16>, String), BTreeMap<String, Vec<usize>>>;

impl Routes {
    pub(super) fn of<'a>(routes: &'a [Object<KubernetesRoute>], grants: &[Grant], parents: &Parents<'a>) -> Self {
        let mut all = Self::default();
        let mut contributions: Vec<Contribution<'_>> = Vec::new();
        let mut by_key = ByKey::new();
        for Object { meta, spec } in routes {
            let (attached, denied) = parents.of(spec, meta);
            all.unattached.extend(denied.into_iter().map(|denied| UnattachedRoute {
                meta: meta.clone(),
                hostnames: spec.hostnames.clone(),
                span: denied.parent.span,
                why: denied.why,
            }));
            let backends = |mesh: bool| Backends { grants, cluster_domain: parents.cluster_domain, mesh };
            match spec.kind {
                RouteKind::Http | RouteKind::Grpc => {
                    let mut made: [Option<Arc<Vec<HttpRoute>>>; 2] = [None, None];
                    for attachment in &attached {
                        let mesh = matches!(attachment, Attachment::Mesh { .. });
                        let Some(made) = made.get_mut(usize::from(mesh)) else { continue };
                        let routes =
                            made.get_or_insert_with(|| Arc::new(http(spec, meta, &backends(mesh)).unwrap_or_default()));
                        all.http(routes, (spec, meta), attachment, parents, (&mut contributions, &mut by_key));
                    }
                }
                RouteKind::Tls | RouteKind::Tcp => {
                    for attachment in &attached {
                        let mesh = matches!(attachment, Attachment::Mesh { .. });
                        let Some(routes) = l4(spec, meta, &backends(mesh)) else { continue };
                        if spec.kind == RouteKind::Tls {
                            all.tls(routes, (spec, meta), attachment);
                        } else {
                            all.tcp(routes, (spec, meta), attachment);
                        }
                    }
                }
            }
            if all.are_too_many {
                return Self { are_too_many: true, ..Self::default() };
            }
        }
        all.merge(by_key, &contributions);
        all
    }

    /// Notes what is made, before it is.
    fn make(&mut self, more: usize) -> bool {
        self.made = self.made.saturating_add(more);
        self.are_too_many |= self.made > MOST_MADE;
        !self.are_too_many
    }

    /// `HTTPRouteCollection`, `GRPCRouteCollection`: the hosts for which an object has routes.
    fn http<'a>(
        &mut self,
        routes: &Arc<Vec<HttpRoute>>,
        (spec, meta): (&'a KubernetesRoute, &'a Meta),
        attachment: &Attachment<'_>,
        parents: &Parents<'_>,
        (contributions, by_key): (&mut Vec<Contribution<'a>>, &mut ByKey),
    ) {
        if routes.is_empty() {
            return;
        }
        let (gateway, port, hosts, routes) = match attachment {
            Attachment::Mesh { hosts, port } => (
                "mesh".to_owned(),
                *port,
                hosts.clone(),
                port.map_or_else(|| Arc::clone(routes), |port| on_port(routes, port)),
            ),
            Attachment::Listener(parent, unknown) => {
                let hosts = if spec.hostnames.is_empty() { vec!["*".to_owned()] } else { spec.hostnames.clone() };
                let hosts = hosts.into_iter().filter(|host| parents.is_isolated_for(parent, host)).collect();
                let routes = unknown.as_ref().map_or_else(|| Arc::clone(routes), |why| uncertain(routes, why));
                (parent.gateway.clone(), None, hosts, routes)
            }
        };
        if !self.make(hosts.len().saturating_add(routes.len())) {
            return;
        }
        let id = contributions.len();
        contributions.push(Contribution { meta, span: spec.span, routes });
        // Routes of one namespace for one host of the mesh are merged, and all routes of one listener for one host.
        let namespace = if gateway == "mesh" { meta.namespace.clone() } else { String::new() };
        let of_key = by_key.entry((gateway, port, namespace)).or_default();
        for host in hosts {
            let known = of_key.entry(host).or_default();
            // A host that two ServiceEntries have gets the routes of an object twice, which changes nothing.
            known.push(id);
        }
    }

    /// `mergeHTTPRoutes`. Hosts that the same objects route share what is made.
    fn merge(&mut self, by_key: ByKey, contributions: &[Contribution<'_>]) {
        for ((gateway, port, namespace), hosts) in by_key {
            let mut alike: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
            for (host, ids) in hosts {
                alike.entry(ids).or_default().push(host);
            }
            for (ids, hosts) in alike {
                let mut merged: Vec<&Contribution<'_>> = ids.iter().filter_map(|id| contributions.get(*id)).collect();
                let amount = merged.iter().map(|contribution| contribution.routes.len()).sum();
                if !self.make(amount) {
                    *self = Self { are_too_many: true, ..Self::default() };
                    return;
                }
                merged.sort_by_key(|contribution| {
                    let meta = contribution.meta;
                    (meta.created.clone().unwrap_or_default(), meta.namespace.clone(), meta.name.clone())
                });
                let Some(base) = merged.first() else { continue };
                let http = in_order(&merged);
                let key = match port {
                    Some(port) => format!("{namespace}~{port}"),
                    None if gateway == "mesh" => namespace.clone(),
                    None => gateway.replace('/', "~"),
                };
                let name = format!("{key}~{}", hosts.first().map_or("", String::as_str));
                let (meta, span) = (base.meta, base.span);
                self.push(
                    (meta, name),
                    gateway.clone(),
                    hosts,
                    VirtualService { http, span, ..VirtualService::default() },
                );
            }
        }
    }

    /// `TLSRouteCollection`.
    fn tls(&mut self, routes: Vec<L4Route>, (spec, meta): (&KubernetesRoute, &Meta), attachment: &Attachment<'_>) {
        let hostnames = if spec.hostnames.is_empty() { vec!["*".to_owned()] } else { spec.hostnames.clone() };
        let name = |at: usize| format!("{}~tls~{at}~istio-autogenerated-k8s-gateway", meta.name);
        let at = self.virtual_services.len();
        match attachment {
            Attachment::Mesh { hosts, port } => {
                if !self.make(hosts.len().saturating_mul(routes.len().saturating_add(hostnames.len()))) {
                    return;
                }
                // `augmentTLSPortMatch`, `compatibleRoutesForHost`.
                for host in hosts {
                    let names = match hostnames.as_slice() {
                        [all] if all == "*" => hosts.clone(),
                        names => names.to_vec(),
                    };
                    let is_one = names.len() == 1;
                    let names: Vec<String> = names.into_iter().filter(|name| is_one || overlap(host, name)).collect();
                    let tls = routes.iter().map(|route| {
                        let mut route = route.clone();
                        for condition in &mut route.matches {
                            condition.port = *port;
                            condition.sni_hosts.clone_from(&names);
                            if names.is_empty() {
                                condition.sni_hosts.push(host.clone());
                                route.unknown = Some(format!("no hostname of the route is for `{host}`"));
                            }
                        }
                        route
                    });
                    let made = VirtualService { tls: tls.collect(), span: spec.span, ..VirtualService::default() };
                    self.push((meta, name(at)), "mesh".to_owned(), vec![host.clone()], made);
                }
            }
            Attachment::Listener(parent, unknown) => {
                let listener = &parent.listener.hostname;
                let names = if listener.is_empty() { hostnames } else { intersection(&hostnames, listener) };
                if !self.make(names.len().saturating_mul(routes.len())) {
                    return;
                }
                let tls = routes.into_iter().map(|mut route| {
                    route.matches.iter_mut().for_each(|condition| condition.sni_hosts.clone_from(&names));
                    L4Route { unknown: unknown.clone().or(route.unknown), ..route }
                });
                let tls: Vec<L4Route> = tls.collect();
                let made = VirtualService { tls, span: spec.span, ..VirtualService::default() };
                self.push((meta, name(at)), parent.gateway.clone(), names, made);
            }
        }
    }

    /// `TCPRouteCollection`.
    fn tcp(&mut self, mut tcp: Vec<L4Route>, (spec, meta): (&KubernetesRoute, &Meta), attachment: &Attachment<'_>) {
        let name = format!("{}~tcp~{}~istio-autogenerated-k8s-gateway", meta.name, self.virtual_services.len());
        let (gateway, hosts) = match attachment {
            Attachment::Mesh { hosts, port } => {
                if let Some(port) = port {
                    let of_port = || vec![L4Match { port: Some(*port), ..L4Match::default() }];
                    for route in &mut tcp {
                        route.matches = of_port();
                    }
                }
                ("mesh".to_owned(), hosts.clone())
            }
            Attachment::Listener(parent, unknown) => {
                tcp.iter_mut().filter(|_| unknown.is_some()).for_each(|route| route.unknown.clone_from(unknown));
                (parent.gateway.clone(), vec!["*".to_owned()])
            }
        };
        if self.make(hosts.len().saturating_add(tcp.len())) {
            let made = VirtualService { tcp, span: spec.span, is_alpha: true, ..VirtualService::default() };
            self.push((meta, name), gateway, hosts, made);
        }
    }

    fn push(&mut self, (meta, name): (&Meta, String), gateway: String, hosts: Vec<String>, spec: VirtualService) {
        if hosts.is_empty() {
            return;
        }
        self.virtual_services.push(Object {
            meta: istio_name(meta, name),
            spec: VirtualService {
                export_to: ExportTo::Public,
                gateways: vec![gateway],
                hosts,
                of_gateway_api: true,
                ..spec
            },
        });
    }
}

/// The HTTP routes of an object; `None` where istiod refuses one, and so all of them.
fn http(route: &KubernetesRoute, meta: &Meta, backends: &Backends<'_>) -> Option<Vec<HttpRoute>> {
    let mut made = Vec::new();
    for rule in &route.rules {
        if rule.is_refused {
            return None;
        }
        let (answer, unknown) = match backends.resolve(route.kind, meta, &rule.backends) {
            Destinations::Refused => return None,
            Destinations::Unknown(why) => (Answer::Direct(500), Some(why)),
            Destinations::To(destinations) => (Answer::Send(destinations), None),
            Destinations::Nowhere if route.kind == RouteKind::Http => (Answer::WithoutBackend, None),
            Destinations::Nowhere | Destinations::WithoutWeight => (Answer::Direct(500), None),
        };
        let mirrors = mirrors(route.kind, meta, rule, backends)?;
        made.extend(rule.http.iter().map(|base| {
            let mut made = base.clone();
            if !rule.redirects {
                made.answer = answer.clone();
                made.unknown.clone_from(&unknown);
            }
            if mirrors {
                made.unsupported.push("RequestMirror".to_owned());
            }
            made
        }));
    }
    Some(made)
}

/// Whether requests of a rule are mirrored; `None` where istiod refuses the rule for it.
fn mirrors(kind: RouteKind, meta: &Meta, rule: &RouteRule, backends: &Backends<'_>) -> Option<bool> {
    let mut any = false;
    for mirror in &rule.mirrors {
        let destination = backends.destination(kind, meta, mirror).filter(|to| !to.host.is_empty());
        if destination.is_none() && kind == RouteKind::Grpc {
            return None;
        }
        any |= destination.is_some();
    }
    Some(any)
}

/// `convertTLSRoute`, `convertTCPRoute`; `None` where istiod refuses a rule.
fn l4(route: &KubernetesRoute, meta: &Meta, backends: &Backends<'_>) -> Option<Vec<L4Route>> {
    let mut made = Vec::new();
    for rule in &route.rules {
        let nowhere = || {
            let to = Destination { host: String::new(), port: None, subset: String::new() };
            vec![Weighted { to, weight: 0, headers: crate::istio::HeaderChanges::default() }]
        };
        let (to, unknown) = match backends.resolve(route.kind, meta, &rule.backends) {
            Destinations::Refused => return None,
            Destinations::Unknown(why) => (Some(nowhere()), Some(why)),
            Destinations::To(destinations) => (Some(destinations), None),
            Destinations::Nowhere | Destinations::WithoutWeight => (None, None),
        };
        // A rule of a TLSRoute without a destination has no match: sidecars and gateways take it for one for no server name,
        // and waypoints for one for all.
        let matches = if route.kind == RouteKind::Tls && to.is_some() { vec![L4Match::default()] } else { Vec::new() };
        let to = to.unwrap_or_else(nowhere);
        made.push(L4Route { matches, route: to, unknown, span: rule.span });
    }
    Some(made)
}

/// `augmentPortMatch`.
fn on_port(routes: &[HttpRoute], port: u16) -> Arc<Vec<HttpRoute>> {
    let of_port = |route: &HttpRoute| {
        let mut route = route.clone();
        if route.matches.is_empty() {
            route.matches.push(HttpMatch::default());
        }
        route.matches.iter_mut().for_each(|condition| condition.port = Some(port));
        route
    };
    Arc::new(routes.iter().map(of_port).collect())
}

fn uncertain(routes: &[HttpRoute], why: &str) -> Arc<Vec<HttpRoute>> {
    let uncertain = |route: &HttpRoute| HttpRoute { unknown: Some(why.to_owned()), ..route.clone() };
    Arc::new(routes.iter().map(uncertain).collect())
}

/// The routes of several objects, in Istio's order.
fn in_order(merged: &[&Contribution<'_>]) -> Vec<HttpRoute> {
    let [only] = merged else {
        let mut all = Vec::new();
        for contribution in merged {
            let origin = Arc::new(contribution.meta.clone());
            let of = |route: &HttpRoute| HttpRoute { of: Some(Arc::clone(&origin)), ..route.clone() };
            all.extend(contribution.routes.iter().map(of));
        }
        precedence::sort(&mut all);
        note_unknown_order(&mut all);
        return all;
    };
    let mut routes = only.routes.to_vec();
    precedence::sort(&mut routes);
    routes
}

/// How far apart two routes are compared; more routes of one rank are taken to depend on their ages.
const WINDOW: usize = 64;

/// Where only the age of two objects says which route comes first, and a file has no creation times, both orders are
/// possible: the match of the earlier route may or may not hold.
fn note_unknown_order(routes: &mut [HttpRoute]) {
    let is_timed = |route: &HttpRoute| route.of.as_ref().is_some_and(|meta| meta.created.is_some());
    let are_all_timed = routes.iter().all(is_timed);
    let identity = |route: &HttpRoute| route.of.as_ref().map(|meta| meta.identity());
    let depends = |at: usize| {
        let Some((first, others)) = routes.get(at..).and_then(<[HttpRoute]>::split_first) else { return false };
        let is_untimed =
            |other: &HttpRoute| !(is_timed(first) && is_timed(other)) && identity(first) != identity(other);
        others.iter().take(WINDOW).any(|other| precedence::depends_on_age(first, other) && is_untimed(other))
            || (!are_all_timed && others.get(WINDOW).is_some_and(|far| precedence::have_one_rank(first, far)))
    };
    let uncertain: Vec<bool> = (0..routes.len()).map(depends).collect();
    for (route, is_uncertain) in routes.iter_mut().zip(uncertain) {
        if is_uncertain {
            route.matches.iter_mut().for_each(|condition| condition.unsupported.push("its age".to_owned()));
        }
    }
}
