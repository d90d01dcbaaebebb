//! Why a request goes no further, where what it would need is not there: no object can be named for it.

use super::named_cluster::NamedCluster;
use super::near::Near;
use super::subset::MissingSubset;

/// Remarks about the last proxy of a request.
pub(super) fn notes(near: &Near<'_, '_>) -> Vec<String> {
    let Some(cluster) = NamedCluster::missing(near) else { return Vec::new() };
    [no_subset(near, &cluster), no_host(near, &cluster), no_port(near, &cluster)].into_iter().flatten().collect()
}

fn no_subset(near: &Near<'_, '_>, cluster: &NamedCluster<'_>) -> Option<String> {
    let missing = MissingSubset::of(near, cluster)?;
    if near.context.objects.destination_rules.iter().any(|rule| missing.is_in(near, rule)) {
        return None;
    }
    Some(format!(
        "{} sends the request to subset `{}` of `{}`, and no DestinationRule for that host has the subset",
        cluster.proxy(),
        cluster.subset,
        cluster.host
    ))
}

fn no_host(near: &Near<'_, '_>, cluster: &NamedCluster<'_>) -> Option<String> {
    (!near.context.is_described(cluster.host)).then(|| {
        format!(
            "{} sends the request to `{}`, which is the host of no ServiceEntry and of no Service",
            cluster.proxy(),
            cluster.host
        )
    })
}

/// A gateway's Service without a document has the ports that the facts say.
fn no_port(near: &Near<'_, '_>, cluster: &NamedCluster<'_>) -> Option<String> {
    let context = near.context;
    let mut services =
        context.services.anywhere(context.hosts.id(cluster.host)).filter_map(|id| context.services.get(id));
    let service = services.next().filter(|service| service.meta.is_none() && services.next().is_none())?;
    if service.protocol_of(cluster.port).is_some() || service.ports.is_empty() {
        return None;
    }
    let ports: Vec<String> = service.ports.iter().map(|port| port.number.to_string()).collect();
    Some(format!(
        "the Service `{}` has port {}, and {} sends the request to its port {}",
        cluster.host,
        ports.join(", "),
        cluster.proxy(),
        cluster.port
    ))
}
