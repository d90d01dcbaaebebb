//! What one proxy sees of the mesh (`SidecarScope` of pilot/pkg/model/sidecar.go).

use std::collections::{BTreeMap, BTreeSet};

use super::egress_listeners::{EgressListeners, ImportedHosts, ImportingListener, Imports, ListenerPlace, Tilde};
use super::pods::ClientLabels;
use super::selector_index::SelectorIndex;
use super::service_index::VisibleServices;
use super::virtual_services::VisibleVirtualServices;
use super::visibility::VisibleFrom;
use crate::istio::{Object, Objects, OutboundMode, Sidecar};
use crate::model::Environment;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::creation_order::{ObjectAge, ObjectKind};
use crate::trace::outcome::host_name;

/// What a proxy sees.
#[derive(Debug, Clone)]
pub(crate) struct SidecarScope<'w> {
    pub(crate) namespace: &'w str,
    /// Whether the proxy is a gateway's: Sidecars do not apply there (`push_context.go`, `doGetSidecarScope`).
    pub(crate) gateway: bool,
    /// What the Sidecar says about unknown hosts, if it says anything.
    pub(crate) outbound: Option<OutboundMode>,
    pub(crate) sidecar: Option<&'w Object<Sidecar>>,
    imports: Option<&'w Imports>,
    /// The port without which it imports no service.
    only_port: Option<u16>,
    /// The egress listeners of the Sidecar, where it has several or one that is for a port.
    pub(crate) listeners: Option<ScopeListeners<'w>>,
    /// What the proxy's namespace sees, of which a Sidecar may import less.
    pub(crate) services: VisibleFrom<'w, VisibleServices>,
    pub(crate) virtual_services: VisibleFrom<'w, VisibleVirtualServices>,
}

/// The egress listener that a request meets, among others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeListeners<'w> {
    all: &'w EgressListeners,
    /// The one that is for the port of the request alone, where there is one and it takes what is captured.
    pub(crate) of_port: Option<&'w ImportingListener>,
}

/// A Sidecar, and what it imports.
#[derive(Debug)]
struct ImportingSidecar<'w> {
    sidecar: &'w Object<Sidecar>,
    listeners: EgressListeners,
    age: ObjectAge<'w>,
}

/// The Sidecars of a namespace.
#[derive(Debug, Default)]
struct SidecarsOfNamespace<'w> {
    /// Those with a selector first, each kind by age.
    all: Vec<ImportingSidecar<'w>>,
    by_selector: SelectorIndex,
}

/// All Sidecars.
#[derive(Debug)]
pub(crate) struct Sidecars<'w> {
    by_namespace: BTreeMap<&'w str, SidecarsOfNamespace<'w>>,
    root: &'w str,
}

