//! What has the address that a client in ambient mode dials: ztunnel knows services and workloads by their addresses
//! (`src/state.rs`, `find_address`), and answers the client's DNS queries (`src/dns/server.rs`, `find_server`).

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::ControlFlow;

use super::kept::{kept, kept_workloads};
use crate::istio::Resolution;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::{Address, Endpoints, Service};
use crate::trace::outcome::proxy::journey::{Journey, Step, closed, unknown};

/// What has the dialled address.
pub(super) enum Addressee {
    /// Nothing that ztunnel knows.
    Nothing,
    /// A service.
    Service(ServiceId),
    /// A workload, which ztunnel looks for first, and perhaps a service too.
    Workload { address: IpAddr, service: Option<ServiceId> },
}

impl Addressee {
    fn of(journey: &mut Journey<'_>, address: Option<IpAddr>, service: Option<ServiceId>) -> Step<Self> {
        let context = journey.context;
        let of_workload = match address {
            Some(address) if !kept_workloads(journey, context.workloads.at(address))?.is_empty() => Some(address),
            _ => None,
        };
        ControlFlow::Continue(match (of_workload, service) {
            (Some(address), service) => Self::Workload { address, service },
            (None, Some(service)) => Self::Service(service),
            (None, None) => Self::Nothing,
        })
    }
}

/// What has the address that the client dials.
pub(super) fn dialled(journey: &mut Journey<'_>) -> Step<Addressee> {
    let context = journey.context;
    let dialled = at_dialled_address(journey)?;
    if matches!(dialled, Addressee::Nothing) {
        return ControlFlow::Continue(dialled);
    }
    if let Some(setting) = context.environment.doubts.objects.first() {
        return unknown(format!("which services ztunnel knows is not known: {setting}"));
    }
    if let Some(setting) = context.environment.not_followed.first() {
        return unknown(format!("which services ztunnel knows is not known: {setting}"));
    }
    if let Some(meta) = context.unmodelled.of_other_revision(journey.client.revision.as_deref()) {
        return unknown(format!(
            "{} `{}/{}` is for one revision of Istio, and it is not known to be that of ztunnel's control plane",
            meta.kind, meta.namespace, meta.name
        ));
    }
    ControlFlow::Continue(dialled)
}

fn at_dialled_address(journey: &mut Journey<'_>) -> Step<Addressee> {
    let (context, query) = (journey.context, journey.query);
    let literal = query.dialled_address();
    let found = if let Some(address) = literal {
        let at_address = context.at_address(address).filter(|id| is_there(journey, *id)).collect();
        kept(journey, at_address)?
    } else {
        by_name(journey)?
    };
    if let Some((first, others)) = found.split_first() {
        let service = if others.is_empty() { *first } else { best(journey, &found)? };
        let address = literal.or_else(|| address_of(journey, service));
        return Addressee::of(journey, address, Some(service));
    }
    if literal.is_none() {
        let (host, _) = resolved_name(journey)?;
        if journey.may_have_service(&host) {
            return unknown(format!("no document describes Service `{host}`, and its name may be one of the cluster"));
        }
    }
    // The address of a host that no service has may be in the network of one.
    for id in context.services.with_networks().collect::<Vec<_>>() {
        let Some(service) = context.services.get(id).filter(|_| is_there(journey, id)) else { continue };
        if kept(journey, vec![id])?.is_empty() {
            continue;
        }
        if is_in_network(journey, id, service, literal) {
            return Addressee::of(journey, literal, Some(id));
        }
    }
    Addressee::of(journey, literal, None)
}

/// The address of a service that the client dials, where it matters which: of those that no workload has one stands for all.
fn address_of(journey: &mut Journey<'_>, id: ServiceId) -> Option<IpAddr> {
    let context = journey.context;
    let service = context.services.get(id)?;
    let addresses = service.address.single().iter().filter_map(|address| address.parse().ok());
    let (mut told, others): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.partition(|address| !context.workloads.at(*address).is_empty());
    told.extend(others.first());
    let why = || format!("`{}` has several addresses, and which one the client dials is not known", journey.query.host);
    let name = |address: &IpAddr| format!("`{address}`");
    journey.assumptions.assume_one_of(&told, || Unknown::AddressOf(id), why, name).copied()
}

