//! Why a request goes no further, where what it would need is not there: no object can be named for it.

use super::named_cluster::NamedCluster;
use super::near::Near;
use super::subset::MissingSubset;
use crate::istio::Resolution;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::pods::has_all;
use crate::trace::outcome::istiod::service::{Conflict, Endpoints};

/// Remarks about the last proxy of a request.
pub(super) fn notes(near: &Near<'_, '_>) -> Vec<String> {
    if let Some(why) = NamedCluster::last(near).and_then(|cluster| no_endpoint(near, &cluster)) {
        return vec![why];
    }
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

/// `convertResolution` of core/cluster.go: without a resolution a sidecar goes by the address that the client dialled, and
/// a gateway has none.
fn no_endpoint(near: &Near<'_, '_>, cluster: &NamedCluster<'_>) -> Option<String> {
    if !matches!(near.trace.response_flags, Some("UH" | "NC")) {
        return None;
    }
    let service = cluster.service(near)?;
    let (Endpoints::Entry(entry), Some(meta)) = (&service.endpoints, service.meta) else { return None };
    // egressc makes such entries itself, so that no request goes past its gateways.
    if meta.span.is_none() || service.conflict != Conflict::None {
        return None;
    }
    let name = format!("{} `{}/{}`", meta.kind, meta.namespace, meta.name);
    let is_at_gateway = matches!(cluster.pods, Pods::Gateway(..));
    match entry.resolution {
        Resolution::None if is_at_gateway && entry.endpoints.is_empty() => Some(format!(
            "{name} has no `resolution` (NONE) and no endpoints: {} does not know the address that the client dialled, and so it has none for `{}`",
            cluster.proxy(),
            cluster.host
        )),
        Resolution::Static if entry.endpoints.is_empty() => {
            Some(format!("{name} has resolution STATIC and no endpoints, so nothing is behind `{}`", cluster.host))
        }
        Resolution::None | Resolution::Dynamic | Resolution::Unsupported => None,
        Resolution::Static | Resolution::Dns | Resolution::DnsRoundRobin => {
            let rule = cluster.rule(near, service)?;
            let mut assumptions = Assumptions::default();
            let settings = rule.settings(&service.host, cluster.port, cluster.subset, &mut assumptions)?;
            let labels = settings.labels.filter(|labels| !labels.is_empty() && assumptions.count() == 0)?;
            if entry.endpoints.iter().any(|endpoint| has_all(&endpoint.labels, labels)) {
                return None;
            }
            let labels: Vec<String> = labels.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
            Some(format!("no endpoint of {name} has the labels {} of subset `{}`", labels.join(", "), cluster.subset))
        }
    }
}