impl<'w> Sidecars<'w> {
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let tilde = Tilde::of(environment);
        let importing = |(at, sidecar): (usize, &'w Object<Sidecar>)| ImportingSidecar {
            sidecar,
            listeners: EgressListeners::of(&sidecar.spec, tilde),
            age: ObjectAge::of(ObjectKind::Sidecar, at, &sidecar.meta),
        };
        let mut sorted: Vec<ImportingSidecar<'w>> = objects.sidecars.iter().enumerate().map(importing).collect();
        sorted.sort_by(|a, b| a.age.order(&b.age));
        // `initSidecarScopes` of push_context.go.
        sorted.sort_by_key(|each| each.sidecar.spec.selector.is_none());
        let mut by_namespace: BTreeMap<&str, SidecarsOfNamespace<'w>> = BTreeMap::new();
        for each in sorted {
            by_namespace.entry(each.sidecar.meta.namespace.as_str()).or_default().all.push(each);
        }
        for of_namespace in by_namespace.values_mut() {
            let selectors = of_namespace.all.iter().map(|each| each.sidecar.spec.selector.as_ref());
            of_namespace.by_selector = SelectorIndex::new(selectors);
        }
        Self { by_namespace, root: &environment.root_namespace }
    }

    /// The scope of a proxy of a namespace that sees `services` and `virtual_services`, without any Sidecar.
    pub(crate) fn default_scope<'s>(
        namespace: &'s str,
        services: VisibleFrom<'s, VisibleServices>,
        virtual_services: VisibleFrom<'s, VisibleVirtualServices>,
    ) -> SidecarScope<'s> {
        SidecarScope {
            namespace,
            gateway: false,
            outbound: None,
            sidecar: None,
            imports: None,
            only_port: None,
            listeners: None,
            services,
            virtual_services,
        }
    }

    /// Narrows a default scope: by the first Sidecar of its namespace that selects the workload, otherwise by the root
    /// namespace's without a selector. `Err` says why it cannot be known.
    pub(crate) fn narrowed<'s>(
        &'s self,
        all: SidecarScope<'s>,
        client: ClientLabels<'_>,
        (dialled, port): (&str, u16),
        assumptions: &mut Assumptions,
    ) -> Result<SidecarScope<'s>, String> {
        if self.by_namespace.is_empty() {
            return Ok(all);
        }
        let mut candidates: Vec<&ImportingSidecar<'_>> = Vec::new();
        let own = self.by_namespace.get(all.namespace).into_iter();
        let may_select =
            own.flat_map(|of| of.by_selector.candidates(client).into_iter().filter_map(|at| of.all.get(at)));
        for candidate in may_select {
            let selector = candidate.sidecar.spec.selector.as_ref();
            if selector.is_none_or(|selector| client.are_selected(selector, assumptions)) {
                candidates.push(candidate);
            }
        }
        if candidates.is_empty() {
            let of_root = self.by_namespace.get(self.root).into_iter();
            let of_root = of_root.flat_map(|of| of.by_selector.of_all().filter_map(|at| of.all.get(at)));
            candidates.extend(of_root.filter(|candidate| candidate.sidecar.spec.selector.is_none()));
        }
        // Those with a selector come first, and of several of one kind the oldest.
        let has_selector = |candidate: &ImportingSidecar<'_>| candidate.sidecar.spec.selector.is_some();
        let best = candidates.first().is_some_and(|first| has_selector(first));
        candidates.retain(|candidate| has_selector(candidate) == best);
        let oldest = assumptions.oldest_of(&candidates, |candidate| candidate.age, |_, _| false, || {
            format!("several Sidecars are for a workload of `{}`, of which the oldest holds: the files have no creation times", all.namespace)
        });
        let Some(ImportingSidecar { sidecar, listeners, .. }) = oldest else {
            return Ok(all);
        };
        let outbound = sidecar.spec.outbound;
        let scope = SidecarScope { outbound, sidecar: Some(sidecar), ..all };
        if listeners.all.is_empty() {
            return Ok(scope);
        }
        let unmodelled =
            |reason: &str| Err(format!("Sidecar `{}/{}`: {reason}", sidecar.meta.namespace, sidecar.meta.name));
        if let [ImportingListener { port: None, place: ListenerPlace::Captured, unmodelled: None, imports, .. }] =
            listeners.all.as_slice()
            && listeners.left_out.is_empty()
        {
            return Ok(SidecarScope { imports: Some(imports), ..scope });
        }
        let (of_port, catch_all) = (listeners.on_port(port), listeners.catch_all());
        if let Some(reason) = of_port.or(catch_all).and_then(|listener| listener.unmodelled.as_deref()) {
            return unmodelled(reason);
        }
        let imports = match catch_all {
            Some(ImportingListener { imports, place: ListenerPlace::Captured, .. }) => imports,
            // Bound to an address, it takes nothing that goes to another one.
            Some(ImportingListener { place: ListenerPlace::At(bind), .. }) if is_at(dialled, bind) => {
                return unmodelled("what listens on the address of an egress listener is not modelled");
            }
            _ => &listeners.nothing,
        };
        let scope = SidecarScope {
            imports: Some(imports),
            listeners: Some(ScopeListeners { all: listeners, of_port: None }),
            ..scope
        };
        match of_port {
            Some(ImportingListener { place: ListenerPlace::At(bind), .. }) if is_at(dialled, bind) => {
                unmodelled("what listens on the address of an egress listener is not modelled")
            }
            Some(own @ ImportingListener { place: ListenerPlace::Captured, imports, only_port, .. }) => {
                Ok(SidecarScope {
                    imports: Some(imports),
                    only_port: *only_port,
                    listeners: Some(ScopeListeners { all: listeners, of_port: Some(own) }),
                    ..scope
                })
            }
            Some(_) | None => Ok(scope),
        }
    }
}

/// Whether a client dials an address, by itself or by the name of the loopback.
fn is_at(dialled: &str, bind: &str) -> bool {
    dialled == bind || (dialled == "localhost" && matches!(bind, "127.0.0.1" | "::1" | "[::1]"))
}

