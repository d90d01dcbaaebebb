//! Whether the AuthorizationPolicies of a gateway or a waypoint allow a request (Envoy's RBAC filter).

use super::filter_chain::gateway::GatewayStream;
use super::filter_chain::waypoint::{ServerName, WaypointStream};
use super::journey::{Journey, Step, answered, closed};
use super::listener::gateway::MatchedListener;
use super::request::Request;
use crate::istio::{AuthorizationAction, AuthorizationPolicy, Condition, Listed, Object, Operation, Source};
use crate::trace::outcome::assumptions::{Assumptions, Unknown};
use crate::trace::outcome::ids::{ContainerPort, GatewayPodsId, Visit};
use crate::trace::outcome::istiod::authorization_policies::{AuthorizationPolicies, RuleKeys, is_of_http};
use crate::trace::outcome::istiod::gateway_pods::GatewayPods;
use crate::trace::outcome::istiod::gateways::GatewayProxy;
use crate::trace::outcome::istiod::rule_list::{PolicyRule, RuleAttributes};
use crate::trace::outcome::istiod::text_index::KnownText;
use crate::trace::outcome::istiod::trust_domains;

/// What a policy asks for, in reasons.
const SERVICE_ACCOUNT: &str = "the caller's service account";

/// The gateway's policies decide about a connection, or about a request on an HTTP filter chain.
pub(crate) fn authorize<'a>(
    journey: &mut Journey<'a>,
    (id, gateway): (GatewayPodsId, &'a GatewayProxy<'a>),
    listener: &MatchedListener<'a>,
    stream: &GatewayStream,
) -> Step<()> {
    let (query, environment) = (journey.query, journey.context.environment);
    let caller = Identity { namespace: &query.namespace, service_account: query.service_account.as_deref() };
    let input = RbacInput {
        caller: stream.has_mesh_certificate.then_some(caller),
        server_name: stream.server_name.as_deref(),
        has_certain_server_name: true,
        port: listener.container,
        http: stream.request(),
        trust_domain: &environment.trust_domain,
        aliases: &environment.trust_domain_aliases,
        pods: Some((id, &gateway.pods)),
        at: journey.visit,
    };
    let decision = decide(&gateway.policies, &input, &mut journey.assumptions);
    conclude(journey, &decision, stream.request().is_some())
}

/// The policies that are attached to a waypoint, or to the service behind it, decide. The waypoint knows the client from the
/// certificate that ztunnel shows for it (`connect_terminate` of `core/listener_waypoint.go`), and the port is the service's.
pub(crate) fn authorize_at_waypoint<'a>(
    journey: &mut Journey<'a>,
    policies: &AuthorizationPolicies<'a>,
    stream: &WaypointStream,
) -> Step<()> {
    let (query, environment) = (journey.query, journey.context.environment);
    let of_query = query.compared_sni();
    let (server_name, has_certain_server_name) = match &stream.server_name {
        ServerName::Seen(name) => (name.as_deref(), true),
        ServerName::MayBeSeen => (of_query.as_deref(), false),
    };
    let service_account = query.service_account.as_deref().or(journey.client.service_account.as_deref());
    let input = RbacInput {
        caller: Some(Identity { namespace: &query.namespace, service_account }),
        server_name,
        has_certain_server_name,
        port: ContainerPort::Number(query.port),
        http: stream.request(),
        trust_domain: &environment.trust_domain,
        aliases: &environment.trust_domain_aliases,
        pods: None,
        at: journey.visit,
    };
    let decision = decide(policies, &input, &mut journey.assumptions);
    conclude(journey, &decision, stream.request().is_some())
}

/// Records what decided, and answers where it is not allowed.
fn conclude<'a>(journey: &mut Journey<'a>, decision: &RbacDecision<'a>, is_http: bool) -> Step<()> {
    let denied = match decision {
        RbacDecision::Allowed(None) => return Step::Continue(()),
        RbacDecision::Allowed(Some(rule)) => {
            journey.decided(&rule.policy.meta, rule.asks.span);
            return Step::Continue(());
        }
        RbacDecision::Denied(rule) => (&rule.policy.meta, rule.asks.span),
        RbacDecision::NotAllowed(policy) => (&policy.meta, policy.spec.span),
    };
    journey.decided(denied.0, denied.1);
    // "RBAC: access denied"; a TCP connection is closed. Envoy sets no response flag, its details name the policy.
    if is_http { answered(403, None) } else { closed(None) }
}

/// What Envoy's RBAC filter can see.
struct RbacInput<'a> {
    /// The caller, when mutual TLS says who it is.
    caller: Option<Identity<'a>>,
    /// The server name of the connection.
    server_name: Option<&'a str>,
    /// Whether the filter certainly sees that name.
    has_certain_server_name: bool,
    /// The port that the pod listens on, or that a waypoint is asked for.
    port: ContainerPort,
    /// `None` on TCP filter chains.
    http: Option<&'a Request>,
    trust_domain: &'a str,
    aliases: &'a [String],
    /// A gateway's pods; `None` where all policies are certainly for the proxy.
    pods: Option<(GatewayPodsId, &'a GatewayPods<'a>)>,
    /// The proxy's place in the journey.
    at: Visit,
}

