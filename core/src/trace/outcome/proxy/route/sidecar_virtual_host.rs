//! The virtual host of a sidecar for a request (`core/httproute.go`, `core/route/route.go`).

use std::net::IpAddr;
use std::ops::ControlFlow;

use super::held_routes::HeldRoutes;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::creation_order::ObjectAge;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::{ServiceId, VirtualServiceId};
use crate::trace::outcome::istiod::service::{Address, Conflict, Port, Service, different_endpoints};
use crate::trace::outcome::istiod::sidecar_services::{PortListener, on_port};
use crate::trace::outcome::istiod::virtual_services::{MESH, VirtualServiceConfig};
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::external_name;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};
use crate::trace::outcome::proxy::request::Request;

/// What is behind a domain on a port.
struct SidecarVirtualHost<'a> {
    /// The host that it is for.
    host: HostId,
    /// The routes of the VirtualService that owns it; `None` when the service's own route holds.
    routes: Option<HeldRoutes<'a>>,
    /// The VirtualService that owns it, if one does.
    owner: Option<(Visibility, ObjectAge<'a>)>,
    /// Whether the host is a service here, and not one that only VirtualServices have.
    is_service: bool,
}

/// The domain of the virtual host that takes the request, and its routes: none where the service's own route holds.
pub(crate) fn choose<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    request: &Request,
) -> Step<Option<(&'a str, Option<HeldRoutes<'a>>)>> {
    second_catch_all(journey, proxy)?;
    let name = request.host();
    let mut found = by_name(journey, proxy, &name)?;
    if found.is_none() {
        found = match name.strip_suffix('.') {
            Some(name) => with_dot(journey, proxy, name)?,
            None => by_wildcard(journey, proxy, &name)?,
        };
    }
    ControlFlow::Continue(found.map(|found| (journey.context.hosts.name(found.host), found.routes)))
}

/// Of a wildcard for all Services of the client's namespace the short name is `*` (`core/httproute.go`,
/// `generateAltVirtualHostsForKubernetesService`), which is the domain of the last virtual host already: Envoy refuses the
/// routes of the port.
fn second_catch_all(journey: &mut Journey<'_>, proxy: &Proxy<'_>) -> Step<()> {
    let (context, port) = (journey.context, journey.query.port);
    let domain = format!("*.{}.svc.{}", proxy.scope.namespace, context.environment.cluster_domain);
    let id = context.hosts.id(&domain);
    let ids = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
    let mut services = ids.iter().filter_map(|id| context.services.get(*id));
    let is_here = |each: &Port| each.number == port && each.protocol.may_be_http();
    if services.any(|service| service.ports.iter().any(is_here)) {
        return unknown(format!(
            "`{domain}` has the short name `*` in namespace `{}`, and Envoy refuses the routes of port {port}",
            proxy.scope.namespace
        ));
    }
    ControlFlow::Continue(())
}

/// The virtual host that has a name among its domains.
///
/// Those of VirtualServices come first, in their order, each with its own hosts as they are written and with the short names
/// of its services; then come services without one. A domain stays with the first (`core/httproute.go`,
/// `BuildSidecarOutboundVirtualHosts`), unless it is a short name of one service and the name of another (`dedupeDomains`).
fn by_name<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, name: &str) -> Step<Option<SidecarVirtualHost<'a>>> {
    let context = journey.context;
    let written = of_host(journey, proxy, context.hosts.id(name))?;
    if written.as_ref().is_some_and(|found| found.is_service) {
        return ControlFlow::Continue(written);
    }
    let by_short_name = match context.host_of_short_name(name, proxy.scope.namespace) {
        Some(host) => of_service_host(journey, proxy, host)?,
        None => None,
    };
    let found = match (written, by_short_name) {
        (Some(written), Some(by_short_name)) => Some(first_built(journey, name, written, by_short_name)),
        (written, by_short_name) => written.or(by_short_name),
    };
    if found.is_some() {
        return ControlFlow::Continue(found);
    }
    match by_address(journey, proxy, name) {
        Some(host) => of_domain(journey, proxy, host),
        None => ControlFlow::Continue(None),
    }
}

/// Which of two virtual hosts keeps a domain: that of a VirtualService's own host, or that of a service of which it is a short
/// name.
fn first_built<'a>(
    journey: &mut Journey<'a>,
    name: &str,
    written: SidecarVirtualHost<'a>,
    by_short_name: SidecarVirtualHost<'a>,
) -> SidecarVirtualHost<'a> {
    let (Some(own), Some(other)) = (written.owner, by_short_name.owner) else { return written };
    let oldest = if own.0 == other.0 {
        let owners = [own.1, other.1];
        journey.assumptions.oldest_of(&owners, |age| *age, |_, _| false, || oldest_wins(name)).map(|age| age.id)
    } else {
        Some(if own.0 < other.0 { own.1.id } else { other.1.id })
    };
    if oldest == Some(other.1.id) && own.1.id != other.1.id { by_short_name } else { written }
}

