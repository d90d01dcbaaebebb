//! DestinationRules, and which one a proxy uses for a host.

use std::collections::{BTreeMap, BTreeSet};

use super::assumptions::Assumptions;
use super::creation_order::{ObjectAge, ObjectKind};
use super::hosts::{HostId, Hosts};
use super::names;
use super::service::Service;
use super::walk::Pods;
use crate::istio::{DestinationRule, Meta, Object, Objects, Subset, TlsSettings, TrafficPolicy};
use crate::model::Environment;
use crate::resource::Labels;
use crate::source::Span;

#[derive(Debug, Clone, Copy)]
struct Rule<'w> {
    object: &'w Object<DestinationRule>,
    age: ObjectAge<'w>,
}

/// DestinationRules of one namespace, by host and by who sees them.
#[derive(Debug, Default)]
struct Shelf {
    hosts: BTreeMap<HostId, ByViewer>,
}

#[derive(Debug, Default)]
struct ByViewer {
    public: Vec<usize>,
    to: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Rules<'w> {
    all: Vec<Rule<'w>>,
    /// For the proxies of the rules' own namespace.
    local: BTreeMap<String, Shelf>,
    /// For the proxies of other namespaces.
    exported: BTreeMap<String, Shelf>,
    /// For proxies of the root namespace: what it keeps to itself.
    root_local: Shelf,
    root: &'w str,
}

/// What a proxy knows about the way to a host.
#[derive(Debug, Clone, Default)]
pub(super) struct Found<'w> {
    /// The DestinationRules that were merged: those with a selector first, each kind by age as far as it is known.
    rules: Vec<Rule<'w>>,
}

/// The settings for a port and subset, and who gave them.
#[derive(Debug, Clone)]
pub(super) struct Settings<'w> {
    pub(super) tls: Option<&'w TlsSettings>,
    pub(super) strange: Vec<String>,
    pub(super) meta: Option<&'w Meta>,
    pub(super) span: Option<Span>,
    /// Labels that endpoints must have.
    pub(super) labels: Option<&'w Labels>,
}

impl<'w> Rules<'w> {
    /// `setDestinationRules` of `pilot/pkg/model/push_context.go`.
    pub(super) fn new(objects: &'w Objects, environment: &'w Environment, hosts: &Hosts) -> Self {
        let mut all: Vec<Rule<'w>> = objects
            .destination_rules
            .iter()
            .enumerate()
            .map(|(at, object)| Rule { object, age: ObjectAge::of(ObjectKind::DestinationRule, at, &object.meta) })
            .collect();
        all.sort_by(|a, b| a.is_plain().cmp(&b.is_plain()).then_with(|| a.age.order(&b.age)));
        let mut rules = Self {
            all: Vec::new(),
            local: BTreeMap::new(),
            exported: BTreeMap::new(),
            root_local: Shelf::default(),
            root: &environment.root_namespace,
        };
        for (id, rule) in all.iter().enumerate() {
            let namespace = rule.object.meta.namespace.as_str();
            let host = hosts.id(&names::full(&rule.object.spec.host, namespace, &environment.cluster_domain));
            let export_to = export_to(&rule.object.spec);
            let says = |word: &str| export_to.contains(word);
            if export_to.is_empty() || says("*") || says(".") || says(namespace) {
                put(rules.local.entry(namespace.to_owned()).or_default(), host, None, id);
            }
            let private = export_to.len() == 1 && (says(".") || says(namespace));
            if !private {
                let shelf = rules.exported.entry(namespace.to_owned()).or_default();
                let viewers = (!export_to.is_empty() && !says("*")).then_some(&export_to);
                put(shelf, host, viewers, id);
            } else if namespace == rules.root {
                put(&mut rules.root_local, host, None, id);
            }
        }
        rules.all = all;
        rules
    }

