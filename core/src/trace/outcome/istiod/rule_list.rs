//! Rules of AuthorizationPolicies, with an index by what they compare: a gateway may have thousands, of which few can match a
//! request.

use std::collections::BTreeMap;

use super::text_index::{KnownText, TextIndex, TextPattern};
use crate::istio::{AuthorizationPolicy, AuthorizationRule, Listed, Object, Source};
use crate::trace::outcome::creation_order::ObjectId;

/// A rule of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyRule<'w> {
    pub(crate) policy: &'w Object<AuthorizationPolicy>,
    pub(crate) id: ObjectId,
    pub(crate) index: usize,
    pub(crate) asks: &'w AuthorizationRule,
    /// Whether the policy certainly selects the pods.
    pub(crate) certain: bool,
}

/// So few rules are all compared.
const FEW: usize = 8;

/// What is known of a request that rules compare.
pub(crate) struct RuleAttributes<'k> {
    /// The path without its query.
    pub(crate) path: KnownText<'k>,
    pub(crate) header: &'k dyn Fn(&str) -> KnownText<'k>,
    /// The caller's namespace and service account, where mutual TLS says who it is. The account may be unknown.
    pub(crate) caller: Option<(&'k str, Option<&'k str>)>,
}

/// What a filter chain compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainKind {
    Http,
    Tcp,
}

/// Rules, in their order.
#[derive(Debug, Default)]
pub(super) struct RuleList<'w> {
    rules: Vec<PolicyRule<'w>>,
    by_path: TextIndex,
    by_header: BTreeMap<String, TextIndex>,
    by_caller: BTreeMap<&'w str, BTreeMap<Option<&'w str>, Vec<usize>>>,
    /// Those that may match whatever a request has.
    others: Vec<usize>,
}

/// What a request must have for a rule to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RuleKey<'w> {
    Path(TextPattern<'w>),
    Header(&'w str, TextPattern<'w>),
    Caller(&'w str, Option<&'w str>),
}

impl<'w> RuleList<'w> {
    pub(super) fn push(&mut self, rule: PolicyRule<'w>) {
        self.rules.push(rule);
    }

    /// Builds the index, when all rules are there. Each rule stands under the attribute that tells it best from others.
    pub(super) fn index(&mut self, chain: ChainKind) {
        if self.rules.len() <= FEW {
            return;
        }
        let keys: Vec<Vec<Vec<RuleKey<'w>>>> = self.rules.iter().map(|rule| keys(rule, chain)).collect();
        let mut wanted: BTreeMap<RuleKey<'w>, usize> = BTreeMap::new();
        for key in keys.iter().flatten().flatten() {
            let number = wanted.entry(*key).or_default();
            *number = number.saturating_add(1);
        }
        let commonest = |keys: &Vec<RuleKey<'w>>| keys.iter().filter_map(|key| wanted.get(key)).max().copied();
        for (place, keys) in keys.iter().enumerate() {
            let Some(best) = keys.iter().min_by_key(|keys| commonest(keys)) else {
                self.others.push(place);
                continue;
            };
            for key in best {
                match *key {
                    RuleKey::Path(pattern) => self.by_path.add(pattern, place),
                    RuleKey::Header(name, pattern) => {
                        self.by_header.entry(name.to_ascii_lowercase()).or_default().add(pattern, place);
                    }
                    RuleKey::Caller(namespace, account) => {
                        self.by_caller.entry(namespace).or_default().entry(account).or_default().push(place);
                    }
                }
            }
        }
    }

