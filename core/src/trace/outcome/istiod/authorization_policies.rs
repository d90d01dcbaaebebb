//! The AuthorizationPolicies of a gateway's pods, with an index of their rules by what the rules match.

use std::collections::{BTreeMap, BTreeSet};

use super::gateway_pods::GatewayPods;
use super::pods::{Selects, targeted};
use super::rule_list::{ChainKind, PolicyRule, RuleAttributes, RuleList};
use crate::istio::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Listed, Object, Objects, Source,
};
use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::outcome::creation_order::{ObjectAge, ObjectId, ObjectKind};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ContainerPort;

/// The rules of one action, with an index, so that a request is compared with few of them.
#[derive(Debug, Default)]
pub(crate) struct RuleIndex<'w> {
    /// The rules on HTTP filter chains.
    http: RulesByKey<'w>,
    /// The rules on other filter chains.
    tcp: RulesByKey<'w>,
}

#[derive(Debug, Default)]
struct RulesByKey<'w> {
    by_server_name: BTreeMap<String, RuleList<'w>>,
    by_host: BTreeMap<String, RuleList<'w>>,
    by_port: BTreeMap<u16, RuleList<'w>>,
    rest: RuleList<'w>,
}

/// The AuthorizationPolicies that select, or may select, some pods.
#[derive(Debug, Default)]
pub(crate) struct AuthorizationPolicies<'w> {
    pub(crate) custom: RuleIndex<'w>,
    pub(crate) deny: RuleIndex<'w>,
    pub(crate) allow: RuleIndex<'w>,
    /// An ALLOW policy that certainly selects the pods. If there is one, a request that no ALLOW rule matches is
    /// denied.
    pub(crate) any_allow: Option<&'w Object<AuthorizationPolicy>>,
    /// ALLOW policies that may select the pods.
    pub(crate) maybe_allow: Vec<&'w Object<AuthorizationPolicy>>,
}