    /// `PushContext.destinationRule`: the client's namespace, the service's, the root; the first that has one wins.
    pub(super) fn find(
        &self,
        hosts: &Hosts,
        namespace: &str,
        pods: Pods<'_>,
        service: &Service<'_>,
        assumptions: &mut Assumptions,
    ) -> Found<'w> {
        let host = &*service.host;
        let local = if namespace == self.root { Some(&self.root_local) } else { self.local.get(namespace) };
        if let Some(ids) =
            local.and_then(|shelf| most_specific(hosts, shelf, service)).map(|viewers| viewers.public.clone())
        {
            return self.pick(&ids, namespace, pods, host, assumptions);
        }
        for owner in [service.namespace, self.root] {
            // The most specific host is looked for first, whether or not the proxy may see it.
            let Some(viewers) = self.exported.get(owner).and_then(|shelf| most_specific(hosts, shelf, service)) else {
                continue;
            };
            let mut ids = viewers.public.clone();
            ids.extend(viewers.to.get(namespace).into_iter().flatten());
            if !ids.is_empty() {
                ids.sort_unstable();
                return self.pick(&ids, namespace, pods, host, assumptions);
            }
        }
        Found::default()
    }

    /// Merges what may be merged (`destination_rule.go`, `mergeDestinationRule`) and takes one
    /// (`sidecar.go`, `DestinationRule`): a selector's, else the last without.
    fn pick(
        &self,
        ids: &[usize],
        namespace: &str,
        pods: Pods<'_>,
        host: &str,
        assumptions: &mut Assumptions,
    ) -> Found<'w> {
        let rules: Vec<Rule<'w>> = ids.iter().filter_map(|id| self.all.get(*id)).copied().collect();
        // Of rules without a selector that the same ones see, one is made, whatever their order. Mostly there is one.
        let same_circle =
            |rule: &Rule<'_>, next: &Rule<'_>| export_to(&rule.object.spec) == export_to(&next.object.spec);
        if rules.iter().all(Rule::is_plain) && rules.iter().zip(rules.iter().skip(1)).all(|(a, b)| same_circle(a, b)) {
            return Found { rules };
        }
        // Those with a selector come first, each kind by age.
        let (plain, selecting): (Vec<Rule<'w>>, Vec<Rule<'w>>) = rules.into_iter().partition(Rule::is_plain);
        let mut ordered = assumptions.in_order(selecting, |rule| rule.age, || depends_on_ages(host));
        ordered.extend(assumptions.in_order(plain, |rule| rule.age, || depends_on_ages(host)));
        let mut last = None;
        for Merged { rules, .. } in merged(ordered) {
            match rules.first().map(|head| (head.object, &head.object.spec.workload_selector)) {
                Some((head, Some(wanted))) => {
                    let why = || {
                        format!(
                            "not all labels of the gateway's pods are known, so DestinationRule `{}/{}` may or may not select them",
                            head.meta.namespace, head.meta.name
                        )
                    };
                    if head.meta.namespace == namespace && pods.have(wanted, assumptions, why) {
                        return Found { rules };
                    }
                }
                _ => last = Some(rules),
            }
        }
        Found { rules: last.unwrap_or_default() }
    }
}

/// DestinationRules that became one, whose first one says who sees and uses it.
struct Merged<'w> {
    rules: Vec<Rule<'w>>,
    circle: BTreeSet<String>,
}

/// `mergeDestinationRule`: each rule is added to those before it that it may be merged with, and is one of its own unless
/// it became a part of the last one that it was compared with.
fn merged(ordered: Vec<Rule<'_>>) -> Vec<Merged<'_>> {
    let mut all: Vec<Merged<'_>> = Vec::new();
    for rule in ordered {
        let circle = export_to(&rule.object.spec);
        let mut separately = true;
        for known in &mut all {
            let Some(head) = known.rules.first() else { continue };
            let (mine, its) = (&rule.object.spec.workload_selector, &head.object.spec.workload_selector);
            let same_circle = circle == known.circle;
            let wider_circle = !known.circle.is_empty() && circle.is_superset(&known.circle);
            let other_selector = mine.is_some() && its.is_some() && mine != its;
            if (!same_circle && !wider_circle) || other_selector {
                separately = true;
                continue;
            }
            separately = !same_circle && mine.is_some() != its.is_some();
            known.rules.push(rule);
        }
        if separately {
            all.push(Merged { rules: vec![rule], circle });
        }
    }
    all
}

fn depends_on_ages(host: &str) -> String {
    format!(
        "several DestinationRules are for `{host}`, and their order depends on their ages, which the files do not have"
    )
}

impl Rule<'_> {
    /// Whether it is for all workloads.
    fn is_plain(&self) -> bool {
        self.object.spec.workload_selector.is_none()
    }
}

