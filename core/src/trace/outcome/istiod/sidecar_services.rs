//! Which services a proxy gets, and which of several comes first.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::service::{Address, Conflict, Protocol, Service};
use super::service_group::ServiceGroup;
use super::service_index::{ServiceIndex, VisibleServices};
use super::sidecar_scope::SidecarScope;
use super::visibility::Visibility;
use crate::trace::outcome::assumptions::{Assumptions, Unknown};
use crate::trace::outcome::creation_order::ObjectAge;
use crate::trace::outcome::host_index::HostId;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;

/// What services on one port make listeners of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PortListener {
    /// HTTP, by `Host`.
    Http,
    /// TLS, by server name.
    Tls,
    /// Everything that no other filter chain takes.
    Tcp,
    /// Everything that goes to a network.
    Network,
    /// HTTP to a proxy of HTTP.
    HttpProxy,
}

/// The listeners on every address that services of a namespace make on a port of its own sidecars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnListeners {
    /// Those for HTTP, and for TLS by server name.
    Usual {
        /// Whether there is one of HTTP.
        http: bool,
        /// Whether there is one of TLS for a host without an address.
        tls: bool,
        /// Whether there is one of TLS for a host that Istio may give an address.
        automatic_tls: bool,
    },
    /// Others, which may take a request for any host.
    Unusual,
}

impl<'w> ServiceIndex<'w> {
    /// The listeners that services of a namespace itself, those that are exported to it by name, and some hosts of namespaces make
    /// on a port of its sidecars.
    pub(crate) fn own_listeners<'h>(
        &self,
        namespace: &str,
        named: impl Iterator<Item = (&'h str, HostId)>,
        port: u16,
    ) -> OwnListeners {
        let (mut http, mut tls, mut automatic_tls) = (false, false, false);
        let visible = self.visible_from(namespace);
        let groups = visible.each().filter_map(|(visibility, visible)| Some((visibility, visible.ports.get(&port)?)));
        let own = groups.flat_map(|(visibility, group)| match visibility {
            Visibility::Public => group.of_namespace(namespace),
            // What is exported to it by name may be for it alone.
            Visibility::Own | Visibility::Exported | Visibility::OwnRoute => group.all(),
        });
        let named = named.flat_map(|(of, host)| {
            let groups = visible.each().filter_map(move |(_, visible)| visible.hosts.get(&host));
            groups.flat_map(move |group| if of == "*" { group.all() } else { group.of_namespace(of) }).copied()
        });
        for service in own.copied().chain(named).filter_map(|id| self.get(id)) {
            let is_only_one = self.anywhere(service.id).nth(1).is_none() && !self.may_be_missing(service.id);
            if !is_only_one || service.conflict != Conflict::None || host_name::is_wildcard(&service.host) {
                return OwnListeners::Unusual;
            }
            for each in service.ports.iter().filter(|each| each.number == port) {
                match (each.protocol, &service.address) {
                    (Protocol::Http, Address::None | Address::Automatic | Address::Cluster) if !each.is_http_proxy => {
                        http = true;
                    }
                    (Protocol::Tls, Address::None) => tls = true,
                    (Protocol::Tls, Address::Automatic) => automatic_tls = true,
                    (Protocol::Udp, _) | (Protocol::Tls | Protocol::Tcp, Address::Cluster) => {}
                    _ => return OwnListeners::Unusual,
                }
            }
        }
        OwnListeners::Usual { http, tls, automatic_tls }
    }

    /// Whether istiod has a service: one of an alpha kind only where a flag of istiod is on, and one that a revision of
    /// Istio makes only where there is such a revision.
    pub(crate) fn is_there(&self, id: ServiceId, assumptions: &mut Assumptions) -> bool {
        let Some(service) = self.get(id) else { return true };
        if let Some(revision) = service.maker.filter(|revision| !self.has_revision(revision)) {
            return assumptions.assume(Unknown::Revision(revision.to_owned()), || {
                format!(
                    "Gateway `{}/{}` is for revision or tag `{revision}` of Istio, and no document says that there is one",
                    service.namespace,
                    service.meta.map_or("", |meta| meta.name.as_str())
                )
            });
        }
        if !service.is_alpha() {
            return true;
        }
        assumptions.assume(Unknown::AlphaGatewayApi, || {
            format!(
                "XBackend `{}/{}` declares `{}` only where istiod has PILOT_ENABLE_ALPHA_GATEWAY_API, which is not known",
                service.namespace,
                service.meta.map_or("", |meta| meta.name.as_str()),
                service.host
            )
        })
    }

