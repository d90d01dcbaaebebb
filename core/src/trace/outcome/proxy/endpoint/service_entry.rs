//! The endpoint of a ServiceEntry's host.

use std::net::IpAddr;

use super::{arrival, upstream_tls};
use crate::istio::{Endpoint, EntryPort, Resolution, ServiceEntry, TlsMode};
use crate::model::Namespace;
use crate::resource::Labels;
use crate::trace::Stop;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::pods::{Selects, has_all, selects};
use crate::trace::outcome::istiod::service::{Conflict, Endpoints, Service, different_endpoints};
use crate::trace::outcome::proxy::cluster::ServiceCluster;
use crate::trace::outcome::proxy::connection::{Connection, GatewayConnection, Payload, Transport};
use crate::trace::outcome::proxy::dialled_address::original_destination;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::proxy::request::{CLIENT_CERTIFICATE, Request};

/// The connection to an endpoint of a ServiceEntry.
pub(crate) fn connect<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    entry: &ServiceEntry,
    cluster: &ServiceCluster<'a>,
    payload: Payload,
) -> Step<GatewayConnection> {
    if let Some(field) = entry.unsupported.first() {
        return unknown(format!("`{field}` of a ServiceEntry for `{}` is not modelled", cluster.service.host));
    }
    let (entry, named) = entry_of_endpoint(journey, proxy, entry, cluster)?;
    let (host, port, address) = match (entry.resolution, &payload) {
        (Resolution::Dynamic, Payload::Http(request)) if proxy.at != Stop::Sidecar => {
            let (host, port) = of_authority(request, cluster);
            (host, port, None)
        }
        _ => endpoint(journey, proxy, (entry, named), cluster)?,
    };
    let transport = upstream_tls::to_host(journey, proxy, (entry, &host), cluster, &payload)?;
    let connection = Connection { transport, payload };
    // A client that dials an address means no host.
    let dialled = address.filter(|_| host_name::address(&journey.query.host) == address);
    let host = dialled.map_or(host, |address| address.to_string());
    journey.hop(|hop| hop.encryption = Some(connection.encryption()));
    if matches!((&connection.transport, &connection.payload), (Transport::Tls { .. }, Payload::Tls(_))) {
        return journey.tls_inside_tls(&format!("`{host}`"));
    }
    if proxy.at == Stop::Sidecar {
        journey.note(format!("requests to `{host}` bypass every gateway"));
    } else if matches!(&connection.payload, Payload::Http(request) if request.names_caller()) {
        journey.note(format!("the caller's identity leaks to `{host}`: no route removes `{CLIENT_CERTIFICATE}`"));
        if !journey.context.environment.describes_mesh_config {
            journey.assumed(
                "no document gives the mesh config, so gateways are assumed to set `x-forwarded-client-cert`, as by default"
                    .to_owned(),
            );
        }
    }
    arrival::arrive(journey, &host, port, &connection)
}

/// The host and port of a dynamic forward proxy's cluster: those of `Host`, and without a port the usual one
/// (`core/cluster_builder.go`, `buildDFPCluster`).
fn of_authority(request: &Request, cluster: &ServiceCluster<'_>) -> (String, u16) {
    let begins_tls = matches!(cluster.settings.tls.map(|tls| tls.mode), Some(TlsMode::Simple | TlsMode::Mutual));
    let usual = if begins_tls { 443 } else { 80 };
    let written = request.authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    (request.host(), written.unwrap_or(usual))
}

/// The ServiceEntry whose endpoint is taken, with its port: of several of one namespace for one host each may be it.
///
/// The cluster has the endpoints of all that have a port of this name
/// (`pilot/pkg/xds/endpoints/endpoint_builder.go`, `filterIstioEndpoint`).
fn entry_of_endpoint<'a, 'e>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    entry: &'e ServiceEntry,
    cluster: &ServiceCluster<'a>,
) -> Step<(&'e ServiceEntry, Option<&'e EntryPort>)>
where
    'a: 'e,
{
    let ServiceCluster { service, port, .. } = cluster;
    let written = entry.ports.iter().find(|each| each.number == *port);
    if service.conflict != Conflict::Endpoints {
        return Step::Continue((entry, written));
    }
    let context = journey.context;
    let name = written.map(|port| port.name.as_str());
    let is_of_port = |each: &&EntryPort| each.number == *port || Some(each.name.as_str()) == name;
    let mut candidates: Vec<(&'e ServiceEntry, Option<&'e EntryPort>)> = Vec::new();
    for id in context.services.anywhere(service.id) {
        let Some(other) = context.services.get(id).filter(|other| other.namespace == service.namespace) else {
            continue;
        };
        let Endpoints::Entry(other) = other.endpoints else { continue };
        candidates.extend(other.ports.iter().filter(is_of_port).map(|port| (other, Some(port))));
    }
    let resolution_differs = candidates.iter().any(|(other, _)| other.resolution != entry.resolution);
    if proxy.at == Stop::Gateway && resolution_differs {
        return unknown(different_endpoints(service));
    }
    let alike = |(other, port): &(&ServiceEntry, Option<&EntryPort>)| {
        other.resolution == entry.resolution
            && other.endpoints == entry.endpoints
            && port.map(|port| port.target.unwrap_or(port.number))
                == written.map(|port| port.target.unwrap_or(port.number))
    };
    if candidates.iter().all(alike) {
        return Step::Continue((entry, written));
    }
    let (at, age) = (journey.visit, service.age);
    let question = || Unknown::EntryOfEndpoint { at, service: age.id, host: service.id, port: *port };
    let of_port = |(other, port): &(&ServiceEntry, Option<&EntryPort>)| {
        let target = port.map_or(0, |port| port.target.unwrap_or(port.number));
        match other.endpoints.first() {
            Some(endpoint) => format!("`{}`, port {target}", endpoint.address),
            None => format!("port {target}"),
        }
    };
    match journey.assumptions.assume_one_of(&candidates, question, || different_endpoints(service), of_port) {
        Some(candidate) => Step::Continue(*candidate),
        None => Step::Continue((entry, written)),
    }
}