    /// The rules that may match a request, in their order.
    pub(super) fn candidates(&self, of: &RuleAttributes<'_>) -> Vec<PolicyRule<'w>> {
        if self.rules.len() <= FEW {
            return self.rules.clone();
        }
        let mut places = self.others.clone();
        self.by_path.find(of.path, &mut places);
        for (name, values) in &self.by_header {
            values.find((of.header)(name), &mut places);
        }
        let of_namespace = of.caller.and_then(|(namespace, account)| Some((self.by_caller.get(namespace)?, account)));
        match of_namespace {
            Some((accounts, Some(account))) => {
                let found = [accounts.get(&None), accounts.get(&Some(account))];
                places.extend(found.into_iter().flatten().flatten());
            }
            Some((accounts, None)) => places.extend(accounts.values().flatten()),
            None => {}
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.rules.get(place)).copied().collect()
    }
}

/// For each attribute that a rule compares: what a request must have one of. Fields that are not understood are taken to match.
fn keys<'w>(rule: &PolicyRule<'w>, chain: ChainKind) -> Vec<Vec<RuleKey<'w>>> {
    let asks = rule.asks;
    let own_namespace = rule.policy.meta.namespace.as_str();
    let mut found: Vec<Option<Vec<RuleKey<'w>>>> = Vec::new();
    if chain == ChainKind::Http {
        found.push(
            all_of(&asks.to, |to| texts(&to.paths, path)).map(|paths| paths.into_iter().map(RuleKey::Path).collect()),
        );
    }
    found.push(all_of(&asks.from, |source| callers(source, own_namespace)));
    for condition in &asks.when {
        let key = condition.key.as_str();
        let header = key.strip_prefix("request.headers[").and_then(|rest| rest.strip_suffix(']'));
        found.push(match (header, key) {
            (Some(name), _) if chain == ChainKind::Http => {
                let values = texts(&condition.values, simple);
                values.map(|values| values.into_iter().map(|value| RuleKey::Header(name, value)).collect())
            }
            (None, "source.namespace") => of_list(&condition.values, namespace),
            (None, "source.principal") => of_list(&condition.values, principal),
            (None, "source.serviceAccount") => of_list(&condition.values, |name| Some(account(name, own_namespace))),
            _ => None,
        });
    }
    found.into_iter().flatten().collect()
}

/// What each of several alternatives wants, if there are any and each wants something.
fn all_of<'w, A, T>(alternatives: &'w [A], wanted: impl Fn(&'w A) -> Option<Vec<T>>) -> Option<Vec<T>> {
    let all = alternatives.iter().map(wanted).collect::<Option<Vec<Vec<T>>>>()?;
    (!all.is_empty()).then(|| all.into_iter().flatten().collect())
}

/// The values of a list that a request must have one of.
fn of_list<'w, T>(listed: &'w Listed, key: impl Fn(&'w str) -> Option<T>) -> Option<Vec<T>> {
    let keys = listed.any.iter().map(|value| key(value)).collect::<Option<Vec<T>>>()?;
    (!keys.is_empty()).then_some(keys)
}

fn texts<'w>(listed: &'w Listed, pattern: impl Fn(&'w str) -> Option<TextPattern<'w>>) -> Option<Vec<TextPattern<'w>>> {
    of_list(listed, pattern)
}

/// A pattern as `HeaderMatcher` has it; `None` for one that matches every text.
fn simple(value: &str) -> Option<TextPattern<'_>> {
    match (value, value.strip_prefix('*'), value.strip_suffix('*')) {
        ("*", _, _) => None,
        (_, Some(suffix), _) => Some(TextPattern::Suffix(suffix)),
        (_, None, Some(prefix)) => Some(TextPattern::Prefix(prefix)),
        (_, None, None) => Some(TextPattern::Exact(value)),
    }
}

/// The same of a path, where templates are not followed.
fn path(value: &str) -> Option<TextPattern<'_>> {
    if value.contains("{*}") || value.contains("{**}") { None } else { simple(value) }
}

fn callers<'w>(source: &'w Source, own_namespace: &'w str) -> Option<Vec<RuleKey<'w>>> {
    of_list(&source.principals, principal)
        .or_else(|| of_list(&source.service_accounts, |name| Some(account(name, own_namespace))))
        .or_else(|| of_list(&source.namespaces, namespace))
}

fn namespace(value: &str) -> Option<RuleKey<'_>> {
    (!value.contains('*')).then_some(RuleKey::Caller(value, None))
}

/// Whatever the trust domain stands for, the rest is one account.
fn principal(value: &str) -> Option<RuleKey<'_>> {
    let (_, rest) = value.split_once("/ns/").filter(|_| !value.contains('*'))?;
    let (namespace, account) = rest.split_once("/sa/")?;
    (!rest.contains("/ns/") && !account.contains('/')).then_some(RuleKey::Caller(namespace, Some(account)))
}

