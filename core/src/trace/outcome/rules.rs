//! DestinationRules, and which one a proxy uses for a host.

use std::collections::{BTreeMap, BTreeSet};

use super::age::Age;
use super::chances::Chances;
use super::hosts::{HostId, Hosts};
use super::names;
use super::service::Service;
use crate::istio::{DestinationRule, Meta, Object, Objects, Subset, TlsSettings, TrafficPolicy};
use crate::model::Environment;
use crate::resource::Labels;
use crate::source::Span;

#[derive(Debug)]
struct Rule<'w> {
    object: &'w Object<DestinationRule>,
    age: Age<'w>,
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
    /// The DestinationRules that were merged.
    objects: Vec<&'w Object<DestinationRule>>,
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
        let mut all: Vec<Rule<'w>> =
            objects.destination_rules.iter().map(|object| Rule { object, age: Age::of(&object.meta) }).collect();
        all.sort_by(|a, b| {
            let unselected = |rule: &Rule<'_>| rule.object.spec.workload_selector.is_none();
            unselected(a).cmp(&unselected(b)).then_with(|| a.age.order(&b.age))
        });
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
        labels: &Labels,
        service: &Service<'_>,
        chances: &mut Chances,
    ) -> Found<'w> {
        let host = &*service.host;
        let local = if namespace == self.root { Some(&self.root_local) } else { self.local.get(namespace) };
        if let Some(ids) =
            local.and_then(|shelf| most_specific(hosts, shelf, service)).map(|viewers| viewers.public.clone())
        {
            return self.pick(&ids, namespace, labels, host, chances);
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
                return self.pick(&ids, namespace, labels, host, chances);
            }
        }
        Found::default()
    }

    /// Merges what may be merged (`destination_rule.go`, `mergeDestinationRule`) and takes one
    /// (`sidecar.go`, `DestinationRule`): a selector's, else the last without.
    fn pick(&self, ids: &[usize], namespace: &str, labels: &Labels, host: &str, chances: &mut Chances) -> Found<'w> {
        let mut rules: Vec<&Rule<'w>> = ids.iter().filter_map(|id| self.all.get(*id)).collect();
        // Mostly there is one, and nothing to merge.
        if let [Rule { object, .. }] = rules.as_slice()
            && object.spec.workload_selector.is_none()
        {
            return Found { objects: vec![object] };
        }
        let plain = |rule: &Rule<'_>| rule.object.spec.workload_selector.is_none();
        let uniform = rules.windows(2).all(|pair| match pair {
            [a, b] => plain(a) && plain(b) && export_to(&a.object.spec) == export_to(&b.object.spec),
            _ => true,
        });
        let settled = rules.iter().all(|a| rules.iter().all(|b| std::ptr::eq(*a, *b) || a.age.is_settled(&b.age)));
        // Merged rules of one circle differ only in what stands in several of them.
        let top_policies = rules.iter().filter(|rule| rule.object.spec.traffic_policy.is_some()).count();
        if rules.len() > 1 && !settled && !(uniform && top_policies < 2) {
            let first = chances.choose(format_args!("rules {host} {namespace}"), rules.len(), || {
                format!("several DestinationRules are for `{host}`, and their order depends on their ages, which the files do not have")
            });
            rules.rotate_left(first);
        }
        let mut merged: Vec<(Vec<&'w Object<DestinationRule>>, BTreeSet<String>)> = Vec::new();
        for rule in rules {
            let own = export_to(&rule.object.spec);
            let mut separately = true;
            for (objects, circle) in &mut merged {
                let Some(head) = objects.first().copied() else { continue };
                if own == *circle {
                    separately = false;
                } else if circle.is_empty() || !own.is_superset(circle) {
                    separately = true;
                    continue;
                } else {
                    separately = true;
                }
                let (mine, its) = (&rule.object.spec.workload_selector, &head.spec.workload_selector);
                if mine.is_some() && its.is_some() && mine != its {
                    separately = true;
                    continue;
                }
                if mine.is_some() == its.is_some() {
                    separately = false;
                }
                objects.push(rule.object);
            }
            if separately {
                merged.push((vec![rule.object], own));
            }
        }
        let selector = |objects: &[&'w Object<DestinationRule>]| {
            objects.first().and_then(|head| head.spec.workload_selector.as_ref())
        };
        let mut last = None;
        for (objects, _) in merged {
            match selector(&objects) {
                None => last = Some(objects),
                Some(wanted) => {
                    let own = objects.first().is_some_and(|head| head.meta.namespace == namespace);
                    if own && wanted.iter().all(|(key, value)| labels.get(key) == Some(value)) {
                        return Found { objects };
                    }
                }
            }
        }
        Found { objects: last.unwrap_or_default() }
    }
}

impl<'w> Found<'w> {
    /// The settings for a port and subset; `None` when there is no such subset, and so no such cluster.
    pub(super) fn settings(&self, port: u16, subset: &str, chances: &mut Chances) -> Option<Settings<'w>> {
        let top = self.objects.iter().find(|object| object.spec.traffic_policy.is_some());
        let top_policy = top.and_then(|object| object.spec.traffic_policy.as_ref());
        let (mut tls, mut strange, _) = for_port(top_policy, port);
        let mut giver = top.or_else(|| self.objects.first()).copied();
        let mut span = giver.and_then(|object| object.spec.span);
        if subset.is_empty() {
            return Some(Settings { tls, strange, meta: giver.map(|object| &object.meta), span, labels: None });
        }
        let candidates: Vec<(&Object<DestinationRule>, &'w Subset)> =
            self.objects.iter().filter_map(|object| Some((*object, object.spec.subsets.get(subset)?))).collect();
        let pick = chances.choose(format_args!("subset {subset}"), candidates.len(), || {
            format!("subset `{subset}` stands in several DestinationRules, and the first by age wins")
        });
        let (object, found) = candidates.get(pick).copied()?;
        // `MergeSubsetTrafficPolicy` of core/util: a subset's setting for the port replaces all of the host's.
        let (own, own_strange, for_this_port) = for_port(found.traffic_policy.as_ref(), port);
        if own.is_some() || for_this_port {
            tls = own;
        }
        strange.extend(own_strange);
        giver = Some(object_in(&self.objects, object).unwrap_or(object));
        if found.span.is_some() {
            span = found.span;
        }
        Some(Settings { tls, strange, meta: giver.map(|object| &object.meta), span, labels: Some(&found.labels) })
    }

    /// The DestinationRules that say something about the host.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'w Object<DestinationRule>> {
        self.objects.iter().copied()
    }
}

fn object_in<'w>(
    objects: &[&'w Object<DestinationRule>],
    wanted: &Object<DestinationRule>,
) -> Option<&'w Object<DestinationRule>> {
    objects.iter().copied().find(|object| std::ptr::eq(*object, wanted))
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
