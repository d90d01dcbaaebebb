//! What the gateway itself requires of a caller, independent of the caller's sidecar.
//!
//! A label is not an identity, so the gateway compares the namespace, and the service account where the policy names it or
//! the mesh facts list all workloads of the namespace.
//!
//! A rule in audit mode admits its namespace, and a dry run beside it writes down which of its callers would be refused.

use std::collections::BTreeSet;

use super::object::{exits, object};
use crate::manifest::{
    AuthorizationAction, AuthorizationEffect, AuthorizationPolicy, AuthorizationRule, Condition, Object, Operation,
    OperationRule, Selector, Source, SourceRule, Spec,
};
use crate::model::{Class, Exit, Flow, Gateway, PolicySet, wildcard};
use crate::resource::Authorization;
use crate::scheme::{HttpShards, container_ports, names};

/// One for each exit, so that one more rule adds one more object and changes no other.
pub(super) fn lower(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    // Ports on which TLS or TCP exits stand beside HTTP ones.
    let l4: BTreeSet<(&str, u16)> = exits(set)
        .filter(|(exit, _, _)| exit.class != Class::Http)
        .map(|(exit, _, _)| (exit.gateway, exit.gateway_port))
        .collect();
    exits(set)
        .flat_map(|(exit, gateway, flows)| {
            let admitted = ExitCallers::admitted(set, &flows);
            let declared = Some(ExitCallers::declared(set, &flows)).filter(|declared| *declared != admitted);
            let (action, from) = match gateway.authorization {
                Authorization::Off => return Vec::new(),
                Authorization::Shared => (AuthorizationAction::Deny, admitted.all_others()),
                Authorization::Managed => (AuthorizationAction::Allow, admitted.each()),
            };
            let of = |name, action, effect, from: Vec<Source>| {
                let rule = AuthorizationRule {
                    from: from.into_iter().map(|source| SourceRule { source }).collect(),
                    to: vec![OperationRule { operation: operation(&exit, gateway, shards) }],
                    when: when(&exit, l4.contains(&(exit.gateway, exit.gateway_port))),
                };
                let policy = AuthorizationPolicy {
                    action,
                    effect,
                    rules: vec![rule],
                    selector: Selector { match_labels: gateway.selector.clone() },
                };
                object(set, &gateway.namespace, name, Spec::AuthorizationPolicy(policy), &flows)
            };
            let enforced = of(names::exit(&exit), action, AuthorizationEffect::Enforced, from);
            // A DENY at every gateway: the result of an ALLOW would be a refusal for the requests of all other exits, too.
            let dry_run = declared.map(|declared| {
                let (action, effect) = (AuthorizationAction::Deny, AuthorizationEffect::DryRun);
                of(names::dry_run(&exit), action, effect, declared.all_others())
            });
            [enforced].into_iter().chain(dry_run).collect()
        })
        .collect()
}

fn operation<'a>(exit: &Exit<'a>, gateway: &Gateway, shards: &HttpShards<'a>) -> Operation {
    let ports = container_ports(gateway, exit.gateway_port).iter().map(u16::to_string).collect();
    let (hosts, not_hosts) = match exit.class {
        // Each host below a wildcard has a rule of its own.
        Class::Http => {
            let below = shards.below(exit.gateway, exit.gateway_port, exit.host);
            (hosts(exit.host, exit.port), below.into_iter().flat_map(|host| hosts(host, exit.port)).collect())
        }
        Class::Tls | Class::Tcp => (Vec::new(), Vec::new()),
    };
    Operation { hosts, not_hosts, ports }
}

/// A host with and without a port: routes ignore it in `Host`, authorization does not (istio/istio#34324). A pattern has one
/// `*` only, so that a wildcard is written with its port.
fn hosts(host: &str, port: u16) -> Vec<String> {
    let port = if wildcard::parent(host).is_some() { port.to_string() } else { "*".to_owned() };
    vec![host.to_owned(), format!("{host}:{port}")]
}

fn when(exit: &Exit, l4_on_port: bool) -> Vec<Condition> {
    let sni = |values, not_values| vec![Condition { key: "connection.sni".to_owned(), values, not_values }];
    match exit.class {
        Class::Tls | Class::Tcp => sni(vec![names::l4_server_name(exit)], Vec::new()),
        // A DENY loses its `hosts` on TCP chains and would refuse them all.
        Class::Http if l4_on_port => sni(Vec::new(), vec![names::ANY_L4.to_owned()]),
        Class::Http => Vec::new(),
    }
}

/// Who may use an exit.
#[derive(PartialEq)]
struct ExitCallers {
    namespaces: BTreeSet<String>,
    principals: BTreeSet<String>,
}

impl ExitCallers {
    /// Those that the rules declare.
    fn declared(set: &PolicySet, flows: &[Flow]) -> Self {
        Self::of(flows, |flow| service_accounts(set, flow))
    }

    /// Those that the gateway admits: in audit mode every workload of the namespace.
    fn admitted(set: &PolicySet, flows: &[Flow]) -> Self {
        Self::of(flows, |flow| if flow.is_audited() { None } else { service_accounts(set, flow) })
    }

    fn of(flows: &[Flow], accounts: impl Fn(&Flow) -> Option<BTreeSet<String>>) -> Self {
        let mut callers = Self { namespaces: BTreeSet::new(), principals: BTreeSet::new() };
        for flow in flows {
            match accounts(flow) {
                Some(accounts) => callers.principals.extend(accounts),
                None => {
                    callers.namespaces.insert(flow.client_namespace().to_owned());
                }
            }
        }
        callers
    }

    /// All exceptions in one source: several would each deny the others' callers.
    fn all_others(self) -> Vec<Source> {
        let not_namespaces = self.namespaces.into_iter().collect();
        let not_principals = self.principals.into_iter().collect();
        vec![Source { not_namespaces, not_principals, ..Source::default() }]
    }

    fn each(self) -> Vec<Source> {
        let namespaces: Vec<String> = self.namespaces.into_iter().collect();
        let principals: Vec<String> = self.principals.into_iter().collect();
        let mut sources = Vec::new();
        if !namespaces.is_empty() {
            sources.push(Source { namespaces, ..Source::default() });
        }
        if !principals.is_empty() {
            sources.push(Source { principals, ..Source::default() });
        }
        sources
    }
}

/// Identities of the client's workloads; `None` when only its namespace can be asked for.
fn service_accounts(set: &PolicySet, flow: &Flow) -> Option<BTreeSet<String>> {
    let namespace = flow.client_namespace();
    let principal = |account: &String| format!("{}/ns/{namespace}/sa/{account}", set.environment.trust_domain);
    if let Some(declared) = &flow.client.service_accounts {
        return Some(declared.iter().map(principal).collect());
    }
    let selector = flow.client.selector.as_ref()?;
    let known = set.environment.namespaces.get(namespace).filter(|known| known.workloads.is_some())?;
    let accounts: BTreeSet<String> =
        known.listed_with(&selector.value).into_iter().map(|workload| principal(&workload.service_account)).collect();
    // Facts that know none of the client's workloads say nothing about their accounts.
    (!accounts.is_empty()).then_some(accounts)
}