struct Identity<'a> {
    namespace: &'a str,
    /// `None` when it is not known.
    service_account: Option<&'a str>,
}

/// What the policies decide.
enum RbacDecision<'w> {
    /// It is allowed; the rule that allowed it, when there are ALLOW policies.
    Allowed(Option<PolicyRule<'w>>),
    /// It is denied; the rule that denied it.
    Denied(PolicyRule<'w>),
    /// It is denied, because no ALLOW rule matches it; one of the ALLOW policies.
    NotAllowed(&'w Object<AuthorizationPolicy>),
}

/// CUSTOM, then DENY, then ALLOW (`pilot/pkg/networking/plugin/authz`, and Istio's docs); AUDIT decides nothing.
fn decide<'w>(
    policies: &AuthorizationPolicies<'w>,
    input: &RbacInput<'_>,
    assumptions: &mut Assumptions,
) -> RbacDecision<'w> {
    let header = |name: &str| input.http.map_or(KnownText::Missing, |request| request.known_header(name));
    let keys = RuleKeys {
        server_name: input.server_name,
        port: input.port,
        authority: input.http.map(|request| request.authority.as_str()),
        attributes: RuleAttributes {
            path: input.http.map_or(KnownText::Missing, Request::known_path),
            header: &header,
            caller: input.caller.as_ref().map(|caller| (caller.namespace, caller.service_account)),
        },
    };
    for rule in policies.custom.candidates(&keys) {
        if matches(&rule, input, assumptions) {
            let passes = assumptions.assume(Unknown::External { at: input.at, policy: rule.id }, || {
                format!("AuthorizationPolicy {} lets an external service decide", name(&rule))
            });
            if !passes {
                return RbacDecision::Denied(rule);
            }
        }
    }
    for rule in policies.deny.candidates(&keys) {
        if matches(&rule, input, assumptions) {
            return RbacDecision::Denied(rule);
        }
    }
    let allowing = policies.any_allow.or_else(|| {
        let maybe = policies.maybe_allow.iter().find(|policy| selects(policy, input, assumptions));
        maybe.copied()
    });
    let Some(policy) = allowing else { return RbacDecision::Allowed(None) };
    for rule in policies.allow.candidates(&keys) {
        if matches(&rule, input, assumptions) {
            return RbacDecision::Allowed(Some(rule));
        }
    }
    RbacDecision::NotAllowed(policy)
}

/// The policy of a rule, as a person would look for it.
fn name(rule: &PolicyRule<'_>) -> String {
    format!("`{}/{}`", rule.policy.meta.namespace, rule.policy.meta.name)
}

/// Whether the selector of a policy selects the pods.
fn selects(policy: &Object<AuthorizationPolicy>, input: &RbacInput<'_>, assumptions: &mut Assumptions) -> bool {
    let why = || {
        format!(
            "not all labels of the gateway's pods are known, so AuthorizationPolicy `{}/{}` may or may not select them",
            policy.meta.namespace, policy.meta.name
        )
    };
    let Some((gateway, pods)) = input.pods else { return true };
    let selector = policy.spec.selector.as_ref();
    selector.is_none_or(|selector| pods.are_selected(gateway, selector, assumptions, why))
}

fn matches(rule: &PolicyRule<'_>, input: &RbacInput<'_>, assumptions: &mut Assumptions) -> bool {
    let allows = rule.policy.spec.action == AuthorizationAction::Allow;
    let mut matcher = Matcher { input, assumptions, allows, policy: rule };
    // A rule with an attribute that Istio does not know is left out (`authzmodel.New`).
    if rule.asks.when.iter().any(|when| !is_known(&when.key)) {
        return false;
    }
    let fits = (rule.asks.from.is_empty() || rule.asks.from.iter().any(|source| matcher.source(source)))
        && (rule.asks.to.is_empty() || rule.asks.to.iter().any(|operation| matcher.operation(operation)))
        && rule.asks.when.iter().all(|condition| matcher.condition(condition));
    if !fits {
        return false;
    }
    if let Some(field) = rule.asks.unsupported.first() {
        let why = || format!("`{field}` of AuthorizationPolicy {} is not understood", name(rule));
        let unknown = Unknown::Rule { at: input.at, policy: rule.id, index: rule.index };
        if !matcher.assumptions.assume(unknown, why) {
            return false;
        }
    }
    rule.certain || selects(rule.policy, input, matcher.assumptions)
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

struct Matcher<'j, 'a, 'w> {
    input: &'j RbacInput<'a>,
    assumptions: &'j mut Assumptions,
    allows: bool,
    policy: &'j PolicyRule<'w>,
}

