//! DestinationRules, and which one a proxy uses for a host.

use std::collections::{BTreeMap, BTreeSet};

use super::gateway_pods::Pods;
use super::service::Service;
use crate::istio::{
    DestinationRule, Meta, Object, Objects, PASSTHROUGH, Subset, TlsSettings, TrafficPolicy, UpstreamHttp,
};
use crate::model::Environment;
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::creation_order::{ObjectAge, ObjectKind};
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;

/// A DestinationRule with its age.
#[derive(Debug, Clone, Copy)]
struct RuleConfig<'w> {
    object: &'w Object<DestinationRule>,
    age: ObjectAge<'w>,
}

/// DestinationRules of one namespace, by host and by who sees them.
#[derive(Debug, Default)]
struct RulesOfNamespace {
    hosts: BTreeMap<HostId, ByViewer>,
}

#[derive(Debug, Default)]
struct ByViewer {
    public: Vec<usize>,
    to: BTreeMap<String, Vec<usize>>,
}

/// All DestinationRules.
#[derive(Debug)]
pub(crate) struct DestinationRules<'w> {
    all: Vec<RuleConfig<'w>>,
    /// For the proxies of the rules' own namespace.
    local: BTreeMap<String, RulesOfNamespace>,
    /// For the proxies of other namespaces.
    exported: BTreeMap<String, RulesOfNamespace>,
    /// For proxies of the root namespace: what it keeps to itself.
    root_local: RulesOfNamespace,
    root: &'w str,
}

/// The DestinationRule of a host for one proxy, merged from several.
#[derive(Debug, Clone, Default)]
pub(crate) struct MergedRule<'w> {
    /// Those with a selector first, each kind by age as far as it is known.
    rules: Vec<RuleConfig<'w>>,
}

/// The settings of a cluster, and the object that gives them.
#[derive(Debug, Clone)]
pub(crate) struct Settings<'w> {
    pub(crate) tls: Option<&'w TlsSettings>,
    /// Whether one of the rules is for some workloads alone (`isDrWithSelector` of `core/cluster_builder.go`).
    pub(crate) has_selector: bool,
    pub(crate) http: Option<UpstreamHttp>,
    /// Whether Envoy gets options of HTTP for a cluster without a subset.
    pub(crate) has_http_options: bool,
    /// Fields that are not modelled.
    pub(crate) unsupported: Vec<String>,
    pub(crate) meta: Option<&'w Meta>,
    pub(crate) span: Option<Span>,
    /// Labels that endpoints must have.
    pub(crate) labels: Option<&'w Labels>,
}

