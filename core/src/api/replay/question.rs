//! The request of a line.

use std::collections::BTreeMap;

use super::left_out::LeftOut;
use super::writer::{Door, Writer};
use crate::api::log_line::LogLine;
use crate::api::query::{asked, authority_of};
use crate::api::rewritten_host::called_hosts;
use crate::api::workspace::CompiledMesh;
use crate::api::{ClientPath, Query, QueryClient, QueryTarget};
use crate::model::dialled_name;
use crate::trace::outcome::{Callers, Simulation};
use crate::trace::{self, Scheme};

/// The requests that may have left a line: several where the line does not contain all of a request.
pub(super) struct Question {
    pub(super) queries: Vec<trace::Query>,
    /// Whether the line contains the name or the address that the client requested.
    pub(super) is_named: bool,
}

impl Question {
    pub(super) fn of(
        line: &LogLine,
        writer: &Writer,
        mesh: &CompiledMesh<'_>,
        simulation: &Simulation<'_>,
    ) -> Result<Self, LeftOut> {
        match writer {
            Writer::Sidecar(client) => of_sidecar(line, client, mesh),
            Writer::Gateway { client, name, doors } => of_gateway(line, client, (name, doors), mesh, simulation),
        }
    }
}

/// Port and name of an address, as Envoy writes it.
fn dialled(line: &LogLine) -> Option<(String, Option<u16>)> {
    // The field may also contain the name of one of Envoy's own listeners instead of an address.
    line.dialled.as_deref().and_then(|address| authority_of(address).ok())
}

fn of_sidecar(line: &LogLine, client: &QueryClient, mesh: &CompiledMesh<'_>) -> Result<Question, LeftOut> {
    if is_in_the_cluster(line, mesh) {
        return Err(LeftOut::InTheCluster);
    }
    let address = dialled(line);
    let port = address.as_ref().and_then(|(_, port)| *port);
    let ask = |to: QueryTarget| {
        let query = Query { from: client.clone(), to };
        let query = asked(&query, mesh).map_err(|_| LeftOut::NoQuery)?;
        Ok(trace::Query { is_http_2: line.is_http_2(), ..query })
    };
    // The client may have dialled the address of another host than the one that it names, and a listener may be for it.
    let to_address =
        |to: &QueryTarget| address.as_ref().map(|(host, _)| QueryTarget { host: host.clone(), ..to.clone() });
    if line.method.is_some() {
        let to = http(line, port)?;
        let mut dialled = to_address(&to);
        if let (Some(to), Some(authority)) = (&mut dialled, &line.authority) {
            to.headers.insert("host".to_owned(), authority.clone());
        }
        let queries = std::iter::once(to).chain(dialled).map(ask);
        return Ok(Question { queries: queries.collect::<Result<_, _>>()?, is_named: true });
    }
    if let Some(name) = &line.server_name {
        let to = QueryTarget { port, sni: Some(name.clone()), ..QueryTarget::new(Scheme::Https, name) };
        let dialled = to_address(&to);
        let queries = std::iter::once(to).chain(dialled).map(ask);
        return Ok(Question { queries: queries.collect::<Result<_, _>>()?, is_named: true });
    }
    // Bytes without a name: only the address is in the line, and the cluster that it led to.
    let names = names_behind(line, mesh);
    let port = port.or(line.outbound().map(|cluster| cluster.port));
    if names.is_empty() {
        let (host, _) = address.ok_or(LeftOut::NoQuery)?;
        let to = QueryTarget { port, ..QueryTarget::new(Scheme::Tcp, host) };
        return Ok(Question { queries: vec![ask(to)?], is_named: true });
    }
    // A connection to an address has no name, and is asked for by the address.
    let names = names.into_iter().map(dialled_name);
    let queries = names.map(|name| ask(QueryTarget { port, ..QueryTarget::new(Scheme::Tcp, name) }));
    Ok(Question { queries: queries.collect::<Result<_, _>>()?, is_named: false })
}

