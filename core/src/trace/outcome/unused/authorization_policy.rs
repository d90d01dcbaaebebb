//! AuthorizationPolicies that select the client. They are about what a workload receives; a sidecar has no filter for them on
//! its way out (`pilot/pkg/networking/core/listener_builder.go` builds them for inbound listeners and gateways).

use super::near::{Near, Unused};
use crate::istio::{AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Object};
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::pods::Selects;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    // Where the request does not arrive, nobody asks why a policy does not stop it.
    if near.trace.reached.is_none() {
        return Vec::new();
    }
    let (query, root) = (near.query, &near.context.environment.root_namespace);
    let policies = near.context.objects.authorization_policies.iter();
    let selects = |policy: &&Object<AuthorizationPolicy>| {
        let namespace = &policy.meta.namespace;
        (*namespace == query.namespace || namespace == root)
            && !policy.spec.has_targets()
            && policy.spec.selector.as_ref().is_none_or(|selector| near.client.selected_by(selector) == Selects::Yes)
    };
    let meant = policies.filter(|policy| policy.meta.span.is_some() && !near.is_used(&policy.meta)).filter(selects);
    meant
        .filter(|policy| denies_everything(&policy.spec) || names_host(near, &policy.spec))
        .map(|policy| {
            let why = "it restricts what the client receives, and nothing that the client sends";
            Unused::new(&policy.meta, None, why.to_owned())
        })
        .collect()
}

/// `spec: {}`, or DENY for every request.
fn denies_everything(policy: &AuthorizationPolicy) -> bool {
    let is_for_all = |rule: &AuthorizationRule| {
        rule.from.is_empty() && rule.to.is_empty() && rule.when.is_empty() && rule.unsupported.is_empty()
    };
    match policy.action {
        AuthorizationAction::Allow => policy.rules.is_empty(),
        AuthorizationAction::Deny => policy.rules.iter().any(is_for_all),
        AuthorizationAction::Audit | AuthorizationAction::Custom => false,
    }
}

/// Whether a rule names the host of the request: then it was written for what goes out.
fn names_host(near: &Near<'_, '_>, policy: &AuthorizationPolicy) -> bool {
    let is_near = |host: &String| {
        let host = host_name::without_port(host);
        host != "*" && near.names().iter().any(|name| host_name::is_within(name, host))
    };
    policy.rules.iter().any(|rule| {
        let hosts = rule.to.iter().flat_map(|to| to.hosts.any.iter().chain(&to.hosts.none));
        let names = rule.when.iter().filter(|when| when.key == "connection.sni");
        hosts.chain(names.flat_map(|when| when.values.any.iter().chain(&when.values.none))).any(is_near)
    })
}
