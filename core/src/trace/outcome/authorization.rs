//! Whether a gateway's AuthorizationPolicies let a request pass.

use super::assumptions::{Assumptions, Unknown, Visit};
use super::creation_order::ObjectId;
use super::doors::{Group, GroupId};
use super::guard::{Guard, Rule, is_of_http};
use super::request::Request;
use super::trust_domains;
use crate::istio::{AuthorizationAction, AuthorizationPolicy, Condition, Listed, Object, Operation, Source};

/// What a policy asks for.
const SERVICE_ACCOUNT: &str = "the caller's service account";

/// What Envoy's RBAC filter can see.
pub(super) struct Asked<'a> {
    /// The caller, when mutual TLS says who it is.
    pub(super) caller: Option<Identity<'a>>,
    /// The server name of the connection.
    pub(super) server_name: Option<&'a str>,
    /// The port that the pod listens on.
    pub(super) port: u16,
    /// `None` on TCP filter chains.
    pub(super) http: Option<&'a Request>,
    pub(super) trust_domain: &'a str,
    pub(super) aliases: &'a [String],
    /// The pods that are asked.
    pub(super) pods: (GroupId, &'a Group<'a>),
    /// How many proxies came before.
    pub(super) at: Visit,
}

pub(super) struct Identity<'a> {
    pub(super) namespace: &'a str,
    /// `None` when it is not known.
    pub(super) service_account: Option<&'a str>,
}

