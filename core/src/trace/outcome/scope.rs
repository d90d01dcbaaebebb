//! What one proxy sees of the mesh.

use std::collections::{BTreeMap, BTreeSet};

use super::assumptions::Assumptions;
use super::creation_order::{ObjectAge, ObjectKind};
use super::shelves::Circles;
use super::{World, names, registry, routes};
use crate::istio::{EgressListener, Object, Objects, OutboundMode, Sidecar};
use crate::model::Environment;
use crate::resource::{Labels, OutboundTrafficPolicy};

/// A proxy's view.
#[derive(Debug, Clone)]
pub(super) struct Scope<'w> {
    pub(super) namespace: &'w str,
    /// Whether it is a gateway: Sidecars do not hold there (`push_context.go`, `doGetSidecarScope`).
    pub(super) gateway: bool,
    pub(super) outbound: OutboundMode,
    pub(super) sidecar: Option<&'w Object<Sidecar>>,
    imports: Option<&'w Imports>,
    /// What its namespace sees, of which a Sidecar may let in less.
    pub(super) services: Circles<'w, registry::Shelf>,
    pub(super) routes: Circles<'w, routes::Shelf>,
}

/// The hosts of a Sidecar's egress listener.
#[derive(Debug, Default)]
struct Imports {
    by_namespace: BTreeMap<String, Hosts>,
    everywhere: Option<Hosts>,
    /// What is not understood about it.
    strange: Option<String>,
}

#[derive(Debug, Default)]
struct Hosts {
    exact: BTreeSet<String>,
    wild: Vec<String>,
}

/// A Sidecar, and what it lets in.
#[derive(Debug)]
struct Narrowed<'w> {
    sidecar: &'w Object<Sidecar>,
    imports: Imports,
    age: ObjectAge<'w>,
}

#[derive(Debug)]
pub(super) struct Scopes<'w> {
    /// Sidecars by namespace: those with a selector first, each kind by age.
    sidecars: BTreeMap<&'w str, Vec<Narrowed<'w>>>,
    root: &'w str,
    outbound: OutboundMode,
}

impl<'w> Scopes<'w> {
    pub(super) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let narrowed = |(at, sidecar): (usize, &'w Object<Sidecar>)| Narrowed {
            sidecar,
            imports: imports(sidecar),
            age: ObjectAge::of(ObjectKind::Sidecar, at, &sidecar.meta),
        };
        let mut sorted: Vec<Narrowed<'w>> = objects.sidecars.iter().enumerate().map(narrowed).collect();
        sorted.sort_by(|a, b| a.age.order(&b.age));
        // `initSidecarScopes` of push_context.go.
        sorted.sort_by_key(|narrowed| narrowed.sidecar.spec.selector.is_none());
        let mut sidecars: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for narrowed in sorted {
            sidecars.entry(narrowed.sidecar.meta.namespace.as_str()).or_default().push(narrowed);
        }
        let outbound = match environment.outbound_traffic_policy {
            OutboundTrafficPolicy::RegistryOnly => OutboundMode::RegistryOnly,
            OutboundTrafficPolicy::AllowAny => OutboundMode::AllowAny,
        };
        Self { sidecars, root: &environment.root_namespace, outbound }
    }
}