impl<'w> AuthorizationPolicies<'w> {
    /// The policies of the root namespace and of the pods' own (`ListAuthorizationPolicies` of
    /// pilot/pkg/model/authorization.go).
    pub(crate) fn new(objects: &'w Objects, environment: &Environment, pods: &GatewayPods<'w>) -> Self {
        let mut index = Self::default();
        let mut policies: Vec<(&Object<AuthorizationPolicy>, ObjectAge<'_>)> = objects
            .authorization_policies
            .iter()
            .enumerate()
            .filter(|(_, policy)| {
                policy.meta.namespace == environment.root_namespace || policy.meta.namespace == pods.namespace
            })
            .map(|(at, policy)| (policy, ObjectAge::of(ObjectKind::AuthorizationPolicy, at, &policy.meta)))
            .collect();
        policies.sort_by(|(_, a), (_, b)| a.order(b));
        let mut on_tcp: BTreeSet<RuleOnTcp<'w>> = BTreeSet::new();
        for (policy, ObjectAge { id, .. }) in policies {
            let selected_by = |selector: &Labels| pods.labels.selected_by(selector);
            let selects = if policy.spec.has_targets() {
                // Pods have this label from the Gateway that they are made for: where it is not known, it is not there.
                match targeted(&policy.spec.targets, &policy.meta, pods.namespace, &selected_by) {
                    Selects::Yes => Selects::Yes,
                    Selects::Maybe | Selects::No => Selects::No,
                }
            } else {
                policy.spec.selector.as_ref().map_or(Selects::Yes, selected_by)
            };
            let certain = match selects {
                Selects::No => continue,
                Selects::Yes => true,
                Selects::Maybe => false,
            };
            index.add((policy, id), certain, &mut on_tcp);
        }
        index.finish();
        index
    }

    /// These policies alone, all of which are attached.
    pub(crate) fn attached(mut policies: Vec<(&'w Object<AuthorizationPolicy>, ObjectAge<'w>)>) -> Self {
        policies.sort_by(|(_, a), (_, b)| a.order(b));
        let mut index = Self::default();
        let mut on_tcp: BTreeSet<RuleOnTcp<'w>> = BTreeSet::new();
        for (policy, ObjectAge { id, .. }) in policies {
            index.add((policy, id), true, &mut on_tcp);
        }
        index.finish();
        index
    }

    fn finish(&mut self) {
        for rules in [&mut self.custom, &mut self.deny, &mut self.allow] {
            rules.http.index(ChainKind::Http);
            rules.tcp.index(ChainKind::Tcp);
        }
    }

    fn add(
        &mut self,
        (policy, id): (&'w Object<AuthorizationPolicy>, ObjectId),
        certain: bool,
        on_tcp: &mut BTreeSet<RuleOnTcp<'w>>,
    ) {
        if is_dry_run(policy) {
            return;
        }
        let rules = match policy.spec.action {
            AuthorizationAction::Audit => return,
            AuthorizationAction::Custom => &mut self.custom,
            AuthorizationAction::Deny => &mut self.deny,
            AuthorizationAction::Allow => {
                if certain {
                    self.any_allow.get_or_insert(policy);
                } else {
                    self.maybe_allow.push(policy);
                }
                &mut self.allow
            }
        };
        let allows = policy.spec.action == AuthorizationAction::Allow;
        for (index, asks) in policy.spec.rules.iter().enumerate() {
            rules.add(PolicyRule { policy, id, index, asks, certain }, allows, on_tcp);
        }
    }
}

/// The part of a rule that a TCP chain compares. Rules that are equal here have the same effect there.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RuleOnTcp<'w> {
    action: AuthorizationAction,
    namespace: &'w str,
    from: &'w [Source],
    ports: Vec<&'w Listed>,
    when: &'w [Condition],
    certain: bool,
}

impl<'w> RuleOnTcp<'w> {
    fn of(rule: &PolicyRule<'w>) -> Self {
        Self {
            action: rule.policy.spec.action,
            namespace: &rule.policy.meta.namespace,
            from: &rule.asks.from,
            ports: rule.asks.to.iter().map(|to| &to.ports).collect(),
            when: &rule.asks.when,
            certain: rule.certain,
        }
    }
}

/// The keys by which the rules for a connection or request are looked up.
pub(crate) struct RuleKeys<'k> {
    /// The server name of the connection.
    pub(crate) server_name: Option<&'k str>,
    /// The port on which the pod listens.
    pub(crate) port: ContainerPort,
    /// `Host` on an HTTP filter chain; `None` on a TCP one.
    pub(crate) authority: Option<&'k str>,
    pub(crate) attributes: RuleAttributes<'k>,
}

impl<'w> RuleIndex<'w> {
    fn add(&mut self, rule: PolicyRule<'w>, allows: bool, on_tcp: &mut BTreeSet<RuleOnTcp<'w>>) {
        let server_names = exact_server_names(rule.asks);
        match (&server_names, exact_hosts(rule.asks)) {
            (Some(names), _) => put(&mut self.http.by_server_name, names, rule),
            (None, Some(hosts)) => put(&mut self.http.by_host, &hosts, rule),
            (None, None) => self.http.put_by_port(rule),
        }
        // Istio leaves out an ALLOW rule that matches HTTP attributes (`Model.Generate` of
        // pilot/pkg/security/authz/model/model.go).
        if allows && asks_for_http(rule.asks) {
            return;
        }
        if let Some(names) = server_names {
            put(&mut self.tcp.by_server_name, &names, rule);
            return;
        }
        // Thousands of rules may differ only in fields that a TCP chain does not compare.
        if !rule.asks.unsupported.is_empty() || on_tcp.insert(RuleOnTcp::of(&rule)) {
            self.tcp.put_by_port(rule);
        }
    }