/// What the policies say.
pub(super) enum Ruling<'w> {
    /// It passes; the rule that admitted it, when there are ALLOW policies.
    Pass(Option<Rule<'w>>),
    /// It is refused; the rule that did it.
    Refused(Rule<'w>),
    /// It is refused, because none of the ALLOW policies admits it; one of them.
    NotAdmitted(&'w Object<AuthorizationPolicy>),
}

/// CUSTOM, then DENY, then ALLOW (`pilot/pkg/networking/plugin/authz`, and Istio's docs); AUDIT has no say.
pub(super) fn rule<'w>(guard: &Guard<'w>, asked: &Asked<'_>, assumptions: &mut Assumptions) -> Ruling<'w> {
    for rule in guard.custom.candidates(asked) {
        if matches(&rule, asked, assumptions) {
            let passes = assumptions.assume(Unknown::External { at: asked.at, policy: rule.id }, || {
                format!("AuthorizationPolicy {} asks an external service", name(&rule))
            });
            if !passes {
                return Ruling::Refused(rule);
            }
        }
    }
    for rule in guard.deny.candidates(asked) {
        if matches(&rule, asked, assumptions) {
            return Ruling::Refused(rule);
        }
    }
    let allowing = guard.any_allow.or_else(|| {
        let maybe = guard.maybe_allow.iter().find(|(policy, id)| selects(policy, *id, asked, assumptions));
        maybe.map(|(policy, _)| *policy)
    });
    let Some(policy) = allowing else { return Ruling::Pass(None) };
    for rule in guard.allow.candidates(asked) {
        if matches(&rule, asked, assumptions) {
            return Ruling::Pass(Some(rule));
        }
    }
    Ruling::NotAdmitted(policy)
}

/// The policy of a rule, as a person would look for it.
pub(super) fn name(rule: &Rule<'_>) -> String {
    format!("`{}/{}`", rule.policy.meta.namespace, rule.policy.meta.name)
}

/// Whether a policy is for the pods: by its selector, and by its targets.
fn selects(
    policy: &Object<AuthorizationPolicy>,
    id: ObjectId,
    asked: &Asked<'_>,
    assumptions: &mut Assumptions,
) -> bool {
    let why = || {
        format!(
            "not all labels of the gateway's pods are known, so AuthorizationPolicy `{}/{}` may or may not select them",
            policy.meta.namespace, policy.meta.name
        )
    };
    let (gateway, group) = asked.pods;
    let selector = policy.spec.selector.as_ref();
    selector.is_none_or(|selector| group.have(gateway, selector, assumptions, why))
        && (!policy.spec.has_targets || assumptions.assume(Unknown::Targets { policy: id, gateway }, why))
}

fn matches(rule: &Rule<'_>, asked: &Asked<'_>, assumptions: &mut Assumptions) -> bool {
    let allows = rule.policy.spec.action == AuthorizationAction::Allow;
    let mut judge = Judge { asked, assumptions, allows, policy: rule };
    // A rule with an attribute that Istio does not know is left out (`authzmodel.New`).
    if rule.asks.when.iter().any(|when| !is_known(&when.key)) {
        return false;
    }
    let fits = (rule.asks.from.is_empty() || rule.asks.from.iter().any(|source| judge.source(source)))
        && (rule.asks.to.is_empty() || rule.asks.to.iter().any(|operation| judge.operation(operation)))
        && rule.asks.when.iter().all(|condition| judge.condition(condition));
    if !fits {
        return false;
    }
    if let Some(field) = rule.asks.strange.first() {
        let why = || format!("`{field}` of AuthorizationPolicy {} is not understood", name(rule));
        let unknown = Unknown::Rule { at: asked.at, policy: rule.id, index: rule.index };
        if !judge.assumptions.assume(unknown, why) {
            return false;
        }
    }
    rule.certain || selects(rule.policy, rule.id, asked, judge.assumptions)
}

fn is_known(key: &str) -> bool {
    const KEYS: [&str; 8] = [
        "destination.ip",
        "destination.port",
        "connection.sni",
        "source.ip",
        "remote.ip",
        "source.namespace",
        "source.principal",
        "source.serviceAccount",
    ];
    KEYS.contains(&key)
        || key == "source.trustDomain"
        || is_of_http(key)
        || key.starts_with("experimental.envoy.filters.")
}

struct Judge<'j, 'a, 'w> {
    asked: &'j Asked<'a>,
    assumptions: &'j mut Assumptions,
    allows: bool,
    policy: &'j Rule<'w>,
}

impl Judge<'_, '_, '_> {
    /// Any of the values and none of the others; what cannot be known is tried both ways.
    fn listed(&mut self, listed: &Listed, what: &str, mut is: impl FnMut(&mut Self, &str) -> Option<bool>) -> bool {
        let mut holds = |judge: &mut Self, value: &String| {
            let known = is(judge, value);
            known.unwrap_or_else(|| {
                let why = || {
                    format!(
                        "whether {what} is `{value}`, as AuthorizationPolicy {} asks, is not known",
                        name(judge.policy)
                    )
                };
                // A service account of no namespace is one of the policy's.
                let value = match what {
                    SERVICE_ACCOUNT if !value.contains('/') => {
                        format!("{}/{value}", judge.policy.policy.meta.namespace)
                    }
                    _ => value.clone(),
                };
                let unknown = Unknown::Attribute { at: judge.asked.at, what: what.to_owned(), value };
                judge.assumptions.assume(unknown, why)
            })
        };
        let any = listed.any.is_empty() || listed.any.iter().any(|value| holds(self, value));
        any && !listed.none.iter().any(|value| holds(self, value))
    }

    /// A field that only HTTP has, on a TCP chain: an ALLOW rule with it is dropped, a DENY rule is wider without it
    /// (`rule.checkError` of model.go).
    fn dropped(&self, listed: &Listed) -> Option<bool> {
        if listed.is_empty() {
            Some(true)
        } else if self.asked.http.is_none() {
            Some(!self.allows)
        } else {
            None
        }
    }

    fn source(&mut self, source: &Source) -> bool {
        let unknowable = |_: &mut Self, _: &str| None;
        let request_principals = match self.dropped(&source.request_principals) {
            Some(known) => known,
            None => self.listed(&source.request_principals, "the caller's token", unknowable),
        };
        self.listed(&source.principals, "the caller's identity", Self::principal)
            && self.listed(&source.service_accounts, SERVICE_ACCOUNT, Self::service_account)
            && self.namespaces(&source.namespaces)
            && self.trust_domains(&source.trust_domains)
            // `direct_remote_ip` and `remote_ip` of Envoy (`srcIPGenerator`, `remoteIPGenerator`).
            && self.listed(&source.ip_blocks, "the address of the connection", unknowable)
            && self.listed(&source.remote_ip_blocks, "the caller's address", unknowable)
            && request_principals
    }

    fn operation(&mut self, operation: &Operation) -> bool {
        let hosts = match self.dropped(&operation.hosts) {
            Some(known) => known,
            None => self.listed(&operation.hosts, "`Host`", |judge, value| {
                let authority = &judge.asked.http?.authority;
                Some(simple(&value.to_ascii_lowercase(), &authority.to_ascii_lowercase()))
            }),
        };
        let methods = match self.dropped(&operation.methods) {
            Some(known) => known,
            None => self.listed(&operation.methods, "the method", |judge, value| {
                Some(simple(value, &judge.asked.http?.method))
            }),
        };
        let paths = match self.dropped(&operation.paths) {
            Some(known) => known,
            None => self.listed(&operation.paths, "the path", |judge, value| {
                let Some(path) = judge.asked.http?.path.as_deref() else {
                    // Whatever it is, it is a path.
                    return matches!(value, "*" | "/*").then_some(true);
                };
                let path = path.split('?').next().unwrap_or(path);
                if value.contains("{*}") || value.contains("{**}") { None } else { Some(present(value, path)) }
            }),
        };
        hosts && methods && paths && self.ports(&operation.ports)
    }

    fn ports(&mut self, ports: &Listed) -> bool {
        self.listed(ports, "the port", |judge, value| Some(value.parse() == Ok(judge.asked.port)))
    }

    fn condition(&mut self, condition: &Condition) -> bool {
        let values = &condition.values;
        if is_of_http(&condition.key)
            && let Some(known) = self.dropped(values)
        {
            return known;
        }
        match condition.key.as_str() {
            "connection.sni" => self.listed(values, "the server name", |judge, value| {
                Some(present(value, judge.asked.server_name.unwrap_or_default()))
            }),
            "destination.port" => self.ports(values),
            "source.namespace" => self.namespaces(values),
            "source.principal" => self.listed(values, "the caller's identity", Self::principal),
            "source.serviceAccount" => self.listed(values, SERVICE_ACCOUNT, Self::service_account),
            "source.trustDomain" => self.trust_domains(values),
            key => {
                let header = key
                    .strip_prefix("request.headers[")
                    .and_then(|rest| rest.strip_suffix(']'))
                    .map(str::to_ascii_lowercase);
                if let Some(header) = header {
                    return self.listed(values, &format!("header `{header}`"), |judge, value| {
                        judge.asked.http?.header(&header).is(value == "*", |text| Some(simple(value, text)))
                    });
                }
                let what = match key {
                    "source.ip" => "the address of the connection",
                    "remote.ip" => "the caller's address",
                    other => other,
                };
                self.listed(values, what, |_, _| None)
            }
        }
    }

    /// `.*/ns/<namespace>/.*` on the identity, with `*` as `.*` (`srcNamespaceGenerator`).
    fn namespaces(&mut self, namespaces: &Listed) -> bool {
        self.listed(namespaces, "the caller's namespace", |judge, value| {
            Some(judge.asked.caller.as_ref().is_some_and(|caller| glob(value, caller.namespace)))
        })
    }

    /// One of the mesh's own trust domains stands for all of them (`ExpandTrustDomainAliases`).
    fn trust_domains(&mut self, trust_domains: &Listed) -> bool {
        self.listed(trust_domains, "the caller's trust domain", |judge, value| {
            let asked = judge.asked;
            let is_ours = || asked.aliases.iter().any(|alias| alias == value);
            Some(asked.caller.is_some() && (glob(value, asked.trust_domain) || is_ours()))
        })
    }

    /// A principal with the trust domain, one of its aliases or `cluster.local` stands for all of them.
    fn principal(&mut self, value: &str) -> Option<bool> {
        let Some(caller) = &self.asked.caller else { return Some(false) };
        let asked = self.asked;
        let expanded = trust_domains::expanded(value, asked.trust_domain, asked.aliases);
        let mut known = Some(false);
        for principal in expanded {
            match is_principal(&principal, asked.trust_domain, caller) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => known = None,
            }
        }
        known
    }

    /// `namespace/name`, or a name of the policy's namespace (`serviceAccountRegex`).
    fn service_account(&mut self, value: &str) -> Option<bool> {
        let Some(caller) = &self.asked.caller else { return Some(false) };
        let (namespace, name) = value.split_once('/').unwrap_or((&self.policy.policy.meta.namespace, value));
        if namespace != caller.namespace {
            return Some(false);
        }
        caller.service_account.map(|account| account == name)
    }
}