/// Whether the endpoints of an entry that selects workloads are `WorkloadEntries` alone, and no pods.
fn only_workload_entries(journey: &mut Journey<'_>, selector: &Labels, service: &Service<'_>) -> Step<()> {
    let environment = journey.context.environment;
    let namespace = environment.namespaces.get(service.namespace);
    let workloads = namespace.into_iter().flat_map(Namespace::known);
    let selected = workloads.map(|workload| selects(selector, &workload.labels, true));
    let are_all_known =
        environment.complete.workloads || namespace.is_some_and(|namespace| namespace.workloads.is_some());
    let may_be = match selected.max_by_key(|selects| *selects == Selects::Yes) {
        Some(Selects::Yes) => true,
        Some(Selects::No) | None if are_all_known => false,
        Some(Selects::Maybe | Selects::No) | None => {
            let labels: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let (namespace, labels) = (service.namespace.to_owned(), labels.join(","));
            journey.assume(Unknown::SelectedPods { namespace, labels }, || {
                format!("the endpoints of `{}` are workloads that are not given", service.host)
            })
        }
    };
    if may_be {
        return unknown(format!("whether the pods of `{}` accept the request is not modelled", service.host));
    }
    Step::Continue(())
}

/// The host and port of an endpoint, as far as it has a name, and its address, if this is the only one that is written.
fn endpoint<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (entry, written): (&ServiceEntry, Option<&EntryPort>),
    cluster: &ServiceCluster<'a>,
) -> Step<(String, u16, Option<IpAddr>)> {
    let ServiceCluster { service, port, settings, .. } = cluster;
    let target = written.map_or(*port, |each| each.target.unwrap_or(each.number));
    let is_original_destination = entry.resolution == Resolution::None && proxy.at != Stop::Gateway;
    if let Some(selector) = entry.selector.as_ref().filter(|_| !is_original_destination) {
        only_workload_entries(journey, selector, service)?;
    }
    match entry.resolution {
        // A sidecar or a waypoint connects to the address that the client dialled; a gateway has none to go by
        // (core/cluster.go, `convertResolution`).
        Resolution::None if proxy.at != Stop::Gateway => {
            let port = written.and_then(|each| each.target).unwrap_or(journey.query.port);
            let host = original_destination(journey, proxy)?;
            return Step::Continue((host.to_owned(), port, None));
        }
        Resolution::None if entry.endpoints.is_empty() => return journey.failed("UH"),
        Resolution::Dynamic => return unknown(format!("DYNAMIC_DNS of `{}` is not modelled", service.host)),
        Resolution::Unsupported => return unknown(format!("the resolution of `{}` is not understood", service.host)),
        _ => {}
    }
    let wanted = settings.labels.filter(|labels| !labels.is_empty());
    if entry.endpoints.is_empty() {
        if !entry.resolution.is_by_dns() {
            // Hollow: a cluster without an endpoint.
            return journey.failed("UH");
        }
        if wanted.is_some() || entry.selector.is_some() {
            // The host itself has no labels, and a DNS cluster without an endpoint is not made.
            return journey.failed("NC");
        }
        if host_name::is_wildcard(&service.host) {
            return unknown(format!("`{}` cannot be resolved without endpoints", service.host));
        }
        return Step::Continue((service.host.to_string(), target, None));
    }
    let is_in_subset = |endpoint: &&Endpoint| wanted.is_none_or(|labels| has_all(&endpoint.labels, labels));
    let in_subset: Vec<&Endpoint> = entry.endpoints.iter().filter(is_in_subset).collect();
    // Where the mesh has gateways of networks, an endpoint of another network is behind one (`EndpointsByNetworkFilter` of
    // `pilot/pkg/xds/endpoints/ep_filters.go`).
    if in_subset.iter().any(|endpoint| endpoint.has_network) {
        return unknown(format!("an endpoint of `{}` names its network, which is not modelled", service.host));
    }
    let (at, age) = (journey.visit, service.age);
    let question = || Unknown::Endpoint { at, service: age.id, host: service.id, labels: wanted.cloned() };
    let why = || format!("`{}` has several endpoints", service.host);
    let Some(endpoint) =
        journey.assumptions.assume_one_of(&in_subset, question, why, |endpoint| format!("`{}`", endpoint.address))
    else {
        return journey.failed(if entry.resolution.is_by_dns() { "NC" } else { "UH" });
    };
    let name = written.map_or("", |each| each.name.as_str());
    let port = endpoint.ports.iter().find(|(known, _)| known == name).map_or(target, |(_, port)| *port);
    // An address is where the entry says that its host is; another name is another host.
    let address = endpoint.address.parse::<IpAddr>().ok();
    let host = if address.is_some() && !host_name::is_wildcard(&service.host) {
        service.host.to_string()
    } else {
        endpoint.address.to_ascii_lowercase()
    };
    // Where there are others, the host is what they have in common.
    Step::Continue((host, port, address.filter(|_| entry.endpoints.len() == 1)))
}