impl Matcher<'_, '_, '_> {
    /// Whether any of the values holds, and none of the excluded ones; what cannot be known is assumed.
    fn listed(&mut self, listed: &Listed, what: &str, mut is: impl FnMut(&mut Self, &str) -> Option<bool>) -> bool {
        let mut holds = |matcher: &mut Self, value: &String| {
            let known = is(matcher, value);
            known.unwrap_or_else(|| {
                let why = || {
                    format!(
                        "whether {what} is `{value}`, as AuthorizationPolicy {} requires, is not known",
                        name(matcher.policy)
                    )
                };
                // A service account of no namespace is one of the policy's.
                let value = match what {
                    SERVICE_ACCOUNT if !value.contains('/') => {
                        format!("{}/{value}", matcher.policy.policy.meta.namespace)
                    }
                    _ => value.clone(),
                };
                let unknown = Unknown::Attribute { at: matcher.input.at, what: what.to_owned(), value };
                matcher.assumptions.assume(unknown, why)
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
        } else if self.input.http.is_none() {
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
            None => self.listed(&operation.hosts, "`Host`", |matcher, value| {
                let authority = &matcher.input.http?.authority;
                Some(simple(&value.to_ascii_lowercase(), &authority.to_ascii_lowercase()))
            }),
        };
        let methods = match self.dropped(&operation.methods) {
            Some(known) => known,
            None => self.listed(&operation.methods, "the method", |matcher, value| {
                Some(simple(value, &matcher.input.http?.method))
            }),
        };
        let paths = match self.dropped(&operation.paths) {
            Some(known) => known,
            None => self.listed(&operation.paths, "the path", |matcher, value| {
                let Some(path) = matcher.input.http?.path.as_deref() else {
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
        self.listed(ports, "the port", |matcher, value| {
            Some(value.parse().map(ContainerPort::Number) == Ok(matcher.input.port))
        })
    }

    fn condition(&mut self, condition: &Condition) -> bool {
        let values = &condition.values;
        if is_of_http(&condition.key)
            && let Some(known) = self.dropped(values)
        {
            return known;
        }
        match condition.key.as_str() {
            "connection.sni" => self.listed(values, "the server name", |matcher, value| {
                matcher
                    .input
                    .has_certain_server_name
                    .then(|| present(value, matcher.input.server_name.unwrap_or_default()))
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
                    return self.listed(values, &format!("header `{header}`"), |matcher, value| {
                        matcher.input.http?.header(&header).is(value == "*", |text| Some(simple(value, text)))
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
        self.listed(namespaces, "the caller's namespace", |matcher, value| {
            Some(matcher.input.caller.as_ref().is_some_and(|caller| glob(value, caller.namespace)))
        })
    }

    /// One of the mesh's own trust domains stands for all of them (`ExpandTrustDomainAliases`).
    fn trust_domains(&mut self, trust_domains: &Listed) -> bool {
        self.listed(trust_domains, "the caller's trust domain", |matcher, value| {
            let input = matcher.input;
            let is_ours = || input.aliases.iter().any(|external_name| external_name == value);
            Some(input.caller.is_some() && (glob(value, input.trust_domain) || is_ours()))
        })
    }

    /// A principal with the trust domain, one of its aliases or `cluster.local` stands for all of them.
    fn principal(&mut self, value: &str) -> Option<bool> {
        let Some(caller) = &self.input.caller else { return Some(false) };
        // A policy may list thousands: most are told from the caller without a look at trust domains.
        if is_surely_another(value, caller) {
            return Some(false);
        }
        let input = self.input;
        let expanded = trust_domains::expanded(value, input.trust_domain, input.aliases);
        let mut known = Some(false);
        for principal in expanded {
            match is_principal(&principal, input.trust_domain, caller) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => known = None,
            }
        }
        known
    }

    /// `namespace/name`, or a name of the policy's namespace (`serviceAccountRegex`).
    fn service_account(&mut self, value: &str) -> Option<bool> {
        let Some(caller) = &self.input.caller else { return Some(false) };
        let (namespace, name) = value.split_once('/').unwrap_or((&self.policy.policy.meta.namespace, value));
        if namespace != caller.namespace {
            return Some(false);
        }
        caller.service_account.map(|account| account == name)
    }
}

/// Whether an identity that is written in full has another namespace or another service account, whatever its trust domain.
fn is_surely_another(value: &str, caller: &Identity<'_>) -> bool {
    let mut parts = value.split('/');
    match [parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(_), Some("ns"), Some(namespace), Some("sa"), Some(account), None] if !value.contains('*') => {
            namespace != caller.namespace || caller.service_account.is_some_and(|own| own != account)
        }
        _ => false,
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