    /// The services of a host that a proxy uses: all of one namespace.
    ///
    /// Sidecars (`pilot/pkg/model/sidecar.go`, `selectServices`): their own namespace's, else the cluster's Service,
    /// else the first seen. Gateways (`appendSidecarServices`): the cluster's, else the first seen.
    pub(crate) fn selected<'s>(
        &self,
        scope: &SidecarScope<'s>,
        host: HostId,
        assumptions: &mut Assumptions,
    ) -> Cow<'s, [ServiceId]> {
        // Mostly there is one at most, and nothing to choose.
        let mut holding =
            scope.services.each().filter_map(|(_, visible)| visible.hosts.get(&host)).map(ServiceGroup::all);
        let only = match (holding.next(), holding.next()) {
            (None, _) => return Cow::Borrowed(&[]),
            (Some([only]), None) => Some(only),
            _ => None,
        };
        if let Some(only) = only.filter(|_| !scope.imports_exact_hosts()) {
            let one = std::slice::from_ref(only);
            let is_used = self.is_imported(scope, *only) && self.is_there(*only, assumptions);
            return Cow::Borrowed(if is_used { one } else { &[] });
        }
        // All of one namespace are imported or none, so that those of the others need not be looked at.
        if !scope.imports_exact_hosts() && scope.only_port().is_none() && !self.may_be_missing(host) {
            let own = if scope.gateway { Cow::Borrowed(&[][..]) } else { seen_of(scope, host, scope.namespace) };
            if own.first().is_some_and(|id| self.is_imported(scope, *id)) {
                return own;
            }
            let mut of_cluster = scope
                .services
                .each()
                .filter_map(|(_, visible)| visible.hosts.get(&host))
                .flat_map(ServiceGroup::of_cluster);
            if let Some(service) = of_cluster.find(|id| self.is_imported(scope, **id)).and_then(|id| self.get(*id)) {
                return seen_of(scope, host, service.namespace);
            }
        }
        let mut seen = self.seen(scope, host);
        if scope.imports_exact_hosts() || self.may_be_missing(host) {
            seen.retain(|(_, id)| self.is_there(*id, assumptions) && self.is_looked_up(scope, *id, assumptions));
        }
        let namespace = |id: ServiceId| self.get(id).map_or("", |service| service.namespace);
        let own = seen.iter().find(|(_, id)| !scope.gateway && namespace(*id) == scope.namespace);
        let of_cluster = || seen.iter().find(|(_, id)| self.is_of_cluster(*id));
        let winner = own.or_else(of_cluster).map(|(_, id)| *id).or_else(|| {
            let name = seen.first().and_then(|(_, id)| self.get(*id)).map_or("", |service| &*service.host);
            let alike = |a: ServiceId, b: ServiceId| namespace(a) == namespace(b);
            self.first_of(&seen, alike, assumptions, || {
                format!("`{name}` is defined in several namespaces, and which one is taken depends on their ages or on Istio's version")
            })
        });
        let Some(wanted) = winner.map(namespace) else { return Cow::Borrowed(&[]) };
        seen.iter().map(|(_, id)| *id).filter(|id| namespace(*id) == wanted).collect()
    }

    /// The service that Istio puts first of some, which come in the order of visibility and age. Services that are `alike`
    /// need not be told apart.
    ///
    /// Up to 1.30.2 a namespace's own services come before those exported to it; from 1.30.3 on both are one list, by age
    /// (`push_context.go`, `servicesExportedToNamespace`). Public ones come last in both.
    pub(crate) fn first_of(
        &self,
        services: &[(Visibility, ServiceId)],
        alike: impl Fn(ServiceId, ServiceId) -> bool,
        assumptions: &mut Assumptions,
        why: impl Fn() -> String,
    ) -> Option<ServiceId> {
        let (first_visibility, first) = services.first().copied()?;
        if services.len() < 2 {
            return Some(first);
        }
        let of = |wanted: Visibility| -> Vec<(ServiceId, ObjectAge<'w>)> {
            let ids = services.iter().filter(|(visibility, _)| *visibility == wanted).map(|(_, id)| *id);
            ids.filter_map(|id| Some((id, self.get(id)?.age))).collect()
        };
        let mut rivals = of(first_visibility);
        let exported = if first_visibility == Visibility::Own { of(Visibility::Exported) } else { Vec::new() };
        if !exported.is_empty() {
            let ages = assumptions.ages();
            let is_older = |own: &ObjectAge<'_>| exported.iter().all(|(_, exported)| ages.is_before(own, exported));
            let own_are_older = rivals.iter().any(|(_, own)| is_older(own));
            let all_are_alike = rivals.iter().chain(&exported).all(|(id, _)| alike(first, *id));
            let own_come_first = |assumptions: &mut Assumptions| {
                self.own_come_first.unwrap_or_else(|| assumptions.assume(Unknown::OwnServicesFirst, &why))
            };
            if !own_are_older && !all_are_alike && !own_come_first(assumptions) {
                rivals.extend(exported);
                rivals.sort_by(|(_, a), (_, b)| a.order(b));
            }
        }
        assumptions.oldest_of(&rivals, |(_, age)| *age, |(a, _), (b, _)| alike(*a, *b), why).map(|(id, _)| *id)
    }

    /// The oldest of some services of one namespace.
    pub(crate) fn oldest_of<'c>(
        &self,
        services: &'c [ServiceId],
        alike: impl Fn(&Service<'w>, &Service<'w>) -> bool,
        assumptions: &mut Assumptions,
    ) -> Option<&Service<'w>> {
        // Mostly there is one at most.
        if services.len() < 2 {
            return services.first().and_then(|id| self.get(*id));
        }
        let services: Vec<&Service<'w>> = services.iter().filter_map(|id| self.get(*id)).collect();
        assumptions.oldest_of(&services, |service| service.age, |a, b| alike(a, b), || {
            let host = services.first().map_or("", |service| &*service.host);
            format!("several ServiceEntries of one namespace are for `{host}`, and the oldest decides: the files have no creation times")
        }).copied()
    }

    /// The oldest of some services of one host.
    pub(super) fn oldest_id_of(&self, services: &[ServiceId], assumptions: &mut Assumptions) -> Option<ServiceId> {
        let oldest: *const Service<'w> = self.oldest_of(services, |_, _| false, assumptions)?;
        services.iter().copied().find(|id| self.get(*id).is_some_and(|service| std::ptr::eq(service, oldest)))
    }

    /// Whether it is known that Istio puts one service before another of the same visibility.
    pub(crate) fn is_before(&self, a: ServiceId, b: ServiceId, assumptions: &Assumptions) -> bool {
        match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => assumptions.ages().is_before(&a.age, &b.age),
            _ => false,
        }
    }

    /// A service that a proxy sees, with the reason why it sees it.
    pub(crate) fn with_visibility(&self, scope: &SidecarScope<'_>, id: ServiceId) -> Option<(Visibility, ServiceId)> {
        let host = self.get(id)?.id;
        let holds = |visible: &VisibleServices| visible.hosts.get(&host).is_some_and(|group| group.contains(id));
        scope.services.each().find(|(_, visible)| holds(visible)).map(|(visibility, _)| (visibility, id))
    }

    /// Whether a sidecar gets a service of several that one namespace has for a host. Where a Sidecar names each host, Istio
    /// looks them up since 1.31, and keeps one of a namespace for each host, whoever it is exported to: the cluster's, else
    /// the oldest (`sidecar.go`, `servicesForExactHosts`; `push_context.go`, `initServiceRegistry`).
    fn is_looked_up(&self, scope: &SidecarScope<'_>, id: ServiceId, assumptions: &mut Assumptions) -> bool {
        if !scope.imports_exact_hosts() || self.looks_up_exact_hosts == Some(false) {
            return true;
        }
        let Some(service) = self.get(id) else { return true };
        let mut of_namespace = self.of_namespace(service.namespace, service.id).to_vec();
        of_namespace.retain(|each| self.is_there(*each, assumptions));
        if of_namespace.len() < 2 {
            return true;
        }
        let looks_up = self.looks_up_exact_hosts.unwrap_or_else(|| {
            assumptions.assume(Unknown::ExactHostsLookedUp, || {
                format!(
                    "namespace `{}` has several services for `{}`, and releases of Istio differ in whether a Sidecar that names its hosts imports more than one of them",
                    service.namespace, service.host
                )
            })
        });
        if !looks_up {
            return true;
        }
        if of_namespace.iter().any(|each| self.is_of_cluster(*each)) {
            return self.is_of_cluster(id);
        }
        let oldest = self.oldest_of(&of_namespace, |_, _| false, assumptions);
        oldest.is_some_and(|oldest| std::ptr::eq(oldest, service))
    }

    fn seen(&self, scope: &SidecarScope<'_>, host: HostId) -> Vec<(Visibility, ServiceId)> {
        let each = scope.services.each();
        let held = each.flat_map(|(visibility, visible)| {
            let ids = visible.hosts.get(&host).map(ServiceGroup::all).unwrap_or_default();
            ids.iter().map(move |id| (visibility, *id))
        });
        held.filter(|(_, id)| self.is_imported(scope, *id)).collect()
    }

    fn is_imported(&self, scope: &SidecarScope<'_>, id: ServiceId) -> bool {
        // A service without the port of an egress listener is not there, and leaves its host to other namespaces
        // (`matchingService` of sidecar.go).
        let has_port = |service: &Service<'_>| {
            scope.only_port().is_none_or(|port| service.ports.iter().any(|each| each.number == port))
        };
        self.get(id).is_some_and(|service| has_port(service) && scope.imports_service(service.namespace, &service.host))
    }

    /// The services with a port that a proxy imports.
    pub(crate) fn on_this_port<'s>(
        &'s self,
        scope: &'s SidecarScope<'_>,
        port: u16,
    ) -> impl Iterator<Item = &'s Service<'w>> {
        self.ids_on_port(scope, port).map(|(_, service)| service)
    }

    /// The same with their ids.
    pub(crate) fn ids_on_port<'s>(
        &'s self,
        scope: &'s SidecarScope<'_>,
        port: u16,
    ) -> impl Iterator<Item = (ServiceId, &'s Service<'w>)> {
        let namespaces = scope.imported_namespaces();
        let groups = scope.services.each().filter_map(move |(_, visible)| visible.ports.get(&port));
        let seen = groups.flat_map(move |group| each_in(group, namespaces.as_ref()));
        seen.filter_map(|id| Some((id, self.get(id)?))).filter(move |(_, service)| {
            service.ports.iter().any(|each| each.number == port && each.protocol != Protocol::Udp)
                && scope.imports_service(service.namespace, &service.host)
        })
    }

    /// Whether any service that a proxy uses on a port has hosts in common with a wildcard.
    pub(crate) fn any_within(
        &self,
        scope: &SidecarScope<'_>,
        wildcard: &str,
        port: u16,
        assumptions: &mut Assumptions,
    ) -> bool {
        let seen = scope.services.each().filter_map(|(_, visible)| visible.ports.get(&port));
        seen.flat_map(ServiceGroup::hosts).any(|host| {
            let of_host = self.anywhere(*host).next().and_then(|id| self.get(id));
            of_host.is_some_and(|service| host_name::overlap(&service.host, wildcard))
                && self
                    .selected(scope, *host, assumptions)
                    .iter()
                    .any(|id| self.get(*id).is_some_and(|service| service.ports.iter().any(|each| each.number == port)))
        })
    }

    /// The hosts of services that a listener on a port is made of, as far as a proxy imports any of the namespace; some may come
    /// more than once.
    pub(crate) fn hosts_on_port<'s>(
        &'s self,
        scope: &SidecarScope<'s>,
        port: u16,
        listener: PortListener,
    ) -> impl Iterator<Item = HostId> + use<'s, 'w> {
        let namespaces = scope.imported_namespaces();
        let groups = scope.services.each().filter_map(move |(_, visible)| group_on(visible, port, listener));
        groups.flat_map(move |group| {
            let of_namespaces = namespaces.as_ref().map(|namespaces| each_in(group, Some(namespaces)));
            let all = if of_namespaces.is_none() { group.hosts() } else { &[] };
            let host = |id: ServiceId| self.get(id).map(|service| service.id);
            all.iter().copied().chain(of_namespaces.into_iter().flatten().filter_map(host))
        })
    }

    /// Whether a proxy uses this service and not another of the same host.
    pub(crate) fn is_selected(&self, scope: &SidecarScope<'_>, id: ServiceId, assumptions: &mut Assumptions) -> bool {
        self.get(id).is_some_and(|service| self.selected(scope, service.id, assumptions).contains(&id))
    }
}

