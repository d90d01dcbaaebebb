//! The AuthorizationPolicies of a gateway's pods, by what they ask first.

use std::collections::{BTreeMap, BTreeSet};

use super::authorization::Asked;
use super::creation_order::{ObjectAge, ObjectId, ObjectKind};
use super::doors::{Group, Selects};
use super::names;
use crate::istio::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Listed, Object, Objects, Source,
};
use crate::model::Environment;

/// A rule of a policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'w> {
    pub(super) policy: &'w Object<AuthorizationPolicy>,
    pub(super) id: ObjectId,
    pub(super) index: usize,
    pub(super) asks: &'w AuthorizationRule,
    /// Whether the policy surely selects the pods.
    pub(super) certain: bool,
}

/// The rules of one action, so that a request looks at few of them.
#[derive(Debug, Default)]
pub(super) struct Rules<'w> {
    /// On HTTP filter chains.
    http: Index<'w>,
    /// On others.
    tcp: Index<'w>,
}

#[derive(Debug, Default)]
struct Index<'w> {
    by_server_name: BTreeMap<String, Vec<Rule<'w>>>,
    by_host: BTreeMap<String, Vec<Rule<'w>>>,
    by_port: BTreeMap<u16, Vec<Rule<'w>>>,
    rest: Vec<Rule<'w>>,
}

#[derive(Debug, Default)]
pub(super) struct Guard<'w> {
    pub(super) custom: Rules<'w>,
    pub(super) deny: Rules<'w>,
    pub(super) allow: Rules<'w>,
    /// ALLOW policies that surely select the pods; with one, what no ALLOW admits is refused.
    pub(super) any_allow: Option<&'w Object<AuthorizationPolicy>>,
    /// Those that may.
    pub(super) maybe_allow: Vec<(&'w Object<AuthorizationPolicy>, ObjectId)>,
}

impl<'w> Guard<'w> {
    /// `ListAuthorizationPolicies` of pilot/pkg/model/authorization.go: the root namespace's and the pods' own.
    pub(super) fn new(objects: &'w Objects, environment: &Environment, group: &Group<'w>) -> Self {
        let mut guard = Self::default();
        let of_gateway_api = group.labels.contains_key("gateway.networking.k8s.io/gateway-name");
        let mut policies: Vec<(&Object<AuthorizationPolicy>, ObjectAge<'_>)> = objects
            .authorization_policies
            .iter()
            .enumerate()
            .filter(|(_, policy)| {
                policy.meta.namespace == environment.root_namespace || policy.meta.namespace == group.namespace
            })
            .map(|(at, policy)| (policy, ObjectAge::of(ObjectKind::AuthorizationPolicy, at, &policy.meta)))
            .collect();
        policies.sort_by(|(_, a), (_, b)| a.order(b));
        let mut dropped: BTreeSet<OnTcp<'w>> = BTreeSet::new();
        for (policy, ObjectAge { id, .. }) in policies {
            // Pods that are no Gateway API gateway's pass policies with targets over (`policyattachment.go`).
            if policy.spec.has_targets && !of_gateway_api || is_dry_run(policy) {
                continue;
            }
            let selects = policy.spec.selector.as_ref().map_or(Selects::Yes, |selector| group.is_selected(selector));
            let certain = match selects {
                Selects::No => continue,
                Selects::Yes => !policy.spec.has_targets,
                Selects::Maybe => false,
            };
            let rules = match policy.spec.action {
                AuthorizationAction::Audit => continue,
                AuthorizationAction::Custom => &mut guard.custom,
                AuthorizationAction::Deny => &mut guard.deny,
                AuthorizationAction::Allow => {
                    if certain {
                        guard.any_allow.get_or_insert(policy);
                    } else {
                        guard.maybe_allow.push((policy, id));
                    }
                    &mut guard.allow
                }
            };
            let allows = policy.spec.action == AuthorizationAction::Allow;
            for (index, asks) in policy.spec.rules.iter().enumerate() {
                rules.add(Rule { policy, id, index, asks, certain }, allows, &mut dropped);
            }
        }
        guard
    }
}

/// What is left of a rule on a TCP chain.
type OnTcp<'w> = (u8, &'w str, &'w [Source], Vec<&'w Listed>, &'w [Condition], bool);

impl<'w> Rules<'w> {
    fn add(&mut self, rule: Rule<'w>, allows: bool, dropped: &mut BTreeSet<OnTcp<'w>>) {
        let server_names = exact_server_names(rule.asks);
        match (&server_names, exact_hosts(rule.asks)) {
            (Some(names), _) => put(&mut self.http.by_server_name, names, rule),
            (None, Some(hosts)) => put(&mut self.http.by_host, &hosts, rule),
            (None, None) => self.http.put_by_port(rule),
        }
        // `Model.Generate` of pilot/pkg/security/authz/model/model.go: an ALLOW rule that asks for HTTP is left out.
        if allows && asks_for_http(rule.asks) {
            return;
        }
        if let Some(names) = server_names {
            put(&mut self.tcp.by_server_name, &names, rule);
            return;
        }
        // Rules that differ only in what TCP has not are the same there; thousands may be.
        let ports = rule.asks.to.iter().map(|to| &to.ports).collect();
        let action = rule.policy.spec.action as u8;
        let key: OnTcp<'w> =
            (action, &rule.policy.meta.namespace, &rule.asks.from, ports, &rule.asks.when, rule.certain);
        if !rule.asks.strange.is_empty() || dropped.insert(key) {
            self.tcp.put_by_port(rule);
        }
    }

