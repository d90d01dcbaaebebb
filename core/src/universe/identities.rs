//! The identities that authorization rules name.

use std::collections::{BTreeMap, BTreeSet};

use super::ClientNamespace;
use crate::istio::{AuthorizationRule, Condition, Objects, Source};

/// A namespace, and one of its service accounts if one is named.
pub(super) type CallerIdentity = (ClientNamespace, Option<String>);

/// The identities that rules name, by the host or server name of the rule.
#[derive(Debug, Default)]
pub(super) struct Identities {
    by_name: BTreeMap<String, BTreeSet<CallerIdentity>>,
    /// Those of rules without a host or server name, or with a wildcard.
    always: BTreeSet<CallerIdentity>,
}

impl Identities {
    pub(super) fn of(objects: &Objects) -> Self {
        let mut identities = Self::default();
        let rules = objects.authorization_policies.iter();
        for (own, rule) in rules.flat_map(|policy| policy.spec.rules.iter().map(|rule| (&policy.meta.namespace, rule)))
        {
            let mut callers: BTreeSet<CallerIdentity> =
                rule.from.iter().flat_map(|source| callers(source, own)).collect();
            callers.extend(rule.when.iter().flat_map(|condition| named_by_condition(condition, own)));
            let names = names(rule);
            if names.is_empty() || names.iter().any(|name| name.contains('*')) {
                identities.always.extend(callers.iter().cloned());
            }
            for name in names {
                identities.by_name.entry(name).or_default().extend(callers.iter().cloned());
            }
        }
        identities
    }

    /// The namespaces that any rule names; `None` where a rule may mean others by a pattern.
    pub(super) fn namespaces(&self) -> Option<BTreeSet<&str>> {
        let all = self.by_name.values().flatten().chain(&self.always);
        let named = all.map(|(namespace, account)| match namespace.name() {
            Some(name) => (!name.contains('*')).then_some(name),
            // The end of an identity may begin within the namespace.
            None => account.is_none().then_some(""),
        });
        named.collect()
    }

    /// How many identities rules name about a host, at least.
    pub(super) fn count_about(&self, name: &str) -> usize {
        self.by_name.get(name).map_or(0, BTreeSet::len).max(self.always.len())
    }

    pub(super) fn about(&self, name: &str) -> impl Iterator<Item = &CallerIdentity> {
        self.by_name.get(name).into_iter().flatten().chain(&self.always)
    }
}

/// The hosts of a rule without their ports, and its server names.
fn names(rule: &AuthorizationRule) -> BTreeSet<String> {
    let hosts = rule.to.iter().flat_map(|to| to.hosts.any.iter().chain(&to.hosts.none));
    let hosts = hosts.map(|host| host.split_once(':').map_or(host.as_str(), |(host, _)| host));
    let conditions = rule.when.iter().filter(|when| when.key == "connection.sni");
    // A server name that a rule excludes does not limit the rule to a name.
    let server_names = conditions.flat_map(|when| when.values.any.iter()).map(String::as_str);
    hosts.chain(server_names).map(str::to_ascii_lowercase).collect()
}

/// The identities that a source names, and for each account another one of its namespace that is not named.
fn callers(source: &Source, own_namespace: &str) -> BTreeSet<CallerIdentity> {
    let mut callers = BTreeSet::new();
    for namespace in source.namespaces.any.iter().chain(&source.namespaces.none) {
        add(&mut callers, namespace, None);
    }
    for principal in source.principals.any.iter().chain(&source.principals.none) {
        add_principal(&mut callers, principal);
    }
    for account in source.service_accounts.any.iter().chain(&source.service_accounts.none) {
        add_account(&mut callers, account, own_namespace);
    }
    callers
}

/// The identities that a condition names.
fn named_by_condition(condition: &Condition, own_namespace: &str) -> BTreeSet<CallerIdentity> {
    let mut callers = BTreeSet::new();
    for value in condition.values.any.iter().chain(&condition.values.none) {
        match condition.key.as_str() {
            "source.namespace" => add(&mut callers, value, None),
            "source.principal" => add_principal(&mut callers, value),
            "source.serviceAccount" => add_account(&mut callers, value, own_namespace),
            _ => {}
        }
    }
    callers
}

fn add_principal(callers: &mut BTreeSet<CallerIdentity>, principal: &str) {
    let identity = principal.split_once("/ns/").map(|(_, rest)| rest.split_once("/sa/").unwrap_or((rest, "*")));
    match (identity, principal.split_once("/sa/")) {
        // A prefix may end within the namespace, or after it.
        (Some((namespace, account)), _) => {
            add(callers, namespace.strip_suffix("/*").unwrap_or(namespace), Some(account));
        }
        (None, Some((_, account))) => {
            callers.insert((ClientNamespace::AnyOther, Some(account.to_owned())));
        }
        // The end of an account's name.
        (None, None) if principal.len() > 1 && principal.starts_with('*') => {
            callers.insert((ClientNamespace::AnyOther, Some(principal.to_owned())));
        }
        (None, None) => {}
    }
}

/// The account is `namespace/name`, or a name in the policy's own namespace (`serviceAccountRegex` of
/// pilot/pkg/security/authz/model/generator.go).
fn add_account(callers: &mut BTreeSet<CallerIdentity>, account: &str, own_namespace: &str) {
    let (namespace, account) = account.split_once('/').unwrap_or((own_namespace, account));
    add(callers, namespace, Some(account));
}

/// A name with a wildcard is kept: a request of the class uses one of the names that it covers.
fn add(callers: &mut BTreeSet<CallerIdentity>, namespace: &str, account: Option<&str>) {
    // There is always a class for any other namespace.
    if namespace == "*" {
        return;
    }
    let namespace = ClientNamespace::Named(namespace.to_owned());
    callers.insert((namespace.clone(), None));
    callers.insert((namespace, account.filter(|name| *name != "*").map(str::to_owned)));
}