/// The line of a gateway contains a port of its pods, and the server name of the TLS to it.
fn of_gateway(
    line: &LogLine,
    client: &QueryClient,
    (gateway, doors): (&str, &[Door]),
    mesh: &CompiledMesh<'_>,
    simulation: &Simulation<'_>,
) -> Result<Question, LeftOut> {
    let container = dialled(line).and_then(|(_, port)| port);
    let server_name = line.server_name.as_deref();
    let mut queries = Vec::new();
    let leads_there = |door: &&Door| {
        // Where no document says, a port may lead to any other one.
        container.is_none_or(|container| {
            simulation.container_ports(gateway, door.port).iter().any(|port| port.is_none_or(|port| port == container))
        })
    };
    if !doors.iter().any(|door| leads_there(&door)) {
        return Err(LeftOut::NoServicePort);
    }
    let called = called_hosts(line, mesh);
    let each_called = || called.iter().copied().map(Some).chain(called.is_empty().then_some(None));
    let ways = doors.iter().filter(leads_there).flat_map(|door| each_called().map(move |called| (door, called)));
    for (door, called) in ways {
        let port = Some(door.port);
        let from = QueryClient { path: ClientPath::None, ..client.clone() };
        let to = match (&line.method, door.callers, server_name) {
            (Some(_), Callers::WithMeshCertificate, Some(_)) | (Some(_), Callers::Anyone(Scheme::Http), None) => {
                let to = http(line, port)?;
                match called {
                    Some(called) => QueryTarget { host: called.to_owned(), headers: BTreeMap::new(), ..to },
                    None => to,
                }
            }
            // Inside of the mutual TLS the gateway does not look: its cluster says which host is meant.
            (None, Callers::WithMeshCertificate, Some(name)) => {
                let host = line.outbound().map_or(name, |cluster| cluster.host);
                QueryTarget { port, ..QueryTarget::new(Scheme::Tls, dialled_name(host)) }
            }
            (None, Callers::Anyone(Scheme::Https | Scheme::Tls), Some(name)) => {
                QueryTarget { port, sni: Some(name.to_owned()), ..QueryTarget::new(Scheme::Tls, name) }
            }
            (None, Callers::Anyone(Scheme::Tcp), None) => {
                QueryTarget { port, ..QueryTarget::new(Scheme::Tcp, door.service.as_str()) }
            }
            _ => continue,
        };
        let mut query = asked(&Query { from, to }, mesh).map_err(|_| LeftOut::NoQuery)?;
        match door.callers {
            Callers::WithMeshCertificate => {
                let outer_sni = server_name.unwrap_or_default().to_owned();
                query.path = trace::ClientPath::Direct { gateway: gateway.to_owned(), outer_sni };
            }
            Callers::Anyone(_) => {
                // The client dials the gateway, and its `Host` is another name.
                if let Some(authority) = called.map(str::to_owned).or_else(|| line.authority.clone()) {
                    query.headers.entry("host".to_owned()).or_insert(authority);
                }
                query.host.clone_from(&door.service);
            }
        }
        query.port = door.port;
        query.is_http_2 = line.is_http_2();
        if !queries.contains(&query) {
            queries.push(query);
        }
    }
    Ok(Question { queries, is_named: called.len() < 2 })
}

fn http(line: &LogLine, port: Option<u16>) -> Result<QueryTarget, LeftOut> {
    let authority = line.authority.as_deref().ok_or(LeftOut::NoRequest)?;
    let (host, in_authority) = authority_of(authority).map_err(|_| LeftOut::NoQuery)?;
    let port = port.or(in_authority).or(line.outbound().map(|cluster| cluster.port));
    // What a client sends that is told no `Host` needs no header in the request that is shown. Capitals are kept: a route may
    // compare them.
    let is_usual = match port {
        Some(80) => authority == host,
        _ => in_authority.is_some() && in_authority == port,
    };
    let headers = (!is_usual).then(|| ("host".to_owned(), authority.to_owned()));
    Ok(QueryTarget {
        scheme: if line.is_grpc() { Scheme::Grpc } else { Scheme::Http },
        host,
        address: None,
        port,
        sni: None,
        method: line.method.clone(),
        path: line.path.clone(),
        more_headers: BTreeMap::new(),
        headers: headers.into_iter().collect(),
    })
}

/// Whether the request is for a Service of the cluster, and not for an external host behind a gateway's Service.
fn is_in_the_cluster(line: &LogLine, mesh: &CompiledMesh<'_>) -> bool {
    let Some(cluster) = line.outbound() else { return false };
    let end = format!(".svc.{}", mesh.environment.cluster_domain);
    let Some(service) = cluster.host.strip_suffix(&end) else { return false };
    let is_gateway =
        || mesh.environment.gateways.values().any(|each| service == format!("{}.{}", each.service, each.namespace));
    let host = line.authority.as_deref().and_then(|authority| authority_of(authority).ok()).map(|(host, _)| host);
    match host.as_deref().or(line.server_name.as_deref()) {
        Some(host) => host == cluster.host || host.split('.').next() == service.split('.').next(),
        None => cluster.subset.is_empty() && names_behind(line, mesh).is_empty() && !is_gateway(),
    }
}

/// The external hosts that a connection without a name may be for: the host of its cluster, or the hosts whose routes
/// lead to it.
fn names_behind<'l>(line: &'l LogLine, mesh: &CompiledMesh<'l>) -> Vec<&'l str> {
    let Some(cluster) = line.outbound() else { return Vec::new() };
    let end = format!(".svc.{}", mesh.environment.cluster_domain);
    if !cluster.host.ends_with(&end) {
        return vec![cluster.host];
    }
    let services = mesh.objects.virtual_services.iter().filter(|service| {
        let mut to = service.spec.tls.iter().chain(&service.spec.tcp).flat_map(|route| &route.route);
        to.any(|weighted| weighted.to.host == cluster.host && weighted.to.subset == cluster.subset)
    });
    let hosts = services.flat_map(|service| &service.spec.hosts).map(String::as_str);
    let mut hosts: Vec<&str> = hosts.filter(|host| !host.contains('*')).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts.truncate(MOST_NAMES);
    hosts
}

/// So many hosts are tried.
const MOST_NAMES: usize = 16;
