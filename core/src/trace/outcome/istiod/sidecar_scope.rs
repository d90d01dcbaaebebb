//! What one proxy sees of the mesh (`SidecarScope` of pilot/pkg/model/sidecar.go).

use std::collections::{BTreeMap, BTreeSet};

use super::pods::has_all;
use super::service_index::VisibleServices;
use super::virtual_services::VisibleVirtualServices;
use super::visibility::VisibleFrom;
use crate::istio::{EgressListener, Object, Objects, OutboundMode, Sidecar};
use crate::model::Environment;
use crate::resource::Labels;
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
    /// What the proxy's namespace sees, of which a Sidecar may import less.
    pub(crate) services: VisibleFrom<'w, VisibleServices>,
    pub(crate) virtual_services: VisibleFrom<'w, VisibleVirtualServices>,
}

/// The hosts of a Sidecar's egress listener.
#[derive(Debug, Default)]
struct Imports {
    by_namespace: BTreeMap<String, ImportedHosts>,
    everywhere: Option<ImportedHosts>,
    /// What is not modelled about it.
    unmodelled: Option<String>,
}

#[derive(Debug, Default)]
struct ImportedHosts {
    exact: BTreeSet<String>,
    wild: Vec<String>,
}

/// A Sidecar, and what it imports.
#[derive(Debug)]
struct ImportingSidecar<'w> {
    sidecar: &'w Object<Sidecar>,
    imports: Imports,
    age: ObjectAge<'w>,
}

/// All Sidecars.
#[derive(Debug)]
pub(crate) struct Sidecars<'w> {
    /// Those with a selector first, each kind by age.
    by_namespace: BTreeMap<&'w str, Vec<ImportingSidecar<'w>>>,
    root: &'w str,
}

impl<'w> Sidecars<'w> {
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let importing = |(at, sidecar): (usize, &'w Object<Sidecar>)| ImportingSidecar {
            sidecar,
            imports: imports(sidecar),
            age: ObjectAge::of(ObjectKind::Sidecar, at, &sidecar.meta),
        };
        let mut sorted: Vec<ImportingSidecar<'w>> = objects.sidecars.iter().enumerate().map(importing).collect();
        sorted.sort_by(|a, b| a.age.order(&b.age));
        // `initSidecarScopes` of push_context.go.
        sorted.sort_by_key(|each| each.sidecar.spec.selector.is_none());
        let mut by_namespace: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for each in sorted {
            by_namespace.entry(each.sidecar.meta.namespace.as_str()).or_default().push(each);
        }
        Self { by_namespace, root: &environment.root_namespace }
    }

    /// The scope of a proxy of a namespace that sees `services` and `virtual_services`, without any Sidecar.
    pub(crate) fn default_scope<'s>(
        &self,
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
            services,
            virtual_services,
        }
    }

    /// Narrows a default scope: by the first Sidecar of its namespace that selects the workload, otherwise by the root
    /// namespace's without a selector. `Err` says why it cannot be known.
    pub(crate) fn narrowed<'s>(
        &'s self,
        all: SidecarScope<'s>,
        labels: &Labels,
        assumptions: &mut Assumptions,
    ) -> Result<SidecarScope<'s>, String> {
        if self.by_namespace.is_empty() {
            return Ok(all);
        }
        let of = |namespace: &str| self.by_namespace.get(namespace).map(Vec::as_slice).unwrap_or_default();
        let selects = |sidecar: &Sidecar| sidecar.selector.as_ref().is_none_or(|selector| has_all(labels, selector));
        let mut candidates: Vec<&ImportingSidecar<'_>> =
            of(all.namespace).iter().filter(|candidate| selects(&candidate.sidecar.spec)).collect();
        if candidates.is_empty() {
            let of_root = of(self.root).iter();
            candidates.extend(of_root.filter(|candidate| candidate.sidecar.spec.selector.is_none()));
        }
        // Those with a selector come first, and of several of one kind the oldest.
        let has_selector = |candidate: &ImportingSidecar<'_>| candidate.sidecar.spec.selector.is_some();
        let best = candidates.first().is_some_and(|first| has_selector(first));
        candidates.retain(|candidate| has_selector(candidate) == best);
        let oldest = assumptions.oldest_of(&candidates, |candidate| candidate.age, |_, _| false, || {
            format!("several Sidecars are for a workload of `{}`, of which the oldest holds: the files have no creation times", all.namespace)
        });
        let Some(ImportingSidecar { sidecar, imports, .. }) = oldest else {
            return Ok(all);
        };
        if let Some(unmodelled) = &imports.unmodelled {
            return Err(format!("Sidecar `{}/{}`: {unmodelled}", sidecar.meta.namespace, sidecar.meta.name));
        }
        let outbound = sidecar.spec.outbound;
        let imports = (!sidecar.spec.egress.is_empty()).then_some(imports);
        Ok(SidecarScope { outbound, sidecar: Some(sidecar), imports, ..all })
    }
}

impl SidecarScope<'_> {
    /// Whether the egress hosts import a service (`hostClassification.Matches`).
    pub(crate) fn imports_service(&self, namespace: &str, host: &str) -> bool {
        self.imports(namespace, |hosts| {
            hosts.exact.contains(host) || hosts.wild.iter().any(|wild| host_name::is_within(host, wild))
        })
    }

    /// Whether they import a VirtualService: by any of its hosts, where either of two hosts covers the other (`VSMatches`).
    pub(crate) fn imports_virtual_service(&self, namespace: &str, its_hosts: &[String]) -> bool {
        its_hosts.iter().any(|host| {
            self.imports(namespace, |hosts| {
                hosts.exact.contains(host)
                    || hosts.wild.iter().any(|wild| host_name::overlap(host, wild))
                    || (host_name::is_wildcard(host) && hosts.exact.iter().any(|exact| host_name::overlap(host, exact)))
            })
        })
    }

    fn imports(&self, namespace: &str, takes: impl Fn(&ImportedHosts) -> bool) -> bool {
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
        imports.unmodelled = unmodelled(listener);
        for host in &listener.hosts {
            let Some((namespace, name)) = host.split_once('/') else { continue };
            let hosts = match namespace {
                "*" => imports.everywhere.get_or_insert_default(),
                namespace => imports.by_namespace.entry(namespace.to_owned()).or_default(),
            };
            let name = name.to_ascii_lowercase();
            if host_name::is_wildcard(&name) {
                hosts.wild.push(name);
            } else {
                hosts.exact.insert(name);
            }
        }
    }
    if listeners.next().is_some() {
        imports.unmodelled = Some("several egress listeners are not modelled".to_owned());
    }
    imports
}

fn unmodelled(listener: &EgressListener) -> Option<String> {
    if let Some(field) = listener.unsupported.first() {
        return Some(format!("an egress listener with `{field}` is not modelled"));
    }
    // Since 1.31 such a host takes something out.
    listener
        .hosts
        .iter()
        .find(|host| host.starts_with('~') && *host != "~/*")
        .map(|host| format!("the egress host `{host}` is not modelled"))
}