impl<'w> DestinationRules<'w> {
    /// `setDestinationRules` of `pilot/pkg/model/push_context.go`.
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment, hosts: &HostIndex) -> Self {
        let mut all: Vec<RuleConfig<'w>> = objects
            .destination_rules
            .iter()
            .enumerate()
            .map(|(at, object)| RuleConfig {
                object,
                age: ObjectAge::of(ObjectKind::DestinationRule, at, &object.meta),
            })
            .collect();
        all.sort_by(|a, b| a.has_no_selector().cmp(&b.has_no_selector()).then_with(|| a.age.order(&b.age)));
        let mut rules = Self {
            all: Vec::new(),
            local: BTreeMap::new(),
            exported: BTreeMap::new(),
            root_local: RulesOfNamespace::default(),
            root: &environment.root_namespace,
        };
        for (id, rule) in all.iter().enumerate() {
            let namespace = rule.object.meta.namespace.as_str();
            let host = hosts.id(&host_name::full(&rule.object.spec.host, namespace, &environment.cluster_domain));
            let export_to = export_to(&rule.object.spec);
            let is_exported_to = |word: &str| export_to.contains(word);
            if export_to.is_empty() || is_exported_to("*") || is_exported_to(".") || is_exported_to(namespace) {
                put(rules.local.entry(namespace.to_owned()).or_default(), host, None, id);
            }
            let private = export_to.len() == 1 && (is_exported_to(".") || is_exported_to(namespace));
            if !private {
                let rules_of_namespace = rules.exported.entry(namespace.to_owned()).or_default();
                let viewers = (!export_to.is_empty() && !is_exported_to("*")).then_some(&export_to);
                put(rules_of_namespace, host, viewers, id);
            } else if namespace == rules.root {
                put(&mut rules.root_local, host, None, id);
            }
        }
        rules.all = all;
        rules
    }

    /// `PushContext.destinationRule`: the client's namespace, the service's, the root; the first that has one wins.
    pub(crate) fn find(
        &self,
        hosts: &HostIndex,
        namespace: &str,
        pods: Pods<'_>,
        service: &Service<'_>,
        assumptions: &mut Assumptions,
    ) -> MergedRule<'w> {
        let host = &*service.host;
        let local = if namespace == self.root { Some(&self.root_local) } else { self.local.get(namespace) };
        if let Some(ids) = local
            .and_then(|rules_of_namespace| most_specific(hosts, rules_of_namespace, service))
            .map(|viewers| viewers.public.clone())
        {
            return self.choose(&ids, namespace, pods, host, assumptions);
        }
        for owner in [service.namespace, self.root] {
            // The most specific host is looked for first, whether or not the proxy may see it.
            let Some(viewers) = self
                .exported
                .get(owner)
                .and_then(|rules_of_namespace| most_specific(hosts, rules_of_namespace, service))
            else {
                continue;
            };
            let mut ids = viewers.public.clone();
            ids.extend(viewers.to.get(namespace).into_iter().flatten());
            if !ids.is_empty() {
                ids.sort_unstable();
                return self.choose(&ids, namespace, pods, host, assumptions);
            }
        }
        MergedRule::default()
    }

    /// Merges what may be merged (`destination_rule.go`, `mergeDestinationRule`) and takes one
    /// (`sidecar.go`, `DestinationRule`): a selector's, else the last without.
    fn choose(
        &self,
        ids: &[usize],
        namespace: &str,
        pods: Pods<'_>,
        host: &str,
        assumptions: &mut Assumptions,
    ) -> MergedRule<'w> {
        let rules: Vec<RuleConfig<'w>> = ids.iter().filter_map(|id| self.all.get(*id)).copied().collect();
        // Rules without a selector that are exported to the same namespaces become one, in whatever order. Mostly there is
        // one rule.
        let same_export =
            |rule: &RuleConfig<'_>, next: &RuleConfig<'_>| export_to(&rule.object.spec) == export_to(&next.object.spec);
        if rules.iter().all(RuleConfig::has_no_selector)
            && rules.iter().zip(rules.iter().skip(1)).all(|(a, b)| same_export(a, b))
        {
            return MergedRule { rules };
        }
        // Those with a selector come first, each kind by age.
        let (plain, selecting): (Vec<RuleConfig<'w>>, Vec<RuleConfig<'w>>) =
            rules.into_iter().partition(RuleConfig::has_no_selector);
        let mut ordered = assumptions.in_order(selecting, |rule| rule.age, || depends_on_ages(host));
        ordered.extend(assumptions.in_order(plain, |rule| rule.age, || depends_on_ages(host)));
        let mut last = None;
        for rules in merged(ordered) {
            match rules.first().map(|first| (first.object, &first.object.spec.workload_selector)) {
                Some((first, Some(selector))) => {
                    let why = || {
                        format!(
                            "not all labels of the gateway's pods are known, so DestinationRule `{}/{}` may or may not select them",
                            first.meta.namespace, first.meta.name
                        )
                    };
                    if first.meta.namespace == namespace && pods.are_selected(selector, assumptions, why) {
                        return MergedRule { rules };
                    }
                }
                _ => last = Some(rules),
            }
        }
        MergedRule { rules: last.unwrap_or_default() }
    }
}

/// What becomes of a DestinationRule beside one that comes before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merging {
    /// They have nothing to do with each other.
    Apart,
    /// It becomes a part of the earlier one.
    Joins,
    /// It becomes a part of the earlier one, and stays a rule of its own as well.
    JoinsAndStays,
}

impl RuleConfig<'_> {
    /// Whether it is for all workloads.
    fn has_no_selector(&self) -> bool {
        self.object.spec.workload_selector.is_none()
    }

    /// A rule joins an earlier one that is exported to the same namespaces, or to fewer of them, unless both select
    /// workloads by different selectors. It stays as well where the earlier one cannot stand for it: where that is exported
    /// to fewer namespaces, and only one of the two has a selector.
    fn merging(&self, earlier: &Self) -> Merging {
        let (own, others) = (&self.object.spec, &earlier.object.spec);
        let (own_export, other_export) = (export_to(own), export_to(others));
        let same_export = own_export == other_export;
        let wider_export = !other_export.is_empty() && own_export.is_superset(&other_export);
        match (&own.workload_selector, &others.workload_selector) {
            _ if !same_export && !wider_export => Merging::Apart,
            (Some(own), Some(others)) if own != others => Merging::Apart,
            (Some(_), None) | (None, Some(_)) if !same_export => Merging::JoinsAndStays,
            _ => Merging::Joins,
        }
    }
}

