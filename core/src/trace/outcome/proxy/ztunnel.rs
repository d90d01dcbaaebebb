//! What ztunnel does with a connection of a client in ambient mode (ztunnel's `src/proxy/outbound.rs`, `build_request`;
//! `src/state.rs`, `find_upstream`), and how it answers the client's DNS queries (`src/dns/server.rs`, `find_server`).
//!
//! Nothing here was seen on a real ztunnel: it follows from reading its code.

use std::net::IpAddr;
use std::ops::ControlFlow;

use super::journey::{Journey, Step, closed, unknown};
use crate::istio::{Endpoint, Resolution, ServiceEntry};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::{Address, Endpoints, Service};
use crate::trace::outcome::istiod::waypoints::{Binding, BoundWaypoint};

/// Where ztunnel sends a connection.
pub(crate) enum Outbound<'a> {
    /// To a host, at this port.
    Straight { host: String, port: u16 },
    /// To the waypoint of a service.
    Waypoint(BoundWaypoint<'a>, ServiceId),
}

/// Out of the client's pod, through the ztunnel of its node.
///
/// ztunnel knows the services of all namespaces, whatever their `exportTo` and the client's Sidecar say.
pub(crate) fn outbound<'a>(journey: &mut Journey<'a>) -> Step<Outbound<'a>> {
    let (context, query) = (journey.context, journey.query);
    let host = query.host.to_ascii_lowercase();
    let straight = |port: u16| Outbound::Straight { host: host.clone(), port };
    let Some(id) = dialled(journey)? else {
        journey.note("ztunnel lets unknown hosts out, whatever `outboundTrafficPolicy` says".to_owned());
        return ControlFlow::Continue(straight(query.port));
    };
    let Some(service) = context.services.get(id) else { return ControlFlow::Continue(straight(query.port)) };
    match context.waypoints.of((id, service), &mut journey.assumptions) {
        Binding::Bound(waypoint) => return ControlFlow::Continue(Outbound::Waypoint(waypoint, id)),
        Binding::Unmodelled(why) => return unknown(why),
        Binding::Unbound(why) => why.into_iter().for_each(|why| journey.note(why)),
    }
    if let Some(meta) = service.meta {
        journey.decided(meta, service.span);
    }
    match &service.endpoints {
        Endpoints::Entry(entry) => {
            let (host, port) = endpoint_of(journey, service, entry)?;
            ControlFlow::Continue(Outbound::Straight { host, port })
        }
        Endpoints::Gateway(_) | Endpoints::Pods => {
            unknown(format!("what ztunnel does with a connection to `{}` is not modelled", service.host))
        }
    }
}

/// The service whose address the client dials, if it is one of a service.
fn dialled(journey: &mut Journey<'_>) -> Step<Option<ServiceId>> {
    let (context, query) = (journey.context, journey.query);
    let literal = query.dialled_address();
    let found = if let Some(address) = literal {
        context.at_address(address).filter(|id| is_there(journey, *id)).collect()
    } else {
        by_name(journey)?
    };
    if let Some((first, others)) = found.split_first() {
        if let Some(setting) = context.environment.not_followed.first() {
            return unknown(format!("{setting} of the mesh may change which services ztunnel knows"));
        }
        if let Some(meta) = context.unmodelled.of_other_revision(journey.client.revision.as_deref()) {
            return unknown(format!(
                "{} `{}/{}` is for one revision of Istio, and it is not known to be that of ztunnel's control plane",
                meta.kind, meta.namespace, meta.name
            ));
        }
        let service = if others.is_empty() { *first } else { best(journey, &found)? };
        return ControlFlow::Continue(Some(service));
    }
    if literal.is_none() {
        let (host, _) = context.canonical(&query.host, &query.namespace);
        if journey.may_have_service(&host) {
            return unknown(format!("no document describes Service `{host}`, and its name may be one of the cluster"));
        }
    }
    // The address of a host that no service has may be in the network of one.
    for id in context.services.with_networks().collect::<Vec<_>>() {
        let Some(service) = context.services.get(id).filter(|_| is_there(journey, id)) else { continue };
        if is_in_network(journey, id, service, literal) {
            return ControlFlow::Continue(Some(id));
        }
    }
    ControlFlow::Continue(None)
}