    /// The rules that may match.
    pub(super) fn candidates(&self, asked: &Asked<'_>) -> impl Iterator<Item = Rule<'w>> {
        let index = if asked.http.is_some() { &self.http } else { &self.tcp };
        let host = asked.http.as_ref().map(|http| names::lowered(names::without_port(&http.authority)));
        let by_name = asked.server_name.and_then(|name| index.by_server_name.get(name)).into_iter().flatten();
        let by_host = host.and_then(|host| index.by_host.get(&*host)).into_iter().flatten();
        let by_port = index.by_port.get(&asked.port).into_iter().flatten();
        by_name.chain(by_host).chain(by_port).chain(&index.rest).copied()
    }
}

impl<'w> Index<'w> {
    fn put_by_port(&mut self, rule: Rule<'w>) {
        match exact_ports(rule.asks) {
            Some(ports) => ports.into_iter().for_each(|port| self.by_port.entry(port).or_default().push(rule)),
            None => self.rest.push(rule),
        }
    }
}

fn put<'w>(index: &mut BTreeMap<String, Vec<Rule<'w>>>, keys: &[String], rule: Rule<'w>) {
    for key in keys {
        index.entry(key.clone()).or_default().push(rule);
    }
}

/// `isDryRun` of pilot/pkg/security/authz/builder/builder.go: what Go's `strconv.ParseBool` takes for true; what it
/// cannot read counts as false.
fn is_dry_run(policy: &Object<AuthorizationPolicy>) -> bool {
    let annotation = policy.meta.annotations.get("istio.io/dry-run");
    annotation.is_some_and(|value| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"))
}

/// The server names of which the connection must have one, when none has a wildcard.
fn exact_server_names(rule: &AuthorizationRule) -> Option<Vec<String>> {
    let condition = rule.when.iter().find(|when| when.key == "connection.sni" && !when.values.any.is_empty())?;
    (!condition.values.any.iter().any(|name| name.contains('*'))).then(|| condition.values.any.clone())
}

/// The hosts of which the request must have one, without their ports, when none has another wildcard than `:*`.
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
            hosts.push(names::without_port(host).to_ascii_lowercase());
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    Some(hosts)
}

/// The ports of which the connection must be to one.
fn exact_ports(rule: &AuthorizationRule) -> Option<BTreeSet<u16>> {
    let ports = rule.to.iter().flat_map(|to| &to.ports.any).map(|port| port.parse().ok()).collect::<Option<_>>()?;
    (!rule.to.is_empty() && rule.to.iter().all(|to| !to.ports.any.is_empty())).then_some(ports)
}

/// Attributes that only HTTP has (`generator.go`, "is HTTP only").
pub(super) fn is_of_http(key: &str) -> bool {
    key.starts_with("request.")
}

fn asks_for_http(rule: &AuthorizationRule) -> bool {
    let operation = rule.to.iter().any(|to| !to.hosts.is_empty() || !to.methods.is_empty() || !to.paths.is_empty());
    operation
        || rule.from.iter().any(|from| !from.request_principals.is_empty())
        || rule.when.iter().any(|when| is_of_http(&when.key) && !when.values.is_empty())
}
