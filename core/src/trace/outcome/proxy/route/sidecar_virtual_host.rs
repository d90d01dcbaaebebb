//! The virtual host of a sidecar for a request (`core/httproute.go`, `core/route/route.go`).

use std::ops::ControlFlow;

use super::http_match::{HttpRouteMatch, routes_at};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{ServiceId, VirtualServiceId};
use crate::trace::outcome::istiod::service::{Conflict, Service, different_endpoints};
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::external_name;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::proxy::request::Request;

/// What is behind a domain on a port.
struct SidecarVirtualHost<'a> {
    /// The routes of the VirtualService that owns it; none when the service's own route holds.
    routes: Vec<HttpRouteMatch<'a>>,
}

/// The domain of the virtual host that takes the request, and its routes: none where the service's own route holds.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    request: &Request,
) -> Step<Option<(&'a str, Vec<HttpRouteMatch<'a>>)>> {
    let context = journey.context;
    let host = request.host();
    if let Some(name) = host.strip_suffix('.') {
        return with_dot(journey, proxy, name);
    }
    let (host, id) = context.canonical(&host, proxy.scope.namespace);
    let id = external_name::host_behind(journey, proxy, id)?;
    let addressed = by_address(journey, proxy, &host);
    for id in std::iter::once(id).chain(addressed).chain(context.hosts.covering(&host)) {
        let domain = context.hosts.name(id);
        if domain == "*" {
            break;
        }
        if let Some(found) = of_domain(journey, proxy, id)? {
            return ControlFlow::Continue(Some(found));
        }
    }
    ControlFlow::Continue(None)
}

/// The virtual host for a name with a dot behind it: hosts of the registry have such a domain beside their own, in full, and
/// hosts that only a VirtualService has do not (`core/httproute.go`, `GenerateAltVirtualHosts`).
fn with_dot<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    name: &str,
) -> Step<Option<(&'a str, Vec<HttpRouteMatch<'a>>)>> {
    let (context, port) = (journey.context, journey.query.port);
    for id in std::iter::once(context.hosts.id(name)).chain(context.hosts.covering(name)) {
        let services = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
        let mut services = services.iter().filter_map(|id| context.services.get(*id));
        if !services.any(|service| service.ports.iter().any(|each| each.number == port && each.protocol.may_be_http()))
        {
            continue;
        }
        if let Some(found) = of_domain(journey, proxy, id)? {
            let has_domain = journey.assume(Unknown::DotBehindHost, || {
                format!("releases of Istio differ in whether a sidecar knows `{name}` with a dot behind it")
            });
            return ControlFlow::Continue(has_domain.then_some(found));
        }
    }
    ControlFlow::Continue(None)
}

/// The only virtual host of a connection manager that is for one service.
pub(crate) fn of_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
) -> Step<Option<(&'a str, Vec<HttpRouteMatch<'a>>)>> {
    of_domain(journey, proxy, service.id)
}

fn of_domain<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: HostId,
) -> Step<Option<(&'a str, Vec<HttpRouteMatch<'a>>)>> {
    let (context, port) = (journey.context, journey.query.port);
    let ids = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
    let mut services = ids.iter().filter_map(|id| context.services.get(*id));
    let is_unknown = |service: &&Service<'_>| {
        service.conflict == Conflict::Listeners && service.ports.iter().any(|each| each.number == port)
    };
    if let Some(service) = services.find(is_unknown) {
        return unknown(different_endpoints(service));
    }
    let Some(SidecarVirtualHost { routes }) = virtual_host(journey, proxy, id, port) else {
        return ControlFlow::Continue(None);
    };
    ControlFlow::Continue(Some((context.hosts.name(id), routes)))
}

/// The host that has an address among its domains (`generateVirtualHostDomains` of `core/httproute.go`).
///
/// Each address of a ServiceEntry makes a service of its own, of which the last of a name overwrites the others; and of
/// several hosts that have an address one keeps it.
fn by_address<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, address: &str) -> Option<HostId> {
    let (context, port) = (journey.context, journey.query.port);
    let mut owners: Vec<(HostId, bool)> = Vec::new();
    let dialled = host_name::address(address)?;
    for id in context.at_address(dialled) {
        let Some(service) = context.services.get(id) else { continue };
        let is_here = service.ports.iter().any(|each| each.number == port && each.protocol.may_be_http());
        if is_here && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions) {
            let has_others = service.address.single().len().saturating_add(service.address.networks().len()) > 1;
            owners.push((service.id, has_others));
        }
    }
    owners.dedup();
    let owner = journey.assumptions.assume_one_of(
        &owners,
        || Unknown::AddressOwner(address.to_owned()),
        || format!("several hosts have the address `{address}`, and a sidecar keeps one of them"),
        |(host, _)| format!("`{}`", context.hosts.name(*host)),
    );
    let (host, has_others) = owner.copied()?;
    let keeps = !has_others
        || journey.assume(Unknown::KnownBy { host, address: address.to_owned() }, || {
            format!("`{}` has several addresses, and a sidecar may know only one of them", context.hosts.name(host))
        });
    keeps.then_some(host)
}