impl World<'_> {
    /// The view of a gateway's pods (`sidecar.go`, `DefaultSidecarScopeForGateway`).
    pub(super) fn scope_of_gateway<'s>(&'s self, namespace: &'s str) -> Scope<'s> {
        Scope { gateway: true, ..self.scope_of_all(namespace) }
    }

    /// The view of a sidecar that is not narrowed.
    pub(super) fn scope_of_all<'s>(&'s self, namespace: &'s str) -> Scope<'s> {
        Scope {
            namespace,
            gateway: false,
            outbound: self.scopes.outbound,
            sidecar: None,
            imports: None,
            services: self.registry.seen_from(namespace),
            routes: self.routes.seen_from(namespace),
        }
    }

    /// The view of a sidecar: the first Sidecar of its namespace that selects it, else the root namespace's without a
    /// selector. `Err` says why it cannot be known.
    pub(super) fn scope_of_sidecar<'s>(
        &'s self,
        namespace: &'s str,
        labels: &Labels,
        assumptions: &mut Assumptions,
    ) -> Result<Scope<'s>, String> {
        let selects = |sidecar: &Sidecar| {
            sidecar
                .selector
                .as_ref()
                .is_none_or(|selector| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
        };
        let scopes = &self.scopes;
        let all = self.scope_of_all(namespace);
        if scopes.sidecars.is_empty() {
            return Ok(all);
        }
        let of = |namespace: &str| scopes.sidecars.get(namespace).map(Vec::as_slice).unwrap_or_default();
        let mut candidates: Vec<&Narrowed<'_>> =
            of(namespace).iter().filter(|narrowed| selects(&narrowed.sidecar.spec)).collect();
        if candidates.is_empty() {
            candidates.extend(of(scopes.root).iter().filter(|narrowed| narrowed.sidecar.spec.selector.is_none()));
        }
        // Those with a selector come first, and of several of one kind the oldest.
        let has_selector = |narrowed: &Narrowed<'_>| narrowed.sidecar.spec.selector.is_some();
        let best = candidates.first().is_some_and(|first| has_selector(first));
        candidates.retain(|narrowed| has_selector(narrowed) == best);
        let oldest = assumptions.oldest_of(&candidates, |narrowed| narrowed.age, |_, _| false, || {
            format!("several Sidecars are for a workload of `{namespace}`, of which the oldest holds: the files have no creation times")
        });
        let Some(Narrowed { sidecar, imports, .. }) = oldest else {
            return Ok(all);
        };
        if let Some(strange) = &imports.strange {
            return Err(format!("Sidecar `{}/{}`: {strange}", sidecar.meta.namespace, sidecar.meta.name));
        }
        let outbound = sidecar.spec.outbound.unwrap_or(all.outbound);
        let imports = (!sidecar.spec.egress.is_empty()).then_some(imports);
        Ok(Scope { outbound, sidecar: Some(sidecar), imports, ..all })
    }
}

impl Scope<'_> {
    /// Whether the egress hosts let a service in (`hostClassification.Matches`).
    pub(super) fn imports_service(&self, namespace: &str, host: &str) -> bool {
        self.imports(namespace, |hosts| {
            hosts.exact.contains(host) || hosts.wild.iter().any(|wild| names::is_within(host, wild))
        })
    }

    /// Whether they let a VirtualService in: by any of its hosts, and both ways (`VSMatches`).
    pub(super) fn imports_route(&self, namespace: &str, its_hosts: &[String]) -> bool {
        its_hosts.iter().any(|host| {
            self.imports(namespace, |hosts| {
                hosts.exact.contains(host)
                    || hosts.wild.iter().any(|wild| names::overlap(host, wild))
                    || (names::is_wildcard(host) && hosts.exact.iter().any(|exact| names::overlap(host, exact)))
            })
        })
    }

    fn imports(&self, namespace: &str, takes: impl Fn(&Hosts) -> bool) -> bool {
        let Some(imports) = self.imports else { return true };
        let own = imports.by_namespace.get(namespace);
        // `.` stands for the proxy's namespace, which a root Sidecar cannot name.
        let here = (namespace == self.namespace).then(|| imports.by_namespace.get(".")).flatten();
        [own, here, imports.everywhere.as_ref()].into_iter().flatten().any(takes)
    }
}

fn imports(sidecar: &Object<Sidecar>) -> Imports {
    let mut imports = Imports::default();
    let mut listeners = sidecar.spec.egress.iter();
    if let Some(listener) = listeners.next() {
        imports.strange = strange(listener);
        for host in &listener.hosts {
            let Some((namespace, name)) = host.split_once('/') else { continue };
            let hosts = match namespace {
                "*" => imports.everywhere.get_or_insert_default(),
                namespace => imports.by_namespace.entry(namespace.to_owned()).or_default(),
            };
            let name = name.to_ascii_lowercase();
            if names::is_wildcard(&name) {
                hosts.wild.push(name);
            } else {
                hosts.exact.insert(name);
            }
        }
    }
    if listeners.next().is_some() {
        imports.strange = Some("several egress listeners are not modelled".to_owned());
    }
    imports
}

fn strange(listener: &EgressListener) -> Option<String> {
    if let Some(field) = listener.strange.first() {
        return Some(format!("an egress listener with `{field}` is not modelled"));
    }
    // Since 1.31 such a host takes something out.
    listener
        .hosts
        .iter()
        .find(|host| host.starts_with('~') && *host != "~/*")
        .map(|host| format!("the egress host `{host}` is not modelled"))
}
