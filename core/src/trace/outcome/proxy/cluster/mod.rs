//! The cluster that a target names: its service, and the settings of DestinationRules.

mod dynamic;
mod external_name;
pub(crate) mod waypoint;

use std::borrow::Cow;
use std::ops::ControlFlow;

pub(crate) use external_name::behind as behind_external_name;

use super::connection::Payload;
use super::journey::{Journey, Proxy, Step, unknown};
use super::target::Target;
use crate::istio::{ServiceEntry, UpstreamHttp};
use crate::trace::Stop;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::destination_rules::Settings;
use crate::trace::outcome::istiod::service::{Conflict, Endpoints, Port, Protocol, Service, different_endpoints};

/// A cluster of a proxy, and what is sent there.
pub(crate) enum Cluster<'a> {
    Service(ServiceCluster<'a>, Payload),
    Passthrough(Payload),
    BlackHole,
}

/// The cluster of a service's port, perhaps of a subset of its endpoints.
pub(crate) struct ServiceCluster<'a> {
    pub(crate) service: &'a Service<'a>,
    pub(crate) port: u16,
    pub(crate) subset: &'a str,
    pub(crate) settings: Settings<'a>,
}

impl ServiceCluster<'_> {
    /// Whether the client's version of HTTP is that to its endpoints (`useClientProtocol`).
    pub(crate) fn follows_client(&self) -> bool {
        self.settings.http == Some(UpstreamHttp::OfClient)
    }

    /// Whether the proxy speaks HTTP/2 to its endpoints, though the request is none (`setUpstreamProtocol` of
    /// `core/cluster_builder.go`, `shouldH2Upgrade` of `core/cluster_traffic_policy.go`).
    pub(crate) fn makes_it_http_2(&self) -> bool {
        match self.settings.http {
            Some(UpstreamHttp::Two) => true,
            Some(UpstreamHttp::OfClient) => false,
            Some(UpstreamHttp::OfPort) | None => {
                self.service.ports.iter().any(|each| each.number == self.port && each.is_http_2)
            }
        }
    }
}

/// The cluster that a target names.
pub(crate) fn choose<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, target: Target<'a>) -> Step<Cluster<'a>> {
    match target {
        Target::Outbound { host, port, subset, payload } => {
            journey.cluster(|| format!("outbound|{port}|{subset}|{host}"));
            let cluster = of_service(journey, proxy, &host, port, subset)?;
            ControlFlow::Continue(Cluster::Service(cluster, payload))
        }
        Target::Passthrough(payload) => {
            journey.cluster(|| "PassthroughCluster".to_owned());
            ControlFlow::Continue(Cluster::Passthrough(payload))
        }
        Target::BlackHole => {
            journey.cluster(|| "BlackHoleCluster".to_owned());
            ControlFlow::Continue(Cluster::BlackHole)
        }
    }
}

fn of_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    host: &str,
    port: u16,
    subset: &'a str,
) -> Step<ServiceCluster<'a>> {
    let context = journey.context;
    if let Some(reason) = context.written_with_capitals(host) {
        return unknown(reason);
    }
    let id = context.hosts.id(host);
    // An `ExternalName` has no cluster of its own (core/cluster.go, `buildOutboundClusters`).
    if context.services.external_service(id).is_some() {
        return journey.failed("NC");
    }
    let ids = match services_with_port(journey, proxy, id, port) {
        Ok(ids) => ids,
        Err(why) => return unknown(why),
    };
    let Some(service) = with_port(journey, &ids, port) else {
        if ids.is_empty() && journey.may_have_service(host) {
            return unknown(format!("no document describes Service `{host}`, to which a route leads"));
        }
        // Without such a service or port there is no such cluster.
        return journey.failed("NC");
    };
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    if matches!(service.conflict, Conflict::Clusters | Conflict::Listeners) {
        return unknown(different_endpoints(service));
    }
    if proxy.at == Stop::Gateway && context.waypoints.may_take_from_gateways(service) {
        return unknown(format!(
            "a gateway may send requests for `{host}` to its waypoint (`istio.io/ingress-use-waypoint`), which is not modelled"
        ));
    }
    if let Some(reason) = unmerged_ports(journey, &ids) {
        return unknown(reason);
    }
    dynamic::is_made(journey, proxy, service, port, subset)?;
    let rules = &context.destination_rules;
    let rule = rules.find(&context.hosts, proxy.scope.namespace, proxy.pods, service, &mut journey.assumptions);
    let Some(settings) = rule.settings(&service.host, port, subset, &mut journey.assumptions) else {
        for object in rule.objects() {
            journey.decided(&object.meta, object.spec.span);
        }
        // A subset that no DestinationRule has is a cluster that does not exist.
        return journey.failed("NC");
    };
    if let Some(meta) = settings.meta {
        journey.decided(meta, settings.span);
    }
    if let Some(field) = settings.unsupported.first() {
        return unknown(format!("`{field}` of a DestinationRule for `{host}` is not modelled"));
    }
    let is_http = |each: &Port| each.number == port && (each.protocol == Protocol::Http || each.is_http_proxy);
    let environment = context.environment;
    // Beside policies it is a warning.
    if environment.upgrades_http && !environment.has_policies && service.ports.iter().any(is_http) {
        return unknown(format!(
            "`h2UpgradePolicy` of the mesh has proxies speak HTTP/2 to `{host}`, and whether it takes HTTP/2 is not known"
        ));
    }
    dynamic::is_accepted(proxy, service, port, &settings)?;
    ControlFlow::Continue(ServiceCluster { service, port, subset, settings })
}