    /// The rules that may match.
    pub(crate) fn candidates(&self, keys: &RuleKeys<'_>) -> Vec<PolicyRule<'w>> {
        let index = if keys.authority.is_some() { &self.http } else { &self.tcp };
        let host = keys.authority.map(|authority| host_name::lowered(host_name::before_colon(authority)));
        let by_name = keys.server_name.and_then(|name| index.by_server_name.get(name));
        let by_host = host.and_then(|host| index.by_host.get(&*host));
        let port = if let ContainerPort::Number(port) = keys.port { Some(port) } else { None };
        let by_port = port.and_then(|port| index.by_port.get(&port));
        let lists = [by_name, by_host, by_port, Some(&index.rest)].into_iter().flatten();
        lists.flat_map(|rules| rules.candidates(&keys.attributes)).collect()
    }
}

impl<'w> RulesByKey<'w> {
    fn index(&mut self, chain: ChainKind) {
        let by_name = self.by_server_name.values_mut().chain(self.by_host.values_mut());
        for rules in by_name.chain(self.by_port.values_mut()).chain([&mut self.rest]) {
            rules.index(chain);
        }
    }

    fn put_by_port(&mut self, rule: PolicyRule<'w>) {
        match exact_ports(rule.asks) {
            Some(ports) => ports.into_iter().for_each(|port| self.by_port.entry(port).or_default().push(rule)),
            None => self.rest.push(rule),
        }
    }
}

fn put<'w>(index: &mut BTreeMap<String, RuleList<'w>>, keys: &[String], rule: PolicyRule<'w>) {
    for key in keys {
        index.entry(key.clone()).or_default().push(rule);
    }
}

/// Whether the policy is a dry run (`isDryRun` of pilot/pkg/security/authz/builder/builder.go). It is one if Go's
/// `strconv.ParseBool` reads the annotation as true; a value that it cannot read counts as false.
fn is_dry_run(policy: &Object<AuthorizationPolicy>) -> bool {
    let annotation = policy.meta.annotations.get("istio.io/dry-run");
    annotation.is_some_and(|value| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"))
}

/// The server names of which the connection must have one; `None` if any other name matches too, or if one has a
/// wildcard.
fn exact_server_names(rule: &AuthorizationRule) -> Option<Vec<String>> {
    let condition = rule.when.iter().find(|when| when.key == "connection.sni" && !when.values.any.is_empty())?;
    (!condition.values.any.iter().any(|name| name.contains('*'))).then(|| condition.values.any.clone())
}

/// The hosts of which the request must have one, up to their first colon; `None` if any other host matches too, or if one
/// has a wildcard other than `:*`.
fn exact_hosts(rule: &AuthorizationRule) -> Option<Vec<String>> {
    if rule.to.is_empty() {
        return None;
    }
    let mut hosts = Vec::new();
    for operation in &rule.to {
        if operation.hosts.any.is_empty() {
            return None;
        }
        for host in &operation.hosts.any {
            let host = host.strip_suffix(":*").unwrap_or(host);
            if host.contains('*') {
                return None;
            }
            hosts.push(host_name::before_colon(host).to_ascii_lowercase());
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    Some(hosts)
}

/// The ports of which the connection must use one; `None` if any other port matches too.
fn exact_ports(rule: &AuthorizationRule) -> Option<BTreeSet<u16>> {
    let ports = rule.to.iter().flat_map(|to| &to.ports.any).map(|port| port.parse().ok()).collect::<Option<_>>()?;
    (!rule.to.is_empty() && rule.to.iter().all(|to| !to.ports.any.is_empty())).then_some(ports)
}

/// Attributes that only HTTP has (`generator.go`, "is HTTP only").
pub(crate) fn is_of_http(key: &str) -> bool {
    key.starts_with("request.")
}

fn asks_for_http(rule: &AuthorizationRule) -> bool {
    let operation = rule.to.iter().any(|to| !to.hosts.is_empty() || !to.methods.is_empty() || !to.paths.is_empty());
    operation
        || rule.from.iter().any(|from| !from.request_principals.is_empty())
        || rule.when.iter().any(|when| is_of_http(&when.key) && !when.values.is_empty())
}
