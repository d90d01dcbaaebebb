//! The requests that the author of a VirtualService means: at least one for each match of each of its routes.

use std::ops::Range;

use super::mesh::Mesh;
use crate::istio::{Answer, HttpMatch, HttpRoute, L4Route, Meta, Object, Pattern, VirtualService, Weighted};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Message, Query, Scheme};
use crate::universe::{messages_of, sample};

/// Of one route so many hosts and ports are asked.
const MOST_HOSTS: usize = 4;
const MOST_PORTS: usize = 4;

/// Of one VirtualService so many routes of HTTP, of TLS and of TCP are asked, and of one route so many matches.
pub(super) const MOST_ROUTES: usize = 500;
const MOST_MATCHES: usize = 100;

/// What stands for every sidecar in `gateways`.
pub(super) const MESH: &str = "mesh";

/// A route, and requests for it.
pub(super) struct RouteRequests<'o> {
    pub(super) span: Option<Span>,
    pub(super) destinations: &'o [Weighted],
    pub(super) queries: Vec<Query>,
    /// Of several matches those with all of their requests: their places, and which of the requests are for them.
    pub(super) by_match: Vec<(usize, Range<usize>)>,
    /// Whether each of its matches has at least one request.
    pub(super) is_complete: bool,
}

/// The hosts of a VirtualService that are outside of the cluster, in full.
pub(super) fn external_hosts<'o>(mesh: &Mesh<'_>, object: &'o Object<VirtualService>) -> Vec<&'o str> {
    let is_external = |host: &&str| is_external(mesh, host, &object.meta);
    object.spec.hosts.iter().map(String::as_str).filter(is_external).take(MOST_HOSTS).collect()
}

/// Whether a host that an object names is outside of the cluster, whoever else has it.
pub(super) fn is_external(mesh: &Mesh<'_>, host: &str, meta: &Meta) -> bool {
    let environment = mesh.environment;
    let full = environment.full_name(host, &meta.namespace);
    let covers_the_cluster = || {
        let of_cluster = format!(".svc.{}", environment.cluster_domain);
        full.strip_prefix('*').is_some_and(|suffix| of_cluster.ends_with(suffix) || suffix.is_empty())
    };
    !environment.may_be_of_mesh(&full) && !covers_the_cluster()
}

/// The routes for sidecars of a VirtualService, with requests for the external hosts.
pub(super) fn of<'o>(mesh: &Mesh<'_>, object: &'o Object<VirtualService>) -> Vec<RouteRequests<'o>> {
    let hosts = external_hosts(mesh, object);
    let viewers = Mesh::viewers(&object.meta, &object.spec.export_to);
    let of = Of { mesh, hosts, viewers };
    let spec = &object.spec;
    let http = spec.http.iter().take(MOST_ROUTES).map(|route| of.http(route));
    let tls = spec.tls.iter().take(MOST_ROUTES).map(|route| of.l4(route, Scheme::Tls));
    let tcp = spec.tcp.iter().take(MOST_ROUTES).map(|route| of.l4(route, Scheme::Tcp));
    http.chain(tls).chain(tcp).collect()
}

struct Of<'a, 'm> {
    mesh: &'a Mesh<'m>,
    hosts: Vec<&'a str>,
    viewers: Vec<String>,
}

