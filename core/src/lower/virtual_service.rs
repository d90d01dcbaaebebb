//! The two legs of a flow: from the sidecar to the gateway, and from the gateway to the host.
//!
//! They are separate objects: a `gateways` beside `sourceLabels` in one match would make Istio ignore the labels.

use std::collections::{BTreeMap, BTreeSet};

use super::audited::is_open;
use super::destination_rule::{audited_subset_name, subset_name};
use super::external_host;
use super::http_routes::{self, UNKNOWN_HOST, respond};
use super::object::{exits, object, service_host};
use crate::manifest::{
    Destination, HttpMatch, HttpRoute, Object, PortSelector, RouteDestination, Spec, TcpMatch, TcpRoute, TlsMatch,
    TlsRoute, VirtualService,
};
use crate::model::{Class, Exit, ExitShares, Flow, PolicySet, UpstreamHost, registry_name, wildcard};
use crate::resource::Labels;
use crate::scheme::{EntryHome, HttpShards, names};

/// One for each client namespace and host: sidecars use the first VirtualService of a host and drop the others.
pub(super) fn at_clients(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    let wildcards: BTreeSet<(&str, &str)> =
        set.flows().filter_map(|flow| Some((flow.client_namespace(), flow.wildcard()?))).collect();
    set.flows_by(|flow| (flow.host.value.as_str(), flow.client_namespace()))
        .into_iter()
        .map(|((host, client_namespace), flows)| {
            let EntryHome { namespace, export_to } = EntryHome::of(set, client_namespace, &flows);
            let mut service = VirtualService {
                export_to,
                gateways: vec!["mesh".to_owned()],
                hosts: vec![registry_name(host).into_owned()],
                http: Vec::new(),
                tcp: Vec::new(),
                tls: Vec::new(),
            };
            let mut leaves_out_some = false;
            for ((port, class, way), flows) in ways(&flows) {
                let route = to_gateways(set, &way, |exit| subset_name(exit, shards));
                // What stands behind the routes of the declared workloads takes the others.
                let to_audited =
                    is_open(&flows).then(|| to_gateways(set, &way, |exit| audited_subset_name(exit, shards)));
                let callers = callers(&flows);
                let has_others = !callers.contains(&Labels::new());
                let callers = callers.into_iter();
                match class {
                    Class::Http => {
                        let of = |source_labels| HttpMatch { port: Some(port), source_labels, ..HttpMatch::default() };
                        service.http.push(pass_on(format!("allow-{port}"), callers.map(of).collect(), route));
                        leaves_out_some |= has_others && to_audited.is_none();
                        let audited = |route| pass_on(format!("audit-{port}"), vec![of(Labels::new())], route);
                        service.http.extend(to_audited.map(audited));
                    }
                    Class::Tls => {
                        let of = |source_labels| TlsMatch { port, sni_hosts: vec![host.to_owned()], source_labels };
                        service.tls.push(TlsRoute { matches: callers.map(of).collect(), route });
                        let audited = |route| TlsRoute { matches: vec![of(Labels::new())], route };
                        service.tls.extend(to_audited.map(audited));
                    }
                    Class::Tcp => {
                        let of = |source_labels| TcpMatch { port, source_labels };
                        service.tcp.push(TcpRoute { matches: callers.map(of).collect(), route });
                        let audited = |route| TcpRoute { matches: vec![of(Labels::new())], route };
                        service.tcp.extend(to_audited.map(audited));
                    }
                }
            }
            // Without it such a request would end at the hollow ServiceEntry all the same, as 503; 502 is what the rest of the
            // mesh gives for a host that is not allowed.
            if leaves_out_some {
                let name = wildcard::parent(host).unwrap_or(host);
                let is_below_another =
                    wildcard::parents(name).any(|above| wildcards.contains(&(client_namespace, above)));
                let ports = if is_below_another { http_ports(&flows) } else { BTreeSet::new() };
                let of_port = |port| HttpMatch { port: Some(port), ..HttpMatch::default() };
                service.http.push(respond("deny", ports.into_iter().map(of_port).collect(), UNKNOWN_HOST));
            }
            object(set, namespace, names::client_side(host, client_namespace), Spec::VirtualService(service), &flows)
        })
        .collect()
}