/// `spiffe://` and the value: whole, prefix, suffix or anything (`srcPrincipalGenerator`).
fn is_principal(value: &str, own: &str, caller: &Identity<'_>) -> Option<bool> {
    let before = format!("{own}/ns/{}/sa/", caller.namespace);
    if value == "*" {
        return Some(true);
    }
    if let Some(suffix) = value.strip_prefix('*') {
        // What stands behind it is a regex to Envoy.
        return match caller.service_account {
            _ if suffix.contains('*') => None,
            Some(account) => Some(format!("{before}{account}").ends_with(suffix)),
            None => match suffix.rfind("/sa/").and_then(|at| suffix.get(..at.saturating_add(4))) {
                Some(head) if !before.ends_with(head) && !head.ends_with(&before) => Some(false),
                _ => None,
            },
        };
    }
    match (caller.service_account, value.strip_suffix('*')) {
        (Some(account), Some(prefix)) => Some(format!("{before}{account}").starts_with(prefix)),
        (Some(account), None) => Some(format!("{before}{account}") == value),
        // A prefix that ends before the account, or a namespace that differs, needs no account.
        (None, Some(prefix)) if before.starts_with(prefix) => Some(true),
        (None, Some(prefix)) => (!prefix.starts_with(&before)).then_some(false),
        (None, None) => (!value.starts_with(&before)).then_some(false),
    }
}

/// `StringMatcher`: whole, `prefix*`, `*suffix`, and `*` for anything but nothing.
fn present(pattern: &str, text: &str) -> bool {
    if pattern == "*" { !text.is_empty() } else { simple(pattern, text) }
}

/// `HeaderMatcher` and `HostMatcher`: the same, where `*` is for anything that is there.
fn simple(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        true
    } else if let Some(suffix) = pattern.strip_prefix('*') {
        text.ends_with(suffix)
    } else if let Some(prefix) = pattern.strip_suffix('*') {
        text.starts_with(prefix)
    } else {
        pattern == text
    }
}

/// `*` anywhere, for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_as_istio_compares_them() {
        assert!(
            glob("td/ns/*/sa/a", "td/ns/x/sa/a")
                && glob("*", "x")
                && glob("a*", "ab")
                && !glob("a", "ab")
                && glob("*b", "ab")
        );
        assert!(simple("h:*", "h:80") && !simple("h", "h:80") && simple("*.org", "a.org") && simple("*", ""));
        assert!(!present("*", ""));
    }
}