/// `mergeDestinationRule`: groups of rules that become one; the first of a group says who sees and uses it.
///
/// A rule joins every earlier group that it may. Whether it begins a group as well depends on the last group alone, because
/// Istio's loop keeps only what its last comparison finds.
fn merged(ordered: Vec<RuleConfig<'_>>) -> Vec<Vec<RuleConfig<'_>>> {
    let mut groups: Vec<Vec<RuleConfig<'_>>> = Vec::new();
    for rule in ordered {
        let mut last = Merging::Apart;
        for group in &mut groups {
            last = group.first().map_or(Merging::Apart, |first| rule.merging(first));
            if last != Merging::Apart {
                group.push(rule);
            }
        }
        if last != Merging::Joins {
            groups.push(vec![rule]);
        }
    }
    groups
}

fn depends_on_ages(host: &str) -> String {
    format!(
        "several DestinationRules are for `{host}`, and their order depends on their ages, which the files do not have"
    )
}

impl<'w> MergedRule<'w> {
    /// The settings for a port and subset; `None` when there is no such subset, and so no such cluster.
    pub(crate) fn settings(
        &self,
        host: &str,
        port: u16,
        subset: &str,
        assumptions: &mut Assumptions,
    ) -> Option<Settings<'w>> {
        let top = self.first_with(|rule| rule.traffic_policy.as_ref(), assumptions, || depends_on_ages(host));
        let (top_policy, _) = for_port(top.map(|(_, policy)| policy), port);
        let mut tls = top_policy.and_then(|policy| policy.tls.as_ref());
        let mut http = top_policy.and_then(|policy| policy.http);
        let mut unsupported = top_policy.map(|policy| policy.unsupported.clone()).unwrap_or_default();
        let mut giver = top.map(|(object, _)| object).or_else(|| self.objects().next());
        let mut span = giver.and_then(|object| object.spec.span);
        if subset.is_empty() {
            return Some(Settings {
                tls,
                has_selector: self.has_selector(),
                http,
                has_http_options: top_policy.is_some_and(|policy| policy.has_http_options),
                unsupported,
                meta: giver.map(|object| &object.meta),
                span,
                labels: None,
            });
        }
        let (object, found): (_, &Subset) = self.first_with(
            |rule| rule.subsets.get(subset),
            assumptions,
            || format!("subset `{subset}` stands in several DestinationRules, and the first by age wins"),
        )?;
        // `MergeSubsetTrafficPolicy` of core/util: a subset's setting for the port replaces all of the host's.
        let (own, for_this_port) = for_port(found.traffic_policy.as_ref(), port);
        if let Some(own) = own {
            if own.tls.is_some() || for_this_port {
                tls = own.tls.as_ref();
            }
            if own.http.is_some() || for_this_port {
                http = own.http;
            }
            unsupported.extend(own.unsupported.iter().cloned());
        }
        // The kind of a subset's cluster follows from what the subset says for all ports, also where it has settings for this
        // one (core/cluster_builder.go, `buildSubsetCluster`).
        if found.traffic_policy.as_ref().is_some_and(|policy| policy.passes_through) {
            unsupported.push(PASSTHROUGH.to_owned());
        }
        giver = Some(object);
        if found.span.is_some() {
            span = found.span;
        }
        Some(Settings {
            tls,
            has_selector: self.has_selector(),
            http,
            has_http_options: false,
            unsupported,
            meta: giver.map(|object| &object.meta),
            span,
            labels: Some(&found.labels),
        })
    }

    fn has_selector(&self) -> bool {
        self.rules.iter().any(|rule| !rule.has_no_selector())
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
        let mut rivals: Vec<(&RuleConfig<'w>, &'w T)> =
            those.filter(|(rule, _)| rule.has_no_selector() == first.0.has_no_selector()).collect();
        if rivals.is_empty() {
            return Some((first.0.object, first.1));
        }
        rivals.insert(0, first);
        assumptions.oldest_of(&rivals, |(rule, _)| rule.age, |_, _| false, why).map(|(rule, has)| (rule.object, *has))
    }

    /// The DestinationRules that say something about the host.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &'w Object<DestinationRule>> {
        self.rules.iter().map(|rule| rule.object)
    }
}