/// `namespace/name`, or a name of the policy's namespace.
fn account<'w>(value: &'w str, own_namespace: &'w str) -> RuleKey<'w> {
    let (namespace, name) = value.split_once('/').unwrap_or((own_namespace, value));
    RuleKey::Caller(namespace, Some(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::istio::Objects;
    use crate::trace::outcome::creation_order::ObjectKind;

    /// A thousand rules that differ in one attribute, and one that asks for nothing.
    fn objects(rule: impl Fn(usize) -> serde_json::Value) -> Objects {
        let mut objects = Objects::default();
        for n in 0..=1_000 {
            let rule = if n == 1_000 { json!({}) } else { rule(n) };
            objects.made(&json!({
                "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": {"name": format!("p{n}"), "namespace": "out"},
                "spec": {"action": "DENY", "rules": [rule]},
            }));
        }
        objects
    }

    fn list(objects: &Objects, chain: ChainKind) -> RuleList<'_> {
        let mut list = RuleList::default();
        for (at, policy) in objects.authorization_policies.iter().enumerate() {
            let id = ObjectId { kind: ObjectKind::AuthorizationPolicy, at };
            list.push(PolicyRule { policy, id, index: 0, asks: &policy.spec.rules[0], certain: true });
        }
        list.index(chain);
        list
    }

    #[test]
    fn a_request_is_compared_with_few_of_many_rules() {
        let header = |name: &str| if name == "x" { KnownText::Is("v9") } else { KnownText::Missing };
        let asked = |path: KnownText<'static>, caller| RuleAttributes { path, header: &header, caller };
        let of = |list: &RuleList<'_>, asked: RuleAttributes<'_>| -> Vec<usize> {
            list.candidates(&asked).iter().map(|rule| rule.id.at).collect()
        };
        let nobody = asked(KnownText::Is("/p70"), None);
        let paths = objects(|n| json!({"to": [{"operation": {"paths": [format!("/p{n}*")]}}]}));
        assert_eq!(of(&list(&paths, ChainKind::Http), nobody), [7, 70, 1_000]);
        assert_eq!(of(&list(&paths, ChainKind::Http), asked(KnownText::Unknown, None)).len(), 1_001);
        // Bytes have no path.
        assert_eq!(of(&list(&paths, ChainKind::Tcp), asked(KnownText::Missing, None)).len(), 1_001);
        // The header tells the rules better apart than the path.
        let headers = objects(|n| {
            json!({
                "to": [{"operation": {"paths": ["/p70"]}}],
                "when": [{"key": "request.headers[X]", "values": [format!("v{n}")]}],
            })
        });
        assert_eq!(of(&list(&headers, ChainKind::Http), asked(KnownText::Is("/p70"), None)), [9, 1_000]);
        let callers = objects(|n| match n % 3 {
            0 => json!({"from": [{"source": {"principals": [format!("td/ns/n{n}/sa/a")]}}]}),
            1 => json!({"from": [{"source": {"namespaces": [format!("n{n}"), "n3"]}}]}),
            _ => json!({"when": [{"key": "source.serviceAccount", "values": [format!("n{n}/a")]}]}),
        });
        let by = |namespace, account| asked(KnownText::Is("/"), Some((namespace, account)));
        for chain in [ChainKind::Http, ChainKind::Tcp] {
            let list = list(&callers, chain);
            assert_eq!(of(&list, by("n6", Some("a"))), [6, 1_000]);
            assert_eq!(of(&list, by("n6", Some("b"))), [1_000]);
            assert_eq!(of(&list, by("n8", None)), [8, 1_000]);
            assert_eq!(of(&list, by("n4", Some("b"))), [4, 1_000]);
            assert_eq!(of(&list, by("n3", Some("b"))).len(), 334);
            assert_eq!(of(&list, asked(KnownText::Is("/"), None)), [1_000]);
        }
        let templates = objects(|n| json!({"to": [{"operation": {"paths": [format!("/{{*}}/{n}"), "/x"]}}]}));
        assert_eq!(of(&list(&templates, ChainKind::Http), asked(KnownText::Is("/p70"), None)).len(), 1_001);
    }
}