/// The virtual host with the longest wildcard that matches a name.
fn by_wildcard<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, name: &str) -> Step<Option<SidecarVirtualHost<'a>>> {
    let context = journey.context;
    for host in wider_hosts(journey, proxy, name) {
        if context.hosts.name(host) == "*" {
            break;
        }
        let found = if context.services.is_headless(host) {
            of_service_host(journey, proxy, host)?
        } else {
            of_domain(journey, proxy, host)?
        };
        if found.is_some() {
            return ControlFlow::Continue(found);
        }
    }
    ControlFlow::Continue(None)
}

/// The hosts that have a wildcard among their domains which matches a name, the longest first: wildcards themselves, and
/// headless Services, which also have `*.` before each of their names (`core/httproute.go`, `generateVirtualHostDomains`).
fn wider_hosts<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, name: &str) -> Vec<HostId> {
    let context = journey.context;
    let mut found: Vec<(usize, HostId)> = context
        .hosts
        .wildcard_domains(name)
        .map(|host| (context.hosts.name(host).len().saturating_sub(1), host))
        .collect();
    if context.services.any_headless() {
        for (at, _) in name.match_indices('.').filter(|(at, _)| *at > 0) {
            let Some(above) = name.get(at.saturating_add(1)..) else { continue };
            let hosts = [Some(context.hosts.id(above)), context.host_of_short_name(above, proxy.scope.namespace)];
            let headless = hosts.into_iter().flatten().find(|host| context.services.is_headless(*host));
            found.extend(headless.map(|host| (name.len().saturating_sub(at), host)));
        }
        found.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    }
    found.into_iter().map(|(_, host)| host).collect()
}

/// The virtual host for a name with a dot behind it: hosts of the registry have such a domain beside their own, in full, and
/// hosts that only a VirtualService has do not (`core/httproute.go`, `GenerateAltVirtualHosts`). It is so since 1.27.
fn with_dot<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, name: &str) -> Step<Option<SidecarVirtualHost<'a>>> {
    let context = journey.context;
    let mut hosts = vec![context.hosts.id(name)];
    hosts.extend(wider_hosts(journey, proxy, name).into_iter().filter(|host| {
        let host = context.hosts.name(*host);
        host_name::is_wildcard(host) || name.ends_with(host)
    }));
    for host in hosts {
        let Some(found) = of_service_host(journey, proxy, host)? else { continue };
        let has_domain = match context.environment.is_istio_before(27, 0) {
            Some(is_before) => !is_before,
            None => journey.assume(Unknown::DotBehindHost, || {
                format!("releases of Istio differ in whether a sidecar knows `{name}` with a dot behind it")
            }),
        };
        return ControlFlow::Continue(has_domain.then_some(found));
    }
    ControlFlow::Continue(None)
}

/// The only virtual host of a connection manager that is for one service.
pub(crate) fn of_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'a>,
) -> Step<Option<(&'a str, Option<HeldRoutes<'a>>)>> {
    let found = of_domain(journey, proxy, service.id)?;
    ControlFlow::Continue(found.map(|found| (journey.context.hosts.name(found.host), found.routes)))
}

/// The virtual host of a name that is written so, or that is an `ExternalName` Service.
fn of_host<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, host: HostId) -> Step<Option<SidecarVirtualHost<'a>>> {
    let host = external_name::host_behind(journey, proxy, host)?;
    of_domain(journey, proxy, host)
}

/// The virtual host of a host that has more domains than its own name, as services have: those on this port, and one that may
/// be a Service of the cluster that no document describes.
fn of_service_host<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    host: HostId,
) -> Step<Option<SidecarVirtualHost<'a>>> {
    let found = of_host(journey, proxy, host)?;
    let Some(found) = found else { return ControlFlow::Continue(None) };
    let may_be_service = found.is_service || journey.may_have_service(journey.context.hosts.name(found.host));
    ControlFlow::Continue(may_be_service.then_some(found))
}

fn of_domain<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, id: HostId) -> Step<Option<SidecarVirtualHost<'a>>> {
    let (context, port) = (journey.context, journey.query.port);
    let ids = context.services.selected(&proxy.scope, id, &mut journey.assumptions);
    let mut services = ids.iter().filter_map(|id| context.services.get(*id));
    let is_unknown = |service: &&Service<'_>| {
        service.conflict == Conflict::Listeners && service.ports.iter().any(|each| each.number == port)
    };
    if let Some(service) = services.find(is_unknown) {
        return unknown(different_endpoints(service));
    }
    ControlFlow::Continue(virtual_host(journey, proxy, id, port))
}