/// The services of a host for which a proxy has clusters, and among them those that may have a port.
fn services_with_port<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    host: HostId,
    port: u16,
) -> Result<Cow<'a, [ServiceId]>, String> {
    let context = journey.context;
    if proxy.scope.listeners.is_none() {
        return Ok(context.services_with_clusters(&proxy.scope, host, &mut journey.assumptions));
    }
    let merged = context.over_listeners(&proxy.scope, host, &mut journey.assumptions)?;
    Ok(Cow::Owned(merged.with_port(port)))
}

/// The service of some of one host that has a port: of several the oldest.
fn with_port<'a>(journey: &mut Journey<'a>, ids: &[ServiceId], port: u16) -> Option<&'a Service<'a>> {
    let context = journey.context;
    let services = ids.iter().filter_map(|id| context.services.get(*id));
    // There are no clusters for UDP (core/cluster.go, `buildOutboundClusters`).
    let has_it =
        |service: &&Service<'_>| service.ports.iter().any(|each| each.number == port && each.protocol != Protocol::Udp);
    let mut having = services.filter(has_it);
    let first = having.next()?;
    let mut rivals: Vec<&'a Service<'a>> = having.collect();
    if rivals.is_empty() {
        return Some(first);
    }
    rivals.insert(0, first);
    let why = || oldest_decides(&first.host);
    journey.assumptions.oldest_of(&rivals, |service| service.age, |_, _| false, why).copied()
}

/// Why the ports of some objects of one namespace have no cluster: ports are merged only where the objects are alike in the
/// rest (`sidecar.go`, `canMergeServices`).
fn unmerged_ports(journey: &mut Journey<'_>, ids: &[ServiceId]) -> Option<String> {
    if ids.len() < 2 {
        return None;
    }
    let context = journey.context;
    let entries: Vec<(&Service<'_>, &ServiceEntry)> = ids
        .iter()
        .filter_map(|id| context.services.get(*id))
        .filter_map(|service| match &service.endpoints {
            Endpoints::Entry(entry) => Some((service, *entry)),
            _ => None,
        })
        .collect();
    let numbers =
        |entry: &ServiceEntry| entry.ports.iter().map(|port| port.number).collect::<std::collections::BTreeSet<u16>>();
    let differs_from = |(first, head): &(&Service<'_>, &ServiceEntry)| {
        entries.iter().any(|(service, entry)| {
            numbers(entry) != numbers(head)
                && (entry.exports != head.exports
                    || entry.resolution != head.resolution
                    || service.meta.map(|meta| &meta.labels) != first.meta.map(|meta| &meta.labels))
        })
    };
    let alike =
        |a: &(&Service<'_>, &ServiceEntry), b: &(&Service<'_>, &ServiceEntry)| differs_from(a) == differs_from(b);
    let why = || oldest_decides(entries.first().map_or("", |(service, _)| &service.host));
    let oldest = journey.assumptions.oldest_of(&entries, |(service, _)| service.age, alike, why);
    let (first, _) = oldest.filter(|oldest| differs_from(oldest))?;
    Some(format!(
        "ServiceEntries of namespace `{}` for `{}` differ, and the ports of all but the oldest have no cluster",
        first.namespace, first.host
    ))
}

/// Several objects of one namespace are for one host.
fn oldest_decides(host: &str) -> String {
    format!(
        "several ServiceEntries of one namespace are for `{host}`, and the oldest of them decides: the files have no creation times"
    )
}