impl Of<'_, '_> {
    fn http<'o>(&self, route: &'o HttpRoute) -> RouteRequests<'o> {
        let mut requests = RouteRequests {
            span: route.span,
            destinations: match &route.answer {
                Answer::Send(destinations) => destinations,
                Answer::Direct(_) | Answer::Redirect(_) | Answer::WithoutBackend => &[],
            },
            queries: Vec::new(),
            by_match: Vec::new(),
            is_complete: true,
        };
        let everything = [HttpMatch::default()];
        let matches = if route.matches.is_empty() { everything.as_slice() } else { &route.matches };
        requests.is_complete = matches.len() <= MOST_MATCHES;
        for (index, each) in matches.iter().take(MOST_MATCHES).enumerate() {
            let at_sidecars = each.gateways.is_empty() || each.gateways.iter().any(|gateway| gateway == MESH);
            // What only some clients have in their requests has to be known to be asked.
            if !at_sidecars || each.scheme.is_some() || !each.unsupported.is_empty() {
                requests.is_complete = false;
                continue;
            }
            let message = messages_of(each).pop().unwrap_or_default();
            let labels = if each.gateways.is_empty() { each.source_labels.clone() } else { Labels::new() };
            let before = requests.queries.len();
            for host in &self.hosts {
                let name = match &each.authority {
                    Some(Pattern::Exact(name)) => name.split(':').next().unwrap_or(name).to_owned(),
                    Some(_) => {
                        requests.is_complete = false;
                        continue;
                    }
                    None => sample(host),
                };
                for (port, scheme) in self.ports(host, each.port, (80, Scheme::Http)) {
                    requests.queries.extend(self.clients(each.source_namespace.as_deref()).filter_map(|namespace| {
                        self.mesh.query((namespace, &labels), (scheme, &name, port), &message)
                    }));
                }
            }
            requests.is_complete &= requests.queries.len() > before;
            if matches.len() > 1 && each.authority.is_none() {
                requests.by_match.push((index, before..requests.queries.len()));
            }
        }
        requests
    }

    fn l4<'o>(&self, route: &'o L4Route, scheme: Scheme) -> RouteRequests<'o> {
        let mut requests = RouteRequests {
            span: route.span,
            destinations: &route.route,
            queries: Vec::new(),
            by_match: Vec::new(),
            is_complete: (1..=MOST_MATCHES).contains(&route.matches.len()),
        };
        for (index, each) in route.matches.iter().take(MOST_MATCHES).enumerate() {
            let at_sidecars = each.gateways.is_empty() || each.gateways.iter().any(|gateway| gateway == MESH);
            if !at_sidecars || !each.subnets.is_empty() || !each.unsupported.is_empty() {
                requests.is_complete = false;
                continue;
            }
            let before = requests.queries.len();
            let names: Vec<&str> = each.sni_hosts.iter().map(String::as_str).take(MOST_HOSTS).collect();
            let hosts = if scheme == Scheme::Tls { &names } else { &self.hosts };
            for host in hosts {
                let name = sample(host);
                let usual = if scheme == Scheme::Tls { (443, scheme) } else { (0, scheme) };
                for (port, scheme) in self.ports(host, each.port, usual).into_iter().filter(|(port, _)| *port != 0) {
                    requests.queries.extend(self.clients(each.source_namespace.as_deref()).filter_map(|namespace| {
                        self.mesh.query((namespace, &each.source_labels), (scheme, &name, port), &Message::default())
                    }));
                }
            }
            requests.is_complete &= requests.queries.len() > before;
            if route.matches.len() > 1 {
                requests.by_match.push((index, before..requests.queries.len()));
            }
        }
        requests
    }

    /// The ports that are asked: the one that a match names, those that the host is declared with, or the usual one. What a
    /// client speaks there is what the host is declared with.
    fn ports(&self, host: &str, named: Option<u16>, usual: (u16, Scheme)) -> Vec<(u16, Scheme)> {
        let registry = &self.mesh.registry;
        let exact = registry.covering(host);
        let declared = if exact.is_empty() { registry.within(host).take(MOST_PORTS).collect() } else { exact };
        let mut ports: Vec<(u16, Scheme)> =
            declared.into_iter().flat_map(|each| each.ports().map(|(port, scheme)| (port.number, scheme))).collect();
        ports.sort_unstable();
        ports.dedup();
        match named {
            Some(named) => {
                ports.retain(|(port, _)| *port == named);
                if ports.is_empty() {
                    ports.push((named, usual.1));
                }
            }
            None if ports.is_empty() => ports.push(usual),
            None => {}
        }
        ports.truncate(MOST_PORTS);
        ports
    }

    /// The namespaces of clients that are asked.
    fn clients<'c>(&'c self, named: Option<&'c str>) -> impl Iterator<Item = &'c str> {
        let viewers = self.viewers.iter().map(String::as_str);
        let all: Vec<&str> = match named {
            Some(named) => vec![named],
            None => viewers.collect(),
        };
        all.into_iter()
    }
}