/// The host that has an address among its domains (`generateVirtualHostDomains` of `core/httproute.go`).
///
/// Each address of a ServiceEntry makes a service of its own, of which the last of a name overwrites the others; and of
/// several hosts that have an address one keeps it. Envoy compares it as a text.
fn by_address<'a>(journey: &mut Journey<'a>, proxy: &Proxy<'a>, address: &str) -> Option<HostId> {
    let (context, port) = (journey.context, journey.query.port);
    let mut owners: Vec<(HostId, bool)> = Vec::new();
    let parsed: IpAddr = address.parse().ok()?;
    for id in context.at_address(parsed) {
        let Some(service) = context.services.get(id) else { continue };
        let mut written = service.address.single().iter();
        // Kubernetes writes addresses in one way.
        let is_written_so = match service.address {
            Address::Cluster => parsed.to_string() == address,
            _ => written.any(|written| written.eq_ignore_ascii_case(address)),
        };
        if !is_written_so {
            continue;
        }
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
        owners = most_specific(journey, proxy, id).into_iter().collect();
    }
    let mut with_routes: Vec<(Visibility, &'a VirtualServiceConfig<'a>, HeldRoutes<'a>)> = Vec::new();
    for (visibility, config_id) in owners {
        if with_routes.first().is_some_and(|(first, _, _)| *first != visibility) {
            break;
        }
        let Some(config) = context.virtual_services.get(config_id) else { continue };
        let ages = journey.assumptions.ages();
        if with_routes.iter().any(|(_, older, _)| ages.is_before(&older.age, &config.age)) {
            continue;
        }
        if service.is_none() && (known.is_some() || !has_virtual_hosts(journey, proxy, config, port)) {
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
        // "no routes matched": the VirtualService is not there for this proxy.
        let routes = HeldRoutes::of(journey, proxy, config, (MESH, port));
        with_routes.extend(routes.map(|routes| (visibility, config, routes)));
    }
    let oldest =
        journey.assumptions.oldest_of(&with_routes, |(_, config, _)| config.age, |_, _| false, || oldest_wins(domain));
    if let Some(oldest) = oldest.map(|(_, config, _)| config.age.id) {
        let found = with_routes.into_iter().find(|(_, config, _)| config.age.id == oldest);
        let owner = found.as_ref().map(|(visibility, config, _)| (*visibility, config.age));
        let routes = found.map(|(_, _, routes)| routes);
        return Some(SidecarVirtualHost { host: id, routes, owner, is_service: service.is_some() });
    }
    service.map(|_| SidecarVirtualHost { host: id, routes: None, owner: None, is_service: true })
}

/// The VirtualService of a service by its most specific host. A wildcard's owns a service only where nothing more specific is
/// for it, and then it is the first of its name, even if none of its routes is for this proxy
/// (`computeWildcardHostVirtualServiceIndex` of `pilot/pkg/model/sidecar.go`).
fn most_specific<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: HostId,
) -> Option<(Visibility, VirtualServiceId)> {
    let context = journey.context;
    let name = context.hosts.name(service);
    let mut found = std::iter::once(service)
        .chain(context.hosts.covering(name))
        .map(|host| context.virtual_services.for_host(&proxy.scope, host));
    let found = found.find(|found| !found.is_empty())?;
    first_virtual_service(journey, name, &found)
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

/// Whether a VirtualService has virtual hosts on a port at all: when an HTTP service there is its own, by name or by wildcard
/// (`separateVSHostsAndServices`), and always on port 80 ("This is a gross HACK", `core/route/route.go`).
pub(super) fn has_virtual_hosts<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    config: &VirtualServiceConfig<'a>,
    port: u16,
) -> bool {
    let context = journey.context;
    let is_by_name = |journey: &mut Journey<'a>| {
        config.host_ids.iter().any(|host| {
            let ids = context.services.selected(&proxy.scope, *host, &mut journey.assumptions);
            ids.iter()
                .filter_map(|id| context.services.get(*id))
                .flat_map(|service| &service.ports)
                .any(|each| each.number == port && each.protocol.may_be_http())
        })
    };
    let is_by_wildcard = |journey: &mut Journey<'a>| {
        let wildcards: Vec<&String> = config.hosts.iter().filter(|host| host_name::is_wildcard(host)).collect();
        !wildcards.is_empty()
            && !config.spec.of_gateway_api
            && on_port(&proxy.scope, port, PortListener::Http).any(|(_, id)| {
                context.services.get(id).is_some_and(|service| {
                    wildcards.iter().any(|wildcard| host_name::is_within(&service.host, wildcard))
                        && context.services.is_selected(&proxy.scope, id, &mut journey.assumptions)
                        && most_specific(journey, proxy, service.id)
                            .and_then(|(_, id)| context.virtual_services.get(id))
                            .is_some_and(|owner| owner.age.id == config.age.id)
                })
            })
    };
    port == 80 || is_by_name(journey) || is_by_wildcard(journey)
}