impl<'w> Found<'w> {
    /// The settings for a port and subset; `None` when there is no such subset, and so no such cluster.
    pub(super) fn settings(
        &self,
        host: &str,
        port: u16,
        subset: &str,
        assumptions: &mut Assumptions,
    ) -> Option<Settings<'w>> {
        let top = self.first_with(|rule| rule.traffic_policy.as_ref(), assumptions, || depends_on_ages(host));
        let (mut tls, mut strange, _) = for_port(top.map(|(_, policy)| policy), port);
        let mut giver = top.map(|(object, _)| object).or_else(|| self.objects().next());
        let mut span = giver.and_then(|object| object.spec.span);
        if subset.is_empty() {
            return Some(Settings { tls, strange, meta: giver.map(|object| &object.meta), span, labels: None });
        }
        let (object, found): (_, &Subset) = self.first_with(
            |rule| rule.subsets.get(subset),
            assumptions,
            || format!("subset `{subset}` stands in several DestinationRules, and the first by age wins"),
        )?;
        // `MergeSubsetTrafficPolicy` of core/util: a subset's setting for the port replaces all of the host's.
        let (own, own_strange, for_this_port) = for_port(found.traffic_policy.as_ref(), port);
        if own.is_some() || for_this_port {
            tls = own;
        }
        strange.extend(own_strange);
        giver = Some(object);
        if found.span.is_some() {
            span = found.span;
        }
        Some(Settings { tls, strange, meta: giver.map(|object| &object.meta), span, labels: Some(&found.labels) })
    }

    /// The first rule that has something: one with a selector before one without, and the oldest of each kind.
    fn first_with<T>(
        &self,
        has: impl Fn(&'w DestinationRule) -> Option<&'w T>,
        assumptions: &mut Assumptions,
        why: impl FnOnce() -> String,
    ) -> Option<(&'w Object<DestinationRule>, &'w T)> {
        let mut those = self.rules.iter().filter_map(|rule| Some((rule, has(&rule.object.spec)?)));
        let first = those.next()?;
        // Nearly always it is the only one.
        let mut rivals: Vec<(&Rule<'w>, &'w T)> =
            those.filter(|(rule, _)| rule.is_plain() == first.0.is_plain()).collect();
        if rivals.is_empty() {
            return Some((first.0.object, first.1));
        }
        rivals.insert(0, first);
        assumptions.oldest_of(&rivals, |(rule, _)| rule.age, |_, _| false, why).map(|(rule, has)| (rule.object, *has))
    }

    /// The DestinationRules that say something about the host.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'w Object<DestinationRule>> {
        self.rules.iter().map(|rule| rule.object)
    }
}

/// `GetPortLevelTrafficPolicy`: settings for the port stand in for all others.
fn for_port(policy: Option<&TrafficPolicy>, port: u16) -> (Option<&TlsSettings>, Vec<String>, bool) {
    let Some(policy) = policy else { return (None, Vec::new(), false) };
    match policy.ports.get(&port) {
        Some((tls, strange)) => (tls.as_ref(), strange.clone(), true),
        None => (policy.tls.as_ref(), policy.strange.clone(), false),
    }
}

/// A rule with a selector stays in its namespace.
fn export_to(rule: &DestinationRule) -> BTreeSet<String> {
    if rule.workload_selector.is_some() { BTreeSet::from([".".to_owned()]) } else { rule.export_to.clone() }
}

fn put(shelf: &mut Shelf, host: HostId, viewers: Option<&BTreeSet<String>>, id: usize) {
    let by_viewer = shelf.hosts.entry(host).or_default();
    match viewers {
        None => by_viewer.public.push(id),
        Some(viewers) => {
            for viewer in viewers {
                by_viewer.to.entry(viewer.clone()).or_default().push(id);
            }
        }
    }
}

/// `MostSpecificHostMatch` of pilot/pkg/model/config.go.
fn most_specific<'s>(hosts: &Hosts, shelf: &'s Shelf, service: &Service<'_>) -> Option<&'s ByViewer> {
    let wildcards = hosts.covering(&service.host);
    std::iter::once(service.id).chain(wildcards).find_map(|host| shelf.hosts.get(&host))
}