impl<'w> SidecarScope<'w> {
    /// The namespaces of which the proxy may import services; `None` for all.
    pub(crate) fn imported_namespaces(&self) -> Option<BTreeSet<&'w str>> {
        self.imports.and_then(|imports| imports.namespaces(self.namespace))
    }

    /// The port that a service must have, where the egress listener is for one (`serviceMatchingListenerPort` of sidecar.go).
    pub(crate) fn only_port(&self) -> Option<u16> {
        self.only_port
    }

    /// Whether the egress hosts import a service (`hostClassification.Matches`).
    pub(crate) fn imports_service(&self, namespace: &str, host: &str) -> bool {
        self.imports(namespace, host, |hosts| {
            hosts.exact.contains(host) || hosts.wild.iter().any(|wild| host_name::is_within(host, wild))
        })
    }

    /// Whether they import a VirtualService: by any of its hosts, where either of two hosts covers the other (`VSMatches`).
    pub(crate) fn imports_virtual_service(&self, namespace: &str, its_hosts: &[String]) -> bool {
        its_hosts.iter().any(|host| {
            self.imports(namespace, host, |hosts| {
                hosts.exact.contains(host)
                    || hosts.wild.iter().any(|wild| host_name::overlap(host, wild))
                    || (host_name::is_wildcard(host) && hosts.exact.iter().any(|exact| host_name::overlap(host, exact)))
            })
        })
    }

    fn imports(&self, namespace: &str, host: &str, takes: impl Fn(&ImportedHosts) -> bool) -> bool {
        self.imports.is_none_or(|imports| {
            imports.any(namespace, self.namespace, takes) && !imports.excludes(namespace, self.namespace, host)
        })
    }

    /// Whether a Sidecar names each host that it imports, with its namespace.
    pub(crate) fn imports_exact_hosts(&self) -> bool {
        self.imports.is_some_and(Imports::are_exact)
    }

    /// Whether the Sidecar may exclude hosts.
    pub(crate) fn excludes_any_host(&self) -> bool {
        self.listeners.is_some_and(|listeners| !listeners.all.left_out.is_empty())
    }

    /// Whether the Sidecar may exclude a host, which the version of Istio decides that is not stated.
    pub(crate) fn may_leave_out(&self, host: &str) -> bool {
        let left_out = self.listeners.iter().flat_map(|listeners| &listeners.all.left_out);
        left_out.into_iter().any(|pattern| host_name::overlap(host, pattern))
    }

    /// What the listener for all other ports imports, if this scope is that of a listener for one port.
    pub(crate) fn catch_all(&self) -> Option<Self> {
        let ScopeListeners { all, of_port } = self.listeners?;
        of_port?;
        let imports = match all.catch_all() {
            Some(ImportingListener { imports, place: ListenerPlace::Captured, .. }) => imports,
            _ => &all.nothing,
        };
        let listeners = Some(ScopeListeners { all, of_port: None });
        Some(Self { imports: Some(imports), only_port: None, listeners, ..self.clone() })
    }

    /// The egress listeners of the Sidecar, each with what a proxy would see by it alone; none where the Sidecar has just the
    /// one that takes all that is captured.
    pub(crate) fn by_listener(&self) -> impl Iterator<Item = (&ImportingListener, Self)> {
        let all = self.listeners.into_iter().flat_map(|listeners| &listeners.all.all);
        all.map(|listener| {
            let ImportingListener { imports, only_port, .. } = listener;
            (listener, Self { imports: Some(imports), only_port: *only_port, ..self.clone() })
        })
    }

    /// What the routes of a connection manager on a port are made of, where that is another listener than the one that takes the
    /// connection: routes are looked up by the port alone (`GetEgressListenerForRDS`), whether the listener for it takes what is
    /// captured or not, and whether it is there or not.
    pub(crate) fn of_routes(&self, port: u16) -> Option<Self> {
        let ScopeListeners { all, of_port: None } = self.listeners? else { return None };
        // Where no other listener takes what is captured, no connection gets to its routes.
        all.catch_all().filter(|listener| listener.place == ListenerPlace::Captured)?;
        let own @ ImportingListener { imports, only_port, .. } = all.on_port(port)?;
        let listeners = Some(ScopeListeners { all, of_port: Some(own) });
        Some(Self { imports: Some(imports), only_port: *only_port, listeners, ..self.clone() })
    }
}
