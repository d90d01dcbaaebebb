//! The cluster of a waypoint that a target names (`core/listener_waypoint.go`, `getWaypointDestinationCluster`;
//! `core/cluster_waypoint.go`, `buildWaypointInboundVIP`): `inbound-vip|<port>|<protocol>|<host>` for the services that are
//! bound to the waypoint, and an outbound one for others.

use std::ops::ControlFlow;

use super::{Cluster, ServiceCluster, of_service};
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::destination_rules::{MergedRule, Settings};
use crate::trace::outcome::istiod::service::{Conflict, Protocol, Service, different_endpoints};
use crate::trace::outcome::istiod::waypoints::BoundWaypoint;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{DownstreamProtocol, Journey, Proxy, Step, unknown};
use crate::trace::outcome::proxy::target::{Target, WaypointTarget};

/// The protocol in the name of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClusterProtocol {
    Http,
    Tcp,
}

impl ClusterProtocol {
    /// `portToSubset`: a port that the waypoint does not know is one of HTTP.
    fn of_port(service: Option<&Service<'_>>, port: u16) -> Self {
        match service.and_then(|service| service.protocol_of(port)) {
            None | Some(Protocol::Http | Protocol::Unspecified) => Self::Http,
            Some(Protocol::Tls | Protocol::Tcp | Protocol::MySql | Protocol::Mongo | Protocol::Udp) => Self::Tcp,
        }
    }

    /// Whether a service that is bound to the waypoint has such a cluster for a port.
    fn is_made_for(self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Unspecified => true,
            Protocol::Http => self == Self::Http,
            Protocol::Tls | Protocol::Tcp | Protocol::MySql | Protocol::Mongo => self == Self::Tcp,
            Protocol::Udp => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}

/// The cluster that a target names; `own` is the service whose traffic it is.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (waypoint, own): (&BoundWaypoint<'a>, ServiceId),
    target: WaypointTarget<'a>,
) -> Step<Cluster<'a>> {
    let context = journey.context;
    let (host, port, subset, payload) = match target {
        WaypointTarget::OfChain(payload) => {
            let Some(own) = context.services.get(own) else { return journey.failed("NC") };
            let kind = match journey.downstream {
                DownstreamProtocol::Http => ClusterProtocol::Http,
                DownstreamProtocol::Tcp | DownstreamProtocol::Unread => ClusterProtocol::Tcp,
            };
            return of_bound(journey, proxy, own, (journey.query.port, "", kind), payload);
        }
        WaypointTarget::Routed(Target::Outbound { host, port, subset, payload }) => (host, port, subset, payload),
        WaypointTarget::Routed(Target::Passthrough(_) | Target::BlackHole) => {
            return unknown("a waypoint sends this request to no service, which is not modelled");
        }
    };
    // A backend that is not there leads to no cluster.
    if host.is_empty() {
        return journey.failed("NC");
    }
    let named = context.hosts.id(&host);
    if context.services.external_name(named).is_some() {
        return unknown(format!("a route to the ExternalName Service `{host}` at a waypoint is not modelled"));
    }
    let seen = context.services.selected(&proxy.scope, named, &mut journey.assumptions);
    let seen = match seen.split_first() {
        Some((only, [])) => context.services.get(*only),
        Some(_) => return unknown(format!("several ServiceEntries are for `{host}`, to which a waypoint routes")),
        None => None,
    };
    let bound = match context.services_of_waypoint(waypoint, named, &mut journey.assumptions) {
        Ok(bound) => bound,
        Err(why) => return unknown(why),
    };
    match (seen, bound.as_slice()) {
        (_, [_, _, ..]) => unknown(several(waypoint, &host)),
        (_, [only]) => {
            let Some(bound) = context.services.get(*only) else { return journey.failed("NC") };
            of_bound(journey, proxy, bound, (port, subset, ClusterProtocol::of_port(seen, port)), payload)
        }
        (Some(_), []) => {
            journey.cluster(|| format!("outbound|{port}|{subset}|{host}"));
            if !is_referenced(journey, waypoint, named)? {
                journey.note(format!(
                    "waypoint `{}` has no cluster for `{host}`: no VirtualService for exactly the host of one of its services routes there",
                    waypoint.full_name()
                ));
                return journey.failed("NC");
            }
            let cluster = of_service(journey, proxy, &host, port, subset)?;
            ControlFlow::Continue(Cluster::Service(cluster, payload))
        }
        (None, []) if journey.may_have_service(&host) => {
            unknown(format!("no document describes Service `{host}`, to which a route leads"))
        }
        (None, []) => journey.failed("NC"),
    }
}

/// Why it is not known what a waypoint does for a host.
pub(crate) fn several(waypoint: &BoundWaypoint<'_>, host: &str) -> String {
    format!(
        "several ServiceEntries for `{host}` are bound to waypoint `{}`, which knows one of them, and any of them may be that one",
        waypoint.full_name()
    )
}

/// Whether any VirtualService for exactly the host of a service of the waypoint names a destination, whoever sees it
/// (`filterWaypointOutboundServices` of core/waypoint.go, `initVirtualServices` of `pilot/pkg/model/push_context.go`).
fn is_referenced(journey: &mut Journey<'_>, waypoint: &BoundWaypoint<'_>, destination: HostId) -> Step<bool> {
    let context = journey.context;
    let domain = &context.environment.cluster_domain;
    let mut partly_read = None;
    for config in context.virtual_services.of_mesh() {
        let names_it = config.destinations(domain).any(|host| context.hosts.id(&host) == destination);
        // A mirror is a destination, too.
        let is_partly_read = config.spec.http.iter().any(|route| !route.unsupported.is_empty());
        if !names_it && !is_partly_read {
            continue;
        }
        for host in &config.host_ids {
            match context.services_of_waypoint(waypoint, *host, &mut journey.assumptions) {
                Ok(bound) if bound.is_empty() => {}
                Ok(_) if config.spec.is_alpha && !journey.reads_alpha(config.meta) => {}
                Ok(_) if names_it => return ControlFlow::Continue(true),
                Ok(_) => partly_read = Some(config),
                Err(why) => return unknown(why),
            }
        }
    }
    match partly_read {
        Some(config) => unknown(format!(
            "{config} has fields that are not modelled, which may make a cluster for `{}` at waypoint `{}`",
            context.hosts.name(destination),
            waypoint.full_name()
        )),
        None => ControlFlow::Continue(false),
    }
}

/// The cluster of a service that is bound to the waypoint.
fn of_bound<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &'a Service<'a>,
    (port, subset, kind): (u16, &'a str, ClusterProtocol),
    payload: Payload,
) -> Step<Cluster<'a>> {
    let path = if subset.is_empty() { kind.name().to_owned() } else { format!("{}/{subset}", kind.name()) };
    journey.cluster(|| format!("inbound-vip|{port}|{path}|{}", service.host));
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    if !service.protocol_of(port).is_some_and(|protocol| kind.is_made_for(protocol)) {
        return journey.failed("NC");
    }
    if service.conflict != Conflict::None {
        return unknown(different_endpoints(service));
    }
    let Some(settings) = waypoint_settings(journey, proxy, service, port, subset) else { return journey.failed("NC") };
    if let Some(meta) = settings.meta {
        journey.decided(meta, settings.span);
    }
    if let Some(field) = settings.unsupported.first() {
        return unknown(format!("`{field}` of a DestinationRule for `{}` is not modelled", service.host));
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