/// The virtual host of a domain (`core/route/route.go`, `BuildSidecarVirtualHostWrapper`).
fn virtual_host<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    id: HostId,
    port: u16,
) -> Option<SidecarVirtualHost<'a>> {
    let context = journey.context;
    let domain = context.hosts.name(id);
    let ids = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
    let on_port = |id: &ServiceId| {
        context
            .services
            .get(*id)
            .and_then(|service| service.ports.iter().find(|each| each.number == port))
            .map(|each| each.protocol)
    };
    // The last of several overwrites the others in `servicesByName`.
    let known = ids.iter().rev().find_map(|id| Some((*id, on_port(id)?)));
    let service = known.filter(|(_, protocol)| protocol.may_be_http()).map(|(id, _)| id);
    let exact = context.virtual_services.for_host(&proxy.scope, id);
    // A wildcard that is for any service is not for hosts that nobody has registered (`separateVSHostsAndServices`).
    if service.is_none()
        && host_name::is_wildcard(domain)
        && !exact.is_empty()
        && context.services.any_within(&proxy.scope, domain, port, &mut journey.assumptions)
    {
        return None;
    }
    let mut owners = exact;
    if service.is_some() && (owners.is_empty() || host_name::is_wildcard(domain)) {
        // A wildcard's VirtualService owns a service only where nothing more specific is for it, and then it is the first
        // of its name, even if none of its routes is for this proxy (`computeWildcardHostVirtualServiceIndex`).
        if owners.is_empty() {
            let mut wildcards = context
                .hosts
                .covering(domain)
                .map(|wildcard| context.virtual_services.for_host(&proxy.scope, wildcard));
            owners = wildcards.find(|found| !found.is_empty()).unwrap_or_default();
        }
        owners = first_virtual_service(journey, domain, &owners).into_iter().collect();
    }
    let mut with_routes: Vec<(Visibility, &'a VirtualServiceConfig<'a>, Vec<HttpRouteMatch<'a>>)> = Vec::new();
    for (visibility, config_id) in owners {
        if with_routes.first().is_some_and(|(first, _, _)| *first != visibility) {
            break;
        }
        let Some(config) = context.virtual_services.get(config_id) else { continue };
        let ages = journey.assumptions.ages();
        if with_routes.iter().any(|(_, older, _)| ages.is_before(&older.age, &config.age)) {
            continue;
        }
        if service.is_none() && (known.is_some() || !has_wrapper(journey, proxy, config, port)) {
            continue;
        }
        // A route of the Gateway API is for services alone, by their own names: for those of its own namespace, and for all
        // services where the client is of its namespace (`buildSidecarVirtualHostsForVirtualService`).
        if config.spec.of_gateway_api {
            let of_service = service.and_then(|id| context.services.get(id)).map(|service| service.namespace);
            let namespace = config.meta.namespace.as_str();
            if !config.host_ids.contains(&id)
                || host_name::is_wildcard(domain)
                || of_service.is_none_or(|of| of != namespace && proxy.scope.namespace != namespace)
            {
                continue;
            }
        }
        let routes = routes_at(journey, proxy, config, MESH, port);
        // "no routes matched": the VirtualService is not there for this proxy.
        if !routes.is_empty() {
            with_routes.push((visibility, config, routes));
        }
    }
    let oldest =
        journey.assumptions.oldest_of(&with_routes, |(_, config, _)| config.age, |_, _| false, || oldest_wins(domain));
    if let Some(id) = oldest.map(|(_, config, _)| config.age.id) {
        let found = with_routes.into_iter().find(|(_, config, _)| config.age.id == id);
        return Some(SidecarVirtualHost { routes: found.map(|(_, _, routes)| routes).unwrap_or_default() });
    }
    service.is_some().then_some(SidecarVirtualHost { routes: Vec::new() })
}

/// The first of some VirtualServices: the oldest of the first visibility.
fn first_virtual_service(
    journey: &mut Journey<'_>,
    host: &str,
    found: &[(Visibility, VirtualServiceId)],
) -> Option<(Visibility, VirtualServiceId)> {
    let context = journey.context;
    let (first, _) = found.first().copied()?;
    let of_first = found.iter().filter(|(visibility, _)| *visibility == first);
    let rivals: Vec<(VirtualServiceId, &VirtualServiceConfig<'_>)> =
        of_first.filter_map(|(_, id)| Some((*id, context.virtual_services.get(*id)?))).collect();
    let oldest = journey.assumptions.oldest_of(&rivals, |(_, config)| config.age, |_, _| false, || oldest_wins(host));
    oldest.map(|(id, _)| (first, *id))
}

fn oldest_wins(host: &str) -> String {
    format!("several VirtualServices are for `{host}`, of which the oldest wins: the files have no creation times")
}

/// Whether a VirtualService has virtual hosts on a port at all: when one of its hosts is an HTTP service there, and
/// always on port 80 ("This is a gross HACK", `core/route/route.go`).
fn has_wrapper<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, config: &VirtualServiceConfig<'a>, port: u16) -> bool {
    let context = journey.context;
    port == 80
        || config.host_ids.iter().any(|host| {
            let ids = context.services.selected(&proxy.scope, *host, &mut journey.assumptions);
            ids.iter()
                .filter_map(|id| context.services.get(*id))
                .flat_map(|service| &service.ports)
                .any(|each| each.number == port && each.protocol.may_be_http())
        })
}
