use serde::Serialize;

use crate::resource::Labels;

/// Who may do what at the selected pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorizationPolicy {
    /// Whether a match admits or refuses.
    pub action: AuthorizationAction,
    /// Whether it decides; an annotation says so.
    #[serde(skip)]
    pub effect: AuthorizationEffect,
    /// Any of them.
    pub rules: Vec<AuthorizationRule>,
    /// The pods.
    pub selector: Selector,
}

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AuthorizationAction {
    /// It is admitted, and everything else that no ALLOW admits is not.
    Allow,
    /// It is refused.
    Deny,
}

/// Whether an AuthorizationPolicy decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationEffect {
    /// It does.
    Enforced,
    /// Envoy writes down what it would decide (`istio.io/dry-run`).
    DryRun,
}

/// Pods by label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// All of these labels.
    pub match_labels: Labels,
}

/// All parts that are given must match; in each of the lists any item may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorizationRule {
    /// The caller.
    pub from: Vec<SourceRule>,
    /// The request.
    pub to: Vec<OperationRule>,
    /// More conditions, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
}

/// An item of `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRule {
    /// The caller.
    pub source: Source,
}

/// All fields that are given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Namespaces that the caller is in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Namespaces that the caller is not in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_namespaces: Vec<String>,
    /// Identities that the caller does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_principals: Vec<String>,
    /// Identities of the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
}

/// An item of `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationRule {
    /// The request.
    pub operation: Operation,
}

/// All fields that are given must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// `Host` headers. HTTP only: on a TCP chain the field is dropped from a DENY.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// `Host` headers that it does not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_hosts: Vec<String>,
    /// Container ports.
    pub ports: Vec<String>,
}

/// A condition on an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// The attribute.
    pub key: String,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_values: Vec<String>,
    /// Any of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}