/// The services that the client's DNS knows by the dialled name: those of the most specific name that has any with an
/// address.
fn by_name(journey: &mut Journey<'_>) -> Step<Vec<ServiceId>> {
    let (context, query) = (journey.context, journey.query);
    let (name, _) = context.canonical(&query.host, &query.namespace);
    for domain in context.hosts.domains(&name).collect::<Vec<_>>() {
        let mut found = Vec::new();
        for id in context.services.anywhere(domain).collect::<Vec<_>>() {
            let Some(service) = context.services.get(id) else { continue };
            if !has_address(service) || !is_there(journey, id) {
                continue;
            }
            if is_resolved_to(journey, id, service) {
                found.push(id);
            }
        }
        // Another service may have the same address.
        for id in found.clone() {
            let Some(service) = context.services.get(id) else { continue };
            let addresses = service.address.single().iter().filter_map(|address| address.parse().ok());
            for other in addresses.flat_map(|address: IpAddr| context.at_address(address)).collect::<Vec<_>>() {
                if !found.contains(&other) && is_there(journey, other) {
                    found.push(other);
                }
            }
        }
        if !found.is_empty() {
            return ControlFlow::Continue(found);
        }
    }
    ControlFlow::Continue(Vec::new())
}

/// Whether a service has an address by which ztunnel knows it (`constructServiceEntries` of
/// `pilot/pkg/serviceregistry/ambient/services.go`): a wildcard gets one only with resolution `DYNAMIC_DNS`.
fn has_address(service: &Service<'_>) -> bool {
    match (&service.address, &service.endpoints) {
        (Address::Cluster | Address::Automatic | Address::Fixed(_) | Address::Networks(..), _)
        | (Address::None, Endpoints::Gateway(_) | Endpoints::Pods) => true,
        (Address::None, Endpoints::Entry(entry)) => {
            entry.resolution == Resolution::Dynamic && !entry.no_automatic_address && entry.addresses.is_empty()
        }
    }
}

/// Whether the client dials an address of the service where it dials its name. Kubernetes resolves the names of the cluster's
/// Services; other names get such an address only where ztunnel answers the client's DNS queries.
fn is_resolved_to(journey: &mut Journey<'_>, id: ServiceId, service: &Service<'_>) -> bool {
    if !matches!(service.endpoints, Endpoints::Entry(_)) || answers_dns(journey) {
        return true;
    }
    match &service.address {
        Address::Fixed(_) | Address::Networks(..) => journey.assume(Unknown::ResolvesTo(id), || {
            format!("whether `{}` resolves to an address of its ServiceEntry is not known", service.host)
        }),
        Address::Cluster | Address::Automatic | Address::None => {
            journey.note(format!(
                "ztunnel does not answer the client's DNS queries, so the client dials `{}` at an address of which ztunnel knows nothing",
                journey.query.host
            ));
            false
        }
    }
}

/// Whether ztunnel answers the client's DNS queries: it does by default since Istio 1.25
/// (`manifests/charts/istio-cni/values.yaml`), unless the pod opts out (`ambient.istio.io/dns-capture`).
fn answers_dns(journey: &mut Journey<'_>) -> bool {
    if let Some(known) = journey.client.dns_capture {
        return known;
    }
    let version = journey.context.environment.istio_version.as_deref();
    let minor = version.and_then(|version| version.split('.').nth(1)).and_then(|minor| minor.parse::<u16>().ok());
    if minor.is_some_and(|minor| minor < 25) {
        return journey.assume(Unknown::AmbientDnsCapture, || {
            "whether ztunnel answers the client's DNS queries is not known: it is not the default before Istio 1.25"
                .to_owned()
        });
    }
    journey.assumed(
        "ztunnel is taken to answer the client's DNS queries, which is the default since Istio 1.25".to_owned(),
    );
    true
}

fn is_there(journey: &mut Journey<'_>, id: ServiceId) -> bool {
    journey.context.services.is_there(id, &mut journey.assumptions)
}

/// Whether the dialled address is in a network of a service. The longest network wins, and several are not compared.
fn is_in_network(journey: &mut Journey<'_>, id: ServiceId, service: &Service<'_>, literal: Option<IpAddr>) -> bool {
    let networks = service.address.networks();
    if let Some(literal) = literal
        && !networks.iter().any(|network| network.contains(&literal))
    {
        return false;
    }
    // Before 1.30 networks were not sent to ztunnel.
    journey.assume(Unknown::AmbientNetwork(id), || {
        format!("whether ztunnel takes the dialled address for one in the network of `{}` is not known", service.host)
    })
}