/// The ports on which a host is HTTP: on others a wildcard may decide, and a route for every port would take its place.
fn http_ports(flows: &[Flow]) -> BTreeSet<u16> {
    flows.iter().filter(|flow| flow.class() == Class::Http).map(Flow::port).collect()
}

/// The flows of each dialled port and way.
fn ways<'a>(flows: &[Flow<'a>]) -> BTreeMap<(u16, Class, ExitShares<'a>), Vec<Flow<'a>>> {
    let mut ways: BTreeMap<(u16, Class, ExitShares), Vec<Flow>> = BTreeMap::new();
    for flow in flows {
        ways.entry((flow.port(), flow.class(), flow.exit_shares())).or_default().push(*flow);
    }
    ways
}

/// The labels of callers, or none when all may.
fn callers(flows: &[Flow]) -> BTreeSet<Labels> {
    let labels = |flow: &Flow| flow.client.selector.as_ref().map(|labels| labels.value.clone()).unwrap_or_default();
    let mut callers: BTreeSet<Labels> = flows.iter().map(labels).collect();
    // Empty labels match every workload, and what else stands beside them is said already.
    if callers.contains(&Labels::new()) {
        callers.retain(Labels::is_empty);
    }
    callers
}

fn pass_on(name: String, matches: Vec<HttpMatch>, route: Vec<RouteDestination>) -> HttpRoute {
    HttpRoute { direct_response: None, headers: None, matches, name, retries: None, route, timeout: None }
}

/// The gateways of a way. Each request, or each connection of TLS and TCP, goes to one of them by its weight.
fn to_gateways<'a>(
    set: &PolicySet,
    way: &ExitShares<'a>,
    subset: impl Fn(&Exit<'a>) -> String,
) -> Vec<RouteDestination> {
    let weight = |share| way.is_divided().then_some(share);
    way.each().map(|(exit, share)| to_gateway(set, &exit, weight(share), subset(&exit))).collect()
}

fn to_gateway(set: &PolicySet, exit: &Exit, weight: Option<u32>, subset: String) -> RouteDestination {
    RouteDestination {
        destination: Destination {
            host: set.gateway(exit.gateway).map(|gateway| service_host(set, gateway)).unwrap_or_default(),
            port: PortSelector { number: exit.gateway_port },
            subset: Some(subset),
        },
        headers: None,
        weight,
    }
}

/// One for each exit.
pub(super) fn at_gateways(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    exits(set)
        .map(|(exit, gateway, flows)| {
            let name = names::exit(&exit);
            let route = flows.first().map(to_hosts).unwrap_or_default();
            let (host, listener, http, tcp) = match exit.class {
                Class::Http => {
                    let shard = shards.shard(exit.gateway, exit.gateway_port, exit.host);
                    let listener = names::http_listener(exit.gateway, exit.gateway_port, shard);
                    let below = shards.below(exit.gateway, exit.gateway_port, exit.host);
                    let http = flows.first().map(|flow| http_routes::at_gateway(flow, &below, &route));
                    (exit.host.to_owned(), listener, http.unwrap_or_default(), Vec::new())
                }
                Class::Tls | Class::Tcp => {
                    let matches = vec![TcpMatch { port: exit.gateway_port, source_labels: Labels::new() }];
                    (names::l4_server_name(&exit), name.clone(), Vec::new(), vec![TcpRoute { matches, route }])
                }
            };
            let service = VirtualService {
                export_to: vec![".".to_owned()],
                gateways: vec![format!("{}/{listener}", gateway.namespace)],
                hosts: vec![host],
                http,
                tcp,
                tls: Vec::new(),
            };
            object(set, &gateway.namespace, name, Spec::VirtualService(service), &flows)
        })
        .collect()
}

/// The host of a flow, or its backends. One that gets nothing now is left out.
fn to_hosts(flow: &Flow) -> Vec<RouteDestination> {
    flow.upstreams().iter().filter(|upstream| upstream.is_in_use()).map(|upstream| to_host(flow, upstream)).collect()
}

fn to_host(flow: &Flow, upstream: &UpstreamHost) -> RouteDestination {
    let host = &upstream.host.value;
    RouteDestination {
        destination: Destination {
            host: registry_name(host).into_owned(),
            port: PortSelector { number: upstream.port },
            subset: external_host::subset_name(flow, upstream),
        },
        headers: upstream.share.map(|_| http_routes::with_host(host, upstream.port, upstream.is_upgraded)),
        weight: upstream.share,
    }
}
