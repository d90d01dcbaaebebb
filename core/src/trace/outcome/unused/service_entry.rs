//! ServiceEntries for the host of the request.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, not_exported};
use super::sidecar::not_imported;
use crate::istio::{Object, ServiceEntry};
use crate::trace::Scheme;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::Protocol;
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let mut unused = without_cluster(near);
    for other in for_host(near) {
        if !unused.iter().any(|known| known.object == other.object) {
            unused.push(other);
        }
    }
    unused
}

/// ServiceEntries that do not make the cluster that the last proxy names, though they are for its host or nearly.
fn without_cluster(near: &Near<'_, '_>) -> Vec<Unused> {
    let Some(cluster) = NamedCluster::missing(near) else { return Vec::new() };
    let entries = || near.context.objects.service_entries.iter().filter(|entry| entry.meta.span.is_some());
    let has_it = |entry: &&Object<ServiceEntry>| entry.spec.hosts.iter().any(|host| host == cluster.host);
    let mut unused: Vec<Unused> = entries()
        .filter(has_it)
        .filter_map(|entry| Some(Unused::new(&entry.meta, None, why_no_cluster(&cluster, entry)?)))
        .collect();
    if near.context.is_described(cluster.host) {
        return unused;
    }
    // Of a host with a wildcard Istio makes a cluster by that name alone (core/cluster.go, `buildOutboundClusters`).
    let host = cluster.host.trim_end_matches('.');
    for entry in entries().filter(|entry| not_exported(&entry.spec.export_to, cluster.namespace).is_none()) {
        let is_nearly = |known: &&String| host_name::is_within(host, known.trim_end_matches('.'));
        let Some(known) = entry.spec.hosts.iter().find(is_nearly) else { continue };
        let why = format!(
            "its host `{known}` makes no cluster for `{}`, to which {} sends the request: the destination of a route must be a host of a ServiceEntry as it is written there",
            cluster.host,
            cluster.proxy()
        );
        unused.push(Unused::new(&entry.meta, None, why));
    }
    unused
}

fn why_no_cluster(cluster: &NamedCluster<'_>, entry: &Object<ServiceEntry>) -> Option<String> {
    let (port, proxy) = (cluster.port, cluster.proxy());
    if let Some(why) = not_exported(&entry.spec.export_to, cluster.namespace) {
        return Some(format!("{why}, so {proxy} has no cluster for `{}`", cluster.host));
    }
    if entry.spec.ports.iter().any(|known| known.number == port) {
        return None;
    }
    let ports = ports(&entry.spec)?;
    Some(format!("it has port {ports}, and {proxy} sends the request to port {port} of `{}`", cluster.host))
}

/// The ports of an entry, for people.
fn ports(entry: &ServiceEntry) -> Option<String> {
    let ports: Vec<String> = entry.ports.iter().map(|port| port.number.to_string()).take(8).collect();
    (!ports.is_empty()).then(|| ports.join(", "))
}

/// ServiceEntries for a name of the request.
fn for_host(near: &Near<'_, '_>) -> Vec<Unused> {
    let entries = &near.context.objects.service_entries;
    let is_near = |entry: &&Object<ServiceEntry>| entry.spec.hosts.iter().any(|host| near.is_host(host));
    let of_host: Vec<&Object<ServiceEntry>> = entries.iter().filter(is_near).collect();
    // One that is used is the one that counts: the others are for other clients.
    if of_host.iter().any(|entry| near.is_used(&entry.meta)) {
        return Vec::new();
    }
    let reason = |entry: &&Object<ServiceEntry>| Some(Unused::new(&entry.meta, None, why(near, entry)?));
    of_host.iter().filter(|entry| entry.meta.span.is_some()).filter_map(reason).collect()
}

fn why(near: &Near<'_, '_>, entry: &Object<ServiceEntry>) -> Option<String> {
    let (query, spec) = (near.query, &entry.spec);
    if let Some(why) = not_exported(&spec.export_to, &query.namespace) {
        return Some(why);
    }
    let scope = near.scope.as_ref()?;
    let imports = |scope: &SidecarScope<'_>| {
        let mut hosts = spec.hosts.iter().filter(|host| near.is_host(host));
        hosts.any(|host| scope.imports_service(&entry.meta.namespace, host))
    };
    if let Some(why) = not_imported(scope, imports) {
        return Some(why);
    }
    let Some(port) = spec.ports.iter().find(|port| port.number == query.port) else {
        return ports(spec).map(|ports| format!("it has port {ports}, and the request is for port {}", query.port));
    };
    let is_other = match Protocol::parse(&port.protocol) {
        Protocol::Tls => !query.scheme.is_tls(),
        Protocol::Http => !query.scheme.is_http(),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo | Protocol::Unspecified | Protocol::Udp => false,
    };
    let sent = match query.scheme {
        Scheme::Http | Scheme::Grpc => "plain HTTP",
        Scheme::Https | Scheme::Tls => "TLS",
        Scheme::Tcp => "neither HTTP nor TLS",
    };
    is_other.then(|| format!("its port {} has protocol {}, and the request is {sent}", port.number, port.protocol))
}