/// Which of several services with one address or name ztunnel takes (`ServiceMatch::find_best_match`): one of the client's
/// namespace, and else the one that istiod marks as canonical.
fn best(journey: &mut Journey<'_>, found: &[ServiceId]) -> Step<ServiceId> {
    let context = journey.context;
    let services: Vec<(ServiceId, &Service<'_>)> =
        found.iter().filter_map(|id| Some((*id, context.services.get(*id)?))).collect();
    if services.iter().zip(services.iter().skip(1)).any(|((_, a), (_, b))| a.host != b.host) {
        return unknown(format!(
            "several hosts have the address of `{}`, and which one ztunnel takes is not modelled",
            journey.query.host
        ));
    }
    let in_namespace = |namespace: &str| -> Vec<ServiceId> {
        services.iter().filter(|(_, service)| service.namespace == namespace).map(|(id, _)| *id).collect()
    };
    match in_namespace(&journey.query.namespace).as_slice() {
        [only] => return ControlFlow::Continue(*only),
        [] => {}
        [..] => return unknown(same_namespace(&services, &journey.query.namespace)),
    }
    // A Service of the cluster is always canonical; of ServiceEntries the oldest is.
    if let Some((id, _)) = services.iter().find(|(id, _)| context.services.is_of_cluster(*id)) {
        return ControlFlow::Continue(*id);
    }
    if let Some((_, twice)) = services.iter().find(|(_, service)| in_namespace(service.namespace).len() > 1) {
        return unknown(same_namespace(&services, twice.namespace));
    }
    let oldest = journey.assumptions.oldest_of(
        &services,
        |(_, service)| service.age,
        |_, _| false,
        || {
            format!(
                "several namespaces have a ServiceEntry for `{}`, of which ztunnel takes the oldest: the files have no creation times",
                journey.query.host
            )
        },
    );
    match oldest {
        Some((id, _)) => ControlFlow::Continue(*id),
        None => closed(None),
    }
}

fn same_namespace(services: &[(ServiceId, &Service<'_>)], namespace: &str) -> String {
    let host = services.first().map_or("", |(_, service)| &*service.host);
    format!(
        "several ServiceEntries of namespace `{namespace}` are for `{host}`, and which one ztunnel takes is not modelled"
    )
}

/// The host and port that ztunnel connects to for a service without a waypoint (`find_upstream_from_service`).
fn endpoint_of(journey: &mut Journey<'_>, service: &Service<'_>, entry: &ServiceEntry) -> Step<(String, u16)> {
    let port = journey.query.port;
    let not_modelled = || unknown(format!("what ztunnel does with port {port} of `{}` is not modelled", service.host));
    let dialled = journey.query.host.to_ascii_lowercase();
    match entry.resolution {
        // It connects to the dialled address, whatever the port.
        Resolution::None if entry.endpoints.is_empty() && entry.selector.is_none() => {
            return ControlFlow::Continue((dialled, port));
        }
        Resolution::Static | Resolution::Dns | Resolution::DnsRoundRobin => {}
        Resolution::None | Resolution::Dynamic | Resolution::Unsupported => return not_modelled(),
    }
    if entry.selector.is_some() || entry.internal || !entry.unsupported.is_empty() {
        return not_modelled();
    }
    // Without the port, or without an endpoint, there is no upstream (`Error::NoHealthyUpstream`).
    let Some(written) = entry.ports.iter().find(|each| each.number == port) else {
        journey.note(format!("`{}` does not list port {port}, so ztunnel closes the connection", service.host));
        return closed(None);
    };
    let target = written.target.unwrap_or(port);
    if entry.endpoints.is_empty() {
        return match entry.resolution {
            Resolution::Static => {
                journey.note(format!("`{}` has no endpoint, so ztunnel closes the connection", service.host));
                closed(None)
            }
            _ if host_name::is_wildcard(&service.host) => not_modelled(),
            _ => ControlFlow::Continue((service.host.to_string(), target)),
        };
    }
    let environment = journey.context.environment;
    // An address is dialled as it is written; a name of the cluster may be that of another service.
    let is_name = |endpoint: &&Endpoint| endpoint.address.parse::<IpAddr>().is_err();
    if entry.endpoints.iter().filter(is_name).any(|endpoint| environment.may_be_of_mesh(&endpoint.address)) {
        return not_modelled();
    }
    let (at, age) = (journey.visit, service.age);
    let question = || Unknown::Endpoint { at, service: age.id, host: service.id, labels: None };
    let all: Vec<&Endpoint> = entry.endpoints.iter().collect();
    let why = || format!("`{}` has several endpoints", service.host);
    let name = |endpoint: &&Endpoint| format!("`{}`", endpoint.address);
    let Some(endpoint) = journey.assumptions.assume_one_of(&all, question, why, name) else { return closed(None) };
    let port = endpoint.ports.iter().find(|(known, _)| *known == written.name).map_or(target, |(_, port)| *port);
    // An address is where the entry says that its host is; another name is another host.
    let is_address = endpoint.address.parse::<IpAddr>().is_ok();
    let host = if is_address && !host_name::is_wildcard(&service.host) {
        service.host.to_string()
    } else {
        endpoint.address.to_ascii_lowercase()
    };
    ControlFlow::Continue((host, port))
}
