//! AuthorizationPolicies of a gateway that refuse a request for a reason that is not the request's: what the gateway does not
//! know of a caller or of a connection.

use super::gateway_tls::Arriving;
use super::near::{Near, Unused};
use crate::istio::{AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Listed, Object, Operation, Source};
use crate::trace::Stop;
use crate::trace::outcome::istiod::gateway_pods::GatewayPods;
use crate::trace::outcome::istiod::pods::Selects;

/// What the policies of a gateway see of a connection.
struct SeenByPolicy<'n> {
    pods: &'n GatewayPods<'n>,
    /// Whether the caller shows a certificate of the mesh.
    knows_caller: bool,
    /// Whether the gateway reads HTTP.
    reads_http: bool,
    /// The port that the pods listen on, where it is known.
    container: Option<u16>,
}

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let Some(seen) = SeenByPolicy::of(near) else { return Vec::new() };
    let policies = near.context.objects.authorization_policies.iter().filter(|policy| policy.meta.span.is_some());
    let Some(decided) = policies.clone().find(|policy| near.is_used_at(Stop::Gateway, &policy.meta)) else {
        return Vec::new();
    };
    match decided.spec.action {
        AuthorizationAction::Deny => {
            let rule = decided.spec.rules.iter().enumerate().find(|(_, rule)| {
                near.decisions_at(Stop::Gateway).any(|decision| rule.span.is_some() && decision.span == rule.span)
            });
            let why = rule.and_then(|(at, rule)| Some((rule, seen.denies_more(at, rule)?)));
            why.map(|(rule, why)| Unused::new(&decided.meta, rule.span, why)).into_iter().collect()
        }
        AuthorizationAction::Allow => policies
            .filter(|policy| seen.is_allow_policy_here(near, policy))
            .filter_map(|policy| {
                let rule = policy.spec.rules.first()?;
                Some(Unused::new(&policy.meta, rule.span, seen.admits_nobody(&policy.spec)?))
            })
            .collect(),
        AuthorizationAction::Audit | AuthorizationAction::Custom => Vec::new(),
    }
}

impl<'n> SeenByPolicy<'n> {
    /// What is seen of a request that the policies of the last gateway refuse.
    fn of(near: &Near<'n, '_>) -> Option<Self> {
        let (id, port) = near.refusing_gateway()?;
        let trace = near.trace;
        let hop = trace.hops.last().filter(|hop| hop.chain.is_some() && hop.cluster.is_none())?;
        let is_denied = trace.response_flags.is_none() && (trace.status == Some(403) || trace.closed);
        if !is_denied || trace.has_other_ways || hop.at != Stop::Gateway {
            return None;
        }
        let pods = &near.context.gateways.get(id)?.pods;
        Some(Self {
            pods,
            knows_caller: matches!(Arriving::of(near)?, Arriving::Begun { is_mutual: true, .. }),
            reads_http: trace.status == Some(403),
            container: pods.ports.get(&port).copied().flatten(),
        })
    }

    fn is_allow_policy_here(&self, near: &Near<'_, '_>, policy: &Object<AuthorizationPolicy>) -> bool {
        let namespace = &policy.meta.namespace;
        let is_of_namespace =
            *namespace == self.pods.namespace || *namespace == near.context.environment.root_namespace;
        let selects = policy.spec.selector.as_ref().map(|selector| self.pods.labels.selected_by(selector));
        policy.spec.action == AuthorizationAction::Allow
            && is_of_namespace
            && !policy.spec.has_targets()
            && selects.is_none_or(|selects| selects == Selects::Yes)
    }

    /// Why no rule of an ALLOW policy can hold here; `None` where one may.
    fn admits_nobody(&self, policy: &AuthorizationPolicy) -> Option<String> {
        let rules = policy.rules.iter().enumerate();
        let reasons: Option<Vec<String>> = rules.map(|(at, rule)| self.never_holds(at, rule)).collect();
        let reasons = reasons.filter(|reasons| !reasons.is_empty())?;
        let more = reasons.len().saturating_sub(2);
        let shown: Vec<String> = reasons.into_iter().take(2).collect();
        let more = if more > 0 { format!("; and {more} more rules do not hold") } else { String::new() };
        Some(format!("{}{more}", shown.join("; ")))
    }

    fn never_holds(&self, at: usize, rule: &AuthorizationRule) -> Option<String> {
        let gateway = &self.pods.name;
        let asks_who = |source: &Source| {
            [&source.principals, &source.service_accounts, &source.namespaces]
                .iter()
                .any(|listed| !listed.any.is_empty())
        };
        if !self.knows_caller && !rule.from.is_empty() && rule.from.iter().all(asks_who) {
            return Some(format!(
                "`rules[{at}].from` asks who calls, which gateway `{gateway}` does not know: the client's sidecar does not begin mutual TLS with it"
            ));
        }
        if !self.reads_http && !rule.to.is_empty() && rule.to.iter().all(asks_for_http) {
            return Some(format!(
                "`rules[{at}].to` asks for fields of HTTP, which gateway `{gateway}` does not read on this connection"
            ));
        }
        let container = self.container?;
        let has_other_ports = |to: &Operation| {
            let Listed { any, .. } = &to.ports;
            !any.is_empty() && !any.iter().any(|port| *port == container.to_string())
        };
        (!rule.to.is_empty() && rule.to.iter().all(has_other_ports)).then(|| {
            format!(
                "`rules[{at}].to` has other `ports` than {container}, on which the pods of gateway `{gateway}` listen: the port of its Service is not compared"
            )
        })
    }

    /// Why a rule of DENY refuses more than it says: of a connection that is not read as HTTP its fields of HTTP are left
    /// out (`pilot/pkg/security/authz/model/model.go`, `generatePermission`).
    fn denies_more(&self, at: usize, rule: &AuthorizationRule) -> Option<String> {
        let leaves_out = !self.reads_http && rule.to.iter().any(asks_for_http);
        leaves_out.then(|| {
            format!(
                "`rules[{at}].to` has fields of HTTP, which gateway `{}` does not read on this connection: a rule of DENY holds without them",
                self.pods.name
            )
        })
    }
}

fn asks_for_http(to: &Operation) -> bool {
    [&to.hosts, &to.methods, &to.paths].iter().any(|listed| !listed.is_empty())
}
