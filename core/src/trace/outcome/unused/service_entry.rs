//! ServiceEntries for the host of the request.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, not_exported};
use super::sidecar::not_imported;
use crate::istio::{EntryPort, Object, ServiceEntry};
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::{Address, Protocol};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;
use crate::trace::{Scheme, Stop};

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
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo => {
            return beside_http(near, port).or_else(|| beside_another(near, entry, port));
        }
        Protocol::Unspecified | Protocol::Udp => false,
    };
    let sent = match query.scheme {
        Scheme::Http | Scheme::Grpc => "plain HTTP",
        Scheme::Https | Scheme::Tls => "TLS",
        Scheme::Tcp => "neither HTTP nor TLS",
    };
    if is_other {
        return Some(format!("its port {} has protocol {}, and the request is {sent}", port.number, port.protocol));
    }
    at_another_address(near, entry)
}

/// A listener that has a chain for HTTP routes all HTTP by `Host` (core/listener.go, `buildSidecarOutboundListener`).
fn beside_http(near: &Near<'_, '_>, port: &EntryPort) -> Option<String> {
    let hop = near.trace.hops.iter().find(|hop| hop.at == Stop::Sidecar)?;
    (near.query.scheme.is_http() && hop.chain.as_deref() == Some("http")).then(|| {
        format!(
            "its port {} has protocol {}, and another service has protocol HTTP on that port, so that the sidecar routes HTTP there by `Host` to hosts with protocol HTTP alone",
            port.number, port.protocol
        )
    })
}

/// Services of TCP without an address share a listener, whose chain for every address is that of the first of them
/// (core/listener.go, `buildSidecarOutboundListener`).
fn beside_another(near: &Near<'_, '_>, entry: &Object<ServiceEntry>, port: &EntryPort) -> Option<String> {
    let hop = near.trace.hops.iter().find(|hop| hop.at == Stop::Sidecar)?;
    let taking = near.service_of_chain(hop.chain.as_deref()?)?;
    let is_tcp = |protocol| matches!(protocol, Protocol::Tcp | Protocol::MySql | Protocol::Mongo);
    let own = near.only_service(entry)?;
    let is_alike = !near.trace.has_other_ways
        && taking.protocol_of(port.number).is_some_and(is_tcp)
        && taking.has_chains_for_every_address()
        && own.has_chains_for_every_address();
    let meta = taking.meta.filter(|_| is_alike)?;
    let mut ways_out = vec!["`addresses`"];
    // Istio gives no address to an entry without a resolution.
    ways_out.extend((own.address == Address::Automatic).then_some("DNS capture (`ISTIO_META_DNS_CAPTURE`)"));
    ways_out.extend(near.query.scheme.is_tls().then_some("protocol TLS"));
    Some(format!(
        "its port {} has protocol {} and no address of its own, and {} `{}/{}` takes all that arrives on that port; {} would tell them apart",
        port.number,
        port.protocol,
        meta.kind,
        meta.namespace,
        meta.name,
        ways_out.join(" or ")
    ))
}

/// With DNS capture each entry has a listener on the address that Istio gives to it, and the sidecar answers with that of
/// the first of a host (`pkg/dns/server/name_table.go`, `BuildNameTable`).
fn at_another_address(near: &Near<'_, '_>, entry: &Object<ServiceEntry>) -> Option<String> {
    let hop = near.trace.hops.iter().find(|hop| hop.at == Stop::Sidecar)?;
    let own = near.only_service(entry)?;
    let is_shared = hop.listener.as_deref() != Some("virtualOutbound") || near.trace.has_other_ways;
    if is_shared || own.address != Address::Automatic || near.query.dialled_address().is_some() {
        return None;
    }
    let mut assumptions = Assumptions::default();
    let ids = near.context.services.selected(near.scope.as_ref()?, own.id, &mut assumptions);
    let first = ids.first().and_then(|id| near.context.services.get(*id)).filter(|_| assumptions.count() == 0)?;
    let meta = first.meta.filter(|meta| !std::ptr::eq(*meta, &raw const entry.meta))?;
    (first.address == Address::Automatic && first.protocol_of(near.query.port).is_none()).then(|| {
        format!(
            "its listener is on the address that Istio gives to it, and for `{}` the sidecar answers DNS with that of {} `{}/{}`, which has no port {}: one ServiceEntry of the host must have both ports",
            own.host, meta.kind, meta.namespace, meta.name, near.query.port
        )
    })
}
