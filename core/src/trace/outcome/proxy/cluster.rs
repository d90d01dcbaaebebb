//! The cluster that a target names: its service, and the settings of DestinationRules.

use std::ops::ControlFlow;

use super::connection::Payload;
use super::journey::{DownstreamProtocol, Journey, Proxy, Step, unknown};
use super::target::Target;
use crate::istio::ServiceEntry;
use crate::trace::Stop;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::destination_rules::{MergedRule, Settings};
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::{Conflict, Endpoints, Protocol, Service, different_endpoints};
use crate::trace::outcome::istiod::waypoints::BoundWaypoint;

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
    // A route to an `ExternalName` goes to the cluster of the host behind it (core/route/route.go,
    // `GetDestinationCluster`).
    match context.services.external_name(id) {
        Some(ExternalName::Host(concrete)) if context.services.anywhere(concrete).next().is_some() => {
            return unknown(format!("a route to the ExternalName Service `{host}` is not modelled"));
        }
        Some(ExternalName::Host(_) | ExternalName::Circular) => return journey.failed("NC"),
        None => {}
    }
    // A listener for one port makes clusters for that port alone, and other listeners make theirs (`sidecar.go`,
    // `collectImportedServices`).
    if let Some(listeners) = proxy.scope.listeners {
        let here = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
        let namespace =
            |ids: &[ServiceId]| ids.first().and_then(|id| context.services.get(*id)).map(|service| service.namespace);
        // Of services of several namespaces only those of one have clusters (`appendSidecarServices`).
        for scope in proxy.scope.by_listener().map(|(_, scope)| scope) {
            let there = context.services.selected(&scope, id, &mut journey.assumptions);
            if !there.is_empty() && namespace(&there) != namespace(&here) {
                return unknown(format!(
                    "egress listeners of a Sidecar import `{host}` from several namespaces, and which of them has a cluster is not modelled"
                ));
            }
        }
        if here.is_empty() || (listeners.of_port.is_some() && port != journey.query.port) {
            return unknown(format!(
                "which egress listener of a Sidecar makes a cluster for port {port} of `{host}` is not modelled"
            ));
        }
    }
    let ids = context.services_with_clusters(&proxy.scope, id, &mut journey.assumptions);
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
    ControlFlow::Continue(ServiceCluster { service, port, subset, settings })
}

/// The cluster of a waypoint that a target names (`core/cluster_waypoint.go`, `buildWaypointInboundVIP`; `own` is the service
/// whose traffic it is): `inbound-vip|<port>|<protocol>|<host>` for the services that are bound to the waypoint, and an
/// outbound one for others.
pub(crate) fn at_waypoint<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (waypoint, own): (&BoundWaypoint<'a>, ServiceId),
    target: Target<'a>,
) -> Step<Cluster<'a>> {
    let context = journey.context;
    let Target::Outbound { host, port, subset, payload } = target else {
        return unknown("a waypoint sends this request to no service, which is not modelled");
    };
    let Some(own_service) = context.services.get(own) else { return journey.failed("NC") };
    let id = if *host == *own_service.host {
        own
    } else {
        let named = context.hosts.id(&host);
        let seen = context.services.selected(&proxy.scope, named, &mut journey.assumptions);
        match seen.split_first() {
            Some((only, [])) => *only,
            Some(_) => return unknown(format!("several ServiceEntries are for `{host}`, to which a waypoint routes")),
            None if context.is_described(&host) => {
                return unknown(format!(
                    "a waypoint of namespace `{}` routes to `{host}`, which is not exported to it: this is not modelled",
                    proxy.scope.namespace
                ));
            }
            None if journey.may_have_service(&host) => {
                return unknown(format!("no document describes Service `{host}`, to which a route leads"));
            }
            None => return journey.failed("NC"),
        }
    };
    let Some(service) = context.services.get(id) else { return journey.failed("NC") };
    let is_bound = id == own
        || match context.waypoints.is_bound_to(waypoint, service, &mut journey.assumptions) {
            Ok(is_bound) => is_bound,
            Err(why) => return unknown(why),
        };
    if !is_bound {
        // istiod makes the cluster only where a VirtualService for exactly the host of a service of the waypoint names the
        // destination (`filterWaypointOutboundServices` of core/waypoint.go).
        let routes = context.virtual_services.for_host(&proxy.scope, own_service.id);
        if routes.is_empty() {
            return unknown(format!(
                "a VirtualService for a wildcard routes from `{}` to `{host}` at a waypoint, which is not modelled",
                own_service.host
            ));
        }
        journey.cluster(|| format!("outbound|{port}|{subset}|{host}"));
        let cluster = of_service(journey, proxy, &host, port, subset)?;
        return ControlFlow::Continue(Cluster::Service(cluster, payload));
    }
    let kind = match journey.downstream {
        DownstreamProtocol::Http => "http",
        DownstreamProtocol::Tcp | DownstreamProtocol::Unread => "tcp",
    };
    let path = if subset.is_empty() { kind.to_owned() } else { format!("{kind}/{subset}") };
    journey.cluster(|| format!("inbound-vip|{port}|{path}|{host}"));
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    let Some(protocol) = service.ports.iter().find(|each| each.number == port).map(|each| each.protocol) else {
        return journey.failed("NC");
    };
    // The name of a cluster follows from the protocol of the port, which must be that of the chain.
    let is_of_kind = match protocol {
        Protocol::Http => kind == "http",
        Protocol::Unspecified => true,
        Protocol::Tls | Protocol::Tcp | Protocol::MySql | Protocol::Mongo => kind == "tcp",
        Protocol::Udp => false,
    };
    if !is_of_kind {
        return unknown(format!("a waypoint routes to port {port} of `{host}`, which has another protocol"));
    }
    if service.conflict != Conflict::None {
        return unknown(different_endpoints(service));
    }
    let Some(settings) = waypoint_settings(journey, proxy, service, port, subset) else { return journey.failed("NC") };
    if let Some(meta) = settings.meta {
        journey.decided(meta, settings.span);
    }
    if let Some(field) = settings.unsupported.first() {
        return unknown(format!("`{field}` of a DestinationRule for `{host}` is not modelled"));
    }
    ControlFlow::Continue(Cluster::Service(ServiceCluster { service, port, subset, settings }, payload))
}

/// The settings of a service that is bound to the waypoint. A waypoint finds DestinationRules by what its own namespace sees
/// of the host (`selectDestinationRules` of `pilot/pkg/model/sidecar.go`): of a service that is not exported to it there are
/// none.
fn waypoint_settings<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
    port: u16,
    subset: &str,
) -> Option<Settings<'a>> {
    let context = journey.context;
    let seen = context.services.selected(&proxy.scope, service.id, &mut journey.assumptions);
    let rule = match seen.first().and_then(|id| context.services.get(*id)) {
        Some(seen) => context.destination_rules.find(
            &context.hosts,
            proxy.scope.namespace,
            proxy.pods,
            seen,
            &mut journey.assumptions,
        ),
        None => MergedRule::default(),
    };
    rule.settings(&service.host, port, subset, &mut journey.assumptions)
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
