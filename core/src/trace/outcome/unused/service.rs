//! Services that a request does not reach, because the cluster that the last proxy names is not there.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, not_exported};
use crate::istio::{Object, Service};
use crate::trace::outcome::host_name;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
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
