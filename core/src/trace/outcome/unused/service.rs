//! Services that a request does not reach: they do not make the cluster that a proxy names, or are only a name.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, not_exported};
use crate::istio::{Object, Service};
use crate::trace::outcome::host_name;
use crate::trace::{Stop, Verdict};

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let mut unused = without_cluster(near);
    unused.extend(only_a_name(near));
    unused
}

/// `ExternalName` Services whose host nobody has registered: such a Service is just another name for it
/// (`pilot/pkg/model/push_context.go`, `initServiceRegistry`).
fn only_a_name(near: &Near<'_, '_>) -> Option<Unused> {
    let is_blocked = near.trace.verdict == Verdict::Blocked && !near.trace.has_other_ways;
    let hop = near.trace.hops.last().filter(|hop| is_blocked && hop.at == Stop::Sidecar)?;
    if hop.cluster.as_deref().is_some_and(|cluster| cluster != "BlackHoleCluster") {
        return None;
    }
    let services = near.context.objects.services.iter().filter(|service| service.meta.span.is_some());
    let mut named = services.filter(|service| {
        let host = near.full(service.meta.istio_name(), &service.meta.namespace);
        near.names().iter().any(|name| *name == *host)
    });
    let service = named.find(|service| service.spec.external_name.is_some())?;
    let concrete = service.spec.external_name.as_deref().filter(|host| !near.context.is_described(host))?;
    let why = format!(
        "it is only another name for `{concrete}` (ExternalName), which is the host of no ServiceEntry and of no other Service"
    );
    Some(Unused::new(&service.meta, service.meta.span, why))
}

/// Services of the host to which the last proxy sends the request, without the cluster that it names.
fn without_cluster(near: &Near<'_, '_>) -> Vec<Unused> {
    let Some(cluster) = NamedCluster::missing(near) else { return Vec::new() };
    let domain = &near.context.environment.cluster_domain;
    let is_it = |service: &&Object<Service>| {
        host_name::of_service(service.meta.istio_name(), &service.meta.namespace, domain) == cluster.host
    };
    let services = near.context.objects.services.iter().filter(|service| service.meta.span.is_some());
    let named = services.filter(is_it).filter(|service| service.spec.external_name.is_none());
    named.filter_map(|service| Some(Unused::new(&service.meta, service.meta.span, why(&cluster, service)?))).collect()
}

fn why(cluster: &NamedCluster<'_>, service: &Object<Service>) -> Option<String> {
    let (port, proxy) = (cluster.port, cluster.proxy());
    if let Some(why) = not_exported(&service.spec.export_to, cluster.namespace) {
        return Some(format!("{why}, so {proxy} has no cluster for it"));
    }
    if service.spec.ports.iter().any(|known| known.port == port) {
        return None;
    }
    let ports: Vec<String> = service.spec.ports.iter().map(|known| known.port.to_string()).take(8).collect();
    (!ports.is_empty()).then(|| {
        let ports = ports.join(", ");
        format!("it has port {ports}, and {proxy} sends the request to its port {port}")
    })
}