/// The services of a host in a namespace that a proxy sees, in the order of visibility and age.
fn seen_of<'s>(scope: &SidecarScope<'s>, host: HostId, namespace: &str) -> Cow<'s, [ServiceId]> {
    let groups = scope.services.each().filter_map(|(_, visible)| visible.hosts.get(&host));
    let mut holding = groups.map(|group| group.of_namespace(namespace)).filter(|ids| !ids.is_empty());
    match (holding.next(), holding.next()) {
        (None, _) => Cow::Borrowed(&[]),
        (Some(only), None) => Cow::Borrowed(only),
        (Some(first), Some(second)) => first.iter().chain(second).chain(holding.flatten()).copied().collect(),
    }
}

/// The services that a listener on a port is made of, in the order in which listeners are built. Those of namespaces of which
/// a proxy imports nothing are left out.
pub(crate) fn on_port<'s>(
    scope: &SidecarScope<'s>,
    port: u16,
    listener: PortListener,
) -> impl Iterator<Item = (Visibility, ServiceId)> + use<'s> {
    let namespaces = scope.imported_namespaces();
    let groups = scope
        .services
        .each()
        .filter_map(move |(visibility, visible)| Some((visibility, group_on(visible, port, listener)?)));
    groups.flat_map(move |(visibility, group)| each_in(group, namespaces.as_ref()).map(move |id| (visibility, id)))
}