/// The name whose address the client's DNS finds, and whether that is behind an `ExternalName` Service: ztunnel knows no such
/// Services, and sends the query on (`pilot/pkg/serviceregistry/ambient/services.go`, `serviceServiceBuilder`).
pub(super) fn resolved_name<'a>(journey: &Journey<'a>) -> Step<(Cow<'a, str>, bool)> {
    let (context, query) = (journey.context, journey.query);
    let (name, id) = context.canonical(&query.host, &query.namespace);
    ControlFlow::Continue(match context.services.external_name(id) {
        Some(ExternalName::Host(concrete)) => (Cow::Borrowed(context.hosts.name(concrete)), true),
        Some(ExternalName::Circular) => {
            return unknown(format!("`{}` is an ExternalName Service for itself", query.host));
        }
        None => (name, false),
    })
}

/// The services that the client's DNS knows by the dialled name: those of the most specific name that has any with an
/// address.
fn by_name(journey: &mut Journey<'_>) -> Step<Vec<ServiceId>> {
    let context = journey.context;
    let (name, is_behind_another) = resolved_name(journey)?;
    for domain in context.hosts.domains(&name).collect::<Vec<_>>() {
        let mut found = Vec::new();
        for id in context.services.anywhere(domain).collect::<Vec<_>>() {
            let Some(service) = context.services.get(id) else { continue };
            if !has_address(service) || !is_there(journey, id) || kept(journey, vec![id])?.is_empty() {
                continue;
            }
            if is_resolved_to(journey, (id, service), is_behind_another) {
                found.push(id);
            }
        }
        // Another service may have the same address.
        for id in found.clone() {
            let Some(service) = context.services.get(id) else { continue };
            let addresses = service.address.single().iter().filter_map(|address| address.parse().ok());
            let others = addresses.flat_map(|address: IpAddr| context.at_address(address)).collect();
            for other in kept(journey, others)? {
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
        (Address::Cluster | Address::Automatic | Address::Fixed(_), _)
        | (Address::None, Endpoints::Gateway(_) | Endpoints::Pods) => true,
        // ztunnel answers no DNS query with one of a network (`TryFrom<&XdsService>` of `src/state/service.rs`).
        (Address::Networks(_, addresses), _) => !addresses.is_empty(),
        (Address::None, Endpoints::Entry(entry)) => {
            entry.resolution == Resolution::Dynamic && !entry.no_automatic_address && entry.addresses.is_empty()
        }
    }
}

/// Whether the client dials an address of the service where it dials its name. Kubernetes resolves the names of the cluster's
/// Services; other names get such an address only where ztunnel answers the client's DNS queries. It sends one for a name
/// that is behind another on.
fn is_resolved_to(
    journey: &mut Journey<'_>,
    (id, service): (ServiceId, &Service<'_>),
    is_behind_another: bool,
) -> bool {
    if !matches!(service.endpoints, Endpoints::Entry(_)) || (!is_behind_another && answers_dns(journey)) {
        return true;
    }
    match &service.address {
        Address::Fixed(_) | Address::Networks(..) => journey.assume(Unknown::ResolvesTo(id), || {
            format!("whether `{}` resolves to an address of its ServiceEntry is not known", service.host)
        }),
        Address::Cluster | Address::Automatic | Address::None => {
            journey.note(format!(
                "ztunnel does not answer the client's DNS query, so the client dials `{}` at an address of which ztunnel knows nothing",
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
    if journey.context.environment.is_before(25) {
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
    // Of one namespace ztunnel knows one.
    if let [only, ..] = in_namespace(&journey.query.namespace).as_slice() {
        return ControlFlow::Continue(*only);
    }
    // A Service of the cluster is always canonical; of ServiceEntries the oldest is.
    if let Some((id, _)) = services.iter().find(|(id, _)| context.services.is_of_cluster(*id)) {
        return ControlFlow::Continue(*id);
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
