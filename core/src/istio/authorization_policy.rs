use super::TargetReference;
use super::fields::Fields;
use super::target_reference;
use crate::resource::Labels;
use crate::source::Span;

/// Who may do what at the selected pods.
#[derive(Debug, Clone)]
pub struct AuthorizationPolicy {
    /// The pods; `None` is all of the namespace.
    pub selector: Option<Labels>,
    /// The objects that it is attached to; empty where it is for pods.
    pub targets: Vec<TargetReference>,
    /// What a match means.
    pub action: AuthorizationAction,
    /// Any of them.
    pub rules: Vec<AuthorizationRule>,
    /// The whole.
    pub span: Option<Span>,
}

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthorizationAction {
    /// It is admitted, and what no ALLOW admits is not.
    Allow,
    /// It is refused.
    Deny,
    /// It is written down.
    Audit,
    /// An external service decides.
    Custom,
}

/// All parts must match; in each list any item may.
#[derive(Debug, Clone)]
pub struct AuthorizationRule {
    /// The caller.
    pub from: Vec<Source>,
    /// The request.
    pub to: Vec<Operation>,
    /// More conditions.
    pub when: Vec<Condition>,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// Any of some values and none of others; no condition when both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Any of these.
    pub any: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
}

impl Listed {
    /// Whether it asks for anything.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.none.is_empty()
    }
}

/// The caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Its identity.
    pub principals: Listed,
    /// Its service account.
    pub service_accounts: Listed,
    /// Its namespace.
    pub namespaces: Listed,
    /// Its trust domain.
    pub trust_domains: Listed,
    /// Whose token it has.
    pub request_principals: Listed,
    /// The address of the connection.
    pub ip_blocks: Listed,
    /// Its own address, which a proxy in front of it may have forwarded.
    pub remote_ip_blocks: Listed,
}

/// The request.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// `Host`, with its port.
    pub hosts: Listed,
    /// Container ports.
    pub ports: Listed,
    /// HTTP methods.
    pub methods: Listed,
    /// HTTP paths.
    pub paths: Listed,
}

/// A condition on an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The attribute.
    pub key: String,
    /// Its values.
    pub values: Listed,
}

impl AuthorizationPolicy {
    /// Whether it is attached to objects of Kubernetes instead of pods.
    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }
}

pub(super) fn read(spec: Fields<'_>) -> AuthorizationPolicy {
    AuthorizationPolicy {
        selector: spec.child("selector").map(|selector| selector.labels("matchLabels").unwrap_or_default()),
        targets: target_reference::read(spec),
        action: match spec.text("action").as_deref() {
            Some("DENY" | "1") => AuthorizationAction::Deny,
            Some("AUDIT" | "2") => AuthorizationAction::Audit,
            Some("CUSTOM" | "3") => AuthorizationAction::Custom,
            _ => AuthorizationAction::Allow,
        },
        rules: spec.items("rules").map(rule).collect(),
        span: spec.span(),
    }
}

fn rule(rule: Fields<'_>) -> AuthorizationRule {
    let mut unsupported = rule.unsupported(&["from", "to", "when"]);
    let from = rule.items("from").map(|from| {
        let Some(source) = from.child("source") else { return Source::default() };
        unsupported.extend(source.unsupported(&[
            "principals",
            "notPrincipals",
            "serviceAccounts",
            "notServiceAccounts",
            "namespaces",
            "notNamespaces",
            "trustDomains",
            "notTrustDomains",
            "requestPrincipals",
            "notRequestPrincipals",
            "ipBlocks",
            "notIpBlocks",
            "remoteIpBlocks",
            "notRemoteIpBlocks",
        ]));
        Source {
            principals: listed(source, "principals", "notPrincipals"),
            service_accounts: listed(source, "serviceAccounts", "notServiceAccounts"),
            namespaces: listed(source, "namespaces", "notNamespaces"),
            trust_domains: listed(source, "trustDomains", "notTrustDomains"),
            request_principals: listed(source, "requestPrincipals", "notRequestPrincipals"),
            ip_blocks: listed(source, "ipBlocks", "notIpBlocks"),
            remote_ip_blocks: listed(source, "remoteIpBlocks", "notRemoteIpBlocks"),
        }
    });
    let from = from.collect();
    let to = rule.items("to").map(|to| {
        let Some(operation) = to.child("operation") else { return Operation::default() };
        unsupported.extend(operation.unsupported(&[
            "hosts",
            "notHosts",
            "ports",
            "notPorts",
            "methods",
            "notMethods",
            "paths",
            "notPaths",
        ]));
        Operation {
            hosts: listed(operation, "hosts", "notHosts"),
            ports: listed(operation, "ports", "notPorts"),
            methods: listed(operation, "methods", "notMethods"),
            paths: listed(operation, "paths", "notPaths"),
        }
    });
    let to = to.collect();
    let when = rule
        .each("when", |when| Some(Condition { key: when.text("key")?, values: listed(when, "values", "notValues") }));
    AuthorizationRule { from, to, when, unsupported, span: rule.span() }
}

fn listed(fields: Fields<'_>, any: &str, none: &str) -> Listed {
    Listed { any: fields.texts(any), none: fields.texts(none) }
}