/// `GetPortLevelTrafficPolicy`: settings for the port stand in for all others. Whether they are for the port, too.
fn for_port(policy: Option<&TrafficPolicy>, port: u16) -> (Option<&TrafficPolicy>, bool) {
    match policy.and_then(|policy| policy.ports.get(&port)) {
        Some(of_port) => (Some(of_port), true),
        None => (policy, false),
    }
}

/// The namespaces that a rule is exported to. A rule with a selector stays in its namespace.
fn export_to(rule: &DestinationRule) -> BTreeSet<String> {
    if rule.workload_selector.is_some() { BTreeSet::from([".".to_owned()]) } else { rule.export_to.clone() }
}

fn put(rules_of_namespace: &mut RulesOfNamespace, host: HostId, viewers: Option<&BTreeSet<String>>, id: usize) {
    let by_viewer = rules_of_namespace.hosts.entry(host).or_default();
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
fn most_specific<'s>(
    hosts: &HostIndex,
    rules_of_namespace: &'s RulesOfNamespace,
    service: &Service<'_>,
) -> Option<&'s ByViewer> {
    let wildcards = hosts.covering(&service.host);
    std::iter::once(service.id).chain(wildcards).find_map(|host| rules_of_namespace.hosts.get(&host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::Marks;
    use crate::origin::Claim;

    fn rule(at: usize, export_to: &[&str], selector: Option<&str>) -> Object<DestinationRule> {
        let meta = Meta {
            group: "networking.istio.io".to_owned(),
            kind: "DestinationRule".to_owned(),
            namespace: "n".to_owned(),
            name: at.to_string(),
            istio_name: None,
            labels: Marks::default(),
            annotations: Marks::default(),
            created: None,
            claim: Claim::Holds,
            span: None,
        };
        let spec = DestinationRule {
            host: "h".to_owned(),
            export_to: export_to.iter().map(|namespace| (*namespace).to_owned()).collect(),
            workload_selector: selector.map(|app| Labels::from([("app".to_owned(), app.to_owned())])),
            traffic_policy: None,
            subsets: BTreeMap::new(),
            span: None,
        };
        Object { meta, spec }
    }

    /// The loop of `mergeDestinationRule`, line by line.
    fn istio(ordered: &[RuleConfig<'_>]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(RuleConfig<'_>, Vec<usize>)> = Vec::new();
        for rule in ordered {
            let mut add_separately = true;
            for (first, group) in &mut groups {
                let (own, others) = (&rule.object.spec, &first.object.spec);
                let same = export_to(own) == export_to(others);
                let wider = !export_to(others).is_empty() && export_to(own).is_superset(&export_to(others));
                let (selector, other) = (&own.workload_selector, &others.workload_selector);
                if (!same && !wider) || (selector.is_some() && other.is_some() && selector != other) {
                    add_separately = true;
                    continue;
                }
                add_separately = !same && selector.is_some() != other.is_some();
                group.push(rule.age.id.at);
            }
            if add_separately {
                groups.push((*rule, vec![rule.age.id.at]));
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    #[test]
    fn rules_merge_as_in_istios_loop() {
        let exports: [&[&str]; 5] = [&[], &["."], &["*"], &["a"], &["a", "b"]];
        let kinds: Vec<(&[&str], Option<&str>)> = exports
            .into_iter()
            .map(|export_to| (export_to, None))
            .chain(["x", "y"].map(|app| (exports[0], Some(app))))
            .collect();
        let numbers = 0..kinds.len();
        let triples = numbers.clone().flat_map(|a| {
            let numbers = numbers.clone();
            numbers.clone().flat_map(move |b| numbers.clone().map(move |c| [a, b, c, a]))
        });
        for chosen in triples {
            let objects: Vec<Object<DestinationRule>> =
                chosen.iter().enumerate().map(|(at, kind)| rule(at, kinds[*kind].0, kinds[*kind].1)).collect();
            let ordered: Vec<RuleConfig<'_>> = objects
                .iter()
                .enumerate()
                .map(|(at, object)| RuleConfig {
                    object,
                    age: ObjectAge::of(ObjectKind::DestinationRule, at, &object.meta),
                })
                .collect();
            let groups: Vec<Vec<usize>> =
                merged(ordered.clone()).iter().map(|group| group.iter().map(|rule| rule.age.id.at).collect()).collect();
            assert_eq!(groups, istio(&ordered), "{chosen:?}");
        }
    }
}