/// Whether a service that a proxy sees is one of those that a listener on a port is made of.
pub(crate) fn is_on_port(scope: &SidecarScope<'_>, port: u16, listener: PortListener, id: ServiceId) -> bool {
    scope.services.each().filter_map(|(_, visible)| group_on(visible, port, listener)).any(|group| group.contains(id))
}

fn group_on(visible: &VisibleServices, port: u16, listener: PortListener) -> Option<&ServiceGroup> {
    let ports = match listener {
        PortListener::Http => &visible.http,
        PortListener::Tls => &visible.tls,
        PortListener::Tcp => &visible.tcp,
        PortListener::Network => &visible.networks,
        PortListener::HttpProxy => &visible.http_proxies,
    };
    ports.get(&port)
}

/// Those of some namespaces, or all of them, in the order of age: one after the other, since mostly the first is enough.
fn each_in<'g>(
    group: &'g ServiceGroup,
    namespaces: Option<&BTreeSet<&str>>,
) -> impl Iterator<Item = ServiceId> + use<'g> {
    let mut left: Vec<&'g [ServiceId]> = match namespaces {
        None => vec![group.all()],
        Some(namespaces) => namespaces.iter().map(|namespace| group.of_namespace(namespace)).collect(),
    };
    std::iter::from_fn(move || {
        let next = left.iter_mut().filter(|ids| !ids.is_empty()).min_by_key(|ids| ids.first().copied())?;
        let (first, rest) = next.split_first()?;
        *next = rest;
        Some(*first)
    })
}

/// The protocols of the services that share listeners on a port.
pub(crate) fn protocols_on<'s>(scope: &SidecarScope<'s>, port: u16) -> impl Iterator<Item = Protocol> + use<'s> {
    scope.services.each().filter_map(move |(_, visible)| visible.protocols.get(&port)).flatten().copied()
}
